//! Completing carts with asynchronous payments: every possible outcome.

use cartwright::config::Secret;
use cartwright::kernel::clock::{Clock, SystemClock};
use cartwright::providers::payment::TestBank;
use cartwright_macros::shop_test;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::inventory::{RESERVE, make_kit, update_channel};
use crate::payments::{OPEN, bank_shop, bank_shop_with_clock, open_session};
use crate::support::{Client, Shop, TestClock, text};

const COMPLETE: &str = "mutation($cart: ID!) { cartComplete(cartId: $cart) {
    status order { id paymentStatus } guestToken paymentSession { id status action { type url } }
    userErrors { code message details } } }";
const CART: &str = "query($id: ID!) { cart(id: $id) { status paymentSession { id status failure { code } } } }";
const UPDATE_CART: &str = "mutation($cart: ID!) { cartUpdate(cartId: $cart, input: { note: \"Ring twice\" }) {
    userErrors { code } } }";
const CANCEL_SESSION: &str = "mutation($id: ID!) { paymentSessionCancel(id: $id) {
    paymentSession { status } userErrors { code } } }";

/// Invariants that hold whenever nothing is in progress: each query counts violations.
const INVARIANTS: [(&str, &str); 5] = [
    (
        "authorized or captured payments without an order",
        "SELECT count(*) FROM test_bank_charges c JOIN payment_sessions s ON s.reference = c.reference
         WHERE c.authorized - c.voided - c.refunded > 0 AND s.status NOT IN ('COMPLETED', 'CREATED', 'ACTION_REQUIRED', 'PENDING', 'AUTHORIZED')",
    ),
    (
        "units reserved for no order",
        "SELECT count(*) FROM stock_reservations r LEFT JOIN orders o ON o.id = r.order_id
         LEFT JOIN workflow_runs w ON w.workflow = 'checkout' AND w.status IN ('PENDING', 'RUNNING', 'WAITING')
         WHERE r.kind = 'ORDER' AND o.id IS NULL AND w.id IS NULL",
    ),
    (
        "orders whose payment differs from the bank's",
        "SELECT count(*) FROM payments p JOIN test_bank_charges c ON c.reference = p.reference WHERE p.order_id IS NOT NULL
         AND (p.authorized, p.captured, p.voided, p.refunded) IS DISTINCT FROM (c.authorized, c.captured, c.voided, c.refunded)",
    ),
    ("runs that are stuck", "SELECT count(*) FROM workflow_runs WHERE status = 'STUCK'"),
    (
        "completing carts without a run",
        "SELECT count(*) FROM carts c LEFT JOIN workflow_runs r ON r.id = c.completing_run_id
         WHERE c.completing_run_id IS NOT NULL AND (r.id IS NULL OR r.status IN ('DONE', 'COMPENSATED'))",
    ),
];

async fn assert_invariants(shop: &Shop) {
    shop.drain_runs().await;
    for (wrong, sql) in INVARIANTS {
        assert_eq!(shop.count(sql).await, 0, "{wrong}");
    }
}

async fn complete(client: &Client, cart: &str) -> Value {
    client.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"].clone()
}

async fn completion_error(client: &Client, cart: &str) -> Value {
    client.user_error(COMPLETE, json!({ "cart": cart })).await
}

async fn state_of(client: &Client, cart: &str) -> (String, String) {
    let data = client.data(CART, json!({ "id": cart })).await;
    let cart = &data["cart"];
    assert!(cart["paymentSession"]["status"].is_string(), "{data}");
    (text(&cart["status"]).to_owned(), text(&cart["paymentSession"]["status"]).to_owned())
}

/// Posts a signed webhook event of the bank about the cart's latest session.
async fn webhook_event(shop: &Shop, cart: &str, kind: &str, id: &str) {
    let sql = format!(
        "SELECT reference, amount::text FROM payment_sessions WHERE cart_id = '{}' ORDER BY created_at DESC LIMIT 1",
        cart.parse::<cartwright::kernel::ids::CartId>().unwrap().0
    );
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let row = client.query_one(&sql, &[]).await.unwrap();
    let (reference, amount): (String, String) = (row.get(0), row.get(1));
    let now = SystemClock.now();
    let body = json!({ "id": id, "type": format!("payment.{kind}"), "reference": reference, "amount": amount,
        "occurred_at": now.to_rfc3339() });
    let body = body.to_string();
    let signature = TestBank::sign(TestBank::SECRET, body.as_bytes(), now);
    let request = axum::http::Request::post("/hooks/payments/test")
        .header("x-test-signature", signature)
        .header("content-type", "application/json")
        .body(axum::body::Body::from(body))
        .unwrap();
    let response = shop.anonymous().send(request).await;
    assert_eq!(response.status, 200);
}

#[shop_test]
async fn an_order_is_placed_when_the_payment_is_authorized() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let (cart, _) = open_session(&shop, &client, "test", json!({})).await;
    let placed = complete(&client, &cart).await;
    assert_eq!((&placed["status"], &placed["order"]["paymentStatus"]), (&json!("ORDER_PLACED"), &json!("AUTHORIZED")));
    assert!(placed["guestToken"].is_string());
    assert_eq!(complete(&client, &cart).await["order"]["id"], placed["order"]["id"]);
    assert_eq!(state_of(&client, &cart).await, ("COMPLETED".to_owned(), "COMPLETED".to_owned()));
    assert_eq!(shop.stock(&note).await, (200, 1));
    let runs =
        "{ workflowRuns(filter: { workflow: \"checkout\" }) { nodes { subject status state steps { name status } } } }";
    let run = shop.staff().await.data(runs, Value::Null).await["workflowRuns"]["nodes"][0].clone();
    let state = run["state"].to_string();
    assert!(
        state.contains("NOTE-A5-DOT") && !state.contains('@') && !state.contains("Linden"),
        "it contains personal data: {state}"
    );
    let steps: Vec<_> = run["steps"].as_array().unwrap().iter().map(|step| text(&step["name"]).to_owned()).collect();
    assert_eq!((&run["subject"], &run["status"]), (&json!(cart), &json!("DONE")));
    assert_eq!(steps, ["reserve", "authorize", "place"]);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn a_declined_payment_is_rolled_back_and_can_be_retried() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "decline" })).await;
    let error = completion_error(&client, &cart).await;
    assert_eq!((&error["code"], &error["details"]["reason"]), (&json!("PAYMENT_DECLINED"), &json!("card_declined")));
    assert_eq!(state_of(&client, &cart).await, ("ACTIVE".to_owned(), "FAILED".to_owned()));
    assert_eq!(shop.stock(&note).await, (200, 0));
    assert_eq!(completion_error(&client, &cart).await["code"], "PAYMENT_REQUIRED");
    client.data(UPDATE_CART, json!({ "cart": cart })).await;
    client.data(OPEN, json!({ "cart": cart, "provider": "test", "data": {} })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ORDER_PLACED");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn b16_a_cart_awaiting_action_is_locked_and_uses_its_promotion_once() {
    let shop = bank_shop().await;
    let (client, staff) = (shop.anonymous(), shop.staff().await);
    let create = "mutation($input: PromotionCreateInput!) {
        promotionCreate(input: $input) { promotion { id } userErrors { code message path } } }";
    let input = json!({ "title": "Once", "codes": ["ONCE"], "usageLimit": 1,
        "effects": crate::discounts::percent_off_order("10") });
    let created = staff.data(create, json!({ "input": input })).await;
    let activate = "mutation($id: ID!) { promotionActivate(id: $id) { userErrors { code } } }";
    staff.data(activate, json!({ "id": created["promotionCreate"]["promotion"]["id"] })).await;
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.ready_cart(&client, &note, 1).await;
    let add = "mutation($cart: ID!) { cartCodesAdd(cartId: $cart, codes: [\"ONCE\"]) { userErrors { code } } }";
    client.data(add, json!({ "cart": cart })).await;
    let open = client.data(OPEN, json!({ "cart": cart, "provider": "test", "data": { "behavior": "action" } })).await;
    let session = open["paymentSessionCreate"]["paymentSession"]["id"].clone();
    for _ in 0..2 {
        let waiting = complete(&client, &cart).await;
        assert_eq!((&waiting["status"], &waiting["order"]), (&json!("ACTION_REQUIRED"), &Value::Null));
        assert!(waiting["paymentSession"]["action"]["url"].is_string(), "{waiting}");
    }
    assert_eq!(state_of(&client, &cart).await, ("COMPLETING".to_owned(), "ACTION_REQUIRED".to_owned()));
    assert_eq!(client.user_error(UPDATE_CART, json!({ "cart": cart })).await["code"], "CART_COMPLETING");
    assert_eq!(shop.count("SELECT count(*) FROM promotion_usages WHERE state = 'RESERVED'").await, 1);
    assert_eq!(shop.stock(&note).await, (200, 1));
    let update =
        "mutation($id: ID!) { paymentSessionUpdate(id: $id, data: { confirmed: true }) { userErrors { code } } }";
    client.data(update, json!({ "id": session })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ORDER_PLACED");
    assert_eq!(shop.count("SELECT used::bigint FROM promotions WHERE title = 'Once'").await, 1);
    assert_eq!(shop.count("SELECT count(*) FROM promotion_usages WHERE state = 'CONSUMED'").await, 1);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn g11_products_deleted_during_payment_are_still_sold() {
    let shop = bank_shop().await;
    let (client, staff) = (shop.anonymous(), shop.staff().await);
    let (kit, part) = (shop.variant("NOTE-A5-DOT").await, shop.variant_of("terracotta-pot").await);
    make_kit(&shop, &kit, &[(&part, 2)]).await;
    let (cart, session) = open_session(&shop, &client, "test", json!({ "behavior": "action" })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ACTION_REQUIRED");
    let found = client.data("{ product(by: { handle: \"field-notebook\" }) { id } }", Value::Null).await;
    let delete = "mutation($ids: [ID!]!) { productDelete(ids: $ids) { userErrors { code } } }";
    staff.data(delete, json!({ "ids": [found["product"]["id"]] })).await;
    let update =
        "mutation($id: ID!) { paymentSessionUpdate(id: $id, data: { confirmed: true }) { userErrors { code } } }";
    client.data(update, json!({ "id": session["id"] })).await;
    let placed = complete(&client, &cart).await;
    assert_eq!(placed["status"], "ORDER_PLACED", "{placed}");
    let lines = "query($id: ID!) { order(id: $id) { lines { sku productTitle variant { id } } } }";
    let order = staff.data(lines, json!({ "id": placed["order"]["id"] })).await["order"].clone();
    let line = json!({ "sku": "NOTE-A5-DOT", "productTitle": "Field Notebook", "variant": null });
    assert_eq!(order["lines"], json!([line]));
    let send = "mutation($id: ID!) { fulfillmentCreate(orderId: $id) { fulfillment { id } userErrors { code } } }";
    staff.data(send, json!({ "id": placed["order"]["id"] })).await;
    assert_invariants(&shop).await;
}

#[shop_test]
async fn e3_a_cart_hold_is_restored_when_the_payment_is_declined() {
    let shop = bank_shop().await;
    update_channel(&shop, json!({ "cartHolds": true })).await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 1).await;
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "decline" })).await;
    let reserved = client.data(RESERVE, json!({ "cart": cart, "minutes": 30 })).await["cartReserve"]["cart"].clone();
    assert_eq!(completion_error(&client, &cart).await["code"], "PAYMENT_DECLINED");
    let until = "query($id: ID!) { cart(id: $id) { reservedUntil } }";
    assert_eq!(client.data(until, json!({ "id": cart })).await["cart"], reserved, "the hold keeps its expiry");
    let another = "mutation($variant: ID!) { cartCreate(input: { lines: [{ variantId: $variant, quantity: 1 }] }) {
        cart { id } userErrors { code } } }";
    assert_eq!(client.user_error(another, json!({ "variant": note })).await["code"], "INSUFFICIENT_STOCK");
    client.data(OPEN, json!({ "cart": cart, "provider": "test", "data": {} })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ORDER_PLACED");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn canceling_the_payment_reopens_the_cart() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let (cart, session) = open_session(&shop, &client, "test", json!({ "behavior": "action" })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ACTION_REQUIRED");
    let canceled = client.data(CANCEL_SESSION, json!({ "id": session["id"] })).await;
    assert_eq!(canceled["paymentSessionCancel"]["paymentSession"]["status"], "CANCELED");
    assert_eq!(client.user_error(CANCEL_SESSION, json!({ "id": session["id"] })).await["code"], "INVALID_STATE");
    assert_eq!(state_of(&client, &cart).await.0, "ACTIVE");
    assert_eq!(shop.stock(&note).await, (200, 0));
    client.data(UPDATE_CART, json!({ "cart": cart })).await;
    assert_invariants(&shop).await;
}

#[shop_test]
async fn a_payment_canceled_by_the_provider_reopens_the_cart() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "action" })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ACTION_REQUIRED");
    webhook_event(&shop, &cart, "canceled", "ended").await;
    assert_eq!(state_of(&client, &cart).await, ("ACTIVE".to_owned(), "CANCELED".to_owned()));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn orphaned_authorizations_are_found_and_released() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, session) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    client.data(CANCEL_SESSION, json!({ "id": session["id"] })).await;
    shop.drain_runs().await;
    // A webhook event was recorded, and the process crashed before it started to release the authorization.
    let late = "WITH told AS (UPDATE test_bank_charges SET state = 'AUTHORIZED', authorized = amount, voided = 0)
        UPDATE payments SET authorized = 19.40, voided = 0";
    let (sql, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    sql.batch_execute(late).await.unwrap();
    assert_eq!(shop.authorization_releases.sweep().await.unwrap(), 0, "recent payments are skipped");
    sql.batch_execute("UPDATE payments SET updated_at = updated_at - interval '2 minutes'").await.unwrap();
    for new in [1, 0] {
        assert_eq!(shop.authorization_releases.sweep().await.unwrap(), new);
    }
    assert_eq!(shop.count("SELECT count(*) FROM workflow_runs WHERE status = 'PENDING'").await, 1, "once");
    shop.drain_runs().await;
    assert_eq!(shop.count("SELECT count(*) FROM test_bank_charges WHERE voided = authorized").await, 1);
    assert_eq!(shop.authorization_releases.sweep().await.unwrap(), 0);
    assert_eq!(state_of(&client, &cart).await.0, "ACTIVE");
}

#[shop_test]
async fn an_abandoned_payment_times_out_and_reopens_the_cart() {
    let clock = TestClock::default();
    let shop = bank_shop_with_clock(&clock).await;
    let client = shop.anonymous();
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "action" })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ACTION_REQUIRED");
    shop.durable.recover().await.unwrap();
    assert_eq!(state_of(&client, &cart).await.0, "COMPLETING");
    clock.advance(TimeDelta::minutes(16));
    shop.durable.recover().await.unwrap();
    assert_eq!(state_of(&client, &cart).await, ("ACTIVE".to_owned(), "FAILED".to_owned()));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn d4_a_payment_is_released_and_reported_when_stock_has_run_out() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    shop.set_stock(&note, 1).await;
    let (first, _) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    let (second, _) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    // The second shopper has paid in another tab: the amount is authorized before the cart is completed.
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    for cart in [&first, &second] {
        let reference = reference_of(&shop, cart).await;
        bank.decide(&reference, true).await.unwrap();
    }
    shop.set_stock(&note, 0).await;
    webhook_event(&shop, &second, "authorized", "second").await;
    assert_eq!(state_of(&client, &second).await, ("ACTIVE".to_owned(), "CANCELED".to_owned()));
    let failure_code =
        client.data(CART, json!({ "id": second })).await["cart"]["paymentSession"]["failure"]["code"].clone();
    assert_eq!(failure_code, "insufficient_stock", "its shopper sees the reason");
    shop.set_stock(&note, 1).await;
    webhook_event(&shop, &first, "authorized", "first").await;
    assert_eq!(state_of(&client, &first).await, ("COMPLETED".to_owned(), "COMPLETED".to_owned()));
    assert_eq!(shop.count("SELECT count(*) FROM orders").await, 1);
    assert_invariants(&shop).await;
    assert_eq!(shop.count("SELECT count(*) FROM test_bank_charges WHERE voided = authorized").await, 1);
}

#[shop_test]
async fn d2_d3_d4_a_payment_of_a_different_total_is_released() {
    let shop = bank_shop().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    let add = "mutation($cart: ID!, $lines: [CartLineInput!]!) { cartLinesAdd(cartId: $cart, lines: $lines) {
        cart { id } userErrors { code } } }";
    let another = json!([{ "variantId": note, "quantity": 1 }]);
    for by_notice in [true, false] {
        let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
        client.data(add, json!({ "cart": cart, "lines": another })).await;
        bank.decide(&reference_of(&shop, &cart).await, true).await.unwrap();
        // The shopper's other tab is closed, or completes the cart.
        webhook_event(&shop, &cart, "authorized", &format!("by {by_notice}")).await;
        if !by_notice {
            assert_eq!(completion_error(&client, &cart).await["code"], "PAYMENT_REQUIRED");
        }
        assert_eq!(state_of(&client, &cart).await, ("ACTIVE".to_owned(), "CANCELED".to_owned()));
        assert_invariants(&shop).await;
    }
    assert_eq!(shop.count("SELECT count(*) FROM orders").await, 0);
    assert_eq!(shop.count("SELECT count(*) FROM test_bank_charges WHERE voided = authorized").await, 2);
}

#[shop_test]
async fn staff_cannot_change_the_payment_of_a_customers_cart() {
    let shop = bank_shop().await;
    let (_, session) = open_session(&shop, &shop.anonymous(), "test", json!({})).await;
    let customer = shop.customer().await;
    let (_, theirs) = open_session(&shop, &customer, "test", json!({})).await;
    let update = "mutation($id: ID!) { paymentSessionUpdate(id: $id, data: { paymentMethod: \"pm_other\" }) {
        userErrors { code } } }";
    let staff = shop.staff().await;
    assert_eq!(staff.user_error(update, json!({ "id": theirs["id"] })).await["code"], "NOT_FOUND");
    shop.anonymous().data(update, json!({ "id": session["id"] })).await;
}

async fn reference_of(shop: &Shop, cart: &str) -> String {
    let id = cart.parse::<cartwright::kernel::ids::CartId>().unwrap().0;
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let sql = format!("SELECT reference FROM payment_sessions WHERE cart_id = '{id}'");
    client.query_one(&sql, &[]).await.unwrap().get(0)
}

#[shop_test]
async fn a_paid_cart_becomes_an_order_without_its_shopper() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    bank.decide(&reference_of(&shop, &cart).await, true).await.unwrap();
    for _ in 0..3 {
        webhook_event(&shop, &cart, "authorized", "paid").await;
    }
    assert_eq!(state_of(&client, &cart).await, ("COMPLETED".to_owned(), "COMPLETED".to_owned()));
    assert_eq!(complete(&client, &cart).await["status"], "ORDER_PLACED");
    assert_eq!(shop.count("SELECT count(*) FROM orders").await, 1);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn a_pending_cart_is_completed_by_a_webhook_event() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    assert_eq!(complete(&client, &cart).await["status"], "PROCESSING");
    assert_eq!(state_of(&client, &cart).await, ("COMPLETING".to_owned(), "PENDING".to_owned()));
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    bank.decide(&reference_of(&shop, &cart).await, true).await.unwrap();
    webhook_event(&shop, &cart, "authorized", "decided").await;
    assert_eq!(complete(&client, &cart).await["status"], "ORDER_PLACED");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn a_payment_without_a_webhook_event_is_reconciled() {
    let clock = TestClock::default();
    let shop = bank_shop_with_clock(&clock).await;
    let client = shop.anonymous();
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    // One cart whose shopper never came back, and one that is being completed; no webhook arrives for either.
    let (left, _) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    let (waits, _) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    let response = complete(&client, &waits).await;
    assert_eq!((&response["status"], &response["paymentSession"]["status"]), (&json!("PROCESSING"), &json!("PENDING")));
    for cart in [&left, &waits] {
        bank.decide(&reference_of(&shop, cart).await, true).await.unwrap();
    }
    assert_eq!(shop.checkout.reconcile_payments().await.unwrap(), 0, "recent payments are skipped");
    clock.advance(TimeDelta::minutes(2));
    assert_eq!(shop.checkout.reconcile_payments().await.unwrap(), 2);
    assert_eq!(shop.checkout.reconcile_payments().await.unwrap(), 0, "once");
    for cart in [&left, &waits] {
        assert_eq!(state_of(&client, cart).await, ("COMPLETED".to_owned(), "COMPLETED".to_owned()));
    }
    assert_invariants(&shop).await;
}

#[shop_test]
async fn a_payment_made_in_time_is_found_at_the_timeout() {
    let clock = TestClock::default();
    let shop = bank_shop_with_clock(&clock).await;
    let client = shop.anonymous();
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "action" })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ACTION_REQUIRED");
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    bank.decide(&reference_of(&shop, &cart).await, true).await.unwrap();
    clock.advance(TimeDelta::minutes(16));
    shop.durable.recover().await.unwrap();
    assert_eq!(state_of(&client, &cart).await, ("COMPLETED".to_owned(), "COMPLETED".to_owned()));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn a_provider_outage_does_not_cancel_a_payment_that_requires_action() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, session) = open_session(&shop, &client, "test", json!({ "behavior": "action" })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ACTION_REQUIRED");
    let behave = |word: &str| {
        let update = format!("UPDATE test_bank_charges SET data = data || '{{\"behavior\": \"{word}\"}}' RETURNING 1");
        format!("WITH told AS ({update}) SELECT count(*) FROM told")
    };
    assert_eq!(shop.count(&behave("unavailable")).await, 1);
    assert_eq!(complete(&client, &cart).await["status"], "ACTION_REQUIRED");
    assert_eq!(shop.count(&behave("action")).await, 1);
    let confirm =
        "mutation($id: ID!) { paymentSessionUpdate(id: $id, data: { confirmed: true }) { userErrors { code } } }";
    client.data(confirm, json!({ "id": session["id"] })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ORDER_PLACED");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn f11_a_charge_without_a_response_is_made_once() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    for behavior in ["timeout_before", "timeout_after", "fail_after", "slow"] {
        let data = json!({ "behavior": behavior, "times": 1, "ms": 100 });
        let (cart, _) = open_session(&shop, &client, "test", data).await;
        assert_eq!(complete(&client, &cart).await["status"], "ORDER_PLACED", "{behavior}");
    }
    let held = "SELECT count(*) FROM test_bank_charges WHERE authorized = amount AND voided = 0";
    assert_eq!(shop.count(held).await, 4);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn an_unreachable_provider_is_reported_and_nothing_is_reserved() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "unavailable" })).await;
    assert_eq!(completion_error(&client, &cart).await["code"], "PAYMENT_UNAVAILABLE");
    assert_eq!(state_of(&client, &cart).await, ("ACTIVE".to_owned(), "FAILED".to_owned()));
    assert_eq!(shop.stock(&note).await, (200, 0));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn the_circuit_breaker_opens_after_unclear_responses() {
    let clock = TestClock::default();
    let shop = bank_shop_with_clock(&clock).await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.ready_cart(&client, &note, 1).await;
    let to_open =
        |behavior: &str| json!({ "cart": cart, "provider": "test", "data": { "behavior": behavior, "on": "open" } });
    let calls = "SELECT count(*) FROM test_bank_calls";
    for _ in 0..5 {
        assert_eq!(client.user_error(OPEN, to_open("fail_after")).await["code"], "PAYMENT_UNAVAILABLE");
    }
    let before = shop.count(calls).await;
    assert_eq!(client.user_error(OPEN, to_open("approve")).await["code"], "PAYMENT_UNAVAILABLE");
    assert_eq!(shop.count(calls).await, before, "the bank is not called");
    clock.advance(TimeDelta::seconds(11));
    let session = client.data(OPEN, to_open("approve")).await["paymentSessionCreate"]["paymentSession"].clone();
    assert_eq!(session["status"], "CREATED");
    assert_eq!(complete(&client, &cart).await["status"], "ORDER_PLACED");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn d1_fifty_completions_and_fifty_webhook_events_create_one_order_and_one_charge() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    bank.decide(&reference_of(&shop, &cart).await, true).await.unwrap();
    let completions = (0..50).map(|_| complete(&client, &cart));
    let notices = (0..50).map(|_| webhook_event(&shop, &cart, "authorized", "once"));
    let (completed, _) =
        tokio::join!(futures_util::future::join_all(completions), futures_util::future::join_all(notices));
    let order = &completed[0]["order"]["id"];
    assert!(order.is_string() && completed.iter().all(|payload| payload["order"]["id"] == *order), "{completed:?}");
    assert_eq!(shop.count("SELECT count(*) FROM orders").await, 1);
    assert_eq!(shop.count("SELECT count(*) FROM events WHERE kind = 'order_placed'").await, 1);
    assert_eq!(shop.count("SELECT count(*) FROM test_bank_charges WHERE authorized > voided").await, 1);
    assert_eq!(shop.stock(&shop.variant("NOTE-A5-DOT").await).await, (200, 1), "one unit is reserved");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn d3_a_replaced_or_deleted_session_releases_its_authorization() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    let first = reference_of(&shop, &cart).await;
    client.data(OPEN, json!({ "cart": cart, "provider": "manual" })).await;
    // The shopper still pays the first session, in a tab that was left open.
    bank.decide(&first, true).await.ok();
    let delete = "mutation($cart: ID!) { cartDelete(cartId: $cart) { userErrors { code } } }";
    let (other, _) = open_session(&shop, &client, "test", json!({})).await;
    client.data(delete, json!({ "cart": other })).await;
    assert_eq!(complete(&client, &cart).await["status"], "ORDER_PLACED");
    assert_invariants(&shop).await;
}
