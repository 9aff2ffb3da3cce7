//! Writes variants. Operations that span prices and stock are in `workflows::products`.

use super::model::Variant;
use super::{Catalog, CatalogError, repo};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, all_found};
use crate::kernel::ids::VariantId;
use crate::kernel::text::Validator;

impl Catalog {
    /// Inserts variants of existing products, in the caller's transaction.
    pub async fn insert_variants_in(&self, conn: &Conn, variants: &[Variant]) -> Result<(), CatalogError> {
        check_all(variants)?;
        Ok(repo::variants::insert(conn, variants).await?)
    }

    /// Saves existing variants, in the caller's transaction.
    pub async fn save_variants_in(&self, conn: &Conn, variants: &[Variant]) -> Result<(), CatalogError> {
        check_all(variants)?;
        for variant in variants {
            repo::variants::update(conn, variant).await?;
        }
        Ok(())
    }

    /// Returns the variant with this id, locked until the caller's transaction ends.
    pub async fn lock_variant_in(&self, conn: &Conn, id: VariantId) -> Result<Variant, CatalogError> {
        let found = repo::variants::lock(conn, id).await?;
        found.ok_or(CatalogError::NotFound { what: "variant", path: "id" })
    }

    /// Deletes variants in the caller's transaction, all of them or none, and returns them.
    pub async fn delete_variants_in(&self, conn: &Conn, ids: &[VariantId]) -> Result<Vec<Variant>, CatalogError> {
        let gone = repo::variants::delete(conn, ids).await?;
        all_found("variant", ids, &gone)?;
        Ok(gone)
    }
}

/// Returns a variant's title: its option values, or `Default` if its product has no options.
pub(crate) fn title_of(option_values: &[String]) -> String {
    if option_values.is_empty() { "Default".to_owned() } else { option_values.join(" / ") }
}

fn check_all(variants: &[Variant]) -> Result<(), CatalogError> {
    let mut validator = Validator::new();
    for variant in variants {
        check(&mut validator, "input", variant);
    }
    validator.finish().map_err(CatalogError::Invalid)
}

pub(super) fn check(validator: &mut Validator, path: &str, variant: &Variant) {
    for value in &variant.option_values {
        validator.line(&format!("{path}.optionValues"), value, 255);
        validator.required(&format!("{path}.optionValues"), value);
    }
    validator.line(&format!("{path}.sku"), variant.sku.as_deref().unwrap_or_default(), 100);
    validator.line(&format!("{path}.barcode"), variant.barcode.as_deref().unwrap_or_default(), 100);
    if variant.weight_grams.is_some_and(|grams| grams < 0) {
        validator.add(&format!("{path}.weightGrams"), ErrorCode::Invalid, "The weight must not be negative.");
    }
}
