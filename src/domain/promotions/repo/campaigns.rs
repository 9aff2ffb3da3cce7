use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::keyset::keyset;
use crate::db::schema::campaigns;
use crate::db::{Conn, Result};
use crate::domain::promotions::Promotions;
use crate::domain::promotions::model::Campaign;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::CampaignId;
use crate::kernel::page::PageRequest;

impl Promotions {
    /// Returns the campaigns with these ids, in no particular order.
    pub async fn campaigns_by_ids(&self, mut conn: &Conn, ids: &[CampaignId]) -> Result<Vec<Campaign>> {
        Ok(campaigns::table.filter(campaigns::id.eq_any(ids)).select(Campaign::as_select()).load(&mut conn).await?)
    }

    /// Returns the number of campaigns.
    pub async fn count_campaigns(&self, mut conn: &Conn) -> Result<i64> {
        Ok(campaigns::table.count().get_result(&mut conn).await?)
    }
}

/// Returns the campaign, whose budget cannot change until the caller's transaction ends.
pub(in crate::domain::promotions) async fn find_for_share(mut conn: &Conn, id: CampaignId) -> Result<Option<Campaign>> {
    Ok(campaigns::table.find(id).select(Campaign::as_select()).for_key_share().first(&mut conn).await.optional()?)
}

/// Locks the campaign: waits for the checkouts that use it, and blocks new ones.
pub(in crate::domain::promotions) async fn lock(mut conn: &Conn, id: CampaignId) -> Result<Option<Campaign>> {
    Ok(campaigns::table.find(id).select(Campaign::as_select()).for_update().first(&mut conn).await.optional()?)
}

pub(in crate::domain::promotions) async fn insert(mut conn: &Conn, campaign: &Campaign) -> Result<()> {
    diesel::insert_into(campaigns::table).values(campaign).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::promotions) async fn update(mut conn: &Conn, campaign: &Campaign) -> Result<()> {
    diesel::update(campaigns::table.find(campaign.id)).set(campaign).execute(&mut conn).await?;
    Ok(())
}

pub(in crate::domain::promotions) async fn delete(mut conn: &Conn, ids: &[CampaignId]) -> Result<Vec<CampaignId>> {
    let gone = diesel::delete(campaigns::table.filter(campaigns::id.eq_any(ids)));
    Ok(gone.returning(campaigns::id).get_results(&mut conn).await?)
}

pub(in crate::domain::promotions) async fn list(
    mut conn: &Conn,
    paging: &PageRequest,
    cursor: Option<(Timestamp, Uuid)>,
) -> Result<Vec<Campaign>> {
    let query = campaigns::table.select(Campaign::as_select()).into_boxed();
    let cursor = cursor.map(|(created, id)| (created, CampaignId(id)));
    Ok(keyset!(query, paging, true, campaigns::created_at, campaigns::id, cursor).load(&mut conn).await?)
}
