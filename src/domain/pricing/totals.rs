//! The totals of a cart or an order, from facts. Pure, and the only place that adds up what a shopper pays.

use rust_decimal::Decimal;

use crate::domain::regions::TaxRounding;
use crate::domain::tax::{Taxable, Taxed, split};
use crate::kernel::money::{Currency, Money, MoneyError};

/// Something sold: so many units at a price, at a rate of tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The price of one unit, with or without tax as the quote says.
    pub unit_price: Decimal,
    /// How many units.
    pub quantity: i32,
    /// The rate of tax as a fraction.
    pub tax_rate: Decimal,
}

/// All that totals depend on.
#[derive(Clone, Copy, Debug)]
pub struct Quote<'a> {
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether unit prices and shipping include tax.
    pub prices_include_tax: bool,
    /// Where tax is rounded.
    pub tax_rounding: TaxRounding,
    /// The lines.
    pub lines: &'a [Item],
    /// Shipping, once it is chosen.
    pub shipping: Option<Item>,
}

/// What a shopper pays. Every `gross` is `net + tax`, and `total` is `subtotal + shipping` (rule A23).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Each line, in the order of the quote's.
    pub lines: Vec<Taxed>,
    /// The sum of the lines.
    pub subtotal: Taxed,
    /// Shipping.
    pub shipping: Taxed,
    /// What is to be paid.
    pub total: Taxed,
}

/// Adds up a quote.
pub fn totals(quote: &Quote<'_>) -> Result<Totals, MoneyError> {
    let items = quote.lines.iter().chain(quote.shipping.as_ref());
    let taxables = items.map(|item| taxable(item, quote.currency)).collect::<Result<Vec<_>, _>>()?;
    let mut lines = split(&taxables, quote.currency, quote.prices_include_tax, quote.tax_rounding)?;
    let shipping = if quote.shipping.is_some() { lines.pop() } else { None };
    let zero = Taxed::zero(quote.currency);
    let shipping = shipping.unwrap_or(zero);
    let subtotal = lines.iter().try_fold(zero, |sum, line| sum.plus(*line))?;
    Ok(Totals { total: subtotal.plus(shipping)?, lines, subtotal, shipping })
}

/// Multiplies before anything is rounded (rule A1).
fn taxable(item: &Item, currency: Currency) -> Result<Taxable, MoneyError> {
    let amount = Money::new(item.unit_price, currency).times(Decimal::from(item.quantity))?.rounded().amount;
    Ok(Taxable { amount, rate: item.tax_rate })
}

#[cfg(test)]
mod tests {
    use super::{Item, Quote, totals};
    use crate::domain::regions::TaxRounding;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    fn item(unit_price: &str, quantity: i32, tax_rate: &str) -> Item {
        Item { unit_price: unit_price.parse().unwrap(), quantity, tax_rate: tax_rate.parse().unwrap() }
    }

    /// (currency, prices include tax, lines, shipping) -> (net, tax, gross)
    #[test]
    fn a1_a2_a18_a23_totals_of_whole_carts() {
        type Case = (&'static str, bool, Vec<Item>, Option<Item>, (&'static str, &'static str, &'static str));
        let cases: [Case; 6] = [
            ("JPY", false, vec![item("123", 3, "0.2")], None, ("369", "74", "443")),
            ("EUR", false, vec![item("14.28", 10, "0.19")], None, ("142.80", "27.13", "169.93")),
            ("USD", false, vec![item("12.99", 3, "0.08875")], None, ("38.97", "3.46", "42.43")),
            ("EUR", true, vec![item("14.50", 2, "0.19")], Some(item("4.90", 1, "0.19")), ("28.49", "5.41", "33.90")),
            ("EUR", true, vec![item("10", 1, "0.19"), item("10", 1, "0")], None, ("18.40", "1.60", "20.00")),
            ("EUR", true, vec![], None, ("0", "0", "0")),
        ];
        for (currency, prices_include_tax, lines, shipping, (net, tax, gross)) in cases {
            let currency = currency.parse().unwrap();
            let tax_rounding = TaxRounding::Line;
            let quote = Quote { currency, prices_include_tax, tax_rounding, lines: &lines, shipping };
            let total = totals(&quote).unwrap().total;
            let got = (total.net.amount, total.tax.amount, total.gross.amount);
            assert_eq!(got, (net.parse().unwrap(), tax.parse().unwrap(), gross.parse().unwrap()), "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn a23_parts_always_add_up_and_nothing_is_negative(
            lines in prop::collection::vec((0i64..10_000_000, 1i32..1_000, 0i64..400_000), 0..12),
            shipping in prop::option::of((0i64..100_000, 0i64..400_000)),
            includes_tax: bool,
            by_order: bool,
            code in prop::sample::select(vec!["EUR", "JPY", "KWD"]),
        ) {
            let currency: crate::kernel::money::Currency = code.parse().unwrap();
            let item = |(price, quantity, rate): (i64, i32, i64)| Item {
                unit_price: Decimal::new(price, currency.digits()),
                quantity,
                tax_rate: Decimal::new(rate, 6),
            };
            let lines: Vec<_> = lines.into_iter().map(item).collect();
            let shipping = shipping.map(|(price, rate)| item((price, 1, rate)));
            let tax_rounding = if by_order { TaxRounding::Order } else { TaxRounding::Line };
            let quote = Quote { currency, prices_include_tax: includes_tax, tax_rounding, lines: &lines, shipping };
            let got = totals(&quote).unwrap();
            let sum: Decimal = got.lines.iter().map(|line| line.gross.amount).sum();
            prop_assert_eq!(sum + got.shipping.gross.amount, got.total.gross.amount);
            for taxed in got.lines.iter().chain([&got.subtotal, &got.shipping, &got.total]) {
                prop_assert_eq!(taxed.net.amount + taxed.tax.amount, taxed.gross.amount);
                prop_assert!(taxed.net.amount >= Decimal::ZERO && taxed.tax.amount >= Decimal::ZERO);
                prop_assert_eq!(taxed.gross.amount, currency.round(taxed.gross.amount));
            }
        }
    }
}
