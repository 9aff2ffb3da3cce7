//! What promotions made of a cart.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{CodeProblem, code_key};
use crate::kernel::ids::{CampaignId, PromotionCodeId, PromotionId};
use crate::kernel::money::Money;
use crate::kernel::stored_json;

/// A promotion that applies to a cart, and what it takes off altogether.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Which.
    pub promotion_id: PromotionId,
    /// The campaign that it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// The code that it was asked for with; `None` for one that applies by itself.
    pub code_id: Option<PromotionCodeId>,
    /// That code, as the shopper typed it.
    pub code: Option<String>,
    /// Its title, for shoppers.
    pub title: String,
    /// What it takes off, in major units of the cart's currency: above zero.
    pub amount: Decimal,
}

/// What one promotion takes off one line, or off the shipping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Which promotion.
    pub promotion_id: PromotionId,
    /// Its title, for shoppers.
    pub title: String,
    /// The code that it was asked for with.
    pub code: Option<String>,
    /// What it takes off, in major units of the cart's currency: above zero.
    pub amount: Decimal,
}

/// A code that does not apply, and why: exactly one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The code, as the shopper typed it.
    pub code: String,
    /// Why, for programs.
    pub reason: CodeProblem,
    /// Why, for the shopper, in one sentence.
    pub message: String,
    /// Facts that a program may need, such as `{"missing": "5.00", "currency": "EUR"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// What promotions make of a basket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The promotions that apply, in the order in which they were applied.
    pub applied: Vec<Applied>,
    /// What is taken off each line of the basket.
    pub lines: Vec<Vec<Allocation>>,
    /// What is taken off the shipping.
    pub shipping: Vec<Allocation>,
    /// The codes that do not apply.
    pub rejected: Vec<Rejected>,
}

/// What is taken off a line or the shipping, as a cart or an order keeps it.
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
    /// All of it.
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
    pub applied: Vec<Applied>,
    /// The codes that do not.
    pub rejected: Vec<Rejected>,
}

stored_json!(AppliedPromotions);

impl AppliedPromotions {
    /// Why this code does not apply, however it is spelled; `None` when it does.
    pub fn refusal(&self, code: &str) -> Option<&Rejected> {
        self.rejected.iter().find(|rejected| code_key(&rejected.code) == code_key(code))
    }
}

/// Why a promotion does not apply to a basket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    reason: CodeProblem,
    message: String,
    details: Option<Value>,
}

impl Refusal {
    /// One that needs no facts.
    pub(super) fn plain(reason: CodeProblem) -> Self {
        Self { reason, message: sentence(reason).to_owned(), details: None }
    }

    /// The lines come to too little by this much.
    pub(super) fn subtotal(missing: Money) -> Self {
        let Money { amount, currency } = missing.rounded();
        Self {
            reason: CodeProblem::MinSubtotal,
            message: format!("Add items for {currency} {amount} to use this code."),
            details: Some(json!({ "missing": amount.to_string(), "currency": currency.code() })),
        }
    }

    /// There are too few units by so many.
    pub(super) fn quantity(missing: i64) -> Self {
        let unit = if missing == 1 { "item" } else { "items" };
        Self {
            reason: CodeProblem::MinQuantity,
            message: format!("Add {missing} more matching {unit} to use this code."),
            details: Some(json!({ "missing": missing })),
        }
    }

    /// Another promotion is in the way.
    pub(super) fn not_combinable(with: &str) -> Self {
        Self {
            reason: CodeProblem::NotCombinable,
            message: format!("This code cannot be combined with \"{with}\"."),
            details: Some(json!({ "with": with })),
        }
    }

    /// It waits for shipping to be chosen.
    pub(super) fn no_shipping() -> Self {
        let message = "This code discounts shipping: select a shipping option it applies to.";
        Self { reason: CodeProblem::NoEffect, message: message.to_owned(), details: None }
    }

    /// What the shopper who typed the code is told.
    pub(super) fn of(self, code: &str) -> Rejected {
        let Self { reason, message, details } = self;
        Rejected { code: code.to_owned(), reason, message, details }
    }
}

/// A sentence for the shopper.
const fn sentence(reason: CodeProblem) -> &'static str {
    match reason {
        CodeProblem::Unknown => "There is no such code.",
        CodeProblem::NotStarted => "This code is not valid yet.",
        CodeProblem::Expired => "This code has expired.",
        CodeProblem::Inactive => "This code is no longer valid.",
        CodeProblem::LimitReached => "This code has reached its usage limit.",
        CodeProblem::CustomerLimitReached => "You have already used this code as often as allowed.",
        CodeProblem::BudgetSpent => "This offer has been used up.",
        CodeProblem::MinSubtotal => "Add more items to use this code: the subtotal is too low.",
        CodeProblem::MinQuantity => "Add more matching items to use this code.",
        CodeProblem::NoMatchingItems => "This code does not apply to the items in the cart.",
        CodeProblem::NotEligible => "This code is not available to you or in your country.",
        CodeProblem::WrongCurrency => "This code is for another currency.",
        CodeProblem::NotCombinable => "This code cannot be combined with the other offers.",
        CodeProblem::NoEffect => "This code gives no discount on this cart.",
    }
}
