//! Bad input: each case gets a clear error with a code and a path, and has no side effects.

use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Shop};

const ADD_LINES: &str = "mutation($cart: ID!, $lines: [CartLineInput!]!) { cartLinesAdd(cartId: $cart, lines: $lines) {
    cart { id } userErrors { code path details } } }";
const UPDATE_LINES: &str =
    "mutation($cart: ID!, $lines: [CartLineUpdateInput!]!) { cartLinesUpdate(cartId: $cart, lines: $lines) {
    cart { id } userErrors { code path details } } }";
const UPDATE_CART: &str = "mutation($cart: ID!, $input: CartUpdateInput!) { cartUpdate(cartId: $cart, input: $input) {
    cart { id } userErrors { code path details } } }";
const SET_ADDRESS: &str =
    "mutation($cart: ID!, $address: AddressInput!) { cartAddressesSet(cartId: $cart, input: {shippingAddress: $address}) {
    cart { id } userErrors { code path details } } }";
const CREATE_PRODUCT: &str = "mutation($input: ProductCreateInput!) { productCreate(input: $input) {
    product { id variants { id } } userErrors { code path } } }";
const SET_PRICES: &str =
    "mutation($rows: [PriceRowInput!]!) { variantPricesSet(rows: $rows) { userErrors { code path } } }";
/// The suffix of an id that does not exist.
const UNKNOWN_ID_SUFFIX: &str = "01m84q05c3e3jbvaxd7vc1mw18";

/// A guest's cart with two notebooks, and a snapshot of everything that could change.
struct CartFixture {
    client: Client,
    id: String,
    before: Value,
}

impl CartFixture {
    async fn of(shop: &Shop) -> Self {
        let client = shop.anonymous();
        let create = "mutation($variant: ID!) { cartCreate(input: {email: \"ada@example.com\",
            lines: [{variantId: $variant, quantity: 2}]}) { cart { id } userErrors { code } } }";
        let variant = shop.variant("NOTE-A5-DOT").await;
        let data = client.data(create, json!({ "variant": variant })).await;
        let id = data["cartCreate"]["cart"]["id"].as_str().expect("an id").to_owned();
        let before = snapshot(&client, &id).await;
        Self { client, id, before }
    }

    fn line(&self) -> &Value {
        &self.before["lines"][0]["id"]
    }

    async fn assert_unchanged(&self, after: &str) {
        assert_eq!(snapshot(&self.client, &self.id).await, self.before, "changed by {after}");
    }

    /// Asserts that a mutation is rejected with this code and path, and changes nothing.
    async fn assert_rejected(&self, mutation: &str, mut variables: Value, code: &str, path: &str) -> Value {
        variables["cart"] = json!(self.id);
        let error = self.client.user_error(mutation, variables.clone()).await;
        assert_eq!((error["code"].as_str(), path_of(&error)), (Some(code), path.to_owned()), "{variables}");
        self.assert_unchanged(&variables.to_string()).await;
        error
    }
}

async fn snapshot(client: &Client, cart: &str) -> Value {
    let query = "query($id: ID!) { cart(id: $id) { version updatedAt email note orderId
        lines { id quantity variantId attributes { key value } } region { id } shippingAddress { city }
        shippingOption { id } total { gross { amount } } } }";
    client.data(query, json!({ "id": cart })).await["cart"].clone()
}

fn path_of(error: &Value) -> String {
    let path = error["path"].as_array().expect("a path").iter();
    path.map(|part| part.as_str().expect("a text")).collect::<Vec<_>>().join(".")
}

fn address(field: &str, value: Value) -> Value {
    let mut address = json!({ "firstName": "Ada", "lastName": "Byron", "address1": "Lindenstraße 1", "city": "Berlin",
        "postalCode": "10969", "country": "DE" });
    address[field] = value;
    json!({ "address": address })
}

/// A number that changes whenever the catalog changes.
async fn catalog_fingerprint(shop: &Shop) -> i64 {
    let rows =
        "SELECT (SELECT count(*) FROM products) + (SELECT count(*) FROM variants) + (SELECT count(*) FROM prices)
        + (SELECT count(*) FROM collections) + (SELECT count(*) FROM categories)
        + (SELECT count(*) FROM stock_locations) + (SELECT sum(version)::bigint FROM products)";
    shop.count(rows).await
}

#[shop_test]
async fn unknown_ids_are_not_found() {
    let shop = Shop::demo().await;
    let fixture = CartFixture::of(&shop).await;
    let id = |prefix: &str| format!("{prefix}_{UNKNOWN_ID_SUFFIX}");
    let line = json!([{ "variantId": id("var") }]);
    fixture.assert_rejected(ADD_LINES, json!({ "lines": line }), "NOT_FOUND", "lines.0.variantId").await;
    let update = json!([{ "lineId": id("line"), "quantity": 1 }]);
    fixture.assert_rejected(UPDATE_LINES, json!({ "lines": update }), "NOT_FOUND", "lines.0.lineId").await;
    fixture
        .assert_rejected(UPDATE_CART, json!({ "input": { "regionId": id("reg") } }), "NOT_FOUND", "input.regionId")
        .await;
    let remove =
        "mutation($cart: ID!, $line: ID!, $own: ID!) { cartLinesRemove(cartId: $cart, lineIds: [$own, $line]) {
        userErrors { code path } } }";
    let variables = json!({ "line": id("line"), "own": fixture.line() });
    fixture.assert_rejected(remove, variables, "NOT_FOUND", "lineIds.1").await;
    let select = "mutation($cart: ID!, $option: ID!) { cartShippingSelect(cartId: $cart, shippingOptionId: $option) {
        userErrors { code path } } }";
    fixture.assert_rejected(select, json!({ "option": id("ship") }), "SHIPPING_UNAVAILABLE", "shippingOptionId").await;
    let pay = "mutation($cart: ID!) { paymentSessionCreate(cartId: $cart) { userErrors { code path } } }";
    let error = fixture.client.user_error(pay, json!({ "cart": id("cart") })).await;
    assert_eq!((&error["code"], path_of(&error)), (&json!("NOT_FOUND"), "cartId".to_owned()));
    let reads = "query($cart: ID!, $order: ID!, $session: ID!, $product: ID!, $region: ID!) {
        cart(id: $cart) { id } order(id: $order) { id } paymentSession(id: $session) { id }
        product(by: {id: $product}) { id } region(by: {id: $region}) { id } node(id: $product) { id } }";
    let unknown = json!({ "cart": id("cart"), "order": id("ord"), "session": id("pses"), "product": id("prod"),
        "region": id("reg") });
    let found = fixture.client.data(reads, unknown).await;
    assert!(found.as_object().expect("fields").values().all(Value::is_null), "{found}");
}

#[shop_test]
async fn another_shoppers_line_is_not_found() {
    let shop = Shop::demo().await;
    let (fixture, other) = (CartFixture::of(&shop).await, CartFixture::of(&shop).await);
    let update = json!([{ "lineId": other.line(), "quantity": 5 }]);
    fixture.assert_rejected(UPDATE_LINES, json!({ "lines": update }), "NOT_FOUND", "lines.0.lineId").await;
    other.assert_unchanged("a change of another cart").await;
}

#[shop_test]
async fn malformed_ids_and_ids_of_another_type_are_top_level_errors() {
    let shop = Shop::demo().await;
    let fixture = CartFixture::of(&shop).await;
    let product = format!("prod_{UNKNOWN_ID_SUFFIX}");
    let upper = format!("var_{}", UNKNOWN_ID_SUFFIX.to_uppercase());
    let long = "v".repeat(50_000);
    for bad in [
        product.as_str(),
        upper.as_str(),
        long.as_str(),
        UNKNOWN_ID_SUFFIX,
        "",
        "var_",
        "var_\u{0}",
        "var_'; DROP TABLE carts",
    ] {
        let lines = json!({ "cart": fixture.id, "lines": [{ "variantId": bad }] });
        assert_eq!(fixture.client.top_level_error(ADD_LINES, lines).await, "INVALID_ID", "{bad:?}");
        fixture.assert_unchanged(bad).await;
    }
    let line = fixture.line().as_str().expect("an id");
    for query in [
        format!("{{ cart(id: \"{line}\") {{ id }} }}"),
        format!("{{ product(by: {{id: \"{}\"}}) {{ id }} }}", fixture.id),
        "{ node(id: \"nope_01m84q05c3e3jbvaxd7vc1mw18\") { id } }".to_owned(),
        "{ node(id: \"prod_\") { id } }".to_owned(),
        "{ nodes(ids: [\"\"]) { id } }".to_owned(),
        format!("{{ products(filter: {{collectionId: \"{product}\"}}) {{ totalCount }} }}"),
        format!("mutation {{ cartComplete(cartId: \"{line}\") {{ userErrors {{ code }} }} }}"),
    ] {
        assert_eq!(fixture.client.top_level_error(&query, Value::Null).await, "INVALID_ID", "{query}");
    }
    let delete = format!("mutation {{ collectionDelete(ids: [\"{product}\"]) {{ userErrors {{ code }} }} }}");
    let before = catalog_fingerprint(&shop).await;
    assert_eq!(shop.staff().await.top_level_error(&delete, Value::Null).await, "INVALID_ID");
    assert_eq!(catalog_fingerprint(&shop).await, before);
}

#[shop_test]
async fn malformed_addresses_are_rejected() {
    let shop = Shop::demo().await;
    let fixture = CartFixture::of(&shop).await;
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
        fixture
            .assert_rejected(UPDATE_CART, json!({ "input": { "email": bad } }), "INVALID_EMAIL", "input.email")
            .await;
    }
    let create = "mutation { cartCreate(input: {email: \"ada@\"}) { cart { id } userErrors { code path } } }";
    assert_eq!(path_of(&fixture.client.user_error(create, Value::Null).await), "input.email");
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 1, "no cart was created");

    for (field, value, code) in [
        ("lastName", json!(""), "REQUIRED"),
        ("address1", json!("  "), "REQUIRED"),
        ("city", json!("Ber\u{0}lin"), "INVALID_TEXT"),
        ("company", json!("<script>alert(1)</script>"), "INVALID_TEXT"),
        ("postalCode", json!("1".repeat(21)), "TOO_LONG"),
        ("phone", json!("1\n2"), "INVALID_TEXT"),
        ("country", json!("US"), "COUNTRY_NOT_SERVED"),
    ] {
        fixture
            .assert_rejected(SET_ADDRESS, address(field, value), code, &format!("input.shippingAddress.{field}"))
            .await;
    }
    for bad in ["Germany", "de", "XX", "", "D\u{0}"] {
        let mut variables = address("country", json!(bad));
        variables["cart"] = json!(fixture.id);
        assert_eq!(fixture.client.top_level_error(SET_ADDRESS, variables).await, "BAD_USER_INPUT", "{bad:?}");
        fixture.assert_unchanged(bad).await;
    }
    let places = ["{ region(by: {country: XX}) { id } }", "query @inContext(country: XX) { shop { name } }"];
    for query in places {
        let response = fixture.client.execute(query, Value::Null).await;
        assert!(response.code().is_some() && response.body["data"].is_null(), "{query}: {response:?}");
    }
}

/// The code and the argument path of every top-level error.
async fn argument_errors(client: &Client, query: &str, variables: Value) -> Vec<(String, String)> {
    let response = client.execute(query, variables).await;
    assert!(response.body["data"].is_null(), "{}", response.body);
    let code_and_path = |error: &Value| {
        let part = |part: &Value| part.as_str().expect("a text").to_owned();
        let path = error["extensions"]["argumentPath"].as_array().expect("a path").iter().map(part);
        (part(&error["extensions"]["code"]), path.collect::<Vec<_>>().join("."))
    };
    let mut errors = response.body["errors"].as_array().expect("errors").iter().map(code_and_path).collect::<Vec<_>>();
    errors.sort();
    errors
}

#[shop_test]
async fn all_malformed_values_are_reported_with_their_paths() {
    let shop = Shop::demo().await;
    let (staff, shopper) = (shop.staff().await, shop.anonymous());
    let expect = |errors: &[(&str, &str)]| {
        errors.iter().map(|(code, path)| ((*code).to_owned(), (*path).to_owned())).collect::<Vec<_>>()
    };
    let (variant, product) = (shop.variant("NOTE-A5-DOT").await, format!("prod_{UNKNOWN_ID_SUFFIX}"));
    let row = |variant: &str, amount: &str| json!({ "variantId": variant, "currencyCode": "EUR", "amount": amount });
    let rows = json!({ "rows": [row(&variant, "14,50"), row(&product, "1"), row(&variant, "1")] });
    let found = argument_errors(&staff, SET_PRICES, rows).await;
    assert_eq!(found, expect(&[("INVALID_AMOUNT", "rows.0.amount"), ("INVALID_ID", "rows.1.variantId")]));
    let list = "mutation($input: PriceListCreateInput!) { priceListCreate(input: $input) { userErrors { code } } }";
    let input = json!({ "input": { "name": "Sale", "kind": "SALE", "startsAt": "tomorrow", "endsAt": "2026-02-30T00:00:00Z",
        "customerGroupIds": ["x"] } });
    let found = argument_errors(&staff, list, input).await;
    let dates = [("BAD_USER_INPUT", "input.endsAt"), ("BAD_USER_INPUT", "input.startsAt")];
    assert_eq!(found, expect(&[&dates[..], &[("INVALID_ID", "input.customerGroupIds.0")]].concat()));
    let lines =
        json!({ "cart": format!("cart_{UNKNOWN_ID_SUFFIX}"), "lines": [{ "variantId": variant, "quantity": "2" }] });
    assert_eq!(argument_errors(&shopper, ADD_LINES, lines).await, expect(&[("BAD_USER_INPUT", "lines.0.quantity")]));
    let list = "query($id: ID!, $low: Decimal!) {
        products(filter: {collectionId: $id, priceMin: $low}) { totalCount } }";
    let found = argument_errors(&shopper, list, json!({ "id": product, "low": "cheap" })).await;
    assert_eq!(found, expect(&[("INVALID_AMOUNT", "filter.priceMin"), ("INVALID_ID", "filter.collectionId")]));
}

#[shop_test]
async fn no_mutation_runs_if_one_is_malformed_or_forbidden() {
    let shop = Shop::demo().await;
    let (staff, shopper) = (shop.staff().await, shop.anonymous());
    let group = |name: &str| format!("customerGroupCreate(input: {{name: \"{name}\"}}) {{ userErrors {{ code }} }}");
    let groups = || async { shop.count("SELECT count(*) FROM customer_groups").await };
    let before = groups().await;
    let malformed =
        format!("mutation {{ a: {} b: cartDelete(cartId: \"x\") {{ userErrors {{ code }} }} }}", group("A"));
    assert_eq!(staff.top_level_error(&malformed, Value::Null).await, "INVALID_ID");
    let forbidden = format!("mutation {{ a: cartCreate(input: {{}}) {{ userErrors {{ code }} }} b: {} }}", group("A"));
    let carts = shop.count("SELECT count(*) FROM carts").await;
    assert_eq!(shopper.top_level_error(&forbidden, Value::Null).await, "UNAUTHENTICATED");
    assert_eq!((groups().await, shop.count("SELECT count(*) FROM carts").await), (before, carts));
    staff.data(&format!("mutation {{ a: {} b: {} }}", group("A"), group("B")), Value::Null).await;
    assert_eq!(groups().await, before + 2);
}

#[shop_test]
async fn invalid_quantities_are_rejected() {
    let shop = Shop::demo().await;
    let fixture = CartFixture::of(&shop).await;
    let variant = shop.variant("SVC-GIFTWRAP").await;
    for bad in [0, -1, 10_000, i32::MAX, i32::MIN] {
        let lines = json!({ "lines": [{ "variantId": variant, "quantity": bad }] });
        fixture.assert_rejected(ADD_LINES, lines, "INVALID_QUANTITY", "lines.0.quantity").await;
    }
    for bad in [-1, 10_000, i32::MAX] {
        let lines = json!({ "lines": [{ "lineId": fixture.line(), "quantity": bad }] });
        fixture.assert_rejected(UPDATE_LINES, lines, "INVALID_QUANTITY", "lines.0.quantity").await;
    }
    let twice =
        json!({ "lines": [{ "variantId": variant, "quantity": 9_999 }, { "variantId": variant, "quantity": 1 }] });
    fixture.assert_rejected(ADD_LINES, twice, "INVALID_QUANTITY", "lines.1.quantity").await;
    for bad in [json!(2_147_483_648_i64), json!(-2_147_483_649_i64), json!(1e40), json!(1.5), json!("2"), json!(null)] {
        let lines = json!({ "cart": fixture.id, "lines": [{ "variantId": variant, "quantity": bad }] });
        assert_eq!(fixture.client.top_level_error(ADD_LINES, lines).await, "BAD_USER_INPUT", "{bad}");
        fixture.assert_unchanged(&bad.to_string()).await;
    }
    let literal = format!(
        "mutation {{ cartLinesAdd(cartId: \"{}\", lines: [{{variantId: \"{variant}\", quantity: 2147483648}}]) {{
            userErrors {{ code }} }} }}",
        fixture.id
    );
    assert_eq!(fixture.client.top_level_error(&literal, Value::Null).await, "BAD_USER_INPUT");
    fixture.assert_unchanged("2^31 as a literal").await;
}

#[shop_test]
async fn a_cart_cannot_exceed_the_available_stock() {
    let shop = Shop::demo().await;
    let fixture = CartFixture::of(&shop).await;
    let (few, none) = (shop.variant("MUG-STO-MOS").await, shop.variant("PLN-BLK-LA").await);
    for (variant, quantity, available) in [(&few, 5, 4), (&few, 9_999, 4), (&none, 1, 0)] {
        let lines = json!({ "lines": [{ "variantId": variant, "quantity": quantity }] });
        let error = fixture.assert_rejected(ADD_LINES, lines, "INSUFFICIENT_STOCK", "lines.0.quantity").await;
        assert_eq!(error["details"]["available"], available);
        assert_eq!(error["details"]["variantId"], json!(variant));
    }
    let lines = json!({ "lines": [{ "lineId": fixture.line(), "quantity": 201 }] });
    let error = fixture.assert_rejected(UPDATE_LINES, lines, "INSUFFICIENT_STOCK", "lines.0.quantity").await;
    assert_eq!(error["details"]["available"], 200);
    let halves = json!({ "lines": [{ "variantId": few, "quantity": 3 },
        { "variantId": few, "quantity": 3, "attributes": [{ "key": "Engraving", "value": "Ada" }] }] });
    let error = fixture.assert_rejected(ADD_LINES, halves, "INSUFFICIENT_STOCK", "lines.1.quantity").await;
    assert_eq!(error["details"]["available"], 4);
    let create = "mutation($variant: ID!) { cartCreate(input: {lines: [{variantId: $variant, quantity: 5}]}) {
        userErrors { code path } } }";
    assert_eq!(path_of(&fixture.client.user_error(create, json!({ "variant": few })).await), "input.lines.0.quantity");
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 1);
}

#[shop_test]
async fn prices_are_validated_against_their_currency() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let variant = shop.variant("NOTE-A5-DOT").await;
    let query = "query($id: ID!) { variant(by: {id: $id}) { version prices { amount { amount currencyCode } } } }";
    let prices = async || staff.data(query, json!({ "id": variant })).await["variant"].clone();
    let (before, rows) = (prices().await, catalog_fingerprint(&shop).await);
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
        let error = staff.user_error(SET_PRICES, json!({ "rows": [row] })).await;
        assert_eq!(
            (&error["code"], path_of(&error)),
            (&json!("INVALID_AMOUNT"), "rows.0.amount".to_owned()),
            "{amount}"
        );
        let error = staff.user_error(CREATE_PRODUCT, product(&amount, currency)).await;
        let path = "input.variants.0.prices.0.amount".to_owned();
        assert_eq!((&error["code"], path_of(&error)), (&json!("INVALID_AMOUNT"), path), "{amount}");
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
        assert_eq!(staff.top_level_error(SET_PRICES, json!({ "rows": [row] })).await, code, "{amount}");
        assert_eq!(staff.top_level_error(CREATE_PRODUCT, product(&amount, "EUR")).await, code, "{amount}");
    }
    for currency in ["XXX", "eur", "Euro", "", "XAU"] {
        let row = json!({ "variantId": variant, "currencyCode": currency, "amount": "1" });
        assert_eq!(staff.top_level_error(SET_PRICES, json!({ "rows": [row] })).await, "BAD_USER_INPUT", "{currency:?}");
    }
    assert_eq!(prices().await, before);
    assert_eq!(catalog_fingerprint(&shop).await, rows);
    let filter = "query($low: Decimal!) { products(filter: {priceMin: $low, priceMax: $low}) { totalCount } }";
    for low in ["9999999999999999999999999999", "-9999999999999999999999999999", "0.0000000000000000000000000001"] {
        assert_eq!(shop.anonymous().data(filter, json!({ "low": low })).await["products"]["totalCount"], 0, "{low}");
    }
}

#[shop_test]
async fn a_variant_without_a_price_in_the_carts_currency_cannot_be_bought() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let input = json!({ "title": "Thing", "publish": true,
        "variants": [{ "stock": 5, "prices": [{ "currencyCode": "USD", "amount": "5" }] }] });
    let data = staff.data(CREATE_PRODUCT, json!({ "input": input })).await;
    let variant = data["productCreate"]["product"]["variants"][0]["id"].clone();
    let fixture = CartFixture::of(&shop).await;
    let lines = json!({ "lines": [{ "variantId": variant }] });
    fixture.assert_rejected(ADD_LINES, lines, "NOT_PURCHASABLE", "lines.0.variantId").await;
    let create = "mutation($variant: ID!) @inContext(country: FR) {
        cartCreate(input: {lines: [{variantId: $variant}]}) { userErrors { code path } } }";
    let error = shop.anonymous().user_error(create, json!({ "variant": variant })).await;
    assert_eq!((&error["code"], path_of(&error)), (&json!("NOT_PURCHASABLE"), "input.lines.0.variantId".to_owned()));
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 1);
    let nowhere = "mutation @inContext(country: JP) { cartCreate { userErrors { code } } }";
    assert_eq!(shop.anonymous().user_error(nowhere, Value::Null).await["code"], "COUNTRY_NOT_SERVED");
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 1);
}

#[shop_test]
async fn an_unpublished_product_cannot_be_added_to_a_cart() {
    let shop = Shop::demo().await;
    let fixture = CartFixture::of(&shop).await;
    let staff = shop.staff().await;
    let pen = staff.data("{ variant(by: {sku: \"PEN-FTN-F\"}) { id } }", Value::Null).await["variant"]["id"].clone();
    let lines = json!([{ "variantId": shop.variant("NOTE-A5-RUL").await }, { "variantId": pen }]);
    fixture.assert_rejected(ADD_LINES, json!({ "lines": lines }), "NOT_FOUND", "lines.1.variantId").await;
}

#[shop_test]
async fn a_completed_cart_cannot_be_changed() {
    let shop = Shop::demo().await;
    let client = shop.customer().await;
    let variant = shop.variant("NOTE-A5-DOT").await;
    let cart = shop.paid_cart(&client, &variant, 1).await;
    let complete = "mutation($cart: ID!) { cartComplete(cartId: $cart) { order { id } userErrors { code message } } }";
    let order = client.data(complete, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    let before = snapshot(&client, &cart).await;
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
        let error = client.user_error(&mutation, Value::Null).await;
        assert_eq!((&error["code"], path_of(&error)), (&json!("CART_COMPLETED"), "cartId".to_owned()), "{field}");
        assert_eq!(error["details"]["orderId"], order, "{field}");
        assert_eq!(snapshot(&client, &cart).await, before, "{field}");
    }
    let again = client.data(complete, json!({ "cart": cart })).await["cartComplete"]["order"]["id"].clone();
    assert_eq!(again, order, "completing again returns the same order");
    assert_eq!(shop.count("SELECT count(*) FROM orders").await, 1);
}

#[shop_test]
async fn html_and_control_characters_are_rejected_in_plain_text() {
    let shop = Shop::demo().await;
    let fixture = CartFixture::of(&shop).await;
    let staff = shop.staff().await;
    let rows = catalog_fingerprint(&shop).await;
    for bad in ["a\u{0}b", "<script>alert(1)</script>", "a\u{7}b", "</p>", "<!-- -->"] {
        fixture.assert_rejected(UPDATE_CART, json!({ "input": { "note": bad } }), "INVALID_TEXT", "input.note").await;
        let attributes = json!([{ "key": "Engraving", "value": bad }]);
        let lines = json!([{ "variantId": fixture.before["lines"][0]["variantId"], "attributes": attributes }]);
        fixture.assert_rejected(ADD_LINES, json!({ "lines": lines }), "INVALID_TEXT", "lines.0.attributes").await;
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
            let error = staff.user_error(CREATE_PRODUCT, json!({ "input": input })).await;
            assert_eq!((&error["code"], path_of(&error)), (&json!("INVALID_TEXT"), path.to_owned()), "{field} {bad:?}");
        }
        let named = [("collectionCreate", "title"), ("categoryCreate", "name"), ("stockLocationCreate", "name")];
        for (field, name) in named {
            let mutation =
                format!("mutation($text: String!) {{ {field}(input: {{{name}: $text}}) {{ userErrors {{ code }} }} }}");
            let error = staff.user_error(&mutation, json!({ "text": bad })).await;
            assert!(["INVALID_TEXT", "INVALID"].contains(&error["code"].as_str().expect("a code")), "{field}: {error}");
        }
    }
    assert_eq!(catalog_fingerprint(&shop).await, rows);
    fixture
        .client
        .data(UPDATE_CART, json!({ "cart": fixture.id, "input": { "note": "1 < 2, I <3 it\nThanks" } }))
        .await;
    assert_eq!(snapshot(&fixture.client, &fixture.id).await["note"], "1 < 2, I <3 it\nThanks");
}

#[shop_test]
async fn html_is_sanitized_in_html_fields() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let html = "<p onclick=\"a()\">Hi <b>you</b><script>alert(1)</script><a href=\"javascript:a()\">x</a>\
        <iframe src=\"//e\"></iframe><img src=x onerror=a()></p>\u{0}";
    let input = json!({ "title": "Thing", "publish": true, "descriptionHtml": html,
        "variants": [{ "prices": [{ "currencyCode": "EUR", "amount": "5" }] }] });
    staff.data(CREATE_PRODUCT, json!({ "input": input })).await;
    let query = "{ product(by: {handle: \"thing\"}) { descriptionHtml } }";
    let clean = shop.anonymous().data(query, Value::Null).await["product"]["descriptionHtml"].to_string();
    assert!(clean.contains("Hi <b>you</b>"), "{clean}");
    for bad in ["script", "onclick", "onerror", "iframe", "javascript", "\\u0000"] {
        assert!(!clean.contains(bad), "{bad} is left in {clean}");
    }
}

#[shop_test]
async fn nul_characters_in_lookups_find_nothing() {
    let shop = Shop::demo().await;
    let (staff, anonymous) = (shop.staff().await, shop.anonymous());
    let data = anonymous
        .data(
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
    let data = staff.data(lists, json!({ "t": "customer\u{0}" })).await;
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
            let error = shop.anonymous().user_error(&login, json!({ "email": email, "password": password })).await;
            assert_eq!(error["code"], "INVALID_CREDENTIALS", "{field} {email:?}");
        }
    }
    assert_eq!(shop.count("SELECT count(*) FROM sessions").await, 0);
}

#[shop_test]
async fn nul_characters_in_order_operations_are_rejected() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let (order, guest_token) = shop.order(&shop.anonymous(), &shop.variant("NOTE-A5-DOT").await, 1).await;
    let cancel = "mutation($id: ID!, $t: String) { orderCancel(id: $id, reason: $t) { userErrors { code } } }";
    let send = "mutation($id: ID!, $t: String!) { fulfillmentCreate(orderId: $id, tracking: {number: $t}) {
        userErrors { code } } }";
    for bad in ["a\u{0}b", "<script>"] {
        for mutation in [cancel, send] {
            let error = staff.user_error(mutation, json!({ "id": order, "t": bad })).await;
            assert_eq!(error["code"], "INVALID_TEXT", "{mutation} {bad:?}");
        }
    }
    let query = "query($id: ID!, $t: String) { order(id: $id, guestToken: $t) { status fulfillmentStatus } }";
    let seen = shop.anonymous().data(query, json!({ "id": order, "t": guest_token })).await["order"].clone();
    assert_eq!(seen, json!({ "status": "PLACED", "fulfillmentStatus": "UNFULFILLED" }));
    let forged = shop.anonymous().data(query, json!({ "id": order, "t": format!("{guest_token}\u{0}") })).await;
    assert_eq!(forged["order"], Value::Null);
}

#[shop_test]
async fn oversized_requests_and_texts_are_rejected() {
    let shop = Shop::demo().await;
    let fixture = CartFixture::of(&shop).await;
    let long = "a".repeat(10_000_000);
    let response = fixture.client.execute(UPDATE_CART, json!({ "cart": fixture.id, "input": { "note": long } })).await;
    assert_eq!(
        (response.status, response.code().as_deref()),
        (StatusCode::PAYLOAD_TOO_LARGE, Some("PAYLOAD_TOO_LARGE"))
    );
    fixture.assert_unchanged("10 MB").await;
    let long = "a".repeat(5_001);
    let error =
        fixture.assert_rejected(UPDATE_CART, json!({ "input": { "note": long } }), "TOO_LONG", "input.note").await;
    assert_eq!(error["details"], json!({ "max": 5_000 }));
}

#[shop_test]
async fn only_json_posts_are_accepted() {
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
        let response = shop.anonymous().send(request.body(Body::from(body.clone())).expect("a request")).await;
        let wanted = (StatusCode::UNSUPPORTED_MEDIA_TYPE, Some("UNSUPPORTED_MEDIA_TYPE"));
        assert_eq!((response.status, response.code().as_deref()), wanted, "{content_type}");
    }
    let nameless = Request::post("/graphql").body(Body::from(body.clone())).expect("a request");
    assert_eq!(shop.anonymous().send(nameless).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let mutation = "mutation%7BcustomerRegister(input:%7Bemail:%22ada%40example.com%22,password:%22correct%20horse%22%7D)\
        %7BuserErrors%7Bcode%7D%7D%7D";
    let get = Request::get(format!("/graphql?query={mutation}")).body(Body::empty()).expect("a request");
    let response = shop.anonymous().send(get).await;
    assert_eq!(
        (response.status, response.code().as_deref()),
        (StatusCode::METHOD_NOT_ALLOWED, Some("METHOD_NOT_ALLOWED"))
    );
    for method in ["PUT", "DELETE", "PATCH"] {
        let request =
            Request::builder().method(method).uri("/graphql").header(header::CONTENT_TYPE, "application/json");
        let response = shop.anonymous().send(request.body(Body::from(body.clone())).expect("a request")).await;
        assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let batch = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    for bad in [format!("[{body}]"), body[..body.len() - 1].to_owned(), "null".to_owned(), "\u{0}".to_owned()] {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let response = shop.anonymous().send(request.body(Body::from(bad.clone())).expect("a request")).await;
        assert_eq!(
            (response.status, response.code().as_deref()),
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
async fn a_malformed_token_is_rejected_for_all_operations() {
    let shop = Shop::demo().await;
    let before = shop.count("SELECT count(*) FROM carts").await;
    for bad in ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let client = shop.anonymous().with_token(bad);
        for query in ["{ shop { name } }", "mutation { cartCreate { cart { id } } }"] {
            let response = client.execute(query, Value::Null).await;
            let found = (response.status, response.code());
            assert_eq!(found, (StatusCode::UNAUTHORIZED, Some("UNAUTHENTICATED".to_owned())), "{bad:?}");
        }
    }
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, before);
}

#[shop_test]
async fn non_ascii_credentials_are_rejected() {
    let shop = Shop::demo().await;
    for name in [header::AUTHORIZATION.as_str(), "x-publishable-key"] {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let request = request.header(name, HeaderValue::from_bytes(b"Bearer \xc3\xa9").expect("a value"));
        let body = Body::from(json!({ "query": "{ shop { name } }" }).to_string());
        let response = shop.anonymous().send(request.body(body).expect("a request")).await;
        let found = (response.status, response.code());
        assert_eq!(found, (StatusCode::UNAUTHORIZED, Some("UNAUTHENTICATED".to_owned())), "{name}");
    }
}

#[shop_test]
async fn invalid_page_arguments_are_rejected() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let real = staff.data("{ products(first: 1, sort: TITLE_ASC) { pageInfo { endCursor } } }", Value::Null).await;
    let real = real["products"]["pageInfo"]["endCursor"].as_str().expect("a cursor").to_owned();
    let created = |text: &str| URL_SAFE_NO_PAD.encode(text);
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
        format!("after: \"{}\"", created(&format!("[\"NEWEST\",\"yesterday\",\"{id}\"]"))),
        format!("after: \"{}\"", created(&format!("[\"NEWEST\",\"\\u0000\",\"{id}\"]"))),
        format!("after: \"{}\"", created("[\"NEWEST\",\"2026-01-01T00:00:00Z\",\"1\"]")),
    ];
    for page in &pages {
        for list in ["products", "customers", "orders"] {
            let query = format!("{{ {list}({page}) {{ totalCount }} }}");
            assert_eq!(staff.top_level_error(&query, Value::Null).await, "INVALID_PAGE", "{query}");
        }
    }
    for page in &pages[..10] {
        for list in ["collections", "categories"] {
            let query = format!("{{ {list}({page}) {{ totalCount }} }}");
            assert_eq!(shop.anonymous().top_level_error(&query, Value::Null).await, "INVALID_PAGE", "{query}");
        }
    }
    let all = staff
        .data("{ products(first: 100) { nodes { id } } none: products(first: 0) { nodes { id } } }", Value::Null)
        .await;
    assert!(all["products"]["nodes"].as_array().is_some_and(|nodes| nodes.len() > 20));
    assert_eq!(all["none"]["nodes"], json!([]));
}

#[shop_test]
async fn timestamps_out_of_range_are_not_internal_errors() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let product =
        staff.data("{ product(by: {handle: \"enamel-mug\"}) { id } }", Value::Null).await["product"]["id"].clone();
    let id = "00000000-0000-0000-0000-000000000000";
    let mut errors = Vec::new();
    for timestamp in
        ["-250000-01-01T00:00:00Z", "-262000-01-01T00:00:00Z", "+262000-01-01T00:00:00Z", "yesterday", "\u{0}"]
    {
        let cursor = URL_SAFE_NO_PAD.encode(json!(["NEWEST", timestamp, id]).to_string());
        let cases = [
            ("query($t: DateTime!) { orders(filter: {placedFrom: $t}) { totalCount } }", json!({ "t": timestamp })),
            (
                "query($t: DateTime!) { customers(filter: {createdBefore: $t}) { totalCount } }",
                json!({ "t": timestamp }),
            ),
            ("query($t: String!) { products(after: $t) { nodes { id } } }", json!({ "t": cursor })),
            (
                "mutation($p: ID!, $t: DateTime!) { productPublish(ids: [$p], from: $t) { userErrors { code } } }",
                json!({ "p": product, "t": timestamp }),
            ),
        ];
        for (query, variables) in cases {
            let response = staff.execute(query, variables).await;
            if response.code().as_deref() == Some("INTERNAL") {
                errors.push(format!("{timestamp} in {query}"));
            }
        }
    }
    assert!(errors.is_empty(), "{errors:#?}");
}

#[shop_test]
async fn items_can_be_added_after_the_maximum_position() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let data = staff
        .data("{ stockLocations { id } region(by: {country: DE}) { id shippingOptions { id } } }", Value::Null)
        .await;
    let (second, region) = (&data["stockLocations"][1]["id"], &data["region"]);
    let last = json!({ "position": i32::MAX });
    let move_location =
        "mutation($id: ID!, $input: StockLocationUpdateInput!) { stockLocationUpdate(id: $id, input: $input) {
        userErrors { code } } }";
    staff.execute(move_location, json!({ "id": second, "input": last })).await;
    let add_location =
        "mutation { stockLocationCreate(input: {name: \"Attic\"}) { stockLocation { id } userErrors { code } } }";
    let location = staff.execute(add_location, Value::Null).await.code();

    let move_option =
        "mutation($id: ID!, $input: ShippingOptionUpdateInput!) { shippingOptionUpdate(id: $id, input: $input) {
        userErrors { code } } }";
    staff.execute(move_option, json!({ "id": region["shippingOptions"][1]["id"], "input": last })).await;
    let add_option =
        "mutation($region: ID!) { shippingOptionCreate(input: {regionId: $region, name: \"Bicycle\", amount: 1}) {
        shippingOption { id } userErrors { code } } }";
    let option = staff.execute(add_option, json!({ "region": region["id"] })).await.code();
    assert_eq!((location, option), (None, None), "stockLocationCreate, shippingOptionCreate");
}

#[shop_test]
async fn duplicate_ids_are_handled_once() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let product =
        staff.data("{ product(by: {handle: \"enamel-mug\"}) { id } }", Value::Null).await["product"]["id"].clone();
    let twice = json!({ "ids": [product, product] });
    for field in ["productUnpublish", "productPublish", "productDelete"] {
        let mutation = format!("mutation($ids: [ID!]!) {{ {field}(ids: $ids) {{ userErrors {{ code path }} }} }}");
        let response = staff.execute(&mutation, twice.clone()).await;
        assert_eq!(response.body["data"][field]["userErrors"], json!([]), "{field}");
    }
}

#[shop_test]
async fn an_overflowing_total_does_not_break_a_cart() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let input = json!({ "title": "Thing", "publish": true, "variants": [
        { "trackInventory": false, "prices": [{ "currencyCode": "EUR", "amount": "999999999999999" }] }] });
    let data = staff.data(CREATE_PRODUCT, json!({ "input": input })).await;
    let variant = data["productCreate"]["product"]["variants"][0]["id"].clone();
    let fixture = CartFixture::of(&shop).await;
    let lines = json!({ "lines": [{ "variantId": variant, "quantity": 9_999 }] });
    fixture.assert_rejected(ADD_LINES, lines, "INVALID_AMOUNT", "").await;
}

#[shop_test]
async fn a_new_cart_is_checked_before_it_is_stored() {
    let shop = Shop::demo().await;
    let create =
        "mutation($email: String) { cartCreate(input: {email: $email}) { cart { id } userErrors { code path } } }";
    for email in ["a\0@example.com", "\u{feff}a@example.com", "a", "a@b", ""] {
        let error = shop.anonymous().user_error(create, json!({ "email": email })).await;
        assert_eq!((&error["code"], path_of(&error)), (&json!("INVALID_EMAIL"), "input.email".to_owned()), "{email:?}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 0);
}
