//! Stripe's flows against localstripe, which emulates its API. The tests install and start it.

use std::fs;
use std::net::TcpListener as Port;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use cartwright::config::{PaymentsConfig, Secret, StripeConfig};
use cartwright::http::server;
use cartwright_macros::shop_test;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::payments::{
    CAPTURE, COMPLETE, OPEN, REFUND, SESSION, VOID, balances, open_session, order_payments, place_order,
};
use crate::support::{Client, Shop, text};

/// The version of localstripe that the tests were written for.
const VERSION: &str = "localstripe==1.15.10";
/// Exits when its standard input is closed, that is, when the tests end for any reason. Stores nothing on disk.
const START: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from localstripe import resources
resources.Store.dump_to_disk = lambda self: None
from localstripe.server import start
start()
";
pub(crate) const KEY: &str = "sk_test_of_the_tests";

pub(crate) struct LocalStripe {
    pub(crate) base: String,
    /// Kept alive so that its standard input stays open until the tests end.
    _child: Mutex<Child>,
}

/// The localstripe instance of this run.
pub(crate) fn localstripe() -> &'static LocalStripe {
    static STRIPE: OnceLock<LocalStripe> = OnceLock::new();
    STRIPE.get_or_init(|| {
        let folder = install();
        let port = Port::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a free port").port();
        let mut command = Command::new("python3");
        command.args(["-c", START, "--port", &port.to_string(), "--from-scratch"]).env("PYTHONPATH", &folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("python3 starts");
        let stripe = LocalStripe { base: format!("http://127.0.0.1:{port}"), _child: Mutex::new(child) };
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return stripe;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("localstripe does not respond: try `PYTHONPATH={} python3 -m localstripe`", folder.display());
    })
}

/// The folder where localstripe is installed, once for all runs.
fn install() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(VERSION.replace("==", "-"));
    if folder.join("localstripe/server.py").exists() {
        return folder;
    }
    let draft = folder.with_extension(format!("{}.new", std::process::id()));
    let pip = Command::new("python3")
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--root-user-action=ignore",
            "--target",
        ])
        .arg(&draft)
        .arg(VERSION)
        .output();
    let done = pip.as_ref().is_ok_and(|output| output.status.success());
    let output_text =
        pip.map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(done, "the tests of Stripe need python3 with pip, to install {VERSION}: {output_text}");
    if fs::rename(&draft, &folder).is_err() {
        // Another run was faster.
        let _ = fs::remove_dir_all(&draft);
    }
    folder
}

/// Sends a request to localstripe, as a shopper's browser or the merchant would.
async fn post(path: &str, form: &[(&str, &str)]) -> Value {
    let request = reqwest::Client::new().post(format!("{}/{path}", localstripe().base));
    let response = request.bearer_auth(KEY).form(form).send().await.expect("a response of localstripe");
    serde_json::from_str(&response.text().await.expect("a text")).unwrap_or_default()
}

/// Creates a card, as the shopper's browser does, and returns its Stripe id.
pub(crate) async fn card(number: &str) -> String {
    let form = [
        ("type", "card"),
        ("card[number]", number),
        ("card[exp_month]", "12"),
        ("card[exp_year]", "2040"),
        ("card[cvc]", "123"),
    ];
    text(&post("v1/payment_methods", &form).await["id"]).to_owned()
}

async fn stripe_shop(automatic: bool) -> Shop {
    let stripe = StripeConfig {
        secret_key: Secret::new(KEY),
        webhook_secrets: vec![Secret::new("whsec_of_the_tests")],
        api_base: localstripe().base.clone(),
        automatic,
    };
    let config = PaymentsConfig { stripe: Some(stripe), test: None };
    Shop::demo_with(|builder| builder.payments(&config).expect("TLS")).await
}

/// Stripe's payment intent of an order.
async fn intent(staff: &Client, order: &str) -> Value {
    let reference = text(&order_payments(staff, order).await["payments"][0]["reference"]).to_owned();
    let request = reqwest::Client::new().get(format!("{}/v1/payment_intents/{reference}", localstripe().base));
    let response = request.bearer_auth(KEY).send().await.expect("a response of localstripe");
    serde_json::from_str(&response.text().await.expect("a text")).expect("JSON")
}

async fn payment_of(staff: &Client, order: &str) -> Value {
    order_payments(staff, order).await["payments"][0]["id"].clone()
}

#[shop_test]
async fn stripe_authorizes_captures_once_and_refunds_partially() {
    let shop = stripe_shop(false).await;
    let staff = shop.staff().await;
    let method = card("4242424242424242").await;
    let order = place_order(&shop, "stripe", json!({ "paymentMethod": method })).await;
    assert_eq!(balances(&order_payments(&staff, &order).await), json!({ "authorized": "19.40" }));
    let seen = intent(&staff, &order).await;
    assert_eq!(
        (&seen["status"], &seen["amount"], &seen["currency"]),
        (&json!("requires_capture"), &json!(1940), &json!("eur"))
    );
    let payment = payment_of(&staff, &order).await;
    staff.data(CAPTURE, json!({ "id": payment, "amount": "15.00" })).await;
    let state = order_payments(&staff, &order).await;
    let want = json!({ "authorized": "19.40", "captured": "15.00", "voided": "4.40" });
    assert_eq!(balances(&state), want, "Stripe lets go what is not captured at once");
    staff.data(REFUND, json!({ "order": order, "amount": "5.00" })).await;
    staff.data(REFUND, json!({ "order": order })).await;
    let error = staff.user_error(REFUND, json!({ "order": order, "amount": "0.01" })).await;
    assert_eq!(error["code"], "INVALID_AMOUNT");
    let state = order_payments(&staff, &order).await;
    let statuses: Vec<_> = state["refunds"].as_array().unwrap().iter().map(|row| text(&row["status"])).collect();
    assert_eq!((statuses, text(&state["paymentStatus"])), (vec!["SUCCEEDED", "SUCCEEDED"], "REFUNDED"));
}

#[shop_test]
async fn stripe_can_capture_automatically() {
    let shop = stripe_shop(true).await;
    let staff = shop.staff().await;
    let method = card("4242424242424242").await;
    let order = place_order(&shop, "stripe", json!({ "paymentMethod": method })).await;
    let state = order_payments(&staff, &order).await;
    assert_eq!(balances(&state), json!({ "authorized": "19.40", "captured": "19.40" }));
    assert_eq!((&state["paymentStatus"], &state["chargeStatus"]), (&json!("CAPTURED"), &json!("FULL")));
    assert_eq!(intent(&staff, &order).await["status"], "succeeded");
}

#[shop_test]
async fn stripe_payments_can_require_confirmation() {
    let shop = stripe_shop(false).await;
    let client = shop.anonymous();
    let method = card("4000002500003155").await;
    let (cart, session) = open_session(&shop, &client, "stripe", json!({ "paymentMethod": method })).await;
    let secret = text(&session["data"]["clientSecret"]).to_owned();
    assert_eq!(client.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"]["status"], "ACTION_REQUIRED");
    let seen = client.data(SESSION, json!({ "id": session["id"] })).await["paymentSession"]["action"].clone();
    assert_eq!(seen, json!({ "type": "sdk", "url": null, "clientSecret": secret }));
    let reference = secret.split("_secret_").next().expect("a reference");
    let form = [("client_secret", secret.as_str()), ("success", "true")];
    post(&format!("v1/payment_intents/{reference}/_authenticate"), &form).await;
    client.data(COMPLETE, json!({ "cart": cart })).await;
    // Another shopper cannot confirm.
    let method = card("4000002500003155").await;
    let (cart, session) = open_session(&shop, &client, "stripe", json!({ "paymentMethod": method })).await;
    client.data(COMPLETE, json!({ "cart": cart })).await;
    let secret = text(&session["data"]["clientSecret"]).to_owned();
    let reference = secret.split("_secret_").next().expect("a reference");
    let form = [("client_secret", secret.as_str()), ("success", "false")];
    post(&format!("v1/payment_intents/{reference}/_authenticate"), &form).await;
    let error = client.user_error(COMPLETE, json!({ "cart": cart })).await;
    assert_eq!(error["code"], "PAYMENT_DECLINED", "{error}");
}

#[shop_test]
async fn a_card_declined_by_stripe_can_be_replaced() {
    let shop = stripe_shop(false).await;
    let client = shop.anonymous();
    let bad = card("4000000000000341").await;
    let (cart, session) = open_session(&shop, &client, "stripe", json!({ "paymentMethod": bad })).await;
    let error = client.user_error(COMPLETE, json!({ "cart": cart })).await;
    assert_eq!((&error["code"], &error["details"]["reason"]), (&json!("PAYMENT_DECLINED"), &json!("card_declined")));
    let seen = client.data(SESSION, json!({ "id": session["id"] })).await["paymentSession"].clone();
    assert_eq!((&seen["status"], &seen["failure"]["code"]), (&json!("FAILED"), &json!("card_declined")));
    let good = card("4242424242424242").await;
    // The client can also specify the card later.
    let data = client.data(OPEN, json!({ "cart": cart, "provider": "stripe", "data": {} })).await;
    let id = data["paymentSessionCreate"]["paymentSession"]["id"].clone();
    let update =
        "mutation($id: ID!, $data: JSON!) { paymentSessionUpdate(id: $id, data: $data) { userErrors { code } } }";
    client.data(update, json!({ "id": id, "data": { "paymentMethod": good } })).await;
    client.data(COMPLETE, json!({ "cart": cart })).await;
    let nonsense = json!({ "cart": cart, "provider": "stripe", "data": { "paymentMethod": "../customers" } });
    let (cart, _) = open_session(&shop, &client, "stripe", json!({})).await;
    let error = client.user_error(OPEN, json!({ "cart": cart, "provider": "stripe", "data": nonsense["data"] })).await;
    assert_eq!(error["code"], "INVALID");
}

#[shop_test]
async fn stripe_authorizations_are_voided_and_canceled() {
    let shop = stripe_shop(false).await;
    let staff = shop.staff().await;
    let method = card("4242424242424242").await;
    let order = place_order(&shop, "stripe", json!({ "paymentMethod": method })).await;
    staff.data(VOID, json!({ "id": payment_of(&staff, &order).await })).await;
    assert_eq!(intent(&staff, &order).await["status"], "canceled");
    let state = order_payments(&staff, &order).await;
    assert_eq!(
        (balances(&state), text(&state["paymentStatus"])),
        (json!({ "authorized": "19.40", "voided": "19.40" }), "VOIDED")
    );
    let client = shop.anonymous();
    let (_, session) = open_session(&shop, &client, "stripe", json!({})).await;
    let cancel = "mutation($id: ID!) { paymentSessionCancel(id: $id) { userErrors { code } } }";
    client.data(cancel, json!({ "id": session["id"] })).await;
    shop.drain_runs().await;
    let secret = text(&session["data"]["clientSecret"]);
    let reference = secret.split("_secret_").next().expect("a reference");
    let request = reqwest::Client::new().get(format!("{}/v1/payment_intents/{reference}", localstripe().base));
    let response =
        request.bearer_auth(KEY).send().await.expect("a response of localstripe").text().await.expect("a text");
    assert!(response.contains("\"canceled\""), "{response}");
}

#[shop_test]
async fn stripe_saves_a_customers_card() {
    let shop = stripe_shop(false).await;
    let (customer, token) = (shop.customer().await, card("4242424242424242").await);
    let save = "mutation($token: String!) { paymentMethodSave(provider: \"stripe\", token: $token) {
        paymentMethod { id brand last4 expires } userErrors { code details } } }";
    let saved = customer.data(save, json!({ "token": token })).await["paymentMethodSave"]["paymentMethod"].clone();
    let shown = (text(&saved["brand"]), text(&saved["last4"]), text(&saved["expires"]));
    assert_eq!(shown, ("visa", "4242", "2040-12"));
    let (cart, session) = open_session(&shop, &customer, "stripe", json!({ "paymentMethod": saved["id"] })).await;
    assert_eq!(session["data"]["paymentMethod"], json!(token));
    customer.data(COMPLETE, json!({ "cart": cart })).await;
    let declined = card("4000000000000002").await;
    assert_eq!(customer.user_error(save, json!({ "token": declined })).await["code"], "PAYMENT_DECLINED");
    let delete = "mutation($id: ID!) { paymentMethodDelete(id: $id) { deletedId userErrors { code } } }";
    customer.data(delete, json!({ "id": saved["id"] })).await;
    assert_eq!(customer.data("{ me { paymentMethods { id } } }", Value::Null).await["me"]["paymentMethods"], json!([]));
}

#[shop_test]
async fn stripe_sends_webhooks() {
    let shop = stripe_shop(true).await;
    let (client, staff) = (shop.anonymous(), shop.staff().await);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hooks/payments/stripe", listener.local_addr().expect("an address"));
    let stop = CancellationToken::new();
    let serving = tokio::spawn(server::serve(listener, shop.router(), stop.clone(), Duration::from_secs(1)));
    let hook = json!({ "url": url, "secret": "whsec_of_the_tests" });
    let config = format!("{}/_config/webhooks/{}", localstripe().base, uuid::Uuid::new_v4().simple());
    reqwest::Client::new().post(config).json(&hook).send().await.expect("a response of localstripe");
    // The shopper's browser confirms; our side does not query the result.
    let (cart, session) = open_session(&shop, &client, "stripe", json!({})).await;
    let secret = text(&session["data"]["clientSecret"]).to_owned();
    let reference = secret.split("_secret_").next().expect("a reference");
    let method = card("4242424242424242").await;
    post(&format!("v1/payment_intents/{reference}"), &[("payment_method", &method)]).await;
    post(&format!("v1/payment_intents/{reference}/confirm"), &[]).await;
    let mut status = Value::Null;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        status = client.data(SESSION, json!({ "id": session["id"] })).await["paymentSession"]["status"].clone();
        if status == "COMPLETED" {
            break;
        }
    }
    assert_eq!(status, "COMPLETED", "the cart became an order without a call of cartComplete");
    let done = client.data(COMPLETE, json!({ "cart": cart })).await;
    let state = order_payments(&staff, text(&done["cartComplete"]["order"]["id"])).await;
    assert_eq!(balances(&state), json!({ "authorized": "19.40", "captured": "19.40" }));
    assert_eq!(state["payments"][0]["events"][0]["source"], "WEBHOOK");
    stop.cancel();
    serving.await.expect("no panic").expect("it ends in order");
}
