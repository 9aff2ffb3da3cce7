//! What a promotion asks for and what it gives: kept as JSON, checked when it is written.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::basket::BasketLine;
use super::model::{AllocationMethod, DiscountClass, EffectKind};
use crate::kernel::country::Country;
use crate::kernel::ids::{
    CategoryId, ChannelId, CollectionId, CustomerGroupId, ProductId, RegionId, ShippingOptionId, VariantId,
};
use crate::kernel::money::Currency;
use crate::kernel::stored_json;

/// An amount in a currency, in major units, as the terms of a promotion keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// How much.
    pub amount: Decimal,
    /// Of which currency.
    pub currency: Currency,
}

/// Which lines of a cart: any of the values of each list, and something of every list that is not empty. All lines when
/// every list is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemFilter {
    /// Of one of these products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_ids: Vec<ProductId>,
    /// One of these variants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variant_ids: Vec<VariantId>,
    /// In one of these categories or below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category_ids: Vec<CategoryId>,
    /// In one of these collections.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub collection_ids: Vec<CollectionId>,
    /// With one of these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Of one of these types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub product_types: Vec<String>,
    /// Of one of these vendors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vendors: Vec<String>,
}

impl ItemFilter {
    /// Whether the line is one of them.
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

/// Whether nothing is wanted, or one of the wanted things is there.
fn holds<T: PartialEq>(wanted: &[T], found: &[T]) -> bool {
    wanted.is_empty() || found.iter().any(|found| wanted.contains(found))
}

/// So many units of some of the lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinQuantity {
    /// How many units, from 1.
    pub quantity: i32,
    /// Of which lines.
    #[serde(default)]
    pub items: ItemFilter,
}

/// What has to hold before a promotion applies: all of it. What is empty asks for nothing.
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
#[serde(default)]
pub struct Conditions {
    /// What the lines come to after the promotions before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_subtotal: Option<Amount>,
    /// How many units there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_quantity: Option<MinQuantity>,
    /// In one of these regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub region_ids: Vec<RegionId>,
    /// In one of these countries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// For customers of one of these groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub customer_group_ids: Vec<CustomerGroupId>,
    /// Through one of these sales channels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channel_ids: Vec<ChannelId>,
}

stored_json!(Conditions);

/// What an effect lowers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Target {
    /// Some of the lines, one by one.
    Items {
        /// Which lines.
        #[serde(default)]
        filter: ItemFilter,
        /// How it is spread over them.
        allocation: AllocationMethod,
        /// How many units at most: of each line with EACH, of all lines together with ONCE.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_quantity: Option<i32>,
    },
    /// The whole order, shared out over its lines.
    Order {
        /// Whether shipping takes its share.
        with_shipping: bool,
    },
    /// Shipping.
    Shipping {
        /// By one of these options; by any when there are none.
        #[serde(default)]
        option_ids: Vec<ShippingOptionId>,
    },
}

impl Target {
    /// Its class.
    pub const fn class(&self) -> DiscountClass {
        match self {
            Self::Items { .. } => DiscountClass::Item,
            Self::Order { .. } => DiscountClass::Order,
            Self::Shipping { .. } => DiscountClass::Shipping,
        }
    }
}

/// From how much on, and how much is taken off then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// From this subtotal on.
    pub from: Decimal,
    /// Taken off; exactly one of the two is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Decimal>,
    /// Taken off; exactly one of the two is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}

/// For so many units bought, so many others are cheaper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyGet {
    /// How many have to be bought.
    pub buy_quantity: i32,
    /// Of which lines.
    #[serde(default)]
    pub buy: ItemFilter,
    /// How many others are cheaper then.
    pub get_quantity: i32,
    /// Of which lines; the cheapest of them.
    #[serde(default)]
    pub get: ItemFilter,
    /// By how many percent: 100 is free.
    pub percentage: Decimal,
    /// How often in one cart; `None` as often as it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_repeats: Option<i32>,
}

/// How much an effect takes off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Discount {
    /// A part of what is left.
    Percentage {
        /// Above 0, and 100 at most.
        percentage: Decimal,
    },
    /// An amount: off each unit with EACH and ONCE, else off the whole.
    FixedAmount(Amount),
    /// The price of a unit becomes this, never more than it is.
    FixedPrice(Amount),
    /// Some units are cheaper when others are bought.
    BuyXGetY(Box<BuyGet>),
    /// All of the shipping.
    FreeShipping,
    /// More, the more is spent.
    TieredSpend {
        /// By how much is spent, ascending.
        tiers: Vec<Tier>,
        /// The currency of the tiers.
        currency: Currency,
    },
}

impl Discount {
    /// Its kind.
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

/// One thing that a promotion does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// To what.
    pub target: Target,
    /// How much.
    pub discount: Discount,
}

/// What a promotion does, in this order.
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
    /// The classes of what they lower, each once.
    pub fn classes(&self) -> Vec<DiscountClass> {
        let there = |class: &DiscountClass| self.0.iter().any(|effect| effect.target.class() == *class);
        DiscountClass::ALL.iter().copied().filter(there).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, Conditions, Discount, Effect, Effects, ItemFilter, Target};
    use crate::domain::promotions::model::AllocationMethod;
    use rust_decimal::Decimal;

    #[test]
    fn terms_survive_being_stored() {
        let amount = Amount { amount: Decimal::new(1050, 2), currency: "EUR".parse().unwrap() };
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
