//! What a tax provider has to do: say what is levied on a sale, instead of the shop's own jurisdictions.

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde::Serialize;

use super::model::{AppliedRate, TaxPlace};
use crate::kernel::money::Currency;

/// Somebody who knows taxes.
#[async_trait]
pub trait TaxProvider: Send + Sync {
    /// The name under which it is logged and stored.
    fn name(&self) -> &'static str;

    /// The taxes on a sale. Asked again for the same request, it may give what it gave before.
    async fn quote(&self, request: &TaxRequest) -> Result<TaxAnswer, TaxProviderError>;
}

/// A sale of which the taxes are asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaxRequest {
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether shipping includes its taxes.
    pub prices_include_tax: bool,
    /// Where it is sold to.
    pub place: TaxPlace,
    /// Whether the buyer is exempt from tax.
    pub exempt: bool,
    /// What is sold.
    pub lines: Vec<TaxRequestLine>,
    /// What shipping costs after discounts; `None` where nothing is sent.
    pub shipping: Option<Decimal>,
}

/// A line of a sale.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaxRequestLine {
    /// What the shop calls the line: the variant's id.
    pub reference: String,
    /// Its stock-keeping unit.
    pub sku: Option<String>,
    /// What all its units cost together, after discounts, in major units.
    pub amount: Decimal,
    /// Whether that includes its taxes.
    pub includes_tax: bool,
    /// Whether it is taxed at all: what is answered for a line that is not counts for nothing.
    pub taxable: bool,
    /// How many units.
    pub quantity: i32,
    /// The name of its tax class.
    pub tax_class: Option<String>,
}

/// What is levied on a sale. A rate with an `amount` is final; of one without, the tax is computed from the rate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaxAnswer {
    /// What is levied on each line, in the order of the request's.
    pub lines: Vec<Vec<AppliedRate>>,
    /// What is levied on shipping.
    pub shipping: Vec<AppliedRate>,
}

/// Why a provider gave no answer. The text is logged: never an address in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaxProviderError {
    /// It does not know what to say of such a sale.
    #[error("refused: {0}")]
    Refused(String),
    /// It could not be reached, or answered with something that cannot be read.
    #[error("no answer: {0}")]
    Unreachable(String),
}

impl TaxAnswer {
    /// What is wrong with an answer to this request, if anything is.
    pub fn nonsense(&self, request: &TaxRequest) -> Option<&'static str> {
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
