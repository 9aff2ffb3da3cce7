//! The SQL of prices.

use diesel::dsl::sql_query;
use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;

use super::model::{Price, PriceRange};
use crate::db::schema::{prices, product_price_ranges, variants};
use crate::db::{Conn, Result};
use crate::kernel::ids::{ProductId, VariantId};
use crate::kernel::money::Currency;

/// How many rows one INSERT takes: PostgreSQL's limit of 65,535 parameters, over 4 columns.
const BATCH: usize = 16_000;

pub(super) async fn in_currency(mut conn: &Conn, ids: &[VariantId], currency: Currency) -> Result<Vec<Price>> {
    let of_variants = prices::table.filter(prices::variant_id.eq_any(ids)).filter(prices::currency.eq(currency));
    Ok(of_variants.select(Price::as_select()).load(&mut conn).await?)
}

pub(super) async fn all(mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<Price>> {
    let of_variants = prices::table.filter(prices::variant_id.eq_any(ids)).order(prices::currency);
    Ok(of_variants.select(Price::as_select()).load(&mut conn).await?)
}

pub(super) async fn ranges(mut conn: &Conn, ids: &[ProductId], currency: Currency) -> Result<Vec<PriceRange>> {
    let of_products = product_price_ranges::table
        .filter(product_price_ranges::product_id.eq_any(ids))
        .filter(product_price_ranges::currency.eq(currency));
    Ok(of_products.select(PriceRange::as_select()).load(&mut conn).await?)
}

pub(super) async fn save(mut conn: &Conn, rows: &[Price]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        diesel::insert_into(prices::table)
            .values(batch)
            .on_conflict((prices::variant_id, prices::currency))
            .do_update()
            .set((prices::amount.eq(excluded(prices::amount)), prices::compare_at.eq(excluded(prices::compare_at))))
            .execute(&mut conn)
            .await?;
    }
    Ok(())
}

pub(super) async fn remove(mut conn: &Conn, keys: &[(VariantId, Currency)]) -> Result<()> {
    for (variant, currency) in keys {
        diesel::delete(prices::table.find((*variant, *currency))).execute(&mut conn).await?;
    }
    Ok(())
}

pub(super) async fn refresh_ranges_of_variants(mut conn: &Conn, ids: &[VariantId]) -> Result<()> {
    let of_variants = variants::table.filter(variants::id.eq_any(ids)).select(variants::product_id).distinct();
    let products: Vec<ProductId> = of_variants.load(&mut conn).await?;
    refresh_ranges(conn, &products).await
}

/// Computes the ranges anew from the prices: ones without a price go, others are written where they differ.
pub(super) async fn refresh_ranges(mut conn: &Conn, ids: &[ProductId]) -> Result<()> {
    sql_query(
        "WITH fresh AS (
             SELECT v.product_id, p.currency, min(p.amount) AS min_amount, max(p.amount) AS max_amount
             FROM variants v JOIN prices p ON p.variant_id = v.id
             WHERE v.product_id = ANY($1) GROUP BY 1, 2
         ), gone AS (
             DELETE FROM product_price_ranges r WHERE r.product_id = ANY($1)
             AND NOT EXISTS (SELECT FROM fresh f WHERE f.product_id = r.product_id AND f.currency = r.currency)
         )
         INSERT INTO product_price_ranges AS r (product_id, currency, min_amount, max_amount)
         SELECT product_id, currency, min_amount, max_amount FROM fresh
         ON CONFLICT (product_id, currency)
         DO UPDATE SET min_amount = excluded.min_amount, max_amount = excluded.max_amount
         WHERE (r.min_amount, r.max_amount) IS DISTINCT FROM (excluded.min_amount, excluded.max_amount)",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(&mut conn)
    .await?;
    Ok(())
}
