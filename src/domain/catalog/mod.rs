//! The catalog: products with options, variants and images, categories and collections.
//!
//! # Decisions
//! - A variant's option values are an array in the order of the product's options, so that the database enforces unique
//!   combinations, and a list of variants needs no further statement.
//! - Every read has an [`Audience`]: shoppers never see what is unpublished, whatever path they use.
//! - Prices and stock belong to other domains; `workflows::products` writes all of them in one transaction.

mod categories;
mod collections;
mod error;
mod model;
mod products;
mod repo;
mod variants;

pub use categories::{CreateCategory, UpdateCategory};
pub use collections::{CreateCollection, UpdateCollection};
pub use error::CatalogError;
pub use model::{Audience, Category, Collection, Product, ProductImage, ProductOption, SellableVariant, Variant};
pub(crate) use products::check_new;
pub use products::{CreateProductImage, ProductDetails, ProductRows, UpdateProduct, UpdateProductImage};
pub(crate) use variants::title_of;

use crate::db::{Conn, Db, Result};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{ProductId, VariantId};
use crate::kernel::page::{Page, PageRequest};

/// The catalog.
#[derive(Clone)]
pub struct Catalog {
    db: Db,
    clock: SharedClock,
}

impl Catalog {
    /// Creates the facade for this database.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self { db, clock }
    }

    /// Returns the products with these ids, in no particular order.
    pub async fn products(&self, conn: &Conn, audience: Audience, ids: &[ProductId]) -> Result<Vec<Product>> {
        repo::products::by_ids(conn, audience, ids, self.clock.now()).await
    }

    /// Returns the product with this handle.
    pub async fn product_by_handle(&self, conn: &Conn, audience: Audience, handle: &str) -> Result<Option<Product>> {
        repo::products::by_handle(conn, audience, handle, self.clock.now()).await
    }

    /// Returns the variants with these ids, in no particular order.
    pub async fn variants(&self, conn: &Conn, audience: Audience, ids: &[VariantId]) -> Result<Vec<Variant>> {
        repo::variants::by_ids(conn, audience, ids, self.clock.now()).await
    }

    /// Returns the published ones of these variants, with what taxes and promotions depend on, in one statement.
    pub async fn goods(&self, conn: &Conn, ids: &[VariantId]) -> Result<Vec<SellableVariant>> {
        repo::variants::goods(conn, ids, self.clock.now()).await
    }

    /// Returns the variant with this stock-keeping unit.
    pub async fn variant_by_sku(&self, conn: &Conn, audience: Audience, sku: &str) -> Result<Option<Variant>> {
        repo::variants::by_sku(conn, audience, sku, self.clock.now()).await
    }

    /// Returns a page of the categories without a parent, by name.
    pub async fn list_root_categories(
        &self,
        conn: &Conn,
        paging: &PageRequest,
    ) -> std::result::Result<Page<Category>, CatalogError> {
        let rows = repo::categories::roots(conn, paging, paging.key()?).await?;
        Ok(paging.page(rows, |category| (category.name.clone(), category.id.0)))
    }
}
