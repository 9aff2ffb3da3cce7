use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::keyset::keyset;
use crate::db::rows::rows;
use crate::db::schema::{campaigns, promotion_codes, promotions};
use crate::db::{Conn, Result};
use crate::domain::promotions::Promotions;
use crate::domain::promotions::model::{Campaign, Promotion, PromotionCode, PromotionFilter, code_key};
use crate::domain::promotions::select::Found;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CampaignId, PromotionId};
use crate::kernel::page::PageRequest;
use crate::kernel::text::strip_nul;

rows! { Promotion in promotions, by PromotionId, read as Promotions::by_ids }

impl Promotions {
    /// Returns the number of promotions that match the filter.
    pub async fn count(&self, mut conn: &Conn, filter: &PromotionFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }
}

/// Returns the promotions of these codes in any status, once per code, and the automatic ones that are active now.
pub(in crate::domain::promotions) async fn found(
    mut conn: &Conn,
    keys: &[String],
    at: Timestamp,
) -> Result<Vec<Found>> {
    let asked_for = sql::<Bool>("promotions.id IN (SELECT promotion_id FROM promotion_codes WHERE code_key = ANY(")
        .bind::<Array<Text>, _>(keys)
        .sql(") UNION ALL SELECT id FROM promotions WHERE automatic AND status = 'ACTIVE' AND (starts_at IS NULL OR starts_at <= ")
        .bind::<Timestamptz, _>(at)
        .sql(") AND (ends_at IS NULL OR ends_at > ")
        .bind::<Timestamptz, _>(at)
        .sql("))");
    let by_key = promotion_codes::promotion_id.eq(promotions::id).and(promotion_codes::code_key.eq_any(keys));
    let rows = promotions::table
        .left_join(campaigns::table)
        .left_join(promotion_codes::table.on(by_key))
        .filter(asked_for)
        .select((Promotion::as_select(), Option::<Campaign>::as_select(), Option::<PromotionCode>::as_select()));
    Ok(rows.load(&mut conn).await?)
}

pub(in crate::domain::promotions) async fn by_code(mut conn: &Conn, key: &str) -> Result<Option<Promotion>> {
    let by_code = promotions::table.inner_join(promotion_codes::table).filter(promotion_codes::code_key.eq(key));
    Ok(by_code.select(Promotion::as_select()).first(&mut conn).await.optional()?)
}

pub(in crate::domain::promotions) async fn of_campaign(mut conn: &Conn, id: CampaignId) -> Result<Vec<Promotion>> {
    let of_campaign = promotions::table.filter(promotions::campaign_id.eq(id));
    Ok(of_campaign.select(Promotion::as_select()).load(&mut conn).await?)
}

pub(in crate::domain::promotions) async fn list(
    mut conn: &Conn,
    filter: &PromotionFilter,
    paging: &PageRequest,
    cursor: Option<(Timestamp, Uuid)>,
) -> Result<Vec<Promotion>> {
    let query = filtered(filter).select(Promotion::as_select());
    let cursor = cursor.map(|(created, id)| (created, PromotionId(id)));
    Ok(keyset!(query, paging, true, promotions::created_at, promotions::id, cursor).load(&mut conn).await?)
}

fn filtered(filter: &PromotionFilter) -> promotions::BoxedQuery<'static, Pg> {
    let mut query = promotions::table.into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(promotions::status.eq(status));
    }
    if let Some(automatic) = filter.automatic {
        query = query.filter(promotions::automatic.eq(automatic));
    }
    if let Some(campaign) = filter.campaign_id {
        query = query.filter(promotions::campaign_id.eq(campaign));
    }
    let text = filter.query.clone().map(strip_nul).unwrap_or_default();
    let text = text.trim();
    if !text.is_empty() {
        let piece = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let by_code = promotion_codes::table.filter(promotion_codes::code_key.eq(code_key(text)));
        let by_code = promotions::id.eq_any(by_code.select(promotion_codes::promotion_id));
        query = query.filter(promotions::title.ilike(piece).or(by_code));
    }
    query
}
