//! Webhooks of payment providers: signatures, idempotency, order of events, and events of unknown payments.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use cartwright::config::{PaymentsConfig, Secret, StripeConfig};
use cartwright::domain::payments::OpenSession;
use cartwright::kernel::clock::{Clock, SystemClock, Timestamp};
use cartwright::kernel::ids::CartId;
use cartwright::kernel::money::Money;
use cartwright::providers::payment::{TestBank, signature};
use cartwright_macros::shop_test;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::payments::{COMPLETE, SESSION, balances, bank_shop, open_session, order_payments, place_order};
use crate::support::{Shop, text};

/// Posts a body with a signature, as the provider would.
async fn post(shop: &Shop, provider: &str, body: Vec<u8>, signature: Option<(&str, String)>) -> (StatusCode, String) {
    let mut request = Request::post(format!("/hooks/payments/{provider}"));
    if let Some((header, value)) = signature {
        request = request.header(header, value);
    }
    let response = shop.anonymous().send(request.body(Body::from(body)).expect("a request")).await;
    let code = response.code().unwrap_or_default();
    (response.status, code)
}

/// Posts a signed webhook event of the bank.
async fn send_event(shop: &Shop, webhook_event: &Value) -> StatusCode {
    let body = webhook_event.to_string().into_bytes();
    let signed = TestBank::sign(TestBank::SECRET, &body, SystemClock.now());
    post(shop, "test", body, Some(("x-test-signature", signed))).await.0
}

/// A webhook event about a charge that occurred this many seconds from now.
fn webhook_event(id: &str, kind: &str, reference: &str, amount: &str, seconds: i64) -> Value {
    let at = SystemClock.now() + TimeDelta::seconds(seconds);
    json!({ "id": id, "type": kind, "reference": reference, "amount": amount, "occurred_at": at })
}

fn reference(session: &Value) -> String {
    format!("tch_{}", text(&session["id"]))
}

const WEBHOOK_EVENTS: &str =
    "query($filter: PaymentWebhookEventFilterInput! = {}) { paymentWebhookEvents(filter: $filter) { totalCount
    nodes { id eventId kind reference status problem receivedAt appliedAt } } }";
const RETRY: &str = "mutation($id: ID!) { paymentWebhookEventRetry(id: $id) { paymentWebhookEvent { status problem } userErrors { code } } }";

#[shop_test]
async fn f12_only_recent_events_with_a_valid_signature_are_accepted() {
    let shop = bank_shop().await;
    let (_, session) = open_session(&shop, &shop.anonymous(), "test", json!({ "behavior": "action" })).await;
    let now = SystemClock.now();
    let body = webhook_event("n1", "payment.authorized", &reference(&session), "19.40", 0).to_string();
    let sign = |body: &str, at: Timestamp| TestBank::sign(TestBank::SECRET, body.as_bytes(), at);
    let spaced = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&body).unwrap()).unwrap();
    let rejected = [
        ("no signature", body.clone(), None, "BAD_SIGNATURE"),
        ("forged", body.clone(), Some(TestBank::sign("another secret", body.as_bytes(), now)), "BAD_SIGNATURE"),
        ("one byte changed", body.replace("19.40", "19.41"), Some(sign(&body, now)), "BAD_SIGNATURE"),
        ("written anew", spaced, Some(sign(&body, now)), "BAD_SIGNATURE"),
        ("old", body.clone(), Some(sign(&body, now - TimeDelta::seconds(301))), "TOO_OLD"),
        ("from the future", body.clone(), Some(sign(&body, now + TimeDelta::seconds(400))), "TOO_OLD"),
        ("no JSON", "hello".to_owned(), Some(sign("hello", now)), "INVALID"),
        ("no webhook_event", "{}".to_owned(), Some(sign("{}", now)), "INVALID"),
    ];
    for (what, body, signature, code) in rejected {
        let signature = signature.map(|value| ("x-test-signature", value));
        let response = post(&shop, "test", body.into_bytes(), signature).await;
        assert_eq!(response, (StatusCode::BAD_REQUEST, code.to_owned()), "{what}");
    }
    let large = post(&shop, "test", vec![b' '; 1024 * 1024 + 1], None).await;
    assert_eq!(large, (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE".to_owned()));
    for provider in ["nobody", "manual", "stripe"] {
        assert_eq!(post(&shop, provider, b"{}".to_vec(), None).await, (StatusCode::NOT_FOUND, "NOT_FOUND".to_owned()));
    }
    let large = "x".repeat(1024 * 1024 + 1);
    let signed = sign(&large, now);
    let response = post(&shop, "test", large.into_bytes(), Some(("x-test-signature", signed))).await;
    assert_eq!(response.0, StatusCode::PAYLOAD_TOO_LARGE);
    let get =
        Request::get("/hooks/payments/test").header("origin", "https://evil.example").body(Body::empty()).unwrap();
    assert_eq!(shop.anonymous().send(get).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(shop.count("SELECT count(*) FROM payment_webhook_events").await, 0);
    let seen = shop.anonymous().data(SESSION, json!({ "id": session["id"] })).await;
    assert_eq!(seen["paymentSession"]["status"], "CREATED", "nothing has changed");
    let almost = sign(&body, now - TimeDelta::seconds(295));
    assert_eq!(post(&shop, "test", body.into_bytes(), Some(("x-test-signature", almost))).await.0, StatusCode::OK);
}

#[shop_test]
async fn f4_an_event_received_five_times_is_processed_once() {
    let shop = bank_shop().await;
    let (client, staff) = (shop.anonymous(), shop.staff().await);
    let (cart, session) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    assert_eq!(client.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"]["status"], "PROCESSING");
    let event = webhook_event("n1", "payment.captured", &reference(&session), "19.40", 0);
    let tries = (0..5).map(|_| {
        let (shop, event) = (&shop, event.clone());
        async move { send_event(shop, &event).await }
    });
    let responses = futures_util::future::join_all(tries).await;
    assert!(responses.iter().all(|status| *status == StatusCode::OK), "{responses:?}");
    let other = webhook_event("n2", "payment.captured", &reference(&session), "19.40", 1);
    assert_eq!(send_event(&shop, &other).await, StatusCode::OK, "the same event with another id");
    let done = client.data(COMPLETE, json!({ "cart": cart })).await;
    let state = order_payments(&staff, text(&done["cartComplete"]["order"]["id"])).await;
    assert_eq!(balances(&state), json!({ "authorized": "19.40", "captured": "19.40" }));
    let found = staff.data(WEBHOOK_EVENTS, json!({ "filter": { "provider": "test", "status": "APPLIED" } })).await;
    assert_eq!(found["paymentWebhookEvents"]["totalCount"], 2);
}

#[shop_test]
async fn f4_events_in_any_order_have_the_same_result() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    let order = place_order(&shop, "test", json!({})).await;
    let charge = text(&order_payments(&staff, &order).await["payments"][0]["reference"]).to_owned();
    let event = |place: usize| {
        let mut event = match place {
            0 => webhook_event("a", "payment.authorized", &charge, "19.40", 1),
            1 => webhook_event("b", "capture.succeeded", &charge, "12.00", 2),
            2 => webhook_event("c", "capture.succeeded", &charge, "7.40", 3),
            3 => webhook_event("d", "refund.succeeded", &charge, "5.00", 4),
            4 => webhook_event("e", "refund.succeeded", &charge, "3.00", 5),
            5 => webhook_event("f", "refund.failed", &charge, "3.00", 6),
            6 => webhook_event("g", "dispute.opened", &charge, "2.00", 7),
            _ => webhook_event("h", "payment.failed", &charge, "19.40", -60),
        };
        let moves = ["", "c1", "c2", "r1", "r2", "r2", "d1", ""];
        event["move"] = json!(moves[place]);
        event
    };
    let orders = [[0, 1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1, 0], [5, 0, 3, 6, 1, 7, 4, 2]];
    let arrival = orders[usize::try_from(SystemClock.now().timestamp()).unwrap() % 3];
    for place in arrival {
        assert_eq!(send_event(&shop, &event(place)).await, StatusCode::OK);
    }
    let state = order_payments(&staff, &order).await;
    let want = json!({ "authorized": "19.40", "captured": "19.40", "refunded": "5.00", "chargedBack": "2.00" });
    assert_eq!(balances(&state), want, "{arrival:?}: the refund that failed later does not count");
    assert_eq!(
        (&state["payments"][0]["charged"]["amount"], &state["chargeStatus"]),
        (&json!("12.40"), &json!("PARTIAL"))
    );
    assert!(state["version"].as_i64() > Some(8), "subscribers of the order were notified");
    // Rules F6 and F7: the dispute is won, and the provider reports the authorized amount again.
    let mut won = webhook_event("w", "dispute.won", &charge, "2.00", 8);
    won["move"] = json!("d1");
    send_event(&shop, &won).await;
    send_event(&shop, &webhook_event("x", "authorization.adjusted", &charge, "30.00", 9)).await;
    let want = json!({ "authorized": "30.00", "captured": "19.40", "refunded": "5.00" });
    assert_eq!(balances(&order_payments(&staff, &order).await), want);
}

#[shop_test]
async fn f12_an_event_before_its_session_is_unmatched_until_the_session_exists() {
    let shop = bank_shop().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let cart: CartId = shop.ready_cart(&client, &note, 1).await.parse().expect("an id");
    let total = Money::new("19.40".parse().unwrap(), "EUR".parse().unwrap());
    let (provider, data) = ("test".to_owned(), json!({ "behavior": "pending" }));
    let new = OpenSession { cart, cart_version: 1, customer: None, provider, total, data, return_url: None };
    let session = shop.payments.open(new).await.expect("it opens");
    let early = webhook_event("n1", "payment.authorized", &session.reference, "19.40", 0);
    assert_eq!(send_event(&shop, &early).await, StatusCode::OK);
    let unmatched =
        staff.data(WEBHOOK_EVENTS, json!({ "filter": { "status": "UNMATCHED" } })).await["paymentWebhookEvents"]
            .clone();
    let seen = &unmatched["nodes"][0];
    assert_eq!((&unmatched["totalCount"], &seen["appliedAt"]), (&json!(1), &Value::Null));
    assert!(text(&seen["problem"]).contains("no payment session"));
    let retried = staff.data(RETRY, json!({ "id": seen["id"] })).await;
    assert_eq!(
        retried["paymentWebhookEventRetry"]["paymentWebhookEvent"]["status"], "UNMATCHED",
        "it is still unknown"
    );
    let tx = shop.db.begin().await.expect("a transaction");
    shop.payments.store_in(&tx, &session).await.expect("it is kept");
    tx.commit().await.expect("a commit");
    let seen = staff.data(WEBHOOK_EVENTS, Value::Null).await["paymentWebhookEvents"]["nodes"][0].clone();
    assert_eq!((&seen["status"], &seen["problem"]), (&json!("APPLIED"), &Value::Null));
    assert_eq!(staff.user_error(RETRY, json!({ "id": seen["id"] })).await["code"], "INVALID_STATE");
    let session = client.data(SESSION, json!({ "id": session.id.to_string() })).await;
    assert_eq!(session["paymentSession"]["status"], "AUTHORIZED");
    client.data(COMPLETE, json!({ "cart": cart.to_string() })).await;
}

#[shop_test]
async fn irrelevant_events_are_ignored_and_other_currencies_are_unmatched() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    let (_, session) = open_session(&shop, &shop.anonymous(), "test", json!({})).await;
    assert_eq!(send_event(&shop, &webhook_event("n1", "account.updated", "", "0", 0)).await, StatusCode::OK);
    let mut dollars = webhook_event("n2", "payment.authorized", &reference(&session), "19.40", 0);
    dollars["currency"] = json!("USD");
    assert_eq!(send_event(&shop, &dollars).await, StatusCode::OK);
    let found = staff.data(WEBHOOK_EVENTS, Value::Null).await["paymentWebhookEvents"]["nodes"].clone();
    let statuses: Vec<_> = found.as_array().unwrap().iter().map(|row| text(&row["status"])).collect();
    assert_eq!(statuses, ["UNMATCHED", "IGNORED"]);
    let little = webhook_event("n3", "payment.authorized", &reference(&session), "10.00", 0);
    assert_eq!(send_event(&shop, &little).await, StatusCode::OK);
    let seen = shop.anonymous().data(SESSION, json!({ "id": session["id"] })).await["paymentSession"].clone();
    assert_eq!((&seen["status"], &seen["failure"]["code"]), (&json!("FAILED"), &json!("partially_authorized")));
}

#[shop_test]
async fn late_events_do_not_revert_a_session() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (_, session) = open_session(&shop, &client, "test", json!({})).await;
    let charge = reference(&session);
    let status =
        async || client.data(SESSION, json!({ "id": session["id"] })).await["paymentSession"]["status"].clone();
    send_event(&shop, &webhook_event("n0", "payment.failed", &charge, "19.40", -20)).await;
    assert_eq!(status().await, "CREATED", "the shopper can try another card");
    send_event(&shop, &webhook_event("action", "payment.action", &charge, "19.40", -15)).await;
    send_event(&shop, &webhook_event("n1", "payment.failed", &charge, "19.40", -9)).await;
    assert_eq!(status().await, "ACTION_REQUIRED", "also after failed authentication");
    send_event(&shop, &webhook_event("n2", "payment.authorized", &charge, "19.40", -5)).await;
    assert_eq!(status().await, "COMPLETED", "the complete cart became an order");
    for (place, late) in ["payment.action", "payment.pending", "payment.failed"].into_iter().enumerate() {
        send_event(&shop, &webhook_event(&format!("late{place}"), late, &charge, "19.40", -8)).await;
        assert_eq!(status().await, "COMPLETED", "{late}");
    }
}

#[shop_test]
async fn a_payment_of_a_canceled_session_is_released() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, session) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    client.data("mutation($id: ID!) { cartDelete(cartId: $id) { userErrors { code } } }", json!({ "id": cart })).await;
    shop.drain_runs().await;
    let held = "UPDATE test_bank_charges SET state = 'AUTHORIZED', authorized = amount, voided = 0";
    let (sql, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    sql.batch_execute(held).await.expect("the bank authorizes it anyway");
    send_event(&shop, &webhook_event("n1", "payment.authorized", &reference(&session), "19.40", 0)).await;
    shop.drain_runs().await;
    assert_eq!(shop.count("SELECT count(*) FROM test_bank_charges WHERE voided = authorized").await, 1);
    assert_eq!(shop.count("SELECT count(*) FROM payments WHERE authorized = voided AND authorized > 0").await, 1);
}

#[shop_test]
async fn f12_a_secret_can_be_rotated() {
    let stripe = StripeConfig {
        secret_key: Secret::new("sk_test_unused"),
        webhook_secrets: vec![Secret::new("whsec_new"), Secret::new("whsec_old")],
        api_base: "http://127.0.0.1:9".to_owned(),
        automatic: false,
    };
    let config = PaymentsConfig { stripe: Some(stripe), test: None };
    let shop = Shop::demo_with(|builder| builder.payments(&config).expect("providers")).await;
    let event = |id: &str| {
        json!({ "id": id, "type": "charge.dispute.created", "created": SystemClock.now().timestamp(),
            "data": { "object": { "id": "dp_1", "payment_intent": "pi_unknown", "amount": 100, "currency": "eur" } } })
    };
    for (secret, status) in [("whsec_new", 200), ("whsec_old", 200), ("whsec_other", 400)] {
        let body = event(&format!("evt_{secret}")).to_string().into_bytes();
        let signed = signature::sign(secret, &body, SystemClock.now());
        let response = post(&shop, "stripe", body, Some(("stripe-signature", signed))).await;
        assert_eq!(response.0.as_u16(), status, "{secret}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM payment_webhook_events WHERE status = 'UNMATCHED'").await, 2);
}
