use async_graphql::{Context, InputObject, MaybeUndefined};
use cartwright_macros::mutations;

use super::objects::{Region, SalesChannel, ShippingOption};
use crate::domain::fulfilment::{NewShippingOption, ShippingOptionChanges};
use crate::domain::regions::{ChannelChanges, NewRegion, RegionChanges, ShippingTax, StockAllocation, TaxRounding};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::graphql::scalars::{Decimal, change};
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, RegionId, ShippingOptionId, TaxClassId};
use crate::kernel::money::Currency;

/// A region to make.
#[derive(InputObject)]
pub struct RegionCreateInput {
    /// Name, for people: at most 100 characters.
    name: String,
    /// Its currency, for good.
    currency_code: Currency,
    /// The countries that it serves: at least one, and none that another region serves.
    countries: Vec<Country>,
    /// The rate of tax as a fraction from 0 to 1: `"0.19"` is 19 %.
    tax_rate: Decimal,
    /// Whether prices shown here include tax.
    prices_include_tax: bool,
    /// Where tax is rounded.
    #[graphql(default_with = "TaxRounding::Line")]
    tax_rounding: TaxRounding,
    /// How shipping is taxed.
    #[graphql(default_with = "ShippingTax::Own")]
    shipping_tax: ShippingTax,
}

/// What to change of a region; what is left out stays.
#[derive(InputObject)]
pub struct RegionUpdateInput {
    /// Name, for people.
    name: Option<String>,
    /// The countries that it serves, all of them.
    countries: Option<Vec<Country>>,
    /// The rate of tax as a fraction.
    tax_rate: Option<Decimal>,
    /// Whether prices shown here include tax.
    prices_include_tax: Option<bool>,
    /// Where tax is rounded.
    tax_rounding: Option<TaxRounding>,
    /// How shipping is taxed.
    shipping_tax: Option<ShippingTax>,
}

/// What to change of a sales channel; what is left out stays.
#[derive(InputObject)]
pub struct ChannelUpdateInput {
    /// From which locations its orders take what they need.
    stock_allocation: Option<StockAllocation>,
    /// Whether `cartReserve` keeps units for its carts.
    cart_holds: Option<bool>,
}

/// A shipping option to make.
#[derive(InputObject)]
pub struct ShippingOptionCreateInput {
    /// The region that it serves.
    region_id: RegionId,
    /// Name: at most 100 characters.
    name: String,
    /// What shoppers should know.
    #[graphql(default)]
    description: String,
    /// Its price in the region's currency.
    amount: Decimal,
    /// The tax class of the shipping; without one it is taxed by default.
    tax_class_id: Option<TaxClassId>,
}

/// What to change of a shipping option; what is left out stays.
#[derive(InputObject)]
pub struct ShippingOptionUpdateInput {
    /// Name.
    name: Option<String>,
    /// What shoppers should know.
    description: Option<String>,
    /// Its price in the region's currency.
    amount: Option<Decimal>,
    /// Its place among the region's options: low ones first.
    position: Option<i32>,
    /// Whether it is offered.
    active: Option<bool>,
    /// The tax class of the shipping; null takes it away.
    tax_class_id: MaybeUndefined<TaxClassId>,
}

#[mutations(staff = SETTINGS)]
impl ShopMutation {
    /// Makes a region. Codes: REQUIRED, INVALID, TAKEN.
    #[returns(region: Region, "The new region.")]
    async fn region_create(ctx: &Context<'_>, input: RegionCreateInput) -> Done<Region> {
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

    /// Changes a region. Open carts show it when they are next changed or completed.
    #[returns(region: Region, "The region after the change.")]
    async fn region_update(ctx: &Context<'_>, id: RegionId, input: RegionUpdateInput) -> Done<Region> {
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

    /// Deletes regions that nothing uses, all of them or none. Codes: NOT_FOUND, IN_USE.
    #[returns(deleted_ids: value Vec<RegionId>, "The regions that are gone.")]
    async fn region_delete(ctx: &Context<'_>, ids: Vec<RegionId>) -> Result<Vec<RegionId>, Refusal> {
        Ok(ctx.for_write().regions.delete(&ids).await?)
    }

    /// Changes a sales channel: what is ordered and kept from then on follows it. Codes: NOT_FOUND.
    #[returns(channel: SalesChannel, "The sales channel after the change.")]
    async fn channel_update(ctx: &Context<'_>, id: ChannelId, input: ChannelUpdateInput) -> Done<SalesChannel> {
        let ChannelUpdateInput { stock_allocation, cart_holds } = input;
        let changes = ChannelChanges { stock_allocation, cart_holds };
        Ok(ctx.for_write().regions.update_channel(id, changes).await?)
    }

    /// Makes a shipping option, last among its region's. Codes: NOT_FOUND, REQUIRED, INVALID_AMOUNT.
    #[returns(shipping_option: ShippingOption, "The new option.")]
    async fn shipping_option_create(ctx: &Context<'_>, input: ShippingOptionCreateInput) -> Done<ShippingOption> {
        let ShippingOptionCreateInput { region_id, name, description, amount, tax_class_id } = input;
        let new = NewShippingOption { region_id, name, description, amount: amount.0, tax_class_id };
        Ok(ctx.for_write().fulfilment.create_option(new).await?)
    }

    /// Changes a shipping option. Open carts show it when they are next changed or completed.
    #[returns(shipping_option: ShippingOption, "The option after the change.")]
    async fn shipping_option_update(
        ctx: &Context<'_>,
        id: ShippingOptionId,
        input: ShippingOptionUpdateInput,
    ) -> Done<ShippingOption> {
        let ShippingOptionUpdateInput { name, description, amount, position, active, tax_class_id } = input;
        let (amount, tax_class_id) = (amount.map(|amount| amount.0), change(tax_class_id));
        let changes = ShippingOptionChanges { name, description, amount, position, active, tax_class_id };
        Ok(ctx.for_write().fulfilment.update_option(id, changes).await?)
    }

    /// Deletes shipping options, all of them or none. Orders keep what they were sent with.
    #[returns(deleted_ids: value Vec<ShippingOptionId>, "The options that are gone.")]
    async fn shipping_option_delete(
        ctx: &Context<'_>,
        ids: Vec<ShippingOptionId>,
    ) -> Result<Vec<ShippingOptionId>, Refusal> {
        Ok(ctx.for_write().fulfilment.delete_options(&ids).await?)
    }
}
