//! Every provider fulfills the contract of its kind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cartwright::config::{Secret, StripeConfig};
use cartwright::domain::payments;
use cartwright::domain::tax::{self, TaxPlace};
use cartwright::providers::payment::{Manual, Stripe, TestBank};
use cartwright_macros::shop_test;
use serde_json::json;

use crate::stripe::{KEY, card, localstripe};
use crate::support::Shop;
use crate::tax_provider::OneEuro;

/// A proxy that does what Stripe does and localstripe does not: it answers a repeated `POST` with the same
/// `Idempotency-Key` from memory, and refuses captures of canceled payments and refunds of more than 10 euros. Returns
/// its URL.
async fn strict_stripe(base: &str) -> String {
    type Responses = Arc<Mutex<HashMap<String, (u16, String)>>>;
    async fn pass(State((base, responses)): State<(String, Responses)>, request: Request) -> impl IntoResponse {
        let (parts, body) = request.into_parts();
        let header =
            |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let key = header("idempotency-key");
        if let Some((status, text)) = responses.lock().expect("the responses").get(&key).cloned() {
            return (StatusCode::from_u16(status).expect("a status"), text);
        }
        let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let body = to_bytes(body, 1 << 20).await.expect("a body");
        let form = String::from_utf8_lossy(&body);
        let amount = form.split('&').find_map(|pair| pair.strip_prefix("amount=")?.parse::<u32>().ok());
        let canceled = path.strip_suffix("/capture").map(|intent| format!("{intent}/cancel"));
        let is_canceled = canceled.is_some_and(|cancel| responses.lock().expect("the responses").contains_key(&cancel));
        if is_canceled || (path == "/v1/refunds" && amount > Some(1_000)) {
            let error = json!({ "type": "invalid_request_error", "message": "This is more than there is" });
            return (StatusCode::BAD_REQUEST, json!({ "error": error }).to_string());
        }
        let path = path.to_owned();
        let passed = reqwest::Client::new()
            .request(parts.method, format!("{base}{path}"))
            .header("authorization", header("authorization"))
            .header("content-type", header("content-type"))
            .body(body);
        let response = passed.send().await.expect("a response of localstripe");
        let (status, text) = (response.status().as_u16(), response.text().await.expect("a text"));
        for name in [key, path].into_iter().filter(|name| !name.is_empty()) {
            responses.lock().expect("the responses").insert(name, (status, text.clone()));
        }
        (StatusCode::from_u16(status).expect("a status"), text)
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let proxy = Router::new().fallback(pass).with_state((base.to_owned(), Responses::default()));
    tokio::spawn(async move { axum::serve(listener, proxy).await });
    url
}

#[tokio::test]
async fn manual_fulfills_the_contract_of_payment_providers() {
    payments::contract::assert_fulfilled(&Manual, &json!({})).await;
}

#[shop_test]
async fn the_test_provider_fulfills_the_contract_of_payment_providers() {
    let shop = Shop::empty().await;
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    payments::contract::assert_fulfilled(&bank, &json!({})).await;
}

#[shop_test]
async fn stripe_fulfills_the_contract_of_payment_providers() {
    let config = StripeConfig {
        secret_key: Secret::new(KEY),
        webhook_secrets: vec![Secret::new("whsec_of_the_tests")],
        api_base: strict_stripe(&localstripe().base).await,
        automatic: false,
    };
    let stripe = Stripe::new(&config).expect("TLS");
    let data = json!({ "paymentMethod": card("4242424242424242").await });
    payments::contract::assert_fulfilled(&stripe, &data).await;
}

#[tokio::test]
async fn the_tests_own_provider_fulfills_the_contract_of_tax_providers() {
    let germany = TaxPlace { country: "DE".parse().expect("a country"), province: None, postal_code: None };
    tax::contract::assert_fulfilled(&OneEuro::default(), &germany).await;
}
