//! Stock: items and kits, levels, holds, backorders, the ledger, and their invariants.

use std::sync::Arc;

use cartwright::db::migrations;
use cartwright::domain::regions::StockAllocation;
use cartwright::kernel::ids::{InventoryItemId, LocationId, OrderId, VariantId};
use cartwright_macros::shop_test;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::checkout::{COMPLETE, books_balance};
use crate::support::{Client, Shop, TestClock, text};

pub(crate) const RESERVE: &str =
    "mutation($cart: ID!, $minutes: Int! = 10) { cartReserve(cartId: $cart, minutes: $minutes) {
    cart { reservedUntil } userErrors { code path details } } }";
const RELEASE: &str =
    "mutation($cart: ID!) { cartRelease(cartId: $cart) { cart { reservedUntil } userErrors { code } } }";
const ADD: &str = "mutation($cart: ID!, $lines: [CartLineInput!]!) { cartLinesAdd(cartId: $cart, lines: $lines) {
    cart { id } userErrors { code path details } } }";
const AVAILABLE: &str = "query($ids: [ID!]!) { availability(variantIds: $ids) {
    variantId availableForSale quantityAvailable allowsBackorder } }";
const ITEMS: &str = "query($id: ID!) { variant(by: {id: $id}) { inventoryItems { quantity inventoryItem {
    id sku title tracked backorderLimit version usedBy { quantity variant { id } }
    levels { stocked reserved held available location { id } } } } } }";
const KIT: &str = "mutation($variant: ID!, $components: [KitComponentInput!]!) {
    variantKitComponentsSet(variantId: $variant, components: $components) { variant { id } userErrors { code path } } }";
const SET: &str = "mutation($rows: [StockRowInput!]!) { stockSet(rows: $rows) {
    levels { stocked variantId inventoryItemId } userErrors { code path details } } }";
const MOVE: &str = "mutation($from: ID!, $to: ID!, $rows: [StockMoveRowInput!]!) {
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

/// A shop whose carts can reserve units.
async fn holding() -> Shop {
    let shop = Shop::demo().await;
    channel(&shop, json!({ "cartHolds": true })).await;
    shop
}

pub(crate) async fn channel(shop: &Shop, input: Value) {
    let staff = shop.staff().await;
    let channels = staff.ok("{ salesChannels { id } }", Value::Null).await;
    let update = "mutation($id: ID!, $input: SalesChannelUpdateInput!) { salesChannelUpdate(id: $id, input: $input) {
        salesChannel { stockAllocation cartHolds } userErrors { code } } }";
    staff.ok(update, json!({ "id": channels["salesChannels"][0]["id"], "input": input })).await;
}

async fn locations(shop: &Shop) -> [String; 2] {
    let found = shop.staff().await.ok("{ stockLocations { id } }", Value::Null).await;
    [0, 1].map(|place| text(&found["stockLocations"][place]["id"]).to_owned())
}

/// The item that was created with a variant.
async fn item(shop: &Shop, variant: &str) -> String {
    let data = shop.staff().await.ok(ITEMS, json!({ "id": variant })).await;
    text(&data["variant"]["inventoryItems"][0]["inventoryItem"]["id"]).to_owned()
}

/// Allows backorders of a variant.
async fn backorder(shop: &Shop, variant: &str) {
    let update =
        "mutation($id: ID!) { variantUpdate(id: $id, input: { allowBackorder: true }) { userErrors { code } } }";
    shop.staff().await.ok(update, json!({ "id": variant })).await;
}

/// Stocked, reserved and held units of a variant's items at each location.
async fn levels(shop: &Shop, variant: &str) -> Vec<(i64, i64, i64)> {
    let data = shop.staff().await.ok(ITEMS, json!({ "id": variant })).await;
    let items = data["variant"]["inventoryItems"].as_array().expect("items").clone();
    let levels = items.iter().flat_map(|part| part["inventoryItem"]["levels"].as_array().expect("levels").clone());
    let number = |level: &Value, field: &str| level[field].as_i64().expect("a number");
    levels.map(|level| (number(&level, "stocked"), number(&level, "reserved"), number(&level, "held"))).collect()
}

async fn available(shop: &Shop, variant: &str) -> Value {
    let data = shop.anonymous().ok(AVAILABLE, json!({ "ids": [variant] })).await;
    data["availability"][0]["quantityAvailable"].clone()
}

async fn set_both(shop: &Shop, variant: &str, first: i32, second: i32) {
    let [main, floor] = locations(shop).await;
    let row =
        |location: String, quantity: i32| json!({ "variantId": variant, "locationId": location, "quantity": quantity });
    shop.staff().await.ok(SET, json!({ "rows": [row(main, first), row(floor, second)] })).await;
}

/// Makes a variant a kit of these units of other variants' items.
pub(crate) async fn make_kit(shop: &Shop, kit: &str, parts: &[(&str, i32)]) {
    let mut components = Vec::new();
    for (variant, quantity) in parts {
        components.push(json!({ "inventoryItemId": item(shop, variant).await, "quantity": quantity }));
    }
    shop.staff().await.ok(KIT, json!({ "variant": kit, "components": components })).await;
}

#[shop_test]
async fn e1_e5_what_is_promised_and_what_is_held_cannot_be_had_by_others() {
    let shop = holding().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 6).await;
    let (holder, late) = (shop.paid_cart(&client, &note, 2).await, shop.paid_cart(&client, &note, 2).await);
    shop.order(&client, &note, 3).await;
    let kept = client.ok(RESERVE, json!({ "cart": holder })).await;
    assert!(kept["cartReserve"]["cart"]["reservedUntil"].is_string());
    assert_eq!(available(&shop, &note).await, 1);
    assert_eq!(levels(&shop, &note).await, [(6, 3, 2)]);
    for refused in [
        client.refused(RESERVE, json!({ "cart": late })).await,
        client.refused(COMPLETE, json!({ "cart": late })).await,
        client.refused(ADD, json!({ "cart": late, "lines": [{ "variantId": note, "quantity": 1 }] })).await,
    ] {
        assert_eq!((&refused["code"], &refused["details"]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(1)));
    }
    client.ok(COMPLETE, json!({ "cart": holder })).await;
    assert_eq!(levels(&shop, &note).await, [(6, 5, 0)], "the holder's own hold did not block it, and is used up");
    books_balance(&shop).await;
}

#[shop_test]
async fn e3_keeping_again_replaces_and_never_adds() {
    let shop = holding().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 10).await;
    let cart = shop.ready_cart(&client, &note, 5).await;
    for _ in 0..2 {
        client.ok(RESERVE, json!({ "cart": cart })).await;
        assert_eq!(levels(&shop, &note).await, [(10, 0, 5)]);
    }
    client.ok(ADD, json!({ "cart": cart, "lines": [{ "variantId": note, "quantity": 5 }] })).await;
    client.ok(RESERVE, json!({ "cart": cart })).await;
    assert_eq!(levels(&shop, &note).await, [(10, 0, 10)], "all of it, over what it kept itself");
    let released = client.ok(RELEASE, json!({ "cart": cart })).await;
    assert_eq!(released["cartRelease"]["cart"]["reservedUntil"], Value::Null);
    assert_eq!(levels(&shop, &note).await, [(10, 0, 0)]);
    client.ok(RESERVE, json!({ "cart": cart })).await;
    let delete = "mutation($cart: ID!) { cartDelete(cartId: $cart) { userErrors { code } } }";
    client.ok(delete, json!({ "cart": cart })).await;
    assert_eq!(levels(&shop, &note).await, [(10, 0, 0)], "what was kept for a deleted cart is free");
}

#[shop_test]
async fn e12_a_hold_ends_by_the_clock_and_not_by_a_sweeper() {
    let clock = TestClock::default();
    let shop = Shop::demo_with_clock(&clock).await;
    channel(&shop, json!({ "cartHolds": true })).await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 2).await;
    let (holder, other) = (shop.paid_cart(&client, &note, 2).await, shop.paid_cart(&client, &note, 2).await);
    client.ok(RESERVE, json!({ "cart": holder, "minutes": 1 })).await;
    assert_eq!(client.refused(COMPLETE, json!({ "cart": other })).await["details"]["available"], 0);
    clock.forward(TimeDelta::seconds(61));
    assert_eq!(available(&shop, &note).await, 2, "it ended a second ago");
    assert_eq!(shop.count("SELECT count(*) FROM stock_reservations WHERE kind = 'HOLD'").await, 1);
    client.ok(COMPLETE, json!({ "cart": other })).await;
    assert_eq!(client.refused(COMPLETE, json!({ "cart": holder })).await["code"], "INSUFFICIENT_STOCK");
    assert_eq!(shop.inventory.delete_expired_holds().await.expect("a sweep"), 1);
    assert_eq!(levels(&shop, &note).await, [(2, 2, 0)]);
    books_balance(&shop).await;
}

#[shop_test]
async fn carts_keep_nothing_unless_the_channel_says_so_and_never_for_longer_than_an_hour() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let cart = shop.ready_cart(&client, &note, 1).await;
    assert_eq!(client.refused(RESERVE, json!({ "cart": cart })).await["code"], "INVALID_STATE");
    channel(&shop, json!({ "cartHolds": true })).await;
    for minutes in [0, -1, 61] {
        let error = client.refused(RESERVE, json!({ "cart": cart, "minutes": minutes })).await;
        assert_eq!((&error["code"], &error["path"]), (&json!("INVALID"), &json!(["minutes"])));
    }
    let stranger = shop.customer().await;
    let mine = "mutation($cart: ID!) { cartCustomerAttach(cartId: $cart) { userErrors { code } } }";
    stranger.ok(mine, json!({ "cart": cart })).await;
    assert_eq!(client.refused(RESERVE, json!({ "cart": cart })).await["code"], "NOT_FOUND", "somebody else's cart");
    stranger.ok(RESERVE, json!({ "cart": cart })).await;
    stranger.ok(COMPLETE_PAID, json!({ "cart": cart })).await;
    assert_eq!(stranger.refused(RESERVE, json!({ "cart": cart })).await["code"], "CART_COMPLETED");
    let update =
        "mutation { salesChannelUpdate(id: \"chan_01m84q05c3e3jbvaxd7vc1mw18\", input: {}) { userErrors { code } } }";
    assert_eq!(shop.staff().await.refused(update, Value::Null).await["code"], "NOT_FOUND");
}

const COMPLETE_PAID: &str = "mutation($cart: ID!) { paymentSessionCreate(cartId: $cart) { userErrors { code message } }
    cartComplete(cartId: $cart) { order { id } userErrors { code message } } }";

#[shop_test]
async fn e6_e7_an_order_takes_stock_as_its_channel_says() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    set_both(&shop, &note, 2, 5).await;
    shop.order(&client, &note, 5).await;
    assert_eq!(levels(&shop, &note).await, [(2, 0, 0), (5, 5, 0)], "E7: one location that has everything");
    set_both(&shop, &note, 2, 10).await;
    channel(&shop, json!({ "stockAllocation": "PRIORITY" })).await;
    shop.order(&client, &note, 3).await;
    assert_eq!(levels(&shop, &note).await, [(2, 2, 0), (10, 6, 0)], "E6: the first is drained first");
    books_balance(&shop).await;
}

#[shop_test]
async fn e8_d15_a_kit_and_what_it_is_made_of_share_one_stock() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (mug, staff) = (shop.variant_of("enamel-mug").await, shop.staff().await);
    shop.set_stock(&note, 5).await;
    make_kit(&shop, &mug, &[(&note, 2)]).await;
    assert_eq!(available(&shop, &mug).await, 2, "E8: two of five, twice");
    let data = staff.ok(ITEMS, json!({ "id": mug })).await;
    let part = &data["variant"]["inventoryItems"][0];
    assert_eq!((&part["quantity"], &part["inventoryItem"]["sku"]), (&json!(2), &json!("NOTE-A5-DOT")));
    assert_eq!(part["inventoryItem"]["usedBy"].as_array().map(Vec::len), Some(2));

    let cart = shop.ready_cart(&client, &mug, 1).await;
    let lines = |variant: &str, quantity: i32| json!([{ "variantId": variant, "quantity": quantity }]);
    let error = client.refused(ADD, json!({ "cart": cart, "lines": lines(&mug, 2) })).await;
    assert_eq!((&error["code"], &error["details"]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(2)));
    client.ok(ADD, json!({ "cart": cart, "lines": lines(&mug, 1) })).await;
    let error = client.refused(ADD, json!({ "cart": cart, "lines": lines(&note, 2) })).await;
    assert_eq!(error["details"], json!({ "available": 1, "variantId": note }), "D15: the kits have the other four");
    client.ok(ADD, json!({ "cart": cart, "lines": lines(&note, 1) })).await;
    shop.set_stock(&note, 4).await;
    let pay = "mutation($cart: ID!) { paymentSessionCreate(cartId: $cart) { userErrors { code } } }";
    client.ok(pay, json!({ "cart": cart })).await;
    assert_eq!(client.refused(COMPLETE, json!({ "cart": cart })).await["code"], "INSUFFICIENT_STOCK");
    shop.set_stock(&note, 5).await;
    let order = client.ok(COMPLETE_PAID, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    assert_eq!(levels(&shop, &note).await, [(5, 5, 0)]);
    books_balance(&shop).await;

    // The order keeps the items it was placed with, whatever the kit is made of later.
    make_kit(&shop, &mug, &[(&shop.variant_of("secateurs").await, 1)]).await;
    let fulfill = "mutation($id: ID!) { fulfillmentCreate(orderId: $id) { userErrors { code message } } }";
    staff.ok(fulfill, json!({ "id": order })).await;
    assert_eq!(levels(&shop, &note).await, [(0, 0, 0)]);
    books_balance(&shop).await;

    // Lists support kits, too.
    let (plane, listed) = (
        shop.variant_of("block-plane").await,
        "{ products(first: 100, filter: { available: true }) {
        nodes { handle } } }",
    );
    for (stock, each, shown) in [(5, 2, true), (5, 6, false), (0, 1, false)] {
        shop.set_stock(&note, stock).await;
        make_kit(&shop, &plane, &[(&note, each)]).await;
        let found = client.ok(listed, Value::Null).await.to_string().contains("block-plane");
        assert_eq!(found, shown, "{each} of {stock}");
    }
}

#[shop_test]
async fn e2_e8_buyers_of_a_kit_and_of_its_part_at_once_never_get_more_than_there_is() {
    let shop = holding().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let mug = shop.variant_of("enamel-mug").await;
    set_both(&shop, &note, 8, 7).await;
    make_kit(&shop, &mug, &[(&note, 2)]).await;
    let mut carts = Vec::new();
    for number in 0..15 {
        carts.push((2, shop.paid_cart(&client, &mug, 1).await));
        carts.push((1, shop.paid_cart(&client, &note, 1).await));
        if number < 2 {
            client.ok(RESERVE, json!({ "cart": carts.last().expect("a cart").1 })).await;
        }
    }
    let tries = carts.into_iter().map(|(units, cart)| {
        let client = client.clone();
        tokio::spawn(async move {
            let answer = client.run(COMPLETE, json!({ "cart": cart })).await.body["data"]["cartComplete"].clone();
            (units, answer)
        })
    });
    let answers = futures_util::future::try_join_all(tries).await.expect("no panic");
    let sold: i64 = answers.iter().filter(|(_, answer)| answer["order"].is_object()).map(|(units, _)| units).sum();
    assert_eq!(sold, 15, "every unit was sold once");
    for (_, answer) in answers.iter().filter(|(_, answer)| !answer["order"].is_object()) {
        assert_eq!(answer["userErrors"][0]["code"], "INSUFFICIENT_STOCK");
    }
    assert_eq!(levels(&shop, &note).await, [(8, 8, 0), (7, 7, 0)]);
    books_balance(&shop).await;
}

#[shop_test]
async fn e13_backorders_go_down_to_the_limit_and_are_flagged_on_the_line() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let id = item(&shop, &note).await;
    set_both(&shop, &note, 0, 0).await;
    let limit =
        |limit: i32, expected: Value| json!({ "id": id, "input": { "backorderLimit": limit }, "expected": expected });
    let changed = staff.ok(UPDATE_ITEM, limit(3, json!(1))).await;
    assert_eq!(changed["inventoryItemUpdate"]["inventoryItem"], json!({ "version": 2, "backorderLimit": 3 }));
    assert_eq!(staff.refused(UPDATE_ITEM, limit(4, json!(1))).await["code"], "STALE_VERSION");
    assert_eq!(staff.refused(UPDATE_ITEM, limit(-1, Value::Null)).await["code"], "INVALID_QUANTITY");
    let lines = json!([{ "variantId": note, "quantity": 4 }]);
    let create = "mutation($lines: [CartLineInput!]!) { cartCreate(input: { lines: $lines }) {
        cart { id } userErrors { code details } } }";
    let error = client.refused(create, json!({ "lines": lines })).await;
    assert_eq!((&error["code"], &error["details"]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(3)));
    let (order, _) = shop.order(&client, &note, 3).await;
    let query = "query($id: ID!) { order(id: $id) { lines { backorderedQuantity } } }";
    assert_eq!(staff.ok(query, json!({ "id": order })).await["order"]["lines"][0]["backorderedQuantity"], 3);
    let shown = client.ok(AVAILABLE, json!({ "ids": [note] })).await["availability"][0].clone();
    let none = json!({ "variantId": note, "availableForSale": false, "quantityAvailable": 0, "allowsBackorder": true });
    assert_eq!(shown, none, "the limit is over all locations");
    let error = staff.refused(UPDATE_ITEM, limit(2, Value::Null)).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("IN_USE"), &json!(["input", "backorderLimit"])));
    assert_eq!(levels(&shop, &note).await, [(0, 3, 0), (0, 0, 0)]);
    books_balance(&shop).await;
}

#[shop_test]
async fn e1_e13_units_that_come_to_another_location_are_for_those_who_wait() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let id = item(&shop, &note).await;
    set_both(&shop, &note, 0, 0).await;
    let limit = |limit: i32| json!({ "id": id, "input": { "backorderLimit": limit } });
    staff.ok(UPDATE_ITEM, limit(3)).await;
    let (first, _) = shop.order(&client, &note, 3).await;
    set_both(&shop, &note, 0, 3).await;
    assert_eq!(available(&shop, &note).await, 0, "E1: three are there, and three are promised");
    let filter =
        "{ products(first: 100, filter: { available: true }) { nodes { variants { sku availableForSale } } } }";
    assert!(client.ok(filter, Value::Null).await.to_string().contains("NOTE-A5-DOT"), "backorders are open again");
    let query = "query($id: ID!) { order(id: $id) { lines { backorderedQuantity } } }";
    let (second, _) = shop.order(&client, &note, 2).await;
    assert_eq!(staff.ok(query, json!({ "id": second })).await["order"]["lines"][0]["backorderedQuantity"], 2);
    assert_eq!(levels(&shop, &note).await, [(0, 3, 0), (3, 2, 0)], "no level owes more than the limit");
    let too_few = json!([{ "variantId": note, "locationId": locations(&shop).await[1], "quantity": 1 }]);
    let error = staff.refused(SET, json!({ "rows": too_few })).await;
    assert_eq!(error["code"], "INVALID_QUANTITY", "four would be owed, and three may be");
    assert_eq!(staff.refused(UPDATE_ITEM, limit(1)).await["code"], "IN_USE", "two are owed over all locations");
    set_both(&shop, &note, 0, 5).await;
    let from = "mutation($order: ID!, $location: ID!) { fulfillmentCreate(orderId: $order, locationId: $location) {
        fulfillment { id } userErrors { code } } }";
    let floor = locations(&shop).await[1].clone();
    staff.ok(from, json!({ "order": first, "location": floor })).await;
    staff.ok(from, json!({ "order": second, "location": floor })).await;
    assert_eq!(levels(&shop, &note).await, [(0, 0, 0), (0, 0, 0)]);
    books_balance(&shop).await;
}

#[shop_test]
async fn an_item_may_begin_and_cease_to_be_counted_while_orders_wait() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let id = item(&shop, &note).await;
    let tracked = |tracked: bool| json!({ "id": id, "input": { "tracked": tracked } });
    let send =
        "mutation($order: ID!) { fulfillmentCreate(orderId: $order) { fulfillment { id } userErrors { code } } }";
    set_both(&shop, &note, 5, 0).await;
    let (promised, _) = shop.order(&client, &note, 3).await;
    staff.ok(UPDATE_ITEM, tracked(false)).await;
    assert_eq!(levels(&shop, &note).await, [(5, 0, 0), (0, 0, 0)], "what is not counted is promised to nobody");
    staff.ok(send, json!({ "order": promised })).await;
    let (uncounted, _) = shop.order(&client, &note, 4).await;
    staff.ok(UPDATE_ITEM, tracked(true)).await;
    set_both(&shop, &note, 3, 0).await;
    assert_eq!(staff.refused(send, json!({ "order": uncounted })).await["code"], "INSUFFICIENT_STOCK");
    set_both(&shop, &note, 6, 0).await;
    staff.ok(send, json!({ "order": uncounted })).await;
    assert_eq!(levels(&shop, &note).await, [(2, 0, 0), (0, 0, 0)], "they have left the shelf all the same");
    books_balance(&shop).await;
}

#[shop_test]
async fn e9_e10_e11_what_is_sent_comes_back_to_the_shelf_and_to_the_promise() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let [main, floor] = locations(&shop).await.map(|id| id.parse::<LocationId>().expect("an id"));
    let id: InventoryItemId = item(&shop, &note).await.parse().expect("an id");
    set_both(&shop, &note, 10, 5).await;
    let order: OrderId = shop.order(&client, &note, 4).await.0.parse().expect("an id");
    assert_eq!(levels(&shop, &note).await, [(10, 4, 0), (5, 0, 0)]);

    let tx = shop.db.begin().await.expect("a transaction");
    let sent = shop.inventory.fulfill_in(&tx, order, None, &[(id, 4)]).await.expect("it is sent");
    tx.commit().await.expect("a commit");
    assert_eq!(sent, [(id, main, 4)]);
    assert_eq!(levels(&shop, &note).await, [(6, 0, 0), (5, 0, 0)], "E9: both numbers fall");
    let tx = shop.db.begin().await.expect("a transaction");
    shop.inventory.unfulfill_in(&tx, order, &sent).await.expect("it is back");
    tx.commit().await.expect("a commit");
    assert_eq!(levels(&shop, &note).await, [(10, 4, 0), (5, 0, 0)], "E10: restocked, and promised again");
    books_balance(&shop).await;

    let tx = shop.db.begin().await.expect("a transaction");
    let sent = shop.inventory.fulfill_in(&tx, order, Some(floor), &[(id, 3)]).await.expect("it is sent");
    tx.commit().await.expect("a commit");
    assert_eq!(sent, [(id, floor, 3)], "the promise moved to where it was sent from");
    assert_eq!(levels(&shop, &note).await, [(10, 1, 0), (2, 0, 0)]);
    books_balance(&shop).await;

    set_both(&shop, &note, 1, 0).await;
    let tx = shop.db.begin().await.expect("a transaction");
    assert!(shop.inventory.fulfill_in(&tx, order, Some(floor), &[(id, 1)]).await.is_err(), "nothing is there");
    drop(tx);
    let tx = shop.db.begin().await.expect("a transaction");
    shop.inventory.release_part_in(&tx, order, &[(id, 9)]).await.expect("what is left is given back");
    shop.inventory.release_in(&tx, order).await.expect("nothing is left");
    shop.inventory.receive_in(&tx, order, &[(id, floor, 1)]).await.expect("one of two was good");
    tx.commit().await.expect("a commit");
    assert_eq!(levels(&shop, &note).await, [(1, 0, 0), (1, 0, 0)], "E11: the damaged one is not on the shelf");
    books_balance(&shop).await;

    let query = "query($order: ID!) { stockMovements(filter: { orderId: $order }) { totalCount nodes {
        kind stockedDelta reservedDelta orderId location { id } inventoryItem { id } } } }";
    let found = shop.staff().await.ok(query, json!({ "order": order })).await["stockMovements"].clone();
    let kinds: Vec<_> =
        found["nodes"].as_array().expect("lines").iter().rev().map(|line| text(&line["kind"])).collect();
    assert_eq!(kinds, ["RESERVE", "FULFILL", "UNFULFILL", "MOVE", "MOVE", "FULFILL", "RELEASE", "RETURN"]);
    assert_eq!(found["totalCount"], 8);
}

#[shop_test]
async fn e15_an_order_that_grows_is_promised_the_difference_or_nothing() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    set_both(&shop, &note, 4, 2).await;
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
    books_balance(&shop).await;
}

#[shop_test]
async fn e14_moving_a_promise_or_units_changes_both_sides_and_never_less_than_is_promised() {
    let shop = holding().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let [main, floor] = locations(&shop).await;
    set_both(&shop, &note, 10, 3).await;
    let (order, _) = shop.order(&client, &note, 4).await;
    let found = staff.ok(RESERVATIONS, json!({ "filter": { "orderId": order } })).await["stockReservations"].clone();
    let promise = found["nodes"][0].clone();
    assert_eq!(
        (&promise["kind"], &promise["quantity"], &promise["expiresAt"]),
        (&json!("ORDER"), &json!(4), &Value::Null)
    );
    let relocate = "mutation($id: ID!, $to: ID!) { stockReservationMove(id: $id, toLocationId: $to) {
        stockReservation { id quantity location { id } } userErrors { code } } }";
    let there = json!({ "id": promise["id"], "to": floor });
    assert_eq!(staff.refused(relocate, there.clone()).await["code"], "INSUFFICIENT_STOCK");
    set_both(&shop, &note, 10, 5).await;
    let moved = staff.ok(relocate, there).await["stockReservationMove"]["stockReservation"].clone();
    assert_eq!((&moved["quantity"], &moved["location"]["id"]), (&json!(4), &json!(floor)));
    assert_eq!(levels(&shop, &note).await, [(10, 0, 0), (5, 4, 0)]);
    let release = "mutation($id: ID!) { stockReservationRelease(id: $id) { releasedId userErrors { code } } }";
    assert_eq!(staff.refused(release, json!({ "id": moved["id"] })).await["code"], "INVALID_STATE");

    let units =
        |quantity: i32| json!({ "from": floor, "to": main, "rows": [{ "variantId": note, "quantity": quantity }] });
    for (quantity, code) in [(2, "INVALID_QUANTITY"), (6, "INSUFFICIENT_STOCK"), (0, "INVALID_QUANTITY")] {
        assert_eq!(staff.refused(MOVE, units(quantity)).await["code"], code, "{quantity}");
    }
    let nowhere = json!({ "from": floor, "to": floor, "rows": [{ "variantId": note, "quantity": 1 }] });
    assert_eq!(staff.refused(MOVE, nowhere).await["code"], "INVALID");
    staff.ok(MOVE, units(1)).await;
    assert_eq!(levels(&shop, &note).await, [(11, 0, 0), (4, 4, 0)]);

    let cart = shop.ready_cart(&client, &note, 11).await;
    client.ok(RESERVE, json!({ "cart": cart })).await;
    let back = json!({ "from": main, "to": floor, "rows": [{ "variantId": note, "quantity": 1 }] });
    assert_eq!(staff.refused(MOVE, back.clone()).await["code"], "INVALID_QUANTITY", "they are kept for a cart");
    let held = staff.ok(RESERVATIONS, json!({ "filter": { "cartId": cart } })).await["stockReservations"].clone();
    assert_eq!((&held["totalCount"], &held["nodes"][0]["kind"]), (&json!(1), &json!("HOLD")));
    let hold = json!({ "id": held["nodes"][0]["id"], "to": floor });
    assert_eq!(staff.refused(relocate, hold.clone()).await["code"], "INVALID_STATE");
    staff.ok(release, json!({ "id": hold["id"] })).await;
    assert_eq!(staff.refused(release, json!({ "id": hold["id"] })).await["code"], "NOT_FOUND");
    staff.ok(MOVE, back).await;
    backorder(&shop, &note).await;
    assert_eq!(staff.refused(MOVE, units(2)).await["code"], "INVALID_QUANTITY", "promised units stay");
    books_balance(&shop).await;
}

#[shop_test]
async fn rows_name_an_item_or_a_plain_variant_and_may_say_what_they_expect() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (mug, [main, _]) = (shop.variant_of("enamel-mug").await, locations(&shop).await);
    let id = item(&shop, &note).await;
    make_kit(&shop, &mug, &[(&note, 2)]).await;
    let by_item = json!([{ "inventoryItemId": id, "locationId": main, "quantity": 7, "expectedStocked": 200 }]);
    let set = staff.ok(SET, json!({ "rows": by_item })).await["stockSet"]["levels"][0].clone();
    assert_eq!(set, json!({ "stocked": 7, "variantId": note, "inventoryItemId": id }));
    let error = staff.refused(SET, json!({ "rows": by_item })).await;
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
        let error = staff.refused(SET, json!({ "rows": [row] })).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(path)));
    }
    let both = json!([{ "inventoryItemId": id, "locationId": main, "quantity": 1 },
                      { "variantId": note, "locationId": main, "quantity": 2 }]);
    assert_eq!(staff.refused(SET, json!({ "rows": both })).await["code"], "INVALID", "one level is named twice");
    let track =
        "mutation($id: ID!) { variantUpdate(id: $id, input: { trackInventory: false }) { userErrors { code } } }";
    assert_eq!(
        staff.refused(track, json!({ "id": mug })).await["code"],
        "INVALID",
        "a kit's items are changed one by one"
    );
}

#[shop_test]
async fn items_are_made_listed_changed_and_deleted_while_nothing_needs_them() {
    let shop = Shop::demo().await;
    let (staff, mug) = (shop.staff().await, shop.variant_of("enamel-mug").await);
    let create = "mutation($input: InventoryItemCreateInput!) { inventoryItemCreate(input: $input) {
        inventoryItem { id sku tracked backorderLimit version levels { stocked } } userErrors { code path } } }";
    let made = staff.ok(create, json!({ "input": { "title": "Gift box", "sku": " BOX-1 " } })).await;
    let made = made["inventoryItemCreate"]["inventoryItem"].clone();
    assert_eq!((&made["sku"], &made["tracked"], &made["backorderLimit"]), (&json!("BOX-1"), &json!(true), &json!(0)));
    for (input, code, path) in [
        (json!({ "title": " " }), "REQUIRED", "title"),
        (json!({ "title": "Box", "sku": "x".repeat(101) }), "TOO_LONG", "sku"),
        (json!({ "title": "Box", "backorderLimit": -1 }), "INVALID_QUANTITY", "backorderLimit"),
        (json!({ "title": "<b>Box" }), "INVALID_TEXT", "title"),
    ] {
        let error = staff.refused(create, json!({ "input": input })).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(["input", path])));
    }
    let list = "query($filter: InventoryItemFilterInput!) { inventoryItems(filter: $filter, first: 50) {
        totalCount nodes { id title } pageInfo { hasNextPage } } }";
    for filter in [json!({ "query": "ift bo" }), json!({ "sku": "BOX-1" }), json!({ "query": "box-1" })] {
        let found = staff.ok(list, json!({ "filter": filter })).await["inventoryItems"].clone();
        assert_eq!((&found["totalCount"], &found["nodes"][0]["id"]), (&json!(1), &made["id"]));
    }
    let box_id = text(&made["id"]);
    let own = item(&shop, &mug).await;
    for (components, code) in [
        (json!([]), "REQUIRED"),
        (json!([{ "inventoryItemId": box_id, "quantity": 0 }]), "INVALID_QUANTITY"),
        (json!([{ "inventoryItemId": box_id }, { "inventoryItemId": box_id }]), "INVALID"),
        (json!([{ "inventoryItemId": "item_01m84q05c3e3jbvaxd7vc1mw18" }]), "NOT_FOUND"),
    ] {
        assert_eq!(staff.refused(KIT, json!({ "variant": mug, "components": components })).await["code"], code);
    }
    let components = json!([{ "inventoryItemId": own }, { "inventoryItemId": box_id }]);
    staff.ok(KIT, json!({ "variant": mug, "components": components })).await;
    assert_eq!(available(&shop, &mug).await, 0, "there are no boxes");
    let delete = "mutation($id: ID!) { inventoryItemDelete(ids: [$id]) { deletedIds userErrors { code } } }";
    assert_eq!(staff.refused(delete, json!({ "id": box_id })).await["code"], "IN_USE");
    let untracked = json!({ "id": box_id, "input": { "tracked": false, "sku": null } });
    staff.ok(UPDATE_ITEM, untracked).await;
    assert_eq!(available(&shop, &mug).await, 120, "boxes are not counted any more");
    staff.ok(KIT, json!({ "variant": mug, "components": [{ "inventoryItemId": own }] })).await;
    staff.ok(delete, json!({ "id": box_id })).await;
    assert_eq!(staff.refused(delete, json!({ "id": box_id })).await["code"], "NOT_FOUND");

    // A variant's own item is deleted with it, unless a kit needs it; and its SKU follows the variant's.
    let (note, line) = (shop.variant("NOTE-A5-DOT").await, shop.variant("NOTE-A5-RUL").await);
    let rename = "mutation($id: ID!) { variantUpdate(id: $id, input: { sku: \"DOTS\" }) { userErrors { code } } }";
    staff.ok(rename, json!({ "id": note })).await;
    let data = staff.ok(ITEMS, json!({ "id": note })).await;
    assert_eq!(data["variant"]["inventoryItems"][0]["inventoryItem"]["sku"], "DOTS");
    let (dots, lines) = (item(&shop, &note).await, item(&shop, &line).await);
    make_kit(&shop, &mug, &[(&note, 1)]).await;
    let product = "query($id: ID!) { variant(by: {id: $id}) { product { id } } }";
    let product = staff.ok(product, json!({ "id": note })).await["variant"]["product"]["id"].clone();
    let away = "mutation($id: ID!) { productDelete(ids: [$id]) { deletedIds userErrors { code } } }";
    staff.ok(away, json!({ "id": product })).await;
    let one = "query($id: ID!) { inventoryItem(id: $id) { title } }";
    assert!(staff.ok(one, json!({ "id": dots })).await["inventoryItem"].is_object());
    assert_eq!(staff.ok(one, json!({ "id": lines })).await["inventoryItem"], Value::Null);
    books_balance(&shop).await;
}

#[shop_test]
async fn back_in_stock_alerts_are_sent_once() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let ask = |email: &str| json!({ "variant": note, "email": email });
    assert_eq!(client.refused(SUBSCRIBE, ask("ada@example.com")).await["code"], "INVALID_STATE", "it can be bought");
    shop.set_stock(&note, 0).await;
    assert_eq!(client.refused(SUBSCRIBE, ask("ada")).await["code"], "INVALID_EMAIL");
    let unknown = json!({ "variant": "var_01m84q05c3e3jbvaxd7vc1mw18", "email": "ada@example.com" });
    assert_eq!(client.refused(SUBSCRIBE, unknown).await["code"], "NOT_FOUND");
    let first = client.ok(SUBSCRIBE, ask("ada@example.com")).await;
    assert_eq!(client.ok(SUBSCRIBE, ask("Ada@Example.com")).await, first, "the answer tells nothing");
    client.ok(SUBSCRIBE, ask("bob@example.com")).await;
    let list = "query($waiting: Boolean) { backInStockAlerts(filter: { waiting: $waiting }) { totalCount
        nodes { id email notifiedAt unsubscribeToken variant { id } } } }";
    let waiting = staff.ok(list, json!({ "waiting": true })).await["backInStockAlerts"].clone();
    assert_eq!((&waiting["totalCount"], &waiting["nodes"][0]["email"]), (&json!(2), &json!("bob@example.com")));

    let token = waiting["nodes"][0]["unsubscribeToken"].clone();
    let leave =
        "mutation($token: String!) { backInStockUnsubscribe(token: $token) { unsubscribed userErrors { code } } }";
    for _ in 0..2 {
        client.ok(leave, json!({ "token": token })).await;
    }
    let guest = shop.auth.guest_token(OrderId::new(), "ada@example.com").expect("a token");
    for wrong in ["x.y.z", "", guest.as_str()] {
        assert_eq!(client.refused(leave, json!({ "token": wrong })).await["code"], "INVALID");
    }

    let told = "SELECT count(*) FROM events WHERE kind = 'variant_available'";
    for (stock, news) in [(0, 0), (5, 1), (0, 1), (7, 1)] {
        shop.set_stock(&note, stock).await;
        assert_eq!(shop.count(told).await, news, "{stock} units");
    }
    let answered = staff.ok(list, json!({ "waiting": false })).await["backInStockAlerts"].clone();
    assert_eq!((&answered["totalCount"], &answered["nodes"][0]["email"]), (&json!(1), &json!("ada@example.com")));
    assert!(answered["nodes"][0]["notifiedAt"].is_string());

    shop.set_stock(&note, 0).await;
    client.ok(SUBSCRIBE, ask("cy@example.com")).await;
    backorder(&shop, &note).await;
    assert_eq!(shop.count(told).await, 2, "it may be bought before it is there");
}

#[shop_test]
async fn units_that_a_cart_keeps_no_longer_are_told_to_whoever_waits() {
    let shop = holding().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 3).await;
    let cart = shop.ready_cart(&client, &note, 3).await;
    client.ok(RESERVE, json!({ "cart": cart })).await;
    client.ok(SUBSCRIBE, json!({ "variant": note, "email": "ada@example.com" })).await;
    let lines = "query($id: ID!) { cart(id: $id) { lines { id } } }";
    let line = client.ok(lines, json!({ "id": cart })).await["cart"]["lines"][0]["id"].clone();
    let fewer =
        "mutation($cart: ID!, $line: ID!) { cartLinesUpdate(cartId: $cart, lines: [{ lineId: $line, quantity: 1 }]) {
        userErrors { code } } }";
    client.ok(fewer, json!({ "cart": cart, "line": line })).await;
    let told = "SELECT count(*) FROM events WHERE kind = 'variant_available'";
    assert_eq!(shop.count(told).await, 0);
    client.ok(RESERVE, json!({ "cart": cart })).await;
    assert_eq!(shop.count(told).await, 1);
}

#[shop_test]
async fn news_of_a_kit_come_with_the_last_item_that_it_lacked_and_with_a_canceled_order() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let mug = shop.variant_of("enamel-mug").await;
    make_kit(&shop, &mug, &[(&note, 3)]).await;
    shop.set_stock(&note, 2).await;
    client.ok(SUBSCRIBE, json!({ "variant": mug, "email": "ada@example.com" })).await;
    let (order, _) = shop.order(&client, &note, 2).await;
    let told = "SELECT count(*) FROM events WHERE kind = 'variant_available'";
    shop.set_stock(&note, 4).await;
    assert_eq!(shop.count(told).await, 0, "two are left, and a kit takes three");
    let cancel = "mutation($id: ID!) { orderCancel(id: $id) { userErrors { code } } }";
    staff.ok(cancel, json!({ "id": order })).await;
    assert_eq!(shop.count(told).await, 1);
    books_balance(&shop).await;
}

#[shop_test]
async fn availability_is_told_to_anybody_of_what_they_may_see() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let (wrapping, plane) = (shop.variant_of("gift-wrapping").await, shop.variant_of("block-plane").await);
    let unknown = "var_01m84q05c3e3jbvaxd7vc1mw18";
    let ids = json!({ "ids": [note, unknown, wrapping, plane] });
    let told = client.ok(AVAILABLE, ids).await["availability"].clone();
    let row = |id: &str, sold: bool, units: Value| json!({ "variantId": id, "availableForSale": sold, "quantityAvailable": units, "allowsBackorder": false });
    let expected =
        json!([row(&note, true, json!(200)), null, row(&wrapping, true, Value::Null), row(&plane, false, json!(0))]);
    assert_eq!(told, expected);
    assert_eq!(client.denied(AVAILABLE, json!({ "ids": vec![note; 101] })).await, "INVALID");
}

#[shop_test]
async fn e16_the_ledger_is_append_only() {
    let shop = Shop::demo().await;
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    for forgery in ["UPDATE stock_movements SET stocked_delta = 1", "DELETE FROM stock_movements"] {
        let refused = client.batch_execute(forgery).await.expect_err("movements stay");
        assert!(refused.as_db_error().is_some_and(|error| error.message().contains("never changed")), "{refused}");
    }
    let oversold = "UPDATE stock_levels SET reserved = stocked + backorder_limit + 1";
    let refused = client.batch_execute(oversold).await.expect_err("a level is never oversold");
    assert_eq!(refused.as_db_error().and_then(|error| error.constraint()), Some("stock_levels_never_oversold"));
}

/// Pseudorandom numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> i32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i32::try_from((bits ^ (bits >> 31)) % sides).expect("a small number")
    }
}

/// Performs a random operation on the stock of a variant; it may be refused.
async fn anything(shop: &Shop, staff: &Client, variants: &[String; 2], places: &[String; 2], dice: &mut Dice) {
    let client = shop.anonymous();
    let variant = &variants[usize::from(dice.roll(3) == 0)];
    let (here, there) = if dice.roll(2) == 0 { (&places[0], &places[1]) } else { (&places[1], &places[0]) };
    let units = 1 + dice.roll(4);
    let adjust = "mutation($rows: [StockRowInput!]!) { stockAdjust(rows: $rows) { userErrors { code } } }";
    match dice.roll(9) {
        0 => {
            let rows = json!([{ "variantId": variants[0], "locationId": here, "quantity": units + 3 }]);
            staff.run(adjust, json!({ "rows": rows })).await;
        }
        1 => {
            let rows = json!([{ "variantId": variants[0], "locationId": here, "quantity": -units }]);
            staff.run(adjust, json!({ "rows": rows })).await;
        }
        2 => {
            let rows = json!([{ "variantId": variants[0], "quantity": units }]);
            staff.run(MOVE, json!({ "from": here, "to": there, "rows": rows })).await;
        }
        3 => {
            let all = staff.ok(RESERVATIONS, json!({ "filter": {} })).await["stockReservations"]["nodes"].clone();
            let relocate = "mutation($id: ID!, $to: ID!) { stockReservationMove(id: $id, toLocationId: $to) { userErrors { code } } }";
            if let Some(one) = all.as_array().and_then(|all| all.first()) {
                staff.run(relocate, json!({ "id": one["id"], "to": there })).await;
            }
        }
        4 => {
            let orders =
                staff.ok("{ orders(first: 20) { nodes { id status } } }", Value::Null).await["orders"]["nodes"].clone();
            let place = usize::try_from(dice.roll(20)).expect("a place");
            let cancel = "mutation($id: ID!) { orderCancel(id: $id) { userErrors { code } } }";
            if let Some(one) = orders.as_array().and_then(|all| all.get(place)) {
                staff.run(cancel, json!({ "id": one["id"] })).await;
            }
        }
        5 => {
            let orders =
                staff.ok("{ orders(first: 20) { nodes { id status } } }", Value::Null).await["orders"]["nodes"].clone();
            let place = usize::try_from(dice.roll(20)).expect("a place");
            let fulfill = "mutation($id: ID!) { fulfillmentCreate(orderId: $id) { userErrors { code } } }";
            if let Some(one) = orders.as_array().and_then(|all| all.get(place)) {
                staff.run(fulfill, json!({ "id": one["id"] })).await;
            }
        }
        kind => {
            let create = "mutation($input: CartCreateInput!) { cartCreate(input: $input) { cart { id shippingOptions { id } } } }";
            let input = json!({ "email": "ada@example.com", "lines": [{ "variantId": variant, "quantity": units }] });
            let made = client.run(create, json!({ "input": input })).await.body["data"]["cartCreate"]["cart"].clone();
            if made.is_null() {
                return;
            }
            let address = json!({ "firstName": "Ada", "lastName": "Byron", "address1": "Lindenstraße 1", "city": "Berlin",
                "postalCode": "10969", "country": "DE" });
            let rest = "mutation($cart: ID!, $address: AddressInput!, $option: ID!) {
                cartAddressesSet(cartId: $cart, input: {shippingAddress: $address}) { userErrors { code } }
                cartShippingSelect(cartId: $cart, shippingOptionId: $option) { userErrors { code } } }";
            let option = &made["shippingOptions"][0]["id"];
            client.run(rest, json!({ "cart": made["id"], "address": address, "option": option })).await;
            if kind != 6 {
                client.run(RESERVE, json!({ "cart": made["id"] })).await;
            }
            if kind != 8 {
                client.run(COMPLETE_PAID, json!({ "cart": made["id"] })).await;
            }
        }
    }
}

#[shop_test]
async fn e16_after_anything_in_any_order_by_many_at_once_the_books_balance() {
    let shop = Arc::new(holding().await);
    let (note, mug) = (shop.variant("NOTE-A5-DOT").await, shop.variant_of("enamel-mug").await);
    set_both(&shop, &note, 9, 6).await;
    make_kit(&shop, &mug, &[(&note, 2)]).await;
    let (staff, places) = (shop.staff().await, locations(&shop).await);
    let everybody = (0..6).map(|number| {
        let (shop, staff, places, variants) =
            (shop.clone(), staff.clone(), places.clone(), [note.clone(), mug.clone()]);
        tokio::spawn(async move {
            let mut dice = Dice(number);
            for _ in 0..12 {
                anything(&shop, &staff, &variants, &places, &mut dice).await;
            }
        })
    });
    futures_util::future::try_join_all(everybody).await.expect("no panic");
    books_balance(&shop).await;
    let negative = "SELECT count(*) FROM stock_levels WHERE stocked < 0 OR reserved < 0";
    assert_eq!(shop.count(negative).await, 0);
    assert!(
        shop.count("SELECT count(*) FROM stock_movements WHERE order_id IS NOT NULL").await > 5,
        "they did something"
    );
}

#[shop_test]
async fn the_migration_keeps_every_unit_both_ways() {
    let shop = holding().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.order(&client, &note, 3).await;
    let cart = shop.ready_cart(&client, &note, 1).await;
    client.ok(RESERVE, json!({ "cart": cart })).await;
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
    books_balance(&shop).await;
}
