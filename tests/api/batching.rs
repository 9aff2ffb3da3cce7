//! The statement budget: the number of statements does not depend on the number of rows.

use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::Shop;

/// The number of statements that an operation sends.
async fn statements(shop: &Shop, client: &crate::support::Client, query: &str, variables: Value) -> u64 {
    let before = shop.db.statements();
    client.data(query, variables).await;
    shop.db.statements() - before
}

const PAGE: &str = "query($first: Int!) { products(first: $first) { nodes { id title
    category { name parent { name } } collections { title } images { url } options { name values }
    priceRange { min { amount } max { amount } } availableForSale
    variants { title price { amount { amount } compareAtPrice { amount } } quantityAvailable selectedOptions { name value }
        image { url } product { title } } } } }";

#[shop_test]
async fn a_page_of_products_takes_the_same_statements_for_one_and_a_hundred() {
    let shop = Shop::demo().await;
    let (client, currencies) = (shop.anonymous(), ["EUR".parse().unwrap(), "USD".parse().unwrap()]);
    cartwright::workflows::seed::seed(&shop.db, &shop.products, 120, &currencies, |_| {})
        .await
        .expect("products are made");
    let one = statements(&shop, &client, PAGE, json!({ "first": 1 })).await;
    let hundred = statements(&shop, &client, PAGE, json!({ "first": 100 })).await;
    // The channel, its region, the page; category, collections, images, options, price ranges and variants; the parent
    // category, prices and stock of the variants, and their products.
    assert!(one <= 13, "{one} statements for one product");
    assert_eq!(one, hundred);
}

#[shop_test]
async fn orders_with_all_fields_take_the_same_statements_for_one_and_many() {
    let shop = Shop::demo().await;
    let (staff, client, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    for _ in 0..8 {
        shop.order(&client, &note, 1).await;
    }
    let query =
        "query($first: Int!) { orders(first: $first) { totalCount nodes { number paymentStatus fulfillmentStatus
        customer { email } lines { productTitle variant { sku product { title } } } payments { id }
        fulfillments { lines { quantity } } } } }";
    let one = statements(&shop, &staff, query, json!({ "first": 1 })).await;
    let eight = statements(&shop, &staff, query, json!({ "first": 8 })).await;
    assert_eq!(one, eight);
    assert!(one <= 9, "{one} statements");
}

#[shop_test]
async fn a_cart_update_takes_the_same_statements_for_one_line_and_twenty() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let query = "{ products(first: 100, filter: { available: true }, sort: TITLE_ASC) { nodes { variants { id availableForSale } } } }";
    let found = client.data(query, Value::Null).await;
    let variants: Vec<_> = found["products"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|product| product["variants"].as_array().unwrap().clone())
        .filter(|variant| variant["availableForSale"] == true)
        .map(|variant| json!({ "variantId": variant["id"] }))
        .take(20)
        .collect();
    let create = "mutation($lines: [CartLineInput!]!) { cartCreate(input: { lines: $lines }) {
        cart { id lines { variant { title product { title } price { amount { amount } } } } total { gross { amount } } }
        userErrors { code message path } } }";
    let one = statements(&shop, &client, create, json!({ "lines": variants[..1] })).await;
    let twenty = statements(&shop, &client, create, json!({ "lines": variants })).await;
    assert!(one == twenty && twenty <= 25, "{one} statements for one line, {twenty} for twenty");
}

#[shop_test]
async fn a_checkout_takes_at_most_25_statements() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let cart = shop.paid_cart(&client, &note, 2).await;
    let complete = "mutation($cart: ID!) { cartComplete(cartId: $cart) { order { id number } userErrors { code } } }";
    let count = statements(&shop, &client, complete, json!({ "cart": cart })).await;
    assert!(count <= 25, "{count} statements");
}

#[shop_test]
async fn nested_lists_take_one_statement_per_level() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let query = "query($first: Int!) { collections(first: $first) { nodes { title
        products(first: 2, sort: PRICE_ASC) { nodes { title priceRange { min { amount } } } pageInfo { hasNextPage } } } } }";
    let one = statements(&shop, &client, query, json!({ "first": 1 })).await;
    let all = statements(&shop, &client, query, json!({ "first": 5 })).await;
    assert!(one == all && all <= 6, "{one} statements for one collection, {all} for five");
    let data = client.data(query, json!({ "first": 5 })).await;
    for collection in data["collections"]["nodes"].as_array().unwrap() {
        let products = collection["products"]["nodes"].as_array().unwrap();
        let price = |product: &Value| product["priceRange"]["min"]["amount"].as_str().unwrap().parse::<f64>().unwrap();
        assert_eq!(products.len(), 2, "{collection}");
        assert!(price(&products[0]) <= price(&products[1]), "{collection}");
    }
}

/// Creates twenty automatic promotions of all kinds.
async fn add_promotions(shop: &Shop) {
    let staff = shop.staff().await;
    let create =
        "mutation($input: PromotionCreateInput!) { promotionCreate(input: $input) { userErrors { code path } } }";
    for place in 0..20 {
        let effect = match place % 4 {
            0 => {
                json!({ "percentage": { "percentage": "1", "target": { "items": { "filter": { "tags": ["paper"] } } } } })
            }
            1 => json!({ "fixedAmount": { "amount": "0.50", "currencyCode": "EUR", "target": { "order": {} } } }),
            2 => json!({ "buyXGetY": { "buyQuantity": 9, "getQuantity": 1, "percentage": "10" } }),
            _ => json!({ "percentage": { "percentage": "2", "target": { "shipping": {} } } }),
        };
        let input = json!({ "title": format!("Promotion {place}"), "activate": true, "automatic": true,
            "customerUsageLimit": 100, "effects": [effect] });
        staff.data(create, json!({ "input": input })).await;
    }
}

#[shop_test]
async fn a_quote_of_a_hundred_lines_and_twenty_promotions_takes_one_round_of_statements() {
    let shop = Shop::demo().await;
    let (client, note) = (shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    shop.set_stock(&note, 1_000).await;
    let line = |place: i32| json!({ "variantId": note, "quantity": 1, "attributes": [{ "key": "Name", "value": format!("No. {place}") }] });
    let create =
        "mutation($lines: [CartLineInput!]!) { cartCreate(input: { email: \"a@example.com\", lines: $lines }) {
        cart { id } userErrors { code path } } }";
    let refresh = "mutation($id: ID!) { cartRefresh(cartId: $id) { cart { discounts { title } lines { id }
        total { gross { amount } } } userErrors { code } } }";
    let one = client.data(create, json!({ "lines": [line(0)] })).await["cartCreate"]["cart"]["id"].clone();
    let plain = statements(&shop, &client, refresh, json!({ "id": one })).await;
    let page = statements(&shop, &client, PAGE, json!({ "first": 20 })).await;
    add_promotions(&shop).await;
    let lines: Vec<_> = (0..100).map(line).collect();
    let many = client.data(create, json!({ "lines": lines })).await["cartCreate"]["cart"]["id"].clone();
    let data = client.data(refresh, json!({ "id": many })).await;
    let applied = data["cartRefresh"]["cart"]["discounts"].as_array().expect("discounts").len();
    assert!(applied >= 10, "{applied} promotions apply");
    let quoted = statements(&shop, &client, refresh, json!({ "id": many })).await;
    // One more than without promotions: counts the shopper's uses of those with a limit per customer.
    assert!(quoted <= plain + 1, "{plain} statements for one line, {quoted} for a hundred under twenty promotions");
    assert_eq!(statements(&shop, &client, PAGE, json!({ "first": 20 })).await, page, "promotions do not affect lists");
}
