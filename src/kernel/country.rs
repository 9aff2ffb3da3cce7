//! Countries, identified by their ISO 3166-1 alpha-2 code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ISO 3166-1 country, such as `DE`.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Country(&'static str);

/// The text is not an ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 3166-1 alpha-2 country code")]
pub struct UnknownCountry;

impl Country {
    /// Returns every country, sorted by code.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = celes::Country::get_countries().iter().map(|country| Self(country.alpha2)).collect();
        all.sort_unstable();
        all
    }

    /// The two-letter code.
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// The English name, for display.
    pub fn name(self) -> &'static str {
        celes::Country::from_alpha2(self.0).map_or(self.0, |country| country.long_name)
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    /// Only accepts the code in upper case, as in the standard.
    fn from_str(code: &str) -> Result<Self, UnknownCountry> {
        match celes::Country::from_alpha2(code) {
            Ok(country) if country.alpha2 == code => Ok(Self(country.alpha2)),
            _ => Err(UnknownCountry),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

super::stored_as!(
    Country,
    diesel::sql_types::Text,
    String,
    |country: &Country| country.0.to_owned(),
    |code: String| code.parse().map_err(|_| format!("{code:?} is no country").into())
);
