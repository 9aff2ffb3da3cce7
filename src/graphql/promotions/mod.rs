//! Promotions, campaigns and discount codes, for staff.

mod campaigns;
mod mutations;
mod objects;
mod rules;
mod simulate;
pub mod sources;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::One;

pub use campaigns::{Campaign, CampaignMutation};
pub use mutations::PromotionMutation;
pub use objects::Promotion;
pub use simulate::SimulationQuery;

use super::connection::{Paged, connection, counted};
use super::context::RequestExt;
use super::errors::{Result, refused};
use crate::domain::promotions::{PromotionBy, PromotionFilter};
use crate::kernel::ids::CampaignId;
use crate::kernel::page::{PageArgs, PageRequest};
use sources::{CAMPAIGN, PROMOTION};

#[queries(staff = PRICING)]
impl PromotionQuery {
    /// Returns a promotion, or null if there is none.
    async fn promotion(
        ctx: &Context<'_>,
        /// The id or a discount code of the promotion.
        by: PromotionBy,
    ) -> Result<Option<One<Promotion>>> {
        let loaders = ctx.loaders();
        match by {
            PromotionBy::Id(id) => Ok(loaders.load(&PROMOTION, id).await?.map(One)),
            PromotionBy::Code(code) => {
                let found = loaders.app.promotions.by_code(loaders.conn().await?, code).await?;
                Ok(found.map(One::new))
            }
        }
    }

    /// All promotions, newest first.
    async fn promotions(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: PromotionFilter,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<Promotion>> {
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let page = loaders.app.promotions.list(loaders.conn().await?, &filter, &paging).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.promotions.count(conn, &filter));
        Ok(connection(page, total).into())
    }

    /// Returns a campaign by id, or null if there is none.
    async fn campaign(
        ctx: &Context<'_>,
        /// The id of the campaign.
        id: CampaignId,
    ) -> Result<Option<One<Campaign>>> {
        Ok(ctx.loaders().load(&CAMPAIGN, id).await?.map(One))
    }

    /// All campaigns, newest first.
    async fn campaigns(ctx: &Context<'_>, #[flatten] page: PageArgs) -> Result<Paged<Campaign>> {
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let page = loaders.app.promotions.list_campaigns(loaders.conn().await?, &paging).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.promotions.count_campaigns(conn));
        Ok(connection(page, total).into())
    }
}
