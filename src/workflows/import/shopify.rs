//! Reads Shopify's product CSV: one [`ImportEntry`] per product, in the order of the file.
//!
//! The format: <https://help.shopify.com/en/manual/products/import-export/using-csv>. Consecutive rows with one handle
//! are one product. Its first row has the product's fields; every row with option values is a variant; every row with
//! an `Image Src` adds an image. Column names of older exports and of the current template are supported, in any order
//! and letter case; other columns are ignored.
//!
//! # Decisions
//! - Pure and streaming: no database, no network, one product in memory. Of earlier products only the handles are kept.
//! - A bad row skips its whole product, so that nothing is half imported, and every bad row is reported by its line. A
//!   row without handle and title counts to the product above it.
//! - A handle that is repeated after other products is a `continuation`: its variants and images are merged into the
//!   product. If the earlier rows were skipped, so is the continuation. The reverse is not possible: when a
//!   continuation is skipped, the rows before it have already been returned.
//! - A compare-at price that is not above the price is meaningless and is dropped, not reported: it is common in real
//!   exports.
//! - Blank fields have Shopify's defaults: `Published` is true, `Status` active, the flags of a variant false, the
//!   policy deny, the quantity 0. A missing column `Variant Requires Shipping` or `Variant Taxable` means true.
//! - Checks that need the shop are the caller's: the format of handles, the decimals of a currency, the content of an
//!   image URL. Descriptions are passed on **unsanitized**.

mod columns;
mod product;
mod row;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::{self, Read};

use csv::{ByteRecord, Position, ReaderBuilder, Terminator};
use rust_decimal::Decimal;

use columns::Columns;
use product::ProductDraft;
use row::Row;
use source::Source;

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

/// An iterator over the products of a file of any size.
pub struct ShopifyReader<R: Read> {
    rows: csv::Reader<Source<R>>,
    columns: Columns,
    /// The last row read.
    record: ByteRecord,
    current: Option<ProductDraft>,
    /// The handles of earlier products, and whether one was skipped.
    handles: HashMap<String, bool>,
    failed: bool,
}

impl<R: Read> ShopifyReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// If it cannot be read, or a required column is missing or duplicated.
    pub fn new(reader: R) -> Result<Self, HeaderError> {
        // The crate's default line terminator makes line numbers wrong after CRLF. A remaining `\r` is trimmed.
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).terminator(Terminator::Any(b'\n'));
        let (mut rows, mut record) = (builder.from_reader(Source::new(reader)), ByteRecord::new());
        while rows.read_byte_record(&mut record).map_err(io::Error::from)? {
            if !row::is_blank(&record) {
                let columns = Columns::read(&record)?;
                return Ok(Self { rows, columns, record, current: None, handles: HashMap::new(), failed: false });
            }
        }
        Err(HeaderError::Empty)
    }

    /// Adds the row just read; returns the product that it ends, if it starts another.
    fn take_row(&mut self) -> Option<ImportEntry> {
        let line = self.line();
        let row = Row::new(&self.columns, &self.record, line, self.rows.get_ref().is_unclosed());
        if let Some(draft) = self.current.as_mut().filter(|draft| draft.owns(&row)) {
            draft.take(row);
            return None;
        }
        let handle = row.text(columns::HANDLE);
        let skipped_before = self.handles.get(handle);
        let mut draft = ProductDraft::new(handle, line, skipped_before.is_some());
        if skipped_before == Some(&true) {
            draft.reject(line, "an earlier row of this product was skipped, so its further rows are skipped too");
        }
        draft.take(row);
        let ended = self.current.replace(draft)?;
        Some(self.close(ended))
    }

    fn close(&mut self, draft: ProductDraft) -> ImportEntry {
        let entry = draft.finish();
        if let ImportEntry::Product(ShopifyProduct { handle, .. }) | ImportEntry::Skipped { handle: Some(handle), .. } =
            &entry
        {
            self.handles.insert(handle.clone(), matches!(entry, ImportEntry::Skipped { .. }));
        }
        entry
    }

    /// Handles a read error: the current product may lack rows, and everything after it is lost.
    fn fail(&mut self, error: &csv::Error) -> ImportEntry {
        self.failed = true;
        let mut draft = self.current.take().unwrap_or_else(|| ProductDraft::new("", self.line(), false));
        draft.reject(self.line(), format!("the file could not be read further: {error}"));
        self.close(draft)
    }

    /// The line on which the current row starts, or the blank lines before it.
    fn line(&self) -> u64 {
        self.record.position().map_or(0, Position::line)
    }
}

impl<R: Read> Iterator for ShopifyReader<R> {
    type Item = ImportEntry;

    fn next(&mut self) -> Option<ImportEntry> {
        while !self.failed {
            let ended = match self.rows.read_byte_record(&mut self.record) {
                Ok(true) if row::is_blank(&self.record) => None,
                Ok(true) => self.take_row(),
                Ok(false) => return self.current.take().map(|last| self.close(last)),
                Err(error) => Some(self.fail(&error)),
            };
            if ended.is_some() {
                return ended;
            }
        }
        None
    }
}
