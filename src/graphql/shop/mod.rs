//! The shop itself: its name, regions, countries and shipping options.

mod mutations;
mod objects;

use async_graphql::{Context, Object, OneofObject};

pub use mutations::ShopMutation;
pub use objects::{CountryInfo, Region, SalesChannel, ShippingOption, Shop};

use super::context::Requested;
use super::errors::Result;
use super::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
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

#[derive(Default)]
pub struct ShopQuery;

#[Object]
impl ShopQuery {
    /// The shop, as the request's sales channel shows it.
    async fn shop(&self, ctx: &Context<'_>) -> Result<Shop> {
        Ok(Shop(ctx.channel().await?))
    }

    /// Every region, by name.
    async fn regions(&self, ctx: &Context<'_>) -> Result<Vec<Region>> {
        let reads = ctx.reads();
        let rows = ctx.app().regions.list(reads.conn().await?).await?;
        Ok(rows.into_iter().map(Region).collect())
    }

    /// One region; null when there is none, or none that serves the country.
    async fn region(&self, ctx: &Context<'_>, by: RegionBy) -> Result<Option<Region>> {
        let reads = ctx.reads();
        let found = match by {
            RegionBy::Id(id) => reads.loaders.region.load(id).await?,
            RegionBy::Country(country) => ctx.app().regions.serving(reads.conn().await?, country).await?,
        };
        Ok(found.map(Region))
    }

    /// Every sales channel, the oldest first.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn channels(&self, ctx: &Context<'_>) -> Result<Vec<SalesChannel>> {
        let reads = ctx.reads();
        let rows = ctx.app().regions.channels(reads.conn().await?).await?;
        Ok(rows.into_iter().map(SalesChannel).collect())
    }

    /// One sales channel.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn channel(&self, ctx: &Context<'_>, id: ChannelId) -> Result<Option<SalesChannel>> {
        let reads = ctx.reads();
        let found = ctx.app().regions.channel(reads.conn().await?, id).await?;
        Ok(found.map(SalesChannel))
    }

    /// Every country of the world.
    async fn countries(&self) -> Vec<CountryInfo> {
        Country::all().into_iter().map(CountryInfo).collect()
    }

    /// Every shipping option of a region, the ones that are switched off included.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn shipping_options(&self, ctx: &Context<'_>, region_id: RegionId) -> Result<Vec<ShippingOption>> {
        let reads = ctx.reads();
        let rows = ctx.app().fulfilment.options_of(reads.conn().await?, &[region_id], true).await?;
        Ok(rows.into_iter().map(ShippingOption).collect())
    }
}
