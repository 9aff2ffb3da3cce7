use async_graphql::{Context, OneofObject};
use cartwright_macros::queries;
use graphql_plan::{Many, One};

use super::objects::{self, Region, SalesChannel, ShippingOption, Shop};
use super::sources::REGION;
use crate::graphql::context::RequestExt;
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
        let loaders = ctx.loaders();
        Ok(Many::new(loaders.app.regions.list(loaders.conn().await?).await?))
    }

    /// Returns a region; null if there is none, or if no region serves the country.
    async fn region(
        ctx: &Context<'_>,
        /// The id of the region, or a country that it serves.
        by: RegionBy,
    ) -> Result<Option<One<Region>>> {
        let loaders = ctx.loaders();
        Ok(match by {
            RegionBy::Id(id) => loaders.load(&REGION, id).await?.map(One),
            RegionBy::Country(country) => {
                loaders.app.regions.serving(loaders.conn().await?, country).await?.map(One::new)
            }
        })
    }

    /// All sales channels, oldest first.
    #[staff(SETTINGS)]
    async fn sales_channels(ctx: &Context<'_>) -> Result<Many<SalesChannel>> {
        let loaders = ctx.loaders();
        Ok(Many::new(loaders.app.regions.channels(loaders.conn().await?).await?))
    }

    /// Returns a sales channel by id, or null if there is none.
    #[staff(SETTINGS)]
    async fn sales_channel(
        ctx: &Context<'_>,
        /// The id of the sales channel.
        id: ChannelId,
    ) -> Result<Option<One<SalesChannel>>> {
        let loaders = ctx.loaders();
        Ok(loaders.app.regions.channel(loaders.conn().await?, id).await?.map(One::new))
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
        let loaders = ctx.loaders();
        Ok(Many::new(loaders.app.fulfillment.options_of(loaders.conn().await?, &[region_id], true).await?))
    }
}
