use async_graphql::{Context, OneofObject};
use cartwright_macros::queries;
use graphql_plan::{Many, One};

use super::objects::{self, Region, SalesChannel, ShippingOption, Shop};
use super::sources::REGION;
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, RegionId};

/// Identifies a region.
#[derive(OneofObject)]
pub enum RegionBy {
    /// By its id.
    Id(RegionId),
    /// By a country that it serves.
    Country(Country),
}

#[queries]
impl ShopQuery {
    /// The shop, in the context of the request's sales channel.
    async fn shop(ctx: &Context<'_>) -> Result<One<Shop>> {
        Ok(One::new(ctx.channel().await?))
    }

    /// All regions, sorted by name.
    async fn regions(ctx: &Context<'_>) -> Result<Many<Region>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.regions.list(reads.conn().await?).await?))
    }

    /// Returns a region; null if there is none, or if no region serves the country.
    async fn region(
        ctx: &Context<'_>,
        /// The id of the region, or a country that it serves.
        by: RegionBy,
    ) -> Result<Option<One<Region>>> {
        let reads = ctx.reads();
        Ok(match by {
            RegionBy::Id(id) => reads.load(&REGION, id).await?.map(One),
            RegionBy::Country(country) => reads.app.regions.serving(reads.conn().await?, country).await?.map(One::new),
        })
    }

    /// All sales channels, oldest first.
    #[staff(SETTINGS)]
    async fn channels(ctx: &Context<'_>) -> Result<Many<SalesChannel>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.regions.channels(reads.conn().await?).await?))
    }

    /// Returns a sales channel by id, or null if there is none.
    #[staff(SETTINGS)]
    async fn channel(
        ctx: &Context<'_>,
        /// The id of the sales channel.
        id: ChannelId,
    ) -> Result<Option<One<SalesChannel>>> {
        let reads = ctx.reads();
        Ok(reads.app.regions.channel(reads.conn().await?, id).await?.map(One::new))
    }

    /// All countries of the world.
    async fn countries(_ctx: &Context<'_>) -> Result<Many<objects::Country>> {
        Ok(Many::new(Country::all()))
    }

    /// All shipping options of a region, including inactive ones.
    #[staff(SETTINGS)]
    async fn shipping_options(
        ctx: &Context<'_>,
        /// The id of the region.
        region_id: RegionId,
    ) -> Result<Many<ShippingOption>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.fulfilment.options_of(reads.conn().await?, &[region_id], true).await?))
    }
}
