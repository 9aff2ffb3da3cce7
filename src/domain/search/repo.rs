//! The SQL queries of product search.

use diesel::dsl::{AsSelect, SqlTypeOf, not, sql};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sql_types::{Bool, Double, Nullable, Numeric, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use super::model::{ProductFilter, ProductList, ProductQuery, ProductSort};
use crate::db::keyset::keyset;
use crate::db::lateral_union::{LateralUnion, Row, regroup};
use crate::db::schema::{categories, collection_products, product_price_index as ranges, products};
use crate::db::{Conn, Result};
use crate::domain::catalog::{Audience, Product};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::PriceContextId;

/// A found product, with sort keys that are not its own columns.
pub(super) struct Found {
    pub(super) product: Product,
    price: Option<Decimal>,
    rank: Option<f64>,
}

impl Found {
    /// The sort key stored in the cursor.
    pub(super) fn key(&self, sort: ProductSort) -> String {
        match sort {
            ProductSort::Newest => self.product.created_at.to_rfc3339(),
            ProductSort::TitleAsc | ProductSort::TitleDesc => self.product.title.clone(),
            ProductSort::PriceAsc | ProductSort::PriceDesc => self.price.unwrap_or_default().to_string(),
            ProductSort::Relevance => self.rank.unwrap_or_default().to_string(),
        }
    }
}

type Filtered = products::BoxedQuery<'static, Pg>;

/// The products that match the query. Conditions on other tables are `id IN (...)`, which the planner turns into joins.
fn filtered(wanted: &ProductQuery, now: Timestamp) -> Filtered {
    let mut query = products::table.into_boxed();
    match (wanted.audience, wanted.filter.published) {
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
    if let Some(vendor) = &wanted.filter.vendor {
        query = query.filter(products::vendor.eq(vendor.clone()));
    }
    if let Some(product_type) = &wanted.filter.product_type {
        query = query.filter(products::product_type.eq(product_type.clone()));
    }
    if !wanted.filter.tags.is_empty() {
        query = query.filter(products::tags.contains(wanted.filter.tags.clone()));
    }
    by_stock(by_price_range(by_group(query, wanted), wanted, now), wanted, now)
}

fn by_group(mut query: Filtered, wanted: &ProductQuery) -> Filtered {
    if let Some(collection) = wanted.filter.collection_id {
        let members = collection_products::table.filter(collection_products::collection_id.eq(collection));
        query = query.filter(products::id.eq_any(members.select(collection_products::product_id)));
    }
    if let Some(category) = wanted.filter.category_id {
        let below = categories::table.filter(categories::path.contains(vec![category]));
        query = query.filter(products::category_id.eq_any(below.select(categories::id.nullable())));
    }
    query
}

fn by_price_range(query: Filtered, wanted: &ProductQuery, now: Timestamp) -> Filtered {
    let Some((lowest, highest)) = bounds(wanted) else { return query };
    let priced = ranges::table
        .filter(ranges::context_id.eq(prices_for(wanted)))
        .filter(ranges::min_amount.ge(lowest))
        .filter(ranges::min_amount.le(highest))
        .filter(ranges::valid_from.le(now))
        .filter(ranges::valid_until.gt(now));
    query.filter(products::id.eq_any(priced.select(ranges::product_id)))
}

/// The price context; a nil id, which matches nothing, if there is none.
fn prices_for(wanted: &ProductQuery) -> PriceContextId {
    wanted.prices_for.unwrap_or(PriceContextId(uuid::Uuid::nil()))
}

/// The minimum and maximum price; `None` without a price filter.
fn bounds(wanted: &ProductQuery) -> Option<(Decimal, Decimal)> {
    let ProductFilter { price_min, price_max, .. } = &wanted.filter;
    let highest = price_max.map_or(Decimal::from(1_000_000_000_000_000i64), |price| price.0);
    wanted.compares_prices().then(|| (price_min.unwrap_or_default().0, highest))
}

/// The SQL around a bound time: whether a product has a variant that can be bought then, as no item it uses is short
/// (rule E8). Correlated, so that a page checks only its own products: as `id IN (...)` the planner gathers the stock
/// of the whole shop first (0.6 s against 5 ms with 100,000 products). `OFFSET 0` prevents that.
const BUYABLE: [&str; 2] = [
    "EXISTS (SELECT FROM variants v WHERE v.product_id = products.id AND NOT EXISTS (
        SELECT FROM variant_items c JOIN inventory_items i ON i.id = c.item_id
        WHERE c.variant_id = v.id AND i.tracked AND c.quantity > coalesce((
            SELECT i.backorder_limit + sum(l.stocked - l.reserved - h.held) FROM stock_levels l CROSS JOIN LATERAL (
                SELECT coalesce(sum(r.quantity), 0)::int AS held FROM stock_reservations r WHERE r.kind = 'HOLD'
                AND r.item_id = l.item_id AND r.location_id = l.location_id AND r.expires_at > ",
    ") h
            WHERE l.item_id = c.item_id), 0)
        OFFSET 0) OFFSET 0)",
];

fn by_stock(query: Filtered, wanted: &ProductQuery, now: Timestamp) -> Filtered {
    let Some(available) = wanted.filter.available else { return query };
    let [front, back] = BUYABLE;
    let buyable = sql::<Bool>(front).bind::<Timestamptz, _>(now).sql(back);
    if available { query.filter(buyable) } else { query.filter(not(buyable)) }
}

/// The columns of every list: the product, and sort keys that are not its own columns.
type Columns = (SqlTypeOf<AsSelect<Product, Pg>>, Nullable<Numeric>, Nullable<Double>);

/// Returns the rows of each list, in the order of the lists, in one statement.
pub(super) async fn products(mut conn: &Conn, lists: &[ProductList], now: Timestamp) -> Result<Vec<Vec<Found>>> {
    let queries = lists.iter().map(|list| query(list, now)).collect();
    let rows: Vec<ListRow> = LateralUnion::<Columns>::new(queries).load(&mut conn).await?;
    let found = |(product, price, rank)| Found { product, price, rank };
    Ok(regroup(rows, lists.len()).into_iter().map(|rows| rows.into_iter().map(found).collect()).collect())
}

type ListRow = Row<(Product, Option<Decimal>, Option<f64>)>;

type AnyQuery = Box<dyn QueryFragment<Pg> + Send>;

fn query(list: &ProductList, now: Timestamp) -> AnyQuery {
    let (paging, sort) = (&list.paging, list.sort);
    let (price, rank) = (sql::<Nullable<Numeric>>("NULL::numeric"), sql::<Nullable<Double>>("NULL::float8"));
    let plain = || filtered(&list.query, now);
    match sort {
        ProductSort::Newest => {
            let cursor = list.cursor::<Timestamp>();
            let rows = plain().select((Product::as_select(), price, rank));
            Box::new(keyset!(rows, paging, true, products::created_at, products::id, cursor))
        }
        ProductSort::TitleAsc | ProductSort::TitleDesc => {
            let down = sort == ProductSort::TitleDesc;
            let cursor = list.cursor::<String>();
            let rows = plain().select((Product::as_select(), price, rank));
            Box::new(keyset!(rows, paging, down, products::title, products::id, cursor))
        }
        ProductSort::PriceAsc | ProductSort::PriceDesc => {
            let down = sort == ProductSort::PriceDesc;
            let cursor = list.cursor::<Decimal>();
            // The bounds apply to the table that is scanned in price order.
            let (lowest, highest) = bounds(&list.query).unwrap_or((Decimal::ZERO, Decimal::MAX));
            let mut others = list.query.clone();
            (others.filter.price_min, others.filter.price_max) = (None, None);
            let rows = ranges::table
                .inner_join(products::table)
                .filter(ranges::context_id.eq(prices_for(&list.query)))
                .filter(ranges::min_amount.ge(lowest))
                .filter(ranges::min_amount.le(highest))
                .filter(ranges::valid_from.le(now))
                .filter(ranges::valid_until.gt(now))
                .filter(ranges::product_id.eq_any(filtered(&others, now).select(products::id)))
                .select((Product::as_select(), ranges::min_amount.nullable(), rank))
                .into_boxed();
            Box::new(keyset!(rows, paging, down, ranges::min_amount, ranges::product_id, cursor))
        }
        ProductSort::Relevance => {
            let text = list.query.tsquery().unwrap_or_default();
            let rank = || {
                sql::<Double>("ts_rank(products.search, to_tsquery('simple', ")
                    .bind::<Text, _>(text.clone())
                    .sql("))::float8")
            };
            let cursor = list.cursor::<f64>();
            let rows = plain().select((Product::as_select(), price, rank().nullable()));
            Box::new(keyset!(rows, paging, true, rank(), products::id, cursor))
        }
    }
}

pub(super) async fn count(mut conn: &Conn, query: &ProductQuery, now: Timestamp) -> Result<i64> {
    Ok(filtered(query, now).count().get_result(&mut conn).await?)
}
