//! The interface of tax providers, which calculate the taxes of a sale in place of the shop's own tax regions.

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde::Serialize;

use super::model::{AppliedRate, TaxPlace};
use crate::kernel::money::Currency;

/// A tax provider.
#[async_trait]
pub trait TaxProvider: Send + Sync {
    /// The name used in logs and stored data.
    fn name(&self) -> &'static str;

    /// Returns the taxes on a sale. May return a cached answer for the same request.
    async fn quote(&self, request: &TaxRequest) -> Result<TaxQuote, TaxProviderError>;
}

/// A sale to calculate the taxes of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaxRequest {
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether shipping includes tax.
    pub prices_include_tax: bool,
    /// The place it is sold to.
    pub place: TaxPlace,
    /// Whether the customer is exempt from tax.
    pub exempt: bool,
    /// The lines.
    pub lines: Vec<TaxRequestLine>,
    /// The price of shipping after discounts; `None` if nothing is shipped.
    pub shipping: Option<Decimal>,
}

/// A line of a sale.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaxRequestLine {
    /// The shop's reference of the line: the variant's id.
    pub reference: String,
    /// The stock-keeping unit.
    pub sku: Option<String>,
    /// The price of all units after discounts, in major units.
    pub amount: Decimal,
    /// Whether the amount includes tax.
    pub includes_tax: bool,
    /// Whether it is taxable: the answer for other lines is ignored.
    pub taxable: bool,
    /// The number of units.
    pub quantity: i32,
    /// The name of the tax class.
    pub tax_class: Option<String>,
}

/// The taxes on a sale. A rate with an `amount` is final; without one, the tax is computed from the rate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaxQuote {
    /// The rates of each line, in the order of the request.
    pub lines: Vec<Vec<AppliedRate>>,
    /// The rates of shipping.
    pub shipping: Vec<AppliedRate>,
}

/// Why a provider did not answer. The text is logged: it must not contain addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaxProviderError {
    /// The provider refused the request.
    #[error("refused: {0}")]
    Refused(String),
    /// The provider could not be reached, or its answer could not be parsed.
    #[error("no answer: {0}")]
    Unreachable(String),
}

impl TaxQuote {
    /// Returns why this answer is invalid for the request; `None` if it is valid.
    pub fn validation_error(&self, request: &TaxRequest) -> Option<&'static str> {
        if self.lines.len() != request.lines.len() {
            return Some("it has another number of lines");
        }
        let lines = request.lines.iter().map(|line| line.amount).zip(&self.lines);
        let shipping = (request.shipping.unwrap_or_default(), &self.shipping);
        lines.chain([shipping]).find_map(|(amount, rates)| wrong(amount, rates, request.currency))
    }
}

fn wrong(amount: Decimal, rates: &[AppliedRate], currency: Currency) -> Option<&'static str> {
    let taxes = || rates.iter().filter_map(|rate| rate.amount);
    if rates.iter().any(|rate| rate.rate < Decimal::ZERO) {
        Some("a rate is negative")
    } else if taxes().any(|tax| tax.normalize().scale() > currency.digits()) {
        Some("a tax has more decimals than its currency")
    } else if taxes().any(|tax| !tax.is_zero() && tax.is_sign_negative() != amount.is_sign_negative()) {
        Some("a tax has another sign than what it is levied on")
    } else if taxes().try_fold(Decimal::ZERO, Decimal::checked_add).is_none_or(|sum| sum.abs() > amount.abs()) {
        Some("the tax is more than what it is levied on")
    } else {
        None
    }
}
