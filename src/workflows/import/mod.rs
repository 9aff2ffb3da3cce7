//! Importing products from files of other shops: makes what is new, changes what differs, leaves the rest alone.
//!
//! # Decisions
//! - **One transaction for each product**, found by its handle. A product that is refused is reported with its line and
//!   the import goes on, so that one bad row never stops a file of a hundred thousand.
//! - **Only what differs is written**: importing a file twice changes nothing the second time, not even a version.
//! - What the file leaves blank stays as it is; variants, images, choices and collections that it does not name stay
//!   too, behind those that it does.
//! - **Stock is set for variants whose stock has never been counted, and never after**: orders may have changed it since
//!   the file was written.
//! - The file is read on a thread of its own, a few products ahead of the database.

mod convert;
mod diff;
mod report;
pub mod shopify;
mod upsert;

use std::collections::HashMap;
use std::io::Read;

use tokio::sync::mpsc;

pub use report::{ImportError, ImportReport};
use shopify::{Entry, HeaderError, RowProblem, ShopifyProduct, ShopifyReader};

use crate::db::Db;
use crate::domain::catalog::Catalog;
use crate::domain::inventory::Inventory;
use crate::domain::pricing::Pricing;
use crate::kernel::clock::SharedClock;
use crate::kernel::money::Currency;
use crate::kernel::text::handle_from;
use crate::workflows::products::ProductEditing;

/// How many products are read ahead.
const READ_AHEAD: usize = 16;

/// Imports products.
#[derive(Clone)]
pub struct Importer {
    db: Db,
    clock: SharedClock,
    products: ProductEditing,
    catalog: Catalog,
    pricing: Pricing,
    inventory: Inventory,
}

impl Importer {
    /// The workflow over these domains.
    pub fn new(
        db: Db,
        clock: SharedClock,
        products: ProductEditing,
        catalog: Catalog,
        pricing: Pricing,
        inventory: Inventory,
    ) -> Self {
        Self { db, clock, products, catalog, pricing, inventory }
    }

    /// Imports a product CSV of Shopify's. `Variant Price` is in `currency`; columns such as `Price / USD` name theirs.
    /// `progress` is told after every product. Products that were imported before an error stay.
    pub async fn shopify(
        &self,
        source: impl Read + Send + 'static,
        currency: Currency,
        mut progress: impl FnMut(&ImportReport) + Send,
    ) -> Result<ImportReport, ImportError> {
        let (sender, mut entries) = mpsc::channel(READ_AHEAD);
        let reader = tokio::task::spawn_blocking(move || read(source, &sender));
        let (mut report, mut handles) = (ImportReport::default(), Handles::default());
        while let Some(entry) = entries.recv().await {
            match entry {
                Entry::Skipped { problems, .. } => report.skip(problems),
                Entry::Product(product) => match handles.take(&product) {
                    Ok(handle) => self.upsert(&product, handle, currency, &mut report).await?,
                    Err(problem) => report.skip([problem]),
                },
            }
            progress(&report);
        }
        reader.await??;
        Ok(report)
    }
}

/// Reads until the file ends or nobody listens any more.
fn read(source: impl Read, sender: &mpsc::Sender<Entry>) -> Result<(), HeaderError> {
    for entry in ShopifyReader::new(source)? {
        if sender.blocking_send(entry).is_err() {
            break;
        }
    }
    Ok(())
}

/// The handles of the file in our form, and as the file writes them.
#[derive(Default)]
struct Handles(HashMap<String, String>);

impl Handles {
    /// The product's handle in our form; refused when nothing is left of it, or another product's comes to the same.
    fn take(&mut self, product: &ShopifyProduct) -> Result<String, RowProblem> {
        let problem = |message| RowProblem { line: product.line, column: None, message };
        let handle = handle_from(&product.handle);
        if handle.is_empty() {
            return Err(problem(format!("the handle {:?} has neither letters a to z nor digits", product.handle)));
        }
        match self.0.get(&handle) {
            Some(other) if *other != product.handle => {
                Err(problem(format!("the handles {other:?} and {:?} both come to {handle:?} here", product.handle)))
            }
            Some(_) => Ok(handle),
            None => {
                self.0.insert(handle.clone(), product.handle.clone());
                Ok(handle)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Handles;
    use super::shopify::ShopifyProduct;

    #[test]
    fn handles_come_to_our_form_and_never_to_one_of_another_product() {
        let mut handles = Handles::default();
        let mut take = |handle: &str| {
            handles.take(&ShopifyProduct { handle: handle.to_owned(), ..ShopifyProduct::default() }).ok()
        };
        assert_eq!(take("Field_Notebook").as_deref(), Some("field-notebook"));
        assert_eq!(take("Field_Notebook").as_deref(), Some("field-notebook"), "a continuation");
        assert_eq!(take("field-notebook"), None, "another product");
        assert_eq!(take("木"), None);
    }
}
