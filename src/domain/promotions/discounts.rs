//! The discounts of a cart.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{DiscountCodeError, UsageState, code_key};
use crate::kernel::ids::{CampaignId, CartId, CustomerId, OrderId, PromotionCodeId, PromotionId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::stored_json;

/// A promotion that applies to a cart, and its total discount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedPromotion {
    /// The promotion.
    pub promotion_id: PromotionId,
    /// The campaign it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// The code that was entered; `None` if it applies automatically.
    pub code_id: Option<PromotionCodeId>,
    /// That code, as the shopper entered it.
    pub code: Option<String>,
    /// The title, for shoppers.
    pub title: String,
    /// The discount in major units of the cart's currency: above zero.
    pub amount: Decimal,
}

/// The promotions of an order to reserve or redeem.
#[derive(Clone, Copy, Debug)]
pub struct Redemption<'a> {
    /// The cart that becomes the order.
    pub cart_id: CartId,
    /// The order.
    pub order_id: OrderId,
    /// The customer, if known.
    pub customer_id: Option<CustomerId>,
    /// The customer's email address.
    pub email: &'a str,
    /// The order's currency.
    pub currency: Currency,
    /// The promotions applied by the last quote of the cart.
    pub applied: &'a [AppliedPromotion],
    /// Consumed if the order is placed in the same transaction, reserved otherwise.
    pub state: UsageState,
}

/// The discount of one promotion on one line or on the shipping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The promotion.
    pub promotion_id: PromotionId,
    /// The title, for shoppers.
    pub title: String,
    /// The code that was entered.
    pub code: Option<String>,
    /// The discount in major units of the cart's currency: above zero.
    pub amount: Decimal,
}

/// A code that does not apply, with exactly one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The code, as the shopper entered it.
    pub code: String,
    /// The machine-readable reason.
    pub reason: DiscountCodeError,
    /// The reason for the shopper, in one sentence.
    pub message: String,
    /// Machine-readable details, such as `{"missing": "5.00", "currency": "EUR"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// The result of applying promotions to a basket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The promotions that apply, in the order in which they were applied.
    pub applied: Vec<AppliedPromotion>,
    /// The discounts of each line of the basket.
    pub lines: Vec<Vec<Allocation>>,
    /// The discounts of the shipping.
    pub shipping: Vec<Allocation>,
    /// The codes that do not apply.
    pub rejected: Vec<Rejected>,
}

/// The discounts of a line or the shipping, as stored with a cart or an order.
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
pub struct Allocations(pub Vec<Allocation>);

stored_json!(Allocations);

impl Allocations {
    /// Returns the total discount.
    pub fn total(&self) -> Decimal {
        self.0.iter().map(|allocation| allocation.amount).sum()
    }
}

/// The promotions of a cart or an order, and the codes that do not apply.
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
pub struct AppliedPromotions {
    /// The promotions that apply.
    pub applied: Vec<AppliedPromotion>,
    /// The codes that do not.
    pub rejected: Vec<Rejected>,
}

stored_json!(AppliedPromotions);

impl AppliedPromotions {
    /// Returns why this code (case-insensitive) does not apply; `None` if it does.
    pub fn refusal(&self, code: &str) -> Option<&Rejected> {
        self.rejected.iter().find(|rejected| code_key(&rejected.code) == code_key(code))
    }
}

/// The reason why a promotion does not apply to a basket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    reason: DiscountCodeError,
    message: String,
    details: Option<Value>,
}

impl Refusal {
    /// A refusal without details.
    pub(super) fn plain(reason: DiscountCodeError) -> Self {
        Self { reason, message: sentence(reason).to_owned(), details: None }
    }

    /// The subtotal is too low by this amount.
    pub(super) fn subtotal(missing: Money) -> Self {
        let Money { amount, currency } = missing.rounded();
        Self {
            reason: DiscountCodeError::MinSubtotal,
            message: format!("Add items for {currency} {amount} to use this code."),
            details: Some(json!({ "missing": amount.to_string(), "currency": currency.code() })),
        }
    }

    /// The number of matching units is too low by this number.
    pub(super) fn quantity(missing: i64) -> Self {
        let unit = if missing == 1 { "item" } else { "items" };
        Self {
            reason: DiscountCodeError::MinQuantity,
            message: format!("Add {missing} more matching {unit} to use this code."),
            details: Some(json!({ "missing": missing })),
        }
    }

    /// It cannot be combined with another promotion.
    pub(super) fn not_combinable(with: &str) -> Self {
        Self {
            reason: DiscountCodeError::NotCombinable,
            message: format!("This code cannot be combined with \"{with}\"."),
            details: Some(json!({ "with": with })),
        }
    }

    /// No matching shipping option is selected.
    pub(super) fn no_shipping() -> Self {
        let message = "This code discounts shipping: select a shipping option it applies to.";
        Self { reason: DiscountCodeError::NoEffect, message: message.to_owned(), details: None }
    }

    /// Returns the rejection of this code.
    pub(super) fn of(self, code: &str) -> Rejected {
        let Self { reason, message, details } = self;
        Rejected { code: code.to_owned(), reason, message, details }
    }
}

/// The message for the shopper.
const fn sentence(reason: DiscountCodeError) -> &'static str {
    match reason {
        DiscountCodeError::Unknown => "There is no such code.",
        DiscountCodeError::NotStarted => "This code is not valid yet.",
        DiscountCodeError::Expired => "This code has expired.",
        DiscountCodeError::Inactive => "This code is no longer valid.",
        DiscountCodeError::LimitReached => "This code has reached its usage limit.",
        DiscountCodeError::CustomerLimitReached => "You have already used this code as often as allowed.",
        DiscountCodeError::BudgetSpent => "This offer has been used up.",
        DiscountCodeError::MinSubtotal => "Add more items to use this code: the subtotal is too low.",
        DiscountCodeError::MinQuantity => "Add more matching items to use this code.",
        DiscountCodeError::NoMatchingItems => "This code does not apply to the items in the cart.",
        DiscountCodeError::NotEligible => "This code is not available to you or in your country.",
        DiscountCodeError::WrongCurrency => "This code is for another currency.",
        DiscountCodeError::NotCombinable => "This code cannot be combined with the other offers.",
        DiscountCodeError::NoEffect => "This code gives no discount on this cart.",
    }
}
