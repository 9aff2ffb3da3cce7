//! Reads the product CSV that Shopify exports: one [`Entry`] per product, in the order of the file.
//!
//! The format: <https://help.shopify.com/en/manual/products/import-export/using-csv>. Consecutive rows with one handle
//! are one product. Its first row has the fields of the product; every row with option values is a variant; every row
//! with an `Image Src` adds an image. Both the names of columns that exports have had for years and those of the
//! template of today are known, in any order and letter case; other columns are passed over.
//!
//! # Decisions
//! - Pure and streaming: no database, no network, one product in memory. Of those before, only the handles.
//! - A bad row skips its whole product, so that nothing is half imported, and every bad row is reported by its line.
//!   A row without handle and title counts to the product above it.
//! - A handle that comes back after other products is a `continuation`: its variants and images are to be merged into
//!   the product. If the earlier rows were skipped, so is the continuation. The reverse cannot be: when a continuation
//!   is skipped, the rows before it are already handed out.
//! - A compare-at price that is not above the price says nothing to a customer and is dropped, not reported: real
//!   exports are full of them.
//! - Blank is what Shopify says it is: `Published` is true, `Status` active, the flags of a variant false, the policy
//!   deny, the quantity 0. A file without the columns `Variant Requires Shipping` or `Variant Taxable` means true.
//! - What needs the shop is checked by the caller: the form of handles, the decimals of a currency, what is behind the
//!   address of an image. Descriptions are handed over as they are, **not** cleaned.

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
use product::Draft;
use row::Row;
use source::Source;

/// The most variants that a product may have.
pub const MAX_VARIANTS: usize = 2_000;
/// The most images that a product may have, those included that only a variant names.
pub const MAX_IMAGES: usize = 250;

/// Why the file as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// The source failed.
    #[error("the file could not be read: {0}")]
    Read(#[from] io::Error),
    /// There is no first row.
    #[error("the file is empty")]
    Empty,
    /// Columns without which no product can be read, by the names that Shopify gives them.
    #[error("the header has no column {}: is the file a CSV in UTF-8, with commas?", .0.join(", "))]
    Missing(Vec<&'static str>),
    /// Two columns have this name, so it is not known which to believe.
    #[error("the header has the column {0} twice")]
    Twice(String),
}

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The line of the file, from 1 for the header, on which the row starts.
    pub line: u64,
    /// The column as the file's header writes it; `None` when the row as a whole is bad.
    pub column: Option<String>,
    /// What is wrong, for the shopkeeper.
    pub message: String,
}

/// The rows of one handle.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all are products, and only one is held at a time")]
pub enum Entry {
    /// All of them could be read.
    Product(ShopifyProduct),
    /// At least one could not, so none is to be imported.
    Skipped {
        /// `None` when no row has a handle that can be read.
        handle: Option<String>,
        /// At least one and the first hundred at most, by line.
        problems: Vec<RowProblem>,
    },
}

/// A product as the file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShopifyProduct {
    /// The line of its first row.
    pub line: u64,
    /// The name in the address of the product, as written.
    pub handle: String,
    /// Blank only in a continuation.
    pub title: String,
    /// HTML that nobody has cleaned.
    pub description_html: String,
    /// Who makes or sells it.
    pub vendor: Option<String>,
    /// The shop's own name for this kind of product.
    pub product_type: Option<String>,
    /// In the order of the file, each once whatever its letter case.
    pub tags: Vec<String>,
    /// Whether `Published` is not false and `Status` is active or absent.
    pub published: bool,
    /// The path of the category from the widest to the narrowest; empty when there is none.
    pub category: Vec<String>,
    /// The name in the column `Collection`, which is one at most.
    pub collections: Vec<String>,
    /// The title for search engines.
    pub seo_title: Option<String>,
    /// The description for search engines.
    pub seo_description: Option<String>,
    /// Up to three; empty when the product comes in one form only.
    pub options: Vec<ShopifyOption>,
    /// At least one, save in a continuation.
    pub variants: Vec<ShopifyVariant>,
    /// By position, each address once; those without a position come last, in the order of the file.
    pub images: Vec<ShopifyImage>,
    /// Whether the handle was in the file before, after other products. Then only options, variants and images count.
    pub continuation: bool,
}

/// What a customer chooses, such as a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopifyOption {
    /// Blank only in a continuation that does not repeat it: then the product's option at the same place is meant.
    pub name: String,
    /// In the order of their first appearance.
    pub values: Vec<String>,
}

/// The currency (ISO 4217, upper case), the price, and the compare-at price if it is above the price.
pub type MarketPrice = (String, Decimal, Option<Decimal>);

/// One form of the product that can be bought.
#[derive(Clone, Debug, PartialEq)]
pub struct ShopifyVariant {
    /// The line of its row.
    pub line: u64,
    /// One per option of the product, in the same order.
    pub option_values: Vec<String>,
    /// Without the apostrophe that Excel puts before it.
    pub sku: Option<String>,
    /// Without the apostrophe that Excel puts before it.
    pub barcode: Option<String>,
    /// Whole grams, whatever unit the shop shows; 0 is what Shopify writes when nobody has weighed it.
    pub weight_grams: Option<i32>,
    /// Whether stock is counted.
    pub tracked: bool,
    /// Pieces in stock; below 0 when more were sold than there were.
    pub quantity: i32,
    /// Whether it can be bought when there is none left.
    pub allow_backorder: bool,
    /// In the shop's own currency, 0 or more, at most 4 decimals.
    pub price: Decimal,
    /// In the shop's own currency; always above the price.
    pub compare_at: Option<Decimal>,
    /// Prices in other currencies, from the columns `Price / EUR` and the like. A compare-at alone is left out.
    pub prices: Vec<MarketPrice>,
    /// Whether it is sent by post.
    pub requires_shipping: bool,
    /// Whether tax is charged.
    pub taxable: bool,
    /// The address of one of the product's images; in a continuation it may be one that came before.
    pub image: Option<String>,
}

/// An image that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopifyImage {
    /// Its address, as written.
    pub src: String,
    /// What it shows, for those who cannot see it.
    pub alt: Option<String>,
    /// Its place in the product, from 1; `None` when the file does not say.
    pub position: Option<i32>,
}

/// An iterator over the products of a file of any size.
pub struct ShopifyReader<R: Read> {
    rows: csv::Reader<Source<R>>,
    columns: Columns,
    /// The row that was read last.
    record: ByteRecord,
    current: Option<Draft>,
    /// The handles of the products before, and whether one was skipped.
    handles: HashMap<String, bool>,
    failed: bool,
}

impl<R: Read> ShopifyReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When it cannot be read, lacks a column that matters or has one twice.
    pub fn new(reader: R) -> Result<Self, HeaderError> {
        // With the crate's own line ends its line numbers slip after CRLF. A `\r` left over goes with the blanks.
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

    /// Takes the row that was just read; gives the product that it ends, if it starts another.
    fn take_row(&mut self) -> Option<Entry> {
        let line = self.line();
        let row = Row::new(&self.columns, &self.record, line, self.rows.get_ref().is_unclosed());
        if let Some(draft) = self.current.as_mut().filter(|draft| draft.owns(&row)) {
            draft.take(row);
            return None;
        }
        let handle = row.text(columns::HANDLE);
        let skipped_before = self.handles.get(handle);
        let mut draft = Draft::new(handle, line, skipped_before.is_some());
        if skipped_before == Some(&true) {
            draft.reject(line, "an earlier row of this product was skipped, so its further rows are skipped too");
        }
        draft.take(row);
        let ended = self.current.replace(draft)?;
        Some(self.close(ended))
    }

    fn close(&mut self, draft: Draft) -> Entry {
        let entry = draft.finish();
        if let Entry::Product(ShopifyProduct { handle, .. }) | Entry::Skipped { handle: Some(handle), .. } = &entry {
            self.handles.insert(handle.clone(), matches!(entry, Entry::Skipped { .. }));
        }
        entry
    }

    /// The source failed: the product at hand may lack rows, and what comes after is lost.
    fn fail(&mut self, error: &csv::Error) -> Entry {
        self.failed = true;
        let mut draft = self.current.take().unwrap_or_else(|| Draft::new("", self.line(), false));
        draft.reject(self.line(), format!("the file could not be read further: {error}"));
        self.close(draft)
    }

    /// The line on which the row at hand starts, or the blank lines before it.
    fn line(&self) -> u64 {
        self.record.position().map_or(0, Position::line)
    }
}

impl<R: Read> Iterator for ShopifyReader<R> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
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
