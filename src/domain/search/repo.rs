//! The SQL of finding.

use diesel::dsl::{not, sql};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Double, Text};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use super::SearchError;
use super::model::{ProductQuery, ProductSort};
use crate::db::keyset::keyset;
use crate::db::schema::{
    categories, collection_products, product_price_ranges as ranges, products, stock_items, stock_levels, variants,
};
use crate::db::{Conn, Result};
use crate::domain::catalog::{Audience, Product};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::ProductId;
use crate::kernel::page::Window;

/// A product that was found, with what it was sorted by beyond its own columns.
pub(super) struct Found {
    pub(super) product: Product,
    price: Option<Decimal>,
    rank: Option<f64>,
}

impl Found {
    /// What the cursor remembers.
    pub(super) fn key(&self, sort: ProductSort) -> String {
        match sort {
            ProductSort::Newest => self.product.created_at.to_rfc3339(),
            ProductSort::TitleAsc | ProductSort::TitleDesc => self.product.title.clone(),
            ProductSort::PriceAsc | ProductSort::PriceDesc => self.price.unwrap_or_default().to_string(),
            ProductSort::Relevance => self.rank.unwrap_or_default().to_string(),
        }
    }

    const fn plain(product: Product) -> Self {
        Self { product, price: None, rank: None }
    }
}

type Filtered = products::BoxedQuery<'static, Pg>;

/// The products that the query leaves. What other tables decide is asked as `id IN (...)`, which the planner turns
/// into joins.
fn narrowed(wanted: &ProductQuery, now: Timestamp) -> Filtered {
    let mut query = products::table.into_boxed();
    match (wanted.audience, wanted.published) {
        (Audience::Shoppers, _) | (Audience::Staff, Some(true)) => {
            query = query.filter(products::published_at.le(now));
        }
        (Audience::Staff, Some(false)) => {
            query = query.filter(products::published_at.is_null().or(products::published_at.gt(now)));
        }
        (Audience::Staff, None) => {}
    }
    if let Some(text) = wanted.tsquery() {
        let matches = sql::<Bool>("products.search @@ to_tsquery('simple', ").bind::<Text, _>(text).sql(")");
        query = query.filter(matches);
    }
    if let Some(vendor) = &wanted.vendor {
        query = query.filter(products::vendor.eq(vendor.clone()));
    }
    if let Some(product_type) = &wanted.product_type {
        query = query.filter(products::product_type.eq(product_type.clone()));
    }
    if !wanted.tags.is_empty() {
        query = query.filter(products::tags.contains(wanted.tags.clone()));
    }
    by_stock(by_price_range(by_group(query, wanted), wanted), wanted)
}

fn by_group(mut query: Filtered, wanted: &ProductQuery) -> Filtered {
    if let Some(collection) = wanted.collection_id {
        let members = collection_products::table.filter(collection_products::collection_id.eq(collection));
        query = query.filter(products::id.eq_any(members.select(collection_products::product_id)));
    }
    if let Some(category) = wanted.category_id {
        let below = categories::table.filter(categories::path.contains(vec![category]));
        query = query.filter(products::category_id.eq_any(below.select(categories::id.nullable())));
    }
    query
}

fn by_price_range(query: Filtered, wanted: &ProductQuery) -> Filtered {
    if wanted.price_min.is_none() && wanted.price_max.is_none() {
        return query;
    }
    let lowest = wanted.price_min.unwrap_or_default();
    let highest = wanted.price_max.unwrap_or(Decimal::from(1_000_000_000_000_000i64));
    let priced = ranges::table
        .filter(ranges::currency.eq(wanted.currency))
        .filter(ranges::min_amount.ge(lowest))
        .filter(ranges::min_amount.le(highest));
    query.filter(products::id.eq_any(priced.select(ranges::product_id)))
}

fn by_stock(query: Filtered, wanted: &ProductQuery) -> Filtered {
    let Some(available) = wanted.available else { return query };
    let on_shelf = stock_levels::table.filter(stock_levels::stocked.gt(stock_levels::reserved));
    let buyable = variants::table
        .inner_join(stock_items::table)
        .filter(
            stock_items::tracked
                .eq(false)
                .or(stock_items::backorder)
                .or(variants::id.eq_any(on_shelf.select(stock_levels::variant_id))),
        )
        .select(variants::product_id);
    if available { query.filter(products::id.eq_any(buyable)) } else { query.filter(not(products::id.eq_any(buyable))) }
}

pub(super) async fn products(
    mut conn: &Conn,
    query: &ProductQuery,
    sort: ProductSort,
    window: &Window,
    now: Timestamp,
) -> std::result::Result<Vec<Found>, SearchError> {
    let plain = || narrowed(query, now).select(Product::as_select());
    let rows: Vec<Product> = match sort {
        ProductSort::Newest => {
            let beyond = window.key::<Timestamp>()?.map(|(key, id)| (key, ProductId(id)));
            keyset!(plain(), window, true, products::created_at, products::id, beyond).load(&mut conn).await
        }
        ProductSort::TitleAsc | ProductSort::TitleDesc => {
            let down = sort == ProductSort::TitleDesc;
            let beyond = window.key::<String>()?.map(|(key, id)| (key, ProductId(id)));
            keyset!(plain(), window, down, products::title, products::id, beyond).load(&mut conn).await
        }
        ProductSort::PriceAsc | ProductSort::PriceDesc => return by_price(conn, query, sort, window, now).await,
        ProductSort::Relevance => return by_relevance(conn, query, window, now).await,
    }
    .map_err(crate::db::Error::from)?;
    Ok(rows.into_iter().map(Found::plain).collect())
}

async fn by_price(
    mut conn: &Conn,
    query: &ProductQuery,
    sort: ProductSort,
    window: &Window,
    now: Timestamp,
) -> std::result::Result<Vec<Found>, SearchError> {
    let down = sort == ProductSort::PriceDesc;
    let beyond = window.key::<Decimal>()?.map(|(key, id)| (key, ProductId(id)));
    let priced = ranges::table
        .inner_join(products::table)
        .filter(ranges::currency.eq(query.currency))
        .filter(ranges::product_id.eq_any(narrowed(query, now).select(products::id)))
        .select((Product::as_select(), ranges::min_amount))
        .into_boxed();
    let rows: Vec<(Product, Decimal)> = keyset!(priced, window, down, ranges::min_amount, ranges::product_id, beyond)
        .load(&mut conn)
        .await
        .map_err(crate::db::Error::from)?;
    Ok(rows.into_iter().map(|(product, price)| Found { product, price: Some(price), rank: None }).collect())
}

async fn by_relevance(
    mut conn: &Conn,
    query: &ProductQuery,
    window: &Window,
    now: Timestamp,
) -> std::result::Result<Vec<Found>, SearchError> {
    let text = query.tsquery().unwrap_or_default();
    let rank = || {
        sql::<Double>("ts_rank(products.search, to_tsquery('simple', ").bind::<Text, _>(text.clone()).sql("))::float8")
    };
    let beyond = window.key::<f64>()?.map(|(key, id)| (key, ProductId(id)));
    let matching = narrowed(query, now).select((Product::as_select(), rank()));
    let rows: Vec<(Product, f64)> = keyset!(matching, window, true, rank(), products::id, beyond)
        .load(&mut conn)
        .await
        .map_err(crate::db::Error::from)?;
    Ok(rows.into_iter().map(|(product, rank)| Found { product, price: None, rank: Some(rank) }).collect())
}

pub(super) async fn count(mut conn: &Conn, query: &ProductQuery, now: Timestamp) -> Result<i64> {
    Ok(narrowed(query, now).count().get_result(&mut conn).await?)
}
