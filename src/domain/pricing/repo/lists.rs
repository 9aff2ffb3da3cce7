//! Price lists and their periods.

use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel_async::RunQueryDsl;
use price_list_periods as periods;
use uuid::Uuid;

use crate::db::keyset::keyset;
use crate::db::lateral_union::{LateralUnion, Row, regroup};
use crate::db::schema::{price_list_periods, price_lists, prices, variants};
use crate::db::{Conn, Result};
use crate::domain::pricing::Pricing;
use crate::domain::pricing::model::{Price, PriceList, PriceListFilter};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PriceId, PriceListId, ProductId};
use crate::kernel::money::Currency;
use crate::kernel::page::PageRequest;

impl Pricing {
    /// Returns the price lists with these ids, in no particular order.
    pub async fn lists_by_ids(&self, mut conn: &Conn, ids: &[PriceListId]) -> Result<Vec<PriceList>> {
        Ok(price_lists::table
            .filter(price_lists::id.eq_any(ids))
            .select(PriceList::as_select())
            .load(&mut conn)
            .await?)
    }

    /// Returns the number of price lists that match the filter.
    pub async fn count_lists(&self, mut conn: &Conn, filter: PriceListFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }

    /// Returns the number of current prices of a list.
    pub async fn count_list_prices(&self, mut conn: &Conn, id: PriceListId) -> Result<i64> {
        Ok(current(id).count().get_result(&mut conn).await?)
    }
}

pub(in crate::domain::pricing) async fn page(
    mut conn: &Conn,
    filter: PriceListFilter,
    paging: &PageRequest,
    cursor: Option<(Timestamp, Uuid)>,
) -> Result<Vec<PriceList>> {
    let query = filtered(filter).select(PriceList::as_select());
    let cursor = cursor.map(|(created, id)| (created, PriceListId(id)));
    Ok(keyset!(query, paging, true, price_lists::created_at, price_lists::id, cursor).load(&mut conn).await?)
}

fn filtered(filter: PriceListFilter) -> price_lists::BoxedQuery<'static, Pg> {
    let mut query = price_lists::table.into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(price_lists::kind.eq(kind));
    }
    if let Some(status) = filter.status {
        query = query.filter(price_lists::status.eq(status));
    }
    query
}

/// Returns a page of the current prices of each list, oldest first, in one statement.
pub(in crate::domain::pricing) async fn prices(
    mut conn: &Conn,
    pages: &[(PriceListId, PageRequest)],
) -> Result<Vec<Vec<Price>>> {
    let queries = pages.iter().map(|(list, paging)| prices_of(*list, paging)).collect();
    let rows: Vec<Row<Price>> = LateralUnion::<SqlTypeOf<AsSelect<Price, Pg>>>::new(queries).load(&mut conn).await?;
    Ok(regroup(rows, pages.len()))
}

fn prices_of(list: PriceListId, paging: &PageRequest) -> Box<dyn QueryFragment<Pg> + Send> {
    let rows = current(list).select(Price::as_select());
    let cursor = paging.cursor.as_ref().map(|(_, id)| PriceId(*id));
    let rows = match (cursor, paging.backward) {
        (None, _) => rows,
        (Some(id), false) => rows.filter(prices::id.gt(id)),
        (Some(id), true) => rows.filter(prices::id.lt(id)),
    };
    let rows = rows.limit(paging.limit + 1);
    if paging.backward { Box::new(rows.order(prices::id.desc())) } else { Box::new(rows.order(prices::id.asc())) }
}

fn current(list: PriceListId) -> prices::BoxedQuery<'static, Pg> {
    prices::table.filter(prices::price_list_id.eq(list)).filter(prices::valid_until.is_null()).into_boxed()
}

/// Locks the lists against changes of themselves and their prices.
pub(in crate::domain::pricing) async fn lock(mut conn: &Conn, ids: &[PriceListId]) -> Result<Vec<PriceList>> {
    let in_order = price_lists::table.filter(price_lists::id.eq_any(ids)).order(price_lists::id);
    Ok(in_order.select(PriceList::as_select()).for_update().load(&mut conn).await?)
}

/// Locks the list against changes of itself while its prices are written.
pub(in crate::domain::pricing) async fn lock_for_prices(mut conn: &Conn, id: PriceListId) -> Result<Option<PriceList>> {
    let found = price_lists::table.find(id).select(PriceList::as_select()).for_share();
    Ok(found.first(&mut conn).await.optional()?)
}

pub(in crate::domain::pricing) async fn insert(mut conn: &Conn, list: &PriceList) -> Result<()> {
    diesel::insert_into(price_lists::table).values(list).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::pricing) async fn update(mut conn: &Conn, list: &PriceList) -> Result<()> {
    diesel::update(price_lists::table.find(list.id)).set(list).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::pricing) async fn delete(mut conn: &Conn, ids: &[PriceListId]) -> Result<()> {
    diesel::delete(price_lists::table.filter(price_lists::id.eq_any(ids))).execute(&mut conn).await?;
    Ok(())
}

/// Returns which of these lists were in effect at some time since `since`.
pub(in crate::domain::pricing) async fn active_since(
    mut conn: &Conn,
    ids: &[PriceListId],
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<PriceListId>> {
    let in_force = periods::table
        .filter(periods::price_list_id.eq_any(ids))
        .filter(periods::starts_at.le(now))
        .filter(periods::ends_at.is_null().or(periods::ends_at.gt(since)));
    Ok(in_force.select(periods::price_list_id).distinct().load(&mut conn).await?)
}

/// Ends the current period, and deletes those that have not started.
pub(in crate::domain::pricing) async fn end_periods(mut conn: &Conn, id: PriceListId, now: Timestamp) -> Result<()> {
    let of_list = || periods::table.filter(periods::price_list_id.eq(id));
    diesel::delete(of_list().filter(periods::starts_at.ge(now))).execute(&mut conn).await?;
    let running = of_list().filter(periods::ends_at.is_null().or(periods::ends_at.gt(now)));
    diesel::update(running).set(periods::ends_at.eq(now)).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::pricing) async fn add_period(
    mut conn: &Conn,
    id: PriceListId,
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
) -> Result<()> {
    let period = (periods::price_list_id.eq(id), periods::starts_at.eq(starts_at), periods::ends_at.eq(ends_at));
    diesel::insert_into(periods::table).values(period).execute(&mut conn).await?;
    Ok(())
}

/// Returns the products that have prices in these lists, and the currencies of those prices.
pub(in crate::domain::pricing) async fn priced(
    mut conn: &Conn,
    ids: &[PriceListId],
) -> Result<(Vec<ProductId>, Vec<Currency>)> {
    let current = || prices::table.filter(prices::price_list_id.eq_any(ids)).filter(prices::valid_until.is_null());
    let products = current().inner_join(variants::table).select(variants::product_id).distinct();
    let products = products.order(variants::product_id).load(&mut conn).await?;
    let currencies = current().select(prices::currency).distinct().load(&mut conn).await?;
    Ok((products, currencies))
}
