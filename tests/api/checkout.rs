//! Checkout: orders are placed exactly once, never oversell, and never charge a price that the shopper has not seen.

use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Shop, text};

pub(crate) const COMPLETE: &str = "mutation($cart: ID!, $accept: Boolean! = false) {
    cartComplete(cartId: $cart, acceptPriceChanges: $accept) {
        order { id number total { gross { amount } } } guestToken userErrors { code message path details } } }";
const CREATE_SESSION: &str = "mutation($cart: ID!) {
    paymentSessionCreate(cartId: $cart) { paymentSession { id status amount { amount } } userErrors { code details } } }";
/// Raises the price of a notebook from 14.50 to 16.50.
const RAISE_PRICE: &str = "mutation($variant: ID!) {
    variantPricesSet(rows: [{ variantId: $variant, currencyCode: EUR, amount: \"16.50\" }]) { userErrors { code } } }";

/// Invariants that must always hold: each query counts violations.
const INVARIANTS: [(&str, &str); 6] = [
    (
        "levels that are not the sum of their movements",
        "SELECT count(*) FROM stock_levels l CROSS JOIN LATERAL (
        SELECT coalesce(sum(m.stocked_delta), 0) AS stocked, coalesce(sum(m.reserved_delta), 0) AS reserved
        FROM stock_movements m WHERE m.item_id = l.item_id AND m.location_id = l.location_id) m
        WHERE (l.stocked, l.reserved) IS DISTINCT FROM (m.stocked, m.reserved)",
    ),
    (
        "levels that do not match their reservations",
        "SELECT count(*) FROM stock_levels l WHERE l.reserved <> (SELECT coalesce(sum(r.quantity), 0)
        FROM stock_reservations r WHERE r.kind = 'ORDER' AND r.item_id = l.item_id AND r.location_id = l.location_id)",
    ),
    (
        "orders whose totals are not the sum of their lines",
        "SELECT count(*) FROM orders o CROSS JOIN LATERAL
        (SELECT sum(l.net) AS net, sum(l.tax) AS tax FROM order_lines l WHERE l.order_id = o.id) l
        WHERE (o.subtotal_net, o.subtotal_tax) IS DISTINCT FROM (l.net, l.tax)",
    ),
    (
        "placed orders without a payment of their total",
        "SELECT count(*) FROM orders o WHERE o.total_gross > 0 AND o.total_gross <>
        (SELECT coalesce(sum(p.authorized), 0) FROM payments p WHERE p.order_id = o.id)",
    ),
    (
        "carts and orders that do not reference each other",
        "SELECT count(*) FROM orders o FULL JOIN (SELECT * FROM carts WHERE order_id IS NOT NULL) c ON c.id = o.cart_id
        WHERE o.id IS DISTINCT FROM c.order_id",
    ),
    (
        "completed sessions without an order, or orders without a completed session",
        "SELECT count(*) FROM payment_sessions s LEFT JOIN payments p ON p.session_id = s.id
        WHERE (s.status = 'COMPLETED') <> (p.order_id IS NOT NULL)",
    ),
];

pub(crate) async fn assert_invariants(shop: &Shop) {
    for (wrong, sql) in INVARIANTS {
        assert_eq!(shop.count(sql).await, 0, "{wrong}");
    }
}

#[shop_test]
async fn a_guest_can_see_the_order_only_with_its_token() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (order, token) = shop.order(&client, &note, 2).await;
    let query = "query($id: ID!, $token: String) { order(id: $id, guestToken: $token) { number status paymentStatus
        fulfillmentStatus email shippingAddress { city } lines { productTitle variantTitle sku quantity imageUrl
        unitPrice { amount } total { gross { amount } } } total { gross { amount } } } }";
    let seen = client.data(query, json!({ "id": order, "token": token })).await["order"].clone();
    assert_eq!(seen["total"]["gross"]["amount"], "33.90");
    assert_eq!((&seen["paymentStatus"], &seen["fulfillmentStatus"]), (&json!("AUTHORIZED"), &json!("UNFULFILLED")));
    assert_eq!(seen["lines"][0]["sku"], "NOTE-A5-DOT");
    let stranger = shop.customer().await;
    let (other, other_token) = shop.order(&client, &note, 1).await;
    assert_ne!(other, order);
    for wrong in [Value::Null, json!("x.y.z"), json!(other_token), json!(token.replace('.', ","))] {
        assert_eq!(stranger.data(query, json!({ "id": order, "token": wrong })).await["order"], Value::Null);
    }
    assert_eq!(shop.stock(&note).await, (200, 3));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn d1_fifty_concurrent_completions_of_a_cart_create_one_order() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let cart = shop.paid_cart(&client, &note, 3).await;
    let tries = (0..50).map(|_| {
        let (client, cart) = (client.clone(), cart.clone());
        tokio::spawn(async move { client.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"].clone() })
    });
    let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
    assert!(responses.iter().all(|response| response == &responses[0]), "all responses have the same order and token");
    assert_eq!(shop.count("SELECT count(*) FROM orders").await, 1);
    assert_eq!(shop.count("SELECT count(*) FROM events WHERE kind = 'order_placed'").await, 1);
    assert_eq!(shop.stock(&note).await, (200, 3));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn e2_a_hundred_shoppers_competing_for_ten_units_place_ten_orders() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 10).await;
    let mut carts = Vec::new();
    for _ in 0..100 {
        carts.push(shop.paid_cart(&client, &note, 1).await);
    }
    let tries = carts.into_iter().map(|cart| {
        let client = client.clone();
        tokio::spawn(async move {
            client.execute(COMPLETE, json!({ "cart": cart })).await.body["data"]["cartComplete"].clone()
        })
    });
    let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
    let (won, lost): (Vec<_>, Vec<_>) = responses.into_iter().partition(|response| response["order"].is_object());
    assert_eq!((won.len(), lost.len()), (10, 90));
    for response in lost {
        let error = &response["userErrors"][0];
        assert_eq!((&error["code"], &error["details"]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(0)));
    }
    let mut numbers: Vec<_> = won.iter().map(|response| response["order"]["number"].as_i64()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 10, "G13: numbers are unique");
    assert_eq!(shop.stock(&note).await, (10, 10));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn e4_an_order_that_no_single_location_can_fulfill_is_split() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let locations = staff.data("{ stockLocations { id } }", Value::Null).await["stockLocations"].clone();
    let rows = json!([{ "variantId": note, "locationId": locations[0]["id"], "quantity": 3 },
                      { "variantId": note, "locationId": locations[1]["id"], "quantity": 4 }]);
    staff
        .data(
            "mutation($rows: [StockRowInput!]!) { stockSet(rows: $rows) { userErrors { code } } }",
            json!({ "rows": rows }),
        )
        .await;
    shop.order(&client, &note, 5).await;
    let query =
        "query($id: ID!) { variant(by: {id: $id}) { quantityAvailable stockLevels { reserved location { id } } } }";
    let variant = staff.data(query, json!({ "id": note })).await["variant"].clone();
    assert_eq!(variant["quantityAvailable"], 2);
    let mut reserved: Vec<_> =
        variant["stockLevels"].as_array().unwrap().iter().map(|level| level["reserved"].as_i64().unwrap()).collect();
    reserved.sort_unstable();
    assert_eq!(reserved, [2, 3]);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn d2_d3_a_changed_total_requires_a_new_payment_session() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let cart = shop.ready_cart(&client, &note, 1).await;
    assert_eq!(client.user_error(COMPLETE, json!({ "cart": cart })).await["code"], "PAYMENT_REQUIRED");
    client.data(CREATE_SESSION, json!({ "cart": cart })).await;
    let add = "mutation($cart: ID!, $variant: ID!) {
        cartLinesAdd(cartId: $cart, lines: [{ variantId: $variant }]) { userErrors { code } } }";
    client.data(add, json!({ "cart": cart, "variant": note })).await;
    let error = client.user_error(COMPLETE, json!({ "cart": cart })).await;
    assert_eq!(error["code"], "AMOUNT_MISMATCH");
    assert_eq!(error["details"], json!({ "promised": "19.40", "amountDue": "33.90" }));
    client.data(CREATE_SESSION, json!({ "cart": cart })).await;
    client.data(COMPLETE, json!({ "cart": cart })).await;
    assert_eq!(shop.count("SELECT count(*) FROM payment_sessions WHERE status = 'CANCELED'").await, 1);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn d6_a_total_of_zero_needs_no_payment() {
    let shop = Shop::demo().await;
    let (client, staff, gift) = (shop.anonymous(), shop.staff().await, shop.variant_of("gift-wrapping").await);
    let free = "mutation($variant: ID!) {
        variantPricesSet(rows: [{ variantId: $variant, currencyCode: EUR, amount: \"0\" }]) { userErrors { code message } } }";
    staff.data(free, json!({ "variant": gift })).await;
    let create = "mutation($variant: ID!) { cartCreate(input: { email: \"ada@example.com\", lines: [{ variantId: $variant }] }) {
        cart { id problems { code path } } userErrors { code message } } }";
    let data = client.data(create, json!({ "variant": gift })).await;
    let cart = &data["cartCreate"]["cart"];
    assert_eq!(cart["problems"], json!([]), "an order without shipping needs no address");
    assert_eq!(client.user_error(CREATE_SESSION, json!({ "cart": cart["id"] })).await["code"], "INVALID_STATE");
    let done = client.data(COMPLETE, json!({ "cart": cart["id"] })).await["cartComplete"].clone();
    assert_eq!(done["order"]["total"]["gross"]["amount"], "0.00");
    let status =
        "query($id: ID!, $token: String) { order(id: $id, guestToken: $token) { paymentStatus payments { id } } }";
    let order =
        client.data(status, json!({ "id": done["order"]["id"], "token": done["guestToken"] })).await["order"].clone();
    assert_eq!(order, json!({ "paymentStatus": "NOT_REQUIRED", "payments": [] }));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn d13_a_completed_cart_cannot_be_changed() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let cart = shop.paid_cart(&client, &note, 1).await;
    let order = client.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    let state = "query($id: ID!) { cart(id: $id) { version orderId totalQuantity email } }";
    let before = client.data(state, json!({ "id": cart })).await;
    assert_eq!(before["cart"]["orderId"], order);
    let line = "{ lineId: \"line_00000000000000000000000000\", quantity: 2 }";
    let changes = [
        format!("cartLinesAdd(cartId: $cart, lines: [{{ variantId: \"{note}\" }}])"),
        format!("cartLinesUpdate(cartId: $cart, lines: [{line}])"),
        "cartLinesRemove(cartId: $cart, lineIds: [])".to_owned(),
        "cartUpdate(cartId: $cart, input: { note: \"x\" })".to_owned(),
        "cartAddressesSet(cartId: $cart, input: {})".to_owned(),
        "cartShippingSelect(cartId: $cart, shippingOptionId: \"ship_00000000000000000000000000\")".to_owned(),
        "cartRefresh(cartId: $cart)".to_owned(),
        "cartDelete(cartId: $cart)".to_owned(),
        "paymentSessionCreate(cartId: $cart)".to_owned(),
    ];
    for change in changes {
        let mutation = format!("mutation($cart: ID!) {{ {change} {{ userErrors {{ code details }} }} }}");
        let error = client.user_error(&mutation, json!({ "cart": cart })).await;
        assert_eq!((&error["code"], &error["details"]["orderId"]), (&json!("CART_COMPLETED"), &order), "{change}");
    }
    assert_eq!(client.data(state, json!({ "id": cart })).await, before);
}

#[shop_test]
async fn d14_a_price_increase_is_reported_before_it_is_charged() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let cart = shop.paid_cart(&client, &note, 1).await;
    staff.data(RAISE_PRICE, json!({ "variant": note })).await;
    let error = client.user_error(COMPLETE, json!({ "cart": cart })).await;
    assert_eq!((&error["code"], &error["details"]["now"]), (&json!("PRICE_CHANGED"), &json!("21.40")));
    let total =
        client.data("query($id: ID!) { cart(id: $id) { total { gross { amount } } } }", json!({ "id": cart })).await;
    assert_eq!(total["cart"]["total"]["gross"]["amount"], "21.40", "the cart shows the new total");
    assert_eq!(client.user_error(COMPLETE, json!({ "cart": cart })).await["code"], "AMOUNT_MISMATCH");
    assert_eq!(client.user_error(COMPLETE, json!({ "cart": cart })).await["code"], "PAYMENT_REQUIRED");
    client.data(CREATE_SESSION, json!({ "cart": cart })).await;
    let unpublish = "mutation($id: ID!) { productUnpublish(ids: [$id]) { userErrors { code } } }";
    let product =
        client.data("query($id: ID!) { variant(by: {id: $id}) { product { id } } }", json!({ "id": note })).await;
    let product = &product["variant"]["product"]["id"];
    staff.data(unpublish, json!({ "id": product })).await;
    assert_eq!(client.user_error(COMPLETE, json!({ "cart": cart })).await["code"], "NOT_PURCHASABLE");
    let publish = "mutation($id: ID!) { productPublish(ids: [$id]) { userErrors { code } } }";
    staff.data(publish, json!({ "id": product })).await;
    client
        .data("mutation($cart: ID!) { cartRefresh(cartId: $cart) { userErrors { code } } }", json!({ "cart": cart }))
        .await;
    client.data(COMPLETE, json!({ "cart": cart })).await;
    assert_invariants(&shop).await;
}

#[shop_test]
async fn d14_a_shopper_who_accepts_price_changes_pays_the_new_price() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let cart = shop.paid_cart(&client, &note, 1).await;
    staff.data(RAISE_PRICE, json!({ "variant": note })).await;
    let accepting = json!({ "cart": cart, "accept": true });
    assert_eq!(client.user_error(COMPLETE, accepting.clone()).await["code"], "AMOUNT_MISMATCH");
    let query = "query($id: ID!) { cart(id: $id) { total { gross { amount } } paymentSession { status } } }";
    let seen = client.data(query, json!({ "id": cart })).await["cart"].clone();
    assert_eq!(
        seen,
        json!({ "total": { "gross": { "amount": "21.40" } }, "paymentSession": { "status": "CANCELED" } })
    );
    client.data(CREATE_SESSION, json!({ "cart": cart })).await;
    let placed = client.data(COMPLETE, accepting).await["cartComplete"]["order"].clone();
    assert_eq!(placed["total"]["gross"]["amount"], "21.40");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn g13_a_hundred_concurrent_orders_have_unique_numbers() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let mut carts = Vec::new();
    for _ in 0..100 {
        carts.push(shop.paid_cart(&client, &note, 1).await);
    }
    let tries = carts.into_iter().map(|cart| {
        let client = client.clone();
        tokio::spawn(
            async move { client.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"]["order"].clone() },
        )
    });
    let orders = futures_util::future::try_join_all(tries).await.expect("no panic");
    let numbers: std::collections::BTreeSet<_> = orders.iter().map(|order| order["number"].as_i64()).collect();
    assert_eq!((numbers.len(), numbers.contains(&None)), (100, false));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn an_incomplete_cart_reports_what_is_missing() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let create = "mutation { cartCreate { cart { id } userErrors { code } } }";
    let cart = client.data(create, Value::Null).await["cartCreate"]["cart"]["id"].clone();
    let response = client.execute(COMPLETE, json!({ "cart": cart })).await;
    let errors = response.body["data"]["cartComplete"]["userErrors"].clone();
    let paths: Vec<_> = errors.as_array().unwrap().iter().map(|error| text(&error["path"][0]).to_owned()).collect();
    assert_eq!(paths, ["lines", "email"]);
    assert!(errors.as_array().unwrap().iter().all(|error| error["code"] == "CART_INCOMPLETE"));
}

#[shop_test]
async fn backorders_exceed_stock_and_untracked_variants_are_always_available() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let secateurs = shop.variant_of("secateurs").await;
    shop.order(&client, &secateurs, 3).await;
    assert_eq!(shop.stock(&secateurs).await, (0, 3));
    let wrapping = shop.variant_of("gift-wrapping").await;
    let query = "query($id: ID!) { variant(by: {id: $id}) { availableForSale quantityAvailable tracksInventory } }";
    let variant = client.data(query, json!({ "id": wrapping })).await["variant"].clone();
    assert_eq!(variant, json!({ "availableForSale": true, "quantityAvailable": null, "tracksInventory": false }));
    assert_invariants(&shop).await;
}

#[shop_test]
async fn the_order_of_a_cart_is_shown_only_to_the_customer_who_completed_it() {
    let shop = Shop::demo().await;
    let (guest, ada, note) = (shop.anonymous(), shop.customer().await, shop.variant("NOTE-A5-DOT").await);
    let cart = shop.paid_cart(&guest, &note, 1).await;
    let order = ada.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    assert_eq!(guest.user_error(COMPLETE, json!({ "cart": cart })).await["code"], "NOT_FOUND");
    assert_eq!(ada.data(COMPLETE, json!({ "cart": cart })).await["cartComplete"]["order"]["id"], order);
    let mine = ada.data("{ me { orders { nodes { id } } } }", Value::Null).await;
    assert_eq!(mine["me"]["orders"]["nodes"], json!([{ "id": order }]));
}

#[shop_test]
async fn d3_sessions_of_completed_and_deleted_carts_are_closed() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let cart = shop.paid_cart(&client, &note, 1).await;
    let tries = (0..20).map(|number| {
        let (client, cart) = (client.clone(), cart.clone());
        let operation = if number % 4 == 3 { COMPLETE } else { CREATE_SESSION };
        tokio::spawn(async move { client.execute(operation, json!({ "cart": cart })).await })
    });
    futures_util::future::try_join_all(tries).await.expect("no panic");
    client.data(COMPLETE, json!({ "cart": cart })).await;
    let cart = shop.paid_cart(&client, &note, 1).await;
    let delete = "mutation($cart: ID!) { cartDelete(cartId: $cart) { deletedId userErrors { code } } }";
    client.data(delete, json!({ "cart": cart })).await;
    assert_eq!(shop.count("SELECT count(*) FROM payment_sessions WHERE status = 'AUTHORIZED'").await, 0);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn a_deadlock_is_retried() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let cart = shop.paid_cart(&client, &note, 1).await;
    let (mut other, connection) =
        tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    // Locks in the order in which deleting the product does: first the variant, then its stock.
    let tx = other.transaction().await.expect("a transaction");
    tx.batch_execute("SELECT FROM variants WHERE sku = 'NOTE-A5-DOT' FOR UPDATE").await.expect("a lock");
    let completing = tokio::spawn({
        let (client, cart) = (client.clone(), cart.clone());
        async move { client.data(COMPLETE, json!({ "cart": cart })).await }
    });
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while shop.count(waiting).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let level =
        "SELECT FROM stock_levels l JOIN variants v ON v.id = l.item_id WHERE v.sku = 'NOTE-A5-DOT' FOR UPDATE OF l";
    tx.batch_execute(level).await.expect("the shopper's transaction is canceled");
    tx.rollback().await.expect("a rollback");
    let done = completing.await.expect("no panic");
    assert!(done["cartComplete"]["order"]["id"].is_string(), "{done}");
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    for _ in 0..100 {
        if shop.count(deadlocks).await == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(shop.count(deadlocks).await, 1, "a deadlock occurred");
    assert_invariants(&shop).await;
}
