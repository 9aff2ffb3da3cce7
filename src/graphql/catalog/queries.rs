use async_graphql::{Context, OneofObject};
use cartwright_macros::queries;
use graphql_plan::One;

use super::objects::{Category, Collection, Product, ProductVariant};
use super::sources::{CATEGORY, COLLECTION, PRODUCT, PRODUCT_LIST, ProductListKey, VARIANT};
use crate::domain::search::{ProductFilter, ProductSort};
use crate::graphql::connection::{Paged, connection, counted};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Result, refused};
use crate::kernel::ids::{CategoryId, CollectionId, ProductId, VariantId};
use crate::kernel::page::{PageArgs, PageRequest};
use crate::kernel::text::strip_nul;

/// Identifies a product.
#[derive(OneofObject)]
pub enum ProductBy {
    /// By its id.
    Id(ProductId),
    /// By its handle.
    Handle(String),
}

/// Identifies a variant.
#[derive(OneofObject)]
pub enum VariantBy {
    /// By its id.
    Id(VariantId),
    /// By its stock-keeping unit (SKU).
    Sku(String),
}

/// Identifies a category.
#[derive(OneofObject)]
pub enum CategoryBy {
    /// By its id.
    Id(CategoryId),
    /// By its handle.
    Handle(String),
}

/// Identifies a collection.
#[derive(OneofObject)]
pub enum CollectionBy {
    /// By its id.
    Id(CollectionId),
    /// By its handle.
    Handle(String),
}

#[queries]
impl CatalogQuery {
    /// Returns a product; null if there is none, or if it is not published and the caller is not staff.
    async fn product(
        ctx: &Context<'_>,
        /// The id or handle of the product.
        by: ProductBy,
    ) -> Result<Option<One<Product>>> {
        let loaders = ctx.loaders();
        Ok(match by {
            ProductBy::Id(id) => loaders.load(&PRODUCT, id).await?.map(One),
            ProductBy::Handle(handle) => {
                let (conn, handle) = (loaders.conn().await?, strip_nul(handle));
                loaders.app.catalog.product_by_handle(conn, loaders.audience, &handle).await?.map(One::new)
            }
        })
    }

    /// The products that shoppers see; staff see all products. Sorted by relevance with a search text, otherwise newest
    /// first, unless `sort` is given.
    async fn products(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: ProductFilter,
        /// How the list is sorted.
        sort: Option<ProductSort>,
        /// Free text to search for: each word must be the beginning of a word in the title, vendor, type or
        /// description.
        query: Option<String>,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<Product>> {
        let loaders = ctx.loaders();
        let list = ProductListKey::new(&loaders, filter, query, sort, &page)?;
        Ok(One(loaders.load(&PRODUCT_LIST, list).await?.unwrap_or_default()))
    }

    /// Returns a variant; null if there is none, or if its product is not published and the caller is not staff.
    async fn variant(
        ctx: &Context<'_>,
        /// The id or SKU of the variant.
        by: VariantBy,
    ) -> Result<Option<One<ProductVariant>>> {
        let loaders = ctx.loaders();
        Ok(match by {
            VariantBy::Id(id) => loaders.load(&VARIANT, id).await?.map(One),
            VariantBy::Sku(sku) => {
                let (conn, sku) = (loaders.conn().await?, strip_nul(sku));
                loaders.app.catalog.variant_by_sku(conn, loaders.audience, &sku).await?.map(One::new)
            }
        })
    }

    /// Returns a collection, or null if there is none.
    async fn collection(
        ctx: &Context<'_>,
        /// The id or handle of the collection.
        by: CollectionBy,
    ) -> Result<Option<One<Collection>>> {
        let loaders = ctx.loaders();
        Ok(match by {
            CollectionBy::Id(id) => loaders.load(&COLLECTION, id).await?.map(One),
            CollectionBy::Handle(handle) => {
                let (conn, handle) = (loaders.conn().await?, strip_nul(handle));
                loaders.app.catalog.collection_by_handle(conn, &handle).await?.map(One::new)
            }
        })
    }

    /// All collections, sorted by title.
    async fn collections(ctx: &Context<'_>, #[flatten] page: PageArgs) -> Result<Paged<Collection>> {
        let paging = PageRequest::new(&page, "TITLE")?;
        let loaders = ctx.loaders();
        let page = loaders.app.catalog.list_collections(loaders.conn().await?, &paging).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.catalog.count_collections(conn));
        Ok(connection(page, total).into())
    }

    /// Returns a category, or null if there is none.
    async fn category(
        ctx: &Context<'_>,
        /// The id or handle of the category.
        by: CategoryBy,
    ) -> Result<Option<One<Category>>> {
        let loaders = ctx.loaders();
        Ok(match by {
            CategoryBy::Id(id) => loaders.load(&CATEGORY, id).await?.map(One),
            CategoryBy::Handle(handle) => {
                let (conn, handle) = (loaders.conn().await?, strip_nul(handle));
                loaders.app.catalog.category_by_handle(conn, &handle).await?.map(One::new)
            }
        })
    }

    /// The top-level categories, sorted by name. Use `children` for the categories below them.
    async fn categories(ctx: &Context<'_>, #[flatten] page: PageArgs) -> Result<Paged<Category>> {
        let paging = PageRequest::new(&page, "NAME")?;
        let loaders = ctx.loaders();
        let page = loaders.app.catalog.list_root_categories(loaders.conn().await?, &paging).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.catalog.count_root_categories(conn));
        Ok(connection(page, total).into())
    }
}
