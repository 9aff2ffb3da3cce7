//! Order operations by staff.

use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Shop, text};

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

#[shop_test]
async fn g1_e9_units_ship_once_and_reduce_stock() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 5).await;
    let line = staff.data(ORDER, json!({ "id": order })).await["order"]["lines"][0]["id"].clone();
    let part = |quantity: i32| json!({ "id": order, "lines": [{ "lineId": line, "quantity": quantity }] });
    staff.data(FULFILL, part(3)).await;
    assert_eq!(shop.stock(&note).await, (197, 2));
    let error = staff.user_error(FULFILL, part(3)).await;
    assert_eq!((&error["code"], &error["details"]["left"]), (&json!("INVALID_QUANTITY"), &json!(2)));
    let state = staff.data(ORDER, json!({ "id": order })).await["order"].clone();
    assert_eq!(
        (&state["fulfillmentStatus"], &state["lines"][0]["fulfilledQuantity"]),
        (&json!("PARTIALLY_FULFILLED"), &json!(3))
    );
    staff.data(FULFILL, json!({ "id": order })).await;
    assert_eq!(shop.stock(&note).await, (195, 0));
    let state = staff.data(ORDER, json!({ "id": order })).await["order"].clone();
    assert_eq!(state["fulfillmentStatus"], "FULFILLED");
    assert_eq!(state["fulfillments"][1], json!({ "trackingNumber": "TRACK-1", "lines": [{ "quantity": 2 }] }));
    assert_eq!(staff.user_error(FULFILL, json!({ "id": order })).await["code"], "INVALID_STATE");
    assert_eq!(staff.user_error(CANCEL, json!({ "id": order })).await["code"], "INVALID_STATE");
}

#[shop_test]
async fn e9_units_that_are_not_in_stock_cannot_ship() {
    let shop = Shop::demo().await;
    let (staff, secateurs) = (shop.staff().await, shop.variant_of("secateurs").await);
    let (order, _) = shop.order(&shop.anonymous(), &secateurs, 2).await;
    assert_eq!(staff.user_error(FULFILL, json!({ "id": order })).await["code"], "INSUFFICIENT_STOCK");
    assert_eq!(shop.stock(&secateurs).await, (0, 2), "nothing has changed");
    shop.set_stock(&secateurs, 2).await;
    staff.data(FULFILL, json!({ "id": order })).await;
    assert_eq!(shop.stock(&secateurs).await, (0, 0));
}

#[shop_test]
async fn f1_concurrent_captures_never_exceed_the_authorized_amount() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 2).await;
    let payment = staff.data(ORDER, json!({ "id": order })).await["order"]["payments"][0]["id"].clone();
    for bad in ["33.91", "0", "-1", "1.005"] {
        let error = staff.user_error(CAPTURE, json!({ "id": payment, "amount": bad })).await;
        assert_eq!(error["code"], "INVALID_AMOUNT", "{bad}");
    }
    let tries = (0..10).map(|_| {
        let (staff, payment) = (staff.clone(), payment.clone());
        tokio::spawn(async move {
            staff.execute(CAPTURE, json!({ "id": payment, "amount": "20.00" })).await.body["data"]["paymentCapture"]
                .clone()
        })
    });
    let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
    assert_eq!(responses.iter().filter(|response| response["payment"].is_object()).count(), 1);
    assert_eq!(staff.data(ORDER, json!({ "id": order })).await["order"]["paymentStatus"], "PARTIALLY_CAPTURED");
    staff.data(CAPTURE, json!({ "id": payment })).await;
    let state = staff.data(ORDER, json!({ "id": order })).await["order"].clone();
    assert_eq!(
        (&state["paymentStatus"], &state["payments"][0]["captured"]["amount"]),
        (&json!("CAPTURED"), &json!("33.90"))
    );
}

#[shop_test]
async fn g10_a_canceled_order_restocks_and_refunds_once() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 2).await;
    let payment = staff.data(ORDER, json!({ "id": order })).await["order"]["payments"][0]["id"].clone();
    staff.data(CAPTURE, json!({ "id": payment, "amount": "10.00" })).await;
    let tries = (0..5).map(|_| {
        let (staff, order) = (staff.clone(), order.clone());
        tokio::spawn(
            async move { staff.execute(CANCEL, json!({ "id": order })).await.body["data"]["orderCancel"].clone() },
        )
    });
    let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
    assert_eq!(responses.iter().filter(|response| response["order"].is_object()).count(), 1);
    let state = staff.data(ORDER, json!({ "id": order })).await["order"].clone();
    assert_eq!((&state["status"], &state["cancelReason"]), (&json!("CANCELED"), &json!("changed my mind")));
    let money = &state["payments"][0];
    assert_eq!(
        (text(&money["voided"]["amount"]), text(&money["refunded"]["amount"])),
        ("23.90", "10.00"),
        "authorizations are voided, and captures are refunded"
    );
    assert_eq!(state["paymentStatus"], "REFUNDED");
    assert_eq!(shop.stock(&note).await, (200, 0));
    assert_eq!(staff.user_error(FULFILL, json!({ "id": order })).await["code"], "INVALID_STATE");
}

#[shop_test]
async fn g11_an_order_is_unaffected_by_catalog_changes() {
    let shop = Shop::demo().await;
    let (staff, client, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (order, token) = shop.order(&client, &note, 2).await;
    let query = "query($id: ID!, $token: String) { order(id: $id, guestToken: $token) { number version email status
        pricesIncludeTax shippingName taxExempt subtotal { net { amount } gross { amount } } discountTotal { gross { amount } }
        shippingTotal { net { amount } gross { amount } } total { net { amount } tax { amount } gross { amount } }
        taxLines { name rate amount { amount } } explain { path amount { amount } rule rounding inputs { name value } }
        shippingAddress { address1 city country } amountDue { amount } timeline { nodes { kind message data } }
        lines { productTitle variantTitle sku imageUrl quantity unitPrice { amount } compareAtPrice { amount } taxRate
        taxLines { name code rate } total { net { amount } tax { amount } gross { amount } } } } }";
    let before = client.data(query, json!({ "id": order, "token": token })).await;
    let product =
        client.data("{ product(by: {handle: \"field-notebook\"}) { id } }", Value::Null).await["product"]["id"].clone();
    let rename = "mutation($id: ID!) { productUpdate(id: $id, input: { title: \"Renamed\" }) { userErrors { code } } }";
    staff.data(rename, json!({ "id": product })).await;
    let prices = "mutation($rows: [PriceRowInput!]!) { variantPricesSet(rows: $rows) { userErrors { code } } }";
    staff.data(prices, json!({ "rows": [{ "variantId": note, "currencyCode": "EUR", "amount": "99.00" }] })).await;
    let regions = client.data("{ regions { id } }", Value::Null).await["regions"].clone();
    let tax = "mutation($id: ID!) { regionUpdate(id: $id, input: { taxRate: \"0.5\", name: \"Elsewhere\" }) {
        userErrors { code } } }";
    for region in regions.as_array().expect("regions") {
        let named = tax.replace("Elsewhere", &format!("Elsewhere {}", text(&region["id"])));
        staff.data(&named, json!({ "id": region["id"] })).await;
    }
    let delete = "mutation($id: ID!) { productDelete(ids: [$id]) { deletedIds userErrors { code } } }";
    let error = staff.user_error(delete, json!({ "id": product })).await;
    assert_eq!(error["code"], "IN_USE", "units are reserved for the order");
    let after = client.data(query, json!({ "id": order, "token": token })).await;
    assert_eq!(after.to_string(), before.to_string(), "the response is identical");
    staff.data(FULFILL, json!({ "id": order })).await;
    staff.data(delete, json!({ "id": product })).await;
    let after = client.data(query, json!({ "id": order, "token": token })).await;
    for field in ["lines", "total", "explain", "taxLines", "subtotal", "shippingTotal"] {
        assert_eq!(after["order"][field].to_string(), before["order"][field].to_string(), "{field}");
    }
}

#[shop_test]
async fn e9_stock_is_checked_over_all_lines_of_a_variant() {
    let shop = Shop::demo().await;
    let (staff, client, secateurs) = (shop.staff().await, shop.anonymous(), shop.variant_of("secateurs").await);
    let cart = shop.ready_cart(&client, &secateurs, 2).await;
    let add =
        "mutation($cart: ID!, $variant: ID!) { cartLinesAdd(cartId: $cart, lines: [{ variantId: $variant, quantity: 2,
        attributes: [{ key: \"engraving\", value: \"Ada\" }] }]) { userErrors { code } } }";
    client.data(add, json!({ "cart": cart, "variant": secateurs })).await;
    let done = "mutation($cart: ID!) { paymentSessionCreate(cartId: $cart) { userErrors { code } }
        cartComplete(cartId: $cart) { order { id } userErrors { code } } }";
    let order = client.data(done, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    shop.set_stock(&secateurs, 3).await;
    assert_eq!(staff.user_error(FULFILL, json!({ "id": order })).await["code"], "INSUFFICIENT_STOCK");
    assert_eq!(shop.stock(&secateurs).await, (3, 4), "nothing has changed");
}

const CANCEL_LINES: &str = "mutation($id: ID!, $lines: [OrderCancelLineInput!]! = [], $restock: Boolean = true,
    $refund: Boolean = true, $version: Int) {
    orderCancel(id: $id, lines: $lines, restock: $restock, refund: $refund, reason: \"sold out\", expectedVersion: $version) {
        order { status amountDue { amount } amountReceived { amount } totalCanceled { net { amount } tax { amount } gross { amount } }
            payments { voided { amount } refunded { amount } } paymentStatus lines { canceledQuantity } }
        userErrors { code message path details } } }";
const HOLD: &str = "mutation($id: ID!, $reason: String = \"fraud?\", $version: Int) {
    orderHold(id: $id, reason: $reason, expectedVersion: $version) { order { status holdReason version }
        userErrors { code message path details } } }";
const RELEASE: &str = "mutation($id: ID!) { orderRelease(id: $id) { order { status holdReason }
    userErrors { code message details } } }";
const COMPLETE: &str =
    "mutation($id: ID!) { orderComplete(id: $id) { order { status } userErrors { code message details } } }";
const ARCHIVE: &str = "mutation($id: ID!) { orderArchive(id: $id) { order { status archivedAt }
    userErrors { code message details } } }";
const TIMELINE: &str = "query($id: ID!, $token: String, $first: Int, $after: String) {
    order(id: $id, guestToken: $token) { timeline(first: $first, after: $after) {
        nodes { id kind message data visibleToCustomer createdAt } pageInfo { hasNextPage endCursor } } } }";
const NOTE: &str = "mutation($id: ID!, $text: String!, $visible: Boolean = false) {
    orderNoteAdd(id: $id, text: $text, visibleToCustomer: $visible) { entry { kind message staffId }
        userErrors { code message path } } }";
const UNKNOWN: &str = "ord_01m84q05c3e3jbvaxd7vc1mw18";

async fn line_and_payment(staff: &Client, order: &str) -> (Value, Value) {
    let order = staff.data(ORDER, json!({ "id": order })).await["order"].clone();
    (order["lines"][0]["id"].clone(), order["payments"][0]["id"].clone())
}

fn kinds(timeline: &Value) -> Vec<&str> {
    let nodes = timeline["order"]["timeline"]["nodes"].as_array().expect("entries");
    nodes.iter().map(|entry| text(&entry["kind"])).collect()
}

/// Three notebooks at 14.50, with 10.00 off the order: 33.50 for the lines, which is not divisible by three, and 4.90
/// shipping.
async fn discounted_order(shop: &Shop) -> String {
    let effect = json!({ "fixedAmount": { "amount": "10.00", "currencyCode": "EUR", "target": { "order": {} } } });
    let input =
        json!({ "title": "Ten off", "activate": true, "automatic": true, "usageLimit": 1, "effects": [effect] });
    let create = "mutation($input: PromotionCreateInput!) { promotionCreate(input: $input) {
        userErrors { code path message } } }";
    shop.staff().await.data(create, json!({ "input": input })).await;
    shop.order(&shop.anonymous(), &shop.variant("NOTE-A5-DOT").await, 3).await.0
}

#[shop_test]
async fn b14_canceled_units_are_refunded_at_the_price_paid() {
    let shop = Shop::without_promotions_and_taxes().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let order = discounted_order(&shop).await;
    let (line, payment) = line_and_payment(&staff, &order).await;
    staff.data(CAPTURE, json!({ "id": payment })).await;
    let one = json!({ "id": order, "lines": [{ "lineId": line, "quantity": 1 }] });
    let used = "SELECT count(*) FROM promotion_usages WHERE state <> 'RETURNED'";
    for (refunded, left) in [("11.17", "27.23"), ("22.34", "16.06")] {
        let after = staff.data(CANCEL_LINES, one.clone()).await["orderCancel"]["order"].clone();
        assert_eq!((&after["status"], &after["paymentStatus"]), (&json!("PLACED"), &json!("CAPTURED")));
        assert_eq!(after["payments"][0], json!({ "voided": { "amount": "0.00" }, "refunded": { "amount": refunded } }));
        assert_eq!(after["totalCanceled"]["gross"]["amount"], refunded);
        assert_eq!((&after["amountReceived"]["amount"], &after["amountDue"]["amount"]), (&json!(left), &json!("0.00")));
    }
    assert_eq!((shop.count(used).await, shop.stock(&note).await), (1, (200, 1)));
    let last = staff.data(CANCEL_LINES, one).await["orderCancel"]["order"].clone();
    assert_eq!((&last["status"], &last["paymentStatus"]), (&json!("CANCELED"), &json!("REFUNDED")));
    assert_eq!(last["payments"][0]["refunded"]["amount"], "38.40", "with shipping, to the cent");
    assert_eq!(last["totalCanceled"]["gross"]["amount"], "38.40");
    assert_eq!((&last["amountReceived"]["amount"], &last["amountDue"]["amount"]), (&json!("0.00"), &json!("0.00")));
    assert_eq!((shop.count(used).await, shop.stock(&note).await), (0, (200, 0)));
}

#[shop_test]
async fn units_canceled_before_payment_reduce_the_amount_due() {
    let shop = Shop::without_promotions_and_taxes().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 3).await;
    let (line, payment) = line_and_payment(&staff, &order).await;
    let part = |quantity: i32| json!({ "id": order, "lines": [{ "lineId": line, "quantity": quantity }] });
    staff.data(CAPTURE, json!({ "id": payment, "amount": "40.00" })).await;
    let after = staff.data(CANCEL_LINES, part(1)).await["orderCancel"]["order"].clone();
    // The total is now 48.40 - 14.50 = 33.90, of which 40.00 were captured.
    assert_eq!(after["payments"][0]["refunded"]["amount"], "6.10", "only what exceeds the remaining amount");
    assert_eq!((&after["amountReceived"]["amount"], &after["amountDue"]["amount"]), (&json!("33.90"), &json!("0.00")));
    assert_eq!(after["paymentStatus"], "CAPTURED");
    let error = staff.user_error(CAPTURE, json!({ "id": payment, "amount": "8.40" })).await;
    assert_eq!((&error["code"], &error["details"]), (&json!("INVALID_AMOUNT"), &json!({ "amountDue": "0.00" })));

    let (order, _) = shop.order(&shop.anonymous(), &note, 3).await;
    let (line, payment) = line_and_payment(&staff, &order).await;
    let part = json!({ "id": order, "lines": [{ "lineId": line, "quantity": 2 }] });
    let after = staff.data(CANCEL_LINES, part).await["orderCancel"]["order"].clone();
    assert_eq!(after["amountDue"]["amount"], "19.40");
    assert_eq!(after["payments"][0], json!({ "voided": { "amount": "0.00" }, "refunded": { "amount": "0.00" } }));
    let taken = staff.data(CAPTURE, json!({ "id": payment })).await;
    assert_eq!(taken["paymentCapture"]["payment"]["captured"]["amount"], "19.40", "the full amount due");
}

#[shop_test]
async fn a_goodwill_refund_does_not_increase_the_amount_due() {
    let shop = Shop::without_promotions_and_taxes().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let refund = "mutation($id: ID!, $amount: Decimal!) { refundCreate(orderId: $id, amount: $amount) {
        userErrors { code } } }";
    let sums = "query($id: ID!) { order(id: $id) { chargeStatus amountReceived { amount } amountDue { amount } } }";
    let seen = async |order: &str| {
        let order = staff.data(sums, json!({ "id": order })).await["order"].clone();
        let amount = |field: &str| text(&order[field]["amount"]).to_owned();
        (text(&order["chargeStatus"]).to_owned(), amount("amountReceived"), amount("amountDue"))
    };
    let want = |status: &str, received: &str, due: &str| (status.to_owned(), received.to_owned(), due.to_owned());
    let (order, _) = shop.order(&shop.anonymous(), &note, 3).await;
    let (line, payment) = line_and_payment(&staff, &order).await;
    staff.data(CAPTURE, json!({ "id": payment })).await;
    staff.data(refund, json!({ "id": order, "amount": "5.00" })).await;
    assert_eq!(seen(&order).await, want("FULL", "43.40", "0.00"));
    let one = json!({ "id": order, "lines": [{ "lineId": line, "quantity": 1 }] });
    staff.data(CANCEL_LINES, one).await;
    assert_eq!(seen(&order).await, want("FULL", "28.90", "0.00"), "the unit's 14.50, without the goodwill refund");
    let without_refund = json!({ "id": order, "lines": [{ "lineId": line, "quantity": 1 }], "refund": false });
    staff.data(CANCEL_LINES, without_refund).await;
    assert_eq!(seen(&order).await, want("OVERCHARGED", "28.90", "0.00"));
    staff.data(refund, json!({ "id": order, "amount": "14.50" })).await;
    assert_eq!(seen(&order).await, want("FULL", "14.40", "0.00"), "an owed refund is not goodwill");
    staff.data(CANCEL_LINES, json!({ "id": order })).await;
    assert_eq!(seen(&order).await, want("FULL", "0.00", "0.00"));
}

#[shop_test]
async fn canceling_can_skip_the_restock_and_the_refund() {
    let shop = Shop::without_promotions_and_taxes().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 3).await;
    let (line, payment) = line_and_payment(&staff, &order).await;
    staff.data(CAPTURE, json!({ "id": payment })).await;
    let part = json!({ "id": order, "lines": [{ "lineId": line, "quantity": 2 }], "restock": false, "refund": false });
    let after = staff.data(CANCEL_LINES, part).await["orderCancel"]["order"].clone();
    assert_eq!(shop.stock(&note).await, (198, 1), "two are gone");
    assert_eq!((&after["amountReceived"]["amount"], &after["amountDue"]["amount"]), (&json!("48.40"), &json!("0.00")));
    for (quantity, code) in [(2, "INVALID_QUANTITY"), (0, "INVALID_QUANTITY"), (-1, "INVALID_QUANTITY")] {
        let bad = json!({ "id": order, "lines": [{ "lineId": line, "quantity": quantity }] });
        let error = staff.user_error(CANCEL_LINES, bad).await;
        assert!(error["code"] == code || quantity == 2 && error["code"] == "INVALID_STATE", "{quantity}: {error}");
        assert_eq!(error["path"], json!(["lines", "0", "quantity"]));
    }
    let twice = json!({ "lineId": line, "quantity": 1 });
    let error = staff.user_error(CANCEL_LINES, json!({ "id": order, "lines": [twice, twice] })).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("INVALID"), &json!(["lines", "1", "quantity"])));
    let stranger = json!({ "lineId": "oline_01m84q05c3e3jbvaxd7vc1mw18", "quantity": 1 });
    let error = staff.user_error(CANCEL_LINES, json!({ "id": order, "lines": [stranger] })).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("NOT_FOUND"), &json!(["lines", "0", "lineId"])));
    let whole = staff.data(CANCEL_LINES, json!({ "id": order })).await["orderCancel"]["order"].clone();
    assert_eq!((&whole["status"], &whole["amountReceived"]["amount"]), (&json!("CANCELED"), &json!("0.00")));
    assert_eq!(shop.stock(&note).await, (198, 0));
}

#[shop_test]
async fn an_order_on_hold_cannot_be_fulfilled_captured_or_canceled() {
    let shop = Shop::demo().await;
    let (staff, client, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (order, token) = shop.order(&client, &note, 2).await;
    let (_, payment) = line_and_payment(&staff, &order).await;
    let held = staff.data(HOLD, json!({ "id": order })).await["orderHold"]["order"].clone();
    assert_eq!(held, json!({ "status": "ON_HOLD", "holdReason": "fraud?", "version": 2 }));
    let seen = "query($id: ID!, $token: String) { order(id: $id, guestToken: $token) { status holdReason } }";
    let shopper = client.data(seen, json!({ "id": order, "token": token })).await["order"].clone();
    assert_eq!(shopper, json!({ "status": "ON_HOLD", "holdReason": null }), "the reason is for staff");
    let to = |to: &str| json!({ "from": "ON_HOLD", "to": to });
    assert_eq!(staff.user_error(FULFILL, json!({ "id": order })).await["details"], to("PLACED"));
    assert_eq!(staff.user_error(CAPTURE, json!({ "id": payment })).await["details"], to("PLACED"));
    assert_eq!(staff.user_error(CANCEL, json!({ "id": order })).await["details"], to("CANCELED"));
    let list = "query($held: Boolean) { orders(filter: { onHold: $held }) { totalCount } }";
    assert_eq!(staff.data(list, json!({ "held": true })).await["orders"]["totalCount"], 1);
    assert_eq!(staff.data(list, json!({ "held": false })).await["orders"]["totalCount"], 0);
    let free = staff.data(RELEASE, json!({ "id": order })).await["orderRelease"]["order"].clone();
    assert_eq!(free, json!({ "status": "PLACED", "holdReason": null }));
    staff.data(CAPTURE, json!({ "id": payment })).await;
    staff.data(FULFILL, json!({ "id": order })).await;
    for (bad, code) in [("", "REQUIRED"), (" ", "REQUIRED"), ("<b>x</b>", "INVALID_TEXT"), ("a\u{0}", "INVALID_TEXT")] {
        let error = staff.user_error(HOLD, json!({ "id": order, "reason": bad })).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(["reason"])), "{bad:?}");
    }
}

/// Creates an order with this status.
async fn order_with_status(shop: &Shop, staff: &Client, note: &str, status: &str) -> String {
    let (order, _) = shop.order(&shop.anonymous(), note, 1).await;
    let id = json!({ "id": order });
    match status {
        "ON_HOLD" => drop(staff.data(HOLD, id).await),
        "CANCELED" => drop(staff.data(CANCEL, id).await),
        "COMPLETED" => {
            let (_, payment) = line_and_payment(staff, &order).await;
            staff.data(CAPTURE, json!({ "id": payment })).await;
            let sent = staff.data(FULFILL, id).await["fulfillmentCreate"]["fulfillment"]["id"].clone();
            let arrive = "mutation($id: ID!) { fulfillmentMarkDelivered(id: $id) { userErrors { code } } }";
            staff.data(arrive, json!({ "id": sent })).await;
        }
        "ARCHIVED" => {
            staff.data(CANCEL, id.clone()).await;
            staff.data(ARCHIVE, id).await;
        }
        _ => {}
    }
    order
}

#[shop_test]
async fn orders_follow_their_state_machine() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let verbs =
        [(HOLD, "ON_HOLD"), (RELEASE, "PLACED"), (COMPLETE, "COMPLETED"), (CANCEL, "CANCELED"), (ARCHIVE, "ARCHIVED")];
    let allowed = [
        ("PLACED", "ON_HOLD"),
        ("ON_HOLD", "PLACED"),
        ("PLACED", "CANCELED"),
        ("COMPLETED", "ARCHIVED"),
        ("CANCELED", "ARCHIVED"),
    ];
    for from in ["PLACED", "ON_HOLD", "COMPLETED", "CANCELED", "ARCHIVED"] {
        let mut order = order_with_status(&shop, &staff, &note, from).await;
        for (verb, to) in verbs {
            let id = json!({ "id": order });
            if allowed.contains(&(from, to)) {
                let data = staff.data(verb, id).await;
                let payload = data.as_object().and_then(|data| data.values().next()).expect("a payload");
                assert_eq!(payload["order"]["status"], to, "{from} to {to}");
                order = order_with_status(&shop, &staff, &note, from).await;
            } else {
                let error = staff.user_error(verb, id).await;
                assert_eq!(error["code"], "INVALID_STATE", "{from} to {to}");
                let states = (&error["details"]["from"], &error["details"]["to"]);
                assert_eq!(states, (&json!(from), &json!(to)));
            }
        }
    }
    for (verb, _) in verbs {
        assert_eq!(staff.user_error(verb, json!({ "id": UNKNOWN })).await["code"], "NOT_FOUND");
    }
}

#[shop_test]
async fn a_stale_version_does_not_update_an_order() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 1).await;
    staff.data(HOLD, json!({ "id": order, "version": 1 })).await;
    staff.data(RELEASE, json!({ "id": order })).await;
    let stale = json!({ "id": order, "version": 1 });
    for mutation in [HOLD, CANCEL_LINES] {
        let error = staff.user_error(mutation, stale.clone()).await;
        assert_eq!((&error["code"], &error["details"]), (&json!("STALE_VERSION"), &json!({ "version": 3 })));
        assert_eq!(error["path"], json!(["expectedVersion"]));
    }
    staff.data(CANCEL_LINES, json!({ "id": order, "version": 3 })).await;
}

#[shop_test]
async fn the_timeline_shows_shoppers_only_public_entries() {
    let shop = Shop::demo().await;
    let (staff, client, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (order, token) = shop.order(&client, &note, 4).await;
    let (line, payment) = line_and_payment(&staff, &order).await;
    let id = json!({ "id": order });
    let events = async || shop.count("SELECT count(*) FROM events WHERE kind = 'order_updated'").await;
    let arrive = "mutation($id: ID!) { fulfillmentMarkDelivered(id: $id) { userErrors { code } } }";
    let create = "mutation($id: ID!, $wait: Boolean) { fulfillmentCreate(orderId: $id, awaitApproval: $wait) {
        fulfillment { id } userErrors { code } } }";
    let give_up = "mutation($id: ID!) { fulfillmentCancel(id: $id) { userErrors { code } } }";
    let mut heard = events().await;
    let mut happened = async |mutation: &str, variables: Value| {
        let data = staff.data(mutation, variables).await;
        let now = events().await;
        assert!(now > heard, "subscribers hear of {mutation}");
        heard = now;
        data["fulfillmentCreate"]["fulfillment"]["id"].clone()
    };
    happened(NOTE, json!({ "id": order, "text": "Rings twice" })).await;
    happened(NOTE, json!({ "id": order, "text": "A gift is in it", "visible": true })).await;
    happened(HOLD, id.clone()).await;
    happened(RELEASE, id.clone()).await;
    happened(CAPTURE, json!({ "id": payment })).await;
    happened(CANCEL_LINES, json!({ "id": order, "lines": [{ "lineId": line, "quantity": 1 }] })).await;
    let waiting = happened(create, json!({ "id": order, "wait": true })).await;
    happened(give_up, json!({ "id": waiting })).await;
    let sent = happened(FULFILL, id.clone()).await;
    happened(arrive, json!({ "id": sent })).await;
    happened(ARCHIVE, id.clone()).await;

    let all = staff.data(TIMELINE, id.clone()).await;
    let wanted = [
        "PLACED",
        "NOTE",
        "NOTE",
        "HELD",
        "RELEASED",
        "PAYMENT",
        "LINES_CANCELED",
        "PAYMENT",
        "FULFILLED",
        "FULFILLMENT_CANCELED",
        "FULFILLED",
        "SHIPPED",
        "DELIVERED",
        "COMPLETED",
        "ARCHIVED",
    ];
    assert_eq!(kinds(&all), wanted);
    let nodes = &all["order"]["timeline"]["nodes"];
    let captured = json!({ "event": "CAPTURED", "amount": "62.90", "currencyCode": "EUR", "paymentId": payment });
    assert_eq!(nodes[5]["data"], captured);
    assert_eq!((&nodes[7]["data"]["event"], &nodes[7]["data"]["amount"]), (&json!("REFUNDED"), &json!("14.50")));
    assert!(nodes[0]["data"]["number"].is_i64());
    let seen = client.data(TIMELINE, json!({ "id": order, "token": token })).await;
    let wanted = ["PLACED", "NOTE", "PAYMENT", "LINES_CANCELED", "PAYMENT", "SHIPPED", "DELIVERED", "COMPLETED"];
    assert_eq!(kinds(&seen), wanted);
    assert_eq!(seen["order"]["timeline"]["nodes"][1]["message"], "A gift is in it");
    let (public, canceled) = (&seen["order"]["timeline"]["nodes"][3]["data"], &nodes[6]["data"]);
    assert_eq!(public["value"], "14.50");
    for field in ["reason", "restocked"] {
        assert!(public.get(field).is_none() && canceled.get(field).is_some(), "{field} is for staff");
    }
    let with_staff =
        "query($id: ID!, $token: String) { order(id: $id, guestToken: $token) { timeline { nodes { staffId } } } }";
    let who = client.data(with_staff, json!({ "id": order, "token": token })).await;
    assert!(
        who["order"]["timeline"]["nodes"].as_array().expect("entries").iter().all(|entry| entry["staffId"].is_null())
    );

    let (mut paged, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = staff.data(TIMELINE, json!({ "id": order, "first": 4, "after": cursor })).await;
        let page = &page["order"]["timeline"];
        paged.extend(page["nodes"].as_array().expect("entries").iter().map(|entry| entry["id"].clone()));
        cursor = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let ids: Vec<_> = nodes.as_array().expect("entries").iter().map(|entry| entry["id"].clone()).collect();
    assert_eq!(paged, ids);
    let bad = json!({ "id": order, "first": 1, "after": "bm9wZQ" });
    assert_eq!(staff.top_level_error(TIMELINE, bad).await, "INVALID_PAGE");
}

#[shop_test]
async fn the_timeline_is_append_only() {
    let shop = Shop::demo().await;
    shop.order(&shop.anonymous(), &shop.variant("NOTE-A5-DOT").await, 1).await;
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    for sql in ["UPDATE order_timeline SET message = 'x'", "DELETE FROM order_timeline"] {
        assert!(client.batch_execute(sql).await.is_err(), "{sql}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM order_timeline WHERE kind = 'PLACED'").await, 1);
}

#[shop_test]
async fn notes_are_validated_and_have_an_author() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 1).await;
    let entry =
        staff.data(NOTE, json!({ "id": order, "text": "Line one\nLine two" })).await["orderNoteAdd"]["entry"].clone();
    assert_eq!(entry["kind"], "NOTE");
    assert!(entry["staffId"].as_str().is_some_and(|id| id.starts_with("user_")));
    let long = "x".repeat(5_001);
    for (bad, code) in
        [(" ", "REQUIRED"), ("<script>", "INVALID_TEXT"), ("a\u{0}", "INVALID_TEXT"), (&long, "TOO_LONG")]
    {
        let error = staff.user_error(NOTE, json!({ "id": order, "text": bad })).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(["text"])));
    }
    assert_eq!(staff.user_error(NOTE, json!({ "id": UNKNOWN, "text": "x" })).await["code"], "NOT_FOUND");
}

#[shop_test]
async fn addresses_of_an_order_can_change_until_it_ships() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, token) = shop.order(&shop.anonymous(), &note, 1).await;
    let seen = "query($id: ID!, $token: String) { order(id: $id, guestToken: $token) { id } }";
    let shown = async || shop.anonymous().data(seen, json!({ "id": order, "token": token })).await["order"].clone();
    assert_eq!(shown().await["id"], json!(order));
    let update = "mutation($id: ID!, $input: OrderUpdateInput!) {
        orderUpdate(id: $id, input: $input) {
            order { email shippingAddress { city } billingAddress { city } } userErrors { code message path } } }";
    let address = |city: &str, country: &str| {
        json!({ "lastName": "Byron", "address1": "Unter den Linden 2", "city": city,
        "postalCode": "10117", "country": country })
    };
    let both = json!({ "id": order, "input": { "email": " Ada@Byron.example ", "shippingAddress": address("Potsdam", "DE"),
        "billingAddress": address("Wien", "AT") } });
    let after = staff.data(update, both).await["orderUpdate"]["order"].clone();
    let wanted = json!({ "email": "ada@byron.example", "shippingAddress": { "city": "Potsdam" },
        "billingAddress": { "city": "Wien" } });
    assert_eq!(after, wanted);
    assert_eq!(shown().await, Value::Null, "the token sent to the wrong address is invalid");
    let bad = json!({ "id": order, "input": { "email": "nobody", "shippingAddress": address("", "US") } });
    let response = staff.execute(update, bad).await.body["data"]["orderUpdate"]["userErrors"].clone();
    let found: Vec<_> = response
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| (text(&error["code"]).to_owned(), error["path"].clone()))
        .collect();
    let at = |path: &[&str]| json!(path);
    assert_eq!(
        found,
        [
            ("INVALID_EMAIL".to_owned(), at(&["input", "email"])),
            ("REQUIRED".to_owned(), at(&["input", "shippingAddress", "city"])),
            ("COUNTRY_NOT_SERVED".to_owned(), at(&["input", "shippingAddress", "country"])),
        ]
    );
    staff.data(FULFILL, json!({ "id": order })).await;
    let late = json!({ "id": order, "input": { "shippingAddress": address("Berlin", "DE") } });
    assert_eq!(staff.user_error(update, late).await["code"], "INVALID_STATE");
    staff.data(update, json!({ "id": order, "input": { "email": "grace@hopper.example" } })).await;
    let timeline = staff.data(TIMELINE, json!({ "id": order })).await;
    assert_eq!(kinds(&timeline), ["PLACED", "UPDATED", "FULFILLED", "SHIPPED", "UPDATED"]);
    let changed = &timeline["order"]["timeline"]["nodes"][1]["data"]["changed"];
    assert_eq!(changed, &json!(["email", "shippingAddress", "billingAddress"]));
}

#[shop_test]
async fn a_guest_finds_an_order_only_by_number_and_email() {
    let shop = Shop::demo().await;
    let (client, customer, note) = (shop.anonymous(), shop.customer().await, shop.variant("NOTE-A5-DOT").await);
    let (guests, _) = shop.order(&client, &note, 1).await;
    let (customers, _) = shop.order(&customer, &note, 1).await;
    let staff = shop.staff().await;
    let number = async |id: &str| {
        let query = "query($id: ID!) { order(id: $id) { number email } }";
        let order = staff.data(query, json!({ "id": id })).await["order"].clone();
        (order["number"].as_i64().expect("a number"), text(&order["email"]).to_owned())
    };
    let query = "query($number: Int!, $email: String!) { orderByNumber(number: $number, email: $email) { id } }";
    let (guests_number, email) = number(&guests).await;
    let right = json!({ "number": guests_number, "email": format!(" {} ", email.to_uppercase()) });
    assert_eq!(client.data(query, right).await["orderByNumber"]["id"], guests.as_str());
    for (number, email) in
        [(guests_number, "other@example.com"), (999_999, &email), (-1, &email), (guests_number, "a\u{0}")]
    {
        let wrong = client.execute(query, json!({ "number": number, "email": email })).await;
        assert_eq!(wrong.body, json!({ "data": { "orderByNumber": null } }), "the same response for each");
    }
    let (customers_number, email) = number(&customers).await;
    let theirs = json!({ "number": customers_number, "email": email });
    assert_eq!(client.data(query, theirs.clone()).await["orderByNumber"], Value::Null, "customers must log in");
    assert_eq!(customer.data(query, theirs).await["orderByNumber"]["id"], customers.as_str());
}

#[shop_test]
async fn orders_are_filtered_by_statuses_number_and_email() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let mut placed = Vec::new();
    for status in ["PLACED", "ON_HOLD", "CANCELED", "COMPLETED"] {
        placed.push(order_with_status(&shop, &staff, &note, status).await);
    }
    let query = "query($filter: OrderFilterInput) { orders(filter: $filter, sort: OLDEST) { nodes { id number } } }";
    let all = staff.data(query, json!({ "filter": {} })).await["orders"]["nodes"].clone();
    let cases: [(Value, &[usize]); 7] = [
        (json!({ "status": ["PLACED", "ON_HOLD"] }), &[0, 1]),
        (json!({ "status": [] }), &[]),
        (json!({ "status": "COMPLETED" }), &[3]),
        (json!({ "onHold": true }), &[1]),
        (json!({ "number": all[2]["number"] }), &[2]),
        (json!({ "email": "ADA@example.com", "onHold": false }), &[0, 2, 3]),
        (json!({ "email": "da@example.com" }), &[]),
    ];
    for (filter, places) in cases {
        let found = staff.data(query, json!({ "filter": filter })).await["orders"]["nodes"].clone();
        let found: Vec<_> =
            found.as_array().expect("orders").iter().map(|order| text(&order["id"]).to_owned()).collect();
        let wanted: Vec<_> = places.iter().map(|place| placed[*place].clone()).collect();
        assert_eq!(found, wanted, "{filter}");
    }
}
