//! Writes prices, and reads them for staff.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::keyset::keyset;
use crate::db::schema::{currency_preferences, prices, products, variants};
use crate::db::{Conn, Result};
use crate::domain::pricing::Pricing;
use crate::domain::pricing::model::{CurrencyPreference, Price};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PriceId, PriceListId, ProductId, VariantId};
use crate::kernel::money::Currency;
use crate::kernel::page::PageRequest;

/// The number of rows per INSERT.
const BATCH: usize = 10_000;

impl Pricing {
    /// Returns the current base prices of these variants, for all buyers and quantities, by currency.
    pub async fn all_prices(&self, mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<Price>> {
        let of_variants = prices::table
            .filter(prices::variant_id.eq_any(ids))
            .filter(prices::valid_until.is_null())
            .filter(prices::price_list_id.is_null());
        let in_order = of_variants.order((prices::currency, prices::min_quantity, prices::id));
        Ok(in_order.select(Price::as_select()).load(&mut conn).await?)
    }

    /// Returns the prices with these ids, in no particular order.
    pub async fn prices_by_ids(&self, mut conn: &Conn, ids: &[PriceId]) -> Result<Vec<Price>> {
        Ok(prices::table.filter(prices::id.eq_any(ids)).select(Price::as_select()).load(&mut conn).await?)
    }

    /// Returns the number of current and past prices of a variant.
    pub async fn count_history(&self, mut conn: &Conn, id: VariantId, currency: Option<Currency>) -> Result<i64> {
        Ok(of_variant(id, currency).count().get_result(&mut conn).await?)
    }

    /// Returns whether prices include tax, by currency; other currencies follow the region's setting.
    pub async fn preferences(&self, mut conn: &Conn) -> Result<Vec<CurrencyPreference>> {
        let in_order = currency_preferences::table.order(currency_preferences::currency);
        Ok(in_order.select(CurrencyPreference::as_select()).load(&mut conn).await?)
    }
}

pub(in crate::domain::pricing) async fn current(
    mut conn: &Conn,
    ids: &[VariantId],
    list: Option<PriceListId>,
) -> Result<Vec<Price>> {
    let of_variants = prices::table
        .filter(prices::variant_id.eq_any(ids))
        .filter(prices::valid_until.is_null())
        .filter(prices::price_list_id.is_not_distinct_from(list));
    Ok(of_variants.select(Price::as_select()).load(&mut conn).await?)
}

pub(in crate::domain::pricing) async fn current_by_ids(
    mut conn: &Conn,
    ids: &[PriceId],
    list: PriceListId,
) -> Result<Vec<Price>> {
    let of_list = prices::table
        .filter(prices::id.eq_any(ids))
        .filter(prices::valid_until.is_null())
        .filter(prices::price_list_id.eq(list));
    Ok(of_list.select(Price::as_select()).load(&mut conn).await?)
}

pub(in crate::domain::pricing) async fn history(
    mut conn: &Conn,
    variant: VariantId,
    currency: Option<Currency>,
    paging: &PageRequest,
    cursor: Option<(Timestamp, Uuid)>,
) -> Result<Vec<Price>> {
    let query = of_variant(variant, currency).select(Price::as_select());
    let cursor = cursor.map(|(since, id)| (since, PriceId(id)));
    Ok(keyset!(query, paging, true, prices::valid_from, prices::id, cursor).load(&mut conn).await?)
}

fn of_variant(variant: VariantId, currency: Option<Currency>) -> prices::BoxedQuery<'static, diesel::pg::Pg> {
    let query = prices::table.filter(prices::variant_id.eq(variant)).into_boxed();
    match currency {
        Some(currency) => query.filter(prices::currency.eq(currency)),
        None => query,
    }
}

/// Returns the products of these variants.
pub(in crate::domain::pricing) async fn products_of(
    mut conn: &Conn,
    ids: &[VariantId],
) -> Result<Vec<(VariantId, ProductId)>> {
    let found = variants::table.filter(variants::id.eq_any(ids)).select((variants::id, variants::product_id));
    Ok(found.load(&mut conn).await?)
}

/// Returns those of these products that have a variant with a price.
pub(in crate::domain::pricing) async fn priced(mut conn: &Conn, ids: &[ProductId]) -> Result<Vec<ProductId>> {
    let current = prices::table.filter(prices::valid_until.is_null()).select(prices::variant_id);
    let of_products = variants::table.filter(variants::product_id.eq_any(ids)).filter(variants::id.eq_any(current));
    Ok(of_products.select(variants::product_id).distinct().load(&mut conn).await?)
}

/// Locks products against other price changes, in id order.
pub(in crate::domain::pricing) async fn lock_products(mut conn: &Conn, ids: &[ProductId]) -> Result<()> {
    let in_order = products::table.filter(products::id.eq_any(ids)).order(products::id).select(products::id);
    in_order.for_no_key_update().load::<ProductId>(&mut conn).await?;
    Ok(())
}

/// Locks up to `most` products after an id.
pub(in crate::domain::pricing) async fn lock_products_after(
    mut conn: &Conn,
    after: ProductId,
    most: i64,
) -> Result<Vec<ProductId>> {
    let next = products::table.filter(products::id.gt(after)).order(products::id).limit(most).select(products::id);
    Ok(next.for_no_key_update().load(&mut conn).await?)
}

pub(in crate::domain::pricing) async fn end(mut conn: &Conn, ids: &[PriceId], now: Timestamp) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    // A price that was started by a machine whose clock is ahead ends when it started.
    sql_query("UPDATE prices SET valid_until = greatest(valid_from, $2) WHERE id = ANY($1) AND valid_until IS NULL")
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Timestamptz, _>(now)
        .execute(&mut conn)
        .await?;
    Ok(())
}

pub(in crate::domain::pricing) async fn insert(mut conn: &Conn, rows: &[Price]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        let column = |of: fn(&Price) -> Option<Uuid>| batch.iter().map(of).collect::<Vec<_>>();
        sql_query(
            "INSERT INTO prices (id, variant_id, currency, amount, compare_at_price, price_list_id, min_quantity,
                max_quantity, region_id, country, customer_group_id, channel_id, valid_from)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind::<Array<SqlUuid>, _>(batch.iter().map(|row| row.id).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(batch.iter().map(|row| row.variant_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(batch.iter().map(|row| row.currency).collect::<Vec<_>>())
        .bind::<Array<Numeric>, _>(batch.iter().map(|row| row.amount).collect::<Vec<_>>())
        .bind::<Array<Nullable<Numeric>>, _>(batch.iter().map(|row| row.compare_at_price).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(column(|row| row.price_list_id.map(|id| id.0)))
        .bind::<Array<Integer>, _>(batch.iter().map(|row| row.min_quantity).collect::<Vec<_>>())
        .bind::<Array<Nullable<Integer>>, _>(batch.iter().map(|row| row.max_quantity).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(column(|row| row.rules.region_id.map(|id| id.0)))
        .bind::<Array<Nullable<Text>>, _>(batch.iter().map(|row| row.rules.country).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(column(|row| row.rules.customer_group_id.map(|id| id.0)))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(|row| row.rules.channel_id.map(|id| id.0)))
        .bind::<Array<Timestamptz>, _>(batch.iter().map(|row| row.valid_from).collect::<Vec<_>>())
        .execute(&mut conn)
        .await?;
    }
    Ok(())
}

pub(in crate::domain::pricing) async fn set_preference(
    mut conn: &Conn,
    currency: Currency,
    prices_include_tax: Option<bool>,
) -> Result<()> {
    let Some(prices_include_tax) = prices_include_tax else {
        diesel::delete(currency_preferences::table.find(currency)).execute(&mut conn).await?;
        return Ok(());
    };
    let included = currency_preferences::prices_include_tax.eq(prices_include_tax);
    diesel::insert_into(currency_preferences::table)
        .values((currency_preferences::currency.eq(currency), included))
        .on_conflict(currency_preferences::currency)
        .do_update()
        .set(included)
        .execute(&mut conn)
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Returns which of these are ids of regions, groups or channels. Rules can reference records of other domains; their
/// foreign keys would reject unknown ids, but not report the row.
pub(in crate::domain::pricing) async fn known(mut conn: &Conn, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let known: Vec<Known> = sql_query(
        "SELECT id FROM regions WHERE id = ANY($1) UNION ALL SELECT id FROM customer_groups WHERE id = ANY($1)
        UNION ALL SELECT id FROM sales_channels WHERE id = ANY($1)",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(&mut conn)
    .await?;
    Ok(known.into_iter().map(|row| row.id).collect())
}
