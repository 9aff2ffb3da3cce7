//! The catalogue.

mod groups;
mod inputs;
mod objects;
mod products;
mod variants;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object, OneofObject};

pub use groups::GroupMutation;
pub use inputs::ProductFilterInput;
pub(super) use objects::absolute;
pub use objects::{Category, CategoryTotal, Collection, CollectionTotal, Product, ProductTotal, ProductVariant};
pub use products::ProductMutation;
pub use variants::VariantMutation;

use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::{Result, refused};
use crate::domain::search::{ProductList, ProductQuery, ProductSort};
use crate::kernel::ids::{CategoryId, CollectionId, ProductId, VariantId};
use crate::kernel::page::{PageArgs, Window};
use crate::kernel::text::storable;

pub(super) type ProductConnection = Connection<String, Product, ProductTotal>;
type CollectionConnection = Connection<String, Collection, CollectionTotal>;
type CategoryConnection = Connection<String, Category, CategoryTotal>;

/// Names a product.
#[derive(OneofObject)]
pub enum ProductBy {
    /// By its id.
    Id(ProductId),
    /// By its handle.
    Handle(String),
}

/// Names a variant.
#[derive(OneofObject)]
pub enum VariantBy {
    /// By its id.
    Id(VariantId),
    /// By its stock-keeping unit.
    Sku(String),
}

/// Names a category.
#[derive(OneofObject)]
pub enum CategoryBy {
    /// By its id.
    Id(CategoryId),
    /// By its handle.
    Handle(String),
}

/// Names a collection.
#[derive(OneofObject)]
pub enum CollectionBy {
    /// By its id.
    Id(CollectionId),
    /// By its handle.
    Handle(String),
}

#[derive(Default)]
pub struct CatalogQuery;

#[Object]
impl CatalogQuery {
    /// One product; null when there is none, or when it is not published and the caller is not staff.
    async fn product(&self, ctx: &Context<'_>, by: ProductBy) -> Result<Option<Product>> {
        let reads = ctx.reads();
        let found = match by {
            ProductBy::Id(id) => reads.loaders.product.load(id).await?,
            ProductBy::Handle(handle) => {
                let handle = storable(handle);
                ctx.app().catalog.product_by_handle(reads.conn().await?, reads.scope.audience, &handle).await?
            }
        };
        Ok(found.map(Product))
    }

    /// The products that shoppers see (staff see all), filtered, sorted and paged. `query` is free text: every word
    /// has to begin a word of title, vendor, type or description. Sorted by relevance with a text, else newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: ProductFilterInput,
        sort: Option<ProductSort>,
        query: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ProductConnection> {
        let args = page_args(first, after, last, before);
        list_products(ctx, filter, query, sort, args, |_| {}).await
    }

    /// One variant; null when there is none, or when its product is not published and the caller is not staff.
    async fn variant(&self, ctx: &Context<'_>, by: VariantBy) -> Result<Option<ProductVariant>> {
        let reads = ctx.reads();
        let found = match by {
            VariantBy::Id(id) => reads.loaders.variant.load(id).await?,
            VariantBy::Sku(sku) => {
                let sku = storable(sku);
                ctx.app().catalog.variant_by_sku(reads.conn().await?, reads.scope.audience, &sku).await?
            }
        };
        Ok(found.map(ProductVariant))
    }

    /// One collection.
    async fn collection(&self, ctx: &Context<'_>, by: CollectionBy) -> Result<Option<Collection>> {
        let reads = ctx.reads();
        let found = match by {
            CollectionBy::Id(id) => reads.loaders.collection.load(id).await?,
            CollectionBy::Handle(handle) => {
                ctx.app().catalog.collection_by_handle(reads.conn().await?, &storable(handle)).await?
            }
        };
        Ok(found.map(Collection))
    }

    /// Every collection, by title.
    async fn collections(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CollectionConnection> {
        let window = Window::new(&page_args(first, after, last, before), "TITLE")?;
        let reads = ctx.reads();
        let page = ctx.app().catalog.list_collections(reads.conn().await?, &window).await.map_err(refused)?;
        Ok(connection(page, CollectionTotal, Collection))
    }

    /// One category.
    async fn category(&self, ctx: &Context<'_>, by: CategoryBy) -> Result<Option<Category>> {
        let reads = ctx.reads();
        let found = match by {
            CategoryBy::Id(id) => reads.loaders.category.load(id).await?,
            CategoryBy::Handle(handle) => {
                ctx.app().catalog.category_by_handle(reads.conn().await?, &storable(handle)).await?
            }
        };
        Ok(found.map(Category))
    }

    /// The categories at the top of the tree, by name; each has its `children`.
    async fn categories(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CategoryConnection> {
        let window = Window::new(&page_args(first, after, last, before), "NAME")?;
        let reads = ctx.reads();
        let page = ctx.app().catalog.list_root_categories(reads.conn().await?, &window).await.map_err(refused)?;
        Ok(connection(page, CategoryTotal, Category))
    }
}

/// A list of products, wherever it hangs: `narrow` adds what the place of the list says.
async fn list_products(
    ctx: &Context<'_>,
    filter: ProductFilterInput,
    text: Option<String>,
    sort: Option<ProductSort>,
    args: PageArgs,
    narrow: impl FnOnce(&mut ProductQuery),
) -> Result<ProductConnection> {
    let reads = ctx.reads();
    let mut query = ProductQuery::all(reads.scope.audience);
    filter.narrow(&mut query);
    query.text = text;
    narrow(&mut query);
    if query.compares_prices() || ProductList::sorts_by_price(sort) {
        query.prices_for = reads.scope.prices_for().await?;
    }
    let list = ProductList::new(query, sort, &args)?;
    let page = reads.loaders.product_list.load(list.clone()).await?.unwrap_or_default();
    Ok(connection(page, ProductTotal(list.query), Product))
}
