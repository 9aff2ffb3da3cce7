//! Net, tax and gross of what is sold, for prices with and without tax (rules A1 to A4, A18, A19).

use rust_decimal::Decimal;

use crate::domain::regions::TaxRounding;
use crate::kernel::money::{Currency, Money, MoneyError, allocate};

/// Something that is taxed: a line's amount (unit price times quantity), or shipping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taxable {
    /// The amount in the basis of the prices: gross where prices include tax, else net. In the currency's digits.
    pub amount: Decimal,
    /// The rate as a fraction.
    pub rate: Decimal,
}

/// An amount with its tax. `gross` is always `net + tax`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taxed {
    /// Without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// With tax.
    pub gross: Money,
}

impl Taxed {
    /// Nothing.
    pub const fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { net: zero, tax: zero, gross: zero }
    }

    /// From its two parts.
    pub fn of(net: Money, tax: Money) -> Result<Self, MoneyError> {
        Ok(Self { net: net.rounded(), tax: tax.rounded(), gross: net.plus(tax)?.rounded() })
    }

    /// The sum of two.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        Self::of(self.net.plus(other.net)?, self.tax.plus(other.tax)?)
    }
}

/// Splits each amount into net, tax and gross, in the given order.
pub fn split(
    items: &[Taxable],
    currency: Currency,
    includes_tax: bool,
    rounding: TaxRounding,
) -> Result<Vec<Taxed>, MoneyError> {
    let exact = items.iter().map(|item| exact_tax(*item, includes_tax)).collect::<Result<Vec<_>, _>>()?;
    let taxes = match rounding {
        TaxRounding::Line => exact.iter().map(|tax| Money::new(*tax, currency).rounded()).collect(),
        TaxRounding::Order => round_by_rate(items, &exact, currency)?,
    };
    items.iter().zip(taxes).map(|(item, tax)| taxed(*item, tax, includes_tax)).collect()
}

/// The tax before it is rounded.
fn exact_tax(item: Taxable, includes_tax: bool) -> Result<Decimal, MoneyError> {
    let product = item.amount.checked_mul(item.rate).ok_or(MoneyError::TooLarge)?;
    Ok(if includes_tax { product / (Decimal::ONE + item.rate) } else { product })
}

/// Rounds the sum of each rate once, and gives every item its share of it.
fn round_by_rate(items: &[Taxable], exact: &[Decimal], currency: Currency) -> Result<Vec<Money>, MoneyError> {
    let mut taxes = vec![Money::zero(currency); items.len()];
    let mut rates: Vec<Decimal> = items.iter().map(|item| item.rate).collect();
    rates.sort_unstable();
    rates.dedup();
    for rate in rates {
        let of_rate: Vec<_> = (0..items.len()).filter(|index| items[*index].rate == rate).collect();
        let shares: Vec<_> = of_rate.iter().map(|index| exact[*index]).collect();
        let whole = Money::new(shares.iter().sum(), currency).rounded();
        for (index, tax) in of_rate.into_iter().zip(allocate(whole, &shares)?) {
            taxes[index] = tax;
        }
    }
    Ok(taxes)
}

fn taxed(item: Taxable, tax: Money, includes_tax: bool) -> Result<Taxed, MoneyError> {
    let amount = Money::new(item.amount, tax.currency);
    let net = if includes_tax { amount.plus(Money::new(-tax.amount, tax.currency))? } else { amount };
    Taxed::of(net, tax)
}

#[cfg(test)]
mod tests {
    use super::{Taxable, Taxed, split};
    use crate::domain::regions::TaxRounding::{self, Line, Order};
    use rust_decimal::Decimal;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn taxed(currency: &str, includes_tax: bool, rounding: TaxRounding, items: &[(&str, &str)]) -> Vec<Taxed> {
        let items: Vec<_> =
            items.iter().map(|(amount, rate)| Taxable { amount: dec(amount), rate: dec(rate) }).collect();
        split(&items, currency.parse().unwrap(), includes_tax, rounding).unwrap()
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
            let got = taxed(currency, includes_tax, Line, &[(amount, rate)])[0];
            let want = (dec(net), dec(tax), dec(gross));
            assert_eq!((got.net.amount, got.tax.amount, got.gross.amount), want, "{currency} {amount} @ {rate}");
        }
    }

    #[test]
    fn a4_the_rounding_level_is_a_setting() {
        let items = [("8.50", "0.07"), ("1.65", "0.07")];
        let tax = |rounding| taxed("EUR", true, rounding, &items).iter().map(|item| item.tax.amount).sum::<Decimal>();
        assert_eq!(tax(Line), dec("0.67"));
        assert_eq!(tax(Order), dec("0.66"));
    }

    #[test]
    fn a4_each_rate_is_rounded_on_its_own() {
        let items = [("10.03", "0.07"), ("10.03", "0.19"), ("0.01", "0.07")];
        let got = taxed("EUR", false, Order, &items);
        assert_eq!(got.iter().map(|item| item.tax.amount).collect::<Vec<_>>(), [dec("0.70"), dec("1.91"), dec("0")]);
    }
}
