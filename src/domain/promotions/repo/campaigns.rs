use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::rows::rows;
use crate::db::schema::campaigns;
use crate::db::{Conn, Result};
use crate::domain::promotions::Promotions;
use crate::domain::promotions::model::Campaign;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::CampaignId;

rows! {
    Campaign in campaigns, by CampaignId,
    read as Promotions::campaigns_by_ids, listed as Promotions::list_campaigns by descending created_at: Timestamp, counted as Promotions::count_campaigns
}

/// Returns the campaign, whose budget cannot change until the caller's transaction ends.
pub(in crate::domain::promotions) async fn find_for_share(mut conn: &Conn, id: CampaignId) -> Result<Option<Campaign>> {
    Ok(campaigns::table.find(id).select(Campaign::as_select()).for_key_share().first(&mut conn).await.optional()?)
}
