//! Promotions in carts and orders: codes, rejection reasons, limits and returned uses.

use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Shop, text};

const CREATE: &str = "mutation($input: PromotionCreateInput!) {
    promotionCreate(input: $input) { promotion { id usageCount } userErrors { code message path } } }";
const ADD_CODES: &str = "mutation($cart: ID!, $codes: [String!]!) { cartCodesAdd(cartId: $cart, codes: $codes) {
    cart { codes { code applied reason message details } discounts { title code amount { amount } }
        discountTotal { net { amount } tax { amount } gross { amount } } subtotal { gross { amount } }
        shippingTotal { gross { amount } } total { gross { amount } }
        lines { discountAllocations { title amount { amount } } total { gross { amount } } } }
    userErrors { code message path } } }";
const REMOVE_CODES: &str = "mutation($cart: ID!, $codes: [String!]!) { cartCodesRemove(cartId: $cart, codes: $codes) {
    cart { codes { code } total { gross { amount } } } userErrors { code } } }";
const CREATE_SESSION: &str = "mutation($id: ID!) { paymentSessionCreate(cartId: $id) { userErrors { code message } } }";
const COMPLETE: &str = "mutation($id: ID!) { cartComplete(cartId: $id) {
    order { id number total { gross { amount } } discountTotal { gross { amount } }
        discounts { title code amount { amount } }
        lines { quantity discountTotal { gross { amount } } total { gross { amount } }
            refundableValue { gross { amount } } discountAllocations { title code amount { amount } } } }
    guestToken userErrors { code message details } } }";
const USES: &str = "query($id: ID!) { promotion(by: {id: $id}) { usageCount
    usages(first: 10) { nodes { state amount { amount } } } } }";

/// Creates a promotion that is active immediately.
async fn promotion(shop: &Shop, mut input: Value) -> String {
    input["activate"] = json!(true);
    let data = shop.staff().await.data(CREATE, json!({ "input": input })).await;
    text(&data["promotionCreate"]["promotion"]["id"]).to_owned()
}

pub(crate) fn percent_off_order(percentage: &str) -> Value {
    json!([{ "percentage": { "percentage": percentage, "target": { "order": {} } } }])
}

/// A cart with two notebooks at 14.50 and shipping at 4.90, complete except for the payment.
async fn cart(shop: &Shop, client: &Client) -> String {
    let note = shop.variant("NOTE-A5-DOT").await;
    shop.ready_cart(client, &note, 2).await
}

async fn create_session(client: &Client, cart: &str) {
    client.data(CREATE_SESSION, json!({ "id": cart })).await;
}

async fn add_codes(client: &Client, cart: &str, codes: &[&str]) -> Value {
    client.data(ADD_CODES, json!({ "cart": cart, "codes": codes })).await["cartCodesAdd"]["cart"].clone()
}

async fn usage_count(shop: &Shop, promotion: &str) -> i64 {
    let data = shop.staff().await.data(USES, json!({ "id": promotion })).await;
    data["promotion"]["usageCount"].as_i64().expect("a number")
}

#[shop_test]
async fn a_code_applies_its_promotion_and_the_order_keeps_the_discount() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let input = json!({ "title": "Ten percent", "codes": ["TEN"], "effects": percent_off_order("10") });
    let promotion = promotion(&shop, input).await;
    let cart = cart(&shop, &client).await;
    let after = add_codes(&client, &cart, &[" ten "]).await;
    assert_eq!(
        after["codes"],
        json!([{ "code": "ten", "applied": true, "reason": null, "message": null, "details": null }])
    );
    assert_eq!(after["discounts"], json!([{ "title": "Ten percent", "code": "ten", "amount": { "amount": "2.90" } }]));
    // 29.00 and 4.90 less 2.90; the tax on the discount is 0.46.
    let discount = json!({ "net": { "amount": "2.44" }, "tax": { "amount": "0.46" }, "gross": { "amount": "2.90" } });
    assert_eq!(after["discountTotal"], discount);
    assert_eq!(after["subtotal"]["gross"]["amount"], "29.00");
    assert_eq!(after["total"]["gross"]["amount"], "31.00");
    assert_eq!(after["lines"][0]["total"]["gross"]["amount"], "26.10");

    create_session(&client, &cart).await;
    let order = client.data(COMPLETE, json!({ "id": cart })).await["cartComplete"]["order"].clone();
    assert_eq!(order["total"]["gross"]["amount"], "31.00");
    assert_eq!(order["discounts"], after["discounts"]);
    assert_eq!(order["lines"][0]["discountTotal"]["gross"]["amount"], "2.90");
    // B14: one of the two is worth half of what was paid for both.
    assert_eq!(order["lines"][0]["refundableValue"]["gross"]["amount"], "13.05");
    assert_eq!(usage_count(&shop, &promotion).await, 1);
}

#[shop_test]
async fn a_rejected_code_has_a_reason_and_applies_once_it_is_eligible() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let least = json!({ "minSubtotal": { "amount": "40", "currencyCode": "EUR" } });
    let much = json!({ "title": "Much", "codes": ["MUCH"], "conditions": least, "effects": percent_off_order("10") });
    promotion(&shop, much).await;
    let later = json!({ "title": "Later", "codes": ["LATER"], "startsAt": "2100-01-01T00:00:00Z",
        "effects": percent_off_order("10") });
    promotion(&shop, later).await;
    let cart = cart(&shop, &client).await;
    let after = add_codes(&client, &cart, &["MUCH", "LATER"]).await;
    assert_eq!(after["codes"][0]["reason"], "MIN_SUBTOTAL");
    assert_eq!(after["codes"][0]["details"], json!({ "missing": "11.00", "currency": "EUR" }));
    assert_eq!((&after["codes"][1]["reason"], &after["codes"][1]["applied"]), (&json!("NOT_STARTED"), &json!(false)));
    assert_eq!(after["total"]["gross"]["amount"], "33.90");

    let unknown = client.user_error(ADD_CODES, json!({ "cart": cart, "codes": ["MUCH", "NOPE"] })).await;
    assert_eq!((&unknown["code"], &unknown["path"]), (&json!("NOT_FOUND"), &json!(["codes", "1"])));
    let again = add_codes(&client, &cart, &["much"]).await;
    assert_eq!(again["codes"].as_array().map(Vec::len), Some(2), "codes are case-insensitive");

    let more = "mutation($cart: ID!, $lines: [CartLineInput!]!) { cartLinesAdd(cartId: $cart, lines: $lines) {
        cart { codes { applied } total { gross { amount } } } userErrors { code } } }";
    let note = shop.variant("NOTE-A5-DOT").await;
    let data = client.data(more, json!({ "cart": cart, "lines": [{ "variantId": note, "quantity": 1 }] })).await;
    assert_eq!(data["cartLinesAdd"]["cart"]["codes"][0]["applied"], true);
    assert_eq!(data["cartLinesAdd"]["cart"]["total"]["gross"]["amount"], "44.05");
    let data = client.data(REMOVE_CODES, json!({ "cart": cart, "codes": ["MUCH"] })).await;
    assert_eq!(data["cartCodesRemove"]["cart"]["codes"], json!([{ "code": "LATER" }]));
    assert_eq!(data["cartCodesRemove"]["cart"]["total"]["gross"]["amount"], "48.40");
}

#[shop_test]
async fn a17_d6_a_full_discount_needs_no_payment() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let all = json!([{ "percentage": { "percentage": "100", "target": { "order": { "withShipping": true } } } }]);
    promotion(&shop, json!({ "title": "Everything", "codes": ["ALL"], "effects": all })).await;
    let cart = cart(&shop, &client).await;
    let after = add_codes(&client, &cart, &["ALL"]).await;
    assert_eq!(after["total"]["gross"]["amount"], "0.00");
    let data = client.data(COMPLETE, json!({ "id": cart })).await;
    assert_eq!(data["cartComplete"]["order"]["total"]["gross"]["amount"], "0.00");
}

#[shop_test]
async fn b10_a_code_without_effect_is_not_redeemed() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let free = json!({ "title": "Pens", "codes": ["PENS"], "usageLimit": 1, "effects": [{ "percentage": {
        "percentage": "10", "target": { "items": { "filter": { "tags": ["no such tag"] } } } } }] });
    let promotion = promotion(&shop, free).await;
    let cart = cart(&shop, &client).await;
    let after = add_codes(&client, &cart, &["PENS"]).await;
    assert_eq!(after["codes"][0]["reason"], "NO_MATCHING_ITEMS");
    create_session(&client, &cart).await;
    client.data(COMPLETE, json!({ "id": cart })).await;
    assert_eq!(usage_count(&shop, &promotion).await, 0);
}

#[shop_test(threads = 4)]
async fn b11_the_last_use_goes_to_one_of_twenty_shoppers() {
    let shop = Shop::demo().await;
    shop.set_stock(&shop.variant("NOTE-A5-DOT").await, 100).await;
    let input =
        json!({ "title": "First come", "codes": ["FIRST"], "usageLimit": 1, "effects": percent_off_order("10") });
    let promotion = promotion(&shop, input).await;
    let mut carts = Vec::new();
    for _ in 0..20 {
        let client = shop.anonymous();
        let cart = cart(&shop, &client).await;
        add_codes(&client, &cart, &["FIRST"]).await;
        create_session(&client, &cart).await;
        carts.push((client, cart));
    }
    let tries = carts.iter().map(|(client, cart)| client.execute(COMPLETE, json!({ "id": cart })));
    let responses = futures_util::future::join_all(tries).await;
    let (mut orders, mut late) = (0, 0);
    for (response, (client, cart)) in responses.into_iter().zip(&carts) {
        let payload = &response.body["data"]["cartComplete"];
        if payload["order"].is_null() {
            let code = text(&payload["userErrors"][0]["code"]);
            assert!(["PROMO_LIMIT", "PRICE_CHANGED"].contains(&code), "{response:?}");
            let query = "query($id: ID!) { cart(id: $id) { codes { reason } total { gross { amount } } } }";
            let data = client.data(query, json!({ "id": cart })).await;
            assert_eq!(data["cart"]["codes"][0]["reason"], "LIMIT_REACHED");
            assert_eq!(data["cart"]["total"]["gross"]["amount"], "33.90");
            late += 1;
        } else {
            assert_eq!(payload["order"]["total"]["gross"]["amount"], "31.00");
            orders += 1;
        }
    }
    assert_eq!((orders, late), (1, 19));
    assert_eq!(usage_count(&shop, &promotion).await, 1);
    assert_eq!(shop.count("SELECT used::bigint FROM promotions WHERE title = 'First come'").await, 1);
    // A shopper who was too late pays the full price, with a new payment.
    let (client, cart) = carts.iter().last().expect("a cart");
    let open = "query($id: ID!) { cart(id: $id) { orderId } }";
    if client.data(open, json!({ "id": cart })).await["cart"]["orderId"].is_null() {
        create_session(client, cart).await;
        let data = client.data(COMPLETE, json!({ "id": cart })).await;
        assert_eq!(data["cartComplete"]["order"]["total"]["gross"]["amount"], "33.90");
    }
}

#[shop_test]
async fn b12_a_canceled_order_restores_its_use_once() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let input = json!({ "title": "Once", "codes": ["ONCE"], "usageLimit": 1, "effects": percent_off_order("10") });
    let promotion = promotion(&shop, input).await;
    let cancel = "mutation($id: ID!) { orderCancel(id: $id) { order { status } userErrors { code } } }";
    for _ in 0..2 {
        let cart = cart(&shop, &client).await;
        assert_eq!(add_codes(&client, &cart, &["ONCE"]).await["codes"][0]["applied"], true);
        create_session(&client, &cart).await;
        let order = client.data(COMPLETE, json!({ "id": cart })).await["cartComplete"]["order"]["id"].clone();
        assert_eq!(usage_count(&shop, &promotion).await, 1);
        shop.staff().await.data(cancel, json!({ "id": order })).await;
        assert_eq!(usage_count(&shop, &promotion).await, 0);
        assert_eq!(shop.staff().await.user_error(cancel, json!({ "id": order })).await["code"], "INVALID_STATE");
    }
    let not_restored = json!({ "title": "Kept", "codes": ["RETENTION"], "usageLimit": 1, "returnedOnCancel": false,
        "effects": percent_off_order("10") });
    let not_restored = self::promotion(&shop, not_restored).await;
    let cart = cart(&shop, &client).await;
    add_codes(&client, &cart, &["RETENTION"]).await;
    create_session(&client, &cart).await;
    let order = client.data(COMPLETE, json!({ "id": cart })).await["cartComplete"]["order"]["id"].clone();
    shop.staff().await.data(cancel, json!({ "id": order })).await;
    assert_eq!(usage_count(&shop, &not_restored).await, 1);
}

#[shop_test(threads = 4)]
async fn b16_repeated_completions_of_a_cart_use_a_promotion_once() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let input =
        json!({ "title": "Mine", "codes": ["MINE"], "customerUsageLimit": 1, "effects": percent_off_order("10") });
    let promotion = promotion(&shop, input).await;
    let cart = cart(&shop, &client).await;
    add_codes(&client, &cart, &["MINE"]).await;
    create_session(&client, &cart).await;
    let tries = (0..10).map(|_| client.execute(COMPLETE, json!({ "id": cart })));
    for response in futures_util::future::join_all(tries).await {
        assert_eq!(response.body["data"]["cartComplete"]["order"]["total"]["gross"]["amount"], "31.00", "{response:?}");
    }
    assert_eq!(usage_count(&shop, &promotion).await, 1);
    // The same shopper, identified by email address, cannot use it again.
    let cart = self::cart(&shop, &client).await;
    assert_eq!(add_codes(&client, &cart, &["MINE"]).await["codes"][0]["reason"], "CUSTOMER_LIMIT_REACHED");
}

#[shop_test]
async fn b15_a_promotion_applies_once_by_code_and_automatically() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let input = json!({ "title": "Both", "codes": ["BOTH"], "automatic": true, "effects": percent_off_order("10") });
    promotion(&shop, input).await;
    let cart = cart(&shop, &client).await;
    let after = add_codes(&client, &cart, &["BOTH"]).await;
    assert_eq!(after["discounts"].as_array().map(Vec::len), Some(1));
    assert_eq!(after["total"]["gross"]["amount"], "31.00");
}

#[shop_test]
async fn a_promotion_that_ends_before_completion_is_reported_as_a_price_change() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let input = json!({ "title": "Short", "codes": ["SHORT"], "effects": percent_off_order("10") });
    let promotion = promotion(&shop, input).await;
    let cart = cart(&shop, &client).await;
    add_codes(&client, &cart, &["SHORT"]).await;
    create_session(&client, &cart).await;
    let end = "mutation($id: ID!) { promotionDeactivate(id: $id) { userErrors { code } } }";
    shop.staff().await.data(end, json!({ "id": promotion })).await;
    let error = client.user_error(COMPLETE, json!({ "id": cart })).await;
    assert_eq!(
        (&error["code"], &error["details"]),
        (&json!("PRICE_CHANGED"), &json!({ "before": "31.00", "now": "33.90" }))
    );
    // The session was for 31.00: a new one must be opened.
    assert_eq!(client.user_error(COMPLETE, json!({ "id": cart })).await["code"], "AMOUNT_MISMATCH");
    create_session(&client, &cart).await;
    let data = client.data(COMPLETE, json!({ "id": cart })).await;
    assert_eq!(data["cartComplete"]["order"]["total"]["gross"]["amount"], "33.90");
}

#[shop_test]
async fn staff_can_simulate_a_promotion_on_a_cart() {
    let shop = Shop::demo().await;
    let (client, staff) = (shop.anonymous(), shop.staff().await);
    let cart = cart(&shop, &client).await;
    let simulate = "query($cart: ID!, $promotion: PromotionTrial!) {
        promotionSimulate(cartId: $cart, promotion: $promotion) {
            applies reason message discountTotal { amount } lines { variantId amount { amount } } shipping { amount } } }";
    let input = json!({ "title": "Trial", "effects": percent_off_order("10") });
    let data = staff.data(simulate, json!({ "cart": cart, "promotion": { "input": input } })).await;
    let simulation = &data["promotionSimulate"];
    assert_eq!((&simulation["applies"], &simulation["discountTotal"]["amount"]), (&json!(true), &json!("2.90")));
    assert_eq!(simulation["lines"][0]["amount"]["amount"], "2.90");
    let draft = json!({ "title": "Much", "conditions": { "minSubtotal": { "amount": "40", "currencyCode": "EUR" } },
        "effects": percent_off_order("10") });
    let created = staff.data(CREATE, json!({ "input": draft })).await;
    let id = &created["promotionCreate"]["promotion"]["id"];
    let data = staff.data(simulate, json!({ "cart": cart, "promotion": { "id": id } })).await;
    assert_eq!(
        (&data["promotionSimulate"]["applies"], &data["promotionSimulate"]["reason"]),
        (&json!(false), &json!("MIN_SUBTOTAL"))
    );
    let response =
        client.data("query($id: ID!) { cart(id: $id) { total { gross { amount } } } }", json!({ "id": cart })).await;
    assert_eq!(response["cart"]["total"]["gross"]["amount"], "33.90", "a simulation changes nothing");
}

#[shop_test]
async fn usage_limits_count_the_customer_who_completes_a_guests_cart() {
    let shop = Shop::demo().await;
    let customer = shop.customer().await;
    let input = json!({ "title": "Once each", "automatic": true, "customerUsageLimit": 1,
        "effects": percent_off_order("10") });
    promotion(&shop, input).await;
    let guests = |email: &'static str| {
        let shop = &shop;
        async move {
            let client = shop.anonymous();
            let cart = cart(shop, &client).await;
            let update = "mutation($id: ID!, $email: String!) { cartUpdate(cartId: $id, input: {email: $email}) {
                cart { total { gross { amount } } } userErrors { code } } }";
            let data = client.data(update, json!({ "id": cart, "email": email })).await;
            assert_eq!(data["cartUpdate"]["cart"]["total"]["gross"]["amount"], "31.00");
            create_session(&client, &cart).await;
            cart
        }
    };
    let first = guests("one@example.com").await;
    let data = customer.data(COMPLETE, json!({ "id": first })).await;
    assert_eq!(data["cartComplete"]["order"]["total"]["gross"]["amount"], "31.00");
    // Another address but the same customer: the cart shows the full price, and can be paid and completed.
    let second = guests("two@example.com").await;
    assert_eq!(customer.user_error(COMPLETE, json!({ "id": second })).await["code"], "PRICE_CHANGED");
    create_session(&customer, &second).await;
    let data = customer.data(COMPLETE, json!({ "id": second })).await;
    assert_eq!(data["cartComplete"]["order"]["total"]["gross"]["amount"], "33.90");
}
