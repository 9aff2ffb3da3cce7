//! The conditions and effects of a promotion: stored as JSON, validated when written.

use async_graphql::InputObject;
use serde::{Deserialize, Serialize};

use super::basket::BasketLine;
use crate::kernel::country::Country;
use crate::kernel::decimal::Decimal;
use crate::kernel::ids::{
    CategoryId, ChannelId, CollectionId, CustomerGroupId, ProductId, RegionId, ShippingOptionId, VariantId,
};
use crate::kernel::money::Currency;
use crate::kernel::{stored_json, string_enum};

string_enum! {
    /// What a discount applies to.
    DiscountClass {
        /// Individual lines.
        Item = "ITEM",
        /// The whole order: the discount is allocated to its lines.
        Order = "ORDER",
        /// Shipping.
        Shipping = "SHIPPING",
    }
}

string_enum! {
    /// How a discount is allocated to lines.
    AllocationMethod {
        /// To each line separately: an amount is taken off every unit, up to a maximum number of units of each line.
        Each = "EACH",
        /// Once, in proportion to the prices of the lines.
        Across = "ACROSS",
        /// To a maximum number of units over all lines, the cheapest units first.
        Once = "ONCE",
    }
}

string_enum! {
    /// The kind of an effect of a promotion.
    EffectKind {
        /// Discounts the remaining price by a percentage.
        Percentage = "PERCENTAGE",
        /// Discounts by a fixed amount.
        FixedAmount = "FIXED_AMOUNT",
        /// Sets a fixed unit price, if it is below the current one.
        FixedPrice = "FIXED_PRICE",
        /// Discounts some units if others are bought.
        BuyXGetY = "BUY_X_GET_Y",
        /// Makes shipping free.
        FreeShipping = "FREE_SHIPPING",
        /// Gives a discount that increases with the subtotal.
        TieredSpend = "TIERED_SPEND",
    }
}

/// An amount in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, InputObject)]
#[graphql(name = "PromotionAmountInput")]
pub struct Amount {
    /// The amount in major units, with no more decimals than the currency has.
    pub amount: Decimal,
    /// The currency.
    #[graphql(name = "currencyCode")]
    pub currency: Currency,
}

/// Selects lines of a cart. A line must match at least one value of every list that is not empty; if all lists are
/// empty, every line matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, InputObject)]
#[graphql(name = "PromotionItemFilterInput")]
#[serde(default)]
pub struct ItemFilter {
    /// Lines with one of these products.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_ids: Vec<ProductId>,
    /// Lines with one of these variants.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variant_ids: Vec<VariantId>,
    /// Lines with a product in one of these categories or below.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category_ids: Vec<CategoryId>,
    /// Lines with a product in one of these collections.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub collection_ids: Vec<CollectionId>,
    /// Lines with a product that has one of these tags.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Lines with a product of one of these types.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_types: Vec<String>,
    /// Lines with a product of one of these vendors.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vendors: Vec<String>,
}

impl ItemFilter {
    /// Returns whether the line matches.
    pub fn matches(&self, line: &BasketLine) -> bool {
        holds(&self.product_ids, std::slice::from_ref(&line.product_id))
            && holds(&self.variant_ids, std::slice::from_ref(&line.variant_id))
            && holds(&self.category_ids, &line.category_path)
            && holds(&self.collection_ids, &line.collection_ids)
            && holds(&self.tags, &line.tags)
            && holds(&self.product_types, std::slice::from_ref(&line.product_type))
            && holds(&self.vendors, std::slice::from_ref(&line.vendor))
    }
}

/// Returns whether `wanted` is empty or contains one of the found values.
fn holds<T: PartialEq>(wanted: &[T], found: &[T]) -> bool {
    wanted.is_empty() || found.iter().any(|found| wanted.contains(found))
}

/// A minimum quantity of certain lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, InputObject)]
#[graphql(name = "PromotionMinQuantityInput")]
pub struct MinQuantity {
    /// The minimum number of units, at least 1.
    pub quantity: i32,
    /// The lines to count; if omitted, all lines.
    #[graphql(default)]
    #[serde(default)]
    pub items: ItemFilter,
}

/// The conditions of a promotion, all of which must be met. Omitted fields require nothing.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    InputObject,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
#[graphql(name = "PromotionConditionsInput")]
#[serde(default)]
pub struct Conditions {
    /// The minimum subtotal of the lines, after the promotions that were applied before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_subtotal: Option<Amount>,
    /// The minimum quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_quantity: Option<MinQuantity>,
    /// The region must be one of these.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub region_ids: Vec<RegionId>,
    /// The country must be one of these.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// The customer must be in one of these groups.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub customer_group_ids: Vec<CustomerGroupId>,
    /// The sales channel must be one of these.
    #[graphql(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channel_ids: Vec<ChannelId>,
}

stored_json!(Conditions);

/// The target of an effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Target {
    /// Individual lines.
    Items {
        /// The lines.
        #[serde(default)]
        filter: ItemFilter,
        /// The allocation method.
        allocation: AllocationMethod,
        /// The maximum number of discounted units: of each line with EACH, of all lines together with ONCE.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_quantity: Option<i32>,
    },
    /// The whole order: the discount is allocated to its lines.
    Order {
        /// Whether the discount is allocated to shipping too.
        with_shipping: bool,
    },
    /// Shipping.
    Shipping {
        /// The shipping options; if empty, all of them.
        #[serde(default)]
        option_ids: Vec<ShippingOptionId>,
    },
}

impl Target {
    /// Returns the discount class.
    pub const fn class(&self) -> DiscountClass {
        match self {
            Self::Items { .. } => DiscountClass::Item,
            Self::Order { .. } => DiscountClass::Order,
            Self::Shipping { .. } => DiscountClass::Shipping,
        }
    }
}

/// A tier: a minimum subtotal, and the discount as a percentage or as an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, InputObject)]
#[graphql(name = "PromotionTierInput")]
pub struct Tier {
    /// The minimum subtotal in major units: of the target lines, or of all lines.
    pub from: Decimal,
    /// The percentage of the discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Decimal>,
    /// The amount of the discount, in major units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}

/// Discounts some units if others are bought, the cheapest units first. A unit never counts as both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, InputObject)]
#[graphql(name = "BuyXGetYEffectInput")]
pub struct BuyGet {
    /// The number of units to buy, at least 1.
    pub buy_quantity: i32,
    /// The lines to buy from; if omitted, all lines.
    #[graphql(default)]
    #[serde(default)]
    pub buy: ItemFilter,
    /// The number of discounted units, at least 1.
    pub get_quantity: i32,
    /// The lines to discount; if omitted, all lines.
    #[graphql(default)]
    #[serde(default)]
    pub get: ItemFilter,
    /// The percentage of the discount; 100 makes the units free.
    #[graphql(default_with = "Decimal(rust_decimal::Decimal::ONE_HUNDRED)")]
    pub percentage: Decimal,
    /// How often it can be applied in one cart; if omitted, as often as possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_repeats: Option<i32>,
}

/// The discount of an effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Discount {
    /// A percentage of the remaining price.
    Percentage {
        /// The percentage, above 0 and at most 100.
        percentage: rust_decimal::Decimal,
    },
    /// A fixed amount: for each unit with EACH and ONCE, otherwise once for all units.
    FixedAmount(Amount),
    /// A fixed unit price, if it is below the current one.
    FixedPrice(Amount),
    /// Some units are discounted if others are bought.
    BuyXGetY(Box<BuyGet>),
    /// Free shipping.
    FreeShipping,
    /// A discount that increases with the subtotal.
    TieredSpend {
        /// The tiers, in ascending order.
        tiers: Vec<Tier>,
        /// The currency of the tiers.
        currency: Currency,
    },
}

impl Discount {
    /// Returns the kind.
    pub const fn kind(&self) -> EffectKind {
        match self {
            Self::Percentage { .. } => EffectKind::Percentage,
            Self::FixedAmount(_) => EffectKind::FixedAmount,
            Self::FixedPrice(_) => EffectKind::FixedPrice,
            Self::BuyXGetY(_) => EffectKind::BuyXGetY,
            Self::FreeShipping => EffectKind::FreeShipping,
            Self::TieredSpend { .. } => EffectKind::TieredSpend,
        }
    }
}

/// An effect of a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The target.
    pub target: Target,
    /// The discount.
    pub discount: Discount,
}

/// The effects of a promotion, in the order of application.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct Effects(pub Vec<Effect>);

stored_json!(Effects);

impl Effects {
    /// Returns the distinct discount classes of their targets.
    pub fn classes(&self) -> Vec<DiscountClass> {
        let there = |class: &DiscountClass| self.0.iter().any(|effect| effect.target.class() == *class);
        DiscountClass::ALL.iter().copied().filter(there).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{AllocationMethod, Amount, Conditions, Discount, Effect, Effects, ItemFilter, Target};
    use rust_decimal::Decimal;

    #[test]
    fn terms_survive_being_stored() {
        let amount = Amount { amount: Decimal::new(1050, 2).into(), currency: "EUR".parse().unwrap() };
        let target = Target::Items {
            filter: ItemFilter { tags: vec!["paper".to_owned()], ..ItemFilter::default() },
            allocation: AllocationMethod::Once,
            max_quantity: Some(2),
        };
        let free = Effect { target: Target::Shipping { option_ids: Vec::new() }, discount: Discount::FreeShipping };
        let effects = Effects(vec![Effect { target, discount: Discount::FixedAmount(amount) }, free]);
        let stored = serde_json::to_value(&effects).unwrap();
        assert_eq!(serde_json::from_value::<Effects>(stored).unwrap(), effects);
        let conditions = Conditions { min_subtotal: Some(amount), ..Conditions::default() };
        let stored = serde_json::to_value(&conditions).unwrap();
        assert_eq!(stored.to_string(), r#"{"min_subtotal":{"amount":"10.50","currency":"EUR"}}"#);
        assert_eq!(serde_json::from_value::<Conditions>(stored).unwrap(), conditions);
    }
}
