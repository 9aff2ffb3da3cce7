use async_graphql::SimpleObject;

use crate::domain::promotions::terms::{Amount, Conditions, Discount, Effect, ItemFilter, MinQuantity, Target, Tier};
use crate::domain::promotions::{AllocationMethod, DiscountClass, EffectKind};
use crate::graphql::scalars::{Decimal, Money};
use crate::kernel::country::Country;
use crate::kernel::ids::{
    CategoryId, ChannelId, CollectionId, CustomerGroupId, ProductId, RegionId, ShippingOptionId, VariantId,
};
use crate::kernel::money;

/// What has to hold before a promotion applies: all of it. What is null or empty asks for nothing.
#[derive(SimpleObject)]
pub struct PromotionConditions {
    /// What the lines come to at least, after the promotions before it.
    min_subtotal: Option<Money>,
    /// How many units there are at least.
    min_quantity: Option<PromotionMinQuantity>,
    /// In one of these regions.
    region_ids: Vec<RegionId>,
    /// In one of these countries.
    countries: Vec<Country>,
    /// For customers of one of these groups.
    customer_group_ids: Vec<CustomerGroupId>,
    /// Through one of these sales channels.
    channel_ids: Vec<ChannelId>,
}

impl From<&Conditions> for PromotionConditions {
    fn from(conditions: &Conditions) -> Self {
        Self {
            min_subtotal: conditions.min_subtotal.map(shown),
            min_quantity: conditions.min_quantity.as_ref().map(PromotionMinQuantity::from),
            region_ids: conditions.region_ids.clone(),
            countries: conditions.countries.clone(),
            customer_group_ids: conditions.customer_group_ids.clone(),
            channel_ids: conditions.channel_ids.clone(),
        }
    }
}

/// So many units of some of the lines.
#[derive(SimpleObject)]
pub struct PromotionMinQuantity {
    /// How many units.
    quantity: i32,
    /// Of which lines.
    items: PromotionItemFilter,
}

impl From<&MinQuantity> for PromotionMinQuantity {
    fn from(least: &MinQuantity) -> Self {
        Self { quantity: least.quantity, items: (&least.items).into() }
    }
}

/// Which lines of a cart: any of the values of each list, and something of every list that is not empty. All lines when
/// every list is empty.
#[derive(SimpleObject)]
pub struct PromotionItemFilter {
    /// Of one of these products.
    product_ids: Vec<ProductId>,
    /// One of these variants.
    variant_ids: Vec<VariantId>,
    /// In one of these categories or below it.
    category_ids: Vec<CategoryId>,
    /// In one of these collections.
    collection_ids: Vec<CollectionId>,
    /// With one of these tags.
    tags: Vec<String>,
    /// Of one of these types.
    product_types: Vec<String>,
    /// Of one of these vendors.
    vendors: Vec<String>,
}

impl From<&ItemFilter> for PromotionItemFilter {
    fn from(filter: &ItemFilter) -> Self {
        let ItemFilter { product_ids, variant_ids, category_ids, collection_ids, tags, product_types, vendors } =
            filter.clone();
        Self { product_ids, variant_ids, category_ids, collection_ids, tags, product_types, vendors }
    }
}

/// One thing that a promotion does. Which fields are there depends on the kind and on the target; the others are null.
#[derive(SimpleObject)]
pub struct PromotionEffect {
    /// What it does.
    kind: EffectKind,
    /// What it lowers.
    target: DiscountClass,
    /// By how many percent, above 0 and at most 100: of PERCENTAGE and BUY_X_GET_Y.
    percentage: Option<Decimal>,
    /// The amount that is taken off, or the price of a unit: of FIXED_AMOUNT and FIXED_PRICE.
    amount: Option<Money>,
    /// The tiers: of TIERED_SPEND.
    tiers: Option<Vec<PromotionTier>>,
    /// Which items: of the target ITEM, but for BUY_X_GET_Y.
    items: Option<PromotionItemFilter>,
    /// How it is spread over them: of the target ITEM, but for BUY_X_GET_Y.
    allocation: Option<AllocationMethod>,
    /// How many units at most: of each line with EACH, of all lines with ONCE. Null without a limit.
    max_quantity: Option<i32>,
    /// Whether shipping takes its share: of the target ORDER.
    with_shipping: Option<bool>,
    /// By which shipping options, any when empty: of the target SHIPPING.
    shipping_option_ids: Option<Vec<ShippingOptionId>>,
    /// How many have to be bought: of BUY_X_GET_Y.
    buy_quantity: Option<i32>,
    /// Of which items: of BUY_X_GET_Y.
    buy: Option<PromotionItemFilter>,
    /// How many others are cheaper then: of BUY_X_GET_Y.
    get_quantity: Option<i32>,
    /// Of which items, the cheapest of them: of BUY_X_GET_Y.
    get: Option<PromotionItemFilter>,
    /// How often in one cart: of BUY_X_GET_Y. Null for as often as it goes.
    max_repeats: Option<i32>,
}

/// From how much on, and how much is taken off then: a percentage or an amount.
#[derive(SimpleObject)]
pub struct PromotionTier {
    /// From this subtotal on.
    from: Money,
    /// How many percent are taken off; null when it is an amount.
    percentage: Option<Decimal>,
    /// What is taken off; null when it is a percentage.
    amount: Option<Money>,
}

impl From<&Effect> for PromotionEffect {
    fn from(effect: &Effect) -> Self {
        let mut shown = Self::bare(effect.discount.kind(), effect.target.class());
        shown.describe_discount(&effect.discount);
        match &effect.target {
            Target::Items { .. } if shown.kind == EffectKind::BuyXGetY => {}
            Target::Items { filter, allocation, max_quantity } => {
                shown.items = Some(filter.into());
                (shown.allocation, shown.max_quantity) = (Some(*allocation), *max_quantity);
            }
            Target::Order { with_shipping } => shown.with_shipping = Some(*with_shipping),
            Target::Shipping { option_ids } => shown.shipping_option_ids = Some(option_ids.clone()),
        }
        shown
    }
}

impl PromotionEffect {
    const fn bare(kind: EffectKind, target: DiscountClass) -> Self {
        Self {
            kind,
            target,
            percentage: None,
            amount: None,
            tiers: None,
            items: None,
            allocation: None,
            max_quantity: None,
            with_shipping: None,
            shipping_option_ids: None,
            buy_quantity: None,
            buy: None,
            get_quantity: None,
            get: None,
            max_repeats: None,
        }
    }

    fn describe_discount(&mut self, discount: &Discount) {
        match discount {
            Discount::Percentage { percentage } => self.percentage = Some(Decimal(percentage.normalize())),
            Discount::FixedAmount(amount) | Discount::FixedPrice(amount) => self.amount = Some(shown(*amount)),
            Discount::BuyXGetY(deal) => {
                self.percentage = Some(Decimal(deal.percentage.normalize()));
                (self.buy_quantity, self.buy) = (Some(deal.buy_quantity), Some((&deal.buy).into()));
                (self.get_quantity, self.get) = (Some(deal.get_quantity), Some((&deal.get).into()));
                self.max_repeats = deal.max_repeats;
            }
            Discount::FreeShipping => {}
            Discount::TieredSpend { tiers, currency } => {
                self.tiers = Some(tiers.iter().map(|tier| tier_shown(tier, *currency)).collect());
            }
        }
    }
}

fn tier_shown(tier: &Tier, currency: money::Currency) -> PromotionTier {
    PromotionTier {
        from: shown(Amount { amount: tier.from, currency }),
        percentage: tier.percentage.map(|percentage| Decimal(percentage.normalize())),
        amount: tier.amount.map(|amount| shown(Amount { amount, currency })),
    }
}

fn shown(amount: Amount) -> Money {
    money::Money::new(amount.amount, amount.currency).into()
}
