//! Writing products: what the catalogue, pricing and inventory keep of them, in one transaction.
//!
//! # Decisions
//! - **The product's row is locked before its variants**, always, so that two writers of one product take turns and two
//!   of different products never wait for each other.
//! - A product has at least one variant, and without options exactly one: then everything that is sold is a variant,
//!   and carts need to know nothing else.
//! - A product that is published has a price: it would be in shoppers' lists with nothing to show.
//! - Choices of an option are never taken away with the variant that used them; a shop lists what it means to sell.

mod error;
mod kits;
pub(crate) mod rows;
mod spec;
mod variants;

pub use error::ProductEditingError;
pub use spec::{ImageSpec, OptionSpec, PriceSpec, ProductSpec, UpdateVariant, VariantSpec};

use rows::{Built, build};
use serde_json::json;

use crate::db::{Conn, Db};
use crate::domain::catalog::{Catalog, CatalogError, Product};
use crate::domain::inventory::Inventory;
use crate::domain::pricing::Pricing;
use crate::kernel::clock::{SharedClock, Timestamp};
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::ProductId;
use crate::kernel::text::{filled, handle_from};

/// How often a product is created anew because somebody else took the handle that was made from its title.
const HANDLE_ATTEMPTS: usize = 10;

/// Writes products with their prices and stock.
#[derive(Clone)]
pub struct ProductEditing {
    db: Db,
    clock: SharedClock,
    pub(super) catalog: Catalog,
    pricing: Pricing,
    inventory: Inventory,
}

impl ProductEditing {
    /// The workflow over these domains.
    pub fn new(db: Db, clock: SharedClock, catalog: Catalog, pricing: Pricing, inventory: Inventory) -> Self {
        Self { db, clock, catalog, pricing, inventory }
    }

    /// Creates a product with everything that is sold under it. A handle that is made from the title gets a number when
    /// another product has it.
    pub async fn create(&self, spec: ProductSpec) -> Result<Product, ProductEditingError> {
        let is_derived = filled(spec.handle.clone()).is_none();
        for _ in 1..HANDLE_ATTEMPTS {
            match self.create_once(spec.clone(), is_derived).await {
                // Somebody else took the handle meanwhile: the next one is looked for.
                Err(ProductEditingError::Catalog(CatalogError::HandleTaken)) if is_derived => {}
                done => return done,
            }
        }
        self.create_once(spec, is_derived).await
    }

    async fn create_once(&self, mut spec: ProductSpec, is_derived: bool) -> Result<Product, ProductEditingError> {
        let tx = self.db.begin().await?;
        let wanted = handle_from(&spec.title);
        if is_derived && !wanted.is_empty() {
            spec.handle = Some(self.catalog.free_handle_in(&tx, &wanted).await?);
        }
        let made = self.create_in(&tx, vec![spec]).await?.pop();
        let product = made.ok_or_else(|| Problem::new(ErrorCode::Required, "Specify a product to create."))?;
        tx.commit().await?;
        Ok(product)
    }

    /// Creates products in the caller's transaction: a few statements for all of them. Problems are at places below
    /// `input`, as if there were one product, and all that can be seen without the database are reported at once.
    pub async fn create_in(&self, conn: &Conn, specs: Vec<ProductSpec>) -> Result<Vec<Product>, ProductEditingError> {
        let built = build(specs, self.clock.now());
        let problems = built.problems();
        if !problems.is_empty() {
            return Err(ProductEditingError::Invalid(problems));
        }
        let Built { rows, items, prices, .. } = &built;
        let inserted = self.catalog.insert_in(conn, rows).await.map_err(ProductEditingError::from);
        inserted.map_err(|error| built.placed(error))?;
        self.inventory.insert_items_in(conn, items).await?;
        let priced = self.pricing.set_in(conn, prices, "input.prices").await.map_err(ProductEditingError::from);
        priced.map_err(|error| built.placed(error))?;
        Ok(built.rows.products)
    }

    /// Shows products to shoppers from a moment on, or from now; all of them or none. Shoppers see no product without a
    /// price: a list would have nothing to show.
    pub async fn publish(
        &self,
        ids: &[ProductId],
        from: Option<Timestamp>,
    ) -> Result<Vec<Product>, ProductEditingError> {
        let tx = self.db.begin().await?;
        let published = self.catalog.publish_in(&tx, ids, from).await?;
        let unpriced = self.pricing.unpriced_in(&tx, ids).await?;
        let mut problems = Vec::new();
        for (place, id) in ids.iter().enumerate().filter(|(_, id)| unpriced.contains(id)) {
            let title = published.iter().find(|product| product.id == *id).map_or("", |product| &product.title);
            let message = format!("\"{title}\" has no price: set one with variantPricesSet before you publish it.");
            let details = json!({ "productId": id });
            problems.push(Problem::new(ErrorCode::Required, message).at(&format!("ids.{place}")).with(details));
        }
        if !problems.is_empty() {
            return Err(ProductEditingError::Invalid(problems));
        }
        tx.commit().await?;
        Ok(published)
    }
}
