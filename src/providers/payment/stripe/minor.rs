//! Amounts as Stripe writes them: whole numbers of the currency's smallest unit.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::payments::provider::ProviderError;
use crate::kernel::money::{Currency, Money};

/// Currencies without decimals that Stripe still writes with two, for old times' sake.
const WRITTEN_WITH_TWO: [&str; 2] = ["ISK", "UGX"];

fn factor(currency: Currency) -> Decimal {
    let digits = if WRITTEN_WITH_TWO.contains(&currency.code()) { 2 } else { currency.digits() };
    Decimal::from(10u64.pow(digits))
}

/// The number of the smallest unit.
pub(super) fn to_minor(money: Money) -> Result<String, ProviderError> {
    let units = money.amount.checked_mul(factor(money.currency)).filter(Decimal::is_integer);
    let units = units.and_then(|units| units.to_i64()).filter(|units| *units >= 0);
    let refused = || ProviderError::Misuse(format!("{} {} is no amount", money.amount, money.currency));
    Ok(units.ok_or_else(refused)?.to_string())
}

/// The amount in major units.
pub(super) fn from_minor(units: i64, currency: Currency) -> Decimal {
    Decimal::from(units) / factor(currency)
}

#[cfg(test)]
mod tests {
    use super::{from_minor, to_minor};
    use crate::kernel::money::Money;

    #[test]
    fn a18_amounts_are_written_in_the_smallest_unit_of_their_currency() {
        for (amount, currency, units) in
            [("19.40", "EUR", "1940"), ("500", "JPY", "500"), ("1.230", "KWD", "1230"), ("12", "ISK", "1200")]
        {
            let (amount, currency) = (amount.parse().unwrap(), currency.parse().unwrap());
            assert_eq!(to_minor(Money::new(amount, currency)).unwrap(), units);
            assert_eq!(from_minor(units.parse().unwrap(), currency), amount);
        }
        assert!(to_minor(Money::new("0.005".parse().unwrap(), "EUR".parse().unwrap())).is_err());
    }
}
