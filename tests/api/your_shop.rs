//! From an empty database to a working shop: the operations of `docs/your-shop.md`, in order and verbatim, and the
//! behavior of an empty shop.

use std::fs;
use std::path::Path;

use cartwright::domain::auth::NewStaff;
use cartwright::kernel::actor::Permission;
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Memory, PASSWORD, Shop, text};

const REGION_CREATE: &str = "mutation($input: RegionCreateInput!) { regionCreate(input: $input) {
    region { id name } userErrors { code message path details } } }";
const REGION_DELETE: &str =
    "mutation($ids: [ID!]!) { regionDelete(ids: $ids) { deletedIds userErrors { code message path } } }";
const CHANNELS: &str = "{ salesChannels { id name defaultRegion { id name } } }";
const CHANNEL_UPDATE: &str =
    "mutation($id: ID!, $input: SalesChannelUpdateInput!) { salesChannelUpdate(id: $id, input: $input) {
    salesChannel { name stockAllocation defaultRegion { id } } userErrors { code message path } } }";
const PRODUCT_CREATE: &str = "mutation($input: ProductCreateInput!) { productCreate(input: $input) {
    product { id variants { id stockLevels { stocked location { name } } } } userErrors { code message path } } }";

/// A migrated database, with what the first start of a server without demo data creates.
async fn new_shop() -> Shop {
    let shop = Shop::empty().await;
    shop.demo.skip().await.expect("a sales channel");
    shop
}

async fn staff_with_all_permissions(shop: &Shop) -> Client {
    shop.staff_with(Permission::ALL).await
}

fn region(name: &str, currency: &str, country: &str) -> Value {
    json!({ "input": { "name": name, "currencyCode": currency, "countries": [country], "taxRate": "0.19",
        "pricesIncludeTax": true } })
}

async fn create_region(staff: &Client, name: &str, currency: &str, country: &str) -> Value {
    staff.data(REGION_CREATE, region(name, currency, country)).await["regionCreate"]["region"]["id"].clone()
}

async fn channel(staff: &Client) -> Value {
    staff.data(CHANNELS, Value::Null).await["salesChannels"][0].clone()
}

/// The operations of the page with their variables, in order.
fn operations(page: &str) -> Vec<(String, Value)> {
    let mut found: Vec<(String, Value)> = Vec::new();
    for block in page.split("```").skip(1).step_by(2) {
        match block.split_once('\n') {
            Some(("graphql", query)) => found.push((query.to_owned(), json!({}))),
            Some(("json", variables)) => {
                let last = found.last_mut().expect("variables follow an operation");
                assert_eq!(last.1, json!({}), "variables follow their operation");
                last.1 = serde_json::from_str(variables).unwrap_or_else(|error| panic!("{error} in {variables}"));
            }
            _ => {}
        }
    }
    found
}

/// Asserts that a response has no null or empty value where the guide shows a price, a region or stock.
fn assert_complete(operation: &str, value: &Value) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| assert_complete(operation, value)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let never_null =
                    ["region", "defaultRegion", "price", "priceRange", "amount", "product", "order", "cart"];
                assert!(!(never_null.contains(&name.as_str()) && value.is_null()), "{name} is null after {operation}");
                let never_empty =
                    ["nodes", "variants", "prices", "stockLevels", "shippingOptions", "payments", "levels"];
                let is_empty = never_empty.contains(&name.as_str()) && value.as_array().is_some_and(Vec::is_empty);
                assert!(!is_empty, "{name} is empty after {operation}");
                assert_complete(operation, value);
            }
        }
        _ => {}
    }
}

#[shop_test]
async fn the_guide_works_from_an_empty_database_to_an_order() {
    let shop = new_shop().await;
    let account = NewStaff {
        email: "admin@example.com".to_owned(),
        name: "You".to_owned(),
        password: PASSWORD.to_owned(),
        permissions: Permission::ALL.to_vec(),
    };
    shop.auth.create_staff(account).await.expect("an account");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/your-shop.md");
    let page = fs::read_to_string(page).expect("the page");
    let total = page.split_once("The total is ").and_then(|(_, rest)| rest.split_once(" EUR")).expect("the total").0;
    let operations = operations(&page);
    assert!(operations.len() >= 20, "{} operations", operations.len());

    let anonymous = shop.anonymous();
    let (mut memory, mut staff, mut totals) = (Memory::default(), None, Vec::new());
    for (query, variables) in &operations {
        let name = query.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
        let mut variables = memory.fill(variables, name);
        if query.contains("staffLogin") {
            variables["password"] = json!(PASSWORD);
        }
        let client = match query.starts_with("# token: staff") {
            true => staff.as_ref().unwrap_or_else(|| panic!("{name} comes before the login")),
            false => &anonymous,
        };
        let data = client.data(query, variables).await;
        assert_complete(name, &data);
        if let Some(token) = data["staffLogin"]["session"]["accessToken"].as_str() {
            staff = Some(anonymous.with_token(token));
        }
        for place in ["/cartShippingSelect/cart/total/gross/amount", "/cartComplete/order/total/gross/amount"] {
            totals.extend(data.pointer(place).cloned());
        }
        if let Some(problems) = data.pointer("/cartShippingSelect/cart/problems") {
            assert_eq!(*problems, json!([]), "after {name}");
        }
        memory.remember(&data);
    }
    assert_eq!(totals, [total, total]);

    let staff = staff.expect("a login");
    let orders = "{ orders(first: 2) { nodes { number total { gross { amount } } fulfillmentStatus } } }";
    let orders = staff.data(orders, Value::Null).await["orders"]["nodes"].clone();
    assert_eq!(orders.as_array().map(Vec::len), Some(1));
    assert_eq!(orders[0]["total"]["gross"]["amount"], total);
    let levels = "{ variant(by: {sku: \"BOOK-TREES\"}) { stockLevels { stocked reserved } } }";
    let levels = staff.data(levels, Value::Null).await["variant"]["stockLevels"].clone();
    assert_eq!(levels, json!([{ "stocked": 11, "reserved": 0 }]), "12 were counted, and one was shipped");
}

#[shop_test]
async fn the_setup_status_shows_each_completed_step() {
    let shop = Shop::empty().await;
    let conn = shop.db.conn().await.expect("a connection");
    let state = shop.setup.state(&conn).await.expect("the state");
    assert!(state.channel.is_none() && !state.has_staff && state.regions.is_empty());
    assert_eq!(state.locations, ["Main warehouse"]);
    drop(conn);

    shop.demo.skip().await.expect("a sales channel");
    let staff = staff_with_all_permissions(&shop).await;
    create_region(&staff, "Germany", "EUR", "DE").await;
    let input = json!({ "title": "Mug", "publish": true, "variants": [{ "prices": [{ "currencyCode": "EUR", "amount": "9" }] }] });
    let data = staff.data(PRODUCT_CREATE, json!({ "input": input })).await;
    let variant = text(&data["productCreate"]["product"]["variants"][0]["id"]).to_owned();
    let state = async || {
        let conn = shop.db.conn().await.expect("a connection");
        shop.setup.state(&conn).await.expect("the state")
    };
    let found = state().await;
    assert_eq!(found.default_region().map(|region| region.name.as_str()), Some("Germany"));
    let germany = &found.regions[0];
    assert_eq!((found.published, germany.priced, germany.available, germany.shipping_options), (1, 1, 0, 0));
    let locations = staff.data("{ stockLocations { id } }", Value::Null).await;
    let rows = json!([{ "variantId": variant, "locationId": locations["stockLocations"][0]["id"], "quantity": 3 }]);
    let set = "mutation($rows: [StockRowInput!]!) { stockSet(rows: $rows) { userErrors { code message path } } }";
    staff.data(set, json!({ "rows": rows })).await;
    assert_eq!(state().await.regions[0].available, 1);
    create_region(&staff, "United States", "USD", "US").await;
    let found = state().await;
    assert_eq!((found.regions[1].region.name.as_str(), found.regions[1].priced), ("United States", 0));
}

#[shop_test]
async fn the_first_region_becomes_the_default_and_can_be_replaced() {
    let shop = new_shop().await;
    let (staff, shopper) = (staff_with_all_permissions(&shop).await, shop.anonymous());
    let here = "{ shop { name region { id } } }";
    assert_eq!(shopper.data(here, Value::Null).await["shop"]["region"], Value::Null);
    let germany = create_region(&staff, "Germany", "EUR", "DE").await;
    let states = create_region(&staff, "United States", "USD", "US").await;
    assert_eq!(shopper.data(here, Value::Null).await["shop"]["region"]["id"], germany);
    shopper.data("mutation { cartCreate { cart { id } userErrors { code message } } }", Value::Null).await;

    let id = channel(&staff).await["id"].clone();
    let update = |input: Value| json!({ "id": id, "input": input });
    let changed = staff.data(CHANNEL_UPDATE, update(json!({ "name": " Hallow ", "defaultRegionId": states }))).await;
    let wanted = json!({ "name": "Hallow", "stockAllocation": "FEWEST_LOCATIONS", "defaultRegion": { "id": states } });
    assert_eq!(changed["salesChannelUpdate"]["salesChannel"], wanted);
    let seen = shopper.data(here, Value::Null).await["shop"].clone();
    assert_eq!(seen, json!({ "name": "Hallow", "region": { "id": states } }));
    staff.data(CHANNEL_UPDATE, update(json!({ "stockAllocation": "PRIORITY" }))).await;
    assert_eq!(channel(&staff).await["defaultRegion"]["id"], states, "omitted fields are unchanged");

    for (input, code, path) in [
        (json!({ "defaultRegionId": "reg_01m84q05c3e3jbvaxd7vc1mw18" }), "NOT_FOUND", "defaultRegionId"),
        (json!({ "name": " " }), "REQUIRED", "name"),
        (json!({ "name": "x".repeat(101) }), "TOO_LONG", "name"),
    ] {
        let error = staff.user_error(CHANNEL_UPDATE, update(input)).await;
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &json!(["input", path])));
    }

    // Later regions no longer become the default, not even if it was cleared deliberately.
    staff.data(CHANNEL_UPDATE, update(json!({ "defaultRegionId": null }))).await;
    assert_eq!(shopper.data(here, Value::Null).await["shop"]["region"], Value::Null);
    create_region(&staff, "Japan", "JPY", "JP").await;
    assert_eq!(channel(&staff).await["defaultRegion"], Value::Null);
}

#[shop_test]
async fn one_of_several_concurrently_created_regions_becomes_the_default() {
    let shop = new_shop().await;
    let staff = staff_with_all_permissions(&shop).await;
    let countries = ["DE", "FR", "IT", "ES"];
    let created = countries.map(|country| create_region(&staff, country, "EUR", country));
    futures_util::future::join_all(created).await;
    assert!(channel(&staff).await["defaultRegion"]["id"].is_string());
    let default = "SELECT count(*) FROM sales_channels WHERE default_region_id IN (SELECT id FROM regions)";
    assert_eq!(shop.count(default).await, 1);
}

#[shop_test]
async fn a_default_region_can_be_deleted_after_choosing_another() {
    let shop = new_shop().await;
    let staff = staff_with_all_permissions(&shop).await;
    let germany = create_region(&staff, "Germany", "EUR", "DE").await;
    let states = create_region(&staff, "United States", "USD", "US").await;
    let error = staff.user_error(REGION_DELETE, json!({ "ids": [germany] })).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("IN_USE"), &json!(["ids"])));
    assert!(text(&error["message"]).contains("salesChannelUpdate"), "{error}");
    let id = channel(&staff).await["id"].clone();
    staff.data(CHANNEL_UPDATE, json!({ "id": id, "input": { "defaultRegionId": states } })).await;
    let deleted = staff.data(REGION_DELETE, json!({ "ids": [germany] })).await;
    assert_eq!(deleted["regionDelete"]["deletedIds"], json!([germany]));
}

#[shop_test]
async fn a_taken_country_is_reported_with_its_region() {
    let shop = new_shop().await;
    let staff = staff_with_all_permissions(&shop).await;
    let germany = create_region(&staff, "Germany", "EUR", "DE").await;
    let mut input = region("DACH", "EUR", "DE");
    input["input"]["countries"] = json!(["AT", "DE", "CH"]);
    let error = staff.user_error(REGION_CREATE, input).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("TAKEN"), &json!(["input", "countries"])));
    assert_eq!(error["message"], "Germany is served by the region \"Germany\" already.");
    assert_eq!(error["details"], json!({ "country": "DE", "regionId": germany, "regionName": "Germany" }));
    assert_eq!(shop.count("SELECT count(*) FROM regions").await, 1);
    // A region keeps its own countries.
    let update = "mutation($id: ID!) { regionUpdate(id: $id, input: {countries: [DE, AT]}) {
        region { countries { code } } userErrors { code } } }";
    let updated = staff.data(update, json!({ "id": germany })).await["regionUpdate"]["region"].clone();
    assert_eq!(updated["countries"], json!([{ "code": "AT" }, { "code": "DE" }]));
}

#[shop_test]
async fn stock_quantities_are_never_ignored_silently() {
    let shop = new_shop().await;
    let staff = staff_with_all_permissions(&shop).await;
    let variant = |stock: i32, tracked: bool| json!({ "stock": stock, "trackInventory": tracked, "prices": [{ "currencyCode": "EUR", "amount": "9" }] });
    let input = |title: &str, variant: Value| json!({ "input": { "title": title, "variants": [variant] } });
    let stocked = |data: &Value| data["productCreate"]["product"]["variants"][0]["stockLevels"].clone();
    let made = staff.data(PRODUCT_CREATE, input("Mug", variant(7, true))).await;
    assert_eq!(stocked(&made), json!([{ "stocked": 7, "location": { "name": "Main warehouse" } }]));
    let made = staff.data(PRODUCT_CREATE, input("Voucher", variant(7, false))).await;
    assert_eq!(stocked(&made)[0]["stocked"], 7, "stored for when the item is tracked");

    // An older shop may have no location.
    let bare = new_shop().await;
    let (client, connection) = tokio_postgres::connect(bare.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client.batch_execute("DELETE FROM stock_locations").await.expect("they go");
    let staff = staff_with_all_permissions(&bare).await;
    for (title, tracked) in [("Mug", true), ("Voucher", false)] {
        let error = staff.user_error(PRODUCT_CREATE, input(title, variant(7, tracked))).await;
        let path = json!(["input", "variants", "0", "stock"]);
        assert_eq!((&error["code"], &error["path"]), (&json!("NOT_FOUND"), &path));
        assert!(text(&error["message"]).contains("stockLocationCreate"), "{error}");
    }
    assert_eq!(bare.count("SELECT count(*) FROM products").await, 0);
    let sized = |size: &str, stock: i32| {
        let mut sized = variant(stock, true);
        sized["optionValues"] = json!([size]);
        sized
    };
    let shirt = json!({ "title": "Shirt", "options": [{ "name": "Size" }], "variants": [sized("S", 0)] });
    let made = staff.data(PRODUCT_CREATE, json!({ "input": shirt })).await;
    let create_variant = "mutation($product: ID!, $input: VariantInput!) {
        variantCreate(productId: $product, input: $input) { userErrors { code message path } } }";
    let input = json!({ "product": made["productCreate"]["product"]["id"], "input": sized("M", 1) });
    let error = staff.user_error(create_variant, input).await;
    assert_eq!((&error["code"], &error["path"]), (&json!("NOT_FOUND"), &json!(["input", "stock"])));
}

#[shop_test]
async fn the_migration_creates_the_first_location_and_reverts_it_if_unused() {
    let shop = Shop::empty().await;
    let names = "SELECT count(*) FROM stock_locations WHERE name = 'Main warehouse'";
    assert_eq!(shop.count(names).await, 1);
    // Revert to before the location and migrate again, once with the shop's own location.
    let reverted = async || {
        while cartwright::db::migrations::revert(shop.url()).await.expect("it is reverted").expect("a migration")
            != "00000000000025_first_location"
        {}
    };
    reverted().await;
    assert_eq!(shop.count("SELECT count(*) FROM stock_locations").await, 0);
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let own = "INSERT INTO stock_locations VALUES (gen_random_uuid(), 'Berlin', 0, now())";
    client.batch_execute(own).await.expect("a location");
    cartwright::db::migrations::run(shop.url()).await.expect("they run");
    assert_eq!(shop.count("SELECT count(*) FROM stock_locations").await, 1);
    assert_eq!(shop.count(names).await, 0);
    reverted().await;
    assert_eq!(shop.count("SELECT count(*) FROM stock_locations").await, 1);
}
