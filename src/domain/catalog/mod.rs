//! What the shop sells: products with options, variants and images, categories and collections.
//!
//! # Decisions
//! - A variant's option values are an array in the order of the product's options, so that the database itself keeps
//!   each combination unique, and a list of variants needs no further statement.
//! - Everybody reads through an [`Audience`]: shoppers never see what is unpublished, on whatever way they reach it.
//! - Prices and stock belong to other domains; `workflows::products` writes all of them in one transaction.

mod categories;
mod collections;
mod error;
mod model;
mod products;
mod repo;
mod variants;

pub use categories::{CategoryChanges, NewCategory};
pub use collections::{CollectionChanges, NewCollection};
pub use error::CatalogError;
pub use model::{Audience, Category, Collection, Goods, Product, ProductImage, ProductOption, Variant};
pub use products::{ProductChanges, ProductRows};
pub(crate) use products::{check_new, clean_html, clean_tags};
pub(crate) use variants::title_of;

use crate::db::{Conn, Db, Result};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{CategoryId, CollectionId, ImageId, ProductId, VariantId};
use crate::kernel::page::{Page, Window};

/// The catalogue.
#[derive(Clone)]
pub struct Catalog {
    db: Db,
    clock: SharedClock,
}

impl Catalog {
    /// The facade over this database.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self { db, clock }
    }

    /// The products with these ids, in no order.
    pub async fn products(&self, conn: &Conn, audience: Audience, ids: &[ProductId]) -> Result<Vec<Product>> {
        repo::products::by_ids(conn, audience, ids, self.clock.now()).await
    }

    /// The product with this handle.
    pub async fn product_by_handle(&self, conn: &Conn, audience: Audience, handle: &str) -> Result<Option<Product>> {
        repo::products::by_handle(conn, audience, handle, self.clock.now()).await
    }

    /// The options of these products, in their order.
    pub async fn options_of(&self, conn: &Conn, ids: &[ProductId]) -> Result<Vec<ProductOption>> {
        repo::products::options_of(conn, ids).await
    }

    /// Those of these variants that there are, kept from being deleted until the caller's transaction ends.
    pub async fn keep_in(&self, conn: &Conn, ids: &[VariantId]) -> Result<Vec<VariantId>> {
        repo::variants::keep(conn, ids).await
    }

    /// The images of these products, in their order.
    pub async fn images_of(&self, conn: &Conn, ids: &[ProductId]) -> Result<Vec<ProductImage>> {
        repo::products::images_of(conn, ids).await
    }

    /// The images with these ids, in no order.
    pub async fn images(&self, conn: &Conn, ids: &[ImageId]) -> Result<Vec<ProductImage>> {
        repo::products::images(conn, ids).await
    }

    /// The variants of these products, in their order.
    pub async fn variants_of(&self, conn: &Conn, ids: &[ProductId]) -> Result<Vec<Variant>> {
        repo::variants::of_products(conn, ids).await
    }

    /// The variants with these ids, in no order.
    pub async fn variants(&self, conn: &Conn, audience: Audience, ids: &[VariantId]) -> Result<Vec<Variant>> {
        repo::variants::by_ids(conn, audience, ids, self.clock.now()).await
    }

    /// These variants as far as they are published, each with what taxes and promotions go by, in one statement.
    pub async fn goods(&self, conn: &Conn, ids: &[VariantId]) -> Result<Vec<Goods>> {
        repo::variants::goods(conn, ids, self.clock.now()).await
    }

    /// The variant with this stock-keeping unit.
    pub async fn variant_by_sku(&self, conn: &Conn, audience: Audience, sku: &str) -> Result<Option<Variant>> {
        repo::variants::by_sku(conn, audience, sku, self.clock.now()).await
    }

    /// The collections that these products are in, by title.
    pub async fn collections_of(&self, conn: &Conn, ids: &[ProductId]) -> Result<Vec<(ProductId, Collection)>> {
        repo::collections::of_products(conn, ids).await
    }

    /// The collections with these ids, in no order.
    pub async fn collections(&self, conn: &Conn, ids: &[CollectionId]) -> Result<Vec<Collection>> {
        repo::collections::by_ids(conn, ids).await
    }

    /// The collection with this handle.
    pub async fn collection_by_handle(&self, conn: &Conn, handle: &str) -> Result<Option<Collection>> {
        repo::collections::by_handle(conn, handle).await
    }

    /// A page of all collections, by title.
    pub async fn list_collections(
        &self,
        conn: &Conn,
        window: &Window,
    ) -> std::result::Result<Page<Collection>, CatalogError> {
        let rows = repo::collections::list(conn, window, window.key()?).await?;
        Ok(window.page(rows, |collection| (collection.title.clone(), collection.id.0)))
    }

    /// How many collections there are.
    pub async fn count_collections(&self, conn: &Conn) -> Result<i64> {
        repo::collections::count(conn).await
    }

    /// The categories with these ids, in no order.
    pub async fn categories(&self, conn: &Conn, ids: &[CategoryId]) -> Result<Vec<Category>> {
        repo::categories::by_ids(conn, ids).await
    }

    /// The category with this handle.
    pub async fn category_by_handle(&self, conn: &Conn, handle: &str) -> Result<Option<Category>> {
        repo::categories::by_handle(conn, handle).await
    }

    /// The categories right below these, by name.
    pub async fn categories_below(&self, conn: &Conn, ids: &[CategoryId]) -> Result<Vec<Category>> {
        repo::categories::below(conn, ids).await
    }

    /// A page of the categories without a parent, by name.
    pub async fn list_root_categories(
        &self,
        conn: &Conn,
        window: &Window,
    ) -> std::result::Result<Page<Category>, CatalogError> {
        let rows = repo::categories::roots(conn, window, window.key()?).await?;
        Ok(window.page(rows, |category| (category.name.clone(), category.id.0)))
    }

    /// How many categories have no parent.
    pub async fn count_root_categories(&self, conn: &Conn) -> Result<i64> {
        repo::categories::count_roots(conn).await
    }
}
