//! Totals: price overrides, explanations, and what an order stores of them.

use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Shop, text};

const SET_PRICE: &str = "mutation($cart: ID!, $line: ID!, $amount: Decimal, $reason: String!) {
    cartLinePriceSet(cartId: $cart, lineId: $line, amount: $amount, reason: $reason) {
        cart { lines { unitPrice { amount } compareAtPrice { amount } priceOverrideReason } total { gross { amount } }
            priceOverrides { before { amount } after { amount } reason staffId variantId } }
        userErrors { code path } } }";
const LINES: &str = "query($id: ID!) { cart(id: $id) { lines { id } } }";
const EXPLAIN: &str = "query($id: ID!, $path: String) { cart(id: $id) { explain(path: $path) {
    path amount { amount } inputs { name value } rule rounding parts { label amount { amount } included } } } }";

async fn first_line(client: &crate::support::Client, cart: &str) -> String {
    let data = client.data(LINES, json!({ "id": cart })).await;
    text(&data["cart"]["lines"][0]["id"]).to_owned()
}

#[shop_test]
async fn a_price_override_requires_a_reason_and_is_recorded() {
    let shop = Shop::demo().await;
    let (client, staff) = (shop.anonymous(), shop.staff().await);
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.ready_cart(&client, &note, 2).await;
    let line = first_line(&client, &cart).await;
    let with = |amount: Value, reason: &str| json!({ "cart": cart, "line": line, "amount": amount, "reason": reason });

    let rejected = [
        (json!("9.999"), "Scratched", "INVALID_AMOUNT", "amount"),
        (json!("-1"), "Scratched", "INVALID_AMOUNT", "amount"),
        (json!("9.99"), " ", "REQUIRED", "reason"),
    ];
    for (amount, reason, code, path) in rejected {
        let error = staff.user_error(SET_PRICE, with(amount, reason)).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!([path])));
    }

    let data = staff.data(SET_PRICE, with(json!("9.99"), "Scratched cover")).await;
    let after = &data["cartLinePriceSet"]["cart"];
    assert_eq!(after["lines"][0]["unitPrice"]["amount"], "9.99");
    assert_eq!(after["lines"][0]["compareAtPrice"]["amount"], "14.50");
    assert_eq!(after["lines"][0]["priceOverrideReason"], "Scratched cover");
    assert_eq!(after["total"]["gross"]["amount"], "24.88");

    // Another change of the cart keeps the override, and the order states the reason.
    let again = "mutation($id: ID!) { cartRefresh(cartId: $id) { cart { lines { unitPrice { amount } } }
        userErrors { code } } }";
    let data = client.data(again, json!({ "id": cart })).await;
    assert_eq!(data["cartRefresh"]["cart"]["lines"][0]["unitPrice"]["amount"], "9.99");
    let data = staff.data(SET_PRICE, with(Value::Null, "Sold as new after all")).await;
    let after = &data["cartLinePriceSet"]["cart"];
    assert_eq!(after["lines"][0]["unitPrice"]["amount"], "14.50");
    assert_eq!(after["lines"][0]["priceOverrideReason"], Value::Null);
    let record = after["priceOverrides"].as_array().expect("a record").clone();
    let overrides: Vec<_> = record.iter().map(|one| (one["before"]["amount"].clone(), one["reason"].clone())).collect();
    let want = [(json!("14.50"), json!("Scratched cover")), (json!("9.99"), json!("Sold as new after all"))];
    assert_eq!(overrides, want);
    assert_eq!(record[0]["variantId"], note);

    // It only applies to the quantity and the region for which it was set.
    staff.data(SET_PRICE, with(json!("0.01"), "A present")).await;
    let more =
        "mutation($cart: ID!, $line: ID!) { cartLinesUpdate(cartId: $cart, lines: [{lineId: $line, quantity: 9}]) {
        cart { lines { unitPrice { amount } } } userErrors { code } } }";
    let data = client.data(more, json!({ "cart": cart, "line": line })).await;
    assert_eq!(data["cartLinesUpdate"]["cart"]["lines"][0]["unitPrice"]["amount"], "14.50");
    staff.data(SET_PRICE, with(json!("12.50"), "In euros")).await;
    let america = client.data("{ region(by: {country: US}) { id } }", Value::Null).await["region"]["id"].clone();
    let moved = "mutation($cart: ID!, $region: ID!) { cartUpdate(cartId: $cart, input: {regionId: $region}) {
        cart { lines { unitPrice { amount currencyCode } priceOverrideReason } } userErrors { code } } }";
    let data = client.data(moved, json!({ "cart": cart, "region": america })).await;
    let line = &data["cartUpdate"]["cart"]["lines"][0];
    assert_eq!((&line["unitPrice"]["currencyCode"], &line["priceOverrideReason"]), (&json!("USD"), &Value::Null));
    assert_ne!(line["unitPrice"]["amount"], "12.50");
}

#[shop_test]
async fn every_total_of_a_cart_and_of_its_order_can_be_explained() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.paid_cart(&client, &note, 2).await;
    let explained = client.data(EXPLAIN, json!({ "id": cart })).await["cart"]["explain"].clone();
    let paths: Vec<_> = explained.as_array().expect("explanations").iter().map(|one| text(&one["path"])).collect();
    assert_eq!(paths, ["lines.0.total", "shipping.total", "subtotal", "discountTotal", "taxTotal", "total"]);
    let line = &explained[0];
    assert_eq!(line["amount"]["amount"], "29.00");
    assert_eq!(line["inputs"][0], json!({ "name": "unit price", "value": "14.50 EUR including tax" }));
    let want = json!([
        { "label": "2 × 14.50", "amount": { "amount": "29.00" }, "included": false },
        { "label": "VAT 19%", "amount": { "amount": "4.63" }, "included": true },
    ]);
    assert_eq!(line["parts"], want);
    let only = client.data(EXPLAIN, json!({ "id": cart, "path": "total" })).await["cart"]["explain"].clone();
    assert_eq!(only.as_array().map(Vec::len), Some(1));

    let complete = "mutation($id: ID!) { cartComplete(cartId: $id) { order { total { gross { amount } } explain {
        path amount { amount } inputs { name value } rule rounding parts { label amount { amount } included } } }
        userErrors { code } } }";
    let order = client.data(complete, json!({ "id": cart })).await["cartComplete"]["order"].clone();
    assert_eq!(order["explain"], explained);
    assert_eq!(order["total"]["gross"]["amount"], explained[5]["amount"]["amount"]);
}

#[shop_test]
async fn promotions_rates_and_tiers_add_up_and_are_explained() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let (pencils, twine) = (shop.variant("PCL-CAR-12").await, shop.variant_of("garden-twine").await);
    let cart = shop.ready_cart(&client, &pencils, 6).await;
    let add = "mutation($cart: ID!, $lines: [CartLineInput!]!, $codes: [String!]!) {
        cartLinesAdd(cartId: $cart, lines: $lines) { userErrors { code } }
        cartCodesAdd(cartId: $cart, codes: $codes) { cart { lines { minQuantity } discounts { title amount { amount } }
            taxLines { rate net { amount } amount { amount } } taxTotal { amount }
            total { gross { amount } } explain { path amount { amount } inputs { name value }
                parts { label amount { amount } included } } } userErrors { code } } }";
    let pot = shop.variant_of("terracotta-pot").await;
    let lines = json!([{ "variantId": twine, "quantity": 2 }, { "variantId": pot, "quantity": 3 }]);
    let codes = ["SUMMER2024", "FREESHIP"];
    let data = client.data(add, json!({ "cart": cart, "lines": lines, "codes": codes })).await;
    let cart = &data["cartCodesAdd"]["cart"];
    let discount = |title: &str, amount: &str| json!({ "title": title, "amount": { "amount": amount } });
    let discounts = json!([
        discount("Three pots for the price of two", "6.50"),
        discount("Summer", "12.00"),
        discount("Free shipping from 50 euros", "4.90"),
    ]);
    assert_eq!(cart["discounts"], discounts);
    // 90.00 + 17.00 + 19.50 - 6.50 - 12.00; 92.70 of it at 19%, 15.30 at 7%.
    assert_eq!(cart["total"]["gross"]["amount"], "108.00");
    let row = |rate: &str, net: &str, tax: &str| json!({ "rate": rate, "net": { "amount": net }, "amount": { "amount": tax } });
    assert_eq!(cart["taxLines"], json!([row("0.19", "77.90", "14.80"), row("0.07", "14.30", "1.00")]));
    assert_eq!((&cart["taxTotal"]["amount"], &cart["lines"][0]["minQuantity"]), (&json!("15.80"), &json!(5)));
    let line = &cart["explain"][0];
    assert!(
        line["inputs"]
            .as_array()
            .expect("inputs")
            .contains(&json!({ "name": "quantity price", "value": "from 5 units" }))
    );
    for one in cart["explain"].as_array().expect("explanations") {
        let amount =
            |value: &Value| text(&value["amount"]["amount"]).parse::<rust_decimal::Decimal>().expect("an amount");
        let parts = one["parts"].as_array().expect("parts").iter().filter(|part| part["included"] == false);
        assert_eq!(parts.map(amount).sum::<rust_decimal::Decimal>(), amount(one), "{one}");
    }
}
