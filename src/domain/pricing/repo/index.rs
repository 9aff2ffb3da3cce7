//! The index of products by price, and its contexts.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::db::schema::{price_contexts, price_rule_values};
use crate::db::{Conn, Result};
use crate::domain::pricing::timeline::PricePeriod;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PriceContextId, ProductId};
use crate::kernel::money::Currency;

/// The lock shared by price writers, and exclusive for adding a context or changing what all contexts depend on.
const WRITING: i64 = 0x7072_6963_6501;
/// The lock for filling a context.
const FILLING: i64 = 0x7072_6963_6502;

/// A context: buyers who see the same prices.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = price_contexts)]
pub(in crate::domain::pricing) struct Context {
    pub(in crate::domain::pricing) id: PriceContextId,
    pub(in crate::domain::pricing) currency: Currency,
    pub(in crate::domain::pricing) rules: Vec<String>,
    pub(in crate::domain::pricing) prices_include_tax: bool,
    pub(in crate::domain::pricing) tax_rate: Decimal,
    pub(in crate::domain::pricing) ready: bool,
    pub(in crate::domain::pricing) created_at: Timestamp,
}

/// A row of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain::pricing) struct PriceIndexEntry {
    pub(in crate::domain::pricing) context_id: PriceContextId,
    pub(in crate::domain::pricing) product_id: ProductId,
    pub(in crate::domain::pricing) piece: PricePeriod,
}

#[derive(QueryableByName)]
struct ContextRow {
    #[diesel(sql_type = SqlUuid)]
    id: PriceContextId,
    #[diesel(sql_type = Bool)]
    ready: bool,
}

/// Returns the context of a buyer with these values, if it is ready.
pub(in crate::domain::pricing) async fn find(
    mut conn: &Conn,
    currency: Currency,
    values: &[String],
    region: &str,
    prices_include_tax: bool,
    tax_rate: Decimal,
) -> Result<Option<PriceContextId>> {
    let found: Option<ContextRow> = sql_query(
        "SELECT id, ready FROM price_contexts WHERE currency = $1 AND ready
            AND rules = ARRAY(SELECT value FROM price_rule_values WHERE value = ANY($2) ORDER BY value)
            AND (NOT $3 = ANY(rules) OR (prices_include_tax, tax_rate) = ($4, $5))",
    )
    .bind::<Text, _>(currency)
    .bind::<Array<Text>, _>(values)
    .bind::<Text, _>(region)
    .bind::<Bool, _>(prices_include_tax)
    .bind::<Numeric, _>(tax_rate)
    .get_result(&mut conn)
    .await
    .optional()?;
    Ok(found.map(|row| row.id))
}

/// Returns those of the values that a price or a list requires, in the database's sort order.
pub(in crate::domain::pricing) async fn held(mut conn: &Conn, values: &[String]) -> Result<Vec<String>> {
    let held = price_rule_values::table.filter(price_rule_values::value.eq_any(values));
    Ok(held.order(price_rule_values::value).select(price_rule_values::value).load(&mut conn).await?)
}

/// Adds the context, or reuses the existing one, which becomes not ready if its region changed. Returns id and
/// readiness.
pub(in crate::domain::pricing) async fn open(mut conn: &Conn, context: &Context) -> Result<(PriceContextId, bool)> {
    let row: ContextRow = sql_query(
        "INSERT INTO price_contexts AS c (id, currency, rules, prices_include_tax, tax_rate, ready, created_at)
        VALUES ($1, $2, $3, $4, $5, false, $6)
        ON CONFLICT (currency, rules) DO UPDATE SET
            ready = c.ready AND (c.prices_include_tax, c.tax_rate) = (excluded.prices_include_tax, excluded.tax_rate),
            prices_include_tax = excluded.prices_include_tax, tax_rate = excluded.tax_rate
        RETURNING id, ready",
    )
    .bind::<SqlUuid, _>(context.id)
    .bind::<Text, _>(context.currency)
    .bind::<Array<Text>, _>(&context.rules)
    .bind::<Bool, _>(context.prices_include_tax)
    .bind::<Numeric, _>(context.tax_rate)
    .bind::<Timestamptz, _>(context.created_at)
    .get_result(&mut conn)
    .await?;
    Ok((row.id, row.ready))
}

pub(in crate::domain::pricing) async fn set_ready(mut conn: &Conn, id: PriceContextId) -> Result<()> {
    diesel::update(price_contexts::table.find(id)).set(price_contexts::ready.eq(true)).execute(&mut conn).await?;
    Ok(())
}

/// Marks the contexts of a currency that have a region as not ready: they are refilled when next needed.
pub(in crate::domain::pricing) async fn unset_ready(mut conn: &Conn, currency: Currency) -> Result<()> {
    sql_query(
        "UPDATE price_contexts SET ready = false WHERE currency = $1 AND array_to_string(rules, ' ') ~ '(^| )region:'",
    )
    .bind::<Text, _>(currency)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Returns the contexts of these currencies, or of all, ready or not.
pub(in crate::domain::pricing) async fn contexts(
    mut conn: &Conn,
    currencies: Option<&[Currency]>,
) -> Result<Vec<Context>> {
    let mut query = price_contexts::table.into_boxed();
    if let Some(currencies) = currencies {
        query = query.filter(price_contexts::currency.eq_any(currencies.to_vec()));
    }
    Ok(query.order(price_contexts::id).select(Context::as_select()).load(&mut conn).await?)
}

/// Adds contexts that are complete, because their currency has no prices yet; existing ones stay.
pub(in crate::domain::pricing) async fn add(mut conn: &Conn, contexts: &[Context]) -> Result<()> {
    diesel::insert_into(price_contexts::table).values(contexts).on_conflict_do_nothing().execute(&mut conn).await?;
    Ok(())
}

/// Adds values that prices or lists require. They are sorted, so that two writers never deadlock.
pub(in crate::domain::pricing) async fn add_values(mut conn: &Conn, values: &[String]) -> Result<()> {
    sql_query("INSERT INTO price_rule_values (value) SELECT unnest($1) ON CONFLICT DO NOTHING")
        .bind::<Array<Text>, _>(values)
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Blocks adding contexts until the caller's transaction ends.
pub(in crate::domain::pricing) async fn lock_writing_shared(mut conn: &Conn) -> Result<()> {
    sql_query(format!("SELECT pg_advisory_xact_lock_shared({WRITING})")).execute(&mut conn).await?;
    Ok(())
}

/// Waits for all price writers, and blocks new ones until the caller's transaction ends.
pub(in crate::domain::pricing) async fn lock_writing_exclusive(mut conn: &Conn) -> Result<()> {
    sql_query(format!("SELECT pg_advisory_xact_lock({WRITING})")).execute(&mut conn).await?;
    Ok(())
}

/// Blocks filling contexts until the caller's transaction ends.
pub(in crate::domain::pricing) async fn lock_filling(mut conn: &Conn) -> Result<()> {
    sql_query(format!("SELECT pg_advisory_xact_lock({FILLING})")).execute(&mut conn).await?;
    Ok(())
}

/// Blocks others from filling contexts until the connection is closed; waits up to a minute for the lock.
pub(in crate::domain::pricing) async fn lock_filling_session(mut conn: &Conn) -> Result<()> {
    sql_query("SET lock_timeout = '60s'").execute(&mut conn).await?;
    sql_query(format!("SELECT pg_advisory_lock({FILLING})")).execute(&mut conn).await?;
    Ok(())
}

/// Replaces the rows of these products in these contexts, writing only what differs.
pub(in crate::domain::pricing) async fn write(
    mut conn: &Conn,
    contexts: &[PriceContextId],
    products: &[ProductId],
    entries: &[PriceIndexEntry],
) -> Result<()> {
    sql_query(
        "WITH fresh AS (
            SELECT context_id, product_id, coalesce(since, '-infinity') AS valid_from,
                coalesce(until, 'infinity') AS valid_until, min_amount, max_amount
            FROM unnest($3, $4, $5, $6, $7, $8) f (context_id, product_id, since, until, min_amount, max_amount)
        ), gone AS (
            DELETE FROM product_price_index i WHERE i.product_id = ANY($2) AND i.context_id = ANY($1)
            AND NOT EXISTS (SELECT FROM fresh f WHERE (f.context_id, f.product_id, f.valid_from)
                = (i.context_id, i.product_id, i.valid_from))
        )
        INSERT INTO product_price_index AS i
            (context_id, product_id, valid_from, valid_until, min_amount, max_amount)
        SELECT context_id, product_id, valid_from, valid_until, min_amount, max_amount FROM fresh
        ON CONFLICT (context_id, product_id, valid_from) DO UPDATE SET
            valid_until = excluded.valid_until, min_amount = excluded.min_amount, max_amount = excluded.max_amount
        WHERE (i.valid_until, i.min_amount, i.max_amount)
            IS DISTINCT FROM (excluded.valid_until, excluded.min_amount, excluded.max_amount)",
    )
    .bind::<Array<SqlUuid>, _>(contexts)
    .bind::<Array<SqlUuid>, _>(products)
    .bind::<Array<SqlUuid>, _>(entries.iter().map(|row| row.context_id).collect::<Vec<PriceContextId>>())
    .bind::<Array<SqlUuid>, _>(entries.iter().map(|row| row.product_id).collect::<Vec<ProductId>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(entries.iter().map(|row| row.piece.from).collect::<Vec<_>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(entries.iter().map(|row| row.piece.until).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(entries.iter().map(|row| row.piece.min_amount).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(entries.iter().map(|row| row.piece.max_amount).collect::<Vec<_>>())
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// An id that sorts before every other.
pub(in crate::domain::pricing) const FIRST: ProductId = ProductId(Uuid::nil());
