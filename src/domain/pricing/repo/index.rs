//! The index of products by price, and the contexts that it is kept for.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::db::schema::{price_contexts, price_rule_values};
use crate::db::{Conn, Result};
use crate::domain::pricing::index::Entry;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PriceContextId, ProductId};
use crate::kernel::money::Currency;

/// Held shared by whoever writes prices, and alone by whoever adds a context or changes what they all depend on.
const WRITING: i64 = 0x7072_6963_6501;
/// Held by whoever fills a context.
const FILLING: i64 = 0x7072_6963_6502;

/// Buyers who see the same prices.
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

#[derive(QueryableByName)]
struct ContextRow {
    #[diesel(sql_type = SqlUuid)]
    id: PriceContextId,
    #[diesel(sql_type = Bool)]
    ready: bool,
}

/// The context of a buyer of whom these values hold, if lists can use it already.
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

/// Those of the values that a price or a list asks for, sorted as the database sorts.
pub(in crate::domain::pricing) async fn held(mut conn: &Conn, values: &[String]) -> Result<Vec<String>> {
    let held = price_rule_values::table.filter(price_rule_values::value.eq_any(values));
    Ok(held.order(price_rule_values::value).select(price_rule_values::value).load(&mut conn).await?)
}

/// Adds the context, or takes up the one that is there: not ready any more, when its region has changed. Gives its id,
/// and whether it is ready.
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

/// Has the contexts of a currency that name a region filled anew when they are next needed.
pub(in crate::domain::pricing) async fn unset_ready(mut conn: &Conn, currency: Currency) -> Result<()> {
    sql_query(
        "UPDATE price_contexts SET ready = false WHERE currency = $1 AND array_to_string(rules, ' ') ~ '(^| )region:'",
    )
    .bind::<Text, _>(currency)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// The contexts of these currencies, ready or not; of all when none is named.
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

/// Adds contexts that are complete, because nothing is priced in their currency yet; ones that are there stay.
pub(in crate::domain::pricing) async fn add(mut conn: &Conn, contexts: &[Context]) -> Result<()> {
    diesel::insert_into(price_contexts::table).values(contexts).on_conflict_do_nothing().execute(&mut conn).await?;
    Ok(())
}

/// Adds values that prices or lists ask for. They are sorted, so that two writers never wait for each other.
pub(in crate::domain::pricing) async fn add_values(mut conn: &Conn, values: &[String]) -> Result<()> {
    sql_query("INSERT INTO price_rule_values (value) SELECT unnest($1) ON CONFLICT DO NOTHING")
        .bind::<Array<Text>, _>(values)
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Keeps whoever adds a context waiting until the caller's transaction ends.
pub(in crate::domain::pricing) async fn share_writing(mut conn: &Conn) -> Result<()> {
    sql_query(format!("SELECT pg_advisory_xact_lock_shared({WRITING})")).execute(&mut conn).await?;
    Ok(())
}

/// Waits for every writer of prices, and keeps others waiting until the caller's transaction ends.
pub(in crate::domain::pricing) async fn stop_writing(mut conn: &Conn) -> Result<()> {
    sql_query(format!("SELECT pg_advisory_xact_lock({WRITING})")).execute(&mut conn).await?;
    Ok(())
}

/// Keeps others from filling contexts until the caller's transaction ends.
pub(in crate::domain::pricing) async fn stop_filling(mut conn: &Conn) -> Result<()> {
    sql_query(format!("SELECT pg_advisory_xact_lock({FILLING})")).execute(&mut conn).await?;
    Ok(())
}

/// Keeps others from filling contexts until the connection is closed, waiting a minute for whoever does.
pub(in crate::domain::pricing) async fn begin_filling(mut conn: &Conn) -> Result<()> {
    sql_query("SET lock_timeout = '60s'").execute(&mut conn).await?;
    sql_query(format!("SELECT pg_advisory_lock({FILLING})")).execute(&mut conn).await?;
    Ok(())
}

/// Makes the rows of these products in these contexts the given ones, and leaves alone what is so already.
pub(in crate::domain::pricing) async fn write(
    mut conn: &Conn,
    contexts: &[PriceContextId],
    products: &[ProductId],
    entries: &[Entry],
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

/// Nothing is behind this id, and everything that has one is behind it.
pub(in crate::domain::pricing) const FIRST: ProductId = ProductId(Uuid::nil());
