//! Explains every total, briefly enough to read out on the phone. Pure; orders store the explanations as of the sale.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::totals::{Item, LineTotals, Quote, Totals};
use crate::domain::regions::{ShippingTax, TaxRounding};
use crate::domain::tax::{AppliedRate, Taxed};
use crate::kernel::money::Money;
use crate::kernel::stored_json;

/// How one total is calculated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The path of the total in the cart or order: `lines.0.total`, `shipping.total`, `taxTotal`.
    pub path: String,
    /// The amount in major units, including tax if there is any.
    pub amount: Decimal,
    /// The inputs, as names and values.
    pub inputs: Vec<(String, String)>,
    /// The calculation rule.
    pub rule: String,
    /// Where and how it is rounded.
    pub rounding: String,
    /// The parts.
    pub parts: Vec<Part>,
}

/// A part of a total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The label.
    pub label: String,
    /// The amount in major units; negative for discounts.
    pub amount: Decimal,
    /// Whether the preceding parts already include it, as a price can include tax. All others add up to the total.
    pub included: bool,
}

/// The explanations stored with an order.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct Explanations(pub Vec<Explanation>);

stored_json!(Explanations);

/// The origin of a line's price and discounts.
#[derive(Clone, Debug, Default)]
pub struct Origin<'a> {
    /// The price list; `None` for a base price.
    pub price_list: Option<&'a str>,
    /// The minimum quantity of the price, if above one.
    pub min_quantity: Option<i32>,
    /// The unit price without the sale.
    pub compare_at_price: Option<Decimal>,
    /// The reason for a price override by staff.
    pub override_reason: Option<&'a str>,
    /// The promotions and their discounts, with or without tax as the quote's prices are.
    pub discounts: Vec<(&'a str, Decimal)>,
}

/// Explains the totals of a quote. `origins` has one entry for each line, then one for shipping.
pub fn explain(quote: &Quote<'_>, origins: &[Origin<'_>], totals: &Totals) -> Vec<Explanation> {
    let none = Origin::default();
    let mut explanations = Vec::with_capacity(totals.lines.len() + 5);
    for (place, (item, line)) in quote.lines.iter().zip(&totals.lines).enumerate() {
        let origin = origins.get(place).unwrap_or(&none);
        explanations.push(of_line(quote, format!("lines.{place}.total"), item, line, origin));
    }
    if let Some(item) = &quote.shipping {
        let origin = origins.get(quote.lines.len()).unwrap_or(&none);
        explanations.push(of_line(quote, "shipping.total".to_owned(), item, &totals.shipping, origin));
    }
    explanations.extend(of_sums(quote, origins, totals));
    explanations
}

fn of_line(quote: &Quote<'_>, path: String, item: &Item<'_>, line: &LineTotals, origin: &Origin<'_>) -> Explanation {
    let basis = |taxed: Taxed| if item.includes_tax { taxed.gross } else { taxed.net };
    let money = |amount| Money::new(amount, quote.currency).rounded().amount;
    let unit_price = money(item.unit_price);
    let units = Money::new(item.unit_price * Decimal::from(item.quantity), quote.currency).rounded().amount;
    let mut parts = vec![part(format!("{} × {unit_price}", item.quantity), units)];
    if item.includes_tax == quote.prices_include_tax {
        parts.extend(origin.discounts.iter().map(|(title, amount)| part(*title, -money(*amount))));
    } else if !line.discount.gross.amount.is_zero() {
        parts.push(part("Discounts", -basis(line.discount).amount));
    }
    for rate in &line.taxes {
        let tax = Part { included: item.includes_tax, ..part(rate_text(rate), rate.amount.unwrap_or_default()) };
        parts.push(tax);
    }
    let amount = line.total.gross.amount;
    let sum: Decimal = parts.iter().filter(|part| !part.included).map(|part| part.amount).sum();
    if sum != amount {
        let label = if quote.tax_exempt { "Tax not charged" } else { "Surplus of discounts" };
        parts.push(part(label, amount - sum));
    }
    let rule = "unit price × quantity, less discounts; tax on the remainder".to_owned();
    Explanation { path, amount, inputs: inputs(quote, item, origin), rule, rounding: rounding(quote), parts }
}

fn inputs(quote: &Quote<'_>, item: &Item<'_>, origin: &Origin<'_>) -> Vec<(String, String)> {
    let mut inputs = Vec::new();
    let mut add = |name: &str, value: String| inputs.push((name.to_owned(), value));
    let with = if item.includes_tax { "including tax" } else { "excluding tax" };
    let price = Money::new(item.unit_price, quote.currency).rounded();
    add("unit price", format!("{} {} {with}", price.amount, price.currency));
    add("quantity", item.quantity.to_string());
    if let Some(list) = origin.price_list {
        add("price list", list.to_owned());
    }
    if let Some(from) = origin.min_quantity {
        add("quantity price", format!("from {from} units"));
    }
    if let Some(before) = origin.compare_at_price {
        add("previous price", Money::new(before, quote.currency).rounded().amount.to_string());
    }
    if let Some(reason) = origin.override_reason {
        add("price override", reason.to_owned());
    }
    for rate in item.rates {
        add("tax rate", rate_text(rate));
    }
    if quote.tax_exempt {
        add("tax", "the customer is exempt".to_owned());
    }
    inputs
}

fn of_sums(quote: &Quote<'_>, origins: &[Origin<'_>], totals: &Totals) -> [Explanation; 4] {
    let zero = Money::zero(quote.currency).rounded().amount;
    let sum = |path: &str, amount: Money, rule: &str, parts: Vec<Part>| Explanation {
        path: path.to_owned(),
        amount: amount.amount,
        inputs: Vec::new(),
        rule: rule.to_owned(),
        rounding: "none: the parts are already rounded".to_owned(),
        parts,
    };
    let lines = totals.lines.iter().enumerate();
    let lines = lines.map(|(place, line)| part(format!("lines.{place}"), line.subtotal.gross.amount)).collect();
    let mut off: Vec<Part> = Vec::new();
    for (title, amount) in origins.iter().flat_map(|origin| &origin.discounts) {
        match off.iter_mut().find(|part| part.label == **title) {
            Some(part) => part.amount += *amount,
            None => off.push(part(*title, zero + *amount)),
        }
    }
    let said: Decimal = off.iter().map(|part| part.amount).sum();
    if said != totals.discount.gross.amount {
        let label = if quote.prices_include_tax { "Tax on the discounts" } else { "Tax saved by the discounts" };
        off.push(part(label, totals.discount.gross.amount - said));
    }
    let taxes =
        totals.taxes.iter().map(|row| part(format!("{} of {}", rate_text(&row.rate), row.net.amount), row.tax.amount));
    let mut whole = vec![part("subtotal", totals.subtotal.gross.amount)];
    if !totals.discount.gross.amount.is_zero() {
        whole.push(part("discountTotal", -totals.discount.gross.amount));
    }
    if quote.shipping.is_some() {
        whole.push(part("shippingTotal", totals.shipping.subtotal.gross.amount));
    }
    [
        sum("subtotal", totals.subtotal.gross, "sum of the lines before discounts, including tax", lines),
        sum("discountTotal", totals.discount.gross, "sum of all discounts on lines and shipping, including tax", off),
        sum("taxTotal", totals.total.tax, "sum of the tax at each rate", taxes.collect()),
        sum("total", totals.total.gross, "subtotal less discounts, plus shipping", whole),
    ]
}

fn part(label: impl Into<String>, amount: Decimal) -> Part {
    Part { label: label.into(), amount, included: false }
}

fn rate_text(rate: &AppliedRate) -> String {
    let percent = (rate.rate * Decimal::ONE_HUNDRED).round_dp(4).normalize();
    let on = if rate.compound { ", compound" } else { "" };
    format!("{} {percent}%{on}", rate.name)
}

fn rounding(quote: &Quote<'_>) -> String {
    let smallest = Decimal::new(1, quote.currency.digits());
    let place = match quote.tax_rounding {
        TaxRounding::Line => "tax on each line",
        TaxRounding::Order => "tax on the sum for each rate, allocated to the lines",
    };
    let shipping = match quote.shipping_tax {
        ShippingTax::Own => "",
        ShippingTax::Weighted => "; shipping at the average rate of the lines",
    };
    format!("half away from zero to {smallest}; {place}{shipping}")
}

#[cfg(test)]
mod tests {
    use super::{Explanation, Origin, explain};
    use crate::domain::pricing::{Item, Quote, totals};
    use crate::domain::regions::{ShippingTax, TaxRounding};
    use crate::domain::tax::AppliedRate;
    use rust_decimal::Decimal;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn explanations(includes_tax: bool, tax_exempt: bool) -> Vec<Explanation> {
        let rates = [AppliedRate::new("VAT", "V", dec("0.19"))];
        let item = |unit_price, quantity, discount| Item {
            unit_price: dec(unit_price),
            quantity,
            includes_tax,
            rates: &rates,
            discount: dec(discount),
        };
        let quote = Quote {
            currency: "EUR".parse().unwrap(),
            prices_include_tax: includes_tax,
            tax_rounding: TaxRounding::Line,
            shipping_tax: ShippingTax::Own,
            tax_exempt,
            lines: vec![item("14.50", 2, "2.90"), item("5.00", 1, "0")],
            shipping: Some(item("4.90", 1, "4.90")),
        };
        let first = Origin {
            price_list: Some("Summer sale"),
            min_quantity: Some(2),
            compare_at_price: Some(dec("16.00")),
            discounts: vec![("SUMMER", dec("2.90"))],
            ..Origin::default()
        };
        let shipping = Origin { discounts: vec![("Free shipping", dec("4.90"))], ..Origin::default() };
        explain(&quote, &[first, Origin::default(), shipping], &totals(&quote).unwrap())
    }

    #[test]
    fn every_total_is_the_sum_of_its_parts() {
        for (includes_tax, exempt) in [(true, false), (false, false), (true, true), (false, true)] {
            let explanations = explanations(includes_tax, exempt);
            let paths: Vec<_> = explanations.iter().map(|one| one.path.as_str()).collect();
            let sums = ["subtotal", "discountTotal", "taxTotal", "total"];
            assert_eq!(paths[..3], ["lines.0.total", "lines.1.total", "shipping.total"]);
            assert_eq!(paths[3..], sums);
            for one in explanations {
                let parts: Decimal = one.parts.iter().filter(|part| !part.included).map(|part| part.amount).sum();
                assert_eq!(parts, one.amount, "{one:?}");
            }
        }
    }

    #[test]
    fn a_line_says_where_its_price_and_its_discount_come_from() {
        let line = &explanations(true, false)[0];
        let labels: Vec<_> = line.parts.iter().map(|part| (part.label.as_str(), part.amount)).collect();
        assert_eq!(labels, [("2 × 14.50", dec("29.00")), ("SUMMER", dec("-2.90")), ("VAT 19%", dec("4.17"))]);
        let inputs: Vec<_> = line.inputs.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let want = [
            "unit price: 14.50 EUR including tax",
            "quantity: 2",
            "price list: Summer sale",
            "quantity price: from 2 units",
            "previous price: 16.00",
            "tax rate: VAT 19%",
        ];
        assert_eq!(inputs, want);
        assert_eq!(line.rounding, "half away from zero to 0.01; tax on each line");
    }
}
