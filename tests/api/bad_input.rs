//! Bad input: each case gets a clear error with a code and a path, and has no side effects.

use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Shop};

const ADD: &str = "mutation($cart: ID!, $lines: [CartLineInput!]!) { cartLinesAdd(cartId: $cart, lines: $lines) {
    cart { id } userErrors { code path details } } }";
const CHANGE: &str =
    "mutation($cart: ID!, $lines: [CartLineUpdateInput!]!) { cartLinesUpdate(cartId: $cart, lines: $lines) {
    cart { id } userErrors { code path details } } }";
const UPDATE: &str = "mutation($cart: ID!, $input: CartUpdateInput!) { cartUpdate(cartId: $cart, input: $input) {
    cart { id } userErrors { code path details } } }";
const ADDRESS: &str =
    "mutation($cart: ID!, $address: AddressInput!) { cartAddressesSet(cartId: $cart, input: {shippingAddress: $address}) {
    cart { id } userErrors { code path details } } }";
const PRODUCT: &str = "mutation($input: ProductCreateInput!) { productCreate(input: $input) {
    product { id variants { id } } userErrors { code path } } }";
const PRICES: &str =
    "mutation($rows: [PriceRowInput!]!) { variantPricesSet(rows: $rows) { userErrors { code path } } }";
/// The suffix of an id that does not exist.
const LETTERS: &str = "01m84q05c3e3jbvaxd7vc1mw18";

/// A guest's cart with two notebooks, and a snapshot of everything that could change.
struct Basket {
    client: Client,
    id: String,
    before: Value,
}

impl Basket {
    async fn of(shop: &Shop) -> Self {
        let client = shop.anonymous();
        let create = "mutation($variant: ID!) { cartCreate(input: {email: \"ada@example.com\",
            lines: [{variantId: $variant, quantity: 2}]}) { cart { id } userErrors { code } } }";
        let variant = shop.variant("NOTE-A5-DOT").await;
        let data = client.ok(create, json!({ "variant": variant })).await;
        let id = data["cartCreate"]["cart"]["id"].as_str().expect("an id").to_owned();
        let before = look(&client, &id).await;
        Self { client, id, before }
    }

    fn line(&self) -> &Value {
        &self.before["lines"][0]["id"]
    }

    async fn assert_unchanged(&self, after: &str) {
        assert_eq!(look(&self.client, &self.id).await, self.before, "changed by {after}");
    }

    /// Asserts that a mutation is refused with this code and path, and changes nothing.
    async fn assert_refused(&self, mutation: &str, mut variables: Value, code: &str, path: &str) -> Value {
        variables["cart"] = json!(self.id);
        let error = self.client.refused(mutation, variables.clone()).await;
        assert_eq!((error["code"].as_str(), at(&error)), (Some(code), path.to_owned()), "{variables}");
        self.assert_unchanged(&variables.to_string()).await;
        error
    }
}

async fn look(client: &Client, cart: &str) -> Value {
    let query = "query($id: ID!) { cart(id: $id) { version updatedAt email note orderId
        lines { id quantity variantId attributes { key value } } region { id } shippingAddress { city }
        shippingOption { id } total { gross { amount } } } }";
    client.ok(query, json!({ "id": cart })).await["cart"].clone()
}

fn at(error: &Value) -> String {
    let path = error["path"].as_array().expect("a path").iter();
    path.map(|part| part.as_str().expect("a text")).collect::<Vec<_>>().join(".")
}

fn address(field: &str, value: Value) -> Value {
    let mut address = json!({ "firstName": "Ada", "lastName": "Byron", "address1": "Lindenstraße 1", "city": "Berlin",
        "postalCode": "10969", "country": "DE" });
    address[field] = value;
    json!({ "address": address })
}

/// Changes whenever something is added to or removed from the catalog, or a product changes.
async fn catalog(shop: &Shop) -> i64 {
    let rows =
        "SELECT (SELECT count(*) FROM products) + (SELECT count(*) FROM variants) + (SELECT count(*) FROM prices)
        + (SELECT count(*) FROM collections) + (SELECT count(*) FROM categories)
        + (SELECT count(*) FROM stock_locations) + (SELECT sum(version)::bigint FROM products)";
    shop.count(rows).await
}

#[shop_test]
async fn ids_that_nothing_has_are_not_found() {
    let shop = Shop::demo().await;
    let basket = Basket::of(&shop).await;
    let id = |prefix: &str| format!("{prefix}_{LETTERS}");
    let line = json!([{ "variantId": id("var") }]);
    basket.assert_refused(ADD, json!({ "lines": line }), "NOT_FOUND", "lines.0.variantId").await;
    let update = json!([{ "lineId": id("line"), "quantity": 1 }]);
    basket.assert_refused(CHANGE, json!({ "lines": update }), "NOT_FOUND", "lines.0.lineId").await;
    basket.assert_refused(UPDATE, json!({ "input": { "regionId": id("reg") } }), "NOT_FOUND", "input.regionId").await;
    let remove =
        "mutation($cart: ID!, $line: ID!, $own: ID!) { cartLinesRemove(cartId: $cart, lineIds: [$own, $line]) {
        userErrors { code path } } }";
    let variables = json!({ "line": id("line"), "own": basket.line() });
    basket.assert_refused(remove, variables, "NOT_FOUND", "lineIds.1").await;
    let select = "mutation($cart: ID!, $option: ID!) { cartShippingSelect(cartId: $cart, shippingOptionId: $option) {
        userErrors { code path } } }";
    basket.assert_refused(select, json!({ "option": id("ship") }), "SHIPPING_UNAVAILABLE", "shippingOptionId").await;
    let pay = "mutation($cart: ID!) { paymentSessionCreate(cartId: $cart) { userErrors { code path } } }";
    let error = basket.client.refused(pay, json!({ "cart": id("cart") })).await;
    assert_eq!((&error["code"], at(&error)), (&json!("NOT_FOUND"), "cartId".to_owned()));
    let reads = "query($cart: ID!, $order: ID!, $session: ID!, $product: ID!, $region: ID!) {
        cart(id: $cart) { id } order(id: $order) { id } paymentSession(id: $session) { id }
        product(by: {id: $product}) { id } region(by: {id: $region}) { id } node(id: $product) { id } }";
    let unknown = json!({ "cart": id("cart"), "order": id("ord"), "session": id("pses"), "product": id("prod"),
        "region": id("reg") });
    let found = basket.client.ok(reads, unknown).await;
    assert!(found.as_object().expect("fields").values().all(Value::is_null), "{found}");
}

#[shop_test]
async fn another_shoppers_line_is_not_found() {
    let shop = Shop::demo().await;
    let (basket, other) = (Basket::of(&shop).await, Basket::of(&shop).await);
    let update = json!([{ "lineId": other.line(), "quantity": 5 }]);
    basket.assert_refused(CHANGE, json!({ "lines": update }), "NOT_FOUND", "lines.0.lineId").await;
    other.assert_unchanged("a change of another cart").await;
}

#[shop_test]
async fn malformed_ids_and_ids_of_another_kind_are_refused_at_the_top() {
    let shop = Shop::demo().await;
    let basket = Basket::of(&shop).await;
    let product = format!("prod_{LETTERS}");
    let upper = format!("var_{}", LETTERS.to_uppercase());
    let long = "v".repeat(50_000);
    for bad in
        [product.as_str(), upper.as_str(), long.as_str(), LETTERS, "", "var_", "var_\u{0}", "var_'; DROP TABLE carts"]
    {
        let lines = json!({ "cart": basket.id, "lines": [{ "variantId": bad }] });
        assert_eq!(basket.client.denied(ADD, lines).await, "INVALID_ID", "{bad:?}");
        basket.assert_unchanged(bad).await;
    }
    let line = basket.line().as_str().expect("an id");
    for query in [
        format!("{{ cart(id: \"{line}\") {{ id }} }}"),
        format!("{{ product(by: {{id: \"{}\"}}) {{ id }} }}", basket.id),
        "{ node(id: \"nope_01m84q05c3e3jbvaxd7vc1mw18\") { id } }".to_owned(),
        "{ node(id: \"prod_\") { id } }".to_owned(),
        "{ nodes(ids: [\"\"]) { id } }".to_owned(),
        format!("{{ products(filter: {{collectionId: \"{product}\"}}) {{ totalCount }} }}"),
        format!("mutation {{ cartComplete(cartId: \"{line}\") {{ userErrors {{ code }} }} }}"),
    ] {
        assert_eq!(basket.client.denied(&query, Value::Null).await, "INVALID_ID", "{query}");
    }
    let delete = format!("mutation {{ collectionDelete(ids: [\"{product}\"]) {{ userErrors {{ code }} }} }}");
    let before = catalog(&shop).await;
    assert_eq!(shop.staff().await.denied(&delete, Value::Null).await, "INVALID_ID");
    assert_eq!(catalog(&shop).await, before);
}

#[shop_test]
async fn malformed_addresses_are_refused() {
    let shop = Shop::demo().await;
    let basket = Basket::of(&shop).await;
    let long = format!("{}@example.com", "a".repeat(65));
    for bad in [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "a da@example.com",
        "ada@example.com\u{0}",
        "<ada@example.com>",
        &long,
    ] {
        basket.assert_refused(UPDATE, json!({ "input": { "email": bad } }), "INVALID_EMAIL", "input.email").await;
    }
    let create = "mutation { cartCreate(input: {email: \"ada@\"}) { cart { id } userErrors { code path } } }";
    assert_eq!(at(&basket.client.refused(create, Value::Null).await), "input.email");
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 1, "the refused cart was made");

    for (field, value, code) in [
        ("lastName", json!(""), "REQUIRED"),
        ("address1", json!("  "), "REQUIRED"),
        ("city", json!("Ber\u{0}lin"), "INVALID_TEXT"),
        ("company", json!("<script>alert(1)</script>"), "INVALID_TEXT"),
        ("postalCode", json!("1".repeat(21)), "TOO_LONG"),
        ("phone", json!("1\n2"), "INVALID_TEXT"),
        ("country", json!("US"), "COUNTRY_NOT_SERVED"),
    ] {
        basket.assert_refused(ADDRESS, address(field, value), code, &format!("input.shippingAddress.{field}")).await;
    }
    for bad in ["Germany", "de", "XX", "", "D\u{0}"] {
        let mut variables = address("country", json!(bad));
        variables["cart"] = json!(basket.id);
        assert_eq!(basket.client.denied(ADDRESS, variables).await, "BAD_USER_INPUT", "{bad:?}");
        basket.assert_unchanged(bad).await;
    }
    let places = ["{ region(by: {country: XX}) { id } }", "query @inContext(country: XX) { shop { name } }"];
    for query in places {
        let answer = basket.client.run(query, Value::Null).await;
        assert!(answer.code().is_some() && answer.body["data"].is_null(), "{query}: {answer:?}");
    }
}

/// The code and the argument path of every top-level error.
async fn faults(client: &Client, query: &str, variables: Value) -> Vec<(String, String)> {
    let answer = client.run(query, variables).await;
    assert!(answer.body["data"].is_null(), "{}", answer.body);
    let fault = |error: &Value| {
        let part = |part: &Value| part.as_str().expect("a text").to_owned();
        let path = error["extensions"]["argumentPath"].as_array().expect("a path").iter().map(part);
        (part(&error["extensions"]["code"]), path.collect::<Vec<_>>().join("."))
    };
    let mut faults = answer.body["errors"].as_array().expect("errors").iter().map(fault).collect::<Vec<_>>();
    faults.sort();
    faults
}

#[shop_test]
async fn every_malformed_value_is_reported_at_once_with_its_path() {
    let shop = Shop::demo().await;
    let (staff, shopper) = (shop.staff().await, shop.anonymous());
    let expect = |faults: &[(&str, &str)]| {
        faults.iter().map(|(code, path)| ((*code).to_owned(), (*path).to_owned())).collect::<Vec<_>>()
    };
    let (variant, product) = (shop.variant("NOTE-A5-DOT").await, format!("prod_{LETTERS}"));
    let row = |variant: &str, amount: &str| json!({ "variantId": variant, "currencyCode": "EUR", "amount": amount });
    let rows = json!({ "rows": [row(&variant, "14,50"), row(&product, "1"), row(&variant, "1")] });
    let found = faults(&staff, PRICES, rows).await;
    assert_eq!(found, expect(&[("INVALID_AMOUNT", "rows.0.amount"), ("INVALID_ID", "rows.1.variantId")]));
    let list = "mutation($input: PriceListCreateInput!) { priceListCreate(input: $input) { userErrors { code } } }";
    let input = json!({ "input": { "name": "Sale", "kind": "SALE", "startsAt": "tomorrow", "endsAt": "2026-02-30T00:00:00Z",
        "customerGroupIds": ["x"] } });
    let found = faults(&staff, list, input).await;
    let dates = [("BAD_USER_INPUT", "input.endsAt"), ("BAD_USER_INPUT", "input.startsAt")];
    assert_eq!(found, expect(&[&dates[..], &[("INVALID_ID", "input.customerGroupIds.0")]].concat()));
    let lines = json!({ "cart": format!("cart_{LETTERS}"), "lines": [{ "variantId": variant, "quantity": "2" }] });
    assert_eq!(faults(&shopper, ADD, lines).await, expect(&[("BAD_USER_INPUT", "lines.0.quantity")]));
    let list = "query($id: ID!, $low: Decimal!) {
        products(filter: {collectionId: $id, priceMin: $low}) { totalCount } }";
    let found = faults(&shopper, list, json!({ "id": product, "low": "cheap" })).await;
    assert_eq!(found, expect(&[("INVALID_AMOUNT", "filter.priceMin"), ("INVALID_ID", "filter.collectionId")]));
}

#[shop_test]
async fn no_mutation_of_a_request_runs_if_one_is_malformed_or_forbidden() {
    let shop = Shop::demo().await;
    let (staff, shopper) = (shop.staff().await, shop.anonymous());
    let group = |name: &str| format!("customerGroupCreate(input: {{name: \"{name}\"}}) {{ userErrors {{ code }} }}");
    let groups = || async { shop.count("SELECT count(*) FROM customer_groups").await };
    let before = groups().await;
    let malformed =
        format!("mutation {{ a: {} b: cartDelete(cartId: \"x\") {{ userErrors {{ code }} }} }}", group("A"));
    assert_eq!(staff.denied(&malformed, Value::Null).await, "INVALID_ID");
    let forbidden = format!("mutation {{ a: cartCreate(input: {{}}) {{ userErrors {{ code }} }} b: {} }}", group("A"));
    let carts = shop.count("SELECT count(*) FROM carts").await;
    assert_eq!(shopper.denied(&forbidden, Value::Null).await, "UNAUTHENTICATED");
    assert_eq!((groups().await, shop.count("SELECT count(*) FROM carts").await), (before, carts));
    staff.ok(&format!("mutation {{ a: {} b: {} }}", group("A"), group("B")), Value::Null).await;
    assert_eq!(groups().await, before + 2);
}

#[shop_test]
async fn quantities_that_make_no_sense_are_refused() {
    let shop = Shop::demo().await;
    let basket = Basket::of(&shop).await;
    let variant = shop.variant("SVC-GIFTWRAP").await;
    for bad in [0, -1, 10_000, i32::MAX, i32::MIN] {
        let lines = json!({ "lines": [{ "variantId": variant, "quantity": bad }] });
        basket.assert_refused(ADD, lines, "INVALID_QUANTITY", "lines.0.quantity").await;
    }
    for bad in [-1, 10_000, i32::MAX] {
        let lines = json!({ "lines": [{ "lineId": basket.line(), "quantity": bad }] });
        basket.assert_refused(CHANGE, lines, "INVALID_QUANTITY", "lines.0.quantity").await;
    }
    let twice =
        json!({ "lines": [{ "variantId": variant, "quantity": 9_999 }, { "variantId": variant, "quantity": 1 }] });
    basket.assert_refused(ADD, twice, "INVALID_QUANTITY", "lines.1.quantity").await;
    for bad in [json!(2_147_483_648_i64), json!(-2_147_483_649_i64), json!(1e40), json!(1.5), json!("2"), json!(null)] {
        let lines = json!({ "cart": basket.id, "lines": [{ "variantId": variant, "quantity": bad }] });
        assert_eq!(basket.client.denied(ADD, lines).await, "BAD_USER_INPUT", "{bad}");
        basket.assert_unchanged(&bad.to_string()).await;
    }
    let literal = format!(
        "mutation {{ cartLinesAdd(cartId: \"{}\", lines: [{{variantId: \"{variant}\", quantity: 2147483648}}]) {{
            userErrors {{ code }} }} }}",
        basket.id
    );
    assert_eq!(basket.client.denied(&literal, Value::Null).await, "BAD_USER_INPUT");
    basket.assert_unchanged("2^31 as a literal").await;
}

#[shop_test]
async fn more_than_there_is_cannot_be_put_into_a_cart() {
    let shop = Shop::demo().await;
    let basket = Basket::of(&shop).await;
    let (few, none) = (shop.variant("MUG-STO-MOS").await, shop.variant("PLN-BLK-LA").await);
    for (variant, quantity, available) in [(&few, 5, 4), (&few, 9_999, 4), (&none, 1, 0)] {
        let lines = json!({ "lines": [{ "variantId": variant, "quantity": quantity }] });
        let error = basket.assert_refused(ADD, lines, "INSUFFICIENT_STOCK", "lines.0.quantity").await;
        assert_eq!(error["details"]["available"], available);
        assert_eq!(error["details"]["variantId"], json!(variant));
    }
    let lines = json!({ "lines": [{ "lineId": basket.line(), "quantity": 201 }] });
    let error = basket.assert_refused(CHANGE, lines, "INSUFFICIENT_STOCK", "lines.0.quantity").await;
    assert_eq!(error["details"]["available"], 200);
    let halves = json!({ "lines": [{ "variantId": few, "quantity": 3 },
        { "variantId": few, "quantity": 3, "attributes": [{ "key": "Engraving", "value": "Ada" }] }] });
    let error = basket.assert_refused(ADD, halves, "INSUFFICIENT_STOCK", "lines.1.quantity").await;
    assert_eq!(error["details"]["available"], 4);
    let create = "mutation($variant: ID!) { cartCreate(input: {lines: [{variantId: $variant, quantity: 5}]}) {
        userErrors { code path } } }";
    assert_eq!(at(&basket.client.refused(create, json!({ "variant": few })).await), "input.lines.0.quantity");
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 1);
}

#[shop_test]
async fn a_price_is_a_number_of_its_currency() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let variant = shop.variant("NOTE-A5-DOT").await;
    let query = "query($id: ID!) { variant(by: {id: $id}) { version prices { amount { amount currencyCode } } } }";
    let prices = async || staff.ok(query, json!({ "id": variant })).await["variant"].clone();
    let (before, rows) = (prices().await, catalog(&shop).await);
    let product = |amount: &Value, currency: &str| {
        let price = json!({ "currencyCode": currency, "amount": amount });
        json!({ "input": { "title": "Thing", "variants": [{ "prices": [price] }] } })
    };
    for (amount, currency) in [
        (json!("14.505"), "EUR"),
        (json!("14.5"), "JPY"),
        (json!("1.2345"), "KWD"),
        (json!("-0.01"), "EUR"),
        (json!(-1), "EUR"),
        (json!("1000000000000000"), "EUR"),
        (json!("9999999999999999999999999999"), "EUR"),
    ] {
        let row = json!({ "variantId": variant, "currencyCode": currency, "amount": amount });
        let error = staff.refused(PRICES, json!({ "rows": [row] })).await;
        assert_eq!((&error["code"], at(&error)), (&json!("INVALID_AMOUNT"), "rows.0.amount".to_owned()), "{amount}");
        let error = staff.refused(PRODUCT, product(&amount, currency)).await;
        let path = "input.variants.0.prices.0.amount".to_owned();
        assert_eq!((&error["code"], at(&error)), (&json!("INVALID_AMOUNT"), path), "{amount}");
    }
    let malformed = [
        (json!("1".repeat(40)), "INVALID_AMOUNT"),
        (json!(format!("0.{}", "1".repeat(40))), "INVALID_AMOUNT"),
        (json!("14,50"), "INVALID_AMOUNT"),
        (json!("NaN"), "INVALID_AMOUNT"),
        (json!("14.50\u{0}"), "INVALID_AMOUNT"),
        (json!(""), "INVALID_AMOUNT"),
        (json!(1e300), "INVALID_AMOUNT"),
        (json!(true), "BAD_USER_INPUT"),
    ];
    for (amount, code) in malformed {
        let row = json!({ "variantId": variant, "currencyCode": "EUR", "amount": amount });
        assert_eq!(staff.denied(PRICES, json!({ "rows": [row] })).await, code, "{amount}");
        assert_eq!(staff.denied(PRODUCT, product(&amount, "EUR")).await, code, "{amount}");
    }
    for currency in ["XXX", "eur", "Euro", "", "XAU"] {
        let row = json!({ "variantId": variant, "currencyCode": currency, "amount": "1" });
        assert_eq!(staff.denied(PRICES, json!({ "rows": [row] })).await, "BAD_USER_INPUT", "{currency:?}");
    }
    assert_eq!(prices().await, before);
    assert_eq!(catalog(&shop).await, rows);
    let filter = "query($low: Decimal!) { products(filter: {priceMin: $low, priceMax: $low}) { totalCount } }";
    for low in ["9999999999999999999999999999", "-9999999999999999999999999999", "0.0000000000000000000000000001"] {
        assert_eq!(shop.anonymous().ok(filter, json!({ "low": low })).await["products"]["totalCount"], 0, "{low}");
    }
}

#[shop_test]
async fn what_has_no_price_in_the_carts_currency_cannot_be_bought() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let input = json!({ "title": "Thing", "publish": true,
        "variants": [{ "stock": 5, "prices": [{ "currencyCode": "USD", "amount": "5" }] }] });
    let data = staff.ok(PRODUCT, json!({ "input": input })).await;
    let variant = data["productCreate"]["product"]["variants"][0]["id"].clone();
    let basket = Basket::of(&shop).await;
    let lines = json!({ "lines": [{ "variantId": variant }] });
    basket.assert_refused(ADD, lines, "NOT_PURCHASABLE", "lines.0.variantId").await;
    let create = "mutation($variant: ID!) @inContext(country: FR) {
        cartCreate(input: {lines: [{variantId: $variant}]}) { userErrors { code path } } }";
    let error = shop.anonymous().refused(create, json!({ "variant": variant })).await;
    assert_eq!((&error["code"], at(&error)), (&json!("NOT_PURCHASABLE"), "input.lines.0.variantId".to_owned()));
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 1);
    let nowhere = "mutation @inContext(country: JP) { cartCreate { userErrors { code } } }";
    assert_eq!(shop.anonymous().refused(nowhere, Value::Null).await["code"], "COUNTRY_NOT_SERVED");
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 1);
}

#[shop_test]
async fn what_is_not_published_cannot_be_put_into_a_cart() {
    let shop = Shop::demo().await;
    let basket = Basket::of(&shop).await;
    let staff = shop.staff().await;
    let pen = staff.ok("{ variant(by: {sku: \"PEN-FTN-F\"}) { id } }", Value::Null).await["variant"]["id"].clone();
    let lines = json!([{ "variantId": shop.variant("NOTE-A5-RUL").await }, { "variantId": pen }]);
    basket.assert_refused(ADD, json!({ "lines": lines }), "NOT_FOUND", "lines.1.variantId").await;
}

#[shop_test]
async fn a_cart_that_became_an_order_never_changes_again() {
    let shop = Shop::demo().await;
    let client = shop.customer().await;
    let variant = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.paid_cart(&client, &variant, 1).await;
    let complete = "mutation($cart: ID!) { cartComplete(cartId: $cart) { order { id } userErrors { code message } } }";
    let order = client.ok(complete, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    let before = look(&client, &cart).await;
    assert_eq!(before["orderId"], order);
    let line = &before["lines"][0]["id"];
    let mutations = [
        ("cartLinesAdd", format!("lines: [{{variantId: \"{variant}\"}}]")),
        ("cartLinesUpdate", format!("lines: [{{lineId: {line}, quantity: 2}}]")),
        ("cartLinesRemove", format!("lineIds: [{line}]")),
        ("cartUpdate", "input: {note: \"Quick!\"}".to_owned()),
        (
            "cartAddressesSet",
            "input: {shippingAddress: {lastName: \"B\", address1: \"1\", city: \"Bonn\", country: DE}}".to_owned(),
        ),
        ("cartShippingSelect", format!("shippingOptionId: {}", before["shippingOption"]["id"])),
        ("cartCustomerAttach", String::new()),
        ("cartRefresh", String::new()),
        ("cartDelete", String::new()),
        ("paymentSessionCreate", String::new()),
    ];
    for (field, arguments) in mutations {
        let mutation =
            format!("mutation {{ {field}(cartId: \"{cart}\" {arguments}) {{ userErrors {{ code path details }} }} }}");
        let error = client.refused(&mutation, Value::Null).await;
        assert_eq!((&error["code"], at(&error)), (&json!("CART_COMPLETED"), "cartId".to_owned()), "{field}");
        assert_eq!(error["details"]["orderId"], order, "{field}");
        assert_eq!(look(&client, &cart).await, before, "{field}");
    }
    let again = client.ok(complete, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    assert_eq!(again, order, "completing again gives the same order");
    assert_eq!(shop.count("SELECT count(*) FROM orders").await, 1);
}

#[shop_test]
async fn html_and_control_characters_are_refused_where_plain_text_is_meant() {
    let shop = Shop::demo().await;
    let basket = Basket::of(&shop).await;
    let staff = shop.staff().await;
    let rows = catalog(&shop).await;
    for bad in ["a\u{0}b", "<script>alert(1)</script>", "a\u{7}b", "</p>", "<!-- -->"] {
        basket.assert_refused(UPDATE, json!({ "input": { "note": bad } }), "INVALID_TEXT", "input.note").await;
        let attributes = json!([{ "key": "Engraving", "value": bad }]);
        let lines = json!([{ "variantId": basket.before["lines"][0]["variantId"], "attributes": attributes }]);
        basket.assert_refused(ADD, json!({ "lines": lines }), "INVALID_TEXT", "lines.0.attributes").await;
        for (field, value, path) in [
            ("title", json!(bad), "input.title"),
            ("vendor", json!(bad), "input.vendor"),
            ("seoDescription", json!(bad), "input.seoDescription"),
            ("tags", json!(["fine", bad]), "input.tags.1"),
            ("variants", json!([{ "sku": bad }]), "input.variants.0.sku"),
            ("options", json!([{ "name": bad }]), "input.options.0.name"),
        ] {
            let mut input = json!({ "title": "Thing", "handle": "thing" });
            if field == "options" {
                input["variants"] = json!([{ "optionValues": ["One"] }]);
            }
            input[field] = value;
            let error = staff.refused(PRODUCT, json!({ "input": input })).await;
            assert_eq!((&error["code"], at(&error)), (&json!("INVALID_TEXT"), path.to_owned()), "{field} {bad:?}");
        }
        let named = [("collectionCreate", "title"), ("categoryCreate", "name"), ("stockLocationCreate", "name")];
        for (field, name) in named {
            let mutation =
                format!("mutation($text: String!) {{ {field}(input: {{{name}: $text}}) {{ userErrors {{ code }} }} }}");
            let error = staff.refused(&mutation, json!({ "text": bad })).await;
            assert!(["INVALID_TEXT", "INVALID"].contains(&error["code"].as_str().expect("a code")), "{field}: {error}");
        }
    }
    assert_eq!(catalog(&shop).await, rows);
    basket.client.ok(UPDATE, json!({ "cart": basket.id, "input": { "note": "1 < 2, I <3 it\nThanks" } })).await;
    assert_eq!(look(&basket.client, &basket.id).await["note"], "1 < 2, I <3 it\nThanks");
}

#[shop_test]
async fn html_is_cleaned_where_it_is_meant() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let html = "<p onclick=\"a()\">Hi <b>you</b><script>alert(1)</script><a href=\"javascript:a()\">x</a>\
        <iframe src=\"//e\"></iframe><img src=x onerror=a()></p>\u{0}";
    let input = json!({ "title": "Thing", "publish": true, "descriptionHtml": html,
        "variants": [{ "prices": [{ "currencyCode": "EUR", "amount": "5" }] }] });
    staff.ok(PRODUCT, json!({ "input": input })).await;
    let query = "{ product(by: {handle: \"thing\"}) { descriptionHtml } }";
    let clean = shop.anonymous().ok(query, Value::Null).await["product"]["descriptionHtml"].to_string();
    assert!(clean.contains("Hi <b>you</b>"), "{clean}");
    for bad in ["script", "onclick", "onerror", "iframe", "javascript", "\\u0000"] {
        assert!(!clean.contains(bad), "{bad} is left in {clean}");
    }
}

#[shop_test]
async fn nul_characters_in_look_ups_find_nothing() {
    let shop = Shop::demo().await;
    let (staff, anonymous) = (shop.staff().await, shop.anonymous());
    let data = anonymous
        .ok(
            "query($t: String!) { a: product(by: {handle: $t}) { id } b: variant(by: {sku: $t}) { id }
                c: collection(by: {handle: $t}) { id } d: category(by: {handle: $t}) { id }
                e: products(filter: {vendor: $t}) { totalCount } f: products(filter: {productType: $t}) { totalCount }
                g: products(filter: {tags: [$t]}) { totalCount } }",
            json!({ "t": "NOTE\u{0}" }),
        )
        .await;
    let none = json!({ "totalCount": 0 });
    assert_eq!(data, json!({ "a": null, "b": null, "c": null, "d": null, "e": none, "f": none, "g": none }));
    let customer = shop.customer().await;
    shop.order(&customer, &shop.variant("NOTE-A5-DOT").await, 1).await;
    let lists = "query($t: String!) { customers(query: $t) { totalCount } orders(query: $t) { totalCount } }";
    let data = staff.ok(lists, json!({ "t": "customer\u{0}" })).await;
    assert_eq!(data, json!({ "customers": none, "orders": none }));
}

#[shop_test]
async fn nul_characters_in_a_login_are_wrong_credentials() {
    let shop = Shop::demo().await;
    for field in ["customerLogin", "staffLogin"] {
        let login = format!(
            "mutation($email: String!, $password: String!) {{
                {field}(email: $email, password: $password) {{ userErrors {{ code }} }} }}"
        );
        for (email, password) in [("staff@example.com", "\u{0}"), ("staff@example.com\u{0}", PASSWORD)] {
            let error = shop.anonymous().refused(&login, json!({ "email": email, "password": password })).await;
            assert_eq!(error["code"], "INVALID_CREDENTIALS", "{field} {email:?}");
        }
    }
    assert_eq!(shop.count("SELECT count(*) FROM sessions").await, 0);
}

#[shop_test]
async fn nul_characters_in_what_staff_say_of_orders_are_refused() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let (order, guest_token) = shop.order(&shop.anonymous(), &shop.variant("NOTE-A5-DOT").await, 1).await;
    let cancel = "mutation($id: ID!, $t: String) { orderCancel(id: $id, reason: $t) { userErrors { code } } }";
    let send = "mutation($id: ID!, $t: String!) { fulfillmentCreate(orderId: $id, tracking: {number: $t}) {
        userErrors { code } } }";
    for bad in ["a\u{0}b", "<script>"] {
        for mutation in [cancel, send] {
            let error = staff.refused(mutation, json!({ "id": order, "t": bad })).await;
            assert_eq!(error["code"], "INVALID_TEXT", "{mutation} {bad:?}");
        }
    }
    let query = "query($id: ID!, $t: String) { order(id: $id, guestToken: $t) { status fulfillmentStatus } }";
    let seen = shop.anonymous().ok(query, json!({ "id": order, "t": guest_token })).await["order"].clone();
    assert_eq!(seen, json!({ "status": "PLACED", "fulfillmentStatus": "UNFULFILLED" }));
    let forged = shop.anonymous().ok(query, json!({ "id": order, "t": format!("{guest_token}\u{0}") })).await;
    assert_eq!(forged["order"], Value::Null);
}

#[shop_test]
async fn a_text_of_ten_megabytes_is_not_read() {
    let shop = Shop::demo().await;
    let basket = Basket::of(&shop).await;
    let long = "a".repeat(10_000_000);
    let answer = basket.client.run(UPDATE, json!({ "cart": basket.id, "input": { "note": long } })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (StatusCode::PAYLOAD_TOO_LARGE, Some("PAYLOAD_TOO_LARGE")));
    basket.assert_unchanged("10 MB").await;
    let long = "a".repeat(5_001);
    let error = basket.assert_refused(UPDATE, json!({ "input": { "note": long } }), "TOO_LONG", "input.note").await;
    assert_eq!(error["details"], json!({ "max": 5_000 }));
}

#[shop_test]
async fn only_json_by_post_is_taken() {
    let shop = Shop::demo().await;
    let input = json!({ "email": "ada@example.com", "password": PASSWORD });
    let query = "mutation($input: CustomerRegisterInput!) { customerRegister(input: $input) { userErrors { code } } }";
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=iso-8859-1",
        "application/jsonp",
        "",
    ];
    for content_type in types {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, content_type);
        let answer = shop.anonymous().send(request.body(Body::from(body.clone())).expect("a request")).await;
        let wanted = (StatusCode::UNSUPPORTED_MEDIA_TYPE, Some("UNSUPPORTED_MEDIA_TYPE"));
        assert_eq!((answer.status, answer.code().as_deref()), wanted, "{content_type}");
    }
    let nameless = Request::post("/graphql").body(Body::from(body.clone())).expect("a request");
    assert_eq!(shop.anonymous().send(nameless).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let mutation = "mutation%7BcustomerRegister(input:%7Bemail:%22ada%40example.com%22,password:%22correct%20horse%22%7D)\
        %7BuserErrors%7Bcode%7D%7D%7D";
    let get = Request::get(format!("/graphql?query={mutation}")).body(Body::empty()).expect("a request");
    let answer = shop.anonymous().send(get).await;
    assert_eq!((answer.status, answer.code().as_deref()), (StatusCode::METHOD_NOT_ALLOWED, Some("METHOD_NOT_ALLOWED")));
    for method in ["PUT", "DELETE", "PATCH"] {
        let request =
            Request::builder().method(method).uri("/graphql").header(header::CONTENT_TYPE, "application/json");
        let answer = shop.anonymous().send(request.body(Body::from(body.clone())).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let batch = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    for bad in [format!("[{body}]"), body[..body.len() - 1].to_owned(), "null".to_owned(), "\u{0}".to_owned()] {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let answer = shop.anonymous().send(request.body(Body::from(bad.clone())).expect("a request")).await;
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (StatusCode::BAD_REQUEST, Some("BAD_REQUEST")),
            "{bad:?}"
        );
    }
    assert_eq!(shop.count("SELECT count(*) FROM customers").await, 0);
    // The same body is accepted if sent correctly, so nothing else was wrong with it.
    assert_eq!(shop.anonymous().send(batch.body(Body::from(body)).expect("a request")).await.status, StatusCode::OK);
    assert_eq!(shop.count("SELECT count(*) FROM customers").await, 1);
}

#[shop_test]
async fn a_malformed_token_is_refused_whatever_it_is_sent_with() {
    let shop = Shop::demo().await;
    let before = shop.count("SELECT count(*) FROM carts").await;
    for bad in ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let client = shop.anonymous().with_token(bad);
        for query in ["{ shop { name } }", "mutation { cartCreate { cart { id } } }"] {
            let answer = client.run(query, Value::Null).await;
            let found = (answer.status, answer.code());
            assert_eq!(found, (StatusCode::UNAUTHORIZED, Some("UNAUTHENTICATED".to_owned())), "{bad:?}");
        }
    }
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, before);
}

#[shop_test]
async fn credentials_that_are_no_text_are_not_taken_for_none() {
    let shop = Shop::demo().await;
    for name in [header::AUTHORIZATION.as_str(), "x-publishable-key"] {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let request = request.header(name, HeaderValue::from_bytes(b"Bearer \xc3\xa9").expect("a value"));
        let body = Body::from(json!({ "query": "{ shop { name } }" }).to_string());
        let answer = shop.anonymous().send(request.body(body).expect("a request")).await;
        let found = (answer.status, answer.code());
        assert_eq!(found, (StatusCode::UNAUTHORIZED, Some("UNAUTHENTICATED".to_owned())), "{name}");
    }
}

#[shop_test]
async fn pages_that_make_no_sense_are_refused() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let real = staff.ok("{ products(first: 1, sort: TITLE_ASC) { pageInfo { endCursor } } }", Value::Null).await;
    let real = real["products"]["pageInfo"]["endCursor"].as_str().expect("a cursor").to_owned();
    let made = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let id = "00000000-0000-0000-0000-000000000000";
    let pages = [
        "first: 101".to_owned(),
        "last: 101".to_owned(),
        "first: -1".to_owned(),
        "first: 2147483647".to_owned(),
        "first: 1, last: 1".to_owned(),
        format!("first: 1, before: \"{real}\""),
        "after: \"\"".to_owned(),
        "after: \"?\"".to_owned(),
        "before: \"bm9wZQ\"".to_owned(),
        format!("after: \"{real}x\""),
        // A cursor of another list, or a forged one.
        format!("after: \"{real}\""),
        format!("after: \"{}\"", made(&format!("[\"NEWEST\",\"yesterday\",\"{id}\"]"))),
        format!("after: \"{}\"", made(&format!("[\"NEWEST\",\"\\u0000\",\"{id}\"]"))),
        format!("after: \"{}\"", made("[\"NEWEST\",\"2026-01-01T00:00:00Z\",\"1\"]")),
    ];
    for page in &pages {
        for list in ["products", "customers", "orders"] {
            let query = format!("{{ {list}({page}) {{ totalCount }} }}");
            assert_eq!(staff.denied(&query, Value::Null).await, "INVALID_PAGE", "{query}");
        }
    }
    for page in &pages[..10] {
        for list in ["collections", "categories"] {
            let query = format!("{{ {list}({page}) {{ totalCount }} }}");
            assert_eq!(shop.anonymous().denied(&query, Value::Null).await, "INVALID_PAGE", "{query}");
        }
    }
    let all = staff
        .ok("{ products(first: 100) { nodes { id } } none: products(first: 0) { nodes { id } } }", Value::Null)
        .await;
    assert!(all["products"]["nodes"].as_array().is_some_and(|nodes| nodes.len() > 20));
    assert_eq!(all["none"]["nodes"], json!([]));
}

#[shop_test]
async fn moments_beyond_what_the_database_keeps_are_no_fault_of_ours() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let product =
        staff.ok("{ product(by: {handle: \"enamel-mug\"}) { id } }", Value::Null).await["product"]["id"].clone();
    let id = "00000000-0000-0000-0000-000000000000";
    let mut faults = Vec::new();
    for moment in
        ["-250000-01-01T00:00:00Z", "-262000-01-01T00:00:00Z", "+262000-01-01T00:00:00Z", "yesterday", "\u{0}"]
    {
        let cursor = URL_SAFE_NO_PAD.encode(json!(["NEWEST", moment, id]).to_string());
        let cases = [
            ("query($t: DateTime!) { orders(filter: {placedFrom: $t}) { totalCount } }", json!({ "t": moment })),
            ("query($t: DateTime!) { customers(filter: {createdBefore: $t}) { totalCount } }", json!({ "t": moment })),
            ("query($t: String!) { products(after: $t) { nodes { id } } }", json!({ "t": cursor })),
            (
                "mutation($p: ID!, $t: DateTime!) { productPublish(ids: [$p], from: $t) { userErrors { code } } }",
                json!({ "p": product, "t": moment }),
            ),
        ];
        for (query, variables) in cases {
            let answer = staff.run(query, variables).await;
            if answer.code().as_deref() == Some("INTERNAL") {
                faults.push(format!("{moment} in {query}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[shop_test]
async fn the_last_place_of_all_leaves_room_for_more() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let data = staff
        .ok("{ stockLocations { id } region(by: {country: DE}) { id shippingOptions { id } } }", Value::Null)
        .await;
    let (second, region) = (&data["stockLocations"][1]["id"], &data["region"]);
    let last = json!({ "position": i32::MAX });
    let move_location =
        "mutation($id: ID!, $input: StockLocationUpdateInput!) { stockLocationUpdate(id: $id, input: $input) {
        userErrors { code } } }";
    staff.run(move_location, json!({ "id": second, "input": last })).await;
    let add_location =
        "mutation { stockLocationCreate(input: {name: \"Attic\"}) { stockLocation { id } userErrors { code } } }";
    let location = staff.run(add_location, Value::Null).await.code();

    let move_option =
        "mutation($id: ID!, $input: ShippingOptionUpdateInput!) { shippingOptionUpdate(id: $id, input: $input) {
        userErrors { code } } }";
    staff.run(move_option, json!({ "id": region["shippingOptions"][1]["id"], "input": last })).await;
    let add_option =
        "mutation($region: ID!) { shippingOptionCreate(input: {regionId: $region, name: \"Bicycle\", amount: 1}) {
        shippingOption { id } userErrors { code } } }";
    let option = staff.run(add_option, json!({ "region": region["id"] })).await.code();
    assert_eq!((location, option), (None, None), "stockLocationCreate, shippingOptionCreate");
}

#[shop_test]
async fn naming_a_thing_twice_deletes_it_once() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let product =
        staff.ok("{ product(by: {handle: \"enamel-mug\"}) { id } }", Value::Null).await["product"]["id"].clone();
    let twice = json!({ "ids": [product, product] });
    for field in ["productUnpublish", "productPublish", "productDelete"] {
        let mutation = format!("mutation($ids: [ID!]!) {{ {field}(ids: $ids) {{ userErrors {{ code path }} }} }}");
        let answer = staff.run(&mutation, twice.clone()).await;
        assert_eq!(answer.body["data"][field]["userErrors"], json!([]), "{field}");
    }
}

#[shop_test]
async fn prices_beyond_counting_do_not_break_a_cart() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let input = json!({ "title": "Thing", "publish": true, "variants": [
        { "trackInventory": false, "prices": [{ "currencyCode": "EUR", "amount": "999999999999999" }] }] });
    let data = staff.ok(PRODUCT, json!({ "input": input })).await;
    let variant = data["productCreate"]["product"]["variants"][0]["id"].clone();
    let basket = Basket::of(&shop).await;
    let lines = json!({ "lines": [{ "variantId": variant, "quantity": 9_999 }] });
    basket.assert_refused(ADD, lines, "INVALID_AMOUNT", "").await;
}

#[shop_test]
async fn a_new_cart_is_checked_before_it_is_stored() {
    let shop = Shop::demo().await;
    let create =
        "mutation($email: String) { cartCreate(input: {email: $email}) { cart { id } userErrors { code path } } }";
    for email in ["a\0@example.com", "\u{feff}a@example.com", "a", "a@b", ""] {
        let error = shop.anonymous().refused(create, json!({ "email": email })).await;
        assert_eq!((&error["code"], at(&error)), (&json!("INVALID_EMAIL"), "input.email".to_owned()), "{email:?}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 0);
}
