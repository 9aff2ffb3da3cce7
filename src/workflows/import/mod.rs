//! Importing products from files of other shops: creates new products, updates changed ones, leaves others alone.
//!
//! # Decisions
//! - **One transaction per product**, identified by its handle. A rejected product is reported with its line and the
//!   import continues, so that one bad row never stops a file of a hundred thousand.
//! - **Only changes are written**: importing a file twice changes nothing the second time, not even a version.
//! - Blank fields keep their values; variants, images, option values and collections that the file does not list are
//!   kept too, after those that it lists.
//! - **Stock is set for variants that have never had any stock recorded, and never after**: orders may have changed it
//!   since the file was written.
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
use shopify::{HeaderError, ImportEntry, RowProblem, ShopifyProduct, ShopifyReader};

use crate::db::Db;
use crate::domain::catalog::Catalog;
use crate::domain::inventory::Inventory;
use crate::domain::pricing::Pricing;
use crate::kernel::clock::SharedClock;
use crate::kernel::money::Currency;
use crate::kernel::text::handle_from;
use crate::workflows::products::ProductEditing;

/// The number of products read ahead.
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
    /// Creates the workflow over these domains.
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

    /// Imports a Shopify product CSV. `Variant Price` is in `currency`; columns such as `Price / USD` name their own.
    /// `progress` is called after every product. Products imported before an error are kept.
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
                ImportEntry::Skipped { problems, .. } => report.skip(problems),
                ImportEntry::Product(product) => match handles.take(&product) {
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

/// Reads until the file ends or the receiver is dropped.
fn read(source: impl Read, sender: &mpsc::Sender<ImportEntry>) -> Result<(), HeaderError> {
    for entry in ShopifyReader::new(source)? {
        if sender.blocking_send(entry).is_err() {
            break;
        }
    }
    Ok(())
}

/// The file's normalized handles, with their original forms.
#[derive(Default)]
struct Handles(HashMap<String, String>);

impl Handles {
    /// Normalizes the product's handle; fails if nothing is left of it, or if another product's handle normalizes to
    /// the same.
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
        assert_eq!((take("木").as_deref(), take("!?")), (Some("mu"), None));
    }
}
