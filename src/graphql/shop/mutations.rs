use async_graphql::{Context, InputObject, MaybeUndefined};
use cartwright_macros::mutations;

use super::objects::{Region, SalesChannel, ShippingOption};
use crate::domain::fulfilment::{NewShippingOption, ShippingOptionChanges};
use crate::domain::regions::{NewRegion, RegionChanges, ShippingTax, TaxRounding, UpdateChannel};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::graphql::scalars::{Decimal, change};
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, RegionId, ShippingOptionId, TaxClassId};
use crate::kernel::money::Currency;

/// A region to create.
#[derive(InputObject)]
pub struct RegionCreateInput {
    /// Name, shown to people: at most 100 characters.
    name: String,
    /// The currency; it cannot be changed later.
    currency_code: Currency,
    /// The countries the region serves: at least one, and none that another region serves.
    countries: Vec<Country>,
    /// The default tax rate as a fraction from 0 to 1: `"0.19"` is 19%.
    tax_rate: Decimal,
    /// Whether prices include tax.
    prices_include_tax: bool,
    /// How tax is rounded.
    #[graphql(default_with = "TaxRounding::Line")]
    tax_rounding: TaxRounding,
    /// How shipping is taxed.
    #[graphql(default_with = "ShippingTax::Own")]
    shipping_tax: ShippingTax,
}

/// The changes to a region. Omitted fields keep their values.
#[derive(InputObject)]
pub struct RegionUpdateInput {
    /// Name, shown to people: at most 100 characters.
    name: Option<String>,
    /// The countries the region serves; the list replaces the current countries.
    countries: Option<Vec<Country>>,
    /// The default tax rate as a fraction from 0 to 1: `"0.19"` is 19%.
    tax_rate: Option<Decimal>,
    /// Whether prices include tax.
    prices_include_tax: Option<bool>,
    /// How tax is rounded.
    tax_rounding: Option<TaxRounding>,
    /// How shipping is taxed.
    shipping_tax: Option<ShippingTax>,
}

/// A shipping option to create.
#[derive(InputObject)]
pub struct ShippingOptionCreateInput {
    /// The id of the region it serves.
    region_id: RegionId,
    /// Name: at most 100 characters.
    name: String,
    /// Description for shoppers.
    #[graphql(default)]
    description: String,
    /// The price in the region's currency, in major units.
    amount: Decimal,
    /// The tax class of the shipping; without one, default rates apply.
    tax_class_id: Option<TaxClassId>,
}

/// The changes to a shipping option. Omitted fields keep their values.
#[derive(InputObject)]
pub struct ShippingOptionUpdateInput {
    /// Name.
    name: Option<String>,
    /// Description for shoppers.
    description: Option<String>,
    /// The price in the region's currency, in major units.
    amount: Option<Decimal>,
    /// The position among the region's shipping options: lower positions come first.
    position: Option<i32>,
    /// Whether it is offered.
    active: Option<bool>,
    /// The tax class of the shipping; null removes it, so that default rates apply.
    tax_class_id: MaybeUndefined<TaxClassId>,
}

#[mutations(staff = SETTINGS)]
impl ShopMutation {
    /// Creates a region. The first region becomes the default region of the sales channel: it is used for requests that name
    /// neither a region nor a country. `channelUpdate` chooses another one. Codes: REQUIRED, INVALID, TAKEN, with the country
    /// and the region that serves it in `details`.
    #[returns(region: Region, "The new region.")]
    async fn region_create(
        ctx: &Context<'_>,
        /// The region to create.
        input: RegionCreateInput,
    ) -> Done<Region> {
        let new = NewRegion {
            name: input.name,
            currency: input.currency_code,
            countries: input.countries,
            tax_rate: input.tax_rate.0,
            prices_include_tax: input.prices_include_tax,
            tax_rounding: input.tax_rounding,
            shipping_tax: input.shipping_tax,
        };
        Ok(ctx.for_write().regions.create(new).await?)
    }

    /// Updates a region. Open carts reflect it when they are next changed or completed. Codes: NOT_FOUND, REQUIRED,
    /// INVALID, TAKEN, with the country and the region that serves it in `details`.
    #[returns(region: Region, "The updated region.")]
    async fn region_update(
        ctx: &Context<'_>,
        /// The id of the region.
        id: RegionId,
        /// The changes.
        input: RegionUpdateInput,
    ) -> Done<Region> {
        let changes = RegionChanges {
            name: input.name,
            countries: input.countries,
            tax_rate: input.tax_rate.map(|rate| rate.0),
            prices_include_tax: input.prices_include_tax,
            tax_rounding: input.tax_rounding,
            shipping_tax: input.shipping_tax,
        };
        Ok(ctx.for_write().regions.update(id, changes).await?)
    }

    /// Deletes regions that are not in use, all of them or none. Codes: NOT_FOUND, IN_USE while carts use one, or while it is
    /// the default region of a sales channel: choose another default region with `channelUpdate` first.
    #[returns(deleted_ids: value Vec<RegionId>, "The ids of the deleted regions.")]
    async fn region_delete(
        ctx: &Context<'_>,
        /// The ids of the regions.
        ids: Vec<RegionId>,
    ) -> Result<Vec<RegionId>, Refusal> {
        Ok(ctx.for_write().regions.delete(&ids).await?)
    }

    /// Updates a sales channel. The changes apply to new carts, orders and reservations. Codes: NOT_FOUND, REQUIRED,
    /// TOO_LONG, INVALID_TEXT.
    #[returns(channel: SalesChannel, "The updated sales channel.")]
    async fn channel_update(
        ctx: &Context<'_>,
        /// The id of the sales channel.
        id: ChannelId,
        /// The changes.
        input: UpdateChannel,
    ) -> Done<SalesChannel> {
        Ok(ctx.for_write().regions.update_channel(id, input).await?)
    }

    /// Creates a shipping option, as the last one of its region. Codes: NOT_FOUND, REQUIRED, INVALID_AMOUNT.
    #[returns(shipping_option: ShippingOption, "The new shipping option.")]
    async fn shipping_option_create(
        ctx: &Context<'_>,
        /// The shipping option to create.
        input: ShippingOptionCreateInput,
    ) -> Done<ShippingOption> {
        let ShippingOptionCreateInput { region_id, name, description, amount, tax_class_id } = input;
        let new = NewShippingOption { region_id, name, description, amount: amount.0, tax_class_id };
        Ok(ctx.for_write().fulfilment.create_option(new).await?)
    }

    /// Updates a shipping option. Open carts reflect it when they are next changed or completed.
    #[returns(shipping_option: ShippingOption, "The updated shipping option.")]
    async fn shipping_option_update(
        ctx: &Context<'_>,
        /// The id of the shipping option.
        id: ShippingOptionId,
        /// The changes.
        input: ShippingOptionUpdateInput,
    ) -> Done<ShippingOption> {
        let ShippingOptionUpdateInput { name, description, amount, position, active, tax_class_id } = input;
        let (amount, tax_class_id) = (amount.map(|amount| amount.0), change(tax_class_id));
        let changes = ShippingOptionChanges { name, description, amount, position, active, tax_class_id };
        Ok(ctx.for_write().fulfilment.update_option(id, changes).await?)
    }

    /// Deletes shipping options, all of them or none. Existing orders are not affected.
    #[returns(deleted_ids: value Vec<ShippingOptionId>, "The ids of the deleted shipping options.")]
    async fn shipping_option_delete(
        ctx: &Context<'_>,
        /// The ids of the shipping options.
        ids: Vec<ShippingOptionId>,
    ) -> Result<Vec<ShippingOptionId>, Refusal> {
        Ok(ctx.for_write().fulfilment.delete_options(&ids).await?)
    }
}
