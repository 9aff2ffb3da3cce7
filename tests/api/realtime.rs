//! Subscriptions over graphql-transport-ws: changes by any process are pushed.

use std::time::Duration;

use cartwright::http::server;
use cartwright_macros::shop_test;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, http::HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

use crate::support::Shop;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The timeout of a push. Far longer than a push takes; only one that never arrives fails.
const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

async fn connect(router: axum::Router, token: Option<&str>) -> Socket {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(server::serve(listener, router, CancellationToken::new(), Duration::from_secs(1)));
    let mut request = format!("ws://{address}/graphql").into_client_request().expect("a request");
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("a socket");
    let payload = token.map(|token| json!({ "Authorization": format!("Bearer {token}") }));
    send(&mut socket, json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(receive(&mut socket).await["type"], "connection_ack");
    socket
}

async fn send(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.expect("a message is sent");
}

async fn receive(socket: &mut Socket) -> Value {
    loop {
        let message =
            tokio::time::timeout(WAIT_TIMEOUT, socket.next()).await.expect("a message in time").expect("open");
        if let Message::Text(text) = message.expect("a message") {
            return serde_json::from_str(&text).expect("JSON");
        }
    }
}

async fn subscribe(socket: &mut Socket, query: &str, variables: Value) {
    send(socket, json!({ "id": "1", "type": "subscribe", "payload": { "query": query, "variables": variables } }))
        .await;
}

/// The next response of the subscription.
async fn next(socket: &mut Socket) -> Value {
    let message = receive(socket).await;
    assert_eq!(message["type"], "next", "{message}");
    message["payload"]["data"].clone()
}

/// The first response that matches. Events from before the subscription may still be in flight, so a response can
/// arrive twice.
async fn receive_until(socket: &mut Socket, holds: impl Fn(&Value) -> bool) -> Value {
    loop {
        let data = next(socket).await;
        if holds(&data) {
            return data;
        }
    }
}

/// Waits until the shop listens for events, so that the first push is not missed.
async fn wait_until_listening(shop: &Shop) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    while shop.count(sql).await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[shop_test]
async fn a_shopper_receives_each_change_of_the_cart_and_the_order() {
    let mut shop = Shop::demo().await;
    shop.start_worker();
    wait_until_listening(&shop).await;
    // The shopper's changes are made by another process: its own pool, bus and schema on the same database.
    let other = shop.another_process();
    let (client, note) = (other.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let cart = shop.paid_cart(&client, &note, 1).await;

    let mut socket = connect(shop.router(), None).await;
    let query = "subscription($id: ID!) { cartUpdated(cartId: $id) { note totalQuantity orderId lines { variant { title } } } }";
    subscribe(&mut socket, query, json!({ "id": cart })).await;
    assert_eq!(next(&mut socket).await["cartUpdated"]["totalQuantity"], 1, "the current cart is sent first");
    let note_it =
        "mutation($cart: ID!) { cartUpdate(cartId: $cart, input: { note: \"Please ring\" }) { userErrors { code } } }";
    client.data(note_it, json!({ "cart": cart })).await;
    let noted = receive_until(&mut socket, |data| data["cartUpdated"]["note"] == "Please ring").await;
    assert_eq!(noted["cartUpdated"]["lines"][0]["variant"]["title"], "A5 / Dotted");
    let complete =
        "mutation($cart: ID!) { cartComplete(cartId: $cart) { order { id } guestToken userErrors { code } } }";
    let done = client.data(complete, json!({ "cart": cart })).await["cartComplete"].clone();
    receive_until(&mut socket, |data| data["cartUpdated"]["orderId"] == done["order"]["id"]).await;

    send(&mut socket, json!({ "id": "1", "type": "complete" })).await;
    let mut socket = connect(shop.router(), None).await;
    let query =
        "subscription($id: ID!, $token: String) { orderUpdated(id: $id, guestToken: $token) { fulfillmentStatus } }";
    subscribe(&mut socket, query, json!({ "id": done["order"]["id"], "token": done["guestToken"] })).await;
    assert_eq!(next(&mut socket).await["orderUpdated"]["fulfillmentStatus"], "UNFULFILLED");
    let send_it = "mutation($id: ID!) { fulfillmentCreate(orderId: $id) { userErrors { code } } }";
    shop.staff().await.data(send_it, json!({ "id": done["order"]["id"] })).await;
    receive_until(&mut socket, |data| data["orderUpdated"]["fulfillmentStatus"] == "FULFILLED").await;
}

#[shop_test]
async fn a_cart_subscription_ends_when_the_cart_is_deleted() {
    let mut shop = Shop::demo().await;
    shop.start_worker();
    wait_until_listening(&shop).await;
    let client = shop.anonymous();
    let cart = shop.ready_cart(&client, &shop.variant("NOTE-A5-DOT").await, 1).await;
    let mut socket = connect(shop.router(), None).await;
    subscribe(&mut socket, "subscription($id: ID!) { cartUpdated(cartId: $id) { version } }", json!({ "id": cart }))
        .await;
    assert!(next(&mut socket).await["cartUpdated"]["version"].is_i64());
    let delete = "mutation($id: ID!) { cartDelete(cartId: $id) { deletedId userErrors { code } } }";
    client.data(delete, json!({ "id": cart })).await;
    loop {
        let message = receive(&mut socket).await;
        if message["type"] == "complete" {
            break;
        }
        // A push of an event from before the deletion.
        assert_eq!(message["type"], "next", "{message}");
    }
}

#[shop_test]
async fn subscriptions_require_access() {
    let shop = Shop::demo().await;
    let ada = shop.customer().await;
    let cart = shop.ready_cart(&ada, &shop.variant("NOTE-A5-DOT").await, 1).await;
    let query = "subscription($id: ID!) { cartUpdated(cartId: $id) { version } }";
    let shop_token = shop.customer().await;
    for token in [None, shop_token.token()] {
        let mut socket = connect(shop.router(), token).await;
        subscribe(&mut socket, query, json!({ "id": cart })).await;
        let message = receive(&mut socket).await;
        let errors = if message["type"] == "error" { &message["payload"] } else { &message["payload"]["errors"] };
        assert_eq!(errors[0]["extensions"]["code"], "NOT_FOUND", "{message}");
    }
    let mut socket = connect(shop.router(), ada.token()).await;
    subscribe(&mut socket, query, json!({ "id": cart })).await;
    assert!(next(&mut socket).await["cartUpdated"]["version"].is_i64());
}

#[shop_test]
async fn idle_subscriptions_hold_no_database_connection() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let cart = shop.ready_cart(&client, &shop.variant("NOTE-A5-DOT").await, 1).await;
    let query = "subscription($id: ID!) { cartUpdated(cartId: $id) { version lines { variant { title } } } }";
    let mut sockets = Vec::new();
    for _ in 0..20 {
        let mut socket = connect(shop.router(), None).await;
        subscribe(&mut socket, query, json!({ "id": cart })).await;
        next(&mut socket).await;
        sockets.push(socket);
    }
    let read = "query($id: ID!) { cart(id: $id) { version } }";
    assert!(client.data(read, json!({ "id": cart })).await["cart"].is_object(), "the pool is idle");
}
