//! What staff do with orders.

use serde_json::{Value, json};

use crate::support::{Shop, text};

const ORDER: &str = "query($id: ID!) { order(id: $id) { status paymentStatus fulfillmentStatus cancelReason
    lines { id quantity fulfilledQuantity } payments { id authorized { amount } captured { amount } voided { amount }
    refunded { amount } } fulfillments { trackingNumber lines { quantity } } } }";
const FULFILL: &str = "mutation($id: ID!, $lines: [FulfillmentLineInput!]! = []) {
    fulfillmentCreate(orderId: $id, lines: $lines, tracking: { number: \"TRACK-1\" }) {
        fulfillment { id } userErrors { code message details } } }";
const CAPTURE: &str = "mutation($id: ID!, $amount: Decimal) {
    paymentCapture(id: $id, amount: $amount) { payment { captured { amount } } userErrors { code message details } } }";
const CANCEL: &str = "mutation($id: ID!) {
    orderCancel(id: $id, reason: \"changed my mind\") { order { status } userErrors { code message details } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g1_e9_units_are_sent_once_and_leave_the_shelf() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 5).await;
    let line = staff.ok(ORDER, json!({ "id": order })).await["order"]["lines"][0]["id"].clone();
    let part = |quantity: i32| json!({ "id": order, "lines": [{ "lineId": line, "quantity": quantity }] });
    staff.ok(FULFILL, part(3)).await;
    assert_eq!(shop.stock(&note).await, (197, 2));
    let error = staff.refused(FULFILL, part(3)).await;
    assert_eq!((&error["code"], &error["details"]["left"]), (&json!("INVALID_QUANTITY"), &json!(2)));
    let state = staff.ok(ORDER, json!({ "id": order })).await["order"].clone();
    assert_eq!(
        (&state["fulfillmentStatus"], &state["lines"][0]["fulfilledQuantity"]),
        (&json!("PARTIALLY_FULFILLED"), &json!(3))
    );
    staff.ok(FULFILL, json!({ "id": order })).await;
    assert_eq!(shop.stock(&note).await, (195, 0));
    let state = staff.ok(ORDER, json!({ "id": order })).await["order"].clone();
    assert_eq!(state["fulfillmentStatus"], "FULFILLED");
    assert_eq!(state["fulfillments"][1], json!({ "trackingNumber": "TRACK-1", "lines": [{ "quantity": 2 }] }));
    assert_eq!(staff.refused(FULFILL, json!({ "id": order })).await["code"], "INVALID_STATE");
    assert_eq!(staff.refused(CANCEL, json!({ "id": order })).await["code"], "INVALID_STATE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e9_what_is_not_on_the_shelf_cannot_be_sent() {
    let shop = Shop::demo().await;
    let (staff, secateurs) = (shop.staff().await, shop.variant_of("secateurs").await);
    let (order, _) = shop.order(&shop.anonymous(), &secateurs, 2).await;
    assert_eq!(staff.refused(FULFILL, json!({ "id": order })).await["code"], "INSUFFICIENT_STOCK");
    assert_eq!(shop.stock(&secateurs).await, (0, 2), "nothing has changed");
    shop.set_stock(&secateurs, 2).await;
    staff.ok(FULFILL, json!({ "id": order })).await;
    assert_eq!(shop.stock(&secateurs).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_no_more_is_captured_than_was_promised_even_by_many_at_once() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 2).await;
    let payment = staff.ok(ORDER, json!({ "id": order })).await["order"]["payments"][0]["id"].clone();
    for bad in ["33.91", "0", "-1", "1.005"] {
        let error = staff.refused(CAPTURE, json!({ "id": payment, "amount": bad })).await;
        assert_eq!(error["code"], "INVALID_AMOUNT", "{bad}");
    }
    let tries = (0..10).map(|_| {
        let (staff, payment) = (staff.clone(), payment.clone());
        tokio::spawn(async move {
            staff.run(CAPTURE, json!({ "id": payment, "amount": "20.00" })).await.body["data"]["paymentCapture"].clone()
        })
    });
    let answers = futures_util::future::try_join_all(tries).await.expect("no panic");
    assert_eq!(answers.iter().filter(|answer| answer["payment"].is_object()).count(), 1);
    assert_eq!(staff.ok(ORDER, json!({ "id": order })).await["order"]["paymentStatus"], "PARTIALLY_CAPTURED");
    staff.ok(CAPTURE, json!({ "id": payment })).await;
    let state = staff.ok(ORDER, json!({ "id": order })).await["order"].clone();
    assert_eq!(
        (&state["paymentStatus"], &state["payments"][0]["captured"]["amount"]),
        (&json!("CAPTURED"), &json!("33.90"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g10_a_cancelled_order_gives_back_stock_and_money_once() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 2).await;
    let payment = staff.ok(ORDER, json!({ "id": order })).await["order"]["payments"][0]["id"].clone();
    staff.ok(CAPTURE, json!({ "id": payment, "amount": "10.00" })).await;
    let tries = (0..5).map(|_| {
        let (staff, order) = (staff.clone(), order.clone());
        tokio::spawn(async move { staff.run(CANCEL, json!({ "id": order })).await.body["data"]["orderCancel"].clone() })
    });
    let answers = futures_util::future::try_join_all(tries).await.expect("no panic");
    assert_eq!(answers.iter().filter(|answer| answer["order"].is_object()).count(), 1);
    let state = staff.ok(ORDER, json!({ "id": order })).await["order"].clone();
    assert_eq!((&state["status"], &state["cancelReason"]), (&json!("CANCELLED"), &json!("changed my mind")));
    let money = &state["payments"][0];
    assert_eq!(
        (text(&money["voided"]["amount"]), text(&money["refunded"]["amount"])),
        ("23.90", "10.00"),
        "what was held is let go, what was taken is given back"
    );
    assert_eq!(state["paymentStatus"], "REFUNDED");
    assert_eq!(shop.stock(&note).await, (200, 0));
    assert_eq!(staff.refused(FULFILL, json!({ "id": order })).await["code"], "INVALID_STATE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g11_an_order_stays_as_it_was_sold_whatever_the_catalogue_does() {
    let shop = Shop::demo().await;
    let (staff, client, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (order, token) = shop.order(&client, &note, 1).await;
    let query = "query($id: ID!, $token: String) { order(id: $id, guestToken: $token) { total { gross { amount } }
        lines { productTitle variantTitle sku imageUrl unitPrice { amount } taxRate total { tax { amount } } } } }";
    let before = client.ok(query, json!({ "id": order, "token": token })).await;
    let product =
        client.ok("{ product(by: {handle: \"field-notebook\"}) { id } }", Value::Null).await["product"]["id"].clone();
    let rename = "mutation($id: ID!) { productUpdate(id: $id, input: { title: \"Renamed\" }) { userErrors { code } } }";
    staff.ok(rename, json!({ "id": product })).await;
    let delete = "mutation($id: ID!) { productDelete(ids: [$id]) { deletedIds userErrors { code } } }";
    let error = staff.refused(delete, json!({ "id": product })).await;
    assert_eq!(error["code"], "IN_USE", "units are promised to the order");
    staff.ok(FULFILL, json!({ "id": order })).await;
    staff.ok(delete, json!({ "id": product })).await;
    assert_eq!(client.ok(query, json!({ "id": order, "token": token })).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e9_the_shelf_is_counted_over_all_lines_of_a_variant() {
    let shop = Shop::demo().await;
    let (staff, client, secateurs) = (shop.staff().await, shop.anonymous(), shop.variant_of("secateurs").await);
    let cart = shop.ready_cart(&client, &secateurs, 2).await;
    let add =
        "mutation($cart: ID!, $variant: ID!) { cartLinesAdd(cartId: $cart, lines: [{ variantId: $variant, quantity: 2,
        properties: [{ key: \"engraving\", value: \"Ada\" }] }]) { userErrors { code } } }";
    client.ok(add, json!({ "cart": cart, "variant": secateurs })).await;
    let done = "mutation($cart: ID!) { paymentSessionCreate(cartId: $cart) { userErrors { code } }
        cartComplete(cartId: $cart) { order { id } userErrors { code } } }";
    let order = client.ok(done, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    shop.set_stock(&secateurs, 3).await;
    assert_eq!(staff.refused(FULFILL, json!({ "id": order })).await["code"], "INSUFFICIENT_STOCK");
    assert_eq!(shop.stock(&secateurs).await, (3, 4), "nothing has changed");
}
