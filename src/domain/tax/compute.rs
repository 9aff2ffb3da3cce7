//! Computes net, tax and gross of prices with and without tax, at one rate or several (rules A1 to A4, A18, A19, A21).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::AppliedRate;
use crate::domain::regions::TaxRounding;
use crate::kernel::money::{Currency, Money, MoneyError, allocate};

/// A taxable amount: a line (unit price times quantity), or shipping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taxable<'a> {
    /// The amount, in the currency's digits; negative for a credit.
    pub amount: Decimal,
    /// Whether the amount includes tax.
    pub includes_tax: bool,
    /// The tax rates, in the order of application.
    pub rates: &'a [AppliedRate],
}

/// An amount with its tax. `gross` is always `net + tax`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxed {
    /// The amount without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// The amount with tax.
    pub gross: Money,
}

impl Taxed {
    /// A zero amount.
    pub const fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { net: zero, tax: zero, gross: zero }
    }

    /// Creates an amount from its net and tax.
    pub fn of(net: Money, tax: Money) -> Result<Self, MoneyError> {
        Ok(Self { net: net.rounded(), tax: tax.rounded(), gross: net.plus(tax)?.rounded() })
    }

    /// Adds another amount.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        Self::of(self.net.plus(other.net)?, self.tax.plus(other.tax)?)
    }

    /// Subtracts another amount.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        Self::of(self.net.minus(other.net)?, self.tax.minus(other.tax)?)
    }
}

/// A split amount, with the tax of each of its rates. They add up to `taxed.tax`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The amount.
    pub taxed: Taxed,
    /// The tax of each rate, in the order of the rates.
    pub taxes: Vec<Money>,
}

/// The total tax on a net of 1: 0.07 for 7%, more than the sum of the rates if one is compound.
pub fn combined_rate(rates: &[AppliedRate]) -> Decimal {
    shares(rates).iter().sum()
}

/// Splits each amount into net, taxes and gross, in the given order.
pub fn split(items: &[Taxable<'_>], currency: Currency, rounding: TaxRounding) -> Result<Vec<Split>, MoneyError> {
    let exact = items.iter().map(|item| exact_taxes(*item)).collect::<Result<Vec<_>, _>>()?;
    let taxes = match rounding {
        TaxRounding::Line => exact.iter().map(|taxes| round_each(taxes, currency)).collect(),
        TaxRounding::Order => round_by_rate(items, &exact, currency)?,
    };
    items.iter().zip(taxes).map(|(item, taxes)| build_split(*item, taxes, currency)).collect()
}

/// The maximum tax of one rate on a net of 1: far above any real tax, and far below overflow.
const MAX_AMOUNT: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// The tax of each rate on a net of 1. A compound rate also applies to the taxes before it (rule A21).
fn shares(rates: &[AppliedRate]) -> Vec<Decimal> {
    let mut before = Decimal::ZERO;
    let share = |rate: &AppliedRate| {
        let base = if rate.compound { Decimal::ONE + before } else { Decimal::ONE };
        let share = (base * rate.rate).min(MAX_AMOUNT);
        before += share;
        share
    };
    rates.iter().map(share).collect()
}

/// The unrounded taxes of an item. Multiplies first and divides last, so that halves stay exact.
fn exact_taxes(item: Taxable<'_>) -> Result<Vec<Decimal>, MoneyError> {
    let shares = shares(item.rates);
    let whole = if item.includes_tax { Decimal::ONE + shares.iter().sum::<Decimal>() } else { Decimal::ONE };
    let tax = |(share, rate): (&Decimal, &AppliedRate)| match rate.amount {
        Some(amount) => Ok(amount),
        None => item.amount.checked_mul(*share).map(|product| product / whole).ok_or(MoneyError::TooLarge),
    };
    shares.iter().zip(item.rates).map(tax).collect()
}

fn round_each(taxes: &[Decimal], currency: Currency) -> Vec<Money> {
    taxes.iter().map(|tax| Money::new(*tax, currency).rounded()).collect()
}

/// Rounds the sum of each rate once over all items, and allocates it to the items.
fn round_by_rate(
    items: &[Taxable<'_>],
    exact: &[Vec<Decimal>],
    currency: Currency,
) -> Result<Vec<Vec<Money>>, MoneyError> {
    let mut taxes: Vec<Vec<_>> = exact.iter().map(|of_item| vec![Money::zero(currency); of_item.len()]).collect();
    let mut left: Vec<(usize, usize)> =
        (0..items.len()).flat_map(|item| (0..items[item].rates.len()).map(move |rate| (item, rate))).collect();
    while let Some(&(item, rate)) = left.first() {
        // Credits are rounded separately from charges, because parts of one sign add up to no more than the whole.
        let like = |&(other, place): &(usize, usize)| {
            items[other].rates[place] == items[item].rates[rate]
                && (items[other].amount.is_sign_negative() == items[item].amount.is_sign_negative())
        };
        let (of_rate, others) = left.iter().partition::<Vec<_>, _>(|place| like(place));
        let parts: Vec<_> = of_rate.iter().map(|(item, rate)| exact[*item][*rate]).collect();
        let whole = Money::new(parts.iter().sum(), currency).rounded();
        for ((item, rate), tax) in of_rate.into_iter().zip(allocate(whole, &parts)?) {
            taxes[item][rate] = tax;
        }
        left = others;
    }
    Ok(taxes)
}

fn build_split(item: Taxable<'_>, taxes: Vec<Money>, currency: Currency) -> Result<Split, MoneyError> {
    let tax = taxes.iter().try_fold(Money::zero(currency), |sum, tax| sum.plus(*tax))?;
    let amount = Money::new(item.amount, currency);
    let net = if item.includes_tax { amount.minus(tax)? } else { amount };
    Ok(Split { taxed: Taxed::of(net, tax)?, taxes })
}

#[cfg(test)]
mod tests {
    use super::{Split, Taxable, combined_rate, split};
    use crate::domain::regions::TaxRounding::{self, Line, Order};
    use crate::domain::tax::AppliedRate;
    use rust_decimal::Decimal;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn vat(rate: &str) -> Vec<AppliedRate> {
        vec![AppliedRate::new("VAT", rate, dec(rate))]
    }

    fn splits(currency: &str, includes_tax: bool, rounding: TaxRounding, items: &[(&str, &str)]) -> Vec<Split> {
        let rates: Vec<_> = items.iter().map(|(_, rate)| vat(rate)).collect();
        let amounts = items.iter().map(|(amount, _)| dec(amount));
        let items: Vec<_> =
            amounts.zip(&rates).map(|(amount, rates)| Taxable { amount, includes_tax, rates }).collect();
        split(&items, currency.parse().unwrap(), rounding).unwrap()
    }

    fn taxes(splits: &[Split]) -> Vec<Decimal> {
        splits.iter().map(|split| split.taxed.tax.amount).collect()
    }

    /// (currency, prices include tax, amount, rate) -> (net, tax, gross)
    #[test]
    fn a1_a2_a3_a18_a19_one_amount() {
        let cases = [
            ("JPY", false, "369", "0.20", ("369", "74", "443")), // A1: 123 x 3
            ("EUR", false, "142.80", "0.19", ("142.80", "27.13", "169.93")), // A2: 14.28 x 10
            ("JPY", true, "100", "0.20", ("83", "17", "100")),   // A3
            ("JPY", true, "500", "0.20", ("417", "83", "500")),  // A3
            ("EUR", true, "382.30", "0.20", ("318.58", "63.72", "382.30")), // A3: 38.23 x 10
            ("JPY", true, "999", "0.10", ("908", "91", "999")),  // A18
            ("USD", false, "38.97", "0.08875", ("38.97", "3.46", "42.43")), // A18: 12.99 x 3
            ("EUR", false, "0.50", "0.05", ("0.50", "0.03", "0.53")), // A19
            ("EUR", true, "0", "0.19", ("0", "0", "0")),
        ];
        for (currency, includes_tax, amount, rate, (net, tax, gross)) in cases {
            let got = splits(currency, includes_tax, Line, &[(amount, rate)])[0].taxed;
            let want = (dec(net), dec(tax), dec(gross));
            assert_eq!((got.net.amount, got.tax.amount, got.gross.amount), want, "{currency} {amount} @ {rate}");
        }
    }

    #[test]
    fn a4_the_rounding_level_is_a_setting() {
        let items = [("8.50", "0.07"), ("1.65", "0.07")];
        let tax = |rounding| taxes(&splits("EUR", true, rounding, &items)).iter().sum::<Decimal>();
        assert_eq!(tax(Line), dec("0.67"));
        assert_eq!(tax(Order), dec("0.66"));
    }

    #[test]
    fn a4_each_rate_is_rounded_on_its_own() {
        let items = [("10.03", "0.07"), ("10.03", "0.19"), ("0.01", "0.07")];
        assert_eq!(taxes(&splits("EUR", false, Order, &items)), [dec("0.70"), dec("1.91"), dec("0")]);
    }

    #[test]
    fn a21_stacked_rates_add_up_unless_one_is_compound() {
        let gst = AppliedRate::new("GST", "GST", dec("0.05"));
        let qst = |compound| AppliedRate { compound, ..AppliedRate::new("QST", "QST", dec("0.09975")) };
        let cases = [
            (false, false, "100.00", ("5.00", "9.98"), "114.98"),
            (true, false, "100.00", ("5.00", "10.47"), "115.47"),
            (false, true, "114.98", ("5.00", "9.98"), "114.98"),
            (true, true, "115.47", ("5.00", "10.47"), "115.47"),
        ];
        for (compound, includes_tax, amount, (first, second), gross) in cases {
            let rates = [gst.clone(), qst(compound)];
            for rounding in [Line, Order] {
                let item = Taxable { amount: dec(amount), includes_tax, rates: &rates };
                let got = split(&[item], "CAD".parse().unwrap(), rounding).unwrap().remove(0);
                let taxes: Vec<_> = got.taxes.iter().map(|tax| tax.amount).collect();
                assert_eq!(taxes, [dec(first), dec(second)], "compound {compound}, included {includes_tax}");
                assert_eq!(got.taxed.gross.amount, dec(gross));
            }
        }
        assert_eq!(combined_rate(&[gst.clone(), qst(false)]), dec("0.14975"));
        assert_eq!(combined_rate(&[gst, qst(true)]), dec("0.1547375"));
    }

    #[test]
    fn rates_upon_rates_beyond_all_reason_are_computed_or_refused() {
        let rates = vec![AppliedRate { compound: true, ..AppliedRate::new("T", "T", Decimal::ONE) }; 200];
        let item = |includes_tax, amount| Taxable { amount, includes_tax, rates: &rates };
        let currency = "EUR".parse().unwrap();
        assert!(split(&[item(true, dec("100.00"))], currency, Line).is_ok());
        assert!(split(&[item(false, dec("999999999999999"))], currency, Line).is_err());
    }

    #[test]
    fn a_final_amount_of_a_provider_is_taken_as_it_is() {
        let rates = [AppliedRate { amount: Some(dec("1.23")), ..AppliedRate::new("VAT", "VAT", dec("0.19")) }];
        let item = |includes_tax| Taxable { amount: dec("10.00"), includes_tax, rates: &rates };
        let got = split(&[item(false), item(true)], "EUR".parse().unwrap(), Line).unwrap();
        assert_eq!((got[0].taxed.gross.amount, got[1].taxed.net.amount), (dec("11.23"), dec("8.77")));
    }
}
