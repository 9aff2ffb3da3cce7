use serde_json::json;

use super::*;
use crate::domain::promotions::engine::{BudgetLeft, simulate};
use crate::domain::promotions::rules::{MinQuantity, Tier};
use crate::kernel::ids::{CampaignId, CategoryId, CustomerGroupId};
use crate::kernel::money::Money;

fn from(least: &str, currency: &str) -> Conditions {
    Conditions { min_subtotal: Some(amount(least, currency)), ..Conditions::default() }
}

fn units(quantity: i32) -> Conditions {
    let items = ItemFilter::default();
    Conditions { min_quantity: Some(MinQuantity { quantity, items }), ..Conditions::default() }
}

#[test]
fn b9_conditions_are_tested_again_after_each_promotion() {
    let half = Candidate { conditions: units(3), ..promotion(order(), percent("50")) };
    let tenth = Candidate { conditions: from("1000", "JPY"), ..promotion(order(), percent("10")) };
    for (price, quantity, want, applied) in [("500", 3, "750", 1), ("500", 2, "900", 1), ("800", 3, "1080", 2)] {
        let basket = basket("JPY", &[(price, quantity)]);
        let outcome = apply(&basket, &[tenth.clone(), half.clone()]);
        assert_eq!((left(&basket, &outcome), outcome.applied.len()), (decimals(&[want]), applied), "{price}");
    }
}

#[test]
fn b10_a_promotion_without_an_effect_is_not_applied() {
    let basket = basket("JPY", &[("500", 1)]);
    let all = promotion(order(), percent("100"));
    let outcome = apply(&basket, &[all, coded(promotion(order(), off("10", "JPY")), "TEN")]);
    assert_eq!(outcome.applied.len(), 1);
    let rejected = &outcome.rejected[0];
    assert_eq!((rejected.code.as_str(), rejected.reason), ("TEN", DiscountCodeError::NoEffect));
    assert_eq!(
        reason(&basket, promotion(each(), percent("0.0001"))),
        DiscountCodeError::NoEffect,
        "rounded to nothing"
    );
    assert_eq!(
        reason(&basket, promotion(shipping(), Discount::FreeShipping)),
        DiscountCodeError::NoEffect,
        "no shipping"
    );
}

#[test]
fn b15_the_same_promotion_applies_once_and_with_its_code() {
    let basket = basket("JPY", &[("500", 1)]);
    let automatic = promotion(order(), percent("10"));
    let by_code = coded(automatic.clone(), "TEN");
    for candidates in [[automatic.clone(), by_code.clone()], [by_code.clone(), automatic]] {
        let outcome = apply(&basket, &candidates);
        assert_eq!(cuts(&outcome), decimals(&["50"]));
        assert_eq!((outcome.applied[0].code.as_deref(), outcome.rejected.len()), (Some("TEN"), 0));
    }
    let twice = apply(&basket, &[by_code.clone(), coded(by_code, "ZEHN")]);
    assert_eq!((twice.applied.len(), twice.rejected[0].reason), (1, DiscountCodeError::NotCombinable));
}

#[test]
fn high_priorities_come_first_and_then_older_promotions() {
    let basket = basket("JPY", &[("1000", 1)]);
    let (older, newer) = (promotion(order(), off("300", "JPY")), promotion(order(), percent("50")));
    assert_eq!(left(&basket, &apply(&basket, &[newer.clone(), older.clone()])), decimals(&["350"]));
    let first = Candidate { priority: 1, ..newer };
    assert_eq!(left(&basket, &apply(&basket, &[older, first])), decimals(&["200"]));
}

#[test]
fn promotions_are_combined_when_each_allows_the_other() {
    let basket = shipped(basket("JPY", &[("1000", 1)]), "100");
    let only = |classes: &[DiscountClass], candidate: Candidate| Candidate {
        combines_with: classes.to_vec(),
        title: "Choosy".to_owned(),
        ..candidate
    };
    let free = || coded(promotion(shipping(), Discount::FreeShipping), "FREE");
    let both = only(&[DiscountClass::Shipping], promotion(each(), percent("10")));
    assert_eq!(apply(&basket, &[both, free()]).applied.len(), 2);
    for choosy in [
        only(&[DiscountClass::Item, DiscountClass::Order], promotion(each(), percent("10"))),
        Candidate { exclusive: true, ..only(DiscountClass::ALL, promotion(each(), percent("10"))) },
    ] {
        let outcome = apply(&basket, &[choosy, free()]);
        let rejected = &outcome.rejected[0];
        assert_eq!((outcome.applied.len(), rejected.reason), (1, DiscountCodeError::NotCombinable));
        assert_eq!(rejected.details, Some(json!({ "with": "Choosy" })));
        assert!(rejected.message.contains("Choosy"));
    }
    let earlier = promotion(each(), percent("10"));
    let outcome = apply(&basket, &[earlier, Candidate { exclusive: true, ..free() }]);
    assert_eq!(outcome.rejected[0].reason, DiscountCodeError::NotCombinable);
}

#[test]
fn every_reason_comes_with_its_facts() {
    let basket = basket("EUR", &[("20.00", 2)]);
    let ten = || promotion(order(), percent("10"));
    let outcome = apply(&basket, &[coded(Candidate { conditions: from("50", "EUR"), ..ten() }, "FIFTY")]);
    let rejected = &outcome.rejected[0];
    assert_eq!(rejected.reason, DiscountCodeError::MinSubtotal);
    assert_eq!(rejected.details, Some(json!({ "missing": "10.00", "currency": "EUR" })));
    assert_eq!(rejected.message, "Add items for EUR 10.00 to use this code.");
    let outcome = apply(&basket, &[coded(Candidate { conditions: units(3), ..ten() }, "THREE")]);
    assert_eq!(outcome.rejected[0].details, Some(json!({ "missing": 1 })));
    let groups = Conditions { customer_group_ids: vec![CustomerGroupId::new()], ..Conditions::default() };
    assert_eq!(reason(&basket, Candidate { conditions: groups, ..ten() }), DiscountCodeError::NotEligible);
    let abroad = Conditions { countries: vec!["CH".parse().unwrap()], ..Conditions::default() };
    assert_eq!(reason(&basket, Candidate { conditions: abroad, ..ten() }), DiscountCodeError::NotEligible);
    assert_eq!(reason(&basket, Candidate { conditions: from("1", "USD"), ..ten() }), DiscountCodeError::WrongCurrency);
    assert_eq!(reason(&basket, promotion(order(), off("5", "USD"))), DiscountCodeError::WrongCurrency);
    assert_eq!(reason(&basket, promotion(line(7), percent("10"))), DiscountCodeError::NoMatchingItems);
}

#[test]
fn a_filter_wants_something_of_every_list() {
    let mut basket = basket("EUR", &[("10", 1), ("10", 1)]);
    let (above, below) = (CategoryId::new(), CategoryId::new());
    basket.lines[0].category_path = vec![below, above];
    basket.lines[0].vendor = "Tansy".to_owned();
    basket.lines[1].category_path = vec![above];
    let filter = |vendors: &[&str]| ItemFilter {
        category_ids: vec![above],
        vendors: vendors.iter().map(|vendor| (*vendor).to_owned()).collect(),
        ..ItemFilter::default()
    };
    assert!(basket.lines.iter().all(|line| filter(&[]).matches(line)));
    assert!(filter(&["Oak", "Tansy"]).matches(&basket.lines[0]) && !filter(&["Tansy"]).matches(&basket.lines[1]));
}

#[test]
fn a_fixed_price_never_raises_the_price() {
    let basket = basket("EUR", &[("8.00", 2), ("3.00", 1)]);
    let outcome = apply(&basket, &[promotion(each(), Discount::FixedPrice(amount("5", "EUR")))]);
    assert_eq!(cuts(&outcome), decimals(&["6.00", "0"]));
}

#[test]
fn the_highest_tier_that_is_reached_counts() {
    let tier = |from: &str, percentage: Option<&str>, amount: Option<&str>| Tier {
        from: decimal(from).into(),
        percentage: percentage.map(|percentage| decimal(percentage).into()),
        amount: amount.map(|amount| decimal(amount).into()),
    };
    let tiers = vec![tier("50", Some("5"), None), tier("100", None, Some("15"))];
    let spend = || promotion(order(), Discount::TieredSpend { tiers: tiers.clone(), currency: "EUR".parse().unwrap() });
    for (price, want) in [("50", "2.50"), ("99.99", "5.00"), ("100", "15"), ("500", "15")] {
        assert_eq!(cuts(&apply(&basket("EUR", &[(price, 1)]), &[spend()])), decimals(&[want]), "{price}");
    }
    assert_eq!(reason(&basket("EUR", &[("49.99", 1)]), spend()), DiscountCodeError::MinSubtotal);
    assert_eq!(reason(&basket("USD", &[("100", 1)]), spend()), DiscountCodeError::WrongCurrency);
}

#[test]
fn an_insufficient_budget_rejects_the_promotion() {
    let basket = basket("EUR", &[("100", 1)]);
    let campaign = Some(CampaignId::new());
    let within = |budget: BudgetLeft| Candidate {
        campaign_id: campaign,
        budget: Some(budget),
        ..promotion(order(), off("10", "EUR"))
    };
    let spend = |left: &str, currency: &str| BudgetLeft::Spend(Money::new(decimal(left), currency.parse().unwrap()));
    assert_eq!(reason(&basket, within(spend("9.99", "EUR"))), DiscountCodeError::BudgetSpent);
    assert_eq!(reason(&basket, within(spend("99", "USD"))), DiscountCodeError::WrongCurrency);
    assert_eq!(apply(&basket, &[within(spend("10", "EUR"))]).applied.len(), 1);
    let outcome = apply(&basket, &[within(spend("19", "EUR")), coded(within(spend("19", "EUR")), "AGAIN")]);
    assert_eq!((outcome.applied.len(), outcome.rejected[0].reason), (1, DiscountCodeError::BudgetSpent), "together 20");
    let uses = BudgetLeft::Uses(Decimal::ONE);
    assert_eq!(apply(&basket, &[within(uses), within(uses)]).applied.len(), 1);
}

#[test]
fn several_effects_of_a_promotion_are_one_entry() {
    let basket = shipped(basket("EUR", &[("100", 1)]), "5");
    let mut both = promotion(each(), percent("10"));
    both.effects.0.push(Effect { target: order(), discount: off("5", "EUR") });
    both.effects.0.push(Effect { target: shipping(), discount: Discount::FreeShipping });
    let outcome = apply(&basket, &[both]);
    assert_eq!((outcome.applied.len(), outcome.applied[0].amount), (1, decimal("20")));
    assert_eq!((outcome.lines[0].len(), cuts(&outcome), shipping_cut(&outcome)), (1, decimals(&["15"]), decimal("5")));
}

#[test]
fn a_simulation_says_why_a_promotion_would_not_apply() {
    let basket = basket("EUR", &[("100", 1)]);
    assert_eq!(simulate(&basket, &promotion(order(), percent("10"))).applied.len(), 1);
    let refused = simulate(&basket, &promotion(line(1), percent("10")));
    assert_eq!((refused.applied.len(), refused.rejected[0].reason), (0, DiscountCodeError::NoMatchingItems));
}
