//! Previews the taxes of a sale.

use std::collections::HashMap;

use async_graphql::InputObject;
use rust_decimal::Decimal;

use super::provider::{TaxQuote, TaxRequest, TaxRequestLine};
use super::{AppliedRate, Split, TaxError, TaxPlace, Taxable, Taxed, Taxes, split};
use crate::db::Conn;
use crate::domain::regions::TaxRounding;
use crate::kernel;
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::TaxClassId;
use crate::kernel::money::{Currency, Money, MoneyError};
use crate::kernel::text::Validator;

/// The maximum number of lines of a preview.
const MAX_LINES: usize = 500;

/// A sale to calculate the taxes of.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "TaxPreviewInput")]
pub struct PreviewTaxes {
    /// The currency of every amount.
    #[graphql(name = "currencyCode")]
    pub currency: Currency,
    /// Whether amounts include tax.
    pub prices_include_tax: bool,
    /// The address the goods are sold to.
    pub address: TaxPlace,
    /// Time of the sale (UTC). Defaults to now.
    pub at: Option<Timestamp>,
    /// The lines: at most 500.
    pub lines: Vec<PreviewLine>,
    /// The shipping costs, in major units.
    pub shipping_amount: Option<kernel::decimal::Decimal>,
}

/// A line of a sale to calculate the taxes of.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name = "TaxPreviewLineInput")]
pub struct PreviewLine {
    /// The price of one unit, in major units.
    pub amount: kernel::decimal::Decimal,
    /// The number of units.
    #[graphql(default = 1)]
    pub quantity: i32,
    /// The tax class. If omitted, default rates apply.
    pub tax_class_id: Option<TaxClassId>,
}

impl PreviewTaxes {
    fn shipping(&self) -> Option<Decimal> {
        self.shipping_amount.map(|amount| amount.0)
    }
}

/// The taxes of a sale.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The lines with their rates, in the order of the request.
    pub lines: Vec<(Split, Vec<AppliedRate>)>,
    /// Shipping with its rates, if there is any.
    pub shipping: Option<(Split, Vec<AppliedRate>)>,
    /// The total.
    pub total: Taxed,
}

impl Taxes {
    /// Calculates the taxes of a sale: by the provider, else by the tax regions of the place, else at the rate of the
    /// region that serves the country, else none. Shipping is taxed as if it had no class.
    pub async fn preview(&self, conn: &Conn, request: &PreviewTaxes) -> Result<Preview, TaxError> {
        check(request)?;
        let amounts = amounts(request)?;
        let names = self.class_names(conn, request).await?;
        let region = self.regions.serving(conn, request.address.country).await?;
        let answer = match self.from_provider(&to_tax_request(request, &amounts, &names)).await {
            Some(answer) => answer,
            None => {
                let at = request.at.map_or_else(|| self.clock.now(), clamp_to_storable);
                let classes: Vec<_> = request.lines.iter().map(|line| line.tax_class_id).chain([None]).collect();
                let found = self.rates(conn, &request.address, &classes, at).await?;
                let of_region = region.as_ref().map(|region| AppliedRate::of_region(region.tax_rate));
                let mut rates = found.unwrap_or_else(|| vec![Vec::from_iter(of_region); classes.len()]);
                let shipping = rates.pop().unwrap_or_default();
                TaxQuote { lines: rates, shipping }
            }
        };
        add_up(request, &amounts, answer, region.map_or(TaxRounding::Line, |region| region.tax_rounding))
    }

    async fn class_names(&self, conn: &Conn, request: &PreviewTaxes) -> Result<HashMap<TaxClassId, String>, TaxError> {
        let ids: Vec<_> = request.lines.iter().filter_map(|line| line.tax_class_id).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let names: HashMap<_, _> =
            self.classes(conn, &ids).await?.into_iter().map(|class| (class.id, class.name)).collect();
        let all = ids.iter().all(|id| names.contains_key(id));
        if all { Ok(names) } else { Err(UserError::not_found("tax class", "input.lines").into()) }
    }
}

fn check(request: &PreviewTaxes) -> Result<(), TaxError> {
    let mut validator = Validator::new();
    let price = |validator: &mut Validator, path: &str, amount| {
        validator.price(path, amount, request.currency);
    };
    validator.count("input.lines", request.lines.len(), MAX_LINES);
    for (place, line) in request.lines.iter().enumerate() {
        price(&mut validator, &format!("input.lines.{place}.amount"), line.amount.0);
        if line.quantity < 1 {
            let path = format!("input.lines.{place}.quantity");
            validator.add(&path, ErrorCode::InvalidQuantity, "The quantity must be at least 1.");
        }
    }
    price(&mut validator, "input.shippingAmount", request.shipping().unwrap_or_default());
    validator.finish().map_err(TaxError::Invalid)
}

/// The amount of each line, multiplied before rounding (rule A1).
fn amounts(request: &PreviewTaxes) -> Result<Vec<Decimal>, MoneyError> {
    let amount = |line: &PreviewLine| {
        let one = Money::new(line.amount.0, request.currency);
        Ok(one.times(Decimal::from(line.quantity))?.rounded().amount)
    };
    request.lines.iter().map(amount).collect()
}

fn to_tax_request(request: &PreviewTaxes, amounts: &[Decimal], names: &HashMap<TaxClassId, String>) -> TaxRequest {
    let line = |(place, (line, amount)): (usize, (&PreviewLine, &Decimal))| TaxRequestLine {
        reference: place.to_string(),
        sku: None,
        amount: *amount,
        includes_tax: request.prices_include_tax,
        taxable: true,
        quantity: line.quantity,
        tax_class: line.tax_class_id.and_then(|id| names.get(&id).cloned()),
    };
    TaxRequest {
        currency: request.currency,
        prices_include_tax: request.prices_include_tax,
        place: request.address.clone(),
        exempt: false,
        lines: request.lines.iter().zip(amounts).enumerate().map(line).collect(),
        shipping: request.shipping(),
    }
}

fn add_up(
    request: &PreviewTaxes,
    amounts: &[Decimal],
    answer: TaxQuote,
    rounding: TaxRounding,
) -> Result<Preview, TaxError> {
    let TaxQuote { lines: mut rates, shipping } = answer;
    rates.extend(request.shipping().map(|_| shipping));
    let item = |(amount, rates)| Taxable { amount, includes_tax: request.prices_include_tax, rates };
    let items: Vec<_> =
        amounts.iter().copied().chain(request.shipping()).zip(rates.iter().map(Vec::as_slice)).map(item).collect();
    let splits = split(&items, request.currency, rounding)?;
    let total = splits.iter().try_fold(Taxed::zero(request.currency), |sum, split| sum.plus(split.taxed))?;
    let mut lines: Vec<_> = splits.into_iter().zip(rates).collect();
    let shipping = if request.shipping_amount.is_some() { lines.pop() } else { None };
    Ok(Preview { lines, shipping, total })
}
