use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Item, LineTotals, Quote, Totals, paid_share, totals};
use crate::domain::regions::ShippingTax::{Own, Weighted};
use crate::domain::regions::TaxRounding::{self, Line, Order};
use crate::domain::tax::{AppliedRate, Taxed};
use crate::kernel::money::{Currency, Money};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A line in the tables: (unit price, quantity, rate, discount).
type Row<'a> = (&'a str, i32, &'a str, &'a str);

/// A cart in the tables.
#[derive(Clone)]
struct Cart<'a> {
    currency: &'a str,
    includes_tax: bool,
    lines: Vec<Row<'a>>,
    shipping: Option<Row<'a>>,
    rounding: TaxRounding,
    weighted: bool,
    exempt: bool,
    /// Whether line prices include tax, if different from the cart.
    lines_include_tax: Option<bool>,
}

fn cart<'a>(currency: &'a str, includes_tax: bool, lines: &[Row<'a>]) -> Cart<'a> {
    let lines = lines.to_vec();
    let (rounding, weighted, exempt) = (Line, false, false);
    Cart { currency, includes_tax, lines, shipping: None, rounding, weighted, exempt, lines_include_tax: None }
}

impl Cart<'_> {
    fn totals(&self) -> Totals {
        let rows: Vec<_> = self.lines.iter().chain(&self.shipping).collect();
        let rates: Vec<Vec<_>> =
            rows.iter().map(|(_, _, rate, _)| vec![AppliedRate::new("VAT", rate, dec(rate))]).collect();
        let basis = self.lines_include_tax.unwrap_or(self.includes_tax);
        let mut items: Vec<_> = rows
            .iter()
            .zip(&rates)
            .map(|((unit_price, quantity, _, discount), rates)| Item {
                unit_price: dec(unit_price),
                quantity: *quantity,
                includes_tax: basis,
                rates,
                discount: dec(discount),
            })
            .collect();
        let shipping = self.shipping.and_then(|_| items.pop());
        totals(&Quote {
            currency: self.currency.parse().unwrap(),
            prices_include_tax: self.includes_tax,
            tax_rounding: self.rounding,
            shipping_tax: if self.weighted { Weighted } else { Own },
            tax_exempt: self.exempt,
            lines: items,
            shipping,
        })
        .unwrap()
    }

    /// Net, tax and gross of the total.
    fn total(&self) -> (Decimal, Decimal, Decimal) {
        let total = self.totals().total;
        (total.net.amount, total.tax.amount, total.gross.amount)
    }
}

fn triple(net: &str, tax: &str, gross: &str) -> (Decimal, Decimal, Decimal) {
    (dec(net), dec(tax), dec(gross))
}

#[test]
fn a1_a2_a18_whole_carts_without_discounts() {
    let with_shipping =
        Cart { shipping: Some(("4.90", 1, "0.19", "0")), ..cart("EUR", true, &[("14.50", 2, "0.19", "0")]) };
    let cases = [
        (cart("JPY", false, &[("123", 3, "0.2", "0")]), triple("369", "74", "443")),
        (cart("EUR", false, &[("14.28", 10, "0.19", "0")]), triple("142.80", "27.13", "169.93")),
        (cart("USD", false, &[("12.99", 3, "0.08875", "0")]), triple("38.97", "3.46", "42.43")),
        (cart("JPY", true, &[("999", 1, "0.1", "0")]), triple("908", "91", "999")),
        (cart("EUR", true, &[("10", 1, "0.19", "0"), ("10", 1, "0", "0")]), triple("18.40", "1.60", "20.00")),
        (with_shipping, triple("28.49", "5.41", "33.90")),
        (cart("EUR", true, &[]), triple("0", "0", "0")),
    ];
    for (cart, want) in cases {
        assert_eq!(cart.total(), want, "{:?}", cart.lines);
    }
}

#[test]
fn a5_discounts_reduce_what_is_taxed() {
    let totals = cart("EUR", false, &[("50", 2, "0.1", "10")]).totals();
    assert_eq!((totals.total.tax.amount, totals.total.gross.amount), (dec("9"), dec("99")));
    assert_eq!((totals.discount.net.amount, totals.discount.gross.amount), (dec("10"), dec("11")));
    assert_eq!(totals.subtotal.gross.amount, dec("110"));
}

#[test]
fn a6_a_fixed_discount_is_in_the_basis_of_the_prices() {
    assert_eq!(cart("EUR", true, &[("50", 1, "0.1", "10")]).total(), triple("36.36", "3.64", "40.00"));
}

#[test]
fn a7_a_gross_cart_is_discounted_before_tax_is_taken_out() {
    assert_eq!(cart("EUR", true, &[("40", 1, "0.23", "3")]).total(), triple("30.08", "6.92", "37.00"));
}

#[test]
fn a8_items_and_shipping_carry_their_own_discounts() {
    let shipping = Some(("25", 1, "0.1", "2"));
    let totals = Cart { shipping, ..cart("EUR", false, &[("50", 2, "0.1", "20")]) }.totals();
    assert_eq!((totals.total.tax.amount, totals.total.gross.amount), (dec("10.30"), dec("113.30")));
    assert_eq!(totals.discount.net.amount, dec("22"));
}

#[test]
fn a9_gift_cards_and_credit_pay_and_leave_tax_as_it_is() {
    let totals = cart("EUR", true, &[("12.00", 1, "0.2", "0")]).totals();
    let card = |amount| Money::new(dec(amount), "EUR".parse().unwrap());
    assert_eq!(totals.due(card("10.00")).unwrap(), card("2.00"));
    assert_eq!(totals.due(card("20.00")).unwrap().amount, dec("0"));
    assert_eq!(totals.total.tax.amount, dec("2.00"));
}

const MIXED: [Row<'static>; 2] = [("40", 1, "0.23", "0"), ("30", 1, "0.03", "0")];

#[test]
fn a12_mixed_rates() {
    let shipping = Some(("10", 1, "0.23", "0"));
    assert_eq!(Cart { shipping, ..cart("PLN", false, &MIXED) }.total().2, dec("92.40"));
    assert_eq!(Cart { shipping, ..cart("PLN", true, &MIXED) }.total().0, dec("69.78"));
}

#[test]
fn a13_shipping_can_be_taxed_at_the_average_of_the_lines() {
    let weighted = |includes_tax| {
        let shipping = Some(("10", 1, "0.23", "0"));
        Cart { shipping, weighted: true, ..cart("PLN", includes_tax, &MIXED) }.totals()
    };
    let net_priced = weighted(false);
    assert_eq!((net_priced.shipping.total.gross.amount, net_priced.total.gross.amount), (dec("11.44"), dec("91.54")));
    let gross_priced = weighted(true);
    assert_eq!((gross_priced.shipping.total.net.amount, gross_priced.total.net.amount), (dec("8.81"), dec("70.46")));
    let lines = [("10", 1, "0.07", "10")];
    let free = Cart { shipping: Some(("4.90", 1, "0.19", "0")), weighted: true, ..cart("EUR", true, &lines) };
    assert_eq!(free.total(), triple("4.12", "0.78", "4.90"), "without lines to go by, shipping has its own rate");
}

#[test]
fn a14_tax_is_on_the_final_net_of_stacked_percentages() {
    let discounts = [("15588", ("140292", "168350")), ("29617", ("126263", "151516"))];
    for (discount, (net, gross)) in discounts {
        let total = cart("HUF", false, &[("1558.80", 1, "0.2", "0")]).total();
        assert_eq!(total.0, dec("1558.80"));
        let (got, _, with_tax) = cart("JPY", false, &[("155880", 1, "0.2", discount)]).total();
        assert_eq!((got, with_tax), (dec(net), dec(gross)));
    }
}

#[test]
fn a15_fixed_and_percentage_over_several_rates() {
    // 15 % off the first line (300), and 500 off the order: 137, 281 and 82.
    let lines = [("1000", 2, "0.2", "437"), ("3499", 1, "0.1", "281"), ("255", 4, "0.1", "82")];
    let net_priced = cart("JPY", false, &lines).total();
    assert_eq!((net_priced.0, net_priced.2), (dec("5719"), dec("6448")));
    let gross_priced = cart("JPY", true, &lines).total();
    assert_eq!((gross_priced.2, gross_priced.0), (dec("5719"), dec("5080")));
}

#[test]
fn a16_tax_follows_each_line_after_a_fixed_discount() {
    let lines = [("500", 1, "0.2", "250"), ("500", 1, "0", "250")];
    assert_eq!(cart("JPY", true, &lines).total(), triple("458", "42", "500"));
    assert_eq!(cart("JPY", false, &lines).total(), triple("500", "50", "550"));
}

#[test]
fn a17_everything_off_is_zero_everywhere() {
    for (includes_tax, lines_include_tax) in [(true, true), (false, true), (true, false), (false, false)] {
        let whole = if includes_tax == lines_include_tax {
            "399"
        } else if includes_tax {
            "475"
        } else {
            "335"
        };
        let lines = [("399", 1, "0.19", whole)];
        let cart = Cart { lines_include_tax: Some(lines_include_tax), ..cart("JPY", includes_tax, &lines) };
        assert_eq!(cart.total(), triple("0", "0", "0"), "{includes_tax} {lines_include_tax}");
    }
}

#[test]
fn a20_a_credit_has_its_own_rate_and_basis() {
    let rates = [AppliedRate::new("VAT", "VAT", dec("0.2"))];
    let item = |unit_price, includes_tax| Item {
        unit_price: dec(unit_price),
        quantity: 1,
        includes_tax,
        rates: &rates,
        discount: Decimal::ZERO,
    };
    let quote = Quote {
        currency: "JPY".parse().unwrap(),
        prices_include_tax: false,
        tax_rounding: Order,
        shipping_tax: Own,
        tax_exempt: false,
        lines: vec![item("1000", false), item("-240", true)],
        shipping: None,
    };
    let total = totals(&quote).unwrap().total;
    assert_eq!((total.net.amount, total.gross.amount), (dec("800"), dec("960")));
}

#[test]
fn a22_rows_of_the_tax_summary_show_what_was_charged() {
    let rates = [AppliedRate::new("City", "C", dec("0.05")), AppliedRate::new("State", "S", dec("0.075"))];
    let item = |unit_price| Item {
        unit_price: Decimal::from(unit_price),
        quantity: 1,
        includes_tax: false,
        rates: &rates,
        discount: Decimal::ZERO,
    };
    let quote = Quote {
        currency: "JPY".parse().unwrap(),
        prices_include_tax: false,
        tax_rounding: Line,
        shipping_tax: Own,
        tax_exempt: false,
        lines: vec![item(20), item(1420)],
        shipping: None,
    };
    let got = totals(&quote).unwrap();
    let rows: Vec<_> = got.taxes.iter().map(|row| (row.net.amount, row.tax.amount)).collect();
    // 1.5 and 106.5 are 2 and 107 on the lines; 7.5 % of 1440 would be 108.
    assert_eq!(rows, [(dec("1440"), dec("72")), (dec("1440"), dec("109"))]);
    assert_eq!(got.taxes.iter().map(|row| row.tax.amount).sum::<Decimal>(), got.total.tax.amount);
}

#[test]
fn a24_the_same_lines_give_the_same_totals_whatever_came_before() {
    let fresh = cart("EUR", true, &[("19.99", 3, "0.19", "4.20"), ("7.49", 1, "0.07", "0.53")]).totals();
    let again = cart("EUR", true, &[("19.99", 3, "0.19", "4.20"), ("7.49", 1, "0.07", "0.53")]).totals();
    assert_eq!(fresh, again);
    let turned = cart("EUR", true, &[("7.49", 1, "0.07", "0.53"), ("19.99", 3, "0.19", "4.20")]).totals();
    assert_eq!((fresh.total, fresh.discount), (turned.total, turned.discount));
}

#[test]
fn b3_discounts_of_a_third_each_and_where_tax_is_rounded() {
    let lines = [("9.99", 1, "0.0725", "3.34"), ("9.99", 1, "0.0725", "3.33"), ("9.99", 1, "0.0725", "3.33")];
    let by_line = cart("USD", false, &lines);
    let by_order = Cart { rounding: Order, ..by_line.clone() };
    assert_eq!((by_line.total().1, by_line.total().2), (dec("1.44"), dec("21.41")));
    assert_eq!((by_order.total().1, by_order.total().2), (dec("1.45"), dec("21.42")));
}

#[test]
fn b14_g4_units_that_come_back_are_worth_what_was_paid_for_them() {
    let line = cart("EUR", false, &[("50", 2, "0.1", "20")]).totals().lines.remove(0).total;
    let one = paid_share(line, 2, 0, 1).unwrap();
    assert_eq!((one.net.amount, one.tax.amount, one.gross.amount), triple("40", "4", "44"));
    let odd = cart("JPY", true, &[("1000", 3, "0.2", "500")]).totals().lines.remove(0).total;
    let parts: Vec<_> = (0..3).map(|unit| paid_share(odd, 3, unit, 1).unwrap().gross.amount).collect();
    assert_eq!(parts, [dec("834"), dec("833"), dec("833")]);
    assert_eq!(paid_share(odd, 3, 0, 3).unwrap(), odd);
}

#[test]
fn whoever_is_exempt_pays_the_net() {
    let with_tax = Cart { exempt: true, ..cart("EUR", true, &[("119", 1, "0.19", "11.90")]) };
    assert_eq!(with_tax.total(), triple("90.00", "0", "90.00"));
    assert!(with_tax.totals().taxes.is_empty());
    let without = Cart { exempt: true, ..cart("EUR", false, &[("100", 1, "0.19", "10")]) };
    assert_eq!(without.total(), triple("90.00", "0", "90.00"));
}

#[test]
fn c12_a_price_of_another_basis_keeps_its_own_amount() {
    let gross_in_net = Cart { lines_include_tax: Some(true), ..cart("EUR", false, &[("11.90", 3, "0.19", "0")]) };
    assert_eq!(gross_in_net.total(), triple("30.00", "5.70", "35.70"));
    let discounted = Cart { lines_include_tax: Some(true), ..cart("EUR", false, &[("11.90", 3, "0.19", "10")]) };
    assert_eq!(discounted.total(), triple("20.00", "3.80", "23.80"));
}

proptest! {
    #[test]
    fn a23_parts_always_add_up_and_nothing_is_negative(
        lines in prop::collection::vec((0i64..10_000_000, 1i32..1_000, 0i64..400_000, 0u32..120, any::<bool>()), 0..12),
        shipping in prop::option::of((0i64..100_000, 0i64..400_000, 0u32..120)),
        second in prop::option::of((0i64..200_000, any::<bool>())),
        includes_tax: bool,
        by_order: bool,
        weighted: bool,
        tax_exempt: bool,
        code in prop::sample::select(vec!["EUR", "JPY", "KWD"]),
    ) {
        let currency: Currency = code.parse().unwrap();
        let rates = |rate: i64| {
            let mut rates = vec![AppliedRate::new("First", "1", Decimal::new(rate, 6))];
            rates.extend(second.map(|(rate, compound)| {
                AppliedRate { compound, ..AppliedRate::new("Second", "2", Decimal::new(rate, 6)) }
            }));
            rates
        };
        let all: Vec<_> = lines
            .iter()
            .map(|(price, quantity, rate, percent, own)| (*price, *quantity, rates(*rate), *percent, *own))
            .chain(shipping.map(|(price, rate, percent)| (price, 1, rates(rate), percent, includes_tax)))
            .collect();
        let mut items: Vec<_> = all
            .iter()
            .map(|(price, quantity, rates, percent, own)| {
                let unit_price = Decimal::new(*price, currency.digits());
                let discount = unit_price * Decimal::from(*quantity) * Decimal::new(i64::from(*percent), 2);
                Item {
                    unit_price,
                    quantity: *quantity,
                    includes_tax: *own,
                    rates,
                    discount: currency.round(discount),
                }
            })
            .collect();
        let shipping = if shipping.is_some() { items.pop() } else { None };
        let quote = Quote {
            currency,
            prices_include_tax: includes_tax,
            tax_rounding: if by_order { Order } else { Line },
            shipping_tax: if weighted { Weighted } else { Own },
            tax_exempt,
            lines: items,
            shipping,
        };
        let got = totals(&quote).unwrap();
        let all: Vec<_> = got.lines.iter().chain([&got.shipping]).collect();
        let sum = |of: fn(&LineTotals) -> Taxed| all.iter().map(|line| of(line).gross.amount).sum::<Decimal>();
        prop_assert_eq!(sum(|line| line.total), got.total.gross.amount);
        prop_assert_eq!(sum(|line| line.discount), got.discount.gross.amount);
        let adds_up = got.subtotal.plus(got.shipping.subtotal).unwrap().minus(got.discount).unwrap();
        prop_assert_eq!(adds_up, got.total);
        prop_assert_eq!(got.taxes.iter().map(|row| row.tax.amount).sum::<Decimal>(), got.total.tax.amount);
        for line in all {
            let taxes: Decimal = line.taxes.iter().filter_map(|rate| rate.amount).sum();
            prop_assert_eq!(taxes, line.total.tax.amount);
            prop_assert_eq!(line.subtotal.minus(line.discount).unwrap(), line.total);
            for taxed in [&line.subtotal, &line.discount, &line.total] {
                prop_assert_eq!(taxed.net.amount + taxed.tax.amount, taxed.gross.amount);
                prop_assert!(taxed.net.amount >= Decimal::ZERO && taxed.tax.amount >= Decimal::ZERO);
                prop_assert_eq!(taxed.gross.amount, currency.round(taxed.gross.amount));
            }
        }
    }
}
