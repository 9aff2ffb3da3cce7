//! Amounts in Stripe's format: integers in the currency's smallest unit.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::payments::provider::ProviderError;
use crate::kernel::money::{Currency, Money};

/// Currencies for which Stripe uses another number of decimals than ISO 4217.
const STRIPE_DECIMALS: [(&str, u32); 3] = [("ISK", 2), ("UGX", 2), ("MGA", 0)];

fn factor(currency: Currency) -> Decimal {
    let own = STRIPE_DECIMALS.iter().find(|(code, _)| *code == currency.code());
    Decimal::from(10u64.pow(own.map_or(currency.digits(), |(_, digits)| *digits)))
}

/// The increment of amounts: for three-decimal currencies Stripe accepts two decimals.
fn step(currency: Currency) -> i64 {
    if currency.digits() == 3 { 10 } else { 1 }
}

/// Converts an amount to the smallest unit.
pub(super) fn to_minor(money: Money) -> Result<String, ProviderError> {
    let units = money.amount.checked_mul(factor(money.currency)).filter(Decimal::is_integer);
    let fits = |units: &i64| *units >= 0 && units % step(money.currency) == 0;
    let units = units.and_then(|units| units.to_i64()).filter(fits);
    let refused = || {
        let (amount, currency) = (money.amount, money.currency);
        ProviderError::Misuse(format!("{amount} {currency} has more decimals than it takes"))
    };
    Ok(units.ok_or_else(refused)?.to_string())
}

/// Converts an amount to major units.
pub(super) fn from_minor(units: i64, currency: Currency) -> Decimal {
    Decimal::from(units) / factor(currency)
}

#[cfg(test)]
mod tests {
    use super::{from_minor, to_minor};
    use crate::kernel::money::Money;

    #[test]
    fn a18_amounts_are_written_in_the_smallest_unit_of_their_currency() {
        for (amount, currency, units) in [
            ("19.40", "EUR", "1940"),
            ("500", "JPY", "500"),
            ("1.230", "KWD", "1230"),
            ("12", "ISK", "1200"),
            ("5000.00", "MGA", "5000"),
        ] {
            let (amount, currency) = (amount.parse().unwrap(), currency.parse().unwrap());
            assert_eq!(to_minor(Money::new(amount, currency)).unwrap(), units);
            assert_eq!(from_minor(units.parse().unwrap(), currency), amount);
        }
        for (amount, currency) in [("0.005", "EUR"), ("5.124", "KWD"), ("5000.20", "MGA"), ("-1", "EUR")] {
            assert!(to_minor(Money::new(amount.parse().unwrap(), currency.parse().unwrap())).is_err(), "{amount}");
        }
    }
}
