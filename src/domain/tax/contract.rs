//! The contract that every tax provider fulfills, as a test for its author.

use rust_decimal::Decimal;

use super::TaxPlace;
use super::provider::{TaxProvider, TaxQuote, TaxRequest, TaxRequestLine};

/// Checks that a provider fulfills the contract that carts and orders rely on: it answers sales of all kinds, with and
/// without lines, shipping and included taxes; every answer is valid for its request; the same request has the same
/// answer; and customers who are exempt pay no tax. `place` is a place that it knows.
///
/// # Panics
/// If the provider breaks the contract.
pub async fn assert_fulfilled(provider: &dyn TaxProvider, place: &TaxPlace) {
    assert!(!provider.name().is_empty(), "the name is stored with what was taxed");
    for prices_include_tax in [false, true] {
        for amounts in [&[][..], &["19.90"], &["0.01", "0.00", "12345.67"]] {
            for shipping in [None, Some(Decimal::ZERO), Some(Decimal::new(490, 2))] {
                let request = request(place, prices_include_tax, amounts, shipping);
                let quote = quote(provider, &request).await;
                assert_eq!(quote, self::quote(provider, &request).await, "the same request has the same answer");
                let exempt = quote_of_exempt(provider, request).await;
                let rates = exempt.lines.iter().flatten().chain(&exempt.shipping);
                let free = |rate: &super::AppliedRate| rate.rate.is_zero() && rate.amount.unwrap_or_default().is_zero();
                assert!(rates.into_iter().all(free), "an exempt customer pays no tax: {exempt:?}");
            }
        }
    }
}

async fn quote(provider: &dyn TaxProvider, request: &TaxRequest) -> TaxQuote {
    let quote = provider.quote(request).await.unwrap_or_else(|error| panic!("{request:?} is not answered: {error}"));
    assert_eq!(quote.validation_error(request), None, "{quote:?} answers {request:?}");
    quote
}

async fn quote_of_exempt(provider: &dyn TaxProvider, request: TaxRequest) -> TaxQuote {
    quote(provider, &TaxRequest { exempt: true, ..request }).await
}

fn request(place: &TaxPlace, prices_include_tax: bool, amounts: &[&str], shipping: Option<Decimal>) -> TaxRequest {
    let line = |(n, amount): (usize, &&str)| TaxRequestLine {
        reference: format!("line-{n}"),
        sku: (n % 2 == 0).then(|| format!("SKU-{n}")),
        amount: amount.parse().expect("a number"),
        includes_tax: prices_include_tax,
        taxable: true,
        quantity: 1,
        tax_class: None,
    };
    TaxRequest {
        currency: "EUR".parse().expect("a currency"),
        prices_include_tax,
        place: place.clone(),
        exempt: false,
        lines: amounts.iter().enumerate().map(line).collect(),
        shipping,
    }
}
