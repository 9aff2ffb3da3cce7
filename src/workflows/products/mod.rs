//! Writing products: what the catalogue, pricing and inventory keep of them, in one transaction.
//!
//! # Decisions
//! - **The product's row is locked before its variants**, always, so that two writers of one product take turns and two
//!   of different products never wait for each other.
//! - A product has at least one variant, and without options exactly one: then everything that is sold is a variant,
//!   and carts need to know nothing else.
//! - Choices of an option are never taken away with the variant that used them; a shop lists what it means to sell.

mod error;
mod kits;
pub(crate) mod rows;
mod spec;
mod variants;

pub use error::ProductEditingError;
pub use spec::{ImageSpec, OptionSpec, PriceSpec, ProductSpec, VariantChanges, VariantSpec};

use rows::{Built, build};

use crate::db::{Conn, Db};
use crate::domain::catalog::{Catalog, Product};
use crate::domain::inventory::Inventory;
use crate::domain::pricing::Pricing;
use crate::kernel::clock::SharedClock;
use crate::kernel::error::{ErrorCode, Problem};

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

    /// Makes a product with everything that is sold under it.
    pub async fn create(&self, spec: ProductSpec) -> Result<Product, ProductEditingError> {
        let tx = self.db.begin().await?;
        let made = self.create_in(&tx, vec![spec]).await?.pop();
        let product = made.ok_or_else(|| Problem::new(ErrorCode::Required, "Specify a product to create."))?;
        tx.commit().await?;
        Ok(product)
    }

    /// Makes products in the caller's transaction: a few statements for all of them. Problems are at places below
    /// `input`, as if there were one product.
    pub async fn create_in(&self, conn: &Conn, specs: Vec<ProductSpec>) -> Result<Vec<Product>, ProductEditingError> {
        let built = build(specs, self.clock.now()).map_err(ProductEditingError::Invalid)?;
        let Built { rows, items, prices, image_places, price_places } = built;
        let inserted = self.catalog.insert_in(conn, &rows).await.map_err(ProductEditingError::from);
        inserted.map_err(|error| error.relocated("images", |n| image_places.get(n).cloned()))?;
        self.inventory.insert_items_in(conn, &items).await?;
        let priced = self.pricing.set_in(conn, &prices, "input.prices").await.map_err(ProductEditingError::from);
        let place = |n: usize| price_places.get(n).map(|(variant, n)| format!("input.variants.{variant}.prices.{n}"));
        priced.map_err(|error| error.relocated("prices", place))?;
        Ok(rows.products)
    }
}
