//! Prices: tiers, price lists, scheduled sales, customer group prices, history, and their consistency with product
//! lists.

use cartwright::kernel::clock::{Clock, Timestamp};
use cartwright::kernel::ids::{CustomerGroupId, CustomerId};
use cartwright_macros::shop_test;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Client, Shop, TestClock, text};

const SET_PRICES: &str = "mutation($rows: [PriceRowInput!]!) { variantPricesSet(rows: $rows) {
    variants { prices { amount { amount currencyCode } minQuantity maxQuantity } } userErrors { code message path } } }";
const CREATE: &str = "mutation($input: PriceListCreateInput!) { priceListCreate(input: $input) {
    priceList { id status version } userErrors { code message path } } }";
const UPDATE: &str = "mutation($id: ID!, $input: PriceListUpdateInput!, $version: Int) {
    priceListUpdate(id: $id, input: $input, expectedVersion: $version) {
        priceList { name version startsAt endsAt } userErrors { code message path details } } }";
const UPSERT: &str = "mutation($list: ID!, $rows: [PriceListPriceInput!]!) {
    priceListPricesUpsert(priceListId: $list, rows: $rows) {
        priceList { prices { totalCount nodes { id amount { amount } } } } userErrors { code message path } } }";
const ACTIVATE: &str = "mutation($id: ID!) { priceListActivate(id: $id) {
    priceList { status } userErrors { code message path } } }";
const DEACTIVATE: &str = "mutation($id: ID!) { priceListDeactivate(id: $id) {
    priceList { status } userErrors { code message path } } }";
const DELETE: &str = "mutation($ids: [ID!]!) { priceListDelete(ids: $ids) {
    deletedIds userErrors { code message path } } }";
const SHOWN_PRICES: &str = "query($id: ID!) { variant(by: {id: $id}) {
    price { amount { amount } compareAtPrice { amount } includesTax priceList { id name } lowestPrice30Days { amount } }
    priceTiers { minQuantity maxQuantity price { amount } } product { priceRange { min { amount } max { amount } } } } }";

fn code_and_path(error: &Value) -> (String, String) {
    let path: Vec<_> = error["path"].as_array().expect("a path").iter().map(text).collect();
    (text(&error["code"]).to_owned(), path.join("."))
}

/// A row that sets a price, with additional fields.
fn row(variant: &str, amount: impl Into<Value>, more: Value) -> Value {
    let mut row = json!({ "variantId": variant, "currencyCode": "EUR", "amount": amount.into() });
    for (field, value) in more.as_object().expect("fields") {
        row[field] = value.clone();
    }
    row
}

async fn shown_prices(client: &Client, variant: &str) -> Value {
    client.data(SHOWN_PRICES, json!({ "id": variant })).await["variant"].clone()
}

async fn amount(client: &Client, variant: &str) -> String {
    text(&shown_prices(client, variant).await["price"]["amount"]["amount"]).to_owned()
}

/// Creates an active price list with these prices.
async fn list(staff: &Client, name: &str, kind: &str, more: Value, rows: Value) -> String {
    let mut input = json!({ "name": name, "kind": kind });
    for (field, value) in more.as_object().expect("fields") {
        input[field] = value.clone();
    }
    let data = staff.data(CREATE, json!({ "input": input })).await;
    let id = text(&data["priceListCreate"]["priceList"]["id"]).to_owned();
    staff.data(UPSERT, json!({ "list": id, "rows": rows })).await;
    staff.data(ACTIVATE, json!({ "id": id })).await;
    id
}

/// Adds a customer to a new group, and returns the group's id.
async fn join_group(shop: &Shop, client: &Client) -> String {
    let me = client.data("{ me { id } }", Value::Null).await;
    let (customer, group): (CustomerId, _) = (text(&me["me"]["id"]).parse().unwrap(), CustomerGroupId::new());
    let sql = format!(
        "WITH made AS (INSERT INTO customer_groups VALUES ('{0}', 'Group {0}', now()) RETURNING id)
        SELECT count(*) FROM made",
        group.0
    );
    shop.count(&sql).await;
    let sql = format!(
        "WITH made AS (INSERT INTO customer_group_members VALUES ('{}', '{}') RETURNING 1) SELECT count(*) FROM made",
        group.0, customer.0
    );
    shop.count(&sql).await;
    group.to_string()
}

/// Asserts that lists sorted and filtered by price agree with the prices they show (rule C13).
async fn assert_lists_agree(client: &Client, context: &str) {
    let price = |product: &Value| {
        product["priceRange"]["min"]["amount"].as_str().map(|amount| amount.parse::<rust_decimal::Decimal>().unwrap())
    };
    let nodes = "nodes { id priceRange { min { amount } } variants { price { amount { amount } } } }";
    let query = format!(
        "query($half: Decimal) {context} {{ all: products(first: 100) {{ {nodes} }}
        up: products(first: 100, sort: PRICE_ASC) {{ {nodes} }} down: products(first: 100, sort: PRICE_DESC) {{ {nodes} }}
        cheap: products(first: 100, filter: {{ priceMax: $half }}) {{ totalCount {nodes} }}
        dear: products(first: 100, filter: {{ priceMin: $half }}) {{ {nodes} }} }}"
    );
    let all = client.data(&query, json!({ "half": "1" })).await["all"]["nodes"].as_array().unwrap().clone();
    let mut prices: Vec<_> = all.iter().filter_map(price).collect();
    prices.sort_unstable();
    let half = prices[prices.len() / 2];
    for product in &all {
        let variants = product["variants"].as_array().unwrap().iter();
        let own = variants.filter_map(|variant| variant["price"]["amount"]["amount"].as_str());
        let lowest = own.map(|amount| amount.parse::<rust_decimal::Decimal>().unwrap()).min();
        assert_eq!(lowest, price(product), "{context}: {product}");
    }
    let data = client.data(&query, json!({ "half": half.to_string() })).await;
    let listed = |name: &str| data[name]["nodes"].as_array().unwrap().iter().filter_map(price).collect::<Vec<_>>();
    assert_eq!(listed("up"), prices, "{context}");
    prices.reverse();
    assert_eq!(listed("down"), prices, "{context}");
    prices.reverse();
    let sorted = |mut prices: Vec<_>| {
        prices.sort_unstable();
        prices
    };
    let cheap: Vec<_> = prices.iter().copied().filter(|price| *price <= half).collect();
    assert_eq!(data["cheap"]["totalCount"], cheap.len(), "{context}");
    assert_eq!(sorted(listed("cheap")), cheap, "{context}");
    assert_eq!(sorted(listed("dear")), prices.iter().copied().filter(|price| *price >= half).collect::<Vec<_>>());
}

#[shop_test]
async fn c4_c5_tiers_apply_by_quantity_and_never_overlap() {
    let shop = Shop::demo().await;
    let (staff, shopper, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let low = row(&note, "10", json!({ "maxQuantity": 4 }));
    let high = row(&note, "8.5", json!({ "minQuantity": 5 }));
    staff.data(SET_PRICES, json!({ "rows": [high, low] })).await;
    for (rows, path) in [
        (json!([row(&note, "9", json!({ "minQuantity": 4, "maxQuantity": 10 }))]), "rows.0.minQuantity"),
        (json!([row(&note, "7", json!({ "minQuantity": 20, "maxQuantity": 30 }))]), "rows.0.minQuantity"),
        (
            json!([
                row(&note, "9", json!({ "minQuantity": 2, "maxQuantity": 3, "country": "DE" })),
                row(&note, "9", json!({ "minQuantity": 3, "country": "DE" }))
            ]),
            "rows.1.minQuantity",
        ),
    ] {
        let error = staff.user_error(SET_PRICES, json!({ "rows": rows })).await;
        assert_eq!(code_and_path(&error), ("TIER_OVERLAP".to_owned(), path.to_owned()), "{error}");
    }
    let seen = shown_prices(&shopper, &note).await;
    let tier = |from, to: Option<i32>, amount| json!({ "minQuantity": from, "maxQuantity": to, "price": { "amount": amount } });
    assert_eq!(seen["priceTiers"], json!([tier(1, Some(4), "10.00"), tier(5, None, "8.50")]));
    assert_eq!(seen["price"]["amount"]["amount"], "10.00");

    // Lines of the same variant count together.
    let create = "mutation($lines: [CartLineInput!]!) { cartCreate(input: { lines: $lines }) {
        cart { id lines { id quantity unitPrice { amount } } } userErrors { code message path } } }";
    let lines = json!([{ "variantId": note, "quantity": 2 },
        { "variantId": note, "quantity": 2, "attributes": [{ "key": "Engraving", "value": "A" }] }]);
    let cart = shopper.data(create, json!({ "lines": lines })).await["cartCreate"]["cart"].clone();
    let prices = |cart: &Value| {
        let lines = cart["lines"].as_array().unwrap().iter();
        lines.map(|line| text(&line["unitPrice"]["amount"]).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(prices(&cart), ["10.00", "10.00"]);
    let update =
        "mutation($cart: ID!, $line: ID!) { cartLinesUpdate(cartId: $cart, lines: [{ lineId: $line, quantity: 3 }]) {
        cart { lines { unitPrice { amount } } } userErrors { code message path } } }";
    let data = shopper.data(update, json!({ "cart": cart["id"], "line": cart["lines"][0]["id"] })).await;
    assert_eq!(prices(&data["cartLinesUpdate"]["cart"]), ["8.50", "8.50"]);
}

#[shop_test]
async fn c5_concurrent_overlapping_tiers_are_rejected() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    for round in 0..5 {
        let country = ["DE", "AT", "FR", "ES", "IT"][round];
        let rows = |from: i32, to: i32| json!({ "rows": [row(&note, "9", json!({ "minQuantity": from, "maxQuantity": to, "country": country }))] });
        let (one, two) = tokio::join!(staff.execute(SET_PRICES, rows(1, 5)), staff.execute(SET_PRICES, rows(4, 9)));
        let errors = [one, two].map(|response| response.body["data"]["variantPricesSet"]["userErrors"].clone());
        let rejected: Vec<_> = errors.iter().filter_map(|errors| errors[0]["code"].as_str()).collect();
        assert_eq!(rejected, ["TIER_OVERLAP"], "{errors:?}");
    }
}

#[shop_test]
async fn c7_c10_a_sale_applies_from_its_start_until_before_its_end() {
    let clock = TestClock::default();
    let shop = Shop::demo_with_clock(&clock).await;
    let (staff, shopper, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    staff.data(SET_PRICES, json!({ "rows": [row(&note, "400", json!({}))] })).await;
    let start = clock.now() + TimeDelta::minutes(5);
    let end = start + TimeDelta::minutes(5);
    let times = json!({ "startsAt": start, "endsAt": end });
    let sale = list(&staff, "Summer", "SALE", times, json!([row(&note, "232", json!({}))])).await;

    assert_eq!(amount(&shopper, &note).await, "400.00", "it is upcoming");
    assert_lists_agree(&shopper, "").await;
    let resolve = "query($id: ID!, $at: DateTime) { priceResolve(variantIds: [$id], asOf: $at) {
        amount { amount } original { amount } compareAtPrice { amount } includesTax priceList { id } matchedRules price { id } } }";
    let at = async |moment: Timestamp| {
        staff.data(resolve, json!({ "id": note, "at": moment })).await["priceResolve"][0].clone()
    };
    let instant = TimeDelta::microseconds(1);
    for (moment, want) in [(start - instant, "400.00"), (start, "232.00"), (end - instant, "232.00"), (end, "400.00")] {
        let found = at(moment).await;
        assert_eq!((&found["amount"]["amount"], &found["original"]["amount"]), (&json!(want), &json!("400.00")));
        assert_eq!(found["priceList"].is_object(), want == "232.00");
    }

    clock.advance(TimeDelta::minutes(6));
    let seen = shown_prices(&shopper, &note).await["price"].clone();
    assert_eq!((&seen["amount"]["amount"], &seen["compareAtPrice"]["amount"]), (&json!("232.00"), &json!("400.00")));
    assert_eq!(seen["priceList"], json!({ "id": null, "name": "Summer" }), "shoppers see only the name");
    assert_eq!(seen["lowestPrice30Days"]["amount"].as_str(), Some("14.50"), "before the reduction: {seen}");
    assert_eq!(shown_prices(&staff, &note).await["price"]["priceList"]["id"], sale);
    assert_lists_agree(&shopper, "").await;

    clock.advance(TimeDelta::minutes(5));
    assert_eq!(amount(&shopper, &note).await, "400.00", "it is over");
    assert_lists_agree(&shopper, "").await;
}

#[shop_test]
async fn c8_c9_c11_price_lists_combine_and_can_be_deactivated() {
    let shop = Shop::demo().await;
    let (staff, shopper, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    staff.data(SET_PRICES, json!({ "rows": [row(&note, "49.95", json!({}))] })).await;
    let instead = list(&staff, "Contract", "OVERRIDE", json!({}), json!([row(&note, "34.96", json!({}))])).await;
    let seen = shown_prices(&shopper, &note).await["price"].clone();
    assert_eq!((&seen["amount"]["amount"], &seen["compareAtPrice"]), (&json!("34.96"), &Value::Null));
    let sale = list(&staff, "Sale", "SALE", json!({}), json!([row(&note, "29.95", json!({}))])).await;
    let seen = shown_prices(&shopper, &note).await["price"].clone();
    assert_eq!((&seen["amount"]["amount"], &seen["compareAtPrice"]["amount"]), (&json!("29.95"), &json!("34.96")));
    assert_lists_agree(&shopper, "").await;

    staff.data(UPDATE, json!({ "id": sale, "input": { "countries": ["FR"] } })).await;
    assert_eq!(amount(&shopper, &note).await, "34.96", "only in France");
    assert_lists_agree(&shopper, "").await;
    assert_lists_agree(&shopper, "@inContext(country: FR)").await;
    assert_lists_agree(&shopper, "@inContext(country: US)").await;
    staff.data(UPSERT, json!({ "list": sale, "rows": [row(&note, "40", json!({}))] })).await;
    assert_lists_agree(&shopper, "@inContext(country: FR)").await;
    staff.data(DEACTIVATE, json!({ "id": instead })).await;
    assert_eq!(amount(&shopper, &note).await, "49.95");
    assert_lists_agree(&shopper, "@inContext(country: FR)").await;
    let french = "query($id: ID!) @inContext(country: FR) { variant(by: {id: $id}) { price { amount { amount } } } }";
    let data = shopper.data(french, json!({ "id": note })).await;
    assert_eq!(data["variant"]["price"]["amount"]["amount"], "40.00");

    let prices = "query($id: ID!) { priceList(id: $id) { prices { totalCount nodes { id variant { id } } } } }";
    let found = staff.data(prices, json!({ "id": sale })).await["priceList"]["prices"].clone();
    assert_eq!((&found["totalCount"], &found["nodes"][0]["variant"]["id"]), (&json!(1), &json!(note)));
    let remove = "mutation($list: ID!, $ids: [ID!]!) { priceListPricesRemove(priceListId: $list, priceIds: $ids) {
        priceList { prices { totalCount } } userErrors { code message path } } }";
    let ids = json!([found["nodes"][0]["id"], "price_01m84q05c3e3jbvaxd7vc1mw18"]);
    let error = staff.user_error(remove, json!({ "list": sale, "ids": ids })).await;
    assert_eq!(code_and_path(&error), ("NOT_FOUND".to_owned(), "priceIds.1".to_owned()));
    let data = staff.data(remove, json!({ "list": sale, "ids": [ids[0]] })).await;
    assert_eq!(data["priceListPricesRemove"]["priceList"]["prices"]["totalCount"], 0);
    assert_lists_agree(&shopper, "@inContext(country: FR)").await;
}

#[shop_test]
async fn c12_regional_prices_and_currency_prices_have_their_own_tax_setting() {
    let shop = Shop::demo().await;
    let (staff, shopper, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    let regions = staff.data("{ regions { id name } }", Value::Null).await;
    let europe = regions["regions"].as_array().unwrap().iter().find(|region| region["name"] == "Europe").unwrap();
    staff.data(SET_PRICES, json!({ "rows": [row(&note, "100", json!({}))] })).await;
    let sale = json!([row(&note, "110", json!({ "regionId": europe["id"] }))]);
    list(&staff, "Sale", "SALE", json!({}), sale).await;
    assert_eq!(amount(&shopper, &note).await, "100.00");
    assert_lists_agree(&shopper, "").await;

    let set = "mutation($tax: Boolean) { currencyPreferenceSet(currencyCode: EUR, pricesIncludeTax: $tax) {
        currencyPreferences { currencyCode pricesIncludeTax } userErrors { code } } }";
    let data = staff.data(set, json!({ "tax": false })).await;
    let set_now = json!([{ "currencyCode": "EUR", "pricesIncludeTax": false }]);
    assert_eq!(data["currencyPreferenceSet"]["currencyPreferences"], set_now);
    // 100 without tax is 119 with tax; 110 includes tax.
    let seen = shown_prices(&shopper, &note).await["price"].clone();
    assert_eq!((&seen["amount"]["amount"], &seen["compareAtPrice"]["amount"]), (&json!("110.00"), &json!("119.00")));
    assert_eq!(seen["includesTax"], true);
    assert_lists_agree(&shopper, "").await;

    // With a lower tax rate, the sale is no longer a reduction, and lists reflect that.
    let rate = "mutation($id: ID!) { regionUpdate(id: $id, input: { taxRate: \"0.05\" }) { userErrors { code } } }";
    staff.data(rate, json!({ "id": europe["id"] })).await;
    let seen = shown_prices(&shopper, &note).await["price"].clone();
    assert_eq!((&seen["amount"]["amount"], &seen["includesTax"]), (&json!("100.00"), &json!(false)));
    assert_lists_agree(&shopper, "").await;
    let data = staff.data(set, json!({ "tax": null })).await;
    assert_eq!(data["currencyPreferenceSet"]["currencyPreferences"], json!([]));
    assert_eq!(
        staff.data("{ currencyPreferences { currencyCode } }", Value::Null).await["currencyPreferences"],
        json!([])
    );
}

#[shop_test]
async fn c13_group_prices_apply_to_members_in_lists_and_carts() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (shopper, member) = (shop.anonymous(), shop.customer().await);
    let group = join_group(&shop, &member).await;
    assert_lists_agree(&member, "").await;
    staff.data(SET_PRICES, json!({ "rows": [row(&note, "0.5", json!({ "customerGroupId": group }))] })).await;
    assert_eq!(amount(&shopper, &note).await, "14.50");
    assert_eq!(amount(&member, &note).await, "0.50");
    assert_lists_agree(&shopper, "").await;
    assert_lists_agree(&member, "").await;
    // The price context exists now, and is kept up to date.
    staff.data(SET_PRICES, json!({ "rows": [row(&note, "0.75", json!({ "customerGroupId": group }))] })).await;
    assert_lists_agree(&member, "").await;
    let create = "mutation($lines: [CartLineInput!]!) { cartCreate(input: { lines: $lines }) {
        cart { lines { unitPrice { amount } } } userErrors { code message path } } }";
    let data = member.data(create, json!({ "lines": [{ "variantId": note, "quantity": 1 }] })).await;
    assert_eq!(data["cartCreate"]["cart"]["lines"][0]["unitPrice"]["amount"], "0.75");
    let explain = "query($ids: [ID!]!, $groups: [ID!]!) {
        priceResolve(variantIds: $ids, context: { customerGroupIds: $groups }) {
            amount { amount } quantity matchedRules variant { id } price { customerGroupId } } }";
    let data = staff.data(explain, json!({ "ids": [note], "groups": [group] })).await;
    let want = json!([{ "amount": { "amount": "0.75" }, "quantity": 1, "matchedRules": ["CUSTOMER_GROUP"],
        "variant": { "id": note }, "price": { "customerGroupId": group } }]);
    assert_eq!(data["priceResolve"], want);
}

#[shop_test]
async fn c6_variants_without_a_price_cannot_be_bought_but_free_ones_can() {
    let shop = Shop::demo().await;
    let (staff, shopper, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    staff.data(SET_PRICES, json!({ "rows": [row(&note, "0", json!({ "minQuantity": 1 }))] })).await;
    assert_eq!(amount(&shopper, &note).await, "0.00");
    staff
        .data(
            SET_PRICES,
            json!({ "rows": [row(&note, Value::Null, json!({})), row(&note, "3", json!({ "minQuantity": 10 }))] }),
        )
        .await;
    let seen = shown_prices(&shopper, &note).await;
    assert_eq!(seen["price"], Value::Null);
    assert_eq!(seen["priceTiers"][0]["minQuantity"], 10);
    let create = "mutation($id: ID!, $quantity: Int!) {
        cartCreate(input: { lines: [{ variantId: $id, quantity: $quantity }] }) {
        cart { lines { unitPrice { amount } } } userErrors { code message path } } }";
    let error = shopper.user_error(create, json!({ "id": note, "quantity": 9 })).await;
    assert_eq!(error["code"], "NOT_PURCHASABLE");
    let data = shopper.data(create, json!({ "id": note, "quantity": 10 })).await;
    assert_eq!(data["cartCreate"]["cart"]["lines"][0]["unitPrice"]["amount"], "3.00");
    assert_lists_agree(&shopper, "").await;
}

#[shop_test]
async fn price_history_is_kept_and_the_lowest_of_30_days_is_shown() {
    let clock = TestClock::default();
    let shop = Shop::demo_with_clock(&clock).await;
    let note = shop.variant("NOTE-A5-DOT").await;
    let set = async |amount: Value| {
        shop.staff().await.data(SET_PRICES, json!({ "rows": [row(&note, amount, json!({}))] })).await;
    };
    let lowest = async || {
        let seen = shown_prices(&shop.anonymous(), &note).await;
        seen["price"]["lowestPrice30Days"]["amount"].as_str().map(str::to_owned)
    };
    clock.advance(TimeDelta::days(1));
    set(json!("12")).await;
    set(json!("12")).await;
    clock.advance(TimeDelta::days(1));
    set(json!("20")).await;
    assert_eq!(lowest().await.as_deref(), Some("12.00"));
    clock.advance(TimeDelta::days(29));
    assert_eq!(lowest().await.as_deref(), Some("12.00"), "it ended 29 days ago");
    clock.advance(TimeDelta::days(2));
    assert_eq!(lowest().await.as_deref(), Some("20.00"));
    list(&shop.staff().await, "Sale", "SALE", json!({}), json!([row(&note, "15", json!({}))])).await;
    clock.advance(TimeDelta::days(40));
    assert_eq!(
        lowest().await.as_deref(),
        Some("20.00"),
        "the lowest price before the sale, regardless of its duration"
    );

    let history = "query($id: ID!, $first: Int, $after: String) {
        priceHistory(variantId: $id, currencyCode: EUR, first: $first, after: $after) {
        totalCount nodes { amount { amount } validFrom validUntil priceList { name } } pageInfo { endCursor hasNextPage } } }";
    let staff = shop.staff().await;
    let all = staff.data(history, json!({ "id": note })).await["priceHistory"].clone();
    let amounts = |page: &Value| {
        let nodes = page["nodes"].as_array().unwrap().iter();
        nodes.map(|price| text(&price["amount"]["amount"]).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(amounts(&all), ["15.00", "20.00", "12.00", "14.50"], "prices set to the same value are unchanged");
    assert_eq!((&all["totalCount"], &all["nodes"][0]["priceList"]["name"]), (&json!(4), &json!("Sale")));
    assert_eq!(all["nodes"][1]["validUntil"], Value::Null);
    assert_eq!(all["nodes"][2]["validUntil"], all["nodes"][1]["validFrom"]);
    let page = staff.data(history, json!({ "id": note, "first": 2 })).await["priceHistory"].clone();
    let rest = json!({ "id": note, "first": 2, "after": page["pageInfo"]["endCursor"] });
    let rest = staff.data(history, rest).await["priceHistory"].clone();
    assert_eq!([amounts(&page), amounts(&rest)].concat(), amounts(&all));
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);

    let resolve = "query($id: ID!, $at: DateTime) { priceResolve(variantIds: [$id], asOf: $at) { amount { amount } } }";
    for (hours, want) in [(24, "15.00"), (41 * 24, "20.00"), (72 * 24 - 12, "12.00"), (73 * 24 - 12, "14.50")] {
        let at = clock.now() - TimeDelta::hours(hours);
        let found = staff.data(resolve, json!({ "id": note, "at": at })).await;
        assert_eq!(found["priceResolve"][0]["amount"]["amount"], want, "{hours} hours ago");
    }
}

#[shop_test]
async fn concurrent_price_changes_keep_product_lists_consistent() {
    let shop = Shop::demo().await;
    let (staff, shopper) = (shop.staff().await, shop.anonymous());
    let query = "{ products(first: 20, sort: TITLE_ASC) { nodes { variants { id } } } }";
    let found = shopper.data(query, Value::Null).await;
    let variants: Vec<String> = found["products"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|product| product["variants"].as_array().unwrap())
        .map(|variant| text(&variant["id"]).to_owned())
        .collect();
    let sale = list(&staff, "Sale", "SALE", json!({ "countries": ["FR"] }), json!([])).await;
    let set = async |round: usize| {
        let mut chosen: Vec<_> = variants.iter().skip(round % 5).step_by(2).collect();
        if round % 2 == 1 {
            chosen.reverse();
        }
        let rows: Vec<_> = chosen.iter().map(|id| row(id, format!("{}", 10 + round * 3), json!({}))).collect();
        staff.data(SET_PRICES, json!({ "rows": rows })).await;
    };
    let reduce = async |round: usize| {
        let chosen = variants.iter().skip(round % 3).step_by(3);
        let rows: Vec<_> = chosen.map(|id| row(id, format!("{}", 3 + round), json!({}))).collect();
        staff.data(UPSERT, json!({ "list": sale, "rows": rows })).await;
    };
    let switch = async |query: &str| {
        staff.data(query, json!({ "id": sale })).await;
    };
    // Meanwhile, other requests need the French context for the first time.
    let browse = async || {
        let query = "query @inContext(country: FR) { products(sort: PRICE_ASC) { nodes { id } } }";
        shopper.data(query, Value::Null).await;
    };
    tokio::join!(set(1), set(2), reduce(1), browse(), browse());
    tokio::join!(set(3), reduce(2), switch(DEACTIVATE), set(4));
    tokio::join!(reduce(3), switch(ACTIVATE), set(5), set(6), browse());
    assert_lists_agree(&shopper, "").await;
    assert_lists_agree(&shopper, "@inContext(country: FR)").await;
}

#[shop_test]
async fn invalid_price_lists_are_rejected_with_code_and_path() {
    let shop = Shop::demo().await;
    let (staff, note) = (shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let data = staff.data(CREATE, json!({ "input": { "name": " Summer ", "kind": "SALE" } })).await;
    let created = &data["priceListCreate"]["priceList"];
    assert_eq!((&created["status"], &created["version"]), (&json!("DRAFT"), &json!(1)));
    let id = &created["id"];
    let (day, next) = ("2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z");
    let unknown = |prefix: &str| format!("{prefix}_01m84q05c3e3jbvaxd7vc1mw18");
    for (input, code, path) in [
        (json!({ "name": "Summer" }), "TAKEN", "input.name"),
        (json!({ "name": "  " }), "REQUIRED", "input.name"),
        (json!({ "name": "x".repeat(101) }), "TOO_LONG", "input.name"),
        (json!({ "name": "<b>" }), "INVALID_TEXT", "input.name"),
        (json!({ "name": "A", "description": "x".repeat(1001) }), "TOO_LONG", "input.description"),
        (json!({ "name": "A", "startsAt": day, "endsAt": day }), "INVALID_DATES", "input.endsAt"),
        (json!({ "name": "A", "startsAt": next, "endsAt": day }), "INVALID_DATES", "input.endsAt"),
        (json!({ "name": "A", "regionIds": [unknown("reg")] }), "NOT_FOUND", "input.regionIds.0"),
        (json!({ "name": "A", "customerGroupIds": [unknown("cgrp")] }), "NOT_FOUND", "input.customerGroupIds.0"),
        (json!({ "name": "A", "channelIds": [unknown("chan")] }), "NOT_FOUND", "input.channelIds.0"),
    ] {
        let mut new = input.clone();
        new["kind"] = json!("SALE");
        let error = staff.user_error(CREATE, json!({ "input": new })).await;
        assert_eq!(code_and_path(&error), (code.to_owned(), path.to_owned()), "{error}");
        if code != "TAKEN" {
            let error = staff.user_error(UPDATE, json!({ "id": id, "input": input })).await;
            assert_eq!(code_and_path(&error), (code.to_owned(), path.to_owned()), "{error}");
        }
    }
    for (rows, code, path) in [
        (json!([row(&unknown("var"), "1", json!({}))]), "NOT_FOUND", "rows.0.variantId"),
        (json!([row(&note, "-1", json!({}))]), "INVALID_AMOUNT", "rows.0.amount"),
        (json!([row(&note, "1.005", json!({}))]), "INVALID_AMOUNT", "rows.0.amount"),
        (json!([row(&note, "1", json!({ "minQuantity": 0 }))]), "INVALID_QUANTITY", "rows.0.minQuantity"),
        (json!([row(&note, "1", json!({ "maxQuantity": 0 }))]), "INVALID_QUANTITY", "rows.0.maxQuantity"),
        (json!([row(&note, "1", json!({ "regionId": unknown("reg") }))]), "NOT_FOUND", "rows.0.regionId"),
        (
            json!([row(&note, "1", json!({ "customerGroupId": unknown("cgrp") }))]),
            "NOT_FOUND",
            "rows.0.customerGroupId",
        ),
        (json!([row(&note, "1", json!({ "channelId": unknown("chan") }))]), "NOT_FOUND", "rows.0.channelId"),
        (json!([row(&note, "1", json!({})), row(&note, "2", json!({}))]), "INVALID", "rows.1.currencyCode"),
        (json!(vec![row(&note, "1", json!({})); 1001]), "TOO_LONG", "rows"),
    ] {
        for (query, variables) in [(UPSERT, json!({ "list": id, "rows": rows })), (SET_PRICES, json!({ "rows": rows }))]
        {
            let error = staff.user_error(query, variables).await;
            assert_eq!(code_and_path(&error), (code.to_owned(), path.to_owned()), "{error}");
        }
    }
    let error = staff.user_error(UPSERT, json!({ "list": unknown("plist"), "rows": [] })).await;
    assert_eq!(code_and_path(&error), ("NOT_FOUND".to_owned(), "priceListId".to_owned()));
    for query in [ACTIVATE, DEACTIVATE] {
        let error = staff.user_error(query, json!({ "id": unknown("plist") })).await;
        assert_eq!(code_and_path(&error), ("NOT_FOUND".to_owned(), "id".to_owned()));
    }

    let data = staff.data(UPDATE, json!({ "id": id, "input": { "endsAt": next }, "version": 1 })).await;
    assert_eq!(
        (&data["priceListUpdate"]["priceList"]["name"], &data["priceListUpdate"]["priceList"]["version"]),
        (&json!("Summer"), &json!(2))
    );
    let error = staff.user_error(UPDATE, json!({ "id": id, "input": { "name": "B" }, "version": 1 })).await;
    assert_eq!((&error["code"], &error["details"]["version"]), (&json!("STALE_VERSION"), &json!(2)));

    // A list that was never active can be deleted; one that was must be kept for 30 days.
    let other = list(&staff, "Winter", "SALE", json!({}), json!([row(&note, "1", json!({}))])).await;
    staff.data(DEACTIVATE, json!({ "id": other })).await;
    let error = staff.user_error(DELETE, json!({ "ids": [id, other] })).await;
    assert_eq!(code_and_path(&error), ("INVALID_STATE".to_owned(), "ids.1".to_owned()));
    let error = staff.user_error(DELETE, json!({ "ids": [unknown("plist")] })).await;
    assert_eq!(code_and_path(&error), ("NOT_FOUND".to_owned(), "ids.0".to_owned()));
    assert_eq!(staff.data(DELETE, json!({ "ids": [id] })).await["priceListDelete"]["deletedIds"], json!([id]));
    let query =
        "query($status: PriceListStatus) { priceLists(filter: { status: $status }) { totalCount nodes { id name } } }";
    let data = staff.data(query, json!({ "status": "DRAFT" })).await;
    assert_eq!(data["priceLists"], json!({ "totalCount": 1, "nodes": [{ "id": other, "name": "Winter" }] }));
    // The demo shop's own sale.
    assert_eq!(staff.data(query, json!({ "status": "ACTIVE" })).await["priceLists"]["totalCount"], 1);

    let resolve =
        "query($context: BuyingContextInput!) { priceResolve(variantIds: [], context: $context) { quantity } }";
    assert_eq!(staff.top_level_error(resolve, json!({ "context": { "quantity": 0 } })).await, "INVALID_QUANTITY");
    assert_eq!(staff.top_level_error(resolve, json!({ "context": { "regionId": unknown("reg") } })).await, "NOT_FOUND");
}

#[shop_test]
async fn the_number_of_statements_is_independent_of_products_and_lists() {
    let shop = Shop::demo().await;
    let (staff, shopper, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    for name in ["One", "Two", "Three"] {
        list(&staff, name, "SALE", json!({}), json!([row(&note, "1", json!({}))])).await;
    }
    let page = "query($first: Int!) { products(first: $first, sort: PRICE_ASC, filter: { priceMin: \"1\" }) { nodes {
        priceRange { min { amount } } variants { priceTiers { minQuantity } price { priceList { name }
        lowestPrice30Days { amount } } } } } }";
    let lists = "query($first: Int!) { priceLists(first: $first) { nodes { name prices { nodes { amount { amount }
        priceList { name } variant { sku } } } } } }";
    for (client, query, most) in [(&shopper, page, 9), (&staff, lists, 6)] {
        let spent = async |first: i32| {
            let before = shop.db.statements();
            client.data(query, json!({ "first": first })).await;
            shop.db.statements() - before
        };
        let (one, many) = (spent(1).await, spent(20).await);
        assert!(one == many && one <= most, "{one} statements for one, {many} for many: {query}");
    }
}

#[shop_test]
async fn c13_a_cart_without_an_address_has_the_prices_shown_in_lists() {
    let shop = Shop::demo().await;
    let (staff, shopper, note) = (shop.staff().await, shop.anonymous(), shop.variant("NOTE-A5-DOT").await);
    staff.data(SET_PRICES, json!({ "rows": [row(&note, "9", json!({ "country": "DE" }))] })).await;
    let create = "mutation($lines: [CartLineInput!]!) @inContext(country: DE) { cartCreate(input: { lines: $lines }) {
        cart { id lines { unitPrice { amount } } } userErrors { code } } }";
    let lines = json!([{ "variantId": note, "quantity": 1 }]);
    let cart = shopper.data(create, json!({ "lines": lines })).await["cartCreate"]["cart"].clone();
    assert_eq!(cart["lines"][0]["unitPrice"]["amount"], "9.00");
    let address =
        "mutation($cart: ID!) { cartAddressesSet(cartId: $cart, input: {shippingAddress: { firstName: \"A\", lastName: \"B\",
        address1: \"1\", postalCode: \"1010\", city: \"Wien\", country: AT }}) {
        cart { lines { unitPrice { amount } } } userErrors { code } } }";
    let data = shopper.data(address, json!({ "cart": cart["id"] })).await;
    assert_eq!(data["cartAddressesSet"]["cart"]["lines"][0]["unitPrice"]["amount"], "14.50");
}
