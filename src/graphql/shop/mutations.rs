use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::{Region, SalesChannel, ShippingOption};
use crate::domain::fulfillment::{CreateShippingOption, UpdateShippingOption};
use crate::domain::regions::{CreateRegion, UpdateChannel, UpdateRegion};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::kernel::ids::{ChannelId, RegionId, ShippingOptionId};

#[mutations(staff = SETTINGS)]
impl ShopMutation {
    /// Creates a region. The first region becomes the default region of the sales channel: it is used for requests that name
    /// neither a region nor a country. `salesChannelUpdate` chooses another one. Codes: REQUIRED, INVALID, TAKEN, with the country
    /// and the region that serves it in `details`.
    #[returns(region: Region, "The new region.")]
    async fn region_create(
        ctx: &Context<'_>,
        /// The region to create.
        input: CreateRegion,
    ) -> Done<Region> {
        Ok(ctx.writer().regions.create(input).await?)
    }

    /// Updates a region. Open carts reflect it when they are next changed or completed. Codes: NOT_FOUND, REQUIRED,
    /// INVALID, STALE_VERSION, TAKEN, with the country and the region that serves it in `details`.
    #[returns(region: Region, "The updated region.")]
    async fn region_update(
        ctx: &Context<'_>,
        /// The id of the region.
        id: RegionId,
        /// The changes.
        input: UpdateRegion,
        /// The current version of the region; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Region> {
        Ok(ctx.writer().regions.update(id, input, expected_version).await?)
    }

    /// Deletes regions that are not in use, all of them or none. Codes: NOT_FOUND, IN_USE while carts use one, or while it is
    /// the default region of a sales channel: choose another default region with `salesChannelUpdate` first.
    #[returns(deleted_ids: value Vec<RegionId>, "The ids of the deleted regions.")]
    async fn region_delete(
        ctx: &Context<'_>,
        /// The ids of the regions.
        ids: Vec<RegionId>,
    ) -> Result<Vec<RegionId>, Refusal> {
        Ok(ctx.writer().regions.delete(&ids).await?)
    }

    /// Updates a sales channel. The changes apply to new carts, orders and reservations. Codes: NOT_FOUND, REQUIRED,
    /// TOO_LONG, INVALID_TEXT.
    #[returns(sales_channel: SalesChannel, "The updated sales channel.")]
    async fn sales_channel_update(
        ctx: &Context<'_>,
        /// The id of the sales channel.
        id: ChannelId,
        /// The changes.
        input: UpdateChannel,
    ) -> Done<SalesChannel> {
        Ok(ctx.writer().regions.update_channel(id, input).await?)
    }

    /// Creates a shipping option, as the last one of its region. Codes: NOT_FOUND, REQUIRED, INVALID_AMOUNT.
    #[returns(shipping_option: ShippingOption, "The new shipping option.")]
    async fn shipping_option_create(
        ctx: &Context<'_>,
        /// The shipping option to create.
        input: CreateShippingOption,
    ) -> Done<ShippingOption> {
        Ok(ctx.writer().fulfillment.create_option(input).await?)
    }

    /// Updates a shipping option. Open carts reflect it when they are next changed or completed.
    #[returns(shipping_option: ShippingOption, "The updated shipping option.")]
    async fn shipping_option_update(
        ctx: &Context<'_>,
        /// The id of the shipping option.
        id: ShippingOptionId,
        /// The changes.
        input: UpdateShippingOption,
    ) -> Done<ShippingOption> {
        Ok(ctx.writer().fulfillment.update_option(id, input).await?)
    }

    /// Deletes shipping options, all of them or none. Existing orders are not affected.
    #[returns(deleted_ids: value Vec<ShippingOptionId>, "The ids of the deleted shipping options.")]
    async fn shipping_option_delete(
        ctx: &Context<'_>,
        /// The ids of the shipping options.
        ids: Vec<ShippingOptionId>,
    ) -> Result<Vec<ShippingOptionId>, Refusal> {
        Ok(ctx.writer().fulfillment.delete_options(&ids).await?)
    }
}
