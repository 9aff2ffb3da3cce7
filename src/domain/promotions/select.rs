//! Selects the promotions that can apply to a basket by status, dates and limits. Pure.

use std::collections::HashMap;

use super::discounts::{Refusal, Rejected};
use super::engine::{Candidate, TypedCode};
use super::model::{Campaign, DiscountCodeError, Promotion, PromotionCode, PromotionStatus, code_key};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::PromotionId;

/// A promotion found for a basket, with its campaign and the code it was found by.
pub(super) type Found = (Promotion, Option<Campaign>, Option<PromotionCode>);

/// The promotions that can apply, and the codes that cannot.
pub(super) struct Selection {
    pub(super) candidates: Vec<Candidate>,
    pub(super) rejected: Vec<Rejected>,
}

/// Splits `found` into candidates and rejected codes. `used` is how often this customer has used each promotion.
pub(super) fn select(found: &[Found], codes: &[String], used: &HashMap<PromotionId, i64>, at: Timestamp) -> Selection {
    let mut selection = Selection { candidates: Vec::new(), rejected: Vec::new() };
    for typed in distinct(codes) {
        let key = code_key(typed);
        let by_code = found.iter().find(|(_, _, code)| code.as_ref().is_some_and(|code| code.code_key == key));
        let Some((promotion, campaign, Some(code))) = by_code else {
            selection.rejected.push(Refusal::plain(DiscountCodeError::Unknown).of(typed));
            continue;
        };
        let problem = code_problem(code).or_else(|| problem(promotion, campaign.as_ref(), used, at));
        match problem {
            Some(problem) => selection.rejected.push(Refusal::plain(problem).of(typed)),
            None => {
                let code = TypedCode { id: code.id, code: typed.clone() };
                selection.candidates.push(Candidate::of(promotion.clone(), campaign.as_ref(), Some(code)));
            }
        }
    }
    for (promotion, campaign, _) in found {
        let there = selection.candidates.iter().any(|candidate| candidate.promotion_id == promotion.id);
        if promotion.automatic && !there && problem(promotion, campaign.as_ref(), used, at).is_none() {
            selection.candidates.push(Candidate::of(promotion.clone(), campaign.as_ref(), None));
        }
    }
    selection
}

/// The codes without duplicates, case-insensitive.
fn distinct(codes: &[String]) -> Vec<&String> {
    let mut seen = std::collections::HashSet::new();
    codes.iter().filter(|code| seen.insert(code_key(code))).collect()
}

fn code_problem(code: &PromotionCode) -> Option<DiscountCodeError> {
    if code.revoked_at.is_some() {
        return Some(DiscountCodeError::Inactive);
    }
    code.usage_limit.filter(|limit| code.used >= *limit).map(|_| DiscountCodeError::LimitReached)
}

fn problem(
    promotion: &Promotion,
    campaign: Option<&Campaign>,
    used: &HashMap<PromotionId, i64>,
    at: Timestamp,
) -> Option<DiscountCodeError> {
    let starts = [promotion.starts_at, campaign.and_then(|campaign| campaign.starts_at)];
    let ends = [promotion.ends_at, campaign.and_then(|campaign| campaign.ends_at)];
    let spent = campaign.is_some_and(|campaign| campaign.budget_limit.is_some_and(|most| campaign.budget_used >= most));
    let own = used.get(&promotion.id).copied().unwrap_or(0);
    if promotion.status != PromotionStatus::Active {
        Some(DiscountCodeError::Inactive)
    } else if starts.into_iter().flatten().any(|start| at < start) {
        Some(DiscountCodeError::NotStarted)
    } else if ends.into_iter().flatten().any(|end| at >= end) {
        Some(DiscountCodeError::Expired)
    } else if promotion.usage_limit.is_some_and(|limit| promotion.used >= limit) {
        Some(DiscountCodeError::LimitReached)
    } else if promotion.customer_usage_limit.is_some_and(|limit| own >= i64::from(limit)) {
        Some(DiscountCodeError::CustomerLimitReached)
    } else if spent {
        Some(DiscountCodeError::BudgetSpent)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use chrono::{DateTime, TimeDelta};

    use super::{DiscountCodeError, Found, select};
    use crate::domain::promotions::model::{BudgetKind, Campaign, Promotion, PromotionCode, PromotionStatus, code_key};
    use crate::domain::promotions::rules::{Conditions, Effects};
    use crate::kernel::ids::{CampaignId, PromotionCodeId, PromotionId};

    fn promotion() -> Promotion {
        let now = DateTime::UNIX_EPOCH;
        Promotion {
            id: PromotionId::new(),
            campaign_id: None,
            title: "Summer".to_owned(),
            description: String::new(),
            status: PromotionStatus::Active,
            automatic: false,
            priority: 0,
            exclusive: false,
            combines_with: Vec::new(),
            conditions: Conditions::default(),
            effects: Effects::default(),
            starts_at: None,
            ends_at: None,
            usage_limit: None,
            customer_usage_limit: None,
            returned_on_cancel: true,
            used: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    fn found(promotion: Promotion, code: &str) -> Found {
        let code = PromotionCode {
            id: PromotionCodeId::new(),
            promotion_id: promotion.id,
            code: code.to_owned(),
            code_key: code_key(code),
            usage_limit: None,
            used: 0,
            revoked_at: None,
            created_at: promotion.created_at,
        };
        (promotion, None, Some(code))
    }

    #[test]
    fn every_code_that_cannot_apply_has_one_reason() {
        let now = DateTime::UNIX_EPOCH;
        let case = |change: &dyn Fn(&mut Found)| {
            let mut found = found(promotion(), "Summer");
            change(&mut found);
            let used = HashMap::from([(found.0.id, 2)]);
            let selection = select(&[found], &["summer ".to_owned(), "SUMMER".to_owned()], &used, now);
            let reasons: Vec<_> = selection.rejected.iter().map(|rejected| rejected.reason).collect();
            assert_eq!(selection.candidates.len() + reasons.len(), 1);
            reasons.first().copied()
        };
        let campaign = |found: &mut Found| {
            found.1 = Some(Campaign {
                id: CampaignId::new(),
                name: String::new(),
                description: String::new(),
                starts_at: None,
                ends_at: None,
                budget_kind: Some(BudgetKind::Use),
                budget_limit: Some(2.into()),
                budget_currency: None,
                budget_used: 2.into(),
                version: 1,
                created_at: now,
                updated_at: now,
            });
        };
        assert_eq!(case(&|_| {}), None);
        assert_eq!(case(&|found| found.0.status = PromotionStatus::Draft), Some(DiscountCodeError::Inactive));
        assert_eq!(case(&|found| found.0.starts_at = Some(now)), None, "a window begins with its start");
        let later = now + TimeDelta::seconds(1);
        assert_eq!(case(&|found| found.0.starts_at = Some(later)), Some(DiscountCodeError::NotStarted));
        assert_eq!(
            case(&|found| found.0.ends_at = Some(now)),
            Some(DiscountCodeError::Expired),
            "and ends before its end"
        );
        assert_eq!(case(&|found| found.0.usage_limit = Some(0)), Some(DiscountCodeError::LimitReached));
        assert_eq!(case(&|found| found.0.customer_usage_limit = Some(3)), None);
        assert_eq!(
            case(&|found| found.0.customer_usage_limit = Some(2)),
            Some(DiscountCodeError::CustomerLimitReached)
        );
        assert_eq!(case(&campaign), Some(DiscountCodeError::BudgetSpent));
        let code = |change: &dyn Fn(&mut PromotionCode)| case(&|found| found.2.iter_mut().for_each(change));
        assert_eq!(code(&|code| code.revoked_at = Some(now)), Some(DiscountCodeError::Inactive));
        assert_eq!(code(&|code| code.usage_limit = Some(0)), Some(DiscountCodeError::LimitReached));
    }

    #[test]
    fn b15_a_revoked_code_leaves_an_automatic_promotion_alone() {
        let now = DateTime::UNIX_EPOCH;
        let mut one = found(Promotion { automatic: true, ..promotion() }, "SUMMER");
        let codes = ["SUMMER".to_owned(), "NOPE".to_owned()];
        let selection = select(std::slice::from_ref(&one), &codes, &HashMap::new(), now);
        assert_eq!((selection.candidates.len(), selection.candidates[0].code.is_some()), (1, true));
        assert_eq!(selection.rejected[0].reason, DiscountCodeError::Unknown);
        one.2.iter_mut().for_each(|code| code.revoked_at = Some(now));
        let selection = select(&[one], &codes, &HashMap::new(), now);
        assert_eq!((selection.candidates.len(), selection.candidates[0].code.is_some()), (1, false));
        assert_eq!(selection.rejected.len(), 2);
    }
}
