use graphql_plan::object;

use crate::domain::promotions::AllocationMethod;
use crate::domain::promotions::terms::{
    Amount, BuyGet, Conditions, Discount, Effect, ItemFilter, MinQuantity, Target, Tier,
};
use crate::graphql::scalars::{Decimal, Money};
use crate::kernel::ids::ShippingOptionId;
use crate::kernel::money::{self, Currency};

object! {
    /// What has to hold before a promotion applies: all of it. What is null or empty asks for nothing.
    pub PromotionConditions for Conditions {
        /// What the lines come to at least, after the promotions before it.
        min_subtotal: embed(Money, |conditions| conditions.min_subtotal.map(money_of));
        /// How many units there are at least.
        min_quantity: embed(PromotionMinQuantity, |conditions| conditions.min_quantity.clone());
        /// In one of these regions.
        region_ids;
        /// In one of these countries.
        countries;
        /// For customers of one of these groups.
        customer_group_ids;
        /// Through one of these sales channels.
        channel_ids;
    }
}

object! {
    /// So many units of some of the lines.
    pub PromotionMinQuantity for MinQuantity {
        /// How many units.
        quantity;
        /// Of which lines.
        items: embed(PromotionItemFilter, |least| least.items.clone());
    }
}

object! {
    /// Which lines of a cart: any of the values of each list, and something of every list that is not empty. All lines when
    /// every list is empty.
    pub PromotionItemFilter for ItemFilter {
        /// Of one of these products.
        product_ids;
        /// One of these variants.
        variant_ids;
        /// In one of these categories or below it.
        category_ids;
        /// In one of these collections.
        collection_ids;
        /// With one of these tags.
        tags;
        /// Of one of these types.
        product_types;
        /// Of one of these vendors.
        vendors;
    }
}

object! {
    /// One thing that a promotion does. Which fields are there depends on the kind and on the target; the others are null.
    pub PromotionEffect for Effect {
        /// What it does.
        kind: value(|effect| effect.discount.kind());
        /// What it lowers.
        target: value(|effect| effect.target.class());
        /// By how many percent, above 0 and at most 100: of PERCENTAGE and BUY_X_GET_Y.
        percentage: value(|effect| percentage(effect));
        /// The amount that is taken off, or the price of a unit: of FIXED_AMOUNT and FIXED_PRICE.
        amount: embed(Money, |effect| amount(effect));
        /// The tiers: of TIERED_SPEND.
        tiers: embed(PromotionTier, |effect| tiers(effect));
        /// Which items: of the target ITEM, but for BUY_X_GET_Y.
        items: embed(PromotionItemFilter, |effect| items(effect).map(|items| items.filter.clone()));
        /// How it is spread over them: of the target ITEM, but for BUY_X_GET_Y.
        allocation: value(|effect| items(effect).map(|items| items.allocation));
        /// How many units at most: of each line with EACH, of all lines with ONCE. Null without a limit.
        max_quantity: value(|effect| items(effect).and_then(|items| items.max_quantity));
        /// Whether shipping takes its share: of the target ORDER.
        with_shipping: value(|effect| with_shipping(effect));
        /// By which shipping options, any when empty: of the target SHIPPING.
        shipping_option_ids: value(|effect| shipping_option_ids(effect));
        /// How many have to be bought: of BUY_X_GET_Y.
        buy_quantity: value(|effect| deal(effect).map(|deal| deal.buy_quantity));
        /// Of which items: of BUY_X_GET_Y.
        buy: embed(PromotionItemFilter, |effect| deal(effect).map(|deal| deal.buy.clone()));
        /// How many others are cheaper then: of BUY_X_GET_Y.
        get_quantity: value(|effect| deal(effect).map(|deal| deal.get_quantity));
        /// Of which items, the cheapest of them: of BUY_X_GET_Y.
        get: embed(PromotionItemFilter, |effect| deal(effect).map(|deal| deal.get.clone()));
        /// How often in one cart: of BUY_X_GET_Y. Null for as often as it goes.
        max_repeats: value(|effect| deal(effect).and_then(|deal| deal.max_repeats));
    }
}

object! {
    /// From how much on, and how much is taken off then: a percentage or an amount.
    pub PromotionTier for (Tier, Currency) {
        /// From this subtotal on.
        from: embed(Money, |(tier, currency)| money::Money::new(tier.from, *currency));
        /// How many percent are taken off; null when it is an amount.
        percentage: value(|(tier, _)| tier.percentage.map(|percentage| Decimal(percentage.normalize())));
        /// What is taken off; null when it is a percentage.
        amount: embed(Money, |(tier, currency)| tier.amount.map(|amount| money::Money::new(amount, *currency)));
    }
}

fn percentage(effect: &Effect) -> Option<Decimal> {
    let percentage = match &effect.discount {
        Discount::Percentage { percentage } => percentage,
        Discount::BuyXGetY(deal) => &deal.percentage,
        Discount::FixedAmount(_) | Discount::FixedPrice(_) | Discount::FreeShipping | Discount::TieredSpend { .. } => {
            return None;
        }
    };
    Some(Decimal(percentage.normalize()))
}

fn amount(effect: &Effect) -> Option<money::Money> {
    match &effect.discount {
        Discount::FixedAmount(amount) | Discount::FixedPrice(amount) => Some(money_of(*amount)),
        Discount::Percentage { .. } | Discount::BuyXGetY(_) | Discount::FreeShipping | Discount::TieredSpend { .. } => {
            None
        }
    }
}

fn tiers(effect: &Effect) -> Option<Vec<(Tier, Currency)>> {
    let Discount::TieredSpend { tiers, currency } = &effect.discount else { return None };
    Some(tiers.iter().map(|tier| (*tier, *currency)).collect())
}

/// Some of the lines, and how a discount is spread over them.
struct Items<'a> {
    filter: &'a ItemFilter,
    allocation: AllocationMethod,
    max_quantity: Option<i32>,
}

/// The items that an effect lowers. BUY_X_GET_Y says by itself which.
fn items(effect: &Effect) -> Option<Items<'_>> {
    match &effect.target {
        Target::Items { filter, allocation, max_quantity } if deal(effect).is_none() => {
            Some(Items { filter, allocation: *allocation, max_quantity: *max_quantity })
        }
        Target::Items { .. } | Target::Order { .. } | Target::Shipping { .. } => None,
    }
}

fn with_shipping(effect: &Effect) -> Option<bool> {
    match &effect.target {
        Target::Order { with_shipping } => Some(*with_shipping),
        Target::Items { .. } | Target::Shipping { .. } => None,
    }
}

fn shipping_option_ids(effect: &Effect) -> Option<Vec<ShippingOptionId>> {
    match &effect.target {
        Target::Shipping { option_ids } => Some(option_ids.clone()),
        Target::Items { .. } | Target::Order { .. } => None,
    }
}

fn deal(effect: &Effect) -> Option<&BuyGet> {
    match &effect.discount {
        Discount::BuyXGetY(deal) => Some(deal),
        Discount::Percentage { .. }
        | Discount::FixedAmount(_)
        | Discount::FixedPrice(_)
        | Discount::FreeShipping
        | Discount::TieredSpend { .. } => None,
    }
}

fn money_of(amount: Amount) -> money::Money {
    money::Money::new(amount.amount, amount.currency)
}
