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
mod model;
mod product;
mod row;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::{self, Read};

use csv::{ByteRecord, Position, ReaderBuilder, Terminator};

pub use model::{
    HeaderError, ImportEntry, MAX_IMAGES, MAX_VARIANTS, MarketPrice, RowProblem, ShopifyImage, ShopifyOption,
    ShopifyProduct, ShopifyVariant,
};

use columns::Columns;
use product::ProductDraft;
use row::Row;
use source::Source;

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
