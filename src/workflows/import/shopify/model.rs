//! The products of a file, and what can be wrong with it.

use std::io;

use rust_decimal::Decimal;

/// The maximum number of variants of a product.
pub const MAX_VARIANTS: usize = 2_000;
/// The maximum number of images of a product, including those given only by a variant.
pub const MAX_IMAGES: usize = 250;

/// Why the file as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// Reading failed.
    #[error("the file could not be read: {0}")]
    Read(#[from] io::Error),
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// Required columns are missing; has their Shopify names.
    #[error("the header has no column {}: is the file a CSV in UTF-8, with commas?", .0.join(", "))]
    Missing(Vec<&'static str>),
    /// Two columns have this name, so the value is ambiguous.
    #[error("the header has the column {0} twice")]
    Twice(String),
}

/// A problem of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The line on which the row starts, from 1 for the header.
    pub line: u64,
    /// The column as written in the header; `None` if the problem concerns the whole row.
    pub column: Option<String>,
    /// The message for the merchant.
    pub message: String,
}

/// The rows of one handle.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all are products, and only one is held at a time")]
pub enum ImportEntry {
    /// All rows are valid.
    Product(ShopifyProduct),
    /// At least one row is invalid, so none is to be imported.
    Skipped {
        /// `None` if no row has a readable handle.
        handle: Option<String>,
        /// The first problems by line: at least one, at most a hundred.
        problems: Vec<RowProblem>,
    },
}

/// A product of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShopifyProduct {
    /// The line of its first row.
    pub line: u64,
    /// The handle, as written.
    pub handle: String,
    /// The title; empty only in a continuation.
    pub title: String,
    /// The description as HTML, unsanitized.
    pub description_html: String,
    /// The brand or manufacturer.
    pub vendor: Option<String>,
    /// The product type.
    pub product_type: Option<String>,
    /// The tags in the order of the file, case-insensitively unique.
    pub tags: Vec<String>,
    /// Whether `Published` is not false and `Status` is active or absent.
    pub published: bool,
    /// The category path from the broadest to the narrowest; empty if there is none.
    pub category: Vec<String>,
    /// The name in the column `Collection`, at most one.
    pub collections: Vec<String>,
    /// The title for search engines.
    pub seo_title: Option<String>,
    /// The description for search engines.
    pub seo_description: Option<String>,
    /// Up to three options; empty for a product without options.
    pub options: Vec<ShopifyOption>,
    /// The variants; may be empty only in a continuation.
    pub variants: Vec<ShopifyVariant>,
    /// The images by position, each URL once; those without a position are last, in the order of the file.
    pub images: Vec<ShopifyImage>,
    /// Whether the handle appeared earlier in the file. Then only options, variants and images apply.
    pub continuation: bool,
}

/// An option, such as a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopifyOption {
    /// The name; empty only in a continuation that does not repeat it, meaning the product's option at the same index.
    pub name: String,
    /// The values, in the order of their first appearance.
    pub values: Vec<String>,
}

/// The currency (ISO 4217, upper case), the price, and the compare-at price if it is above the price.
pub type MarketPrice = (String, Decimal, Option<Decimal>);

/// A variant.
#[derive(Clone, Debug, PartialEq)]
pub struct ShopifyVariant {
    /// The line of its row.
    pub line: u64,
    /// One value per option of the product, in the same order.
    pub option_values: Vec<String>,
    /// The SKU, without the apostrophe that Excel adds.
    pub sku: Option<String>,
    /// The barcode, without the apostrophe that Excel adds.
    pub barcode: Option<String>,
    /// The weight in whole grams, whatever unit the shop displays; Shopify writes 0 for an unknown weight.
    pub weight_grams: Option<i32>,
    /// Whether stock is tracked.
    pub tracked: bool,
    /// The stock quantity; negative if it was oversold.
    pub quantity: i32,
    /// Whether it can be bought when out of stock.
    pub allow_backorder: bool,
    /// The price in the shop's currency: not negative, at most 4 decimals.
    pub price: Decimal,
    /// The compare-at price in the shop's currency; always above the price.
    pub compare_at_price: Option<Decimal>,
    /// Prices in other currencies, from columns such as `Price / EUR`. A compare-at price without a price is dropped.
    pub prices: Vec<MarketPrice>,
    /// Whether it is shipped.
    pub requires_shipping: bool,
    /// Whether it is taxed.
    pub taxable: bool,
    /// The URL of one of the product's images; in a continuation it may be an earlier one.
    pub image: Option<String>,
}

/// An image to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopifyImage {
    /// The URL, as written.
    pub src: String,
    /// The alternative text.
    pub alt: Option<String>,
    /// The position in the product, from 1; `None` if not given.
    pub position: Option<i32>,
}
