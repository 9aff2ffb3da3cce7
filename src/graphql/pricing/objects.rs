use async_graphql::{Context, Description, Object, SimpleObject};

use super::PriceConnection;
use crate::domain::pricing::{self, PriceAttribute, PriceListFilter, PriceListKind, PriceListStatus, Resolved, Tier};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::connection::{connection, page_args};
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::graphql::loaders::ShownPrice;
use crate::graphql::scalars::Money;
use crate::kernel::actor::Permission;
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, CustomerGroupId, PriceId, PriceListId, RegionId, VariantId};
use crate::kernel::money::{self, Currency};
use crate::kernel::page::Window;

/// What one unit costs.
#[derive(Description)]
pub struct VariantPrice(pub(in crate::graphql) ShownPrice);

#[Object(use_type_description)]
impl VariantPrice {
    /// The price.
    async fn amount(&self) -> Money {
        self.0.amount.into()
    }

    /// What it cost before; null when it is not reduced.
    async fn compare_at(&self) -> Option<Money> {
        self.0.before.map(Money::from)
    }

    /// Whether the price includes tax: as the region's prices do, unless the shop says otherwise for the currency.
    async fn includes_tax(&self) -> bool {
        self.0.resolved.selected.includes_tax
    }

    /// The list that the price is from, such as a sale; null for the usual price.
    async fn price_list(&self) -> Option<AppliedPriceList> {
        self.0.resolved.selected.price_list.clone().map(|(id, name)| AppliedPriceList { id, name })
    }

    /// The lowest price of the 30 days before it was reduced; of the last 30 days when it is not reduced. Null when it
    /// had no price in that time.
    #[graphql(name = "lowestPrice30Days")]
    async fn lowest_price_30_days(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        let found = ctx.reads().loaders.lowest_price.load(self.0.resolved.variant_id).await?;
        Ok(found.map(Money::from))
    }
}

/// The list that a price is from, as shoppers see it.
#[derive(Description)]
pub struct AppliedPriceList {
    id: PriceListId,
    name: String,
}

#[Object(use_type_description)]
impl AppliedPriceList {
    /// Id; null for who may not see price lists.
    async fn id(&self, ctx: &Context<'_>) -> Option<PriceListId> {
        ctx.actor().may(Permission::Pricing).then_some(self.id)
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.name
    }
}

/// What one unit costs when so many are bought at once.
#[derive(SimpleObject)]
pub struct PriceTier {
    /// From so many units on.
    min_quantity: i32,
    /// Up to so many units, these included; null means without end.
    max_quantity: Option<i32>,
    /// The price of one unit.
    price: Money,
}

impl PriceTier {
    pub(in crate::graphql) fn all(currency: Currency, tiers: Vec<Tier>) -> Vec<Self> {
        let tier = |tier: Tier| Self {
            min_quantity: tier.from,
            max_quantity: tier.to,
            price: money::Money::new(tier.amount, currency).into(),
        };
        tiers.into_iter().map(tier).collect()
    }
}

/// A price as it was set: for some buyers, some numbers of units and some time.
#[derive(Description)]
pub struct Price(pub pricing::Price);

#[Object(use_type_description)]
impl Price {
    /// Id. A price that is set anew has a new one.
    async fn id(&self) -> PriceId {
        self.0.id
    }

    /// What is priced.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<ProductVariant>> {
        Ok(ctx.reads().loaders.variant.load(self.0.variant_id).await?.map(ProductVariant))
    }

    /// The price of one unit.
    async fn amount(&self) -> Money {
        money::Money::new(self.0.amount, self.0.currency).into()
    }

    /// What it cost before; null when it is not reduced. Prices of lists have none.
    async fn compare_at(&self) -> Option<Money> {
        self.0.compare_at.map(|before| money::Money::new(before, self.0.currency).into())
    }

    /// From so many units on.
    async fn min_quantity(&self) -> i32 {
        self.0.min_quantity
    }

    /// Up to so many units, these included; null means without end.
    async fn max_quantity(&self) -> Option<i32> {
        self.0.max_quantity
    }

    /// Only for who buys in this region; null means in any.
    async fn region_id(&self) -> Option<RegionId> {
        self.0.rules.region_id
    }

    /// Only for who is in this country; null means in any.
    async fn country(&self) -> Option<Country> {
        self.0.rules.country
    }

    /// Only for customers in this group; null means for everybody.
    async fn customer_group_id(&self) -> Option<CustomerGroupId> {
        self.0.rules.customer_group_id
    }

    /// Only for who buys through this sales channel; null means through any.
    async fn channel_id(&self) -> Option<ChannelId> {
        self.0.rules.channel_id
    }

    /// The list that it belongs to; null for a base price.
    async fn price_list(&self, ctx: &Context<'_>) -> Result<Option<PriceList>> {
        let Some(id) = self.0.price_list_id.filter(|_| ctx.actor().may(Permission::Pricing)) else { return Ok(None) };
        Ok(ctx.reads().loaders.price_list.load(id).await?.map(PriceList))
    }

    /// Since when it holds.
    async fn valid_from(&self) -> Timestamp {
        self.0.valid_from
    }

    /// Until when it held; null while it does.
    async fn valid_until(&self) -> Option<Timestamp> {
        self.0.valid_until
    }
}

/// How many prices there are.
pub enum PriceTotal {
    /// Of a variant, in one currency or in all.
    History(VariantId, Option<Currency>),
    /// Of a list.
    List(PriceListId),
}

#[Object]
impl PriceTotal {
    /// How many prices there are, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (reads, pricing) = (ctx.reads(), &ctx.app().pricing);
        let conn = reads.conn().await?;
        Ok(match self {
            Self::History(variant, currency) => pricing.count_history(conn, *variant, *currency).await?,
            Self::List(list) => pricing.count_list_prices(conn, *list).await?,
        })
    }
}

/// Prices beside the base prices, for a time and for some buyers: a sale, or prices that take the base's place.
#[derive(Description)]
pub struct PriceList(pub pricing::PriceList);

#[Object(use_type_description)]
impl PriceList {
    /// Id.
    async fn id(&self) -> PriceListId {
        self.0.id
    }

    /// Name, unique. Shoppers may see it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is for, for staff.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// What it does to the prices that are there without it.
    async fn kind(&self) -> PriceListKind {
        self.0.kind
    }

    /// Whether it is used. An active one counts from its start to its end.
    async fn status(&self) -> PriceListStatus {
        self.0.status
    }

    /// When it begins; null means as soon as it is active.
    async fn starts_at(&self) -> Option<Timestamp> {
        self.0.starts_at
    }

    /// When it ends: from this moment on it is over; null means never.
    async fn ends_at(&self) -> Option<Timestamp> {
        self.0.ends_at
    }

    /// Only for who buys in one of these regions; empty means in any.
    async fn region_ids(&self) -> &[RegionId] {
        &self.0.rules.region_ids
    }

    /// Only for who is in one of these countries; empty means in any.
    async fn countries(&self) -> &[Country] {
        &self.0.rules.countries
    }

    /// Only for customers in one of these groups; empty means for everybody.
    async fn customer_group_ids(&self) -> &[CustomerGroupId] {
        &self.0.rules.customer_group_ids
    }

    /// Only for who buys through one of these sales channels; empty means through any.
    async fn channel_ids(&self) -> &[ChannelId] {
        &self.0.rules.channel_ids
    }

    /// Counts the changes: give it as `expectedVersion` to be sure that nobody changed it in between.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Timestamp {
        self.0.updated_at
    }

    /// Its current prices, in the order in which they were set.
    async fn prices(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<PriceConnection> {
        let window = Window::new(&page_args(first, after, last, before), "OLDEST")?;
        let page = ctx.reads().loaders.list_prices.load((self.0.id, window)).await?.unwrap_or_default();
        Ok(connection(page, PriceTotal::List(self.0.id), Price))
    }
}

/// How many price lists there are.
pub struct PriceListTotal(pub PriceListFilter);

#[Object]
impl PriceListTotal {
    /// How many price lists the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().pricing.count_lists(reads.conn().await?, self.0).await?)
    }
}

/// What a buyer pays for a variant, and why.
#[derive(Description)]
pub struct ResolvedPrice {
    pub(super) row: Resolved,
    pub(super) buyer: Buyer,
    pub(super) before: Option<rust_decimal::Decimal>,
}

impl ResolvedPrice {
    fn money(&self, amount: rust_decimal::Decimal) -> Money {
        money::Money::new(amount, self.buyer.currency).into()
    }
}

#[Object(use_type_description)]
impl ResolvedPrice {
    /// Of what.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<ProductVariant>> {
        Ok(ctx.reads().loaders.variant.load(self.row.variant_id).await?.map(ProductVariant))
    }

    /// For how many units.
    async fn quantity(&self) -> i32 {
        self.row.quantity
    }

    /// The price of one unit.
    async fn amount(&self) -> Money {
        self.money(self.row.selected.amount)
    }

    /// Whether `amount` includes tax.
    async fn includes_tax(&self) -> bool {
        self.row.selected.includes_tax
    }

    /// What one unit would cost without sales.
    async fn original(&self) -> Money {
        self.money(self.row.selected.original_amount)
    }

    /// Whether `original` includes tax. It may differ, when one of the two prices is for a region.
    async fn original_includes_tax(&self) -> bool {
        self.row.selected.original_includes_tax
    }

    /// What shoppers are shown as the price before, with or without tax as `amount` is; null when it is not reduced.
    async fn compare_at(&self) -> Option<Money> {
        self.before.map(|before| self.money(before))
    }

    /// The price that counts.
    async fn price(&self, ctx: &Context<'_>) -> Result<Option<Price>> {
        Ok(ctx.reads().loaders.price_row.load(self.row.selected.price_id).await?.map(Price))
    }

    /// The list that it is from; null for a base price.
    async fn price_list(&self, ctx: &Context<'_>) -> Result<Option<PriceList>> {
        let Some((id, _)) = &self.row.selected.price_list else { return Ok(None) };
        Ok(ctx.reads().loaders.price_list.load(*id).await?.map(PriceList))
    }

    /// What the price asks of the buyer, and then what its list asks; all of it holds.
    async fn matched_rules(&self) -> &[PriceAttribute] {
        &self.row.selected.matched
    }
}

/// Whether prices in a currency include tax.
#[derive(SimpleObject)]
pub struct CurrencyPreference {
    /// The currency.
    currency_code: Currency,
    /// Whether its prices include tax, unless they are for a region.
    prices_include_tax: bool,
}

impl From<pricing::CurrencyPreference> for CurrencyPreference {
    fn from(row: pricing::CurrencyPreference) -> Self {
        Self { currency_code: row.currency, prices_include_tax: row.prices_include_tax }
    }
}
