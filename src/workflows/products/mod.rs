//! Writing products: their catalog, pricing and inventory data in one transaction.
//!
//! # Decisions
//! - **The product's row is always locked before its variants**, so that writers of one product are serialized and
//!   writers of different products never wait for each other.
//! - A product has at least one variant, and without options exactly one: then everything sold is a variant, and carts
//!   need nothing else.
//! - A published product has a price: otherwise lists for shoppers would have nothing to show.
//! - Option values are never removed with the variant that used them; a shop lists what it intends to sell.

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
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::ProductId;
use crate::kernel::text::{handle_from, non_blank};

/// The maximum number of attempts to create a product when another one takes the handle derived from its title.
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
    /// Creates the workflow over these domains.
    pub fn new(db: Db, clock: SharedClock, catalog: Catalog, pricing: Pricing, inventory: Inventory) -> Self {
        Self { db, clock, catalog, pricing, inventory }
    }

    /// Creates a product with its variants, prices and stock. A handle derived from the title gets a numeric suffix if
    /// another product has it.
    pub async fn create(&self, spec: ProductSpec) -> Result<Product, ProductEditingError> {
        let is_derived = non_blank(spec.handle.clone()).is_none();
        for _ in 1..HANDLE_ATTEMPTS {
            match self.create_once(spec.clone(), is_derived).await {
                // Another product took the handle meanwhile: try the next one.
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
        let product = made.ok_or_else(|| UserError::new(ErrorCode::Required, "Specify a product to create."))?;
        tx.commit().await?;
        Ok(product)
    }

    /// Creates products in the caller's transaction, with a few statements for all of them. Error paths are below
    /// `input`, as if there were one product; all errors that need no database are reported at once.
    pub async fn create_in(&self, conn: &Conn, specs: Vec<ProductSpec>) -> Result<Vec<Product>, ProductEditingError> {
        let built = build(specs, self.clock.now());
        let problems = built.user_errors();
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

    /// Publishes products at a given time, or now; all or none. Fails for products without a price: lists would have
    /// nothing to show.
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
            problems.push(UserError::new(ErrorCode::Required, message).at(&format!("ids.{place}")).with(details));
        }
        if !problems.is_empty() {
            return Err(ProductEditingError::Invalid(problems));
        }
        tx.commit().await?;
        Ok(published)
    }
}
