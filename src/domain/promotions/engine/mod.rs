//! Computes the discounts of a basket. Pure: the same basket and candidates always give the same outcome.
//!
//! # Decisions
//! - Promotions are applied one by one, highest priority first, each to what the previous ones left (rules A14, B9).
//!   There is no search for the best combination: the priorities determine the result.
//! - A percentage is computed once on its base and allocated by largest remainder (A10, A11, B1); only the discount is
//!   rounded.
//! - The remaining amount of a line is spread evenly over its units, whichever units earlier promotions discounted.

mod amounts;
mod bundle;
mod conditions;
mod effects;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::basket::Basket;
use super::discounts::{Allocation, AppliedPromotion, Outcome, Refusal};
use super::model::{BudgetKind, Campaign, DiscountCodeError, Promotion};
use super::rules::{Conditions, DiscountClass, Effects};
use crate::kernel::ids::{CampaignId, PromotionCodeId, PromotionId};
use crate::kernel::money::Money;
use amounts::Amounts;

/// An existing code that a shopper entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedCode {
    /// The id.
    pub id: PromotionCodeId,
    /// The code, as entered.
    pub code: String,
}

/// The remaining budget of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetLeft {
    /// The remaining discount, for carts of this currency.
    Spend(Money),
    /// The remaining number of uses.
    Uses(Decimal),
}

/// A promotion that can apply to a basket, as its dates, status and limits allow it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The promotion.
    pub promotion_id: PromotionId,
    /// The campaign it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// The remaining budget of that campaign; `None` without one.
    pub budget: Option<BudgetLeft>,
    /// The code that was entered; `None` if it applies automatically.
    pub code: Option<TypedCode>,
    /// The title, for shoppers.
    pub title: String,
    /// The priority. Higher priorities are applied first.
    pub priority: i32,
    /// Whether it cannot be combined with any other promotion.
    pub exclusive: bool,
    /// The discount classes it can be combined with.
    pub combines_with: Vec<DiscountClass>,
    /// The conditions.
    pub conditions: Conditions,
    /// The effects.
    pub effects: Effects,
}

impl Candidate {
    /// Creates a candidate from a promotion and its campaign.
    pub fn of(promotion: Promotion, campaign: Option<&Campaign>, code: Option<TypedCode>) -> Self {
        Self {
            promotion_id: promotion.id,
            campaign_id: promotion.campaign_id,
            budget: campaign.and_then(budget_left),
            code,
            title: promotion.title,
            priority: promotion.priority,
            exclusive: promotion.exclusive,
            combines_with: promotion.combines_with,
            conditions: promotion.conditions,
            effects: promotion.effects,
        }
    }

    /// Returns whether each allows the other.
    fn combines(&self, other: &Self) -> bool {
        let allows = |one: &Self, other: &Self| {
            !one.exclusive && other.effects.classes().iter().all(|class| one.combines_with.contains(class))
        };
        allows(self, other) && allows(other, self)
    }
}

fn budget_left(campaign: &Campaign) -> Option<BudgetLeft> {
    let left = campaign.budget_limit? - campaign.budget_used;
    match campaign.budget_kind? {
        BudgetKind::Spend => Some(BudgetLeft::Spend(Money::new(left, campaign.budget_currency?))),
        BudgetKind::Use => Some(BudgetLeft::Uses(left)),
    }
}

/// Applies the candidates to the basket, by priority, then id. Each promotion is applied once, with its code if it has
/// one (rule B15).
pub fn apply(basket: &Basket, candidates: &[Candidate]) -> Outcome {
    let mut in_order: Vec<_> = candidates.iter().collect();
    in_order.sort_by_key(|candidate| (Reverse(candidate.priority), candidate.promotion_id, candidate.code.is_none()));
    let mut evaluation = Evaluation::new(basket);
    for candidate in in_order {
        if let (Err(refusal), Some(typed)) = (evaluation.attempt(candidate), &candidate.code) {
            evaluation.outcome.rejected.push(refusal.of(&typed.code));
        }
    }
    evaluation.outcome
}

/// Returns the outcome of one promotion alone. If it does not apply, `rejected` has the reason, with or without a code.
pub fn simulate(basket: &Basket, candidate: &Candidate) -> Outcome {
    match apply(basket, std::slice::from_ref(candidate)) {
        outcome if outcome.applied.is_empty() && outcome.rejected.is_empty() => {
            let code = TypedCode { id: PromotionCodeId::new(), code: String::new() };
            apply(basket, &[Candidate { code: Some(code), ..candidate.clone() }])
        }
        outcome => outcome,
    }
}

/// The evaluation of the candidates for a basket.
struct Evaluation<'a> {
    basket: &'a Basket,
    left: Amounts,
    winners: Vec<&'a Candidate>,
    outcome: Outcome,
}

impl<'a> Evaluation<'a> {
    fn new(basket: &'a Basket) -> Self {
        let outcome = Outcome { lines: vec![Vec::new(); basket.lines.len()], ..Outcome::default() };
        Self { basket, left: Amounts::of(basket), winners: Vec::new(), outcome }
    }

    fn attempt(&mut self, candidate: &'a Candidate) -> Result<(), Refusal> {
        let conflicts =
            |other: &&&Candidate| other.promotion_id == candidate.promotion_id || !candidate.combines(other);
        if let Some(other) = self.winners.iter().find(conflicts) {
            return Err(Refusal::not_combinable(&other.title));
        }
        conditions::check(&candidate.conditions, self.basket, self.left.subtotal())?;
        let after = self.after(candidate)?;
        let amount = self.left.total() - after.total();
        self.check_budget(candidate, amount)?;
        self.record(candidate, &after, amount);
        self.left = after;
        self.winners.push(candidate);
        Ok(())
    }

    /// Returns the remaining amounts after the candidate's effects; fails if they give no discount (rule B10).
    fn after(&self, candidate: &Candidate) -> Result<Amounts, Refusal> {
        let (mut after, mut why) = (self.left.clone(), None);
        for effect in &candidate.effects.0 {
            match effects::cuts(effect, self.basket, &after) {
                Ok(cuts) => after.lower(&cuts),
                Err(refusal) => why = why.or(Some(refusal)),
            }
        }
        if after == self.left {
            return Err(why.unwrap_or_else(|| Refusal::plain(DiscountCodeError::NoEffect)));
        }
        Ok(after)
    }

    /// Checks that the campaign's budget covers it together with the campaign's other promotions for this basket.
    fn check_budget(&self, candidate: &Candidate, amount: Decimal) -> Result<(), Refusal> {
        let siblings = || self.outcome.applied.iter().filter(|other| other.campaign_id == candidate.campaign_id);
        let enough = match candidate.budget {
            None => true,
            Some(BudgetLeft::Uses(left)) => Decimal::from(siblings().count() + 1) <= left,
            Some(BudgetLeft::Spend(left)) if left.currency != self.basket.buyer.currency => {
                return Err(Refusal::plain(DiscountCodeError::WrongCurrency));
            }
            Some(BudgetLeft::Spend(left)) => {
                siblings().map(|other| other.amount).sum::<Decimal>() + amount <= left.amount
            }
        };
        if enough { Ok(()) } else { Err(Refusal::plain(DiscountCodeError::BudgetSpent)) }
    }

    fn record(&mut self, candidate: &Candidate, after: &Amounts, amount: Decimal) {
        let code = candidate.code.as_ref().map(|typed| typed.code.clone());
        let note = |into: &mut Vec<Allocation>, before: Decimal, after: Decimal| {
            if before > after {
                let (promotion_id, title) = (candidate.promotion_id, candidate.title.clone());
                into.push(Allocation { promotion_id, title, code: code.clone(), amount: before - after });
            }
        };
        for (place, into) in self.outcome.lines.iter_mut().enumerate() {
            note(into, self.left.lines[place], after.lines[place]);
        }
        note(&mut self.outcome.shipping, self.left.shipping, after.shipping);
        self.outcome.applied.push(AppliedPromotion {
            promotion_id: candidate.promotion_id,
            campaign_id: candidate.campaign_id,
            code_id: candidate.code.as_ref().map(|typed| typed.id),
            code,
            title: candidate.title.clone(),
            amount,
        });
    }
}
