//! Payments: events, balances, and a misbehaving provider. The test bank's own totals are compared with ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use cartwright::config::Secret;
use cartwright::domain::payments::TransactionKind;
use cartwright::domain::payments::provider::{
    Open, Opened, OperationResult, PaymentProvider, ProviderError, ProviderRequest, ProviderStatus,
};
use cartwright::kernel::money::Money;
use cartwright::providers::payment::TestBank;
use cartwright_macros::shop_test;
use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Client, Shop, TestClock, text};

pub(crate) const OPEN: &str = "mutation($cart: ID!, $provider: String!, $data: JSON) {
    paymentSessionCreate(cartId: $cart, provider: $provider, data: $data) {
        paymentSession { id status data action { type url clientSecret } failure { code } amount { amount } }
        userErrors { code message path details } } }";
pub(crate) const COMPLETE: &str = "mutation($cart: ID!) { cartComplete(cartId: $cart) {
    status order { id total { gross { amount } } } userErrors { code message path details } } }";
pub(crate) const SESSION: &str = "query($id: ID!) { paymentSession(id: $id) { id status data
    action { type url clientSecret } failure { code message } } }";
pub(crate) const MONEY: &str = "query($id: ID!) { order(id: $id) { id version status paymentStatus chargeStatus
    refunds { id status amount { amount } reason } payments { id provider reference version
        authorized { amount } captured { amount } voided { amount } refunded { amount } chargedBack { amount }
        charged { amount } capturable { amount } refundable { amount } pendingAuthorize { amount }
        pendingCapture { amount } pendingVoid { amount } pendingRefund { amount }
        events { kind result amount { amount } reference source message } } } }";
pub(crate) const CAPTURE: &str = "mutation($id: ID!, $amount: Decimal) { paymentCapture(id: $id, amount: $amount) {
    payment { captured { amount } pendingCapture { amount } } order { id } userErrors { code message details path } } }";
pub(crate) const VOID: &str = "mutation($id: ID!) { paymentVoid(id: $id) {
    payment { voided { amount } } userErrors { code details } } }";
pub(crate) const REFUND: &str = "mutation($order: ID!, $amount: Decimal, $payment: ID) {
    refundCreate(orderId: $order, amount: $amount, paymentId: $payment, reason: \"broken\") {
        refund { id status amount { amount } } userErrors { code message details } } }";
const CANCEL_ORDER: &str = "mutation($id: ID!) { orderCancel(id: $id) { order { status } userErrors { code } } }";

/// A shop that also accepts `test` payments.
pub(crate) async fn bank_shop() -> Shop {
    Shop::demo_with(|builder| builder.test_payments(Secret::new(TestBank::SECRET))).await
}

/// A shop that also accepts `test` payments, with a clock that the test controls.
pub(crate) async fn bank_shop_with_clock(clock: &TestClock) -> Shop {
    let clock = Arc::new(clock.clone());
    Shop::demo_with(|builder| builder.clock(clock).test_payments(Secret::new(TestBank::SECRET))).await
}

/// A cart with one notebook, 19.40 with shipping, and an open session: the cart's id and the session.
pub(crate) async fn open_session(shop: &Shop, client: &Client, provider: &str, data: Value) -> (String, Value) {
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.ready_cart(client, &note, 1).await;
    let data = client.data(OPEN, json!({ "cart": cart, "provider": provider, "data": data })).await;
    (cart, data["paymentSessionCreate"]["paymentSession"].clone())
}

/// Places an order of one notebook, paid with this provider, and returns its id.
pub(crate) async fn place_order(shop: &Shop, provider: &str, data: Value) -> String {
    let client = shop.anonymous();
    let (cart, _) = open_session(shop, &client, provider, data).await;
    let done = client.data(COMPLETE, json!({ "cart": cart })).await;
    text(&done["cartComplete"]["order"]["id"]).to_owned()
}

/// The order's payment data, as staff see it.
pub(crate) async fn order_payments(staff: &Client, order: &str) -> Value {
    staff.data(MONEY, json!({ "id": order })).await["order"].clone()
}

/// The nonzero amounts of the order's first payment.
pub(crate) fn balances(order: &Value) -> Value {
    let payment = order["payments"][0].as_object().expect("a payment");
    let amounts = payment.iter().filter_map(|(name, value)| Some((name, value["amount"].as_str()?)));
    let derived = ["charged", "capturable", "refundable"];
    let own = amounts.filter(|(name, amount)| *amount != "0.00" && !derived.contains(&name.as_str()));
    own.map(|(name, amount)| (name.clone(), json!(amount))).collect::<serde_json::Map<_, _>>().into()
}

/// The bank's totals over all charges: authorized, captured, voided, refunded, in cents.
async fn bank_totals(shop: &Shop) -> [i64; 4] {
    let mut found = [0; 4];
    for (place, column) in ["authorized", "captured", "voided", "refunded"].iter().enumerate() {
        let sql = format!("SELECT coalesce(sum({column}) * 100, 0)::bigint FROM test_bank_charges");
        found[place] = shop.count(&sql).await;
    }
    found
}

#[shop_test]
async fn f1_f3_captures_and_voids_never_exceed_the_authorized_amount() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    for provider in ["manual", "test"] {
        let order = place_order(&shop, provider, json!({})).await;
        let payment = order_payments(&staff, &order).await["payments"][0]["id"].clone();
        staff.data(CAPTURE, json!({ "id": payment, "amount": "15.00" })).await;
        let error = staff.user_error(CAPTURE, json!({ "id": payment, "amount": "15.00" })).await;
        assert_eq!((&error["code"], &error["details"]["capturable"]), (&json!("INVALID_AMOUNT"), &json!("4.4")));
        assert_eq!(error["path"], json!(["amount"]));
        let voided = staff.data(VOID, json!({ "id": payment })).await;
        assert_eq!(voided["paymentVoid"]["payment"]["voided"]["amount"], "4.40", "{provider}: what was not captured");
        assert_eq!(staff.user_error(VOID, json!({ "id": payment })).await["code"], "INVALID_AMOUNT");
        let state = order_payments(&staff, &order).await;
        let want = json!({ "authorized": "19.40", "captured": "15.00", "voided": "4.40" });
        assert_eq!(balances(&state), want, "{provider}");
        assert_eq!(
            (&state["paymentStatus"], &state["chargeStatus"]),
            (&json!("PARTIALLY_CAPTURED"), &json!("PARTIAL"))
        );
    }
    assert_eq!(bank_totals(&shop).await, [1940, 1500, 440, 0]);
}

#[shop_test]
async fn f2_concurrent_refunds_never_exceed_the_captured_amount() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    for provider in ["manual", "test"] {
        let order = place_order(&shop, provider, json!({})).await;
        let payment = order_payments(&staff, &order).await["payments"][0]["id"].clone();
        assert_eq!(staff.user_error(REFUND, json!({ "order": order, "amount": "1" })).await["code"], "INVALID_AMOUNT");
        staff.data(CAPTURE, json!({ "id": payment })).await;
        let tries = (0..6).map(|_| {
            let (staff, order) = (staff.clone(), order.clone());
            tokio::spawn(async move {
                let response = staff.execute(REFUND, json!({ "order": order, "amount": "12.00" })).await;
                assert!(response.body["errors"].is_null(), "{:?}", response.body);
                response.body["data"]["refundCreate"].clone()
            })
        });
        let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
        let (won, lost): (Vec<_>, Vec<_>) = responses.into_iter().partition(|response| response["refund"].is_object());
        assert_eq!((won.len(), lost.len()), (1, 5), "{provider}");
        assert_eq!(won[0]["refund"]["status"], "SUCCEEDED");
        for response in lost {
            let error = &response["userErrors"][0];
            assert_eq!((&error["code"], &error["details"]["refundable"]), (&json!("INVALID_AMOUNT"), &json!("7.4")));
        }
        let state = order_payments(&staff, &order).await;
        assert_eq!(balances(&state), json!({ "authorized": "19.40", "captured": "19.40", "refunded": "12.00" }));
        assert_eq!((&state["chargeStatus"], &state["refunds"][0]["reason"]), (&json!("FULL"), &json!("broken")));
    }
    assert_eq!(bank_totals(&shop).await, [1940, 1940, 0, 1200]);
}

#[shop_test]
async fn f4_transaction_events_are_append_only() {
    let shop = Shop::demo().await;
    place_order(&shop, "manual", json!({})).await;
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    for change in ["UPDATE transaction_events SET amount = 1", "DELETE FROM transaction_events"] {
        assert!(client.batch_execute(change).await.is_err(), "{change} went through");
    }
    let twice =
        "INSERT INTO transaction_events (id, payment_id, kind, result, amount, reference, source, occurred_at, created_at)
        SELECT gen_random_uuid(), payment_id, kind, result, amount, reference, source, occurred_at, created_at
        FROM transaction_events ON CONFLICT DO NOTHING";
    assert_eq!(client.execute(twice, &[]).await.expect("a no-op"), 0);
}

#[shop_test]
async fn f5_a_capture_without_a_response_is_pending_and_counted() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    let silent = json!({ "behavior": "timeout_before", "on": "capture", "ms": 1 });
    let order = place_order(&shop, "test", silent).await;
    let payment = order_payments(&staff, &order).await["payments"][0]["id"].clone();
    let pending = staff.data(CAPTURE, json!({ "id": payment, "amount": "10.00" })).await;
    let shown = &pending["paymentCapture"]["payment"];
    assert_eq!((&shown["captured"]["amount"], &shown["pendingCapture"]["amount"]), (&json!("0.00"), &json!("10.00")));
    let error = staff.user_error(CAPTURE, json!({ "id": payment, "amount": "10.00" })).await;
    assert_eq!(error["details"]["capturable"], "9.4", "a pending capture may have succeeded");
    let cancel = "mutation($id: ID!) { orderCancel(id: $id) { userErrors { code message details } } }";
    let error = staff.user_error(cancel, json!({ "id": order })).await;
    assert_eq!((&error["code"], &error["details"]["pendingCapture"]), (&json!("INVALID_STATE"), &json!("10")));
}

#[shop_test]
async fn staff_can_resolve_a_stuck_capture_as_done() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    let order = place_order(&shop, "test", json!({ "behavior": "timeout_before", "on": "capture", "ms": 1 })).await;
    let payment = order_payments(&staff, &order).await["payments"][0]["id"].clone();
    staff.data(CAPTURE, json!({ "id": payment })).await;
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let stuck = "UPDATE workflow_runs SET status = 'STUCK', due_at = NULL, lease_owner = NULL, lease_until = NULL
        WHERE workflow = 'money'";
    client.batch_execute(stuck).await.expect("hours have passed");
    let runs = staff.data("{ workflowRuns(filter: { status: STUCK }) { nodes { id step } } }", Value::Null).await;
    let run = &runs["workflowRuns"]["nodes"][0];
    let resolve = "mutation($run: ID!, $step: String!) { workflowStepResolve(runId: $run, step: $step) {
        workflowRun { status } userErrors { code message } } }";
    let done = staff.data(resolve, json!({ "run": run["id"], "step": run["step"] })).await;
    assert_eq!(done["workflowStepResolve"]["workflowRun"]["status"], "DONE");
    assert_eq!(balances(&order_payments(&staff, &order).await), json!({ "authorized": "19.40", "captured": "19.40" }));
}

#[shop_test]
async fn f2_a_retried_refund_is_made_once() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let order = place_order(&shop, "manual", json!({})).await;
    let payment = order_payments(&staff, &order).await["payments"][0]["id"].clone();
    let version = order_payments(&staff, &order).await["version"].clone();
    let capture =
        "mutation($id: ID!, $version: Int) { paymentCapture(id: $id, amount: \"10\", expectedVersion: $version) {
        order { version } userErrors { code path } } }";
    let taken = staff.data(capture, json!({ "id": payment, "version": version })).await;
    let error = staff.user_error(capture, json!({ "id": payment, "version": version })).await;
    assert_eq!(error["code"], "STALE_VERSION");
    let version = taken["paymentCapture"]["order"]["version"].clone();
    assert_eq!(order_payments(&staff, &order).await["version"], version, "the order is returned unchanged");
    let refund =
        "mutation($id: ID!, $version: Int) { refundCreate(orderId: $id, amount: \"4\", expectedVersion: $version) {
        refund { id } userErrors { code path } } }";
    staff.data(refund, json!({ "id": order, "version": version })).await;
    let error = staff.user_error(refund, json!({ "id": order, "version": version })).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("STALE_VERSION"), &json!(["expectedVersion"])));
    assert_eq!(order_payments(&staff, &order).await["payments"][0]["refunded"]["amount"], "4.00");
}

/// A bank that captures without a response, and cannot be queried at first.
struct UnresponsiveBank {
    bank: TestBank,
    responses: AtomicUsize,
}

#[async_trait]
impl PaymentProvider for UnresponsiveBank {
    fn name(&self) -> &'static str {
        "test"
    }

    async fn open(&self, request: &Open<'_>) -> Result<Opened, ProviderError> {
        self.bank.open(request).await
    }

    async fn authorize(&self, request: &ProviderRequest<'_>) -> Result<ProviderStatus, ProviderError> {
        self.bank.authorize(request).await
    }

    async fn find(&self, reference: &str) -> Result<ProviderStatus, ProviderError> {
        self.bank.find(reference).await
    }

    async fn capture(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        self.bank.capture(request).await?;
        Err(ProviderError::Unknown("silence".to_owned()))
    }

    async fn void(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        self.bank.void(request).await
    }

    async fn refund(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        self.bank.refund(request).await
    }

    async fn find_operation(
        &self,
        kind: TransactionKind,
        request: &ProviderRequest<'_>,
    ) -> Result<Option<OperationResult>, ProviderError> {
        match self.responses.fetch_add(1, Ordering::SeqCst) {
            0 => Err(ProviderError::Unavailable("nobody is there".to_owned())),
            1 => Err(ProviderError::Misuse("this key may not ask".to_owned())),
            _ => self.bank.find_operation(kind, request).await,
        }
    }
}

#[shop_test]
async fn f11_a_capture_with_an_unknown_result_stays_pending() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    let order = place_order(&shop, "test", json!({})).await;
    let payment = text(&order_payments(&staff, &order).await["payments"][0]["id"]).parse().expect("an id");
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    let silent = UnresponsiveBank { bank, responses: AtomicUsize::new(0) };
    let process = shop.another_app(|builder| builder.payment_provider(silent));
    let (_, taken) =
        process.payment_workflows.capture(payment, None, None, None).await.expect("it is found in the end");
    assert_eq!(taken.captured + taken.pending_capture, Decimal::new(1940, 2), "it is never reported as failed");
    process.durable.recover().await.expect("a round");
    assert_eq!(bank_totals(&shop).await, [1940, 1940, 0, 0]);
    assert_eq!(balances(&order_payments(&staff, &order).await), json!({ "authorized": "19.40", "captured": "19.40" }));
}

#[shop_test]
async fn f10_refunds_use_the_newest_payment_first() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let order = place_order(&shop, "manual", json!({})).await;
    let first = order_payments(&staff, &order).await["payments"][0]["id"].clone();
    let paid =
        "mutation($id: ID!, $amount: Decimal) { orderMarkPaid(id: $id, amount: $amount, reference: \"transfer 7\") {
        payment { id captured { amount } } order { paymentStatus } userErrors { code details } } }";
    for bad in ["19.41", "0", "-1", "0.001"] {
        let error = staff.user_error(paid, json!({ "id": order, "amount": bad })).await;
        assert_eq!(
            (&error["code"], &error["details"]["amountDue"]),
            (&json!("INVALID_AMOUNT"), &json!("19.4")),
            "{bad}"
        );
    }
    staff.data(paid, json!({ "id": order, "amount": "9.40" })).await;
    staff.data(CAPTURE, json!({ "id": first, "amount": "10.00" })).await;
    assert_eq!(order_payments(&staff, &order).await["chargeStatus"], "FULL");
    let error = staff.user_error(paid, json!({ "id": order })).await;
    assert_eq!((&error["code"], &error["details"]["amountDue"]), (&json!("INVALID_AMOUNT"), &json!("0")));
    staff.data(REFUND, json!({ "order": order, "amount": "12.00" })).await;
    let state = order_payments(&staff, &order).await;
    let refunded: Vec<_> =
        state["payments"].as_array().unwrap().iter().map(|row| text(&row["refunded"]["amount"])).collect();
    assert_eq!(refunded, ["2.60", "9.40"]);
    let error = staff.user_error(REFUND, json!({ "order": order, "amount": "8", "payment": first })).await;
    assert_eq!(error["details"]["refundable"], "7.4");
}

#[shop_test]
async fn marking_an_order_as_paid_voids_its_authorization() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let order = place_order(&shop, "manual", json!({})).await;
    let paid = "mutation($id: ID!) { orderMarkPaid(id: $id) { payment { id } userErrors { code } } }";
    let tries = (0..4).map(|_| {
        let (staff, order) = (staff.clone(), order.clone());
        tokio::spawn(
            async move { staff.execute(paid, json!({ "id": order })).await.body["data"]["orderMarkPaid"].clone() },
        )
    });
    let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
    assert_eq!(responses.iter().filter(|response| response["payment"].is_object()).count(), 1);
    let state = order_payments(&staff, &order).await;
    assert_eq!((&state["paymentStatus"], &state["chargeStatus"]), (&json!("CAPTURED"), &json!("FULL")));
    assert_eq!(balances(&state), json!({ "authorized": "19.40", "voided": "19.40" }));
    let canceled = place_order(&shop, "manual", json!({})).await;
    staff.data(CANCEL_ORDER, json!({ "id": canceled })).await;
    assert_eq!(staff.user_error(paid, json!({ "id": canceled })).await["code"], "INVALID_STATE");
}

#[shop_test]
async fn f11_a_charge_without_a_response_is_found_and_not_repeated() {
    let shop = bank_shop().await;
    let (client, staff) = (shop.anonymous(), shop.staff().await);
    let silent = json!({ "behavior": "timeout_after", "times": 1, "ms": 1 });
    let (cart, _) = open_session(&shop, &client, "test", silent).await;
    let order = client.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    assert_eq!(bank_totals(&shop).await, [1940, 0, 0, 0]);
    let once = json!({ "behavior": "timeout_after", "on": "capture", "times": 1, "ms": 1 });
    let other = place_order(&shop, "test", once).await;
    let payment = order_payments(&staff, &other).await["payments"][0]["id"].clone();
    staff.data(CAPTURE, json!({ "id": payment })).await;
    assert_eq!(balances(&order_payments(&staff, &other).await), json!({ "authorized": "19.40", "captured": "19.40" }));
    assert_eq!(bank_totals(&shop).await, [3880, 1940, 0, 0], "{order}");
    assert_eq!(shop.count("SELECT count(*) FROM test_bank_calls WHERE operation = 'capture'").await, 1);
}

#[shop_test]
async fn d1_twenty_concurrent_completions_charge_once() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, _) = open_session(&shop, &client, "test", json!({ "behavior": "automatic" })).await;
    let tries = (0..20).map(|_| {
        let (client, cart) = (client.clone(), cart.clone());
        tokio::spawn(async move {
            client.execute(COMPLETE, json!({ "cart": cart })).await.body["data"]["cartComplete"].clone()
        })
    });
    let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
    assert!(responses.iter().all(|response| response["order"] == responses[0]["order"]), "{responses:?}");
    assert_eq!(shop.count("SELECT count(*) FROM orders").await, 1);
    assert_eq!(bank_totals(&shop).await, [1940, 1940, 0, 0]);
    let state = order_payments(&shop.staff().await, text(&responses[0]["order"]["id"])).await;
    assert_eq!(balances(&state), json!({ "authorized": "19.40", "captured": "19.40" }));
    assert_eq!(state["paymentStatus"], "CAPTURED");
}

#[shop_test]
async fn a_declined_card_fails_the_session_and_another_card_works() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, session) = open_session(&shop, &client, "test", json!({ "behavior": "decline" })).await;
    let error = client.user_error(COMPLETE, json!({ "cart": cart })).await;
    assert_eq!((&error["code"], &error["details"]["reason"]), (&json!("PAYMENT_DECLINED"), &json!("card_declined")));
    let seen = client.data(SESSION, json!({ "id": session["id"] })).await["paymentSession"].clone();
    assert_eq!((&seen["status"], &seen["failure"]["code"]), (&json!("FAILED"), &json!("card_declined")));
    assert_eq!(client.user_error(COMPLETE, json!({ "cart": cart })).await["code"], "PAYMENT_REQUIRED");
    client.data(OPEN, json!({ "cart": cart, "provider": "test" })).await;
    client.data(COMPLETE, json!({ "cart": cart })).await;
    assert_eq!(bank_totals(&shop).await, [1940, 0, 0, 0]);
}

#[shop_test]
async fn a_payment_that_requires_action_can_be_completed() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let (cart, session) = open_session(&shop, &client, "test", json!({ "behavior": "action" })).await;
    assert_eq!((&session["status"], &session["action"]), (&json!("CREATED"), &Value::Null));
    let waiting = client.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"].clone();
    assert_eq!((&waiting["status"], &waiting["order"]), (&json!("ACTION_REQUIRED"), &Value::Null));
    let query = "query($id: ID!) { cart(id: $id) { paymentProviders { name } paymentSession { id status action { type url } } } }";
    let seen = client.data(query, json!({ "id": cart })).await["cart"].clone();
    assert_eq!(seen["paymentSession"]["action"]["type"], "redirect");
    assert!(text(&seen["paymentSession"]["action"]["url"]).starts_with("https://bank.test/"));
    assert_eq!(seen["paymentProviders"], json!([{ "name": "manual" }, { "name": "test" }]));
    let update = "mutation($id: ID!, $data: JSON!) { paymentSessionUpdate(id: $id, data: $data) {
        paymentSession { status data } userErrors { code path } } }";
    client.data(update, json!({ "id": session["id"], "data": { "confirmed": true } })).await;
    client.data(COMPLETE, json!({ "cart": cart })).await;
    let seen = client.data(SESSION, json!({ "id": session["id"] })).await["paymentSession"].clone();
    assert_eq!((&seen["status"], &seen["action"]), (&json!("COMPLETED"), &Value::Null));
    let error = client.user_error(update, json!({ "id": session["id"], "data": {} })).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("INVALID_STATE"), &json!(["id"])));
}

#[shop_test]
async fn d3_a_replaced_or_canceled_session_is_released() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let cancel =
        "mutation($id: ID!) { paymentSessionCancel(id: $id) { paymentSession { status } userErrors { code } } }";
    let stranger = shop.customer().await;
    // The shopper pays on the bank's page and never comes back to complete the cart.
    let bank_of = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    let (cart, first) = open_session(&shop, &client, "test", json!({ "behavior": "pending" })).await;
    bank_of.decide(&format!("tch_{}", text(&first["id"])), true).await.expect("the bank holds it");
    assert_eq!(bank_totals(&shop).await, [1940, 0, 0, 0]);
    let second =
        client.data(OPEN, json!({ "cart": cart, "provider": "test", "data": { "behavior": "pending" } })).await;
    shop.drain_runs().await;
    assert_eq!(bank_totals(&shop).await, [1940, 0, 1940, 0], "the first one was voided");
    let seen = client.data(SESSION, json!({ "id": first["id"] })).await;
    assert_eq!(seen["paymentSession"]["status"], "CANCELED");
    let id = &second["paymentSessionCreate"]["paymentSession"]["id"];
    bank_of.decide(&format!("tch_{}", text(id)), true).await.expect("the bank holds it");
    client.data(cancel, json!({ "id": id })).await;
    shop.drain_runs().await;
    assert_eq!(bank_totals(&shop).await, [3880, 0, 3880, 0], "the second one was voided, too");
    assert_eq!(client.user_error(cancel, json!({ "id": id })).await["code"], "INVALID_STATE");
    let open = "SELECT count(*) FROM payments WHERE order_id IS NULL AND (authorized > voided + captured OR captured > refunded)";
    assert_eq!(shop.count(open).await, 0);
    // Another customer's cart.
    let owner = shop.customer().await;
    let (_, own) = open_session(&shop, &owner, "test", json!({})).await;
    let create = "mutation($id: ID!) { paymentSessionCancel(id: $id) { userErrors { code } } }";
    assert_eq!(stranger.data(SESSION, json!({ "id": own["id"] })).await["paymentSession"], Value::Null);
    assert_eq!(stranger.user_error(create, json!({ "id": own["id"] })).await["code"], "NOT_FOUND");
}

#[shop_test]
async fn a_session_expires_and_is_released_by_the_cleanup() {
    let clock = TestClock::default();
    let shop = bank_shop_with_clock(&clock).await;
    let client = shop.anonymous();
    let (cart, session) = open_session(&shop, &client, "manual", json!({})).await;
    assert_eq!(session["status"], "AUTHORIZED");
    let (_, other) = open_session(&shop, &client, "test", json!({})).await;
    clock.advance(TimeDelta::hours(24));
    let seen = client.data(SESSION, json!({ "id": session["id"] })).await;
    assert_eq!(seen["paymentSession"]["status"], "EXPIRED");
    assert_eq!(client.user_error(COMPLETE, json!({ "cart": cart })).await["code"], "PAYMENT_REQUIRED");
    let mut ended = 0;
    while ended < 2 {
        // A locked session is left for the next sweep.
        ended += shop.checkout.expire_sessions().await.expect("a sweep");
    }
    assert_eq!(shop.checkout.expire_sessions().await.expect("a sweep"), 0);
    shop.drain_runs().await;
    assert_eq!(shop.count("SELECT count(*) FROM payments WHERE authorized > voided").await, 0);
    let state = format!(
        "SELECT count(*) FROM test_bank_charges WHERE reference = 'tch_{}' AND state = 'CANCELED'",
        text(&other["id"])
    );
    assert_eq!(shop.count(&state).await, 1);
}

#[shop_test]
async fn g10_canceling_an_order_refunds_and_voids_at_the_provider() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    let order = place_order(&shop, "test", json!({})).await;
    let payment = order_payments(&staff, &order).await["payments"][0]["id"].clone();
    staff.data(CAPTURE, json!({ "id": payment, "amount": "10" })).await;
    staff.data(CANCEL_ORDER, json!({ "id": order })).await;
    assert_eq!(bank_totals(&shop).await, [1940, 1000, 940, 1000]);
    let state = order_payments(&staff, &order).await;
    let want = json!({ "authorized": "19.40", "captured": "10.00", "voided": "9.40", "refunded": "10.00" });
    assert_eq!((balances(&state), &state["refunds"][0]["status"]), (want, &json!("SUCCEEDED")));
}

#[shop_test]
async fn g10_an_order_is_canceled_even_if_its_refund_fails() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    let order = place_order(&shop, "test", json!({ "behavior": "refund_fails", "times": 1 })).await;
    let payment = order_payments(&staff, &order).await["payments"][0]["id"].clone();
    staff.data(CAPTURE, json!({ "id": payment })).await;
    let canceled = staff.data(CANCEL_ORDER, json!({ "id": order })).await;
    assert_eq!(canceled["orderCancel"]["order"]["status"], "CANCELED");
    let state = order_payments(&staff, &order).await;
    assert_eq!((&state["refunds"][0]["status"], &state["chargeStatus"]), (&json!("FAILED"), &json!("OVERCHARGED")));
    staff.data(REFUND, json!({ "order": order, "amount": "19.40" })).await;
    assert_eq!(bank_totals(&shop).await, [1940, 1940, 0, 1940], "the next one succeeds");
}

#[shop_test]
async fn an_operation_declined_by_the_provider_changes_nothing() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    let order = place_order(&shop, "test", json!({ "behavior": "capture_fails", "times": 1 })).await;
    let payment = order_payments(&staff, &order).await["payments"][0]["id"].clone();
    let error = staff.user_error(CAPTURE, json!({ "id": payment })).await;
    assert_eq!((&error["code"], &error["details"]["reason"]), (&json!("PAYMENT_DECLINED"), &json!("card_declined")));
    assert_eq!(balances(&order_payments(&staff, &order).await), json!({ "authorized": "19.40" }));
    staff.data(CAPTURE, json!({ "id": payment })).await;
    let order = place_order(&shop, "test", json!({ "behavior": "refund_fails", "times": 1 })).await;
    let payment = order_payments(&staff, &order).await["payments"][0]["id"].clone();
    staff.data(CAPTURE, json!({ "id": payment })).await;
    assert_eq!(staff.user_error(REFUND, json!({ "order": order })).await["code"], "PAYMENT_DECLINED");
    let state = order_payments(&staff, &order).await;
    assert_eq!((&state["refunds"][0]["status"], &state["chargeStatus"]), (&json!("FAILED"), &json!("FULL")));
    staff.data(REFUND, json!({ "order": order })).await;
    assert_eq!(order_payments(&staff, &order).await["paymentStatus"], "REFUNDED");
}

#[shop_test]
async fn an_unavailable_provider_is_reported_and_nothing_is_stored() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.ready_cart(&client, &note, 1).await;
    let away = json!({ "cart": cart, "provider": "test", "data": { "behavior": "unavailable", "on": "open" } });
    for _ in 0..5 {
        assert_eq!(client.user_error(OPEN, away.clone()).await["code"], "PAYMENT_UNAVAILABLE");
    }
    let calls = "SELECT count(*) FROM test_bank_calls";
    let before = shop.count(calls).await;
    assert_eq!(client.user_error(OPEN, away).await["code"], "PAYMENT_UNAVAILABLE");
    assert_eq!(shop.count(calls).await, before, "the circuit breaker is open after five failures");
    assert_eq!(shop.count("SELECT count(*) FROM payment_sessions").await, 0);
    client.data(OPEN, json!({ "cart": cart, "provider": "manual" })).await;
}

#[shop_test]
async fn malformed_sessions_are_rejected_with_a_path() {
    let shop = bank_shop().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.ready_cart(&client, &note, 1).await;
    let open = "mutation($cart: ID!, $provider: String!, $data: JSON, $url: String) {
        paymentSessionCreate(cartId: $cart, provider: $provider, data: $data, returnUrl: $url) { userErrors { code path } } }";
    let rejected = async |provider: &str, data: Value, url: Option<&str>| {
        let variables = json!({ "cart": cart, "provider": provider, "data": data, "url": url });
        let error = client.user_error(open, variables).await;
        (text(&error["code"]).to_owned(), error["path"][0].as_str().unwrap_or_default().to_owned())
    };
    let is = |code: &str, path: &str| (code.to_owned(), path.to_owned());
    assert_eq!(rejected("nobody", json!({}), None).await, is("NOT_FOUND", "provider"));
    assert_eq!(rejected("test", json!([1]), None).await, is("INVALID", "data"));
    assert_eq!(rejected("test", json!({ "a": "x".repeat(9_000) }), None).await, is("TOO_LONG", "data"));
    assert_eq!(rejected("test", json!({ "a": "\u{0}" }), None).await, is("INVALID_TEXT", "data"));
    assert_eq!(rejected("test", json!({}), Some("javascript:alert(1)")).await, is("INVALID", "returnUrl"));
    let customer = shop.customer().await;
    let cart = shop.ready_cart(&customer, &note, 1).await;
    let data = json!({ "paymentMethod": "pmeth_01m84q05c3e3jbvaxd7vc1mw18" });
    let error = customer.user_error(open, json!({ "cart": cart, "provider": "test", "data": data })).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("NOT_FOUND"), &json!(["data", "paymentMethod"])));
}

#[shop_test]
async fn only_staff_can_list_and_search_payments() {
    let shop = bank_shop().await;
    let staff = shop.staff().await;
    let first = place_order(&shop, "test", json!({})).await;
    let second = place_order(&shop, "manual", json!({})).await;
    let list = "query($filter: PaymentFilterInput! = {}, $query: String, $first: Int) {
        payments(filter: $filter, query: $query, first: $first) { totalCount nodes { id provider reference order { id } }
        pageInfo { hasNextPage endCursor } } }";
    let found = async |variables: Value| staff.data(list, variables).await["payments"].clone();
    let all = found(json!({ "first": 1 })).await;
    assert_eq!((&all["totalCount"], &all["nodes"][0]["order"]["id"]), (&json!(2), &json!(second)));
    let own = found(json!({ "filter": { "provider": "test", "capturable": true, "pending": false } })).await;
    assert_eq!((&own["totalCount"], &own["nodes"][0]["order"]["id"]), (&json!(1), &json!(first)));
    let named = found(json!({ "query": own["nodes"][0]["reference"] })).await;
    assert_eq!(named["nodes"][0]["id"], own["nodes"][0]["id"]);
    assert_eq!(found(json!({ "filter": { "orderId": second } })).await["totalCount"], 1);
    let one = "query($id: ID!) { payment(id: $id) { events { kind result source } } }";
    let seen = staff.data(one, json!({ "id": named["nodes"][0]["id"] })).await;
    assert_eq!(seen["payment"]["events"], json!([{ "kind": "AUTHORIZE", "result": "SUCCESS", "source": "API" }]));
}

#[shop_test]
async fn payment_methods_are_private_to_their_customer() {
    let shop = bank_shop().await;
    let (ada, bob) = (shop.customer().await, shop.customer().await);
    let save = "mutation($provider: String!) { paymentMethodSave(provider: $provider, token: \"tok_4242\") {
        paymentMethod { id brand last4 } userErrors { code path } } }";
    let delete = "mutation($id: ID!) { paymentMethodDelete(id: $id) { deletedId userErrors { code } } }";
    let own = "{ me { paymentMethods { id last4 } } }";
    let saved = ada.data(save, json!({ "provider": "test" })).await["paymentMethodSave"]["paymentMethod"].clone();
    assert_eq!(saved["last4"], "4242");
    let again = ada.data(save, json!({ "provider": "test" })).await["paymentMethodSave"]["paymentMethod"].clone();
    assert_eq!(again["id"], saved["id"], "the same one is saved once");
    assert_eq!(ada.user_error(save, json!({ "provider": "manual" })).await["code"], "INVALID");
    assert_eq!(shop.anonymous().top_level_error(save, json!({ "provider": "test" })).await, "UNAUTHENTICATED");
    assert_eq!(bob.user_error(delete, json!({ "id": saved["id"] })).await["code"], "NOT_FOUND");
    assert_eq!(bob.data(own, Value::Null).await["me"]["paymentMethods"], json!([]));
    ada.data(delete, json!({ "id": saved["id"] })).await;
    assert_eq!(ada.data(own, Value::Null).await["me"]["paymentMethods"], json!([]));
}

#[shop_test]
async fn the_test_bank_rejects_reused_idempotency_keys() {
    let shop = Shop::empty().await;
    let bank = TestBank::new(shop.url(), Secret::new(TestBank::SECRET));
    let euros = |amount: i64| Money::new(Decimal::from(amount), "EUR".parse().unwrap());
    let data = json!({});
    let open = Open { amount: euros(10), key: "k", customer: None, data: &data, return_url: None };
    let opened = bank.open(&open).await.expect("it opens");
    assert_eq!(bank.open(&open).await.expect("it opens once").reference, opened.reference);
    assert!(matches!(bank.open(&Open { amount: euros(11), ..open.clone() }).await, Err(ProviderError::Misuse(_))));
    let request = |amount: i64, key: &'static str| ProviderRequest {
        reference: &opened.reference,
        amount: euros(amount),
        key,
        operation_id: "",
        attempt: 1,
        data: &data,
        return_url: None,
    };
    assert!(
        matches!(bank.capture(&request(1, "c0")).await, Err(ProviderError::Declined(_))),
        "nothing is authorized yet"
    );
    bank.authorize(&request(10, "a")).await.expect("it is held");
    let first = bank.capture(&request(6, "c1")).await.expect("a capture");
    assert_eq!(bank.capture(&request(6, "c1")).await.expect("the same capture"), first);
    assert!(matches!(bank.capture(&request(5, "c1")).await, Err(ProviderError::Misuse(_))));
    assert!(matches!(bank.capture(&request(6, "c2")).await, Err(ProviderError::Declined(_))));
    assert!(matches!(bank.refund(&request(7, "r1")).await, Err(ProviderError::Declined(_))));
    bank.refund(&request(6, "r2")).await.expect("a refund");
    bank.void(&request(4, "v")).await.expect("the rest goes");
    let books =
        "SELECT count(*) FROM test_bank_charges WHERE authorized = 10 AND captured = 6 AND voided = 4 AND refunded = 6";
    assert_eq!(shop.count(books).await, 1);
}
