//! Writes one product of a file in one transaction.

use super::convert::{row_problem, spec};
use super::diff::{Changes, ExistingProduct, diff};
use super::shopify::{RowProblem, ShopifyProduct};
use super::{ImportError, ImportReport, Importer};
use crate::db::{self, Conn};
use crate::domain::catalog::{CatalogError, Product, ProductRows};
use crate::domain::inventory::InventoryError;
use crate::domain::pricing::PricingError;
use crate::kernel::error::UserFacing;
use crate::kernel::money::Currency;
use crate::kernel::patch::Patch;
use crate::workflows::products::{ProductEditingError, ProductSpec};

/// The result for a product.
enum Outcome {
    Created,
    Updated,
    Unchanged,
}

/// Why a product was not written.
enum UpsertError {
    /// The file is invalid.
    Row(RowProblem),
    /// The shop rejected it, because of this line if known.
    Refused(Option<u64>, ProductEditingError),
}

impl<E: Into<ProductEditingError>> From<E> for UpsertError {
    fn from(error: E) -> Self {
        Self::Refused(None, error.into())
    }
}

impl Importer {
    /// Creates or updates the product, and records the result in the report.
    pub(super) async fn upsert(
        &self,
        product: &ShopifyProduct,
        handle: String,
        currency: Currency,
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        match self.write(product, handle, currency).await {
            Ok(Outcome::Created) => report.created += 1,
            Ok(Outcome::Updated) => report.updated += 1,
            Ok(Outcome::Unchanged) => report.unchanged += 1,
            Err(UpsertError::Row(problem)) => report.skip([problem]),
            Err(UpsertError::Refused(line, error)) => report.skip(explain(product, line, error)?),
        }
        Ok(())
    }

    async fn write(&self, product: &ShopifyProduct, handle: String, base: Currency) -> Result<Outcome, UpsertError> {
        let mut spec = spec(product, handle.clone(), base).map_err(UpsertError::Row)?;
        let tx = self.db.begin().await?;
        let found = self.catalog.lock_by_handle_in(&tx, &handle).await?;
        if !product.continuation {
            let category = self.catalog.find_or_create_category_in(&tx, &product.category).await?;
            spec.details.category_id = category.map_or(Patch::Keep, Patch::Set);
            for title in &product.collections {
                spec.collection_ids.push(self.catalog.find_or_create_collection_in(&tx, title).await?);
            }
        }
        let outcome = match found {
            Some(found) => self.update(&tx, product, found, &spec).await?,
            None if product.continuation => {
                let message = "the earlier rows of this product were not imported, so these are not either".to_owned();
                return Err(UpsertError::Row(RowProblem { line: product.line, column: None, message }));
            }
            None => {
                self.products.create_in(&tx, vec![spec]).await?;
                Outcome::Created
            }
        };
        tx.commit().await?;
        Ok(outcome)
    }

    async fn update(
        &self,
        conn: &Conn,
        product: &ShopifyProduct,
        found: Product,
        spec: &ProductSpec,
    ) -> Result<Outcome, UpsertError> {
        let known = self.known(conn, found).await?;
        let changes = diff(&known, spec, product.continuation, self.clock.now())?;
        if changes.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        self.save(conn, product, changes).await?;
        Ok(Outcome::Updated)
    }

    /// Loads everything of a locked product.
    async fn known(&self, conn: &Conn, product: Product) -> db::Result<ExistingProduct> {
        let ids = [product.id];
        let (options, images, variants, collections) = tokio::try_join!(
            self.catalog.options_of(conn, &ids),
            self.catalog.images_of(conn, &ids),
            self.catalog.variants_of(conn, &ids),
            self.catalog.collections_of(conn, &ids),
        )?;
        let ids: Vec<_> = variants.iter().map(|variant| variant.id).collect();
        let (items, levels, prices) = tokio::try_join!(
            self.inventory.items(conn, &ids),
            self.inventory.levels_of_variants(conn, &ids),
            self.pricing.all_prices(conn, &ids),
        )?;
        let counted = levels.into_iter().map(|(variant, _)| variant).collect();
        let collections = collections.into_iter().map(|(_, collection)| collection.id).collect();
        Ok(ExistingProduct { product, options, images, variants, items, counted, prices, collections })
    }

    /// Writes the changes; errors name the line they come from, if known.
    async fn save(&self, conn: &Conn, product: &ShopifyProduct, changes: Changes) -> Result<(), UpsertError> {
        let line =
            |place: Option<usize>| place.and_then(|place| product.variants.get(place)).map(|variant| variant.line);
        if let Some(changed) = &changes.product {
            self.catalog.save_in(conn, changed).await?;
        }
        self.catalog.save_options_in(conn, &changes.options).await?;
        self.catalog.save_images_in(conn, &changes.images).await?;
        let ProductRows { images, variants, collections, .. } = changes.new;
        self.catalog.insert_in(conn, &ProductRows { images, collections, ..ProductRows::default() }).await?;
        for (place, row) in &changes.variants {
            let saved = self.catalog.save_variants_in(conn, std::slice::from_ref(row)).await;
            saved.map_err(|error| UpsertError::Refused(line(*place), error.into()))?;
        }
        let new: Vec<_> = changes.new_items.iter().map(|(place, _)| *place).collect();
        let inserted = self.catalog.insert_in(conn, &ProductRows { variants, ..ProductRows::default() }).await;
        let at_variant = |error: CatalogError| {
            ProductEditingError::from(error)
                .relocated("variants", |n| new.get(n).map(|place| format!("input.variants.{place}")))
        };
        inserted.map_err(at_variant)?;
        let items: Vec<_> = changes.new_items.iter().map(|(_, item)| item.clone()).collect();
        let at_new = |error: InventoryError| {
            ProductEditingError::from(error)
                .relocated("variants", |n| new.get(n).map(|place| format!("input.variants.{place}")))
        };
        self.inventory.insert_items_in(conn, &items).await.map_err(at_new)?;
        let counts: Vec<_> = changes.opening.iter().map(|(_, variant, stocked)| (*variant, *stocked)).collect();
        let at_opening = |error: InventoryError| {
            ProductEditingError::from(error)
                .relocated("variants", |n| changes.opening.get(n).map(|(place, ..)| format!("input.variants.{place}")))
        };
        self.inventory.open_stock_in(conn, &counts).await.map_err(at_opening)?;
        // In the lock order of inventory items.
        let mut kept = changes.items;
        kept.sort_by_key(|(_, item)| item.variant_id);
        for (place, item) in kept {
            let path = format!("input.variants.{place}.backorder");
            self.inventory.save_item_in(conn, item, &path).await?;
        }
        let prices: Vec<_> = changes.prices.iter().map(|(_, row)| *row).collect();
        let at_price = |error: PricingError| {
            ProductEditingError::from(error)
                .relocated("prices", |n| changes.prices.get(n).map(|(place, _)| format!("input.variants.{place}")))
        };
        if !prices.is_empty() {
            self.pricing.set_in(conn, &prices, "input.prices").await.map_err(at_price)?;
        }
        Ok(())
    }
}

/// Converts a rejection to problems by line. A database error is returned, because the import cannot continue.
fn explain(
    product: &ShopifyProduct,
    line: Option<u64>,
    error: ProductEditingError,
) -> Result<Vec<RowProblem>, ImportError> {
    if let Some(db::Error::Unavailable(why)) = error.database() {
        return Err(db::Error::Unavailable(why.clone()).into());
    }
    let line = line.unwrap_or(product.line);
    let problems = error.user_errors();
    if problems.is_empty() {
        tracing::error!(line, handle = product.handle, ?error, "A product could not be imported");
        let message = "the database could not save this product: see the log".to_owned();
        return Ok(vec![RowProblem { line, column: None, message }]);
    }
    Ok(problems.iter().map(|problem| row_problem(product, line, problem)).collect())
}
