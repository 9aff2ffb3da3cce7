//! Stock: items and kits, levels, holds, backorders, the ledger, and their invariants.

use std::sync::Arc;

use cartwright::db::migrations;
use cartwright::domain::regions::StockAllocation;
use cartwright::kernel::ids::{InventoryItemId, LocationId, OrderId, VariantId};
use cartwright_macros::shop_test;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::checkout::{COMPLETE, assert_invariants};
use crate::support::{Client, Shop, TestClock, text};

pub(crate) const RESERVE: &str =
    "mutation($cart: ID!, $minutes: Int! = 10) { cartReserve(cartId: $cart, minutes: $minutes) {
    cart { reservedUntil } userErrors { code path details } } }";
const RELEASE: &str =
    "mutation($cart: ID!) { cartRelease(cartId: $cart) { cart { reservedUntil } userErrors { code } } }";
const ADD_LINES: &str = "mutation($cart: ID!, $lines: [CartLineInput!]!) { cartLinesAdd(cartId: $cart, lines: $lines) {
    cart { id } userErrors { code path details } } }";
const AVAILABILITY: &str = "query($ids: [ID!]!) { availability(variantIds: $ids) {
    variantId availableForSale quantityAvailable allowsBackorder } }";
const ITEMS: &str = "query($id: ID!) { variant(by: {id: $id}) { inventoryItems { quantity inventoryItem {
    id sku title tracked backorderLimit version usedBy { quantity variant { id } }
    levels { stocked reserved held available location { id } } } } } }";
const SET_KIT_COMPONENTS: &str = "mutation($variant: ID!, $components: [KitComponentInput!]!) {
    variantKitComponentsSet(variantId: $variant, components: $components) { variant { id } userErrors { code path } } }";
const SET_STOCK: &str = "mutation($rows: [StockRowInput!]!) { stockSet(rows: $rows) {
    levels { stocked variantId inventoryItemId } userErrors { code path details } } }";
const MOVE_STOCK: &str = "mutation($from: ID!, $to: ID!, $rows: [StockMoveRowInput!]!) {
    stockMove(from: $from, to: $to, rows: $rows, reason: \"Shop floor\") {
    levels { stocked reserved location { id } } userErrors { code path details } } }";
const UPDATE_ITEM: &str = "mutation($id: ID!, $input: InventoryItemUpdateInput!, $expected: Int) {
    inventoryItemUpdate(id: $id, input: $input, expectedVersion: $expected) {
    inventoryItem { version backorderLimit } userErrors { code path } } }";
const RESERVATIONS: &str = "query($filter: StockReservationFilterInput!) { stockReservations(filter: $filter) {
    totalCount nodes { id kind quantity orderId cartId expiresAt location { id } inventoryItem { id } } } }";
const SUBSCRIBE: &str =
    "mutation($variant: ID!, $email: String!) { backInStockSubscribe(variantId: $variant, email: $email) {
    variantId userErrors { code path } } }";

/// A shop that allows cart holds.
async fn shop_with_cart_holds() -> Shop {
    let shop = Shop::demo().await;
    update_channel(&shop, json!({ "cartHolds": true })).await;
    shop
}

pub(crate) async fn update_channel(shop: &Shop, input: Value) {
    let staff = shop.staff().await;
    let channels = staff.data("{ salesChannels { id } }", Value::Null).await;
    let update = "mutation($id: ID!, $input: SalesChannelUpdateInput!) { salesChannelUpdate(id: $id, input: $input) {
        salesChannel { stockAllocation cartHolds } userErrors { code } } }";
    staff.data(update, json!({ "id": channels["salesChannels"][0]["id"], "input": input })).await;
}

async fn locations(shop: &Shop) -> [String; 2] {
    let found = shop.staff().await.data("{ stockLocations { id } }", Value::Null).await;
    [0, 1].map(|place| text(&found["stockLocations"][place]["id"]).to_owned())
}

/// The item that was created with a variant.
async fn item(shop: &Shop, variant: &str) -> String {
    let data = shop.staff().await.data(ITEMS, json!({ "id": variant })).await;
    text(&data["variant"]["inventoryItems"][0]["inventoryItem"]["id"]).to_owned()
}

/// Allows backorders of a variant.
async fn allow_backorders(shop: &Shop, variant: &str) {
    let update =
        "mutation($id: ID!) { variantUpdate(id: $id, input: { allowBackorder: true }) { userErrors { code } } }";
    shop.staff().await.data(update, json!({ "id": variant })).await;
}

/// Stocked, reserved and held units of a variant's items at each location.
async fn levels(shop: &Shop, variant: &str) -> Vec<(i64, i64, i64)> {
    let data = shop.staff().await.data(ITEMS, json!({ "id": variant })).await;
    let items = data["variant"]["inventoryItems"].as_array().expect("items").clone();
    let levels = items.iter().flat_map(|part| part["inventoryItem"]["levels"].as_array().expect("levels").clone());
    let number = |level: &Value, field: &str| level[field].as_i64().expect("a number");
    levels.map(|level| (number(&level, "stocked"), number(&level, "reserved"), number(&level, "held"))).collect()
}

async fn available(shop: &Shop, variant: &str) -> Value {
    let data = shop.anonymous().data(AVAILABILITY, json!({ "ids": [variant] })).await;
    data["availability"][0]["quantityAvailable"].clone()
}

async fn set_stock_at_both(shop: &Shop, variant: &str, first: i32, second: i32) {
    let [main, floor] = locations(shop).await;
    let row =
        |location: String, quantity: i32| json!({ "variantId": variant, "locationId": location, "quantity": quantity });
    shop.staff().await.data(SET_STOCK, json!({ "rows": [row(main, first), row(floor, second)] })).await;
}

/// Makes a variant a kit of these quantities of other variants' items.
pub(crate) async fn make_kit(shop: &Shop, kit: &str, parts: &[(&str, i32)]) {
    let mut components = Vec::new();
    for (variant, quantity) in parts {
        components.push(json!({ "inventoryItemId": item(shop, variant).await, "quantity": quantity }));
    }
    shop.staff().await.data(SET_KIT_COMPONENTS, json!({ "variant": kit, "components": components })).await;
}

#[shop_test]
async fn e1_e5_reserved_and_held_units_are_unavailable_to_others() {
    let shop = shop_with_cart_holds().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 6).await;
    let (holder, late) = (shop.paid_cart(&client, &note, 2).await, shop.paid_cart(&client, &note, 2).await);
    shop.order(&client, &note, 3).await;
    let reserved = client.data(RESERVE, json!({ "cart": holder })).await;
    assert!(reserved["cartReserve"]["cart"]["reservedUntil"].is_string());
    assert_eq!(available(&shop, &note).await, 1);
    assert_eq!(levels(&shop, &note).await, [(6, 3, 2)]);
    for rejected in [
        client.user_error(RESERVE, json!({ "cart": late })).await,
        client.user_error(COMPLETE, json!({ "cart": late })).await,
        client.user_error(ADD_LINES, json!({ "cart": late, "lines": [{ "variantId": note, "quantity": 1 }] })).await,
    ] {
        assert_eq!((&rejected["code"], &rejected["details"]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(1)));
    }
    client.data(COMPLETE, json!({ "cart": holder })).await;
    assert_eq!(levels(&shop, &note).await, [(6, 5, 0)], "the cart's own hold is used up");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn e3_a_new_hold_replaces_the_previous_one() {
    let shop = shop_with_cart_holds().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 10).await;
    let cart = shop.ready_cart(&client, &note, 5).await;
    for _ in 0..2 {
        client.data(RESERVE, json!({ "cart": cart })).await;
        assert_eq!(levels(&shop, &note).await, [(10, 0, 5)]);
    }
    client.data(ADD_LINES, json!({ "cart": cart, "lines": [{ "variantId": note, "quantity": 5 }] })).await;
    client.data(RESERVE, json!({ "cart": cart })).await;
    assert_eq!(levels(&shop, &note).await, [(10, 0, 10)], "the cart's own hold is replaced");
    let released = client.data(RELEASE, json!({ "cart": cart })).await;
    assert_eq!(released["cartRelease"]["cart"]["reservedUntil"], Value::Null);
    assert_eq!(levels(&shop, &note).await, [(10, 0, 0)]);
    client.data(RESERVE, json!({ "cart": cart })).await;
    let delete = "mutation($cart: ID!) { cartDelete(cartId: $cart) { userErrors { code } } }";
    client.data(delete, json!({ "cart": cart })).await;
    assert_eq!(levels(&shop, &note).await, [(10, 0, 0)], "a deleted cart releases its hold");
}

#[shop_test]
async fn e12_a_hold_expires_without_a_cleanup() {
    let clock = TestClock::default();
    let shop = Shop::demo_with_clock(&clock).await;
    update_channel(&shop, json!({ "cartHolds": true })).await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 2).await;
    let (holder, other) = (shop.paid_cart(&client, &note, 2).await, shop.paid_cart(&client, &note, 2).await);
    client.data(RESERVE, json!({ "cart": holder, "minutes": 1 })).await;
    assert_eq!(client.user_error(COMPLETE, json!({ "cart": other })).await["details"]["available"], 0);
    clock.advance(TimeDelta::seconds(61));
    assert_eq!(available(&shop, &note).await, 2, "the hold expired a second ago");
    assert_eq!(shop.count("SELECT count(*) FROM stock_reservations WHERE kind = 'HOLD'").await, 1);
    client.data(COMPLETE, json!({ "cart": other })).await;
    assert_eq!(client.user_error(COMPLETE, json!({ "cart": holder })).await["code"], "INSUFFICIENT_STOCK");
    assert_eq!(shop.inventory.delete_expired_holds().await.expect("a sweep"), 1);
    assert_eq!(levels(&shop, &note).await, [(2, 2, 0)]);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn cart_holds_must_be_enabled_and_last_at_most_an_hour() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let cart = shop.ready_cart(&client, &note, 1).await;
    assert_eq!(client.user_error(RESERVE, json!({ "cart": cart })).await["code"], "INVALID_STATE");
    update_channel(&shop, json!({ "cartHolds": true })).await;
    for minutes in [0, -1, 61] {
        let error = client.user_error(RESERVE, json!({ "cart": cart, "minutes": minutes })).await;
        assert_eq!((&error["code"], &error["path"]), (&json!("INVALID"), &json!(["minutes"])));
    }
    let stranger = shop.customer().await;
    let mine = "mutation($cart: ID!) { cartCustomerAttach(cartId: $cart) { userErrors { code } } }";
    stranger.data(mine, json!({ "cart": cart })).await;
    assert_eq!(
        client.user_error(RESERVE, json!({ "cart": cart })).await["code"],
        "NOT_FOUND",
        "another customer's cart"
    );
    stranger.data(RESERVE, json!({ "cart": cart })).await;
    stranger.data(COMPLETE_PAID, json!({ "cart": cart })).await;
    assert_eq!(stranger.user_error(RESERVE, json!({ "cart": cart })).await["code"], "CART_COMPLETED");
    let update =
        "mutation { salesChannelUpdate(id: \"chan_01m84q05c3e3jbvaxd7vc1mw18\", input: {}) { userErrors { code } } }";
    assert_eq!(shop.staff().await.user_error(update, Value::Null).await["code"], "NOT_FOUND");
}

const COMPLETE_PAID: &str = "mutation($cart: ID!) { paymentSessionCreate(cartId: $cart) { userErrors { code message } }
    cartComplete(cartId: $cart) { order { id } userErrors { code message } } }";

#[shop_test]
async fn e6_e7_orders_use_the_allocation_strategy_of_their_channel() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    set_stock_at_both(&shop, &note, 2, 5).await;
    shop.order(&client, &note, 5).await;
    assert_eq!(levels(&shop, &note).await, [(2, 0, 0), (5, 5, 0)], "E7: one location that has all units");
    set_stock_at_both(&shop, &note, 2, 10).await;
    update_channel(&shop, json!({ "stockAllocation": "PRIORITY" })).await;
    shop.order(&client, &note, 3).await;
    assert_eq!(levels(&shop, &note).await, [(2, 2, 0), (10, 6, 0)], "E6: the first location is used first");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn e8_d15_a_kit_shares_the_stock_of_its_components() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (mug, staff) = (shop.variant_of("enamel-mug").await, shop.staff().await);
    shop.set_stock(&note, 5).await;
    make_kit(&shop, &mug, &[(&note, 2)]).await;
    assert_eq!(available(&shop, &mug).await, 2, "E8: two of five, twice");
    let data = staff.data(ITEMS, json!({ "id": mug })).await;
    let part = &data["variant"]["inventoryItems"][0];
    assert_eq!((&part["quantity"], &part["inventoryItem"]["sku"]), (&json!(2), &json!("NOTE-A5-DOT")));
    assert_eq!(part["inventoryItem"]["usedBy"].as_array().map(Vec::len), Some(2));

    let cart = shop.ready_cart(&client, &mug, 1).await;
    let lines = |variant: &str, quantity: i32| json!([{ "variantId": variant, "quantity": quantity }]);
    let error = client.user_error(ADD_LINES, json!({ "cart": cart, "lines": lines(&mug, 2) })).await;
    assert_eq!((&error["code"], &error["details"]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(2)));
    client.data(ADD_LINES, json!({ "cart": cart, "lines": lines(&mug, 1) })).await;
    let error = client.user_error(ADD_LINES, json!({ "cart": cart, "lines": lines(&note, 2) })).await;
    assert_eq!(error["details"], json!({ "available": 1, "variantId": note }), "D15: the kits have the other four");
    client.data(ADD_LINES, json!({ "cart": cart, "lines": lines(&note, 1) })).await;
    shop.set_stock(&note, 4).await;
    let pay = "mutation($cart: ID!) { paymentSessionCreate(cartId: $cart) { userErrors { code } } }";
    client.data(pay, json!({ "cart": cart })).await;
    assert_eq!(client.user_error(COMPLETE, json!({ "cart": cart })).await["code"], "INSUFFICIENT_STOCK");
    shop.set_stock(&note, 5).await;
    let order = client.data(COMPLETE_PAID, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    assert_eq!(levels(&shop, &note).await, [(5, 5, 0)]);
    assert_invariants(&shop).await;

    // The order keeps the items it was placed with, whatever the kit is made of later.
    make_kit(&shop, &mug, &[(&shop.variant_of("secateurs").await, 1)]).await;
    let fulfill = "mutation($id: ID!) { fulfillmentCreate(orderId: $id) { userErrors { code message } } }";
    staff.data(fulfill, json!({ "id": order })).await;
    assert_eq!(levels(&shop, &note).await, [(0, 0, 0)]);
    assert_invariants(&shop).await;

    // Lists support kits, too.
    let (plane, listed) = (
        shop.variant_of("block-plane").await,
        "{ products(first: 100, filter: { available: true }) {
        nodes { handle } } }",
    );
    for (stock, each, shown) in [(5, 2, true), (5, 6, false), (0, 1, false)] {
        shop.set_stock(&note, stock).await;
        make_kit(&shop, &plane, &[(&note, each)]).await;
        let found = client.data(listed, Value::Null).await.to_string().contains("block-plane");
        assert_eq!(found, shown, "{each} of {stock}");
    }
}

#[shop_test]
async fn e2_e8_concurrent_orders_of_a_kit_and_its_component_never_oversell() {
    let shop = shop_with_cart_holds().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let mug = shop.variant_of("enamel-mug").await;
    set_stock_at_both(&shop, &note, 8, 7).await;
    make_kit(&shop, &mug, &[(&note, 2)]).await;
    let mut carts = Vec::new();
    for number in 0..15 {
        carts.push((2, shop.paid_cart(&client, &mug, 1).await));
        carts.push((1, shop.paid_cart(&client, &note, 1).await));
        if number < 2 {
            client.data(RESERVE, json!({ "cart": carts.last().expect("a cart").1 })).await;
        }
    }
    let tries = carts.into_iter().map(|(units, cart)| {
        let client = client.clone();
        tokio::spawn(async move {
            let response = client.execute(COMPLETE, json!({ "cart": cart })).await.body["data"]["cartComplete"].clone();
            (units, response)
        })
    });
    let responses = futures_util::future::try_join_all(tries).await.expect("no panic");
    let sold: i64 =
        responses.iter().filter(|(_, response)| response["order"].is_object()).map(|(units, _)| units).sum();
    assert_eq!(sold, 15, "every unit was sold once");
    for (_, response) in responses.iter().filter(|(_, response)| !response["order"].is_object()) {
        assert_eq!(response["userErrors"][0]["code"], "INSUFFICIENT_STOCK");
    }
    assert_eq!(levels(&shop, &note).await, [(8, 8, 0), (7, 7, 0)]);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn e13_backorders_are_limited_and_shown_on_the_line() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let id = item(&shop, &note).await;
    set_stock_at_both(&shop, &note, 0, 0).await;
    let limit =
        |limit: i32, expected: Value| json!({ "id": id, "input": { "backorderLimit": limit }, "expected": expected });
    let changed = staff.data(UPDATE_ITEM, limit(3, json!(1))).await;
    assert_eq!(changed["inventoryItemUpdate"]["inventoryItem"], json!({ "version": 2, "backorderLimit": 3 }));
    assert_eq!(staff.user_error(UPDATE_ITEM, limit(4, json!(1))).await["code"], "STALE_VERSION");
    assert_eq!(staff.user_error(UPDATE_ITEM, limit(-1, Value::Null)).await["code"], "INVALID_QUANTITY");
    let lines = json!([{ "variantId": note, "quantity": 4 }]);
    let create = "mutation($lines: [CartLineInput!]!) { cartCreate(input: { lines: $lines }) {
        cart { id } userErrors { code details } } }";
    let error = client.user_error(create, json!({ "lines": lines })).await;
    assert_eq!((&error["code"], &error["details"]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(3)));
    let (order, _) = shop.order(&client, &note, 3).await;
    let query = "query($id: ID!) { order(id: $id) { lines { backorderedQuantity } } }";
    assert_eq!(staff.data(query, json!({ "id": order })).await["order"]["lines"][0]["backorderedQuantity"], 3);
    let shown = client.data(AVAILABILITY, json!({ "ids": [note] })).await["availability"][0].clone();
    let none = json!({ "variantId": note, "availableForSale": false, "quantityAvailable": 0, "allowsBackorder": true });
    assert_eq!(shown, none, "the limit applies over all locations");
    let error = staff.user_error(UPDATE_ITEM, limit(2, Value::Null)).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("IN_USE"), &json!(["input", "backorderLimit"])));
    assert_eq!(levels(&shop, &note).await, [(0, 3, 0), (0, 0, 0)]);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn e1_e13_units_that_arrive_at_another_location_cover_backorders() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let id = item(&shop, &note).await;
    set_stock_at_both(&shop, &note, 0, 0).await;
    let limit = |limit: i32| json!({ "id": id, "input": { "backorderLimit": limit } });
    staff.data(UPDATE_ITEM, limit(3)).await;
    let (first, _) = shop.order(&client, &note, 3).await;
    set_stock_at_both(&shop, &note, 0, 3).await;
    assert_eq!(available(&shop, &note).await, 0, "E1: three in stock, and three reserved");
    let filter =
        "{ products(first: 100, filter: { available: true }) { nodes { variants { sku availableForSale } } } }";
    assert!(
        client.data(filter, Value::Null).await.to_string().contains("NOTE-A5-DOT"),
        "backorders are possible again"
    );
    let query = "query($id: ID!) { order(id: $id) { lines { backorderedQuantity } } }";
    let (second, _) = shop.order(&client, &note, 2).await;
    assert_eq!(staff.data(query, json!({ "id": second })).await["order"]["lines"][0]["backorderedQuantity"], 2);
    assert_eq!(levels(&shop, &note).await, [(0, 3, 0), (3, 2, 0)], "no level exceeds the limit");
    let too_few = json!([{ "variantId": note, "locationId": locations(&shop).await[1], "quantity": 1 }]);
    let error = staff.user_error(SET_STOCK, json!({ "rows": too_few })).await;
    assert_eq!(error["code"], "INVALID_QUANTITY", "four units would be backordered, but the limit is three");
    assert_eq!(
        staff.user_error(UPDATE_ITEM, limit(1)).await["code"],
        "IN_USE",
        "two units are backordered over all locations"
    );
    set_stock_at_both(&shop, &note, 0, 5).await;
    let from = "mutation($order: ID!, $location: ID!) { fulfillmentCreate(orderId: $order, locationId: $location) {
        fulfillment { id } userErrors { code } } }";
    let floor = locations(&shop).await[1].clone();
    staff.data(from, json!({ "order": first, "location": floor })).await;
    staff.data(from, json!({ "order": second, "location": floor })).await;
    assert_eq!(levels(&shop, &note).await, [(0, 0, 0), (0, 0, 0)]);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn an_item_with_open_orders_can_start_and_stop_being_tracked() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let id = item(&shop, &note).await;
    let tracked = |tracked: bool| json!({ "id": id, "input": { "tracked": tracked } });
    let send =
        "mutation($order: ID!) { fulfillmentCreate(orderId: $order) { fulfillment { id } userErrors { code } } }";
    set_stock_at_both(&shop, &note, 5, 0).await;
    let (promised, _) = shop.order(&client, &note, 3).await;
    staff.data(UPDATE_ITEM, tracked(false)).await;
    assert_eq!(levels(&shop, &note).await, [(5, 0, 0), (0, 0, 0)], "untracked units are not reserved");
    staff.data(send, json!({ "order": promised })).await;
    let (uncounted, _) = shop.order(&client, &note, 4).await;
    staff.data(UPDATE_ITEM, tracked(true)).await;
    set_stock_at_both(&shop, &note, 3, 0).await;
    assert_eq!(staff.user_error(send, json!({ "order": uncounted })).await["code"], "INSUFFICIENT_STOCK");
    set_stock_at_both(&shop, &note, 6, 0).await;
    staff.data(send, json!({ "order": uncounted })).await;
    assert_eq!(levels(&shop, &note).await, [(2, 0, 0), (0, 0, 0)], "the units have been removed from stock");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn e9_e10_e11_canceled_fulfillments_are_restocked_and_reserved_again() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let [main, floor] = locations(&shop).await.map(|id| id.parse::<LocationId>().expect("an id"));
    let id: InventoryItemId = item(&shop, &note).await.parse().expect("an id");
    set_stock_at_both(&shop, &note, 10, 5).await;
    let order: OrderId = shop.order(&client, &note, 4).await.0.parse().expect("an id");
    assert_eq!(levels(&shop, &note).await, [(10, 4, 0), (5, 0, 0)]);

    let tx = shop.db.begin().await.expect("a transaction");
    let sent = shop.inventory.fulfill_in(&tx, order, None, &[(id, 4)]).await.expect("it is sent");
    tx.commit().await.expect("a commit");
    assert_eq!(sent, [(id, main, 4)]);
    assert_eq!(levels(&shop, &note).await, [(6, 0, 0), (5, 0, 0)], "E9: both numbers decrease");
    let tx = shop.db.begin().await.expect("a transaction");
    shop.inventory.unfulfill_in(&tx, order, &sent).await.expect("it is back");
    tx.commit().await.expect("a commit");
    assert_eq!(levels(&shop, &note).await, [(10, 4, 0), (5, 0, 0)], "E10: restocked, and reserved again");
    assert_invariants(&shop).await;

    let tx = shop.db.begin().await.expect("a transaction");
    let sent = shop.inventory.fulfill_in(&tx, order, Some(floor), &[(id, 3)]).await.expect("it is sent");
    tx.commit().await.expect("a commit");
    assert_eq!(sent, [(id, floor, 3)], "the reservation moved to the shipping location");
    assert_eq!(levels(&shop, &note).await, [(10, 1, 0), (2, 0, 0)]);
    assert_invariants(&shop).await;

    set_stock_at_both(&shop, &note, 1, 0).await;
    let tx = shop.db.begin().await.expect("a transaction");
    assert!(shop.inventory.fulfill_in(&tx, order, Some(floor), &[(id, 1)]).await.is_err(), "there is no stock");
    drop(tx);
    let tx = shop.db.begin().await.expect("a transaction");
    shop.inventory.release_part_in(&tx, order, &[(id, 9)]).await.expect("what is left is given back");
    shop.inventory.release_in(&tx, order).await.expect("nothing is left");
    shop.inventory.receive_in(&tx, order, &[(id, floor, 1)]).await.expect("one of two was good");
    tx.commit().await.expect("a commit");
    assert_eq!(levels(&shop, &note).await, [(1, 0, 0), (1, 0, 0)], "E11: the damaged unit is not restocked");
    assert_invariants(&shop).await;

    let query = "query($order: ID!) { stockMovements(filter: { orderId: $order }) { totalCount nodes {
        kind stockedDelta reservedDelta orderId location { id } inventoryItem { id } } } }";
    let found = shop.staff().await.data(query, json!({ "order": order })).await["stockMovements"].clone();
    let kinds: Vec<_> =
        found["nodes"].as_array().expect("lines").iter().rev().map(|line| text(&line["kind"])).collect();
    assert_eq!(kinds, ["RESERVE", "FULFILL", "UNFULFILL", "MOVE", "MOVE", "FULFILL", "RELEASE", "RETURN"]);
    assert_eq!(found["totalCount"], 8);
}

#[shop_test]
async fn e15_a_larger_order_reserves_the_difference_or_nothing() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    set_stock_at_both(&shop, &note, 4, 2).await;
    let order: OrderId = shop.order(&client, &note, 3).await.0.parse().expect("an id");
    let variant: VariantId = note.parse().expect("an id");
    for (more, ok) in [(4, false), (2, true)] {
        let tx = shop.db.begin().await.expect("a transaction");
        let grown = shop.inventory.reserve_in(&tx, order, None, StockAllocation::Priority, &[(variant, more)]).await;
        assert_eq!(grown.is_ok(), ok, "{more} more");
        if grown.is_ok() {
            tx.commit().await.expect("a commit");
        }
    }
    assert_eq!(levels(&shop, &note).await, [(4, 4, 0), (2, 1, 0)]);
    assert_eq!(shop.count("SELECT count(*) FROM stock_reservations").await, 2, "one for each location");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn e14_moving_reservations_or_units_updates_both_locations_and_never_oversells() {
    let shop = shop_with_cart_holds().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let [main, floor] = locations(&shop).await;
    set_stock_at_both(&shop, &note, 10, 3).await;
    let (order, _) = shop.order(&client, &note, 4).await;
    let found = staff.data(RESERVATIONS, json!({ "filter": { "orderId": order } })).await["stockReservations"].clone();
    let promise = found["nodes"][0].clone();
    assert_eq!(
        (&promise["kind"], &promise["quantity"], &promise["expiresAt"]),
        (&json!("ORDER"), &json!(4), &Value::Null)
    );
    let relocate = "mutation($id: ID!, $to: ID!) { stockReservationMove(id: $id, toLocationId: $to) {
        stockReservation { id quantity location { id } } userErrors { code } } }";
    let there = json!({ "id": promise["id"], "to": floor });
    assert_eq!(staff.user_error(relocate, there.clone()).await["code"], "INSUFFICIENT_STOCK");
    set_stock_at_both(&shop, &note, 10, 5).await;
    let moved = staff.data(relocate, there).await["stockReservationMove"]["stockReservation"].clone();
    assert_eq!((&moved["quantity"], &moved["location"]["id"]), (&json!(4), &json!(floor)));
    assert_eq!(levels(&shop, &note).await, [(10, 0, 0), (5, 4, 0)]);
    let release = "mutation($id: ID!) { stockReservationRelease(id: $id) { releasedId userErrors { code } } }";
    assert_eq!(staff.user_error(release, json!({ "id": moved["id"] })).await["code"], "INVALID_STATE");

    let units =
        |quantity: i32| json!({ "from": floor, "to": main, "rows": [{ "variantId": note, "quantity": quantity }] });
    for (quantity, code) in [(2, "INVALID_QUANTITY"), (6, "INSUFFICIENT_STOCK"), (0, "INVALID_QUANTITY")] {
        assert_eq!(staff.user_error(MOVE_STOCK, units(quantity)).await["code"], code, "{quantity}");
    }
    let nowhere = json!({ "from": floor, "to": floor, "rows": [{ "variantId": note, "quantity": 1 }] });
    assert_eq!(staff.user_error(MOVE_STOCK, nowhere).await["code"], "INVALID");
    staff.data(MOVE_STOCK, units(1)).await;
    assert_eq!(levels(&shop, &note).await, [(11, 0, 0), (4, 4, 0)]);

    let cart = shop.ready_cart(&client, &note, 11).await;
    client.data(RESERVE, json!({ "cart": cart })).await;
    let back = json!({ "from": main, "to": floor, "rows": [{ "variantId": note, "quantity": 1 }] });
    assert_eq!(
        staff.user_error(MOVE_STOCK, back.clone()).await["code"],
        "INVALID_QUANTITY",
        "the units are held for a cart"
    );
    let held = staff.data(RESERVATIONS, json!({ "filter": { "cartId": cart } })).await["stockReservations"].clone();
    assert_eq!((&held["totalCount"], &held["nodes"][0]["kind"]), (&json!(1), &json!("HOLD")));
    let hold = json!({ "id": held["nodes"][0]["id"], "to": floor });
    assert_eq!(staff.user_error(relocate, hold.clone()).await["code"], "INVALID_STATE");
    staff.data(release, json!({ "id": hold["id"] })).await;
    assert_eq!(staff.user_error(release, json!({ "id": hold["id"] })).await["code"], "NOT_FOUND");
    staff.data(MOVE_STOCK, back).await;
    allow_backorders(&shop, &note).await;
    assert_eq!(staff.user_error(MOVE_STOCK, units(2)).await["code"], "INVALID_QUANTITY", "reserved units stay");
    assert_invariants(&shop).await;
}

#[shop_test]
async fn rows_name_an_item_or_a_variant_and_can_have_an_expected_quantity() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (mug, [main, _]) = (shop.variant_of("enamel-mug").await, locations(&shop).await);
    let id = item(&shop, &note).await;
    make_kit(&shop, &mug, &[(&note, 2)]).await;
    let by_item = json!([{ "inventoryItemId": id, "locationId": main, "quantity": 7, "expectedStocked": 200 }]);
    let set = staff.data(SET_STOCK, json!({ "rows": by_item })).await["stockSet"]["levels"][0].clone();
    assert_eq!(set, json!({ "stocked": 7, "variantId": note, "inventoryItemId": id }));
    let error = staff.user_error(SET_STOCK, json!({ "rows": by_item })).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("STALE_VERSION"), &json!(["rows", "0", "expectedStocked"])));
    assert_eq!(error["details"], json!({ "expected": 200, "actual": 7 }));
    for (row, code, path) in [
        (json!({ "locationId": main, "quantity": 1 }), "REQUIRED", vec!["rows", "0"]),
        (
            json!({ "inventoryItemId": id, "variantId": note, "locationId": main, "quantity": 1 }),
            "INVALID",
            vec!["rows", "0"],
        ),
        (json!({ "variantId": mug, "locationId": main, "quantity": 1 }), "INVALID", vec!["rows", "0", "variantId"]),
        (
            json!({ "inventoryItemId": "item_01m84q05c3e3jbvaxd7vc1mw18", "locationId": main, "quantity": 1 }),
            "NOT_FOUND",
            vec!["rows", "0", "inventoryItemId"],
        ),
    ] {
        let error = staff.user_error(SET_STOCK, json!({ "rows": [row] })).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(path)));
    }
    let both = json!([{ "inventoryItemId": id, "locationId": main, "quantity": 1 },
                      { "variantId": note, "locationId": main, "quantity": 2 }]);
    assert_eq!(
        staff.user_error(SET_STOCK, json!({ "rows": both })).await["code"],
        "INVALID",
        "one level is named twice"
    );
    let track =
        "mutation($id: ID!) { variantUpdate(id: $id, input: { trackInventory: false }) { userErrors { code } } }";
    assert_eq!(
        staff.user_error(track, json!({ "id": mug })).await["code"],
        "INVALID",
        "a kit's items are changed one by one"
    );
}

#[shop_test]
async fn items_are_created_listed_updated_and_deleted_while_unused() {
    let shop = Shop::demo().await;
    let (staff, mug) = (shop.staff().await, shop.variant_of("enamel-mug").await);
    let create = "mutation($input: InventoryItemCreateInput!) { inventoryItemCreate(input: $input) {
        inventoryItem { id sku tracked backorderLimit version levels { stocked } } userErrors { code path } } }";
    let created = staff.data(create, json!({ "input": { "title": "Gift box", "sku": " BOX-1 " } })).await;
    let created = created["inventoryItemCreate"]["inventoryItem"].clone();
    assert_eq!(
        (&created["sku"], &created["tracked"], &created["backorderLimit"]),
        (&json!("BOX-1"), &json!(true), &json!(0))
    );
    for (input, code, path) in [
        (json!({ "title": " " }), "REQUIRED", "title"),
        (json!({ "title": "Box", "sku": "x".repeat(101) }), "TOO_LONG", "sku"),
        (json!({ "title": "Box", "backorderLimit": -1 }), "INVALID_QUANTITY", "backorderLimit"),
        (json!({ "title": "<b>Box" }), "INVALID_TEXT", "title"),
    ] {
        let error = staff.user_error(create, json!({ "input": input })).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(["input", path])));
    }
    let list = "query($filter: InventoryItemFilterInput!) { inventoryItems(filter: $filter, first: 50) {
        totalCount nodes { id title } pageInfo { hasNextPage } } }";
    for filter in [json!({ "query": "ift bo" }), json!({ "sku": "BOX-1" }), json!({ "query": "box-1" })] {
        let found = staff.data(list, json!({ "filter": filter })).await["inventoryItems"].clone();
        assert_eq!((&found["totalCount"], &found["nodes"][0]["id"]), (&json!(1), &created["id"]));
    }
    let box_id = text(&created["id"]);
    let own = item(&shop, &mug).await;
    for (components, code) in [
        (json!([]), "REQUIRED"),
        (json!([{ "inventoryItemId": box_id, "quantity": 0 }]), "INVALID_QUANTITY"),
        (json!([{ "inventoryItemId": box_id }, { "inventoryItemId": box_id }]), "INVALID"),
        (json!([{ "inventoryItemId": "item_01m84q05c3e3jbvaxd7vc1mw18" }]), "NOT_FOUND"),
    ] {
        assert_eq!(
            staff.user_error(SET_KIT_COMPONENTS, json!({ "variant": mug, "components": components })).await["code"],
            code
        );
    }
    let components = json!([{ "inventoryItemId": own }, { "inventoryItemId": box_id }]);
    staff.data(SET_KIT_COMPONENTS, json!({ "variant": mug, "components": components })).await;
    assert_eq!(available(&shop, &mug).await, 0, "there are no boxes");
    let delete = "mutation($id: ID!) { inventoryItemDelete(ids: [$id]) { deletedIds userErrors { code } } }";
    assert_eq!(staff.user_error(delete, json!({ "id": box_id })).await["code"], "IN_USE");
    let untracked = json!({ "id": box_id, "input": { "tracked": false, "sku": null } });
    staff.data(UPDATE_ITEM, untracked).await;
    assert_eq!(available(&shop, &mug).await, 120, "boxes are no longer tracked");
    staff.data(SET_KIT_COMPONENTS, json!({ "variant": mug, "components": [{ "inventoryItemId": own }] })).await;
    staff.data(delete, json!({ "id": box_id })).await;
    assert_eq!(staff.user_error(delete, json!({ "id": box_id })).await["code"], "NOT_FOUND");

    // A variant's own item is deleted with it, unless a kit needs it; and its SKU follows the variant's.
    let (note, line) = (shop.variant("NOTE-A5-DOT").await, shop.variant("NOTE-A5-RUL").await);
    let rename = "mutation($id: ID!) { variantUpdate(id: $id, input: { sku: \"DOTS\" }) { userErrors { code } } }";
    staff.data(rename, json!({ "id": note })).await;
    let data = staff.data(ITEMS, json!({ "id": note })).await;
    assert_eq!(data["variant"]["inventoryItems"][0]["inventoryItem"]["sku"], "DOTS");
    let (dots, lines) = (item(&shop, &note).await, item(&shop, &line).await);
    make_kit(&shop, &mug, &[(&note, 1)]).await;
    let product = "query($id: ID!) { variant(by: {id: $id}) { product { id } } }";
    let product = staff.data(product, json!({ "id": note })).await["variant"]["product"]["id"].clone();
    let away = "mutation($id: ID!) { productDelete(ids: [$id]) { deletedIds userErrors { code } } }";
    staff.data(away, json!({ "id": product })).await;
    let one = "query($id: ID!) { inventoryItem(id: $id) { title } }";
    assert!(staff.data(one, json!({ "id": dots })).await["inventoryItem"].is_object());
    assert_eq!(staff.data(one, json!({ "id": lines })).await["inventoryItem"], Value::Null);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn back_in_stock_alerts_are_sent_once() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let subscription = |email: &str| json!({ "variant": note, "email": email });
    assert_eq!(
        client.user_error(SUBSCRIBE, subscription("ada@example.com")).await["code"],
        "INVALID_STATE",
        "it can be bought"
    );
    shop.set_stock(&note, 0).await;
    assert_eq!(client.user_error(SUBSCRIBE, subscription("ada")).await["code"], "INVALID_EMAIL");
    let unknown = json!({ "variant": "var_01m84q05c3e3jbvaxd7vc1mw18", "email": "ada@example.com" });
    assert_eq!(client.user_error(SUBSCRIBE, unknown).await["code"], "NOT_FOUND");
    let first = client.data(SUBSCRIBE, subscription("ada@example.com")).await;
    assert_eq!(client.data(SUBSCRIBE, subscription("Ada@Example.com")).await, first, "the response is the same");
    client.data(SUBSCRIBE, subscription("bob@example.com")).await;
    let list = "query($waiting: Boolean) { backInStockAlerts(filter: { waiting: $waiting }) { totalCount
        nodes { id email notifiedAt unsubscribeToken variant { id } } } }";
    let waiting = staff.data(list, json!({ "waiting": true })).await["backInStockAlerts"].clone();
    assert_eq!((&waiting["totalCount"], &waiting["nodes"][0]["email"]), (&json!(2), &json!("bob@example.com")));

    let token = waiting["nodes"][0]["unsubscribeToken"].clone();
    let leave =
        "mutation($token: String!) { backInStockUnsubscribe(token: $token) { unsubscribed userErrors { code } } }";
    for _ in 0..2 {
        client.data(leave, json!({ "token": token })).await;
    }
    let guest = shop.auth.guest_token(OrderId::new(), "ada@example.com").expect("a token");
    for wrong in ["x.y.z", "", guest.as_str()] {
        assert_eq!(client.user_error(leave, json!({ "token": wrong })).await["code"], "INVALID");
    }

    let alert_events = "SELECT count(*) FROM events WHERE kind = 'variant_available'";
    for (stock, expected_events) in [(0, 0), (5, 1), (0, 1), (7, 1)] {
        shop.set_stock(&note, stock).await;
        assert_eq!(shop.count(alert_events).await, expected_events, "{stock} units");
    }
    let answered = staff.data(list, json!({ "waiting": false })).await["backInStockAlerts"].clone();
    assert_eq!((&answered["totalCount"], &answered["nodes"][0]["email"]), (&json!(1), &json!("ada@example.com")));
    assert!(answered["nodes"][0]["notifiedAt"].is_string());

    shop.set_stock(&note, 0).await;
    client.data(SUBSCRIBE, subscription("cy@example.com")).await;
    allow_backorders(&shop, &note).await;
    assert_eq!(shop.count(alert_events).await, 2, "a backorder makes it available");
}

#[shop_test]
async fn units_released_from_a_hold_trigger_back_in_stock_alerts() {
    let shop = shop_with_cart_holds().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 3).await;
    let cart = shop.ready_cart(&client, &note, 3).await;
    client.data(RESERVE, json!({ "cart": cart })).await;
    client.data(SUBSCRIBE, json!({ "variant": note, "email": "ada@example.com" })).await;
    let lines = "query($id: ID!) { cart(id: $id) { lines { id } } }";
    let line = client.data(lines, json!({ "id": cart })).await["cart"]["lines"][0]["id"].clone();
    let fewer =
        "mutation($cart: ID!, $line: ID!) { cartLinesUpdate(cartId: $cart, lines: [{ lineId: $line, quantity: 1 }]) {
        userErrors { code } } }";
    client.data(fewer, json!({ "cart": cart, "line": line })).await;
    let alert_events = "SELECT count(*) FROM events WHERE kind = 'variant_available'";
    assert_eq!(shop.count(alert_events).await, 0);
    client.data(RESERVE, json!({ "cart": cart })).await;
    assert_eq!(shop.count(alert_events).await, 1);
}

#[shop_test]
async fn a_kit_triggers_alerts_once_all_components_are_available() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let mug = shop.variant_of("enamel-mug").await;
    make_kit(&shop, &mug, &[(&note, 3)]).await;
    shop.set_stock(&note, 2).await;
    client.data(SUBSCRIBE, json!({ "variant": mug, "email": "ada@example.com" })).await;
    let (order, _) = shop.order(&client, &note, 2).await;
    let alert_events = "SELECT count(*) FROM events WHERE kind = 'variant_available'";
    shop.set_stock(&note, 4).await;
    assert_eq!(shop.count(alert_events).await, 0, "two units are left, and a kit needs three");
    let cancel = "mutation($id: ID!) { orderCancel(id: $id) { userErrors { code } } }";
    staff.data(cancel, json!({ "id": order })).await;
    assert_eq!(shop.count(alert_events).await, 1);
    assert_invariants(&shop).await;
}

#[shop_test]
async fn availability_is_public_for_visible_variants() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (wrapping, plane) = (shop.variant_of("gift-wrapping").await, shop.variant_of("block-plane").await);
    let unknown = "var_01m84q05c3e3jbvaxd7vc1mw18";
    let ids = json!({ "ids": [note, unknown, wrapping, plane] });
    let availability = client.data(AVAILABILITY, ids).await["availability"].clone();
    let row = |id: &str, sold: bool, units: Value| json!({ "variantId": id, "availableForSale": sold, "quantityAvailable": units, "allowsBackorder": false });
    let expected =
        json!([row(&note, true, json!(200)), null, row(&wrapping, true, Value::Null), row(&plane, false, json!(0))]);
    assert_eq!(availability, expected);
    assert_eq!(client.top_level_error(AVAILABILITY, json!({ "ids": vec![note; 101] })).await, "INVALID");
}

#[shop_test]
async fn e16_the_ledger_is_append_only() {
    let shop = Shop::demo().await;
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    for forgery in ["UPDATE stock_movements SET stocked_delta = 1", "DELETE FROM stock_movements"] {
        let rejected = client.batch_execute(forgery).await.expect_err("movements stay");
        assert!(rejected.as_db_error().is_some_and(|error| error.message().contains("never changed")), "{rejected}");
    }
    let oversold = "UPDATE stock_levels SET reserved = stocked + backorder_limit + 1";
    let rejected = client.batch_execute(oversold).await.expect_err("a level is never oversold");
    assert_eq!(rejected.as_db_error().and_then(|error| error.constraint()), Some("stock_levels_never_oversold"));
}

/// Pseudorandom numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, sides: u64) -> i32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i32::try_from((bits ^ (bits >> 31)) % sides).expect("a small number")
    }
}

/// Performs a random operation on the stock of a variant, which may be rejected.
async fn random_operation(
    shop: &Shop,
    staff: &Client,
    variants: &[String; 2],
    location_ids: &[String; 2],
    random: &mut Random,
) {
    let client = shop.anonymous();
    let variant = &variants[usize::from(random.below(3) == 0)];
    let (here, there) =
        if random.below(2) == 0 { (&location_ids[0], &location_ids[1]) } else { (&location_ids[1], &location_ids[0]) };
    let units = 1 + random.below(4);
    let adjust = "mutation($rows: [StockRowInput!]!) { stockAdjust(rows: $rows) { userErrors { code } } }";
    match random.below(9) {
        0 => {
            let rows = json!([{ "variantId": variants[0], "locationId": here, "quantity": units + 3 }]);
            staff.execute(adjust, json!({ "rows": rows })).await;
        }
        1 => {
            let rows = json!([{ "variantId": variants[0], "locationId": here, "quantity": -units }]);
            staff.execute(adjust, json!({ "rows": rows })).await;
        }
        2 => {
            let rows = json!([{ "variantId": variants[0], "quantity": units }]);
            staff.execute(MOVE_STOCK, json!({ "from": here, "to": there, "rows": rows })).await;
        }
        3 => {
            let all = staff.data(RESERVATIONS, json!({ "filter": {} })).await["stockReservations"]["nodes"].clone();
            let relocate = "mutation($id: ID!, $to: ID!) { stockReservationMove(id: $id, toLocationId: $to) { userErrors { code } } }";
            if let Some(one) = all.as_array().and_then(|all| all.first()) {
                staff.execute(relocate, json!({ "id": one["id"], "to": there })).await;
            }
        }
        4 => {
            let orders =
                staff.data("{ orders(first: 20) { nodes { id status } } }", Value::Null).await["orders"]["nodes"]
                    .clone();
            let place = usize::try_from(random.below(20)).expect("a place");
            let cancel = "mutation($id: ID!) { orderCancel(id: $id) { userErrors { code } } }";
            if let Some(one) = orders.as_array().and_then(|all| all.get(place)) {
                staff.execute(cancel, json!({ "id": one["id"] })).await;
            }
        }
        5 => {
            let orders =
                staff.data("{ orders(first: 20) { nodes { id status } } }", Value::Null).await["orders"]["nodes"]
                    .clone();
            let place = usize::try_from(random.below(20)).expect("a place");
            let fulfill = "mutation($id: ID!) { fulfillmentCreate(orderId: $id) { userErrors { code } } }";
            if let Some(one) = orders.as_array().and_then(|all| all.get(place)) {
                staff.execute(fulfill, json!({ "id": one["id"] })).await;
            }
        }
        kind => {
            let create = "mutation($input: CartCreateInput!) { cartCreate(input: $input) { cart { id shippingOptions { id } } } }";
            let input = json!({ "email": "ada@example.com", "lines": [{ "variantId": variant, "quantity": units }] });
            let created =
                client.execute(create, json!({ "input": input })).await.body["data"]["cartCreate"]["cart"].clone();
            if created.is_null() {
                return;
            }
            let address = json!({ "firstName": "Ada", "lastName": "Byron", "address1": "Lindenstraße 1", "city": "Berlin",
                "postalCode": "10969", "country": "DE" });
            let rest = "mutation($cart: ID!, $address: AddressInput!, $option: ID!) {
                cartAddressesSet(cartId: $cart, input: {shippingAddress: $address}) { userErrors { code } }
                cartShippingSelect(cartId: $cart, shippingOptionId: $option) { userErrors { code } } }";
            let option = &created["shippingOptions"][0]["id"];
            client.execute(rest, json!({ "cart": created["id"], "address": address, "option": option })).await;
            if kind != 6 {
                client.execute(RESERVE, json!({ "cart": created["id"] })).await;
            }
            if kind != 8 {
                client.execute(COMPLETE_PAID, json!({ "cart": created["id"] })).await;
            }
        }
    }
}

#[shop_test]
async fn e16_random_concurrent_operations_keep_the_invariants() {
    let shop = Arc::new(shop_with_cart_holds().await);
    let (note, mug) = (shop.variant("NOTE-A5-DOT").await, shop.variant_of("enamel-mug").await);
    set_stock_at_both(&shop, &note, 9, 6).await;
    make_kit(&shop, &mug, &[(&note, 2)]).await;
    let (staff, location_ids) = (shop.staff().await, locations(&shop).await);
    let tasks = (0..6).map(|number| {
        let (shop, staff, location_ids, variants) =
            (shop.clone(), staff.clone(), location_ids.clone(), [note.clone(), mug.clone()]);
        tokio::spawn(async move {
            let mut random = Random(number);
            for _ in 0..12 {
                random_operation(&shop, &staff, &variants, &location_ids, &mut random).await;
            }
        })
    });
    futures_util::future::try_join_all(tasks).await.expect("no panic");
    assert_invariants(&shop).await;
    let negative = "SELECT count(*) FROM stock_levels WHERE stocked < 0 OR reserved < 0";
    assert_eq!(shop.count(negative).await, 0);
    assert!(
        shop.count("SELECT count(*) FROM stock_movements WHERE order_id IS NOT NULL").await > 5,
        "some operations succeeded"
    );
}

#[shop_test]
async fn the_migration_preserves_stock_in_both_directions() {
    let shop = shop_with_cart_holds().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.order(&client, &note, 3).await;
    let cart = shop.ready_cart(&client, &note, 1).await;
    client.data(RESERVE, json!({ "cart": cart })).await;
    let numbers = "SELECT (sum(stocked) * 1000 + sum(reserved))::bigint FROM stock_levels";
    let promised = "SELECT sum(quantity)::bigint FROM stock_reservations WHERE order_id IS NOT NULL";
    let before = (shop.count(numbers).await, shop.count(promised).await);
    let owing = shop.count("SELECT count(*) FROM inventory_items WHERE backorder_limit > 0").await;
    while shop.count("SELECT count(*) FROM information_schema.tables WHERE table_name = 'inventory_items'").await > 0 {
        migrations::revert(shop.url()).await.expect("a migration is undone").expect("there is one");
    }
    assert_eq!((shop.count(numbers).await, shop.count(promised).await), before);
    assert_eq!(shop.count("SELECT count(*) FROM stock_items WHERE backorder").await, owing);
    migrations::run(shop.url()).await.expect("they run again");
    assert_eq!((shop.count(numbers).await, shop.count(promised).await), before);
    let whole =
        "SELECT count(*) FROM variants v WHERE NOT EXISTS (SELECT FROM variant_items c WHERE c.variant_id = v.id)";
    assert_eq!(shop.count(whole).await, 0);
    let components = "SELECT count(*) FROM order_lines WHERE components <> jsonb_build_array(
        jsonb_build_object('itemId', variant_id, 'quantity', 1))";
    assert_eq!(shop.count(components).await, 0);
    assert_invariants(&shop).await;
}
