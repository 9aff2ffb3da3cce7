use proptest::prelude::*;

use super::*;
use crate::domain::promotions::rules::{BuyGet, Tier};

fn money(digits: u32) -> impl Strategy<Value = Decimal> {
    (0i64..200_000).prop_map(move |minor| Decimal::new(minor, digits))
}

fn filters() -> impl Strategy<Value = ItemFilter> {
    prop_oneof![Just(ItemFilter::default()), (0usize..5).prop_map(tagged)]
}

fn targets() -> impl Strategy<Value = Target> {
    let allocation = prop::sample::select(AllocationMethod::ALL.to_vec());
    prop_oneof![
        (filters(), allocation, prop::option::of(1i32..5))
            .prop_map(|(filter, allocation, max_quantity)| { Target::Items { filter, allocation, max_quantity } }),
        any::<bool>().prop_map(|with_shipping| Target::Order { with_shipping }),
        Just(shipping()),
    ]
}

fn percentages() -> impl Strategy<Value = Decimal> {
    (1i64..=1_000_000).prop_map(|of_a_million| Decimal::new(of_a_million, 4))
}

fn discounts(currency: &'static str, digits: u32) -> impl Strategy<Value = Discount> {
    let in_currency = move |amount: Decimal| Amount { amount: amount.into(), currency: currency.parse().unwrap() };
    prop_oneof![
        percentages().prop_map(|percentage| Discount::Percentage { percentage }),
        money(digits).prop_map(move |amount| Discount::FixedAmount(in_currency(amount))),
        money(digits).prop_map(move |amount| Discount::FixedPrice(in_currency(amount))),
        Just(Discount::FreeShipping),
        (1i32..4, filters(), 1i32..4, filters(), percentages(), prop::option::of(1i32..3)).prop_map(
            |(buy_quantity, buy, get_quantity, get, percentage, max_repeats)| {
                let percentage = percentage.into();
                Discount::BuyXGetY(Box::new(BuyGet { buy_quantity, buy, get_quantity, get, percentage, max_repeats }))
            }
        ),
        (money(digits), percentages()).prop_map(move |(from, percentage)| {
            let tier = |from: Decimal, percentage: Option<Decimal>, amount: Option<Decimal>| Tier {
                from: from.into(),
                percentage: percentage.map(Into::into),
                amount: amount.map(Into::into),
            };
            let tiers = vec![tier(Decimal::ZERO, Some(percentage), None), tier(from, None, Some(from))];
            Discount::TieredSpend { tiers, currency: currency.parse().unwrap() }
        }),
    ]
}

fn promotions(currency: &'static str, digits: u32) -> impl Strategy<Value = Vec<Candidate>> {
    let effect = (targets(), discounts(currency, digits)).prop_map(|(target, discount)| Effect { target, discount });
    let one = (prop::collection::vec(effect, 1..3), -1i32..2).prop_map(|(effects, priority)| Candidate {
        effects: Effects(effects),
        priority,
        ..promotion(order(), percent("1"))
    });
    prop::collection::vec(one, 1..4)
}

fn baskets(currency: &'static str, digits: u32) -> impl Strategy<Value = Basket> {
    let lines = prop::collection::vec((money(digits), 1i32..7), 0..5);
    (lines, prop::option::of(money(digits))).prop_map(move |(lines, sent)| {
        let mut basket = basket(currency, &vec![("0", 1); lines.len()]);
        for (line, (price, quantity)) in basket.lines.iter_mut().zip(lines) {
            (line.unit_price, line.quantity, line.amount) = (price, quantity, price * Decimal::from(quantity));
        }
        basket.shipping = sent.map(|amount| BasketShipping { option_id: ShippingOptionId::new(), amount });
        basket
    })
}

fn cases() -> impl Strategy<Value = (Basket, Vec<Candidate>)> {
    prop_oneof![
        (baskets("EUR", 2), promotions("EUR", 2)),
        (baskets("JPY", 0), promotions("JPY", 0)),
        (baskets("KWD", 3), promotions("KWD", 3)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_falls_below_zero_and_the_parts_add_up((basket, promotions) in cases()) {
        let outcome = apply(&basket, &promotions);
        let sent = basket.shipping.map_or(Decimal::ZERO, |shipping| shipping.amount);
        prop_assert!(left(&basket, &outcome).iter().all(|left| *left >= Decimal::ZERO));
        prop_assert!(shipping_cut(&outcome) <= sent);
        let parts: Vec<_> = outcome.lines.iter().flatten().chain(&outcome.shipping).collect();
        for part in &parts {
            prop_assert!(part.amount > Decimal::ZERO);
            prop_assert_eq!(part.amount, basket.buyer.currency.round(part.amount));
        }
        for applied in &outcome.applied {
            let own = parts.iter().filter(|part| part.promotion_id == applied.promotion_id);
            prop_assert!(applied.amount > Decimal::ZERO);
            prop_assert_eq!(own.map(|part| part.amount).sum::<Decimal>(), applied.amount);
        }
        let whole: Decimal = outcome.applied.iter().map(|applied| applied.amount).sum();
        prop_assert_eq!(parts.iter().map(|part| part.amount).sum::<Decimal>(), whole);
        prop_assert_eq!(apply(&basket, &promotions), outcome);
    }

    #[test]
    fn the_order_of_lines_changes_no_total((mut basket, mut promotions) in cases()) {
        // Only one effect: a tie can move a cent between lines, which affects the next effect.
        promotions.truncate(1);
        promotions[0].effects.0.truncate(1);
        let there = apply(&basket, &promotions);
        basket.lines.reverse();
        let back = apply(&basket, &promotions);
        let total = |outcome: &Outcome| outcome.applied.iter().map(|applied| applied.amount).sum::<Decimal>();
        prop_assert_eq!(total(&there), total(&back));
    }
}
