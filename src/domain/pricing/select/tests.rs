//! The tables of rules C1 to C4 and C6 to C12.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Candidate, CandidateList, select};
use crate::domain::pricing::model::{ListRules, PriceListKind, PriceRules, Selected, Tier};
use crate::domain::pricing::timeline::{lowest, price_periods, tiers};
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{ChannelId, CustomerGroupId, PriceId, PriceListId, ProductId, RegionId, VariantId};

const POLAND: RegionId = RegionId(Uuid::from_u128(1));
const COMPANY: CustomerGroupId = CustomerGroupId(Uuid::from_u128(2));
const ONLINE: ChannelId = ChannelId(Uuid::from_u128(3));

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// `number` days after the first day of the tests.
fn day(number: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(number)
}

/// A shopper elsewhere, with no known attributes.
fn anybody(currency: &str) -> Buyer {
    Buyer {
        region_id: RegionId(Uuid::from_u128(99)),
        currency: currency.parse().unwrap(),
        prices_include_tax: true,
        tax_rate: dec("0.2"),
        country: None,
        channel_id: None,
        groups: Vec::new(),
    }
}

fn base(amount: &str) -> Candidate {
    Candidate {
        price_id: PriceId::new(),
        variant_id: VariantId(Uuid::nil()),
        product_id: ProductId(Uuid::nil()),
        currency: "PLN".parse().unwrap(),
        amount: dec(amount),
        compare_at_price: None,
        min_quantity: 1,
        max_quantity: None,
        rules: PriceRules::default(),
        preference: None,
        from: None,
        until: None,
        list: None,
    }
}

fn regional(price: Candidate) -> Candidate {
    Candidate { rules: PriceRules { region_id: Some(POLAND), ..price.rules }, ..price }
}

fn company(price: Candidate) -> Candidate {
    Candidate { rules: PriceRules { customer_group_id: Some(COMPANY), ..price.rules }, ..price }
}

fn tier(price: Candidate, min_quantity: i32, max_quantity: impl Into<Option<i32>>) -> Candidate {
    Candidate { min_quantity, max_quantity: max_quantity.into(), ..price }
}

fn listed(kind: PriceListKind, price: Candidate) -> Candidate {
    let (id, name) = (PriceListId::new(), kind.as_str().to_owned());
    Candidate { list: Some(CandidateList { id, name, kind, rules: ListRules::default() }), ..price }
}

fn sale(amount: &str) -> Candidate {
    listed(PriceListKind::Sale, base(amount))
}

fn instead(amount: &str) -> Candidate {
    listed(PriceListKind::Override, base(amount))
}

fn during(price: Candidate, from: i64, until: i64) -> Candidate {
    Candidate { from: Some(day(from)), until: Some(day(until)), ..price }
}

fn with_rules(mut price: Candidate, rules: ListRules) -> Candidate {
    if let Some(list) = &mut price.list {
        list.rules = rules;
    }
    price
}

fn found(prices: &[Candidate], buyer: &Buyer, quantity: i32) -> Option<Selected> {
    select(prices, buyer, quantity, day(100))
}

fn amount(prices: &[Candidate], buyer: &Buyer, quantity: i32) -> Option<Decimal> {
    found(prices, buyer, quantity).map(|price| price.amount)
}

/// PLN default 1000, company 400, region 300 for 1 to 4, region 250 for 5 to 10, region and company 999.
fn shelf() -> Vec<Candidate> {
    vec![
        base("1000"),
        company(base("400")),
        tier(regional(base("300")), 1, 4),
        tier(regional(base("250")), 5, 10),
        company(regional(base("999"))),
    ]
}

fn in_poland() -> Buyer {
    Buyer { region_id: POLAND, ..anybody("PLN") }
}

#[test]
fn c1_without_a_context_the_default_and_with_one_rule_its_price() {
    assert_eq!(amount(&shelf(), &anybody("PLN"), 1), Some(dec("1000")));
    assert_eq!(amount(&shelf(), &in_poland(), 1), Some(dec("300")));
    assert_eq!(amount(&shelf(), &anybody("EUR"), 1), None, "only rows of the buyer's currency");
}

#[test]
fn c2_a_value_that_no_price_knows_falls_back() {
    let stranger = Buyer { groups: vec![CustomerGroupId::new()], ..anybody("PLN") };
    assert_eq!(amount(&shelf(), &stranger, 1), Some(dec("1000")));
}

#[test]
fn c3_more_rules_win_even_if_dearer() {
    let member = Buyer { groups: vec![COMPANY], ..in_poland() };
    assert_eq!(amount(&shelf(), &member, 1), Some(dec("999")));
    let country = Some("PL".parse().unwrap());
    let three = PriceRules { country, customer_group_id: Some(COMPANY), channel_id: Some(ONLINE), region_id: None };
    let two = PriceRules { channel_id: None, ..three };
    let prices = [Candidate { rules: two, ..base("200") }, Candidate { rules: three, ..base("100") }];
    let dear = [Candidate { rules: two, ..base("100") }, Candidate { rules: three, ..base("200") }];
    let buyer = Buyer { country, channel_id: Some(ONLINE), ..member };
    assert_eq!(amount(&prices, &buyer, 1), Some(dec("100")));
    assert_eq!(amount(&dear, &buyer, 1), Some(dec("200")));
}

#[test]
fn c4_tiers_include_their_bounds_and_the_narrower_wins() {
    for (quantity, want) in [(1, "300"), (4, "300"), (5, "250"), (10, "250"), (11, "1000")] {
        assert_eq!(amount(&shelf(), &in_poland(), quantity), Some(dec(want)), "{quantity} units");
    }
    let prices = [base("100"), tier(base("90"), 11, 20), tier(base("80"), 21, None)];
    for (quantity, want) in [(10, "100"), (11, "90"), (13, "90"), (20, "90"), (21, "80")] {
        assert_eq!(amount(&prices, &anybody("PLN"), quantity), Some(dec(want)), "{quantity} units");
    }
    let seen = tiers(&prices, &anybody("PLN"), day(0));
    let tier = |from, to, amount| Tier { from, to, amount: dec(amount) };
    assert_eq!(seen, [tier(1, Some(10), "100"), tier(11, Some(20), "90"), tier(21, None, "80")]);
}

#[test]
fn c6_nothing_that_matches_is_no_price_and_nothing_is_a_price() {
    assert_eq!(amount(&[], &in_poland(), 1), None);
    assert_eq!(amount(&[company(base("5"))], &in_poland(), 1), None);
    assert_eq!(amount(&[tier(base("5"), 2, None)], &in_poland(), 1), None);
    assert_eq!(amount(&[base("0")], &in_poland(), 1), Some(Decimal::ZERO));
    assert!(tiers(&[], &in_poland(), day(0)).is_empty());
}

#[test]
fn c7_c8_c9_sales_go_below_what_is_there_and_overrides_take_its_place() {
    // (prices, amount, original, previous price)
    let cases = [
        (vec![base("400"), sale("232")], "232", "400", Some("400")),
        (vec![base("400"), instead("232")], "232", "232", None),
        (vec![base("200"), instead("232")], "232", "232", None),
        (vec![base("49.95"), instead("34.96"), sale("29.95")], "29.95", "34.96", Some("34.96")),
        (vec![base("10"), sale("12")], "10", "10", None),
        (vec![base("10"), instead("8"), sale("9")], "8", "8", None),
        (vec![base("10"), sale("8"), company(sale("12"))], "8", "10", Some("10")),
        (vec![Candidate { compare_at_price: Some(dec("15")), ..base("10") }], "10", "10", Some("15")),
        (vec![Candidate { compare_at_price: Some(dec("15")), ..base("10") }, sale("9")], "9", "10", Some("10")),
    ];
    let buyer = Buyer { groups: vec![COMPANY], ..in_poland() };
    for (prices, want, original, was) in cases {
        let got = found(&prices, &buyer, 1).unwrap();
        assert_eq!((got.amount, got.original_amount), (dec(want), dec(original)), "{prices:?}");
        assert_eq!(got.was(&buyer), was.map(dec), "{prices:?}");
        assert_eq!(got.price_list.is_some(), prices.iter().any(|p| p.price_id == got.price_id && p.list.is_some()));
    }
}

#[test]
fn c10_a_list_counts_from_its_start_until_right_before_its_end() {
    let prices = [base("400"), during(sale("232"), 10, 20)];
    for (at, want) in [(day(10), "232"), (day(20) - TimeDelta::microseconds(1), "232"), (day(20), "400")] {
        assert_eq!(select(&prices, &in_poland(), 1, at).unwrap().amount, dec(want), "{at}");
    }
    assert_eq!(select(&prices, &in_poland(), 1, day(10) - TimeDelta::microseconds(1)).unwrap().amount, dec("400"));
}

#[test]
fn c11_the_rules_of_the_list_and_of_the_price_all_have_to_hold() {
    let here = ListRules { region_ids: vec![RegionId::new(), POLAND], ..ListRules::default() };
    let there = ListRules { region_ids: vec![RegionId::new()], ..ListRules::default() };
    let both = ListRules { channel_ids: vec![ONLINE], ..here.clone() };
    let member = Buyer { groups: vec![COMPANY], ..in_poland() };
    for (price, buyer, want) in [
        (with_rules(sale("232"), here.clone()), in_poland(), "232"),
        (with_rules(sale("232"), there.clone()), in_poland(), "400"),
        (with_rules(sale("232"), both), in_poland(), "400"),
        (with_rules(company(sale("232")), here.clone()), in_poland(), "400"),
        (with_rules(company(sale("232")), here), member.clone(), "232"),
        (with_rules(company(sale("232")), there), member, "400"),
    ] {
        assert_eq!(amount(&[base("400"), price.clone()], &buyer, 1), Some(dec(want)), "{price:?}");
    }
}

#[test]
fn c12_each_price_is_with_or_without_tax_and_they_are_compared_alike() {
    let net = |price: Candidate| Candidate { preference: Some(false), ..price };
    let regional_sale = listed(PriceListKind::Sale, regional(base("110")));
    // Prices include tax in the region but not in the currency: 100 without tax is 120 with tax.
    let got = found(&[net(base("100")), net(regional_sale.clone())], &in_poland(), 1).unwrap();
    assert_eq!((got.amount, got.includes_tax), (dec("110"), true), "the region beats the currency");
    assert_eq!((got.original_amount, got.original_includes_tax), (dec("100"), false));
    assert_eq!(got.was(&in_poland()), Some(dec("120")));
    let got = found(&[net(base("90")), net(regional_sale)], &in_poland(), 1).unwrap();
    assert_eq!((got.amount, got.includes_tax), (dec("90"), false), "108 with tax is lower than 110");
    let got = found(&[base("90")], &in_poland(), 1).unwrap();
    assert!(got.includes_tax, "without a preference it is as the region has it");
    let dear = [regional(base("120")), net(sale("101"))];
    assert_eq!(amount(&dear, &in_poland(), 1), Some(dec("120")), "101 without tax is more than 120 with");
}

#[test]
fn c13_the_index_follows_the_prices_through_time() {
    let other = |price: Candidate| Candidate { variant_id: VariantId(Uuid::from_u128(7)), ..price };
    let prices = [base("400"), during(sale("232"), 110, 120), other(base("500")), other(during(sale("100"), 115, 130))];
    let found = price_periods(&prices, &in_poland(), day(100));
    let found: Vec<_> =
        found.iter().map(|piece| (piece.from, piece.until, piece.min_amount, piece.max_amount)).collect();
    let (d, n) = (|number| Some(day(number)), dec);
    let want = [
        (None, d(110), n("400"), n("500")),
        (d(110), d(115), n("232"), n("500")),
        (d(115), d(120), n("100"), n("232")),
        (d(120), d(130), n("100"), n("400")),
        (d(130), None, n("400"), n("500")),
    ];
    assert_eq!(found, want);
    assert!(price_periods(&[company(base("1"))], &in_poland(), day(100)).is_empty());
}

#[test]
fn the_lowest_price_is_of_the_30_days_before_the_reduction_began() {
    let since = |price: Candidate, from| Candidate { from: Some(day(from)), ..price };
    let past = [during(base("90"), 0, 55), during(base("80"), 55, 60), since(base("100"), 60)];
    let at = |prices: &[Candidate], now| lowest(prices, &in_poland(), day(now));
    assert_eq!(at(&past, 65), Some(dec("80")), "of the last 30 days");
    assert_eq!(at(&past, 95), Some(dec("100")));
    assert_eq!(at(&past, 89), Some(dec("80")), "it ended in that time");
    let with_sale = |from, until| [past.to_vec(), vec![during(sale("70"), from, until)]].concat();
    assert_eq!(at(&with_sale(80, 200), 85), Some(dec("80")), "the sale itself does not count");
    assert_eq!(at(&with_sale(95, 200), 100), Some(dec("100")));
    assert_eq!(at(&with_sale(95, 200), 180), Some(dec("100")), "however long it lasts");
    assert_eq!(at(&with_sale(80, 90), 95), Some(dec("70")), "an earlier sale counts");
    let reduced = Candidate { compare_at_price: Some(dec("100")), ..since(base("60"), 70) };
    let cut = [during(base("90"), 0, 55), during(base("100"), 55, 70), reduced.clone()];
    assert_eq!(at(&cut, 75), Some(dec("90")));
    assert_eq!(at(&[reduced], 75), None, "it was never sold for anything else");
    assert_eq!(at(&[], 75), None);
}
