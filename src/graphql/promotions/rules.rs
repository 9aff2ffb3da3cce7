use graphql_plan::object;

use crate::domain::promotions::AllocationMethod;
use crate::domain::promotions::rules::{
    Amount, BuyGet, Conditions, Discount, Effect, ItemFilter, MinQuantity, Target, Tier,
};
use crate::graphql::scalars::{Decimal, Money};
use crate::kernel::ids::ShippingOptionId;
use crate::kernel::money::{self, Currency};

object! {
    /// The conditions of a promotion, all of which must be met. Fields that are null or empty require nothing.
    pub PromotionConditions for Conditions {
        /// The minimum subtotal of the lines, after the promotions that were applied before.
        min_subtotal: embed(Money, |conditions| conditions.min_subtotal.map(money_of));
        /// The minimum quantity.
        min_quantity: embed(PromotionMinQuantity, |conditions| conditions.min_quantity.clone());
        /// The region must be one of these.
        region_ids;
        /// The country must be one of these.
        countries;
        /// The customer must be in one of these groups.
        customer_group_ids;
        /// The sales channel must be one of these.
        channel_ids;
    }
}

object! {
    /// A minimum quantity of certain lines.
    pub PromotionMinQuantity for MinQuantity {
        /// The minimum number of units.
        quantity;
        /// The lines to count.
        items: embed(PromotionItemFilter, |least| least.items.clone());
    }
}

object! {
    /// Selects lines of a cart. A line must match at least one value of every list that is not empty; if all lists are
    /// empty, every line matches.
    pub PromotionItemFilter for ItemFilter {
        /// Lines with one of these products.
        product_ids;
        /// Lines with one of these variants.
        variant_ids;
        /// Lines with a product in one of these categories or below.
        category_ids;
        /// Lines with a product in one of these collections.
        collection_ids;
        /// Lines with a product that has one of these tags.
        tags;
        /// Lines with a product of one of these types.
        product_types;
        /// Lines with a product of one of these vendors.
        vendors;
    }
}

object! {
    /// An effect of a promotion. Which fields are set depends on the kind and on the target; the others are null.
    pub PromotionEffect for Effect {
        /// The kind of effect.
        kind: value(|effect| effect.discount.kind());
        /// The discount class of the target.
        target: value(|effect| effect.target.class());
        /// The percentage, above 0 and at most 100. For PERCENTAGE and BUY_X_GET_Y.
        percentage: value(|effect| percentage(effect));
        /// The amount of the discount, or the unit price. For FIXED_AMOUNT and FIXED_PRICE.
        amount: embed(Money, |effect| amount(effect));
        /// The tiers. For TIERED_SPEND.
        tiers: embed(PromotionTier, |effect| tiers(effect));
        /// The lines it applies to. For the target ITEM, except with BUY_X_GET_Y.
        items: embed(PromotionItemFilter, |effect| items(effect).map(|items| items.filter.clone()));
        /// How the discount is allocated to the lines. For the target ITEM, except with BUY_X_GET_Y.
        allocation: value(|effect| items(effect).map(|items| items.allocation));
        /// The maximum number of discounted units: of each line with EACH, of all lines together with ONCE. Null for no
        /// limit.
        max_quantity: value(|effect| items(effect).and_then(|items| items.max_quantity));
        /// Whether the discount is allocated to shipping too. For the target ORDER.
        with_shipping: value(|effect| with_shipping(effect));
        /// The ids of the shipping options; empty for all of them. For the target SHIPPING.
        shipping_option_ids: value(|effect| shipping_option_ids(effect));
        /// The number of units to buy. For BUY_X_GET_Y.
        buy_quantity: value(|effect| deal(effect).map(|deal| deal.buy_quantity));
        /// The lines to buy from. For BUY_X_GET_Y.
        buy: embed(PromotionItemFilter, |effect| deal(effect).map(|deal| deal.buy.clone()));
        /// The number of discounted units. For BUY_X_GET_Y.
        get_quantity: value(|effect| deal(effect).map(|deal| deal.get_quantity));
        /// The lines to discount, the cheapest units first. For BUY_X_GET_Y.
        get: embed(PromotionItemFilter, |effect| deal(effect).map(|deal| deal.get.clone()));
        /// How often it can be applied in one cart; null for as often as possible. For BUY_X_GET_Y.
        max_repeats: value(|effect| deal(effect).and_then(|deal| deal.max_repeats));
    }
}

object! {
    /// A tier: a minimum subtotal, and the discount as a percentage or as an amount.
    pub PromotionTier for (Tier, Currency) {
        /// The minimum subtotal.
        from: embed(Money, |(tier, currency)| money::Money::new(tier.from.0, *currency));
        /// The percentage of the discount; null if it is an amount.
        percentage: value(|(tier, _)| tier.percentage.map(|percentage| Decimal(percentage.0.normalize())));
        /// The amount of the discount; null if it is a percentage.
        amount: embed(Money, |(tier, currency)| tier.amount.map(|amount| money::Money::new(amount.0, *currency)));
    }
}

fn percentage(effect: &Effect) -> Option<Decimal> {
    let percentage = match &effect.discount {
        Discount::Percentage { percentage } => percentage,
        Discount::BuyXGetY(deal) => &deal.percentage.0,
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

/// The lines that an effect discounts, and how the discount is allocated to them.
struct Items<'a> {
    filter: &'a ItemFilter,
    allocation: AllocationMethod,
    max_quantity: Option<i32>,
}

/// The items that an effect discounts. BUY_X_GET_Y specifies its own.
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
    money::Money::new(amount.amount.0, amount.currency)
}
