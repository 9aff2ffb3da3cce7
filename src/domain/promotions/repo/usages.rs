use diesel::dsl::{AsSelect, SqlTypeOf, sql, sql_query};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use crate::db::keyset::keyset;
use crate::db::lateral_union::{LateralUnion, Row, regroup};
use crate::db::schema::promotion_usages;
use crate::db::{Conn, Result};
use crate::domain::promotions::Promotions;
use crate::domain::promotions::discounts::{AppliedPromotion, Redemption};
use crate::domain::promotions::model::{PromotionChildPage, PromotionUsage, UsageState};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CampaignId, CartId, CustomerId, OrderId, PromotionCodeId, PromotionId, PromotionUsageId};
use crate::kernel::money::Currency;
use crate::kernel::text::normalize_email;

/// A customer as identified for limits per customer: by account and email address.
pub(in crate::domain::promotions) struct Buyer {
    customer: Option<CustomerId>,
    email: Option<String>,
}

impl Buyer {
    pub(in crate::domain::promotions) fn new(customer: Option<CustomerId>, email: Option<&str>) -> Self {
        Self { customer, email: email.map(normalize_email).filter(|email| !email.is_empty()) }
    }

    pub(in crate::domain::promotions) const fn is_unknown(&self) -> bool {
        self.customer.is_none() && self.email.is_none()
    }
}

/// How often a customer has used a promotion.
#[derive(QueryableByName)]
pub(in crate::domain::promotions) struct CustomerUsage {
    #[diesel(sql_type = SqlUuid)]
    pub(in crate::domain::promotions) promotion_id: PromotionId,
    /// The number of uses by other carts.
    #[diesel(sql_type = BigInt)]
    pub(in crate::domain::promotions) others: i64,
    /// Whether this cart already uses it.
    #[diesel(sql_type = Bool)]
    pub(in crate::domain::promotions) own: bool,
}

/// Returns how often the customer has used these promotions, and whether the cart has, excluding returned uses.
pub(in crate::domain::promotions) async fn of_buyer(
    mut conn: &Conn,
    ids: &[PromotionId],
    buyer: &Buyer,
    cart: Option<CartId>,
) -> Result<Vec<CustomerUsage>> {
    let counts = sql_query(
        "SELECT promotion_id, count(*) FILTER (WHERE cart_id IS DISTINCT FROM $2) AS others,
                coalesce(bool_or(cart_id = $2), false) AS own
         FROM promotion_usages
         WHERE promotion_id = ANY($1) AND state <> 'RETURNED' AND (cart_id = $2 OR customer_id = $3 OR email = $4)
         GROUP BY promotion_id",
    );
    let bound = counts
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Nullable<SqlUuid>, _>(cart)
        .bind::<Nullable<SqlUuid>, _>(buyer.customer)
        .bind::<Nullable<Text>, _>(&buyer.email);
    Ok(bound.load(&mut conn).await?)
}

/// Inserts uses and counts them where there are limits, all locked by the caller. A returned use of the cart is reused.
pub(in crate::domain::promotions) async fn insert(
    mut conn: &Conn,
    redemption: &Redemption<'_>,
    fresh: &[&AppliedPromotion],
    at: Timestamp,
) -> Result<()> {
    let take = sql_query(
        "WITH taken AS (
             SELECT * FROM unnest($1, $2, $3, $4, $5) AS t (id, promotion_id, code_id, campaign_id, amount)
         ), campaign AS (
             UPDATE campaigns c
             SET budget_used = c.budget_used + CASE c.budget_kind WHEN 'SPEND' THEN t.amount ELSE t.uses END
             FROM (SELECT campaign_id, sum(amount) AS amount, count(*) AS uses FROM taken GROUP BY 1) t
             WHERE c.id = t.campaign_id AND c.budget_limit IS NOT NULL
         ), promotion AS (
             UPDATE promotions p SET used = p.used + 1 FROM taken t
             WHERE p.id = t.promotion_id AND p.usage_limit IS NOT NULL
         ), code AS (
             UPDATE promotion_codes k SET used = k.used + 1 FROM taken t
             WHERE k.id = t.code_id AND k.usage_limit IS NOT NULL
         )
         INSERT INTO promotion_usages (id, promotion_id, code_id, campaign_id, cart_id, order_id, customer_id, email,
                                       currency, amount, state, created_at, updated_at)
         SELECT t.id, t.promotion_id, t.code_id, t.campaign_id, $6, $7, $8, $9, $10, t.amount, $12, $11, $11
         FROM taken t
         ON CONFLICT (promotion_id, cart_id) DO UPDATE
         SET code_id = excluded.code_id, campaign_id = excluded.campaign_id, order_id = excluded.order_id,
             customer_id = excluded.customer_id, email = excluded.email, currency = excluded.currency,
             amount = excluded.amount, state = excluded.state, updated_at = excluded.updated_at",
    );
    take.bind::<Array<SqlUuid>, _>(fresh.iter().map(|_| PromotionUsageId::new()).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(fresh.iter().map(|applied| applied.promotion_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(fresh.iter().map(|applied| applied.code_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(fresh.iter().map(|applied| applied.campaign_id).collect::<Vec<_>>())
        .bind::<Array<Numeric>, _>(fresh.iter().map(|applied| applied.amount).collect::<Vec<_>>())
        .bind::<SqlUuid, _>(redemption.cart_id)
        .bind::<SqlUuid, _>(redemption.order_id)
        .bind::<Nullable<SqlUuid>, _>(redemption.customer_id)
        .bind::<Text, _>(normalize_email(redemption.email))
        .bind::<Text, _>(redemption.currency)
        .bind::<Timestamptz, _>(at)
        .bind::<Text, _>(redemption.state)
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// Marks the reserved uses of an order as consumed.
pub(in crate::domain::promotions) async fn mark_consumed(mut conn: &Conn, order: OrderId, at: Timestamp) -> Result<()> {
    let reserved = promotion_usages::table
        .filter(promotion_usages::order_id.eq(order))
        .filter(promotion_usages::state.eq(UsageState::Reserved));
    diesel::update(reserved)
        .set((promotion_usages::state.eq(UsageState::Consumed), promotion_usages::updated_at.eq(at)))
        .execute(&mut conn)
        .await?;
    Ok(())
}

/// A returned use.
#[derive(QueryableByName)]
pub(in crate::domain::promotions) struct Returned {
    #[diesel(sql_type = SqlUuid)]
    pub(in crate::domain::promotions) promotion_id: PromotionId,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(in crate::domain::promotions) code_id: Option<PromotionCodeId>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(in crate::domain::promotions) campaign_id: Option<CampaignId>,
    #[diesel(sql_type = Text)]
    pub(in crate::domain::promotions) currency: Currency,
    #[diesel(sql_type = Numeric)]
    pub(in crate::domain::promotions) amount: Decimal,
}

/// Marks the uses of an order as returned: the reserved ones, and the consumed ones if the promotion allows it.
pub(in crate::domain::promotions) async fn mark_returned(
    mut conn: &Conn,
    order: OrderId,
    at: Timestamp,
) -> Result<Vec<Returned>> {
    let returned = sql_query(
        "UPDATE promotion_usages u SET state = 'RETURNED', updated_at = $2 FROM promotions p
         WHERE u.order_id = $1 AND p.id = u.promotion_id
           AND (u.state = 'RESERVED' OR (u.state = 'CONSUMED' AND p.returned_on_cancel))
         RETURNING u.promotion_id, u.code_id, u.campaign_id, u.currency, u.amount",
    );
    Ok(returned.bind::<SqlUuid, _>(order).bind::<Timestamptz, _>(at).load(&mut conn).await?)
}

/// Decrements the used budget of campaigns that have one, locking them in id order.
pub(in crate::domain::promotions) async fn decrement_campaigns(mut conn: &Conn, returned: &[Returned]) -> Result<()> {
    let of_campaigns = || returned.iter().filter(|usage| usage.campaign_id.is_some());
    if of_campaigns().next().is_none() {
        return Ok(());
    }
    sql_query(
        "WITH given AS (SELECT * FROM unnest($1, $2, $3) AS g (campaign_id, currency, amount)),
         held AS (SELECT id FROM campaigns WHERE id IN (SELECT campaign_id FROM given) AND budget_limit IS NOT NULL
                  ORDER BY id FOR NO KEY UPDATE)
         UPDATE campaigns c SET budget_used = greatest(c.budget_used - (
             SELECT CASE c.budget_kind WHEN 'USE' THEN count(*)
                    ELSE coalesce(sum(g.amount) FILTER (WHERE g.currency = c.budget_currency), 0) END
             FROM given g WHERE g.campaign_id = c.id), 0)
         FROM held WHERE c.id = held.id",
    )
    .bind::<Array<Nullable<SqlUuid>>, _>(of_campaigns().map(|usage| usage.campaign_id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(of_campaigns().map(|usage| usage.currency).collect::<Vec<_>>())
    .bind::<Array<Numeric>, _>(of_campaigns().map(|usage| usage.amount).collect::<Vec<_>>())
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Decrements the use count of promotions that have a limit, locking them in id order.
pub(in crate::domain::promotions) async fn decrement_promotions(mut conn: &Conn, ids: &[PromotionId]) -> Result<()> {
    sql_query(
        "WITH held AS (SELECT id FROM promotions WHERE id = ANY($1) AND usage_limit IS NOT NULL
                       ORDER BY id FOR NO KEY UPDATE)
         UPDATE promotions p SET used = greatest(p.used - 1, 0) FROM held WHERE p.id = held.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Decrements the use count of codes that have a limit, locking them in id order.
pub(in crate::domain::promotions) async fn decrement_codes(mut conn: &Conn, ids: &[PromotionCodeId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    sql_query(
        "WITH held AS (SELECT id FROM promotion_codes WHERE id = ANY($1) AND usage_limit IS NOT NULL
                       ORDER BY id FOR NO KEY UPDATE)
         UPDATE promotion_codes k SET used = greatest(k.used - 1, 0) FROM held WHERE k.id = held.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(&mut conn)
    .await?;
    Ok(())
}

/// Returns the number of orders that use the promotion, excluding returned uses.
pub(in crate::domain::promotions) async fn used(mut conn: &Conn, id: PromotionId) -> Result<i64> {
    let counting = promotion_usages::table
        .filter(promotion_usages::promotion_id.eq(id))
        .filter(promotion_usages::state.ne(UsageState::Returned));
    Ok(counting.count().get_result(&mut conn).await?)
}

/// Returns the number of uses of a campaign and its total discount in a currency, excluding returned uses.
pub(in crate::domain::promotions) async fn campaign_usage(
    mut conn: &Conn,
    id: CampaignId,
    currency: Option<Currency>,
) -> Result<(i64, Decimal)> {
    let amount = sql::<Numeric>("coalesce(sum(amount) FILTER (WHERE currency = ")
        .bind::<Nullable<Text>, _>(currency)
        .sql("), 0)");
    let counting = promotion_usages::table
        .filter(promotion_usages::campaign_id.eq(id))
        .filter(promotion_usages::state.ne(UsageState::Returned));
    Ok(counting.select((sql::<BigInt>("count(*)"), amount)).get_result(&mut conn).await?)
}

/// Returns the rows of each list, in the order of the lists, in one statement.
pub(in crate::domain::promotions) async fn lists(
    mut conn: &Conn,
    lists: &[PromotionChildPage],
) -> Result<Vec<Vec<PromotionUsage>>> {
    let queries = lists.iter().map(query).collect();
    let rows: Vec<Row<PromotionUsage>> =
        LateralUnion::<SqlTypeOf<AsSelect<PromotionUsage, Pg>>>::new(queries).load(&mut conn).await?;
    Ok(regroup(rows, lists.len()))
}

fn query(list: &PromotionChildPage) -> Box<dyn QueryFragment<Pg> + Send> {
    let paging = &list.paging;
    let rows = promotion_usages::table
        .filter(promotion_usages::promotion_id.eq(list.promotion_id))
        .select(PromotionUsage::as_select())
        .into_boxed::<Pg>();
    let cursor = paging.key::<Timestamp>().ok().flatten().map(|(key, id)| (key, PromotionUsageId(id)));
    Box::new(keyset!(rows, paging, true, promotion_usages::created_at, promotion_usages::id, cursor))
}

impl Promotions {
    /// Returns the number of uses of each promotion: all, and those that count toward limits. Promotions without uses
    /// are omitted.
    pub async fn usage_counts(&self, mut conn: &Conn, ids: &[PromotionId]) -> Result<Vec<(PromotionId, (i64, i64))>> {
        let consumed = sql::<BigInt>("count(*) FILTER (WHERE state <> 'RETURNED')");
        let counted = promotion_usages::table
            .filter(promotion_usages::promotion_id.eq_any(ids))
            .group_by(promotion_usages::promotion_id)
            .select((promotion_usages::promotion_id, (diesel::dsl::count_star(), consumed)));
        Ok(counted.load(&mut conn).await?)
    }
}
