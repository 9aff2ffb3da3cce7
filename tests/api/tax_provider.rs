//! An external tax provider: called after a change is saved, with a timeout, and never blocking a sale.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cartwright::domain::tax::AppliedRate;
use cartwright::domain::tax::provider::{TaxProvider, TaxProviderError, TaxQuote, TaxRequest};
use cartwright_macros::shop_test;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::Shop;

/// Charges one euro on each line of at least one euro and none on shipping, after a delay.
#[derive(Clone, Default)]
pub(crate) struct OneEuro {
    calls: Arc<AtomicUsize>,
    delay: Duration,
}

#[async_trait]
impl TaxProvider for OneEuro {
    fn name(&self) -> &'static str {
        "one-euro"
    }

    async fn quote(&self, request: &TaxRequest) -> Result<TaxQuote, TaxProviderError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.delay).await;
        let euro = AppliedRate { amount: Some(Decimal::ONE), ..AppliedRate::new("Euro", "E", Decimal::new(5, 2)) };
        let of = |amount| if request.exempt || amount < Decimal::ONE { Vec::new() } else { vec![euro.clone()] };
        Ok(TaxQuote { lines: request.lines.iter().map(|line| of(line.amount)).collect(), shipping: Vec::new() })
    }
}

const TAXES: &str = "query($id: ID!) { cart(id: $id) { version taxTotal { amount } total { gross { amount } }
    lines { taxLines { name amount { amount } } } } }";
const COMPLETE: &str = "mutation($id: ID!) { paymentSessionCreate(cartId: $id) { userErrors { code } }
    cartComplete(cartId: $id) { order { taxTotal { amount } total { gross { amount } }
        lines { taxLines { name code amount { amount } } } } userErrors { code details } } }";

async fn new_cart(shop: &Shop) -> (crate::support::Client, String, Value) {
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.ready_cart(&client, &note, 2).await;
    let seen = client.data(TAXES, json!({ "id": cart })).await["cart"].clone();
    (client, cart, seen)
}

#[shop_test]
async fn provider_taxes_are_kept_until_the_request_changes() {
    let provider = OneEuro::default();
    let shop = Shop::demo_with(|builder| builder.tax_provider(provider.clone(), Duration::from_secs(5))).await;
    let (client, cart, seen) = new_cart(&shop).await;
    assert_eq!(seen["lines"][0]["taxLines"], json!([{ "name": "Euro", "amount": { "amount": "1.00" } }]));
    assert_eq!((&seen["taxTotal"]["amount"], &seen["total"]["gross"]["amount"]), (&json!("1.00"), &json!("33.90")));

    let calls = provider.calls.load(Ordering::SeqCst);
    let note = "mutation($id: ID!) { cartUpdate(cartId: $id, input: {note: \"Ring twice\"}) { userErrors { code } } }";
    client.data(note, json!({ "id": cart })).await;
    assert_eq!(provider.calls.load(Ordering::SeqCst), calls, "a note changes no tax");
    let data = client.data(COMPLETE, json!({ "id": cart })).await;
    let order = &data["cartComplete"]["order"];
    assert_eq!(order["lines"][0]["taxLines"], json!([{ "name": "Euro", "code": "E", "amount": { "amount": "1.00" } }]));
    assert_eq!(order["taxTotal"]["amount"], "1.00");
    assert_eq!(provider.calls.load(Ordering::SeqCst), calls, "the provider is not called while an order is placed");
}

#[shop_test]
async fn a_slow_provider_falls_back_to_the_shops_rates() {
    let provider = OneEuro { delay: Duration::from_secs(30), ..OneEuro::default() };
    let shop = Shop::demo_with(|builder| builder.tax_provider(provider.clone(), Duration::from_millis(20))).await;
    let (client, cart, seen) = new_cart(&shop).await;
    assert!(provider.calls.load(Ordering::SeqCst) > 0);
    assert_eq!(seen["lines"][0]["taxLines"], json!([{ "name": "VAT", "amount": { "amount": "4.63" } }]));
    let data = client.data(COMPLETE, json!({ "id": cart })).await;
    assert_eq!(data["cartComplete"]["order"]["total"]["gross"]["amount"], "33.90");
}
