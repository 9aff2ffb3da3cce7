use async_graphql::{Context, OneofObject};
use cartwright_macros::queries;
use graphql_plan::{Many, One};

use super::objects::{self, Region, SalesChannel, ShippingOption, Shop};
use super::sources::REGION;
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, RegionId};

/// Names a region.
#[derive(OneofObject)]
pub enum RegionBy {
    /// By its id.
    Id(RegionId),
    /// By a country that it serves.
    Country(Country),
}

#[queries]
impl ShopQuery {
    /// The shop, as the request's sales channel shows it.
    async fn shop(ctx: &Context<'_>) -> Result<One<Shop>> {
        Ok(One::new(ctx.channel().await?))
    }

    /// Every region, by name.
    async fn regions(ctx: &Context<'_>) -> Result<Many<Region>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.regions.list(reads.conn().await?).await?))
    }

    /// One region; null when there is none, or none that serves the country.
    async fn region(ctx: &Context<'_>, by: RegionBy) -> Result<Option<One<Region>>> {
        let reads = ctx.reads();
        Ok(match by {
            RegionBy::Id(id) => reads.load(&REGION, id).await?.map(One),
            RegionBy::Country(country) => reads.app.regions.serving(reads.conn().await?, country).await?.map(One::new),
        })
    }

    /// Every sales channel, the oldest first.
    #[staff(SETTINGS)]
    async fn channels(ctx: &Context<'_>) -> Result<Many<SalesChannel>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.regions.channels(reads.conn().await?).await?))
    }

    /// One sales channel.
    #[staff(SETTINGS)]
    async fn channel(ctx: &Context<'_>, id: ChannelId) -> Result<Option<One<SalesChannel>>> {
        let reads = ctx.reads();
        Ok(reads.app.regions.channel(reads.conn().await?, id).await?.map(One::new))
    }

    /// Every country of the world.
    async fn countries(_ctx: &Context<'_>) -> Result<Many<objects::Country>> {
        Ok(Many::new(Country::all()))
    }

    /// Every shipping option of a region, the ones that are switched off included.
    #[staff(SETTINGS)]
    async fn shipping_options(ctx: &Context<'_>, region_id: RegionId) -> Result<Many<ShippingOption>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.fulfilment.options_of(reads.conn().await?, &[region_id], true).await?))
    }
}
