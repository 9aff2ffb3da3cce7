//! Carts: lines, addresses, shipping, totals and ownership.

use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Shop, text};

const CREATE: &str = "mutation($input: CartCreateInput! = {}) {
    cartCreate(input: $input) { cart { id version lines { id quantity } } userErrors { code message path details } } }";
const ADD: &str = "mutation($cart: ID!, $lines: [CartLineInput!]!) { cartLinesAdd(cartId: $cart, lines: $lines) {
    cart { id lines { id quantity attributes { key value } unitPrice { amount } total { gross { amount } } } }
    userErrors { code message path details } } }";
const UPDATE: &str =
    "mutation($cart: ID!, $lines: [CartLineUpdateInput!]!) { cartLinesUpdate(cartId: $cart, lines: $lines) {
    cart { lines { id quantity } } userErrors { code path details } } }";
const TOTALS: &str = "query($id: ID!) { cart(id: $id) { version problems { code path }
    subtotal { net { amount } tax { amount } gross { amount } } shippingTotal { gross { amount } }
    taxTotal { amount } total { net { amount } tax { amount } gross { amount currencyCode } } } }";

async fn new_cart(client: &crate::support::Client) -> String {
    let data = client.data(CREATE, json!({ "input": {} })).await;
    text(&data["cartCreate"]["cart"]["id"]).to_owned()
}

fn quantities(lines: &Value) -> Vec<i64> {
    lines.as_array().expect("lines").iter().map(|line| line["quantity"].as_i64().expect("a quantity")).collect()
}

#[shop_test]
async fn d7_lines_with_the_same_variant_and_attributes_are_merged() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let (cart, note) = (new_cart(&client).await, shop.variant("NOTE-A5-DOT").await);
    let engraved = |text: &str| json!([{ "key": "engraving", "value": text }]);
    let lines = json!([
        { "variantId": note, "quantity": 1 },
        { "variantId": note, "quantity": 2 },
        { "variantId": note, "quantity": 1, "attributes": engraved("Ada") },
        { "variantId": note, "quantity": 1, "attributes": engraved("Bob") },
    ]);
    client.data(ADD, json!({ "cart": cart, "lines": lines })).await;
    let more = json!([{ "variantId": note, "quantity": 4, "attributes": engraved("Bob") }]);
    let data = client.data(ADD, json!({ "cart": cart, "lines": more })).await;
    assert_eq!(quantities(&data["cartLinesAdd"]["cart"]["lines"]), [3, 1, 5]);
}

#[shop_test]
async fn d8_quantity_zero_removes_a_line_and_stock_is_checked_over_all_lines() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let (cart, note) = (new_cart(&client).await, shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 5).await;
    let engraved = json!([{ "key": "engraving", "value": "Ada" }]);
    let lines =
        json!([{ "variantId": note, "quantity": 3 }, { "variantId": note, "quantity": 3, "attributes": engraved }]);
    let error = client.user_error(ADD, json!({ "cart": cart, "lines": lines })).await;
    assert_eq!((&error["code"], &error["details"]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(5)));
    let lines =
        json!([{ "variantId": note, "quantity": 3 }, { "variantId": note, "quantity": 2, "attributes": engraved }]);
    let data = client.data(ADD, json!({ "cart": cart, "lines": lines })).await;
    let ids = &data["cartLinesAdd"]["cart"]["lines"];
    let update = |quantity: i64| json!({ "cart": cart, "lines": [{ "lineId": ids[0]["id"], "quantity": quantity }] });
    assert_eq!(client.user_error(UPDATE, update(4)).await["code"], "INSUFFICIENT_STOCK");
    assert_eq!(client.user_error(UPDATE, update(-1)).await["code"], "INVALID_QUANTITY");
    let data = client.data(UPDATE, update(0)).await;
    assert_eq!(quantities(&data["cartLinesUpdate"]["cart"]["lines"]), [2]);
}

#[shop_test]
async fn totals_are_exact_with_tax_included_and_excluded() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let note = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.ready_cart(&client, &note, 2).await;
    let totals = client.data(TOTALS, json!({ "id": cart })).await["cart"].clone();
    // 2 x 14.50 and 4.90 shipping, including 19% tax: 4.63 and 0.78.
    assert_eq!(
        totals["subtotal"],
        json!({ "net": { "amount": "24.37" }, "tax": { "amount": "4.63" }, "gross": { "amount": "29.00" } })
    );
    assert_eq!(totals["shippingTotal"]["gross"]["amount"], "4.90");
    assert_eq!(totals["taxTotal"]["amount"], "5.41");
    assert_eq!(totals["total"]["gross"], json!({ "amount": "33.90", "currencyCode": "EUR" }));
    assert_eq!(totals["problems"], json!([]));

    let us = "query @inContext(country: US) { shop { region { id shippingOptions { id name } } } }";
    let region = client.data(us, Value::Null).await["shop"]["region"].clone();
    let change = "mutation($cart: ID!, $region: ID!) { cartUpdate(cartId: $cart, input: { regionId: $region }) {
        cart { currencyCode shippingAddress { city } shippingOption { id } lines { unitPrice { amount } } }
        userErrors { code } } }";
    let moved =
        client.data(change, json!({ "cart": cart, "region": region["id"] })).await["cartUpdate"]["cart"].clone();
    assert_eq!(
        (&moved["currencyCode"], &moved["shippingOption"]),
        (&json!("USD"), &Value::Null),
        "D11: shipping must be selected again"
    );
    assert_eq!(moved["shippingAddress"], Value::Null, "Berlin is not in the United States");
    let unit: f64 = text(&moved["lines"][0]["unitPrice"]["amount"]).parse().unwrap();
    let totals = client.data(TOTALS, json!({ "id": cart })).await["cart"].clone();
    let net: f64 = text(&totals["subtotal"]["net"]["amount"]).parse().unwrap();
    let gross: f64 = text(&totals["subtotal"]["gross"]["amount"]).parse().unwrap();
    assert!((net - unit * 2.0).abs() < 0.001, "prices exclude tax there");
    assert!((gross - (net * 1.08875 * 100.0).round() / 100.0).abs() < 0.001, "{net} {gross}");
    let lacking: Vec<_> =
        totals["problems"].as_array().unwrap().iter().map(|problem| problem["path"][0].clone()).collect();
    assert_eq!(lacking, ["shippingAddress", "shippingOption"]);
}

#[shop_test]
async fn d12_addresses_and_shipping_options_of_other_regions_are_rejected() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let cart = shop.ready_cart(&client, &shop.variant("NOTE-A5-DOT").await, 1).await;
    let set = "mutation($cart: ID!, $address: AddressInput!) {
        cartAddressesSet(cartId: $cart, input: {shippingAddress: $address}) { cart { id } userErrors { code path } } }";
    let address = json!({ "lastName": "Byron", "address1": "1 Main St", "city": "Springfield", "country": "US" });
    let error = client.user_error(set, json!({ "cart": cart, "address": address })).await;
    assert_eq!(
        (&error["code"], &error["path"]),
        (&json!("COUNTRY_NOT_SERVED"), &json!(["input", "shippingAddress", "country"]))
    );
    let remove = "mutation($cart: ID!) { cartAddressesSet(cartId: $cart, input: {shippingAddress: null}) {
        cart { shippingAddress { city } problems { path } } userErrors { code } } }";
    let removed = client.data(remove, json!({ "cart": cart })).await["cartAddressesSet"]["cart"].clone();
    assert_eq!(
        (&removed["shippingAddress"], &removed["problems"][0]["path"]),
        (&Value::Null, &json!(["shippingAddress"]))
    );
    let us = client.data("{ region(by: {country: US}) { shippingOptions { id } } }", Value::Null).await;
    let select = "mutation($cart: ID!, $option: ID!) {
        cartShippingSelect(cartId: $cart, shippingOptionId: $option) { userErrors { code } } }";
    let option = &us["region"]["shippingOptions"][0]["id"];
    let error = client.user_error(select, json!({ "cart": cart, "option": option })).await;
    assert_eq!(error["code"], "SHIPPING_UNAVAILABLE");
}

#[shop_test]
async fn d10_a_customers_cart_is_hidden_from_other_customers() {
    let shop = Shop::demo().await;
    let (guest, ada, bob) = (shop.anonymous(), shop.customer().await, shop.customer().await);
    let cart = new_cart(&guest).await;
    let attach = "mutation($cart: ID!) { cartCustomerAttach(cartId: $cart) { cart { email customer { id } } userErrors { code } } }";
    assert_eq!(guest.top_level_error(attach, json!({ "cart": cart })).await, "UNAUTHENTICATED");
    let attached = ada.data(attach, json!({ "cart": cart })).await;
    assert!(attached["cartCustomerAttach"]["cart"]["email"].is_string(), "the account's email address is used");
    assert_eq!(bob.user_error(attach, json!({ "cart": cart })).await["code"], "NOT_FOUND");
    for stranger in [&guest, &bob] {
        assert_eq!(stranger.data(TOTALS, json!({ "id": cart })).await["cart"], Value::Null);
        let add = json!({ "cart": cart, "lines": [{ "variantId": shop.variant("NOTE-A5-DOT").await }] });
        assert_eq!(stranger.user_error(ADD, add).await["code"], "NOT_FOUND");
    }
    assert!(ada.data(TOTALS, json!({ "id": cart })).await["cart"].is_object());
    let delete = "mutation($cart: ID!) { cartDelete(cartId: $cart) { deletedId userErrors { code } } }";
    ada.data(delete, json!({ "cart": cart })).await;
    assert_eq!(ada.data(TOTALS, json!({ "id": cart })).await["cart"], Value::Null);
}

const MERGE: &str = "mutation($from: ID!, $into: ID!, $how: CartMergeStrategy! = MAX) {
    cartMerge(from: $from, into: $into, strategy: $how) { cart { id email customer { id } codes { code }
        lines { quantity variant { sku } attributes { value } } } userErrors { code path } } }";

/// Creates a cart with these quantities by SKU, and returns its id.
async fn cart_of(client: &crate::support::Client, shop: &Shop, units: &[(&str, i32)]) -> String {
    let cart = new_cart(client).await;
    let mut lines = Vec::new();
    for (sku, quantity) in units {
        lines.push(json!({ "variantId": shop.variant(sku).await, "quantity": quantity }));
    }
    client.data(ADD, json!({ "cart": cart, "lines": lines })).await;
    cart
}

/// The lines of a cart: SKUs and quantities.
fn line_quantities(cart: &Value) -> Vec<(&str, i64)> {
    let lines = cart["lines"].as_array().expect("lines").iter();
    lines.map(|line| (text(&line["variant"]["sku"]), line["quantity"].as_i64().expect("a quantity"))).collect()
}

#[shop_test]
async fn d9_merging_a_guests_cart_keeps_all_lines() {
    let shop = Shop::demo().await;
    let (guest, ada) = (shop.anonymous(), shop.customer().await);
    let [a, b, c, d] = ["NOTE-A5-DOT", "PCL-CAR-12", "NOTE-A5-RUL", "MUG-STO-MOS"];
    let ours = cart_of(&guest, &shop, &[(a, 2), (b, 1)]).await;
    let own = cart_of(&ada, &shop, &[(c, 1), (a, 1), (d, 1)]).await;
    let merged = ada.data(MERGE, json!({ "from": ours, "into": own })).await["cartMerge"]["cart"].clone();
    assert_eq!(line_quantities(&merged), [(c, 1), (a, 2), (d, 1), (b, 1)]);
    assert!(merged["customer"]["id"].is_string());
    assert_eq!(ada.data(TOTALS, json!({ "id": ours })).await["cart"], Value::Null);
    let again = ada.user_error(MERGE, json!({ "from": ours, "into": own })).await;
    assert_eq!((&again["code"], &again["path"]), (&json!("NOT_FOUND"), &json!(["from"])));

    // The units of both carts, including those of a product that is no longer published; stock is checked when the cart
    // is completed.
    let more = cart_of(&guest, &shop, &[(a, 3), (b, 1)]).await;
    shop.set_stock(&shop.variant(a).await, 4).await;
    let hide = "mutation($id: ID!) { productUnpublish(ids: [$id]) { userErrors { code } } }";
    let product = "query($id: ID!) { variant(by: {id: $id}) { product { id } } }";
    let found = guest.data(product, json!({ "id": shop.variant(b).await })).await;
    shop.staff().await.data(hide, json!({ "id": found["variant"]["product"]["id"] })).await;
    let summed = ada.data(MERGE, json!({ "from": more, "into": own, "how": "SUM" })).await["cartMerge"]["cart"].clone();
    assert_eq!(quantities(&summed["lines"]), [1, 5, 1, 2]);
    let problems = ada.data(TOTALS, json!({ "id": own })).await["cart"]["problems"].clone();
    assert!(problems.as_array().unwrap().iter().any(|problem| problem["code"] == "NOT_PURCHASABLE"), "{problems}");
}

#[shop_test]
async fn a_cart_merges_once_and_only_into_the_callers_open_cart() {
    let shop = Shop::demo().await;
    let (guest, ada, bob) = (shop.anonymous(), shop.customer().await, shop.customer().await);
    let note = "NOTE-A5-DOT";
    let (ours, hers) = (cart_of(&guest, &shop, &[(note, 1)]).await, cart_of(&ada, &shop, &[(note, 1)]).await);
    let refusals = [
        (&bob, &ours, &hers, "NOT_FOUND", "into"),
        (&bob, &hers, &ours, "NOT_FOUND", "from"),
        (&ada, &hers, &hers, "INVALID", "into"),
    ];
    for (client, from, into, code, path) in refusals {
        let error = client.user_error(MERGE, json!({ "from": from, "into": into })).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!([path])));
    }
    let done = shop.paid_cart(&guest, &shop.variant(note).await, 1).await;
    let complete = "mutation($cart: ID!) { cartComplete(cartId: $cart) { order { id } userErrors { code } } }";
    guest.data(complete, json!({ "cart": done })).await;
    let error = guest.user_error(MERGE, json!({ "from": ours, "into": done })).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("CART_COMPLETED"), &json!(["into"])));

    // Many concurrent merges in both directions: exactly one succeeds, and nothing is counted twice.
    let merges = (0..20).map(|turn| {
        let (from, into) = if turn % 2 == 0 { (&ours, &hers) } else { (&hers, &ours) };
        let (ada, input) = (ada.clone(), json!({ "from": from, "into": into, "how": "SUM" }));
        tokio::spawn(async move { ada.execute(MERGE, input).await.body["data"]["cartMerge"].clone() })
    });
    let responses = futures_util::future::try_join_all(merges).await.expect("no panic");
    let won: Vec<_> = responses.iter().filter(|response| response["cart"].is_object()).collect();
    assert_eq!(won.len(), 1, "{responses:?}");
    assert_eq!(quantities(&won[0]["cart"]["lines"]), [2]);
    assert!(
        responses
            .iter()
            .all(|response| response["cart"].is_object() || response["userErrors"][0]["code"] == "NOT_FOUND")
    );
}

#[shop_test]
async fn concurrent_changes_of_a_cart_are_all_kept() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let (cart, note) = (new_cart(&client).await, shop.variant("NOTE-A5-DOT").await);
    let adds = (0..20).map(|_| {
        let (client, input) =
            (client.clone(), json!({ "cart": cart, "lines": [{ "variantId": note, "quantity": 2 }] }));
        tokio::spawn(async move { client.data(ADD, input).await })
    });
    futures_util::future::try_join_all(adds).await.expect("no panic");
    let data = client
        .data("query($id: ID!) { cart(id: $id) { totalQuantity lines { quantity } } }", json!({ "id": cart }))
        .await;
    assert_eq!((&data["cart"]["totalQuantity"], quantities(&data["cart"]["lines"])), (&json!(40), vec![40]));
}
