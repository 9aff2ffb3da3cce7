//! The effects of a promotion as callers send them. Each has its target; implied fields are omitted.

use async_graphql::{InputObject, OneofObject};

use super::rules::{AllocationMethod, Amount, BuyGet, Discount, Effect, Effects, ItemFilter, Target, Tier};
use crate::kernel::decimal::Decimal;
use crate::kernel::ids::ShippingOptionId;
use crate::kernel::money::Currency;

/// The lines that a discount applies to, and how it is allocated to them.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PromotionItemsInput {
    /// The lines; if omitted, all lines.
    #[graphql(default)]
    pub filter: ItemFilter,
    /// The allocation method. Defaults to EACH; to ACROSS for tiers, which allow only ACROSS.
    pub allocation: Option<AllocationMethod>,
    /// The maximum number of discounted units: of each line with EACH, unlimited if omitted; of all lines together with
    /// ONCE, 1 if omitted.
    pub max_quantity: Option<i32>,
}

impl PromotionItemsInput {
    fn target(self, usual: AllocationMethod) -> Target {
        Target::Items {
            filter: self.filter,
            allocation: self.allocation.unwrap_or(usual),
            max_quantity: self.max_quantity,
        }
    }
}

/// The whole order as the target of a discount.
#[derive(Clone, Debug, InputObject)]
pub struct PromotionOrderInput {
    /// Whether the discount is allocated to shipping too.
    #[graphql(default)]
    pub with_shipping: bool,
}

/// Shipping as the target of a discount.
#[derive(Clone, Debug, InputObject)]
pub struct PromotionShippingInput {
    /// The ids of the shipping options; if omitted, all of them.
    #[graphql(default)]
    pub option_ids: Vec<ShippingOptionId>,
}

/// The target of an effect.
#[derive(Clone, Debug, OneofObject)]
pub enum PromotionTargetInput {
    /// Individual lines.
    Items(PromotionItemsInput),
    /// The whole order: the discount is allocated to its lines.
    Order(PromotionOrderInput),
    /// Shipping.
    Shipping(PromotionShippingInput),
}

impl PromotionTargetInput {
    fn target(self, usual: AllocationMethod) -> Target {
        match self {
            Self::Items(items) => items.target(usual),
            Self::Order(order) => Target::Order { with_shipping: order.with_shipping },
            Self::Shipping(shipping) => Target::Shipping { option_ids: shipping.option_ids },
        }
    }
}

/// Discounts the remaining price by a percentage.
#[derive(Clone, Debug, InputObject)]
pub struct PercentageEffectInput {
    /// The percentage, above 0 and at most 100.
    pub percentage: Decimal,
    /// The target of the discount.
    pub target: PromotionTargetInput,
}

/// Discounts by a fixed amount: for each unit with EACH and ONCE, otherwise once for all units; never more than the
/// price.
#[derive(Clone, Debug, InputObject)]
pub struct FixedAmountEffectInput {
    /// The amount in major units, with or without tax as the cart's prices are.
    pub amount: Decimal,
    /// The currency; the effect applies only in carts of this currency.
    #[graphql(name = "currencyCode")]
    pub currency: Currency,
    /// The target of the discount.
    pub target: PromotionTargetInput,
}

/// Sets a fixed unit price, if it is below the current one.
#[derive(Clone, Debug, InputObject)]
pub struct FixedPriceEffectInput {
    /// The price of one unit in major units, with or without tax as the cart's prices are.
    pub amount: Decimal,
    /// The currency; the effect applies only in carts of this currency.
    #[graphql(name = "currencyCode")]
    pub currency: Currency,
    /// The lines it applies to; the allocation method must be EACH or ONCE.
    #[graphql(default)]
    pub items: PromotionItemsInput,
}

/// Makes shipping free.
#[derive(Clone, Debug, InputObject)]
pub struct FreeShippingEffectInput {
    /// The ids of the shipping options; if omitted, all of them.
    #[graphql(default)]
    pub shipping_option_ids: Vec<ShippingOptionId>,
}

/// Gives a discount that increases with the subtotal: the highest tier that is reached applies.
#[derive(Clone, Debug, InputObject)]
pub struct TieredSpendEffectInput {
    /// The currency of the tiers; the effect applies only in carts of this currency.
    #[graphql(name = "currencyCode")]
    pub currency: Currency,
    /// The tiers, in ascending order.
    pub tiers: Vec<Tier>,
    /// The target of the discount.
    pub target: PromotionTargetInput,
}

/// An effect of a promotion.
#[derive(Clone, Debug, OneofObject)]
pub enum PromotionEffectInput {
    /// Discounts the remaining price by a percentage.
    Percentage(PercentageEffectInput),
    /// Discounts by a fixed amount.
    FixedAmount(FixedAmountEffectInput),
    /// Sets a fixed unit price.
    FixedPrice(FixedPriceEffectInput),
    /// Discounts some units if others are bought.
    BuyXGetY(Box<BuyGet>),
    /// Makes shipping free.
    FreeShipping(FreeShippingEffectInput),
    /// Gives a discount that increases with the subtotal.
    TieredSpend(TieredSpendEffectInput),
}

impl From<PromotionEffectInput> for Effect {
    fn from(input: PromotionEffectInput) -> Self {
        let each = AllocationMethod::Each;
        match input {
            PromotionEffectInput::Percentage(PercentageEffectInput { percentage, target }) => {
                Self { target: target.target(each), discount: Discount::Percentage { percentage: percentage.0 } }
            }
            PromotionEffectInput::FixedAmount(FixedAmountEffectInput { amount, currency, target }) => {
                Self { target: target.target(each), discount: Discount::FixedAmount(Amount { amount, currency }) }
            }
            PromotionEffectInput::FixedPrice(FixedPriceEffectInput { amount, currency, items }) => {
                Self { target: items.target(each), discount: Discount::FixedPrice(Amount { amount, currency }) }
            }
            PromotionEffectInput::BuyXGetY(deal) => {
                Self { target: PromotionItemsInput::default().target(each), discount: Discount::BuyXGetY(deal) }
            }
            PromotionEffectInput::FreeShipping(FreeShippingEffectInput { shipping_option_ids }) => {
                Self { target: Target::Shipping { option_ids: shipping_option_ids }, discount: Discount::FreeShipping }
            }
            PromotionEffectInput::TieredSpend(TieredSpendEffectInput { currency, tiers, target }) => {
                let across = AllocationMethod::Across;
                Self { target: target.target(across), discount: Discount::TieredSpend { tiers, currency } }
            }
        }
    }
}

/// Converts the inputs to the stored effects.
pub(super) fn effects(inputs: Vec<PromotionEffectInput>) -> Effects {
    Effects(inputs.into_iter().map(Effect::from).collect())
}
