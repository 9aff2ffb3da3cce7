//! Money: exact decimals with a currency, and the only function that rounds them.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest amount that is accepted or computed: the maximum of `numeric(19, 4)`.
const MAX_AMOUNT: Decimal = Decimal::from_parts(2_764_472_319, 232_830, 0, false, 0); // 999,999,999,999,999

/// An ISO 4217 currency in use, such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Currency(iso_currency::Currency);

/// The text is not the ISO 4217 code of a currency in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 4217 currency code")]
pub struct UnknownCurrency;

impl Currency {
    /// Returns every currency in use, sorted by code.
    pub fn all() -> Vec<Self> {
        use iso_currency::IntoEnumIterator;
        let mut all: Vec<_> = iso_currency::Currency::iter().filter(|currency| in_use(*currency)).map(Self).collect();
        all.sort_unstable_by_key(|currency| currency.code());
        all
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// The English name, for display.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The number of decimals of an amount: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn digits(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }

    /// Rounds half away from zero to this currency's decimals. All rounding happens here.
    pub fn round(self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.digits(), RoundingStrategy::MidpointAwayFromZero)
    }
}

/// Excludes special codes (gold, test, funds) and superseded currencies, which a shop does not accept.
fn in_use(currency: iso_currency::Currency) -> bool {
    currency.exponent().is_some() && !currency.is_fund() && !currency.is_special() && currency.is_superseded().is_none()
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        iso_currency::Currency::from_code(code).filter(|known| in_use(*known)).map(Self).ok_or(UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

super::stored_as!(
    Currency,
    diesel::sql_types::Text,
    String,
    |currency: &Currency| currency.code().to_owned(),
    |code: String| code.parse().map_err(|_| format!("{code:?} is no currency").into())
);

/// Why an amount is invalid or could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amounts have different currencies.
    #[error("amounts in {0} and {1} cannot be combined")]
    CurrencyMismatch(Currency, Currency),
    /// The amount is too large for the database.
    #[error("the amount is too large")]
    TooLarge,
    /// The price is negative.
    #[error("the amount is negative")]
    Negative,
    /// The amount has more decimals than the currency.
    #[error("amounts in {0} have at most {1} decimals")]
    TooManyDigits(Currency, u32),
}

/// An amount in a currency, in major units: 14.50 is fourteen euros and fifty cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The exact amount.
    pub amount: Decimal,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Creates an amount, unchecked.
    pub const fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// A zero amount.
    pub const fn zero(currency: Currency) -> Self {
        Self { amount: Decimal::ZERO, currency }
    }

    /// Creates a price from user input: not negative, not too large, and with no more decimals than its currency.
    pub fn price(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(MoneyError::Negative);
        }
        if amount.normalize().scale() > currency.digits() {
            return Err(MoneyError::TooManyDigits(currency, currency.digits()));
        }
        Self::new(amount, currency).bounded()
    }

    /// Adds an amount in the same currency.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::TooLarge)?;
        Self::new(amount, self.currency).bounded()
    }

    /// Subtracts an amount in the same currency.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.plus(Self::new(-other.amount, other.currency))
    }

    /// Multiplies this amount, unrounded (rule A1: multiply before rounding).
    pub fn times(self, factor: Decimal) -> Result<Self, MoneyError> {
        let amount = self.amount.checked_mul(factor).ok_or(MoneyError::TooLarge)?;
        Self::new(amount, self.currency).bounded()
    }

    /// Rounds this amount to its currency's decimals and formats it with exactly that many.
    #[must_use]
    pub fn rounded(self) -> Self {
        let mut amount = self.currency.round(self.amount);
        amount.rescale(self.currency.digits());
        Self { amount, ..self }
    }

    fn bounded(self) -> Result<Self, MoneyError> {
        if self.amount.abs() > MAX_AMOUNT { Err(MoneyError::TooLarge) } else { Ok(self) }
    }
}

/// Splits a rounded amount in proportion to weights so that the parts add up to it: largest remainder first, ties go to
/// the earlier part (rule B1). If all weights are zero, all parts are zero.
pub fn allocate(whole: Money, weights: &[Decimal]) -> Result<Vec<Money>, MoneyError> {
    let sum: Decimal = weights.iter().sum();
    if sum.is_zero() {
        return Ok(vec![Money::zero(whole.currency); weights.len()]);
    }
    let digits = whole.currency.digits();
    let unit = Decimal::new(if whole.amount.is_sign_negative() { -1 } else { 1 }, digits);
    let exact = weights
        .iter()
        .map(|weight| whole.amount.checked_mul(*weight).map(|product| product / sum).ok_or(MoneyError::TooLarge))
        .collect::<Result<Vec<_>, _>>()?;
    let mut parts: Vec<_> = exact.iter().map(|part| part.trunc_with_scale(digits)).collect();
    let left = (whole.amount - parts.iter().sum::<Decimal>()).abs() * Decimal::from(10u64.pow(digits));
    let mut order: Vec<_> = (0..parts.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse((exact[*index] - parts[*index]).abs()));
    for index in order.into_iter().take(usize::try_from(left.round().mantissa()).unwrap_or(0)) {
        parts[index] += unit;
    }
    Ok(parts.into_iter().map(|amount| Money::new(amount, whole.currency)).collect())
}

#[cfg(test)]
mod tests {
    use super::{Currency, MAX_AMOUNT, Money, MoneyError, allocate};
    use rust_decimal::Decimal;

    fn eur(amount: &str) -> Money {
        Money::new(amount.parse().unwrap(), "EUR".parse().unwrap())
    }

    #[test]
    fn a18_amounts_have_the_digits_of_their_currency() {
        for (code, digits) in [("EUR", 2), ("JPY", 0), ("KWD", 3), ("USD", 2)] {
            assert_eq!(code.parse::<Currency>().unwrap().digits(), digits, "{code}");
        }
        let kwd: Currency = "KWD".parse().unwrap();
        assert_eq!(kwd.round("1.2345".parse().unwrap()), "1.235".parse().unwrap());
        assert_eq!(Money::price("1.2345".parse().unwrap(), kwd), Err(MoneyError::TooManyDigits(kwd, 3)));
    }

    #[test]
    fn a19_halves_go_away_from_zero() {
        assert_eq!(eur("0.025").rounded(), eur("0.03"));
        assert_eq!(eur("-0.025").rounded(), eur("-0.03"));
        assert_eq!(eur("7").rounded().amount.to_string(), "7.00");
    }

    #[test]
    fn prices_are_refused_when_negative_too_long_or_too_large() {
        let price = |text: &str| Money::price(text.parse().unwrap(), "EUR".parse().unwrap());
        assert!(price("0").is_ok() && price("14.50").is_ok() && price("14.5000").is_ok());
        assert_eq!(price("-0.01"), Err(MoneyError::Negative));
        assert!(matches!(price("14.505"), Err(MoneyError::TooManyDigits(..))));
        assert_eq!(price("1000000000000000"), Err(MoneyError::TooLarge));
        assert_eq!(MAX_AMOUNT, Decimal::from(999_999_999_999_999u64));
    }

    #[test]
    fn currencies_never_mix() {
        let usd = Money::new(Decimal::ONE, "USD".parse().unwrap());
        assert!(matches!(eur("1").plus(usd), Err(MoneyError::CurrencyMismatch(..))));
        assert!("XXX".parse::<Currency>().is_err() && "eur".parse::<Currency>().is_err());
    }

    #[test]
    fn b1_parts_add_up_to_the_whole_with_ties_to_the_earlier() {
        let jpy: Currency = "JPY".parse().unwrap();
        let cases: [(i64, &[i64], &[i64]); 5] = [
            (300, &[4000, 2000, 2000], &[150, 75, 75]),
            (299, &[4300, 1400, 2300], &[161, 52, 86]),
            (299, &[1000, 1000, 1000], &[100, 100, 99]),
            (-300, &[4000, 2000, 2000], &[-150, -75, -75]),
            (10, &[0, 0], &[0, 0]),
        ];
        for (whole, weights, want) in cases {
            let weights: Vec<_> = weights.iter().map(|weight| Decimal::from(*weight)).collect();
            let parts = allocate(Money::new(Decimal::from(whole), jpy), &weights).unwrap();
            let want: Vec<_> = want.iter().map(|part| Money::new(Decimal::from(*part), jpy)).collect();
            assert_eq!(parts, want, "{whole}");
        }
    }
}
