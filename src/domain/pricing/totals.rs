//! Computes the totals of a cart or an order. Pure, and the only place that adds up what a shopper pays.
//!
//! The order: unit price times quantity, less discounts, then tax on the remainder; gift cards and credit are payments
//! and change none of it ([`Totals::due`]).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::regions::{ShippingTax, TaxRounding};
use crate::domain::tax::{AppliedRate, Split, Taxable, Taxed, combined_rate, split};
use crate::kernel::money::{Currency, Money, MoneyError, allocate};

/// An item sold: a unit price, a quantity and tax rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// The unit price in major units; negative for a credit.
    pub unit_price: Decimal,
    /// The number of units.
    pub quantity: i32,
    /// Whether the unit price includes tax.
    pub includes_tax: bool,
    /// The tax rates.
    pub rates: &'a [AppliedRate],
    /// The discount on all units together, with or without tax as the quote's prices are (rule A6).
    pub discount: Decimal,
}

/// The input to the totals.
#[derive(Clone, Debug)]
pub struct Quote<'a> {
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether prices and discounts include tax.
    pub prices_include_tax: bool,
    /// The level at which tax is rounded.
    pub tax_rounding: TaxRounding,
    /// How shipping is taxed.
    pub shipping_tax: ShippingTax,
    /// Whether the customer is exempt from tax: included tax is removed from prices.
    pub tax_exempt: bool,
    /// The lines.
    pub lines: Vec<Item<'a>>,
    /// Shipping, if an option is selected.
    pub shipping: Option<Item<'a>>,
}

/// The totals of a line or of shipping: `total` is `subtotal` less `discount`, in net, tax and gross.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTotals {
    /// The amount before discounts.
    pub subtotal: Taxed,
    /// The discount.
    pub discount: Taxed,
    /// The amount to pay.
    pub total: Taxed,
    /// The taxes with their amounts, which add up to the total's tax.
    pub taxes: Vec<AppliedRate>,
}

/// The tax charged at one rate over all lines and shipping (rule A22).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRow {
    /// The rate.
    pub rate: AppliedRate,
    /// The net amount it was charged on.
    pub net: Money,
    /// The tax.
    pub tax: Money,
}

/// What a shopper pays. Every `gross` is `net + tax`, and `total` is `subtotal` plus `shipping.subtotal` less
/// `discount` (rule A23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// The lines, in the order of the quote.
    pub lines: Vec<LineTotals>,
    /// Shipping.
    pub shipping: LineTotals,
    /// The sum of the lines before discounts.
    pub subtotal: Taxed,
    /// The discounts on lines and shipping.
    pub discount: Taxed,
    /// The amount to pay.
    pub total: Taxed,
    /// The tax by rate; the rows add up to the total's tax.
    pub taxes: Vec<TaxRow>,
}

/// Computes the totals of a quote.
pub fn totals(quote: &Quote<'_>) -> Result<Totals, MoneyError> {
    let average: Vec<_>;
    let mut items = quote.lines.clone();
    if let Some(mut shipping) = quote.shipping {
        if quote.shipping_tax == ShippingTax::Weighted {
            average = average_rate(quote)?;
            shipping.rates = average.as_slice();
        }
        items.push(shipping);
    }
    let mut lines = line_totals(quote, &items)?;
    let zero = Taxed::zero(quote.currency);
    let none = LineTotals { subtotal: zero, discount: zero, total: zero, taxes: Vec::new() };
    let shipping = if quote.shipping.is_some() { lines.pop().unwrap_or(none) } else { none };
    let sum = |of: fn(&LineTotals) -> Taxed| lines.iter().try_fold(zero, |sum, line| sum.plus(of(line)));
    let subtotal = sum(|line| line.subtotal)?;
    let discount = sum(|line| line.discount)?.plus(shipping.discount)?;
    let total = sum(|line| line.total)?.plus(shipping.total)?;
    let charged = lines.iter().chain([&shipping]).map(|line| (line.total.net, line.taxes.as_slice()));
    let taxes = tax_rows(charged, quote.currency)?;
    Ok(Totals { lines, shipping, subtotal, discount, total, taxes })
}

/// Converts an amount to one with or without tax, rounded to the currency's digits.
pub fn convert_tax(
    amount: Money,
    includes_tax: bool,
    wanted: bool,
    rates: &[AppliedRate],
) -> Result<Money, MoneyError> {
    let factor = Decimal::ONE + combined_rate(rates);
    Ok(match (includes_tax, wanted) {
        (true, false) => Money::new(amount.amount / factor, amount.currency).rounded(),
        (false, true) => amount.times(factor)?.rounded(),
        _ => amount,
    })
}

impl Item<'_> {
    /// Returns the amount of all units before discounts, multiplied before rounding (rule A1).
    pub fn amount(&self, currency: Currency) -> Result<Money, MoneyError> {
        Ok(Money::new(self.unit_price, currency).times(Decimal::from(self.quantity))?.rounded())
    }

    /// The discount, with or without tax as the item's price. A discount of the whole amount is that amount (rule A17).
    fn own_discount(&self, amount: Money, quote: &Quote<'_>) -> Result<Money, MoneyError> {
        let discount = Money::new(self.discount, quote.currency);
        let whole = convert_tax(amount, self.includes_tax, quote.prices_include_tax, self.rates)?;
        if self.discount >= whole.amount.max(Decimal::ZERO) {
            return Ok(Money::new(amount.amount.max(Decimal::ZERO), quote.currency));
        }
        let own = convert_tax(discount, quote.prices_include_tax, self.includes_tax, self.rates)?;
        Ok(Money::new(own.amount.min(amount.amount), quote.currency))
    }
}

/// Computes the totals of each item. The discount is split separately, so that amounts without a discount are equal in
/// `subtotal` and `total` however tax is rounded.
fn line_totals(quote: &Quote<'_>, items: &[Item<'_>]) -> Result<Vec<LineTotals>, MoneyError> {
    let plain_rates: Vec<Vec<_>> = items.iter().map(|item| without_amounts(item.rates)).collect();
    let (mut left, mut off) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    for (item, plain) in items.iter().zip(&plain_rates) {
        let amount = item.amount(quote.currency)?;
        let discount = item.own_discount(amount, quote)?;
        let includes_tax = item.includes_tax;
        left.push(Taxable { amount: amount.minus(discount)?.amount, includes_tax, rates: item.rates });
        off.push(Taxable { amount: discount.amount, includes_tax, rates: plain });
    }
    let left = split(&left, quote.currency, quote.tax_rounding)?;
    let off = split(&off, quote.currency, TaxRounding::Line)?;
    let line = |((item, left), off): ((&Item<'_>, Split), Split)| {
        let (total, discount) = (charged(left.taxed, quote)?, charged(off.taxed, quote)?);
        let taxes = if quote.tax_exempt { Vec::new() } else { with_amounts(item.rates, &left.taxes) };
        Ok(LineTotals { subtotal: total.plus(discount)?, discount, total, taxes })
    };
    items.iter().zip(left).zip(off).map(line).collect()
}

/// The charged amount of a split: all of it, or only the net if the customer is exempt from tax.
fn charged(taxed: Taxed, quote: &Quote<'_>) -> Result<Taxed, MoneyError> {
    if quote.tax_exempt { Taxed::of(taxed.net, Money::zero(quote.currency)) } else { Ok(taxed) }
}

fn without_amounts(rates: &[AppliedRate]) -> Vec<AppliedRate> {
    rates.iter().map(|rate| AppliedRate { amount: None, ..rate.clone() }).collect()
}

fn with_amounts(rates: &[AppliedRate], taxes: &[Money]) -> Vec<AppliedRate> {
    let with = |(rate, tax): (&AppliedRate, &Money)| AppliedRate { amount: Some(tax.rounded().amount), ..rate.clone() };
    rates.iter().zip(taxes).map(with).collect()
}

/// The average rate of the lines, weighted by their net (rule A13); shipping's own rates if the net is zero.
fn average_rate(quote: &Quote<'_>) -> Result<Vec<AppliedRate>, MoneyError> {
    let (mut net, mut tax) = (Decimal::ZERO, Decimal::ZERO);
    for (item, line) in quote.lines.iter().zip(line_totals(quote, &quote.lines)?) {
        let own = line.total.net.amount;
        net += own;
        tax += own.checked_mul(combined_rate(item.rates)).ok_or(MoneyError::TooLarge)?;
    }
    if net.is_zero() {
        return Ok(quote.shipping.map(|shipping| shipping.rates.to_vec()).unwrap_or_default());
    }
    Ok(vec![AppliedRate::new("Average of the lines", "WEIGHTED", tax / net)])
}

/// Returns the tax charged at each rate, in order of first appearance, from the net and taxes of each line. The rows
/// sum the lines' tax, so they add up to the tax total however it was rounded (rule A22).
pub fn tax_rows<'a>(
    lines: impl IntoIterator<Item = (Money, &'a [AppliedRate])>,
    currency: Currency,
) -> Result<Vec<TaxRow>, MoneyError> {
    let mut rows: Vec<TaxRow> = Vec::new();
    for (net, rate) in lines.into_iter().flat_map(|(net, rates)| rates.iter().map(move |rate| (net, rate))) {
        let tax = Money::new(rate.amount.unwrap_or_default(), currency);
        let rate = AppliedRate { amount: None, ..rate.clone() };
        match rows.iter_mut().find(|row| row.rate == rate) {
            Some(row) => (row.net, row.tax) = (row.net.plus(net)?, row.tax.plus(tax)?),
            None => rows.push(TaxRow { rate, net, tax }),
        }
    }
    Ok(rows)
}

impl Totals {
    /// Returns the amount due after gift cards, credit and payments of `received`. They do not change tax (rule A9).
    pub fn due(&self, received: Money) -> Result<Money, MoneyError> {
        let left = self.total.gross.minus(received)?;
        Ok(if left.amount.is_sign_negative() { Money::zero(left.currency) } else { left.rounded() })
    }
}

/// Returns what was paid for some units of a line: their share of its total, including discount and tax (rules B14,
/// G4). `before` is the number of units returned earlier; over all units the shares add up to the total.
pub fn paid_share(total: Taxed, quantity: i32, before: i32, units: i32) -> Result<Taxed, MoneyError> {
    let share = |whole: Money| {
        let weights = vec![Decimal::ONE; usize::try_from(quantity).unwrap_or(0)];
        let (skip, take) = (usize::try_from(before).unwrap_or(0), usize::try_from(units).unwrap_or(0));
        let parts = allocate(whole, &weights)?;
        parts.iter().skip(skip).take(take).try_fold(Money::zero(whole.currency), |sum, part| sum.plus(*part))
    };
    let gross = share(total.gross)?;
    let tax = share(total.tax)?;
    Taxed::of(gross.minus(tax)?, tax)
}

#[cfg(test)]
mod tests;
