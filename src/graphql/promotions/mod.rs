//! Promotions, campaigns and codes: for staff.

mod campaigns;
mod inputs;
mod mutations;
mod objects;
mod simulate;
mod terms;

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, OneofObject};

pub use campaigns::{Campaign, CampaignMutation, CampaignTotal};
pub use mutations::PromotionMutation;
pub use objects::{Promotion, PromotionTotal};
pub use simulate::SimulationQuery;

use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::{Result, refused};
use super::guards::{Needs, requires, staff};
use crate::domain::promotions::{PromotionFilter, PromotionStatus};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{CampaignId, PromotionId};
use crate::kernel::page::Window;
use crate::kernel::text::storable;

pub(super) type PromotionConnection = Connection<String, Promotion, PromotionTotal>;
pub(super) type CampaignConnection = Connection<String, Campaign, CampaignTotal>;

/// Names a promotion.
#[derive(OneofObject)]
pub enum PromotionBy {
    /// By its id.
    Id(PromotionId),
    /// By one of its codes, in upper or lower case.
    Code(String),
}

/// Which promotions to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct PromotionFilterInput {
    /// In this state.
    status: Option<PromotionStatus>,
    /// True: those that apply without a code; false: those that need one.
    automatic: Option<bool>,
    /// Of this campaign.
    campaign_id: Option<CampaignId>,
    /// A piece of the title, or a whole code.
    query: Option<String>,
}

#[derive(Default)]
pub struct PromotionQuery;

#[Object]
impl PromotionQuery {
    /// One promotion; null when there is none.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn promotion(&self, ctx: &Context<'_>, by: PromotionBy) -> Result<Option<Promotion>> {
        let reads = ctx.reads();
        let found = match by {
            PromotionBy::Id(id) => reads.loaders.promotion.load(id).await?,
            PromotionBy::Code(code) => ctx.app().promotions.by_code(reads.conn().await?, &storable(code)).await?,
        };
        Ok(found.map(Promotion))
    }

    /// Every promotion, newest first.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn promotions(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: PromotionFilterInput,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<PromotionConnection> {
        let PromotionFilterInput { status, automatic, campaign_id, query } = filter;
        let filter = PromotionFilter { status, automatic, campaign_id, query: query.map(storable) };
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let reads = ctx.reads();
        let page = ctx.app().promotions.list(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        Ok(connection(page, PromotionTotal(filter), Promotion))
    }

    /// One campaign; null when there is none.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn campaign(&self, ctx: &Context<'_>, id: CampaignId) -> Result<Option<Campaign>> {
        Ok(ctx.reads().loaders.campaign.load(id).await?.map(Campaign))
    }

    /// Every campaign, newest first.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn campaigns(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CampaignConnection> {
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let reads = ctx.reads();
        let page = ctx.app().promotions.list_campaigns(reads.conn().await?, &window).await.map_err(refused)?;
        Ok(connection(page, CampaignTotal, Campaign))
    }
}
