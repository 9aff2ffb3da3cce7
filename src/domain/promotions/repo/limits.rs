//! Locks the rows that limit a checkout: campaigns, promotions, codes, each in id order.

use diesel::dsl::sql_query;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use rust_decimal::Decimal;

use crate::db::{Conn, Result};
use crate::domain::promotions::model::BudgetKind;
use crate::kernel::ids::{CampaignId, PromotionCodeId, PromotionId};
use crate::kernel::money::Currency;

/// A campaign locked by a checkout.
#[derive(QueryableByName)]
pub(in crate::domain::promotions) struct LockedCampaign {
    #[diesel(sql_type = SqlUuid)]
    pub(in crate::domain::promotions) id: CampaignId,
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::domain::promotions) budget_kind: Option<BudgetKind>,
    #[diesel(sql_type = Nullable<Numeric>)]
    pub(in crate::domain::promotions) budget_limit: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::domain::promotions) budget_currency: Option<Currency>,
    #[diesel(sql_type = Numeric)]
    pub(in crate::domain::promotions) budget_used: Decimal,
}

/// Locks campaigns: exclusively if they have a budget, otherwise only against a budget being set. A campaign whose
/// budget was set while this waited is omitted.
pub(in crate::domain::promotions) async fn lock_campaigns(
    mut conn: &Conn,
    ids: &[CampaignId],
) -> Result<Vec<LockedCampaign>> {
    let held = sql_query(
        "WITH limited AS (
             SELECT id, budget_kind, budget_limit, budget_currency, budget_used FROM campaigns
             WHERE id = ANY($1) AND budget_limit IS NOT NULL ORDER BY id FOR NO KEY UPDATE
         ), unlimited AS (
             SELECT id, budget_kind, budget_limit, budget_currency, budget_used FROM campaigns
             WHERE id = ANY($1) AND budget_limit IS NULL ORDER BY id FOR KEY SHARE
         )
         SELECT * FROM limited UNION ALL SELECT * FROM unlimited",
    );
    Ok(held.bind::<Array<SqlUuid>, _>(ids).load(&mut conn).await?)
}

/// A promotion locked by a checkout.
#[derive(QueryableByName)]
pub(in crate::domain::promotions) struct LockedPromotion {
    #[diesel(sql_type = SqlUuid)]
    pub(in crate::domain::promotions) id: PromotionId,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(in crate::domain::promotions) campaign_id: Option<CampaignId>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(in crate::domain::promotions) usage_limit: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(in crate::domain::promotions) customer_usage_limit: Option<i32>,
    #[diesel(sql_type = Integer)]
    pub(in crate::domain::promotions) used: i32,
}

/// Locks promotions: exclusively if they have a limit, otherwise only against a limit being set. A promotion whose
/// first limit was set while this waited is omitted.
pub(in crate::domain::promotions) async fn lock_promotions(
    mut conn: &Conn,
    ids: &[PromotionId],
) -> Result<Vec<LockedPromotion>> {
    let held = sql_query(
        "WITH limited AS (
             SELECT id, campaign_id, usage_limit, customer_usage_limit, used FROM promotions
             WHERE id = ANY($1) AND (usage_limit IS NOT NULL OR customer_usage_limit IS NOT NULL)
             ORDER BY id FOR NO KEY UPDATE
         ), unlimited AS (
             SELECT id, campaign_id, usage_limit, customer_usage_limit, used FROM promotions
             WHERE id = ANY($1) AND usage_limit IS NULL AND customer_usage_limit IS NULL
             ORDER BY id FOR KEY SHARE
         )
         SELECT * FROM limited UNION ALL SELECT * FROM unlimited",
    );
    Ok(held.bind::<Array<SqlUuid>, _>(ids).load(&mut conn).await?)
}

/// Locks the codes that have a limit, and returns the remaining uses of each.
pub(in crate::domain::promotions) async fn lock_codes(
    mut conn: &Conn,
    ids: &[PromotionCodeId],
) -> Result<Vec<LockedCode>> {
    let held = sql_query(
        "SELECT id, usage_limit - used AS remaining FROM promotion_codes
         WHERE id = ANY($1) AND usage_limit IS NOT NULL ORDER BY id FOR NO KEY UPDATE",
    );
    Ok(held.bind::<Array<SqlUuid>, _>(ids).load(&mut conn).await?)
}

/// A code with a limit, locked by a checkout.
#[derive(QueryableByName)]
pub(in crate::domain::promotions) struct LockedCode {
    #[diesel(sql_type = SqlUuid)]
    pub(in crate::domain::promotions) id: PromotionCodeId,
    #[diesel(sql_type = Integer)]
    pub(in crate::domain::promotions) remaining: i32,
}
