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
    /// How much, in major units, with no more decimals than the currency has.
    amount: Decimal,
    /// Of which currency.
    currency_code: Currency,
}

impl From<PromotionAmountInput> for Amount {
    fn from(input: PromotionAmountInput) -> Self {
        Self { amount: input.amount.0, currency: input.currency_code }
    }
}

/// Which lines of a cart: any of the values of each list, and something of every list that is not empty. All lines when
/// every list is empty.
#[derive(InputObject, Default)]
pub struct PromotionItemFilterInput {
    /// Of one of these products.
    #[graphql(default)]
    product_ids: Vec<ProductId>,
    /// One of these variants.
    #[graphql(default)]
    variant_ids: Vec<VariantId>,
    /// In one of these categories or below it.
    #[graphql(default)]
    category_ids: Vec<CategoryId>,
    /// In one of these collections.
    #[graphql(default)]
    collection_ids: Vec<CollectionId>,
    /// With one of these tags.
    #[graphql(default)]
    tags: Vec<String>,
    /// Of one of these types.
    #[graphql(default)]
    product_types: Vec<String>,
    /// Of one of these vendors.
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

/// So many units of some of the lines.
#[derive(InputObject)]
pub struct PromotionMinQuantityInput {
    /// How many units, from 1.
    quantity: i32,
    /// Of which lines; of all when left out.
    #[graphql(default)]
    items: PromotionItemFilterInput,
}

/// What has to hold before a promotion applies: all of it. What is left out asks for nothing.
#[derive(InputObject, Default)]
pub struct PromotionConditionsInput {
    /// What the lines come to at least, after the promotions before it.
    min_subtotal: Option<PromotionAmountInput>,
    /// How many units there are at least.
    min_quantity: Option<PromotionMinQuantityInput>,
    /// In one of these regions.
    #[graphql(default)]
    region_ids: Vec<RegionId>,
    /// In one of these countries.
    #[graphql(default)]
    countries: Vec<Country>,
    /// For customers of one of these groups.
    #[graphql(default)]
    customer_group_ids: Vec<CustomerGroupId>,
    /// Through one of these sales channels.
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

/// Some of the lines of a cart, and how a discount is spread over them.
#[derive(InputObject, Default)]
pub struct PromotionItemsInput {
    /// Which lines; all when left out.
    #[graphql(default)]
    filter: PromotionItemFilterInput,
    /// How it is spread: EACH when left out, and ACROSS for tiers, which are spread so only.
    allocation: Option<AllocationMethod>,
    /// How many units at most: of each line with EACH, without a limit when left out; of all lines together with ONCE,
    /// 1 when left out.
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

/// The whole order.
#[derive(InputObject)]
pub struct PromotionOrderInput {
    /// Whether shipping takes its share.
    #[graphql(default)]
    with_shipping: bool,
}

/// Shipping.
#[derive(InputObject)]
pub struct PromotionShippingInput {
    /// By one of these options; by any when left out.
    #[graphql(default)]
    option_ids: Vec<ShippingOptionId>,
}

/// What an effect lowers.
#[derive(OneofObject)]
pub enum PromotionTargetInput {
    /// Some of the lines, one by one.
    Items(PromotionItemsInput),
    /// The whole order, shared out over its lines.
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

/// Takes a part off what is left.
#[derive(InputObject)]
pub struct PercentageEffectInput {
    /// By how many percent, above 0 and at most 100.
    percentage: Decimal,
    /// Off what.
    target: PromotionTargetInput,
}

/// Takes an amount off: off each unit with EACH and ONCE, else off the whole; never more than there is.
#[derive(InputObject)]
pub struct FixedAmountEffectInput {
    /// How much, with or without tax as the cart's prices are.
    amount: Decimal,
    /// Of which currency; it applies only in carts of this currency.
    currency_code: Currency,
    /// Off what.
    target: PromotionTargetInput,
}

/// Sets the price of a unit, never above what it is.
#[derive(InputObject)]
pub struct FixedPriceEffectInput {
    /// The price of a unit, with or without tax as the cart's prices are.
    amount: Decimal,
    /// Of which currency; it applies only in carts of this currency.
    currency_code: Currency,
    /// Of which items; EACH or ONCE.
    #[graphql(default)]
    items: PromotionItemsInput,
}

/// Makes some units cheaper when others are bought: never the same ones, and the cheapest first.
#[derive(InputObject)]
pub struct BuyXGetYEffectInput {
    /// How many have to be bought, from 1.
    buy_quantity: i32,
    /// Of which items; of all when left out.
    #[graphql(default)]
    buy: PromotionItemFilterInput,
    /// How many others are cheaper then, from 1.
    get_quantity: i32,
    /// Of which items; of all when left out.
    #[graphql(default)]
    get: PromotionItemFilterInput,
    /// By how many percent: 100 is free.
    #[graphql(default_with = "Decimal(rust_decimal::Decimal::ONE_HUNDRED)")]
    percentage: Decimal,
    /// How often in one cart; as often as it goes when left out.
    max_repeats: Option<i32>,
}

/// Takes all of the shipping off.
#[derive(InputObject)]
pub struct FreeShippingEffectInput {
    /// By one of these options; by any when left out.
    #[graphql(default)]
    shipping_option_ids: Vec<ShippingOptionId>,
}

/// From how much on, and how much is taken off then: a percentage or an amount.
#[derive(InputObject)]
pub struct PromotionTierInput {
    /// From this subtotal on: of the items it is for, or of all lines.
    from: Decimal,
    /// How many percent are taken off.
    percentage: Option<Decimal>,
    /// What is taken off.
    amount: Option<Decimal>,
}

/// Takes more off, the more is spent: what the highest tier that is reached says.
#[derive(InputObject)]
pub struct TieredSpendEffectInput {
    /// The currency of the tiers; it applies only in carts of this currency.
    currency_code: Currency,
    /// The tiers, ascending.
    tiers: Vec<PromotionTierInput>,
    /// Off what.
    target: PromotionTargetInput,
}

/// One thing that a promotion does.
#[derive(OneofObject)]
pub enum PromotionEffectInput {
    /// Takes a part off what is left.
    Percentage(PercentageEffectInput),
    /// Takes an amount off.
    FixedAmount(FixedAmountEffectInput),
    /// Sets the price of a unit.
    FixedPrice(FixedPriceEffectInput),
    /// Makes some units cheaper when others are bought.
    BuyXGetY(BuyXGetYEffectInput),
    /// Takes all of the shipping off.
    FreeShipping(FreeShippingEffectInput),
    /// Takes more off, the more is spent.
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

/// A promotion to make.
#[derive(InputObject)]
pub struct PromotionCreateInput {
    /// Title, for shoppers: at most 255 characters.
    title: String,
    /// What staff should know.
    #[graphql(default)]
    description: String,
    /// Whether it applies from now on, within its dates. Else promotionActivate lets it.
    #[graphql(default)]
    activate: bool,
    /// Whether it applies without a code.
    #[graphql(default)]
    automatic: bool,
    /// Codes to get it with, without limits of their own: see codesCreate and codesGenerate for more.
    #[graphql(default)]
    codes: Vec<String>,
    /// The campaign that it belongs to.
    campaign_id: Option<CampaignId>,
    /// High ones are applied first.
    #[graphql(default)]
    priority: i32,
    /// Whether it applies only alone.
    #[graphql(default)]
    exclusive: bool,
    /// The classes of promotions that it can be combined with, all when left out. Two are combined when each allows the
    /// other's classes.
    #[graphql(default_with = "DiscountClass::ALL.to_vec()")]
    combines_with: Vec<DiscountClass>,
    /// What has to hold, all of it.
    #[graphql(default)]
    conditions: PromotionConditionsInput,
    /// What it does, in this order: 1 to 5 effects.
    effects: Vec<PromotionEffectInput>,
    /// From when on it applies.
    starts_at: Option<Timestamp>,
    /// Before when it applies.
    ends_at: Option<Timestamp>,
    /// How many orders can have it.
    usage_limit: Option<i32>,
    /// How many orders of one customer, by account or e-mail address, can have it.
    customer_usage_limit: Option<i32>,
    /// Whether an order that is cancelled gives its use back.
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

/// What to change of a promotion; what is left out stays, and null takes away what can be without.
#[derive(InputObject)]
pub struct PromotionUpdateInput {
    /// Title, for shoppers.
    title: Option<String>,
    /// What staff should know.
    description: Option<String>,
    /// Whether it applies without a code.
    automatic: Option<bool>,
    /// The campaign that it belongs to.
    campaign_id: MaybeUndefined<CampaignId>,
    /// High ones are applied first.
    priority: Option<i32>,
    /// Whether it applies only alone.
    exclusive: Option<bool>,
    /// The classes of promotions that it can be combined with, all of them.
    combines_with: Option<Vec<DiscountClass>>,
    /// What has to hold, all of it.
    conditions: Option<PromotionConditionsInput>,
    /// What it does, all of it.
    effects: Option<Vec<PromotionEffectInput>>,
    /// From when on it applies.
    starts_at: MaybeUndefined<Timestamp>,
    /// Before when it applies.
    ends_at: MaybeUndefined<Timestamp>,
    /// How many orders can have it. Not below how many have it.
    usage_limit: MaybeUndefined<i32>,
    /// How many orders of one customer can have it.
    customer_usage_limit: MaybeUndefined<i32>,
    /// Whether an order that is cancelled gives its use back.
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
