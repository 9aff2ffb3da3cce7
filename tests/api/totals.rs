//! Totals: prices set by hand, explanations, and what an order keeps of them.

use serde_json::{Value, json};

use crate::support::{Shop, text};

const SET: &str = "mutation($cart: ID!, $line: ID!, $amount: Decimal, $reason: String!) {
    cartLinePriceSet(cartId: $cart, lineId: $line, amount: $amount, reason: $reason) {
        cart { lines { unitPrice { amount } compareAt { amount } priceOverrideReason } total { gross { amount } }
            priceOverrides { before { amount } after { amount } reason staffId variantId } }
        userErrors { code path } } }";
const LINES: &str = "query($id: ID!) { cart(id: $id) { lines { id } } }";
const EXPLAIN: &str = "query($id: ID!, $path: String) { cart(id: $id) { explain(path: $path) {
    path amount { amount } inputs { name value } rule rounding parts { label amount { amount } included } } } }";

async fn first_line(client: &crate::support::Client, cart: &str) -> String {
    let data = client.ok(LINES, json!({ "id": cart })).await;
    text(&data["cart"]["lines"][0]["id"]).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_price_set_by_hand_needs_a_reason_stays_and_is_on_record() {
    let shop = Shop::demo().await;
    let (client, staff) = (shop.anonymous(), shop.staff().await);
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.ready_cart(&client, &note, 2).await;
    let line = first_line(&client, &cart).await;
    let with = |amount: Value, reason: &str| json!({ "cart": cart, "line": line, "amount": amount, "reason": reason });

    let refused = [
        (json!("9.999"), "Scratched", "INVALID_AMOUNT", "amount"),
        (json!("-1"), "Scratched", "INVALID_AMOUNT", "amount"),
        (json!("9.99"), " ", "REQUIRED", "reason"),
    ];
    for (amount, reason, code, path) in refused {
        let error = staff.refused(SET, with(amount, reason)).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!([path])));
    }

    let data = staff.ok(SET, with(json!("9.99"), "Scratched cover")).await;
    let after = &data["cartLinePriceSet"]["cart"];
    assert_eq!(after["lines"][0]["unitPrice"]["amount"], "9.99");
    assert_eq!(after["lines"][0]["compareAt"]["amount"], "14.50");
    assert_eq!(after["lines"][0]["priceOverrideReason"], "Scratched cover");
    assert_eq!(after["total"]["gross"]["amount"], "24.88");

    // Another change of the cart leaves it as it is, and the order says why.
    let again = "mutation($id: ID!) { cartRefresh(cartId: $id) { cart { lines { unitPrice { amount } } }
        userErrors { code } } }";
    let data = client.ok(again, json!({ "id": cart })).await;
    assert_eq!(data["cartRefresh"]["cart"]["lines"][0]["unitPrice"]["amount"], "9.99");
    let data = staff.ok(SET, with(Value::Null, "Sold as new after all")).await;
    let after = &data["cartLinePriceSet"]["cart"];
    assert_eq!(after["lines"][0]["unitPrice"]["amount"], "14.50");
    assert_eq!(after["lines"][0]["priceOverrideReason"], Value::Null);
    let record = after["priceOverrides"].as_array().expect("a record").clone();
    let told: Vec<_> = record.iter().map(|one| (one["before"]["amount"].clone(), one["reason"].clone())).collect();
    let want = [(json!("14.50"), json!("Scratched cover")), (json!("9.99"), json!("Sold as new after all"))];
    assert_eq!(told, want);
    assert_eq!(record[0]["variantId"], note);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_total_of_a_cart_and_of_its_order_can_be_explained() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.paid_cart(&client, &note, 2).await;
    let told = client.ok(EXPLAIN, json!({ "id": cart })).await["cart"]["explain"].clone();
    let paths: Vec<_> = told.as_array().expect("explanations").iter().map(|one| text(&one["path"])).collect();
    assert_eq!(paths, ["lines.0.total", "shipping.total", "subtotal", "discountTotal", "taxTotal", "total"]);
    let line = &told[0];
    assert_eq!(line["amount"]["amount"], "29.00");
    assert_eq!(line["inputs"][0], json!({ "name": "unit price", "value": "14.50 EUR with tax" }));
    let want = json!([
        { "label": "2 × 14.50", "amount": { "amount": "29.00" }, "included": false },
        { "label": "VAT 19 %", "amount": { "amount": "4.63" }, "included": true },
    ]);
    assert_eq!(line["parts"], want);
    let only = client.ok(EXPLAIN, json!({ "id": cart, "path": "total" })).await["cart"]["explain"].clone();
    assert_eq!(only.as_array().map(Vec::len), Some(1));

    let complete = "mutation($id: ID!) { cartComplete(cartId: $id) { order { total { gross { amount } } explain {
        path amount { amount } inputs { name value } rule rounding parts { label amount { amount } included } } }
        userErrors { code } } }";
    let order = client.ok(complete, json!({ "id": cart })).await["cartComplete"]["order"].clone();
    assert_eq!(order["explain"], told);
    assert_eq!(order["total"]["gross"]["amount"], told[5]["amount"]["amount"]);
}
