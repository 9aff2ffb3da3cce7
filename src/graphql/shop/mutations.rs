use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::objects::{Region, SalesChannel, ShippingOption};
use crate::domain::fulfilment::{NewShippingOption, ShippingOptionChanges};
use crate::domain::regions::{ChannelChanges, NewRegion, RegionChanges, ShippingTax, StockAllocation, TaxRounding};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::graphql::scalars::{Decimal, change};
use crate::kernel::actor::Permission;
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

payloads! {
    RegionCreatePayload {
        /// The new region.
        region: Region
    }
    RegionUpdatePayload {
        /// The region after the change.
        region: Region
    }
    RegionDeletePayload {
        /// The regions that are gone.
        deleted_ids: Vec<RegionId>
    }
    ChannelUpdatePayload {
        /// The sales channel after the change.
        channel: SalesChannel
    }
    ShippingOptionCreatePayload {
        /// The new option.
        shipping_option: ShippingOption
    }
    ShippingOptionUpdatePayload {
        /// The option after the change.
        shipping_option: ShippingOption
    }
    ShippingOptionDeletePayload {
        /// The options that are gone.
        deleted_ids: Vec<ShippingOptionId>
    }
}

#[derive(Default)]
pub struct ShopMutation;

#[Object]
impl ShopMutation {
    /// Makes a region. Codes: REQUIRED, INVALID, TAKEN.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn region_create(&self, ctx: &Context<'_>, input: RegionCreateInput) -> Result<RegionCreatePayload> {
        let new = NewRegion {
            name: input.name,
            currency: input.currency_code,
            countries: input.countries,
            tax_rate: input.tax_rate.0,
            prices_include_tax: input.prices_include_tax,
            tax_rounding: input.tax_rounding,
            shipping_tax: input.shipping_tax,
        };
        let outcome = ctx.for_write().regions.create(new).await;
        RegionCreatePayload::of(outcome, |row| RegionCreatePayload { region: Some(Region(row)), ..Default::default() })
    }

    /// Changes a region. Open carts show it when they are next changed or completed.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn region_update(
        &self,
        ctx: &Context<'_>,
        id: RegionId,
        input: RegionUpdateInput,
    ) -> Result<RegionUpdatePayload> {
        let changes = RegionChanges {
            name: input.name,
            countries: input.countries,
            tax_rate: input.tax_rate.map(|rate| rate.0),
            prices_include_tax: input.prices_include_tax,
            tax_rounding: input.tax_rounding,
            shipping_tax: input.shipping_tax,
        };
        let outcome = ctx.for_write().regions.update(id, changes).await;
        RegionUpdatePayload::of(outcome, |row| RegionUpdatePayload { region: Some(Region(row)), ..Default::default() })
    }

    /// Deletes regions that nothing uses, all of them or none. Codes: NOT_FOUND, IN_USE.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn region_delete(&self, ctx: &Context<'_>, ids: Vec<RegionId>) -> Result<RegionDeletePayload> {
        let outcome = ctx.for_write().regions.delete(&ids).await;
        RegionDeletePayload::of(outcome, |ids| RegionDeletePayload { deleted_ids: Some(ids), ..Default::default() })
    }

    /// Changes a sales channel: what is ordered and kept from then on follows it. Codes: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn channel_update(
        &self,
        ctx: &Context<'_>,
        id: ChannelId,
        input: ChannelUpdateInput,
    ) -> Result<ChannelUpdatePayload> {
        let ChannelUpdateInput { stock_allocation, cart_holds } = input;
        let changes = ChannelChanges { stock_allocation, cart_holds };
        let outcome = ctx.for_write().regions.update_channel(id, changes).await;
        ChannelUpdatePayload::of(outcome, |row| ChannelUpdatePayload {
            channel: Some(SalesChannel(row)),
            ..Default::default()
        })
    }

    /// Makes a shipping option, last among its region's. Codes: NOT_FOUND, REQUIRED, INVALID_AMOUNT.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn shipping_option_create(
        &self,
        ctx: &Context<'_>,
        input: ShippingOptionCreateInput,
    ) -> Result<ShippingOptionCreatePayload> {
        let ShippingOptionCreateInput { region_id, name, description, amount, tax_class_id } = input;
        let new = NewShippingOption { region_id, name, description, amount: amount.0, tax_class_id };
        let outcome = ctx.for_write().fulfilment.create_option(new).await;
        ShippingOptionCreatePayload::of(outcome, |row| ShippingOptionCreatePayload {
            shipping_option: Some(ShippingOption(row)),
            ..Default::default()
        })
    }

    /// Changes a shipping option. Open carts show it when they are next changed or completed.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn shipping_option_update(
        &self,
        ctx: &Context<'_>,
        id: ShippingOptionId,
        input: ShippingOptionUpdateInput,
    ) -> Result<ShippingOptionUpdatePayload> {
        let ShippingOptionUpdateInput { name, description, amount, position, active, tax_class_id } = input;
        let (amount, tax_class_id) = (amount.map(|amount| amount.0), change(tax_class_id));
        let changes = ShippingOptionChanges { name, description, amount, position, active, tax_class_id };
        let outcome = ctx.for_write().fulfilment.update_option(id, changes).await;
        ShippingOptionUpdatePayload::of(outcome, |row| ShippingOptionUpdatePayload {
            shipping_option: Some(ShippingOption(row)),
            ..Default::default()
        })
    }

    /// Deletes shipping options, all of them or none. Orders keep what they were sent with.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn shipping_option_delete(
        &self,
        ctx: &Context<'_>,
        ids: Vec<ShippingOptionId>,
    ) -> Result<ShippingOptionDeletePayload> {
        let outcome = ctx.for_write().fulfilment.delete_options(&ids).await;
        ShippingOptionDeletePayload::of(outcome, |ids| ShippingOptionDeletePayload {
            deleted_ids: Some(ids),
            ..Default::default()
        })
    }
}
