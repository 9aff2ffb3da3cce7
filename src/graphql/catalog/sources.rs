//! Batch sources for the catalog.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::InputObject;
use graphql_plan::{Loads, Page};

use crate::db::{self, Conn};
use crate::domain::catalog::{Category, Collection, Product, ProductImage, ProductOption, Variant};
use crate::domain::search::{ProductFilter, ProductList, ProductQuery, ProductSort};
use crate::graphql::connection::{connection, counted};
use crate::graphql::context::Scope;
use crate::graphql::inventory::sources::AVAILABILITY_OF_VARIANT;
use crate::graphql::sources::{keys, source};
use crate::kernel::error::UserError;
use crate::kernel::ids::{CategoryId, CollectionId, ProductId, VariantId};
use crate::kernel::page::PageArgs;

source! {
    pub PRODUCT: ProductId => Product =
        |scope, conn, ids| scope.app.catalog.products(conn, scope.audience, ids), by |row| row.id
}
source! {
    pub VARIANT: VariantId => Variant =
        |scope, conn, ids| scope.app.catalog.variants(conn, scope.audience, ids), by |row| row.id
}
source! {
    pub CATEGORY: CategoryId => Category = |scope, conn, ids| scope.app.catalog.categories(conn, ids), by |row| row.id
}
source! {
    pub COLLECTION: CollectionId => Collection =
        |scope, conn, ids| scope.app.catalog.collections(conn, ids), by |row| row.id
}
source! {
    pub VARIANTS_OF_PRODUCT: ProductId => Variant =
        |scope, conn, ids| scope.app.catalog.variants_of(conn, ids), by |row| row.product_id
}
source! {
    pub OPTIONS_OF_PRODUCT: ProductId => ProductOption =
        |scope, conn, ids| scope.app.catalog.options_of(conn, ids), by |row| row.product_id
}
source! {
    pub IMAGES_OF_PRODUCT: ProductId => ProductImage =
        |scope, conn, ids| scope.app.catalog.images_of(conn, ids), by |row| row.product_id
}
source! {
    pub COLLECTIONS_OF_PRODUCT: ProductId => Collection =
        |scope, conn, ids| scope.app.catalog.collections_of(conn, ids)
}
source! {
    pub CATEGORIES_BELOW: CategoryId => Category =
        |scope, conn, ids| scope.app.catalog.categories_below(conn, ids), by |row| row.parent_id.unwrap_or(row.id)
}
source! {
    /// A page of products, such as the first three of a collection. All lists of a query level are loaded by one
    /// statement.
    pub PRODUCT_LIST: ProductListKey => Page<Product> = |scope, conn, pages| product_pages(scope, conn, pages)
}
graphql_plan::source! {
    /// Whether any variant of a product is in stock or can be backordered.
    pub AVAILABLE_PRODUCT: ProductId => bool = |loads, ids| available_products(loads, ids)
}

/// The arguments of a list of products that hangs below something.
#[derive(InputObject)]
pub struct ProductListArgs {
    /// Returns only entries that match every field of the filter.
    filter: Option<ProductFilter>,
    /// How the list is sorted.
    sort: Option<ProductSort>,
    #[graphql(flatten)]
    page: PageArgs,
}

impl ProductListArgs {
    /// The requested page; `narrow` adds the filters that the list's parent implies.
    pub(super) fn list(
        &self,
        scope: &Scope,
        narrow: impl FnOnce(&mut ProductFilter),
    ) -> graphql_plan::Result<ProductListKey> {
        let mut filter = self.filter.clone().unwrap_or_default();
        narrow(&mut filter);
        Ok(ProductListKey::new(scope, filter, None, self.sort, &self.page)?)
    }
}

/// A page of a list of products. The buyer whose prices it compares is resolved later.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProductListKey {
    list: ProductList,
    compares_prices: bool,
}

keys!(ProductListKey);

impl ProductListKey {
    /// The requested page of any product list.
    pub(super) fn new(
        scope: &Scope,
        filter: ProductFilter,
        text: Option<String>,
        sort: Option<ProductSort>,
        page: &PageArgs,
    ) -> Result<Self, UserError> {
        let query = ProductQuery { text, filter, ..ProductQuery::all(scope.audience) };
        let compares_prices = query.compares_prices() || ProductList::sorts_by_price(sort);
        Ok(Self { list: ProductList::new(query, sort, page)?, compares_prices })
    }
}

async fn product_pages(
    scope: &Scope,
    conn: &Conn,
    pages: &[ProductListKey],
) -> db::Result<Vec<(ProductListKey, Page<Product>)>> {
    let mut lists: Vec<ProductList> = pages.iter().map(|page| page.list.clone()).collect();
    if pages.iter().any(|page| page.compares_prices) {
        let prices_for = scope.price_context().await?;
        for (list, page) in lists.iter_mut().zip(pages) {
            list.query.prices_for = prices_for.filter(|_| page.compares_prices);
        }
    }
    let found = scope.app.search.products(conn, &lists).await?;
    let shown = |(list, page): (ProductList, _)| {
        let query = list.query;
        connection(page, counted!(query, |scope, conn| scope.app.search.count_products(conn, &query)))
    };
    Ok(pages.iter().cloned().zip(lists.into_iter().zip(found).map(shown)).collect())
}

async fn available_products(loads: &Arc<Loads>, ids: &[ProductId]) -> graphql_plan::Result<Vec<(ProductId, bool)>> {
    let variants = loads.load_many(&VARIANTS_OF_PRODUCT, ids).await?;
    let wanted: Vec<VariantId> = variants.iter().flatten().map(|variant| variant.id).collect();
    let stock = loads.load_many(&AVAILABILITY_OF_VARIANT, &wanted).await?;
    let sold: HashSet<VariantId> =
        stock.iter().flatten().filter(|stock| stock.allows(1)).map(|stock| stock.variant_id).collect();
    let any = |variants: &Vec<Arc<Variant>>| variants.iter().any(|variant| sold.contains(&variant.id));
    Ok(ids.iter().copied().zip(variants.iter().map(any)).collect())
}
