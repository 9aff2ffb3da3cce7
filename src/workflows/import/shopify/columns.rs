//! The supported columns, and their positions in a file.

use std::collections::HashMap;

use csv::ByteRecord;
use iso_currency::Currency;

use super::model::HeaderError;

/// The lower-case names of a column; the first with a value wins: the name in older exports, then that in the current
/// template or the fallback column.
type Names = &'static [&'static str];

pub(super) const HANDLE: Names = &["handle", "url handle"];
pub(super) const TITLE: Names = &["title"];
pub(super) const BODY: Names = &["body (html)", "description"];
pub(super) const VENDOR: Names = &["vendor"];
pub(super) const TYPE: Names = &["type", "custom product type"];
pub(super) const TAGS: Names = &["tags"];
pub(super) const PUBLISHED: Names = &["published", "published on online store"];
pub(super) const STATUS: Names = &["status"];
pub(super) const SEO_TITLE: Names = &["seo title"];
pub(super) const SEO_DESCRIPTION: Names = &["seo description"];
pub(super) const CATEGORY: Names =
    &["product category", "standard product type", "google shopping / google product category"];
pub(super) const COLLECTION: Names = &["collection"];
pub(super) const OPTION_NAMES: [Names; 3] = [&["option1 name"], &["option2 name"], &["option3 name"]];
pub(super) const OPTION_VALUES: [Names; 3] = [&["option1 value"], &["option2 value"], &["option3 value"]];
pub(super) const SKU: Names = &["variant sku", "sku"];
pub(super) const GRAMS: Names = &["variant grams", "weight value (grams)"];
pub(super) const TRACKER: Names = &["variant inventory tracker", "inventory tracker"];
pub(super) const QUANTITY: Names = &["variant inventory qty", "inventory quantity"];
pub(super) const POLICY: Names = &["variant inventory policy", "continue selling when out of stock"];
pub(super) const PRICE: Names = &["variant price", "price"];
pub(super) const COMPARE_AT: Names = &["variant compare at price", "compare-at price"];
pub(super) const REQUIRES_SHIPPING: Names = &["variant requires shipping", "requires shipping"];
pub(super) const TAXABLE: Names = &["variant taxable", "charge tax"];
pub(super) const BARCODE: Names = &["variant barcode", "barcode"];
pub(super) const VARIANT_IMAGE: Names = &["variant image", "variant image url"];
pub(super) const IMAGE_SRC: Names = &["image src", "product image url"];
pub(super) const IMAGE_POSITION: Names = &["image position"];
pub(super) const IMAGE_ALT: Names = &["image alt text"];

/// The required columns, with the names shown to the merchant.
const REQUIRED: [(Names, &str); 3] = [(HANDLE, "Handle"), (TITLE, "Title"), (PRICE, "Variant Price")];

/// The header of a file.
pub(super) struct Columns {
    /// The names as written in the file, one for each field of a row.
    pub(super) names: Vec<String>,
    /// The currencies of columns such as `Price / EUR`. A market that is not a currency is an unknown column.
    pub(super) currencies: Vec<&'static str>,
    places: HashMap<String, usize>,
}

impl Columns {
    pub(super) fn read(record: &ByteRecord) -> Result<Self, HeaderError> {
        let name = |name| String::from_utf8_lossy(name).replace('\0', "").trim().to_owned();
        let names: Vec<String> = record.iter().map(name).collect();
        let mut places = HashMap::new();
        for (place, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if places.insert(name.to_lowercase(), place).is_some() {
                return Err(HeaderError::Twice(name.clone()));
            }
        }
        let missing = REQUIRED.iter().filter(|(column, _)| !column.iter().any(|name| places.contains_key(*name)));
        let missing: Vec<&'static str> = missing.map(|(_, name)| *name).collect();
        if !missing.is_empty() {
            return Err(HeaderError::Missing(missing));
        }
        let markets = names
            .iter()
            .filter_map(|name| name.split_once(" / "))
            .filter(|(kind, _)| kind.eq_ignore_ascii_case("price"));
        let currencies = markets.filter_map(|(_, code)| Currency::from_code(&code.to_uppercase()));
        Ok(Self { currencies: currencies.map(|currency| currency.code()).collect(), names, places })
    }

    /// The positions of a column, preferred name first; empty if the file does not have it.
    pub(super) fn places(&self, column: &[&str]) -> impl Iterator<Item = usize> {
        column.iter().filter_map(|name| self.places.get(*name).copied())
    }
}
