//! Lists of postal codes: `27498, 80*, 10000-10999`. Pure.

use std::fmt;
use std::str::FromStr;

use crate::kernel::stored_as;

/// A list of postal codes, prefixes and ranges.
#[derive(Clone, Debug, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Postcodes(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Exact(String),
    Prefix(String),
    /// Two codes of equal length, so that they compare as text.
    Range(String, String),
}

/// A part of a list that is not a postal code, a prefix or a range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} must be a postal code (80331), a prefix (80*) or a range of equal length (80000-80999)")]
pub struct BadPattern(String);

impl Postcodes {
    /// Returns whether the list contains this postal code, ignoring spaces and case.
    pub fn contain(&self, code: &str) -> bool {
        let code = plain(code);
        self.0.iter().any(|part| part.contains(&code))
    }
}

impl Part {
    fn contains(&self, code: &str) -> bool {
        match self {
            Self::Exact(one) => one == code,
            Self::Prefix(beginning) => code.starts_with(beginning.as_str()),
            Self::Range(first, last) => {
                code.len() == first.len() && is_number(code) && (first.as_str()..=last.as_str()).contains(&code)
            }
        }
    }
}

impl FromStr for Part {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let word = upper(text);
        let is_code = |code: &str| !code.is_empty() && code.bytes().all(|letter| letter.is_ascii_alphanumeric());
        let is_range =
            |first: &str, last: &str| is_number(first) && is_number(last) && first.len() == last.len() && first <= last;
        let part = match (word.strip_suffix('*'), word.split_once('-')) {
            (Some(beginning), _) if is_code(beginning) => Self::Prefix(beginning.to_owned()),
            (None, Some((first, last))) if is_range(first, last) => Self::Range(first.to_owned(), last.to_owned()),
            (None, None) if is_code(&word) => Self::Exact(word),
            _ => return Err(BadPattern(text.trim().chars().take(40).collect())),
        };
        Ok(part)
    }
}

impl FromStr for Postcodes {
    type Err = BadPattern;

    /// Parses a list. Codes must not contain hyphens, because a hyphen means a range.
    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let mut parts = text.split(',').map(str::parse).collect::<Result<Vec<_>, _>>()?;
        // Sorted, so that equal lists have the same text.
        parts.sort_unstable();
        parts.dedup();
        Ok(Self(parts))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(code) => f.write_str(code),
            Self::Prefix(beginning) => write!(f, "{beginning}*"),
            Self::Range(first, last) => write!(f, "{first}-{last}"),
        }
    }
}

impl fmt::Display for Postcodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, part) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{part}")?;
        }
        Ok(())
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit())
}

fn upper(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_uppercase()
}

/// Normalizes a postal code for comparison: `h2x 1y4` to `H2X1Y4`, `00-950` to `00950`, and the ZIP+4 `94103-1234` to
/// its ZIP code.
fn plain(code: &str) -> String {
    let code = upper(code);
    match code.split_once('-') {
        Some((zip, plus)) if zip.len() == 5 && plus.len() == 4 => zip.to_owned(),
        _ => code.replace('-', ""),
    }
}

stored_as!(
    Postcodes,
    diesel::sql_types::Text,
    String,
    |postcodes: &Postcodes| postcodes.to_string(),
    |text: String| Ok(text.parse()?)
);

#[cfg(test)]
mod tests {
    use super::Postcodes;

    #[test]
    fn a_list_names_codes_beginnings_and_ranges() {
        let cases = [
            ("27498", "27498", true),
            ("27498", " 27 498 ", true),
            ("27498", "274980", false),
            ("10115, 80*", "80331", true),
            ("10115, 80*", "8", false),
            ("80000-80999", "80000", true),
            ("80000-80999", "80999", true),
            ("80000-80999", "81000", false),
            ("80000-80999", "800001", false),
            ("80000-80999", "8000A", false),
            ("h2x*", "H2X 1Y4", true),
            ("H2X1Y4", "h2x 1y4", true),
            ("00*", "00-950", true),
            ("94103", "94103-1234", true),
            ("94100-94199", "94103-1234", true),
            ("94*", "", false),
        ];
        for (list, code, want) in cases {
            assert_eq!(list.parse::<Postcodes>().unwrap().contain(code), want, "{code} in {list}");
        }
    }

    #[test]
    fn a_malformed_list_is_refused() {
        let refused = [
            "", " ", ",", "80*,", "*", "8*0", "80**", "1-2-3", "80-8099", "809-800", "80*-81*", "A-B", "-", "8;9", "é",
        ];
        for list in refused {
            assert!(list.parse::<Postcodes>().is_err(), "{list:?} was taken");
        }
    }

    #[test]
    fn the_same_list_is_the_same_text() {
        for list in ["80*,10115, 20000-29999", "20000 - 29999,80 *,10115,10115"] {
            assert_eq!(list.parse::<Postcodes>().unwrap().to_string(), "10115, 80*, 20000-29999");
        }
    }
}
