use super::*;
use crate::domain::promotions::rules::BuyGet;

#[test]
fn a5_to_a8_discounts_lower_what_is_taxed_in_the_basis_of_the_cart() {
    let two = basket("EUR", &[("50", 2)]);
    assert_eq!(left(&two, &apply(&two, &[promotion(order(), off("10", "EUR"))])), decimals(&["90"]), "a5");
    let one = basket("EUR", &[("50", 1)]);
    assert_eq!(left(&one, &apply(&one, &[promotion(order(), off("10", "EUR"))])), decimals(&["40.00"]), "a6");
    let one = basket("EUR", &[("40", 1)]);
    assert_eq!(left(&one, &apply(&one, &[promotion(each(), off("3", "EUR"))])), decimals(&["37"]), "a7");
    let both = shipped(two, "25");
    let outcome = apply(&both, &[promotion(order(), off("20", "EUR")), promotion(shipping(), off("2", "EUR"))]);
    assert_eq!((left(&both, &outcome), shipping_cut(&outcome)), (decimals(&["80"]), decimal("2")), "a8");
}

#[test]
fn a10_a_percentage_of_a_line_is_taken_on_the_line() {
    let basket = basket("EUR", &[("0.01", 10)]);
    assert_eq!(left(&basket, &apply(&basket, &[promotion(each(), percent("10"))])), decimals(&["0.09"]));
}

#[test]
fn a11_a_percentage_of_an_order_is_computed_once() {
    let basket = basket("EUR", &[("1.06", 1), ("2.06", 1), ("3.06", 1), ("4.06", 1)]);
    let across = items(AllocationMethod::Across, None);
    for (target, want) in [(order(), "1.02"), (across, "1.02"), (each(), "1.04")] {
        let outcome = apply(&basket, &[promotion(target, percent("10"))]);
        assert_eq!(outcome.applied[0].amount, decimal(want));
        assert_eq!(cuts(&outcome).iter().sum::<Decimal>(), decimal(want));
    }
}

#[test]
fn a14_stacked_percentages_compound() {
    let basket = basket("JPY", &[("155880", 1)]);
    let (first, second) = (promotion(each(), percent("10")), promotion(order(), percent("10")));
    assert_eq!(left(&basket, &apply(&basket, std::slice::from_ref(&first))), decimals(&["140292"]));
    assert_eq!(left(&basket, &apply(&basket, &[first, second])), decimals(&["126263"]));
}

#[test]
fn a15_a_fixed_amount_is_shared_out_over_what_percentages_left() {
    let basket = basket("JPY", &[("1000", 2), ("3499", 1), ("255", 4)]);
    let outcome = apply(&basket, &[promotion(line(0), percent("15")), promotion(order(), off("500", "JPY"))]);
    let shares: Vec<_> = outcome.lines.iter().map(|line| line.last().unwrap().amount).collect();
    assert_eq!(shares, decimals(&["137", "281", "82"]));
    assert_eq!(left(&basket, &outcome).iter().sum::<Decimal>(), decimal("5719"));
}

#[test]
fn a16_a_fixed_amount_is_split_by_amount() {
    let basket = basket("JPY", &[("500", 1), ("500", 1)]);
    assert_eq!(cuts(&apply(&basket, &[promotion(order(), off("500", "JPY"))])), decimals(&["250", "250"]));
}

#[test]
fn a17_all_of_it_off_leaves_nothing() {
    let basket = shipped(basket("EUR", &[("3.99", 1), ("0.33", 3)]), "4.90");
    let outcome = apply(&basket, &[promotion(Target::Order { with_shipping: true }, percent("100"))]);
    assert!(left(&basket, &outcome).iter().all(Decimal::is_zero));
    assert_eq!(shipping_cut(&outcome), decimal("4.90"));
}

#[test]
fn b1_parts_add_up_with_ties_to_the_earlier_line() {
    let cases: [(&str, &[&str], &[&str]); 3] = [
        ("300", &["4000", "2000", "2000"], &["150", "75", "75"]),
        ("299", &["4300", "1400", "2300"], &["161", "52", "86"]),
        ("299", &["1000", "1000", "1000"], &["100", "100", "99"]),
    ];
    for (whole, lines, want) in cases {
        let lines: Vec<_> = lines.iter().map(|price| (*price, 1)).collect();
        let basket = basket("JPY", &lines);
        assert_eq!(cuts(&apply(&basket, &[promotion(order(), off(whole, "JPY"))])), decimals(want), "{whole}");
    }
}

#[test]
fn b2_no_line_falls_below_zero_and_the_surplus_is_dropped() {
    let one = basket("JPY", &[("10", 1), ("0", 1)]);
    let outcome = apply(&one, &[promotion(order(), off("40", "JPY"))]);
    assert_eq!((cuts(&outcome), outcome.applied[0].amount), (decimals(&["10", "0"]), decimal("10")));
    let none = basket("JPY", &[("0", 1), ("0", 1)]);
    assert_eq!(reason(&none, promotion(order(), off("10", "JPY"))), DiscountCodeError::NoEffect);
}

#[test]
fn b3_a_fixed_amount_on_equal_lines() {
    let basket = basket("EUR", &[("9.99", 1), ("9.99", 1), ("9.99", 1)]);
    let outcome = apply(&basket, &[promotion(order(), off("10.00", "EUR"))]);
    assert_eq!(cuts(&outcome), decimals(&["3.34", "3.33", "3.33"]));
}

#[test]
fn b4_across_splits_by_what_is_left() {
    let across = |text: &str| promotion(items(AllocationMethod::Across, None), off(text, "EUR"));
    let large = basket("EUR", &[("200", 1), ("600", 1)]);
    assert_eq!(cuts(&apply(&large, &[across("400")])), decimals(&["100", "300"]));
    let small = basket("EUR", &[("50", 1), ("150", 1)]);
    let outcome = apply(&small, &[across("30"), across("50")]);
    let parts = |line: usize| outcome.lines[line].iter().map(|part| part.amount).collect::<Vec<_>>();
    assert_eq!((parts(0), parts(1)), (decimals(&["7.5", "12.5"]), decimals(&["22.5", "37.5"])));
}

#[test]
fn b5_each_is_capped_at_what_the_line_has_left() {
    let each = |text: &str, most: i32| promotion(items(AllocationMethod::Each, Some(most)), off(text, "JPY"));
    let small = basket("JPY", &[("50", 1), ("150", 1)]);
    let outcome = apply(&small, &[each("30", 2), each("50", 1)]);
    let parts = |line: usize| outcome.lines[line].iter().map(|part| part.amount).collect::<Vec<_>>();
    assert_eq!((parts(0), parts(1)), (decimals(&["30", "20"]), decimals(&["30", "50"])));
    let large = basket("JPY", &[("100", 1), ("150", 5)]);
    assert_eq!(cuts(&apply(&large, &[each("200", 1)])), decimals(&["100", "150"]));
    assert_eq!(cuts(&apply(&large, &[each("20", 3)])), decimals(&["20", "60"]));
}

#[test]
fn b6_once_takes_the_cheapest_units_over_all_lines() {
    let basket = basket("JPY", &[("100", 1), ("150", 5)]);
    let once = |discount| promotion(items(AllocationMethod::Once, Some(2)), discount);
    assert_eq!(cuts(&apply(&basket, &[once(percent("50"))])), decimals(&["50", "75"]));
    assert_eq!(cuts(&apply(&basket, &[once(off("120", "JPY"))])), decimals(&["100", "120"]));
}

fn bundle(deal: BuyGet) -> Discount {
    Discount::BuyXGetY(Box::new(deal))
}

fn buy(buy_quantity: i32, get_quantity: i32) -> BuyGet {
    let (buy, get) = (ItemFilter::default(), ItemFilter::default());
    BuyGet { buy_quantity, buy, get_quantity, get, percentage: decimal("100").into(), max_repeats: None }
}

#[test]
fn b7_bought_and_free_units_are_never_the_same() {
    for (quantity, free) in [(2, 0), (3, 1), (4, 1), (6, 2), (9, 3)] {
        let basket = basket("JPY", &[("100", quantity)]);
        let outcome = apply(&basket, &[promotion(each(), bundle(buy(2, 1)))]);
        assert_eq!(cuts(&outcome), [Decimal::from(free * 100)], "{quantity}");
    }
    let mixed = basket("JPY", &[("300", 2), ("100", 2), ("200", 2)]);
    let outcome = apply(&mixed, &[promotion(each(), bundle(buy(2, 1)))]);
    assert_eq!(cuts(&outcome), decimals(&["0", "200", "0"]), "the cheapest units");
    let once = BuyGet { max_repeats: Some(1), percentage: decimal("50").into(), ..buy(2, 1) };
    assert_eq!(cuts(&apply(&mixed, &[promotion(each(), bundle(once))])), decimals(&["0", "50", "0"]));
}

#[test]
fn b7_units_that_count_as_either_are_bought_first() {
    let deal = BuyGet { get: tagged(0), ..buy(2, 1) };
    let two_of_a_kind = basket("JPY", &[("100", 2), ("300", 1)]);
    assert_eq!(cuts(&apply(&two_of_a_kind, &[promotion(each(), bundle(deal.clone()))])), decimals(&["100", "0"]));
    let enough = basket("JPY", &[("100", 2), ("300", 4)]);
    assert_eq!(cuts(&apply(&enough, &[promotion(each(), bundle(deal.clone()))])), decimals(&["200", "0"]));
    let other = basket("JPY", &[("100", 1)]);
    assert_eq!(reason(&other, promotion(each(), bundle(deal))), DiscountCodeError::MinQuantity);
}

#[test]
fn b8_not_enough_for_both_sides_gives_nothing() {
    let deal = || promotion(each(), bundle(buy(2, 2)));
    assert_eq!(reason(&basket("JPY", &[("250", 3)]), deal()), DiscountCodeError::MinQuantity);
    let four = basket("JPY", &[("250", 4)]);
    assert_eq!(cuts(&apply(&four, &[deal()])), decimals(&["500"]));
}

#[test]
fn b13_an_order_discount_with_shipping_is_spread_over_both() {
    let basket = shipped(basket("EUR", &[("30.00", 1)]), "10.00");
    let outcome = apply(&basket, &[promotion(Target::Order { with_shipping: true }, off("7.77", "EUR"))]);
    assert_eq!((cuts(&outcome), shipping_cut(&outcome)), (decimals(&["5.83"]), decimal("1.94")));
}
