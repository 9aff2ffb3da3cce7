use async_graphql::{InputObject, MaybeUndefined, OneofObject};

use crate::domain::promotions::terms::{
    Amount, BuyGet, Conditions, Discount, Effect, Effects, ItemFilter, MinQuantity, Target, Tier,
};
use crate::domain::promotions::{AllocationMethod, DiscountClass, NewPromotion, PromotionChanges};
use crate::graphql::scalars::{Decimal, change};
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::country::Country;
use crate::kernel::ids::{
    CampaignId, CategoryId, ChannelId, CollectionId, CustomerGroupId, ProductId, RegionId, ShippingOptionId, VariantId,
};
use crate::kernel::money::Currency;

/// An amount in a currency.
#[derive(InputObject)]
pub struct PromotionAmountInput {
    /// The amount in major units, with no more decimals than the currency has.
    amount: Decimal,
    /// The currency.
    currency_code: Currency,
}

impl From<PromotionAmountInput> for Amount {
    fn from(input: PromotionAmountInput) -> Self {
        Self { amount: input.amount.0, currency: input.currency_code }
    }
}

/// Selects lines of a cart. A line must match at least one value of every list that is not empty; if all lists are
/// empty, every line matches.
#[derive(InputObject, Default)]
pub struct PromotionItemFilterInput {
    /// Lines with one of these products.
    #[graphql(default)]
    product_ids: Vec<ProductId>,
    /// Lines with one of these variants.
    #[graphql(default)]
    variant_ids: Vec<VariantId>,
    /// Lines with a product in one of these categories or below.
    #[graphql(default)]
    category_ids: Vec<CategoryId>,
    /// Lines with a product in one of these collections.
    #[graphql(default)]
    collection_ids: Vec<CollectionId>,
    /// Lines with a product that has one of these tags.
    #[graphql(default)]
    tags: Vec<String>,
    /// Lines with a product of one of these types.
    #[graphql(default)]
    product_types: Vec<String>,
    /// Lines with a product of one of these vendors.
    #[graphql(default)]
    vendors: Vec<String>,
}

impl From<PromotionItemFilterInput> for ItemFilter {
    fn from(input: PromotionItemFilterInput) -> Self {
        let PromotionItemFilterInput {
            product_ids,
            variant_ids,
            category_ids,
            collection_ids,
            tags,
            product_types,
            vendors,
        } = input;
        Self { product_ids, variant_ids, category_ids, collection_ids, tags, product_types, vendors }
    }
}

/// A minimum quantity of certain lines.
#[derive(InputObject)]
pub struct PromotionMinQuantityInput {
    /// The minimum number of units, at least 1.
    quantity: i32,
    /// The lines to count; if omitted, all lines.
    #[graphql(default)]
    items: PromotionItemFilterInput,
}

/// The conditions of a promotion, all of which must be met. Omitted fields require nothing.
#[derive(InputObject, Default)]
pub struct PromotionConditionsInput {
    /// The minimum subtotal of the lines, after the promotions that were applied before.
    min_subtotal: Option<PromotionAmountInput>,
    /// The minimum quantity.
    min_quantity: Option<PromotionMinQuantityInput>,
    /// The region must be one of these.
    #[graphql(default)]
    region_ids: Vec<RegionId>,
    /// The country must be one of these.
    #[graphql(default)]
    countries: Vec<Country>,
    /// The customer must be in one of these groups.
    #[graphql(default)]
    customer_group_ids: Vec<CustomerGroupId>,
    /// The sales channel must be one of these.
    #[graphql(default)]
    channel_ids: Vec<ChannelId>,
}

impl From<PromotionConditionsInput> for Conditions {
    fn from(input: PromotionConditionsInput) -> Self {
        let least =
            |least: PromotionMinQuantityInput| MinQuantity { quantity: least.quantity, items: least.items.into() };
        Self {
            min_subtotal: input.min_subtotal.map(Amount::from),
            min_quantity: input.min_quantity.map(least),
            region_ids: input.region_ids,
            countries: input.countries,
            customer_group_ids: input.customer_group_ids,
            channel_ids: input.channel_ids,
        }
    }
}

/// The lines that a discount applies to, and how it is allocated to them.
#[derive(InputObject, Default)]
pub struct PromotionItemsInput {
    /// The lines; if omitted, all lines.
    #[graphql(default)]
    filter: PromotionItemFilterInput,
    /// The allocation method. Defaults to EACH; to ACROSS for tiers, which allow only ACROSS.
    allocation: Option<AllocationMethod>,
    /// The maximum number of discounted units: of each line with EACH, unlimited if omitted; of all lines together with
    /// ONCE, 1 if omitted.
    max_quantity: Option<i32>,
}

impl PromotionItemsInput {
    fn target(self, usual: AllocationMethod) -> Target {
        Target::Items {
            filter: self.filter.into(),
            allocation: self.allocation.unwrap_or(usual),
            max_quantity: self.max_quantity,
        }
    }
}

/// The whole order as the target of a discount.
#[derive(InputObject)]
pub struct PromotionOrderInput {
    /// Whether the discount is allocated to shipping too.
    #[graphql(default)]
    with_shipping: bool,
}

/// Shipping as the target of a discount.
#[derive(InputObject)]
pub struct PromotionShippingInput {
    /// The ids of the shipping options; if omitted, all of them.
    #[graphql(default)]
    option_ids: Vec<ShippingOptionId>,
}

/// The target of an effect.
#[derive(OneofObject)]
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
#[derive(InputObject)]
pub struct PercentageEffectInput {
    /// The percentage, above 0 and at most 100.
    percentage: Decimal,
    /// The target of the discount.
    target: PromotionTargetInput,
}

/// Discounts by a fixed amount: for each unit with EACH and ONCE, otherwise once for all units; never more than the
/// price.
#[derive(InputObject)]
pub struct FixedAmountEffectInput {
    /// The amount in major units, with or without tax as the cart's prices are.
    amount: Decimal,
    /// The currency; the effect applies only in carts of this currency.
    currency_code: Currency,
    /// The target of the discount.
    target: PromotionTargetInput,
}

/// Sets a fixed unit price, if it is below the current one.
#[derive(InputObject)]
pub struct FixedPriceEffectInput {
    /// The price of one unit in major units, with or without tax as the cart's prices are.
    amount: Decimal,
    /// The currency; the effect applies only in carts of this currency.
    currency_code: Currency,
    /// The lines it applies to; the allocation method must be EACH or ONCE.
    #[graphql(default)]
    items: PromotionItemsInput,
}

/// Discounts some units if others are bought, the cheapest units first. A unit never counts as both.
#[derive(InputObject)]
pub struct BuyXGetYEffectInput {
    /// The number of units to buy, at least 1.
    buy_quantity: i32,
    /// The lines to buy from; if omitted, all lines.
    #[graphql(default)]
    buy: PromotionItemFilterInput,
    /// The number of discounted units, at least 1.
    get_quantity: i32,
    /// The lines to discount; if omitted, all lines.
    #[graphql(default)]
    get: PromotionItemFilterInput,
    /// The percentage of the discount; 100 makes the units free.
    #[graphql(default_with = "Decimal(rust_decimal::Decimal::ONE_HUNDRED)")]
    percentage: Decimal,
    /// How often it can be applied in one cart; if omitted, as often as possible.
    max_repeats: Option<i32>,
}

/// Makes shipping free.
#[derive(InputObject)]
pub struct FreeShippingEffectInput {
    /// The ids of the shipping options; if omitted, all of them.
    #[graphql(default)]
    shipping_option_ids: Vec<ShippingOptionId>,
}

/// A tier: a minimum subtotal, and the discount as a percentage or as an amount.
#[derive(InputObject)]
pub struct PromotionTierInput {
    /// The minimum subtotal in major units: of the target lines, or of all lines.
    from: Decimal,
    /// The percentage of the discount.
    percentage: Option<Decimal>,
    /// The amount of the discount, in major units.
    amount: Option<Decimal>,
}

/// Gives a discount that increases with the subtotal: the highest tier that is reached applies.
#[derive(InputObject)]
pub struct TieredSpendEffectInput {
    /// The currency of the tiers; the effect applies only in carts of this currency.
    currency_code: Currency,
    /// The tiers, in ascending order.
    tiers: Vec<PromotionTierInput>,
    /// The target of the discount.
    target: PromotionTargetInput,
}

/// An effect of a promotion.
#[derive(OneofObject)]
pub enum PromotionEffectInput {
    /// Discounts the remaining price by a percentage.
    Percentage(PercentageEffectInput),
    /// Discounts by a fixed amount.
    FixedAmount(FixedAmountEffectInput),
    /// Sets a fixed unit price.
    FixedPrice(FixedPriceEffectInput),
    /// Discounts some units if others are bought.
    BuyXGetY(BuyXGetYEffectInput),
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
            PromotionEffectInput::FixedAmount(FixedAmountEffectInput { amount, currency_code, target }) => Self {
                target: target.target(each),
                discount: Discount::FixedAmount(Amount { amount: amount.0, currency: currency_code }),
            },
            PromotionEffectInput::FixedPrice(FixedPriceEffectInput { amount, currency_code, items }) => Self {
                target: items.target(each),
                discount: Discount::FixedPrice(Amount { amount: amount.0, currency: currency_code }),
            },
            PromotionEffectInput::BuyXGetY(deal) => Self {
                target: PromotionItemsInput::default().target(each),
                discount: Discount::BuyXGetY(Box::new(deal.into())),
            },
            PromotionEffectInput::FreeShipping(FreeShippingEffectInput { shipping_option_ids }) => {
                Self { target: Target::Shipping { option_ids: shipping_option_ids }, discount: Discount::FreeShipping }
            }
            PromotionEffectInput::TieredSpend(TieredSpendEffectInput { currency_code, tiers, target }) => Self {
                target: target.target(AllocationMethod::Across),
                discount: Discount::TieredSpend {
                    tiers: tiers.into_iter().map(Tier::from).collect(),
                    currency: currency_code,
                },
            },
        }
    }
}

impl From<PromotionTierInput> for Tier {
    fn from(tier: PromotionTierInput) -> Self {
        let plain = |decimal: Decimal| decimal.0;
        Self { from: tier.from.0, percentage: tier.percentage.map(plain), amount: tier.amount.map(plain) }
    }
}

impl From<BuyXGetYEffectInput> for BuyGet {
    fn from(deal: BuyXGetYEffectInput) -> Self {
        Self {
            buy_quantity: deal.buy_quantity,
            buy: deal.buy.into(),
            get_quantity: deal.get_quantity,
            get: deal.get.into(),
            percentage: deal.percentage.0,
            max_repeats: deal.max_repeats,
        }
    }
}

/// A promotion to create.
#[derive(InputObject)]
pub struct PromotionCreateInput {
    /// Title, for shoppers: at most 255 characters.
    title: String,
    /// Description, for staff.
    #[graphql(default)]
    description: String,
    /// Whether to activate it, so that it applies within its dates. Otherwise it is a draft until `promotionActivate`.
    #[graphql(default)]
    activate: bool,
    /// Whether it applies without a code.
    #[graphql(default)]
    automatic: bool,
    /// Discount codes for it, without usage limits of their own. `codesCreate` and `codesGenerate` offer more options.
    #[graphql(default)]
    codes: Vec<String>,
    /// The id of the campaign it belongs to.
    campaign_id: Option<CampaignId>,
    /// The priority: promotions with a higher priority are applied first.
    #[graphql(default)]
    priority: i32,
    /// Whether it cannot be combined with any other promotion.
    #[graphql(default)]
    exclusive: bool,
    /// The discount classes it can be combined with; if omitted, all of them. Two promotions are combined if each
    /// allows the classes of the other.
    #[graphql(default_with = "DiscountClass::ALL.to_vec()")]
    combines_with: Vec<DiscountClass>,
    /// The conditions, all of which must be met.
    #[graphql(default)]
    conditions: PromotionConditionsInput,
    /// The effects, in order: 1 to 5.
    effects: Vec<PromotionEffectInput>,
    /// Time from which it applies (UTC).
    starts_at: Option<Timestamp>,
    /// Time from which it no longer applies (UTC).
    ends_at: Option<Timestamp>,
    /// The maximum number of orders that can use it.
    usage_limit: Option<i32>,
    /// The maximum number of orders of one customer that can use it. Customers are recognized by account or e-mail
    /// address.
    customer_usage_limit: Option<i32>,
    /// Whether a canceled order restores its use.
    #[graphql(default = true)]
    returned_on_cancel: bool,
}

impl From<PromotionCreateInput> for NewPromotion {
    fn from(input: PromotionCreateInput) -> Self {
        Self {
            title: input.title,
            description: input.description,
            activate: input.activate,
            automatic: input.automatic,
            codes: input.codes,
            campaign_id: input.campaign_id,
            priority: input.priority,
            exclusive: input.exclusive,
            combines_with: input.combines_with,
            conditions: input.conditions.into(),
            effects: effects(input.effects),
            starts_at: input.starts_at.map(within_years),
            ends_at: input.ends_at.map(within_years),
            usage_limit: input.usage_limit,
            customer_usage_limit: input.customer_usage_limit,
            returned_on_cancel: input.returned_on_cancel,
        }
    }
}

/// The changes to a promotion. Omitted fields keep their values; null removes an optional value.
#[derive(InputObject)]
pub struct PromotionUpdateInput {
    /// Title, for shoppers.
    title: Option<String>,
    /// Description, for staff.
    description: Option<String>,
    /// Whether it applies without a code.
    automatic: Option<bool>,
    /// The id of the campaign it belongs to.
    campaign_id: MaybeUndefined<CampaignId>,
    /// The priority: promotions with a higher priority are applied first.
    priority: Option<i32>,
    /// Whether it cannot be combined with any other promotion.
    exclusive: Option<bool>,
    /// The discount classes it can be combined with; the list replaces the current classes.
    combines_with: Option<Vec<DiscountClass>>,
    /// The conditions; they replace the current ones.
    conditions: Option<PromotionConditionsInput>,
    /// The effects; they replace the current ones.
    effects: Option<Vec<PromotionEffectInput>>,
    /// Time from which it applies (UTC).
    starts_at: MaybeUndefined<Timestamp>,
    /// Time from which it no longer applies (UTC).
    ends_at: MaybeUndefined<Timestamp>,
    /// The maximum number of orders that can use it. It must not be below the current number.
    usage_limit: MaybeUndefined<i32>,
    /// The maximum number of orders of one customer that can use it.
    customer_usage_limit: MaybeUndefined<i32>,
    /// Whether a canceled order restores its use.
    returned_on_cancel: Option<bool>,
}

impl From<PromotionUpdateInput> for PromotionChanges {
    fn from(input: PromotionUpdateInput) -> Self {
        Self {
            title: input.title,
            description: input.description,
            automatic: input.automatic,
            campaign_id: change(input.campaign_id),
            priority: input.priority,
            exclusive: input.exclusive,
            combines_with: input.combines_with,
            conditions: input.conditions.map(Conditions::from),
            effects: input.effects.map(effects),
            starts_at: change(input.starts_at).map(|at| at.map(within_years)),
            ends_at: change(input.ends_at).map(|at| at.map(within_years)),
            usage_limit: change(input.usage_limit),
            customer_usage_limit: change(input.customer_usage_limit),
            returned_on_cancel: input.returned_on_cancel,
        }
    }
}

fn effects(inputs: Vec<PromotionEffectInput>) -> Effects {
    Effects(inputs.into_iter().map(Effect::from).collect())
}
