//! Creates, generates and revokes promotion codes.

use std::collections::{BTreeMap, HashSet};

use rand::Rng;
use rand::seq::IndexedRandom;

use super::model::{PromotionCode, code_key};
use super::{PromotionError, Promotions, repo};
use crate::db::Conn;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{PromotionCodeId, PromotionId, distinct};
use crate::kernel::text::Validator;

/// The maximum number of codes that one call creates or revokes.
const MAX_CODES: usize = 10_000;
/// The maximum length of a code.
const MAX_LENGTH: usize = 64;
/// The characters of random codes, without look-alikes.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// The minimum number of possible codes per generated code: fewer could be guessed, and would be hard to find unused.
const SPARE: u128 = 100;
/// How often codes that already exist are regenerated.
const MAX_ROUNDS: usize = 20;

impl Promotions {
    /// Adds codes to a promotion, all of them or none.
    pub async fn create_codes(
        &self,
        promotion: PromotionId,
        codes: &[String],
        usage_limit: Option<i32>,
    ) -> Result<Vec<PromotionCode>, PromotionError> {
        let mut validator = Validator::new();
        check_limit(&mut validator, usage_limit);
        if codes.is_empty() {
            validator.add("codes", ErrorCode::Required, "Specify at least one discount code.");
        }
        validator.finish().map_err(PromotionError::Invalid)?;
        let tx = self.db.begin().await?;
        let rows = self.insert_codes_in(&tx, promotion, codes, usage_limit, "codes").await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// Adds codes in the caller's transaction; errors are reported below `path`.
    pub(super) async fn insert_codes_in(
        &self,
        conn: &Conn,
        promotion: PromotionId,
        codes: &[String],
        usage_limit: Option<i32>,
        path: &str,
    ) -> Result<Vec<PromotionCode>, PromotionError> {
        check_codes(codes, path)?;
        let rows: Vec<_> = codes.iter().map(|code| self.code(promotion, code, usage_limit)).collect();
        let written: HashSet<_> = repo::codes::insert(conn, &rows).await?.into_iter().collect();
        let mut validator = Validator::new();
        for (place, _) in rows.iter().enumerate().filter(|(_, row)| !written.contains(&row.code_key)) {
            validator.add(
                &format!("{path}.{place}"),
                ErrorCode::Taken,
                "This discount code already exists: choose another one.",
            );
        }
        validator.finish().map_err(PromotionError::Invalid)?;
        Ok(rows)
    }

    /// Adds `count` random codes to a promotion: each `#` of the pattern becomes a letter or a digit, without
    /// look-alikes.
    pub async fn generate_codes(
        &self,
        promotion: PromotionId,
        count: i32,
        pattern: &str,
        usage_limit: Option<i32>,
    ) -> Result<Vec<PromotionCode>, PromotionError> {
        let pattern = pattern.trim();
        let count = check_pattern(count, pattern, usage_limit)?;
        let tx = self.db.begin().await?;
        let mut made = Vec::with_capacity(count);
        for _ in 0..MAX_ROUNDS {
            let fresh = random_codes(&mut rand::rng(), pattern, count - made.len());
            let mut rows: BTreeMap<_, _> = fresh
                .iter()
                .map(|code| self.code(promotion, code, usage_limit))
                .map(|row| (row.code_key.clone(), row))
                .collect();
            let tried: Vec<_> = rows.values().cloned().collect();
            let written = repo::codes::insert(&tx, &tried).await?;
            made.extend(written.iter().filter_map(|key| rows.remove(key)));
            if made.len() == count {
                tx.commit().await?;
                return Ok(made);
            }
        }
        Err(too_few_placeholders())
    }

    /// Revokes codes, all of them or none. Revoked codes stay revoked.
    pub async fn revoke_codes(&self, ids: &[PromotionCodeId]) -> Result<Vec<PromotionCode>, PromotionError> {
        let mut validator = Validator::new();
        validator.count("ids", ids.len(), MAX_CODES);
        validator.finish().map_err(PromotionError::Invalid)?;
        let tx = self.db.begin().await?;
        let codes = repo::codes::revoke(&tx, ids, self.clock.now()).await?;
        if codes.len() < distinct(ids) {
            return Err(PromotionError::NotFound { what: "code", path: "ids" });
        }
        tx.commit().await?;
        Ok(codes)
    }

    fn code(&self, promotion_id: PromotionId, code: &str, usage_limit: Option<i32>) -> PromotionCode {
        PromotionCode {
            id: PromotionCodeId::new(),
            promotion_id,
            code: code.trim().to_owned(),
            code_key: code_key(code),
            usage_limit,
            used: 0,
            revoked_at: None,
            created_at: self.clock.now(),
        }
    }
}

fn check_codes(codes: &[String], path: &str) -> Result<(), PromotionError> {
    let (mut validator, mut seen) = (Validator::new(), HashSet::new());
    validator.count(path, codes.len(), MAX_CODES);
    for (place, code) in codes.iter().enumerate() {
        let at = format!("{path}.{place}");
        if !is_code(code.trim()) {
            validator.add(
                &at,
                ErrorCode::Invalid,
                "A discount code must consist of 1 to 64 letters, digits, hyphens and underscores.",
            );
        } else if !seen.insert(code_key(code)) {
            validator.add(&at, ErrorCode::Taken, "Specify each discount code only once.");
        }
    }
    validator.finish().map_err(PromotionError::Invalid)
}

fn check_limit(validator: &mut Validator, limit: Option<i32>) {
    if limit.is_some_and(|limit| limit < 1) {
        validator.add("usageLimit", ErrorCode::InvalidQuantity, "The limit must be at least 1.");
    }
}

fn check_pattern(count: i32, pattern: &str, usage_limit: Option<i32>) -> Result<usize, PromotionError> {
    let mut validator = Validator::new();
    check_limit(&mut validator, usage_limit);
    let wanted = usize::try_from(count).unwrap_or(0);
    if !(1..=MAX_CODES).contains(&wanted) {
        validator.add("count", ErrorCode::InvalidQuantity, "The count must be from 1 to 10,000.");
    }
    if !consists_of(pattern, "-_#") {
        let message = "The pattern must consist of 1 to 64 letters, digits, hyphens, underscores and #.";
        validator.add("pattern", ErrorCode::Invalid, message);
    }
    validator.finish().map_err(PromotionError::Invalid)?;
    let places = u32::try_from(pattern.matches('#').count()).unwrap_or(u32::MAX);
    let there_are = 32u128.checked_pow(places).unwrap_or(u128::MAX);
    if there_are < SPARE * wanted as u128 { Err(too_few_placeholders()) } else { Ok(wanted) }
}

fn too_few_placeholders() -> PromotionError {
    let mut validator = Validator::new();
    validator.add("pattern", ErrorCode::Invalid, "The pattern has too few # for so many discount codes: add more.");
    PromotionError::Invalid(validator.finish().err().unwrap_or_default())
}

/// Returns whether this is a valid code: invalid ones are not looked up.
pub(super) fn is_code(code: &str) -> bool {
    consists_of(code, "-_")
}

fn consists_of(code: &str, signs: &str) -> bool {
    (1..=MAX_LENGTH).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

/// Returns `count` distinct codes of this pattern.
fn random_codes(rng: &mut impl Rng, pattern: &str, count: usize) -> HashSet<String> {
    let mut codes = HashSet::with_capacity(count);
    while codes.len() < count {
        let letter = |c: char| if c == '#' { LETTERS.choose(rng).map_or(c, |letter| char::from(*letter)) } else { c };
        codes.insert(pattern.chars().map(letter).collect());
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::{check_codes, check_pattern, random_codes};
    use rand::SeedableRng;

    #[test]
    fn random_codes_follow_the_pattern_and_differ() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        let codes = random_codes(&mut rng, "SUMMER-####", 500);
        assert_eq!(codes.len(), 500);
        for code in codes {
            let random = code.strip_prefix("SUMMER-").expect("the pattern's letters");
            assert!(random.len() == 4 && !random.contains(['0', 'O', '1', 'I', '#']), "{code}");
        }
    }

    #[test]
    fn a_pattern_needs_places_enough() {
        for (count, pattern) in [(10_000, "SUMMER-####"), (1, "A##"), (2_000, "#####")] {
            assert!(check_pattern(count, pattern, Some(1)).is_ok(), "{count} of {pattern}");
        }
        for (count, pattern) in [(1, "SUMMER"), (11, "A##"), (0, "A####"), (10_001, "A######"), (1, "Ä####"), (1, "")]
        {
            assert!(check_pattern(count, pattern, None).is_err(), "{count} of {pattern}");
        }
    }

    #[test]
    fn codes_are_plain_and_differ_by_more_than_case() {
        let codes = |codes: &[&str]| check_codes(&codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>(), "x");
        assert!(codes(&["SUMMER-10", "summer_11"]).is_ok());
        for bad in [vec!["A", "a"], vec![""], vec!["two words"], vec!["ß"], vec!["A\0"]] {
            assert!(codes(&bad).is_err(), "{bad:?}");
        }
    }
}
