//! Writing variants. What spans prices and stock too is in `workflows::products`.

use super::model::Variant;
use super::{Catalog, CatalogError, repo};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, all_found};
use crate::kernel::ids::VariantId;
use crate::kernel::text::Checks;

impl Catalog {
    /// Writes new variants of products that exist, in the caller's transaction.
    pub async fn insert_variants_in(&self, conn: &Conn, variants: &[Variant]) -> Result<(), CatalogError> {
        check_all(variants)?;
        Ok(repo::variants::insert(conn, variants).await?)
    }

    /// Writes variants that exist, in the caller's transaction.
    pub async fn save_variants_in(&self, conn: &Conn, variants: &[Variant]) -> Result<(), CatalogError> {
        check_all(variants)?;
        for variant in variants {
            repo::variants::update(conn, variant).await?;
        }
        Ok(())
    }

    /// The variant with this id, locked until the caller's transaction ends.
    pub async fn lock_variant_in(&self, conn: &Conn, id: VariantId) -> Result<Variant, CatalogError> {
        let found = repo::variants::lock(conn, id).await?;
        found.ok_or(CatalogError::NotFound { what: "variant", path: "id" })
    }

    /// Deletes variants in the caller's transaction, all of them or none, and gives what they were.
    pub async fn delete_variants_in(&self, conn: &Conn, ids: &[VariantId]) -> Result<Vec<Variant>, CatalogError> {
        let gone = repo::variants::delete(conn, ids).await?;
        all_found("variant", ids, &gone)?;
        Ok(gone)
    }
}

/// A variant's title: its option values, or `Default` when its product has no options.
pub(crate) fn title_of(option_values: &[String]) -> String {
    if option_values.is_empty() { "Default".to_owned() } else { option_values.join(" / ") }
}

fn check_all(variants: &[Variant]) -> Result<(), CatalogError> {
    let mut checks = Checks::new();
    for variant in variants {
        check(&mut checks, "input", variant);
    }
    checks.finish().map_err(CatalogError::Invalid)
}

pub(super) fn check(checks: &mut Checks, path: &str, variant: &Variant) {
    for value in &variant.option_values {
        checks.line(&format!("{path}.optionValues"), value, 255);
        checks.required(&format!("{path}.optionValues"), value);
    }
    checks.line(&format!("{path}.sku"), variant.sku.as_deref().unwrap_or_default(), 100);
    checks.line(&format!("{path}.barcode"), variant.barcode.as_deref().unwrap_or_default(), 100);
    if variant.weight_grams.is_some_and(|grams| grams < 0) {
        checks.add(&format!("{path}.weightGrams"), ErrorCode::Invalid, "The weight must not be negative.");
    }
}
