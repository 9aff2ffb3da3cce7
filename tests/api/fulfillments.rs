//! Fulfillments, from stock to delivery.

use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Shop, text};

const CREATE: &str =
    "mutation($id: ID!, $lines: [FulfillmentLineInput!]! = [], $location: ID, $tracking: TrackingInput,
    $wait: Boolean = false) {
    fulfillmentCreate(orderId: $id, lines: $lines, locationId: $location, tracking: $tracking, awaitApproval: $wait) {
        fulfillment { id status location { name } } order { version } userErrors { code message path details } } }";
const APPROVE: &str = "mutation($id: ID!) { fulfillmentApprove(id: $id) { fulfillment { status }
    userErrors { code message details } } }";
const CANCEL: &str = "mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status canceledAt }
    userErrors { code message details } } }";
const MARK_DELIVERED: &str =
    "mutation($id: ID!) { fulfillmentMarkDelivered(id: $id) { fulfillment { status } order { status }
    userErrors { code message details } } }";
const SHIP: &str = "mutation($id: ID!, $tracking: [TrackingInput!]! = []) {
    shipmentCreate(fulfillmentId: $id, tracking: $tracking) { fulfillment { status trackingNumber }
        shipments { id trackingNumber trackingUrl } userErrors { code message path details } } }";
const ORDER_STATE: &str = "query($id: ID!) { order(id: $id) { status fulfillmentStatus amountDue { amount }
    lines { id quantity fulfilledQuantity deliveredQuantity canceledQuantity unfulfilledQuantity }
    fulfillments { id status lines { quantity } shipments { trackingNumber } } } }";
const ORDER_CANCEL: &str = "mutation($id: ID!, $lines: [OrderCancelLineInput!]! = []) {
    orderCancel(id: $id, lines: $lines) { order { status } userErrors { code message path details } } }";

async fn state(staff: &Client, order: &str) -> Value {
    staff.data(ORDER_STATE, json!({ "id": order })).await["order"].clone()
}

async fn fulfill(staff: &Client, variables: Value) -> String {
    text(&staff.data(CREATE, variables).await["fulfillmentCreate"]["fulfillment"]["id"]).to_owned()
}

async fn capture_all(staff: &Client, order: &str) {
    let payments = "query($id: ID!) { order(id: $id) { payments { id } } }";
    let payment = staff.data(payments, json!({ "id": order })).await["order"]["payments"][0]["id"].clone();
    let capture = "mutation($id: ID!) { paymentCapture(id: $id) { userErrors { code message } } }";
    staff.data(capture, json!({ "id": payment })).await;
}

/// Asserts that the levels are the sums of the ledger, and that reserved units match the reservations.
async fn assert_stock_adds_up(shop: &Shop) {
    let wrong = "SELECT count(*) FROM stock_levels l
        LEFT JOIN (SELECT item_id, location_id, sum(stocked_delta) AS stocked, sum(reserved_delta) AS reserved
            FROM stock_movements GROUP BY 1, 2) m USING (item_id, location_id)
        LEFT JOIN (SELECT item_id, location_id, sum(quantity) AS promised FROM stock_reservations
            WHERE kind = 'ORDER' GROUP BY 1, 2) r USING (item_id, location_id)
        WHERE (l.stocked, l.reserved, l.reserved) IS DISTINCT FROM
            (coalesce(m.stocked, 0), coalesce(m.reserved, 0), coalesce(r.promised, 0))";
    assert_eq!(shop.count(wrong).await, 0, "stock levels are inconsistent");
}

#[shop_test]
async fn g1_concurrent_fulfillments_ship_each_unit_once() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 5).await;
    let line = state(&staff, &order).await["lines"][0]["id"].clone();
    let tries = (0..10).map(|_| {
        let (staff, variables) = (staff.clone(), json!({ "id": order, "lines": [{ "lineId": line, "quantity": 2 }] }));
        tokio::spawn(async move { staff.execute(CREATE, variables).await.body["data"]["fulfillmentCreate"].clone() })
    });
    let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
    let (won, lost): (Vec<_>, Vec<_>) = responses.iter().partition(|response| response["fulfillment"].is_object());
    assert_eq!((won.len(), lost.len()), (2, 8));
    for response in lost {
        let error = &response["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!("INVALID_QUANTITY"), &json!(["lines", "0", "quantity"])));
    }
    assert_eq!(state(&staff, &order).await["lines"][0]["unfulfilledQuantity"], 1);
    assert_eq!(shop.stock(&note).await, (196, 1));
    assert_stock_adds_up(&shop).await;
}

#[shop_test]
async fn g1_units_are_either_canceled_or_shipped_concurrently() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 6).await;
    let line = state(&staff, &order).await["lines"][0]["id"].clone();
    let tries = (0..12).map(|place| {
        let (staff, variables) = (staff.clone(), json!({ "id": order, "lines": [{ "lineId": line, "quantity": 1 }] }));
        let mutation = if place % 2 == 0 { CREATE } else { ORDER_CANCEL };
        tokio::spawn(async move { staff.execute(mutation, variables).await.body["data"].to_string().contains("[]") })
    });
    let done = futures_util::future::try_join_all(tries).await.expect("no panic");
    assert_eq!(done.iter().filter(|done| **done).count(), 6);
    let line = state(&staff, &order).await["lines"][0].clone();
    let sent = line["fulfilledQuantity"].as_i64().expect("a number");
    assert_eq!(line["canceledQuantity"], 6 - sent);
    assert_eq!(shop.stock(&note).await, (200 - sent, 0));
    assert_stock_adds_up(&shop).await;
}

#[shop_test]
async fn e10_canceling_a_fulfillment_restocks_and_reserves_its_units_once() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 10).await;
    let (order, _) = shop.order(&shop.anonymous(), &note, 4).await;
    assert_eq!(shop.stock(&note).await, (10, 4));
    let fulfillment = fulfill(&staff, json!({ "id": order })).await;
    assert_eq!(shop.stock(&note).await, (6, 0));
    let rejected = staff.user_error(ORDER_CANCEL, json!({ "id": order })).await;
    assert_eq!(
        (&rejected["code"], &rejected["details"]),
        (&json!("INVALID_STATE"), &json!({ "from": "PLACED", "to": "CANCELED", "fulfilled": 4 })),
        "G10: rejected while a fulfillment is active"
    );
    let tries = (0..6).map(|_| {
        let (staff, fulfillment) = (staff.clone(), fulfillment.clone());
        tokio::spawn(async move {
            staff.execute(CANCEL, json!({ "id": fulfillment })).await.body["data"]["fulfillmentCancel"].clone()
        })
    });
    let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
    let (won, lost): (Vec<_>, Vec<_>) = responses.iter().partition(|response| response["fulfillment"].is_object());
    assert_eq!(won.len(), 1);
    let twice = json!({ "from": "CANCELED", "to": "CANCELED" });
    assert!(lost.iter().all(|response| response["userErrors"][0]["details"] == twice), "{lost:?}");
    assert_eq!(shop.stock(&note).await, (10, 4));
    let after = state(&staff, &order).await;
    assert_eq!(
        (&after["fulfillmentStatus"], &after["lines"][0]["unfulfilledQuantity"]),
        (&json!("UNFULFILLED"), &json!(4))
    );
    staff.data(ORDER_CANCEL, json!({ "id": order })).await;
    assert_eq!(shop.stock(&note).await, (10, 0));
    assert_stock_adds_up(&shop).await;

    let (order, _) = shop.order(&shop.anonymous(), &note, 1).await;
    let fulfillment = fulfill(&staff, json!({ "id": order })).await;
    let product = "query($id: ID!) { variant(by: { id: $id }) { product { id } } }";
    let product = staff.data(product, json!({ "id": note })).await["variant"]["product"]["id"].clone();
    let gone = "mutation($id: ID!) { productDelete(ids: [$id]) { userErrors { code message } } }";
    staff.data(gone, json!({ "id": product })).await;
    staff.data(CANCEL, json!({ "id": fulfillment })).await;
    assert_eq!(state(&staff, &order).await["fulfillmentStatus"], "UNFULFILLED", "although the location was deleted");
}

/// Creates a fulfillment of one unit with this status.
async fn fulfillment_in_status(staff: &Client, order: &str, line: &Value, wanted: &str) -> String {
    let lines = json!([{ "lineId": line, "quantity": 1 }]);
    let id = fulfill(staff, json!({ "id": order, "lines": lines, "wait": wanted == "AWAITING_APPROVAL" })).await;
    let steps: &[&str] = match wanted {
        "SHIPPED" => &[SHIP],
        "DELIVERED" => &[SHIP, MARK_DELIVERED],
        "CANCELED" => &[CANCEL],
        _ => &[],
    };
    for step in steps {
        staff.data(step, json!({ "id": id })).await;
    }
    id
}

#[shop_test]
async fn fulfillments_follow_their_state_machine() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 40).await;
    let line = state(&staff, &order).await["lines"][0]["id"].clone();
    let verbs = [(APPROVE, "PACKED"), (SHIP, "SHIPPED"), (MARK_DELIVERED, "DELIVERED"), (CANCEL, "CANCELED")];
    let allowed = [
        ("AWAITING_APPROVAL", "PACKED"),
        ("AWAITING_APPROVAL", "CANCELED"),
        ("PACKED", "SHIPPED"),
        ("PACKED", "CANCELED"),
        ("SHIPPED", "DELIVERED"),
    ];
    for from in ["AWAITING_APPROVAL", "PACKED", "SHIPPED", "DELIVERED", "CANCELED"] {
        for (verb, to) in verbs {
            let id = fulfillment_in_status(&staff, &order, &line, from).await;
            if allowed.contains(&(from, to)) {
                let data = staff.data(verb, json!({ "id": id })).await;
                let payload = data.as_object().and_then(|data| data.values().next()).expect("a payload");
                assert_eq!(payload["fulfillment"]["status"], to, "{from} to {to}");
            } else {
                let error = staff.user_error(verb, json!({ "id": id })).await;
                assert_eq!(error["code"], "INVALID_STATE", "{from} to {to}");
                assert_eq!(error["details"], json!({ "from": from, "to": to }));
            }
        }
    }
    assert_stock_adds_up(&shop).await;
    let unknown = json!({ "id": "ful_01m84q05c3e3jbvaxd7vc1mw18" });
    for (verb, _) in verbs {
        assert_eq!(staff.user_error(verb, unknown.clone()).await["code"], "NOT_FOUND");
    }
    let query = "query($id: ID!) { fulfillment(id: $id) { id } }";
    assert_eq!(staff.data(query, unknown).await["fulfillment"], Value::Null);
}

#[shop_test]
async fn g5_the_fulfillment_status_is_derived_and_ignores_pending_approvals() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 3).await;
    let line = state(&staff, &order).await["lines"][0]["id"].clone();
    let units = |quantity: i32| json!([{ "lineId": line, "quantity": quantity }]);
    let status = async || text(&state(&staff, &order).await["fulfillmentStatus"]).to_owned();
    let waiting = fulfill(&staff, json!({ "id": order, "lines": units(1), "wait": true })).await;
    assert_eq!((status().await.as_str(), shop.stock(&note).await), ("UNFULFILLED", (199, 2)));
    staff.data(APPROVE, json!({ "id": waiting })).await;
    assert_eq!(status().await, "PARTIALLY_FULFILLED");
    let rest = fulfill(&staff, json!({ "id": order, "lines": units(1), "tracking": { "number": "T-1" } })).await;
    staff.data(ORDER_CANCEL, json!({ "id": order, "lines": units(1) })).await;
    assert_eq!(status().await, "FULFILLED", "canceled units need not be shipped");
    staff.data(MARK_DELIVERED, json!({ "id": rest })).await;
    assert_eq!(status().await, "PARTIALLY_DELIVERED");
    staff.data(SHIP, json!({ "id": waiting })).await;
    staff.data(MARK_DELIVERED, json!({ "id": waiting })).await;
    assert_eq!(status().await, "DELIVERED");
    let both = json!({ "id": order, "tracking": { "number": "T-2" }, "wait": true });
    let error = staff.user_error(CREATE, both).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("INVALID"), &json!(["tracking"])));
}

#[shop_test]
async fn the_last_delivery_completes_a_paid_order() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let complete = "mutation($id: ID!) { orderComplete(id: $id) { order { status completedAt }
        userErrors { code message details } } }";
    let (paid, _) = shop.order(&shop.anonymous(), &note, 2).await;
    capture_all(&staff, &paid).await;
    let line = state(&staff, &paid).await["lines"][0]["id"].clone();
    let mut parcels = Vec::new();
    for _ in 0..2 {
        let lines = json!([{ "lineId": line, "quantity": 1 }]);
        parcels.push(fulfill(&staff, json!({ "id": paid, "lines": lines, "tracking": {} })).await);
    }
    let first = staff.data(MARK_DELIVERED, json!({ "id": parcels[0] })).await;
    assert_eq!(first["fulfillmentMarkDelivered"]["order"]["status"], "PLACED");
    let last = staff.data(MARK_DELIVERED, json!({ "id": parcels[1] })).await;
    assert_eq!(last["fulfillmentMarkDelivered"]["order"]["status"], "COMPLETED");

    let (unpaid, _) = shop.order(&shop.anonymous(), &note, 1).await;
    let missing = |undelivered: i32, due: &str| json!({ "from": "PLACED", "to": "COMPLETED", "missing": { "undelivered": undelivered, "amountDue": due } });
    let error = staff.user_error(complete, json!({ "id": unpaid })).await;
    assert_eq!((&error["code"], &error["details"]), (&json!("INVALID_STATE"), &missing(1, "19.40")));
    let parcel = fulfill(&staff, json!({ "id": unpaid, "tracking": {} })).await;
    let data = staff.data(MARK_DELIVERED, json!({ "id": parcel })).await;
    assert_eq!(data["fulfillmentMarkDelivered"]["order"]["status"], "PLACED");
    assert_eq!(staff.user_error(complete, json!({ "id": unpaid })).await["details"], missing(0, "19.40"));
    capture_all(&staff, &unpaid).await;
    let data = staff.data(complete, json!({ "id": unpaid })).await;
    assert_eq!(data["orderComplete"]["order"]["status"], "COMPLETED");
    assert!(data["orderComplete"]["order"]["completedAt"].is_string());
    let error = staff.user_error(CREATE, json!({ "id": unpaid })).await;
    assert_eq!((&error["code"], &error["details"]["from"]), (&json!("INVALID_STATE"), &json!("COMPLETED")));
}

#[shop_test]
async fn canceled_and_held_units_are_not_shipped() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (order, _) = shop.order(&shop.anonymous(), &note, 3).await;
    let line = state(&staff, &order).await["lines"][0]["id"].clone();
    let units = |quantity: i32| json!({ "id": order, "lines": [{ "lineId": line, "quantity": quantity }] });
    staff.data(ORDER_CANCEL, units(2)).await;
    let error = staff.user_error(CREATE, units(2)).await;
    assert_eq!(
        (&error["code"], &error["details"]),
        (&json!("INVALID_STATE"), &json!({ "canceled": 2, "left": 1 })),
        "two were canceled"
    );
    assert_eq!(staff.user_error(CREATE, units(4)).await["code"], "INVALID_QUANTITY", "there are fewer than four");
    for bad in [0, -1] {
        assert_eq!(staff.user_error(CREATE, units(bad)).await["code"], "INVALID_QUANTITY");
    }
    let hold = "mutation($id: ID!) { orderHold(id: $id, reason: \"fraud?\") { userErrors { code } } }";
    let release = "mutation($id: ID!) { orderRelease(id: $id) { userErrors { code } } }";
    let waiting = fulfill(&staff, json!({ "id": order, "wait": true })).await;
    staff.data(hold, json!({ "id": order })).await;
    let held = json!({ "from": "ON_HOLD", "to": "PLACED" });
    assert_eq!(staff.user_error(CREATE, units(1)).await["details"], held);
    assert_eq!(staff.user_error(APPROVE, json!({ "id": waiting })).await["details"], held);
    staff.data(CANCEL, json!({ "id": waiting })).await;
    staff.data(release, json!({ "id": order })).await;
    staff.data(ORDER_CANCEL, json!({ "id": order })).await;
    let gone = json!({ "from": "CANCELED", "to": "PLACED" });
    assert_eq!(staff.user_error(CREATE, units(1)).await["details"], gone);
    assert_eq!(shop.stock(&note).await, (200, 0));
    assert_stock_adds_up(&shop).await;
}

#[shop_test]
async fn units_ship_from_their_reserved_location_or_the_one_staff_choose() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let locations = staff.data("{ stockLocations { id name } }", Value::Null).await["stockLocations"].clone();
    let (first, second) = (&locations[0]["id"], &locations[1]["id"]);
    let set = "mutation($rows: [StockRowInput!]!) { stockSet(rows: $rows) { userErrors { code message path } } }";
    let row =
        |location: &Value, quantity: i32| json!({ "variantId": note, "locationId": location, "quantity": quantity });
    staff.data(set, json!({ "rows": [row(first, 3), row(second, 4)] })).await;
    let (order, _) = shop.order(&shop.anonymous(), &note, 5).await;
    let line = state(&staff, &order).await["lines"][0]["id"].clone();
    let plan = "query($id: ID!) { fulfillmentPlan(orderId: $id) { location { id } lines { lineId quantity } } }";
    let part = |location: &Value, quantity: i32| json!({ "location": { "id": location }, "lines": [{ "lineId": line, "quantity": quantity }] });
    let planned = staff.data(plan, json!({ "id": order })).await["fulfillmentPlan"].clone();
    let mut wanted = vec![part(first, 3), part(second, 2)];
    wanted.sort_by_key(Value::to_string);
    let mut planned = planned.as_array().expect("a plan").clone();
    planned.sort_by_key(Value::to_string);
    assert_eq!(planned, wanted);

    // Four from the second: the two that are reserved there, and two whose reservation is moved there.
    let four = json!({ "id": order, "lines": [{ "lineId": line, "quantity": 4 }], "location": second });
    let sent = staff.data(CREATE, four.clone()).await["fulfillmentCreate"]["fulfillment"].clone();
    assert_eq!(sent["location"]["name"], locations[1]["name"]);
    assert_eq!(shop.stock(&note).await, (3, 1));
    let planned = staff.data(plan, json!({ "id": order })).await["fulfillmentPlan"].clone();
    assert_eq!(planned, json!([part(first, 1)]));
    let error = staff.user_error(CREATE, json!({ "id": order, "location": second })).await;
    assert_eq!(error["code"], "INSUFFICIENT_STOCK", "the location has no stock");
    let unknown = json!({ "id": order, "location": "loc_01m84q05c3e3jbvaxd7vc1mw18" });
    let error = staff.user_error(CREATE, unknown).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("NOT_FOUND"), &json!(["locationId"])));
    staff.data(CANCEL, json!({ "id": sent["id"] })).await;
    let planned = staff.data(plan, json!({ "id": order })).await["fulfillmentPlan"].clone();
    let mut planned = planned.as_array().expect("a plan").clone();
    let mut wanted = vec![part(first, 1), part(second, 4)];
    wanted.sort_by_key(Value::to_string);
    planned.sort_by_key(Value::to_string);
    assert_eq!(planned, wanted, "restocked at their location, and reserved there");
    assert_stock_adds_up(&shop).await;
    let nowhere = json!({ "id": "ord_01m84q05c3e3jbvaxd7vc1mw18" });
    assert_eq!(staff.data(plan, nowhere).await["fulfillmentPlan"], Value::Null);
}

#[shop_test]
async fn a_fulfillment_can_have_several_packages_with_editable_tracking() {
    let shop = Shop::demo().await;
    let (staff, client, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (order, token) = shop.order(&client, &note, 2).await;
    let fulfillment = fulfill(&staff, json!({ "id": order })).await;
    let bad = json!({ "id": fulfillment, "tracking": [{ "number": "A" }, { "number": "B", "url": "no address" }] });
    let error = staff.user_error(SHIP, bad).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("INVALID"), &json!(["tracking", "1", "url"])));
    let good =
        json!({ "id": fulfillment, "tracking": [{ "number": "A" }, { "number": "B", "url": "https://c.example/B" }] });
    let sent = staff.data(SHIP, good).await["shipmentCreate"].clone();
    assert_eq!(sent["fulfillment"], json!({ "status": "SHIPPED", "trackingNumber": "A" }));
    assert_eq!(sent["shipments"][1]["trackingUrl"], "https://c.example/B");
    let update = "mutation($id: ID!, $tracking: TrackingInput!) { shipmentUpdate(id: $id, tracking: $tracking) {
        shipment { trackingNumber trackingUrl } userErrors { code message path } } }";
    let mended = json!({ "id": sent["shipments"][0]["id"], "tracking": { "number": "A2" } });
    let data = staff.data(update, mended).await;
    assert_eq!(data["shipmentUpdate"]["shipment"], json!({ "trackingNumber": "A2", "trackingUrl": "" }));
    let unknown = json!({ "id": "shpm_01m84q05c3e3jbvaxd7vc1mw18", "tracking": { "number": "A2" } });
    assert_eq!(staff.user_error(update, unknown).await["code"], "NOT_FOUND");
    let seen = "query($id: ID!, $token: String) { order(id: $id, guestToken: $token) {
        fulfillments { status location { name } shipments { trackingNumber } } } }";
    let data = client.data(seen, json!({ "id": order, "token": token })).await;
    let numbers = json!([{ "trackingNumber": "A2" }, { "trackingNumber": "B" }]);
    let parcels = json!([{ "status": "SHIPPED", "location": null, "shipments": numbers }]);
    assert_eq!(data["order"]["fulfillments"], parcels, "shoppers do not see the location");
}
