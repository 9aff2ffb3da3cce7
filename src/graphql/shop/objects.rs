use async_graphql::{Context, Description, Object};

use crate::domain::{fulfilment, regions};
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::graphql::scalars::{Decimal, Money};
use crate::graphql::tax::TaxClass;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, RegionId, ShippingOptionId};
use crate::kernel::money::{self, Currency};

/// The shop, as a sales channel shows it.
#[derive(Description)]
pub struct Shop(pub regions::Channel);

#[Object(use_type_description)]
impl Shop {
    /// The sales channel's name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The region whose prices this request shows: see `@inContext`. Null when no region serves the place.
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<Region>> {
        Ok(ctx.reads().market().await?.cloned().map(Region))
    }

    /// The version of Cartwright.
    async fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// A place where the shop sells: a web shop, an app, a marketplace.
#[derive(Description)]
pub struct SalesChannel(pub regions::Channel);

#[Object(use_type_description)]
impl SalesChannel {
    /// Id.
    async fn id(&self) -> ChannelId {
        self.0.id
    }

    /// Name, for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What its front ends send as `X-Publishable-Key`. It is no secret.
    async fn publishable_key(&self) -> &str {
        &self.0.publishable_key
    }

    /// The region of shoppers who have not said where they are; null when they have to say.
    async fn default_region(&self, ctx: &Context<'_>) -> Result<Option<Region>> {
        let Some(id) = self.0.default_region_id else { return Ok(None) };
        Ok(ctx.reads().loaders.region.load(id).await?.map(Region))
    }

    /// From which locations its orders take what they need.
    async fn stock_allocation(&self) -> regions::StockAllocation {
        self.0.stock_allocation
    }

    /// Whether `cartReserve` keeps units for its carts.
    async fn cart_holds(&self) -> bool {
        self.0.cart_holds
    }

    /// When it was made, UTC.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}

/// A market: a currency, the countries it serves, and how tax is shown there.
#[derive(Description)]
pub struct Region(pub regions::Region);

#[Object(use_type_description)]
impl Region {
    /// Id.
    pub(crate) async fn id(&self) -> async_graphql::ID {
        self.0.id.into()
    }

    /// Name, for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The currency of every price and total here.
    async fn currency_code(&self) -> Currency {
        self.0.currency
    }

    /// The rate of tax as a fraction: `"0.19"` is 19 %.
    async fn tax_rate(&self) -> Decimal {
        Decimal(self.0.tax_rate.normalize())
    }

    /// Whether prices shown here include tax.
    async fn prices_include_tax(&self) -> bool {
        self.0.prices_include_tax
    }

    /// Where tax is rounded.
    async fn tax_rounding(&self) -> regions::TaxRounding {
        self.0.tax_rounding
    }

    /// How shipping is taxed.
    async fn shipping_tax(&self) -> regions::ShippingTax {
        self.0.shipping_tax
    }

    /// The countries that it serves, by code.
    async fn countries(&self, ctx: &Context<'_>) -> Result<Vec<CountryInfo>> {
        let found = ctx.reads().loaders.countries.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(CountryInfo).collect())
    }

    /// The ways to send an order here.
    async fn shipping_options(&self, ctx: &Context<'_>) -> Result<Vec<ShippingOption>> {
        let found = ctx.reads().loaders.shipping_options.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(ShippingOption).collect())
    }
}

/// A country.
#[derive(Description)]
pub struct CountryInfo(pub Country);

#[Object(name = "Country", use_type_description)]
impl CountryInfo {
    /// The two letters of ISO 3166-1.
    async fn code(&self) -> Country {
        self.0
    }

    /// The English name.
    async fn name(&self) -> &'static str {
        self.0.name()
    }
}

/// A way to send an order.
#[derive(Description)]
pub struct ShippingOption(pub fulfilment::ShippingOption);

#[Object(use_type_description)]
impl ShippingOption {
    /// Id.
    async fn id(&self) -> ShippingOptionId {
        self.0.id
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What shoppers should know, such as how long it takes.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Its price, with or without tax as the region's prices are.
    async fn price(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        let region = ctx.reads().loaders.region.load(self.0.region_id).await?;
        Ok(region.map(|region| money::Money::new(self.0.amount, region.currency).into()))
    }

    /// The region that it serves.
    async fn region_id(&self) -> RegionId {
        self.0.region_id
    }

    /// Its place among the region's options: low ones first.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether it is offered.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// The tax class of the shipping; null when it is taxed by default.
    async fn tax_class(&self, ctx: &Context<'_>) -> Result<Option<TaxClass>> {
        TaxClass::load(ctx, self.0.tax_class_id).await
    }
}
