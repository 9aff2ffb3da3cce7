//! Staff operations: the catalog, prices, stock, regions, shipping, customers and orders.

use cartwright::kernel::actor::Permission;
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Shop};

const CREATE: &str = "mutation($input: ProductCreateInput!) { productCreate(input: $input) {
    product { id handle version variants { id sku version } images { id url } } userErrors { code path message } } }";
const UPDATE: &str = "mutation($id: ID!, $input: ProductUpdateInput!, $version: Int) {
    productUpdate(id: $id, input: $input, expectedVersion: $version) {
        product { version title handle tags vendor descriptionHtml category { id } collections { id } }
        userErrors { code path details } } }";
const PUBLISH: &str = "mutation($ids: [ID!]!, $from: DateTime) { productPublish(ids: $ids, from: $from) {
    products { id } userErrors { code path } } }";
const UNPUBLISH: &str = "mutation($ids: [ID!]!) { productUnpublish(ids: $ids) {
    products { id publishedAt } userErrors { code path } } }";
const DELETE: &str = "mutation($ids: [ID!]!) { productDelete(ids: $ids) { deletedIds userErrors { code path } } }";
const ADD_VARIANT: &str = "mutation($product: ID!, $input: VariantInput!) {
    variantCreate(productId: $product, input: $input) { variant { id title } userErrors { code path } } }";
const CHANGE_VARIANT: &str = "mutation($id: ID!, $input: VariantUpdateInput!, $version: Int) {
    variantUpdate(id: $id, input: $input, expectedVersion: $version) {
        variant { id title sku position weightGrams version image { id } } userErrors { code path details } } }";
const DELETE_VARIANTS: &str = "mutation($ids: [ID!]!) { variantDelete(ids: $ids) {
    deletedIds userErrors { code path } } }";
const PRICES: &str = "mutation($rows: [PriceRowInput!]!) { variantPricesSet(rows: $rows) {
    variants { id } userErrors { code path } } }";
const STOCK_SET: &str = "mutation($rows: [StockRowInput!]!) { stockSet(rows: $rows) {
    levels { stocked reserved available location { id } } userErrors { code path details } } }";
const STOCK_ADJUST: &str = "mutation($rows: [StockRowInput!]!) { stockAdjust(rows: $rows, reason: \"Delivery\") {
    levels { stocked reserved available location { id } } userErrors { code path details } } }";
const NOTEBOOK: &str = "{ product(by: {handle: \"field-notebook\"}) { id } }";
const UNKNOWN_PRODUCT: &str = "prod_01m84q05c3e3jbvaxd7vc1mw18";

async fn create(staff: &Client, input: Value) -> Value {
    staff.data(CREATE, json!({ "input": input })).await["productCreate"]["product"].clone()
}

/// A product with one variant at this price.
async fn simple(staff: &Client, title: &str, amount: &str) -> Value {
    let variant = json!({ "stock": 5, "prices": [{ "currencyCode": "EUR", "amount": amount }] });
    create(staff, json!({ "title": title, "publish": true, "variants": [variant] })).await
}

fn shirt() -> Value {
    let variant = |size: &str, sku: &str, amount: &str, stock: i32| {
        let prices = json!([{ "currencyCode": "EUR", "amount": amount, "compareAtPrice": "99" },
            { "currencyCode": "USD", "amount": "55" }]);
        json!({ "optionValues": [size, "Blue"], "sku": sku, "prices": prices, "stock": stock, "weightGrams": 310,
            "imageUrl": format!("/pictures/{size}.svg") })
    };
    json!({
        "title": "Work Shirt", "vendor": "Tansy & Thread", "productType": "Shirt",
        "tags": [" cotton ", "cotton", "blue"],
        "descriptionHtml": "<p>Warm.<script>alert(1)</script></p>",
        "options": [{ "name": "Size", "values": ["S", "M", "L"] }, { "name": "Colour" }],
        "images": [{ "url": "https://example.com/front.jpg", "alt": "The front" }],
        "variants": [variant("M", "SHIRT-M", "45", 3), variant("L", "SHIRT-L", "47.50", 0)],
    })
}

fn ids<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().expect("a list").iter().map(|entry| entry[field].as_str().expect("a text")).collect()
}

fn code_and_path(error: &Value) -> (&str, String) {
    let path: Vec<_> = error["path"].as_array().expect("a path").iter().filter_map(Value::as_str).collect();
    (error["code"].as_str().expect("a code"), path.join("."))
}

#[shop_test]
async fn staff_log_in_and_see_their_permissions() {
    let shop = Shop::demo().await;
    let login = "mutation($email: String!, $password: String!) { staffLogin(email: $email, password: $password) {
        user { email name permissions } session { accessToken } userErrors { code message path details } } }";
    let right = json!({ "email": "Staff@Example.com", "password": PASSWORD });
    let data = shop.anonymous().data(login, right).await;
    let user = &data["staffLogin"]["user"];
    assert_eq!((&user["email"], &user["name"]), (&json!("staff@example.com"), &json!("Staff")));
    assert_eq!(user["permissions"].as_array().map(Vec::len), Some(Permission::ALL.len()));

    let input = json!({ "email": "ada@example.com", "password": PASSWORD });
    let register =
        "mutation($input: CustomerRegisterInput!) { customerRegister(input: $input) { userErrors { code } } }";
    shop.anonymous().data(register, json!({ "input": input })).await;
    let wrong = json!({ "email": "staff@example.com", "password": "wrong horse" });
    let wrong = shop.anonymous().user_error(login, wrong).await;
    assert_eq!(wrong["code"], "INVALID_CREDENTIALS");
    assert_eq!(shop.anonymous().user_error(login, input).await, wrong, "a customer is not staff");
}

#[shop_test]
async fn a_new_product_is_visible_once_published() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let id = create(&staff, shirt()).await["id"].clone();
    let query = "query($id: ID!) { product(by: {id: $id}) {
        handle title vendor productType tags descriptionHtml availableForSale
        options { name values } images { url alt position } featuredImage { url } seo { title }
        priceRange { min { amount } max { amount currencyCode } }
        variants { title sku weightGrams quantityAvailable availableForSale selectedOptions { name value } image { url }
            price { amount { amount } compareAtPrice { amount } } } } }";
    let by_id = json!({ "id": id });
    assert_eq!(shop.anonymous().data(query, by_id.clone()).await["product"], Value::Null);

    staff.data(PUBLISH, json!({ "ids": [id] })).await;
    let product = shop.anonymous().data(query, by_id).await["product"].clone();
    let own = |size: &str| format!("http://127.0.0.1:8080/pictures/{size}.svg");
    let variant = |size: &str, sku: &str, amount: &str, stock: i32| {
        json!({ "title": format!("{size} / Blue"), "sku": sku, "weightGrams": 310, "quantityAvailable": stock,
            "availableForSale": stock > 0, "image": { "url": own(size) },
            "selectedOptions": [{ "name": "Size", "value": size }, { "name": "Colour", "value": "Blue" }],
            "price": { "amount": { "amount": amount }, "compareAtPrice": { "amount": "99.00" } } })
    };
    let wanted = json!({
        "handle": "work-shirt", "title": "Work Shirt", "vendor": "Tansy & Thread", "productType": "Shirt",
        "tags": ["cotton", "blue"], "descriptionHtml": "<p>Warm.</p>", "availableForSale": true,
        "options": [{ "name": "Size", "values": ["S", "M", "L"] }, { "name": "Colour", "values": ["Blue"] }],
        "images": [
            { "url": "https://example.com/front.jpg", "alt": "The front", "position": 0 },
            { "url": own("M"), "alt": "", "position": 1 },
            { "url": own("L"), "alt": "", "position": 2 },
        ],
        "featuredImage": { "url": "https://example.com/front.jpg" },
        "seo": { "title": "Work Shirt" },
        "priceRange": { "min": { "amount": "45.00" }, "max": { "amount": "47.50", "currencyCode": "EUR" } },
        "variants": [variant("M", "SHIRT-M", "45.00", 3), variant("L", "SHIRT-L", "47.50", 0)],
    });
    assert_eq!(product, wanted);
    let prices = "{ variant(by: {sku: \"SHIRT-L\"}) { prices { amount { amount currencyCode } } } }";
    let prices = staff.data(prices, Value::Null).await["variant"]["prices"].to_string();
    assert!(prices.contains("\"47.50\"") && prices.contains("\"55.00\"") && prices.contains("USD"), "{prices}");
}

#[shop_test]
async fn a_product_is_created_completely_or_not_at_all() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let everything = "SELECT (SELECT count(*) FROM products) + (SELECT count(*) FROM variants)
        + (SELECT count(*) FROM prices) + (SELECT count(*) FROM product_images) + (SELECT count(*) FROM inventory_items)";
    let before = shop.count(everything).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut input = shirt();
        change(&mut input);
        input
    };
    let cases: Vec<(Value, &str, &str)> = vec![
        (
            with(&|input| {
                input["title"] = json!(" ");
                input["handle"] = json!("work-shirt");
            }),
            "REQUIRED",
            "input.title",
        ),
        (with(&|input| input["handle"] = json!("field-notebook")), "TAKEN", "input.handle"),
        (with(&|input| input["handle"] = json!("Work Shirt")), "INVALID", "input.handle"),
        (with(&|input| input["variants"][1]["sku"] = json!("NOTE-A5-DOT")), "TAKEN", "input.sku"),
        (with(&|input| input["variants"][1]["sku"] = json!("SHIRT-M")), "TAKEN", "input.sku"),
        (
            with(&|input| input["variants"][1]["optionValues"] = json!(["L"])),
            "INVALID",
            "input.variants.1.optionValues",
        ),
        (
            with(&|input| input["variants"][1]["optionValues"] = json!(["M", "Blue"])),
            "TAKEN",
            "input.variants.1.optionValues",
        ),
        (with(&|input| input["variants"][1]["stock"] = json!(-1)), "INVALID_QUANTITY", "input.variants.1.stock"),
        (
            with(&|input| input["variants"][1]["prices"][0]["amount"] = json!("1.005")),
            "INVALID_AMOUNT",
            "input.variants.1.prices.0.amount",
        ),
        (with(&|input| input["images"][0]["url"] = json!("javascript:alert(1)")), "INVALID", "input.images.0.url"),
        (with(&|input| input["categoryId"] = json!("cat_01m84q05c3e3jbvaxd7vc1mw18")), "NOT_FOUND", "input.categoryId"),
        (
            with(&|input| input["collectionIds"] = json!(["coll_01m84q05c3e3jbvaxd7vc1mw18"])),
            "NOT_FOUND",
            "input.collectionIds",
        ),
        (with(&|input| input["variants"] = json!([])), "REQUIRED", "input.variants"),
    ];
    for (input, code, path) in cases {
        let error = staff.user_error(CREATE, json!({ "input": input })).await;
        assert_eq!(code_and_path(&error), (code, path.to_owned()), "{error}");
    }
    assert_eq!(shop.count(everything).await, before);
}

#[shop_test]
async fn everything_wrong_with_a_product_is_reported_at_once() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let mut input = shirt();
    input["title"] = json!("");
    input["images"][0]["url"] = json!("javascript:alert(1)");
    input["variants"][0]["optionValues"] = json!(["M"]);
    input["variants"][0]["stock"] = json!(-1);
    input["variants"][1]["prices"][0]["amount"] = json!("1.005");
    let response = staff.execute(CREATE, json!({ "input": input })).await;
    let errors = response.body["data"]["productCreate"]["userErrors"].as_array().expect("errors").clone();
    let mut found: Vec<_> = errors.iter().map(code_and_path).collect();
    found.sort();
    let mut wanted = [
        ("REQUIRED", "input.title"),
        ("INVALID", "input.images.0.url"),
        ("INVALID", "input.variants.0.optionValues"),
        ("INVALID_QUANTITY", "input.variants.0.stock"),
        ("INVALID_AMOUNT", "input.variants.1.prices.0.amount"),
    ]
    .map(|(code, path)| (code, path.to_owned()));
    wanted.sort();
    assert_eq!(found, wanted);
}

#[shop_test]
async fn products_with_the_same_title_get_unique_handles() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let handle = async |input: Value| create(&staff, input).await["handle"].clone();
    assert_eq!(handle(json!({ "title": "Copper Kettle" })).await, "copper-kettle");
    assert_eq!(handle(json!({ "title": "Copper Kettle" })).await, "copper-kettle-2");
    assert_eq!(handle(json!({ "title": "Copper, kettle!", "handle": " " })).await, "copper-kettle-3");
    assert_eq!(handle(json!({ "title": "Copper Kettle", "handle": "copper-kettle-5" })).await, "copper-kettle-5");
    assert_eq!(handle(json!({ "title": "Copper Kettle" })).await, "copper-kettle-4");
    assert_eq!(handle(json!({ "title": "Copper Kettle" })).await, "copper-kettle-6");
    let given = json!({ "input": { "title": "Another", "handle": "copper-kettle" } });
    assert_eq!(code_and_path(&staff.user_error(CREATE, given).await), ("TAKEN", "input.handle".to_owned()));

    // Concurrently created products all get their own handle.
    let at_once = (0..5).map(|_| create(&staff, json!({ "title": "Tin Whistle" })));
    let created = futures_util::future::join_all(at_once).await;
    let mut handles: Vec<_> = created.iter().map(|product| product["handle"].as_str().expect("a handle")).collect();
    handles.sort_unstable();
    assert_eq!(handles, ["tin-whistle", "tin-whistle-2", "tin-whistle-3", "tin-whistle-4", "tin-whistle-5"]);

    // A long handle is shortened to fit the number.
    let long = "a".repeat(200);
    assert_eq!(handle(json!({ "title": long })).await, long.as_str());
    assert_eq!(handle(json!({ "title": long })).await, format!("{}-2", "a".repeat(190)));
}

#[shop_test]
async fn a_product_without_a_price_cannot_be_published() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let priced = simple(&staff, "Priced", "5").await["id"].clone();
    let created = create(&staff, json!({ "title": "Unpriced" })).await;
    for ids in [json!([created["id"]]), json!([priced, created["id"]])] {
        let place = ids.as_array().map_or(0, Vec::len) - 1;
        let error = staff.user_error(PUBLISH, json!({ "ids": ids, "from": "2999-01-01T00:00:00Z" })).await;
        assert_eq!(code_and_path(&error), ("REQUIRED", format!("ids.{place}")));
    }
    let query = "query($id: ID!) { product(by: {id: $id}) { publishedAt version } }";
    let untouched = staff.data(query, json!({ "id": created["id"] })).await["product"].clone();
    assert_eq!(untouched, json!({ "publishedAt": null, "version": 1 }));
    let at_once = json!({ "input": { "title": "At once", "publish": true } });
    assert_eq!(code_and_path(&staff.user_error(CREATE, at_once).await), ("REQUIRED", "input.variants".to_owned()));

    let variant = &created["variants"][0]["id"];
    let row = |amount: Value| json!({ "rows": [{ "variantId": variant, "currencyCode": "EUR", "amount": amount }] });
    staff.data(PRICES, row(json!("5"))).await;
    staff.data(PRICES, row(Value::Null)).await;
    let ended = staff.user_error(PUBLISH, json!({ "ids": [created["id"]] })).await;
    assert_eq!(code_and_path(&ended), ("REQUIRED", "ids.0".to_owned()), "an expired price does not count");
    staff.data(PRICES, row(json!("6"))).await;
    staff.data(PUBLISH, json!({ "ids": [created["id"]] })).await;
}

#[shop_test]
async fn a_stale_version_does_not_update_a_product() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let product = simple(&staff, "Kettle", "30").await;
    let (id, version) = (&product["id"], &product["version"]);
    let input = json!({ "title": "Copper Kettle", "handle": "copper-kettle", "tags": ["copper"], "vendor": "Forge",
        "descriptionHtml": "<p onclick=\"x()\">Boils.</p>" });
    let changed = staff.data(UPDATE, json!({ "id": id, "input": input, "version": version })).await;
    let changed = &changed["productUpdate"]["product"];
    assert_eq!((&changed["handle"], &changed["version"]), (&json!("copper-kettle"), &json!(2)));
    assert_eq!(changed["descriptionHtml"], "<p>Boils.</p>");

    let late = json!({ "id": id, "input": { "title": "Tin Kettle" }, "version": version });
    let error = staff.user_error(UPDATE, late).await;
    assert_eq!(code_and_path(&error), ("STALE_VERSION", "expectedVersion".to_owned()));
    assert_eq!(error["details"], json!({ "version": 2 }));
    let now = staff.data(UPDATE, json!({ "id": id, "input": {} })).await["productUpdate"]["product"].clone();
    assert_eq!(
        (&now["title"], &now["tags"], &now["vendor"]),
        (&json!("Copper Kettle"), &json!(["copper"]), &json!("Forge"))
    );
    let taken = staff.user_error(UPDATE, json!({ "id": id, "input": { "handle": "field-notebook" } })).await;
    assert_eq!(code_and_path(&taken), ("TAKEN", "input.handle".to_owned()));
    let unknown = staff.user_error(UPDATE, json!({ "id": UNKNOWN_PRODUCT, "input": {} })).await;
    assert_eq!(code_and_path(&unknown), ("NOT_FOUND", "id".to_owned()));
}

#[shop_test]
async fn a_product_is_visible_from_its_publication_date_until_it_is_unpublished() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let id = create(&staff, shirt()).await["id"].clone();
    let query = "query($id: ID!) { product(by: {id: $id}) { id } node(id: $id) { id } }";
    let seen = async || shop.anonymous().data(query, json!({ "id": id })).await["product"].is_object();
    staff.data(PUBLISH, json!({ "ids": [id], "from": "2999-01-01T00:00:00Z" })).await;
    assert!(!seen().await);
    staff.data(PUBLISH, json!({ "ids": [id], "from": "2020-01-01T00:00:00Z" })).await;
    assert!(seen().await);
    let hidden = staff.data(UNPUBLISH, json!({ "ids": [id] })).await;
    assert_eq!(hidden["productUnpublish"]["products"], json!([{ "id": id, "publishedAt": null }]));
    assert!(!seen().await);

    let some = json!({ "ids": [id, UNKNOWN_PRODUCT] });
    assert_eq!(code_and_path(&staff.user_error(PUBLISH, some).await), ("NOT_FOUND", "ids".to_owned()));
    assert!(!seen().await, "all of them are published or none");
}

#[shop_test]
async fn products_are_deleted_all_or_none_and_orders_keep_their_lines() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let notebook = staff.data(NOTEBOOK, Value::Null).await["product"]["id"].clone();
    let some = staff.user_error(DELETE, json!({ "ids": [notebook, UNKNOWN_PRODUCT] })).await;
    assert_eq!(code_and_path(&some), ("NOT_FOUND", "ids".to_owned()));
    assert_eq!(staff.data(NOTEBOOK, Value::Null).await["product"]["id"], notebook);

    let (order, _) = shop.order(&shop.anonymous(), &shop.variant("NOTE-A5-DOT").await, 2).await;
    assert_eq!(staff.user_error(DELETE, json!({ "ids": [notebook] })).await["code"], "IN_USE");
    let send = "mutation($id: ID!) { fulfillmentCreate(orderId: $id) { userErrors { code message } } }";
    staff.data(send, json!({ "id": order })).await;
    let gone = staff.data(DELETE, json!({ "ids": [notebook] })).await;
    assert_eq!(gone["productDelete"]["deletedIds"], json!([notebook]));
    assert_eq!(staff.data(NOTEBOOK, Value::Null).await["product"], Value::Null);
    let lines = "query($id: ID!) { order(id: $id) { lines { productTitle sku quantity variant { id } } } }";
    let expected = json!([{ "productTitle": "Field Notebook", "sku": "NOTE-A5-DOT", "quantity": 2, "variant": null }]);
    assert_eq!(staff.data(lines, json!({ "id": order })).await["order"]["lines"], expected);
}

#[shop_test]
async fn variants_are_added_updated_reordered_and_deleted() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let product = create(&staff, shirt()).await;
    let id = &product["id"];
    let [medium, large] = ids(&product["variants"], "id")[..] else { panic!("{product}") };
    let new = json!({ "optionValues": ["XL", "Green"], "sku": "SHIRT-XL", "prices": [] });
    let added = staff.data(ADD_VARIANT, json!({ "product": id, "input": new })).await;
    let extra = &added["variantCreate"]["variant"];
    assert_eq!(extra["title"], "XL / Green");
    for (change, code, path) in [
        (json!({ "optionValues": ["M", "Blue"] }), "TAKEN", "input.optionValues"),
        (json!({ "optionValues": ["M", "Red"], "sku": "SHIRT-M" }), "TAKEN", "input.sku"),
        (json!({ "optionValues": ["M"] }), "INVALID", "input.optionValues"),
        (json!({ "optionValues": ["M", "Red"], "weightGrams": -1 }), "INVALID", "input.weightGrams"),
    ] {
        let error = staff.user_error(ADD_VARIANT, json!({ "product": id, "input": change })).await;
        assert_eq!(code_and_path(&error), (code, path.to_owned()), "{error}");
    }

    let image = ids(&product["images"], "id")[0];
    let input =
        json!({ "sku": null, "weightGrams": null, "position": 0, "imageId": image, "optionValues": ["L", "Red"] });
    let changed = staff.data(CHANGE_VARIANT, json!({ "id": large, "input": input, "version": 1 })).await;
    let wanted = json!({ "id": large, "title": "L / Red", "sku": null, "position": 0, "weightGrams": null, "version": 2,
        "image": { "id": image } });
    assert_eq!(changed["variantUpdate"]["variant"], wanted);
    let late = staff.user_error(CHANGE_VARIANT, json!({ "id": large, "input": { "sku": "LATE" }, "version": 1 })).await;
    assert_eq!(code_and_path(&late), ("STALE_VERSION", "expectedVersion".to_owned()));

    let query = "query($id: ID!) { product(by: {id: $id}) { options { values } variants { id } } }";
    let now = staff.data(query, json!({ "id": id })).await["product"].clone();
    assert_eq!(ids(&now["variants"], "id"), [large, medium, extra["id"].as_str().expect("an id")]);
    assert_eq!(now["options"], json!([{ "values": ["S", "M", "L", "XL"] }, { "values": ["Blue", "Green", "Red"] }]));

    let all = staff.user_error(DELETE_VARIANTS, json!({ "ids": [large, medium, extra["id"]] })).await;
    assert_eq!(code_and_path(&all), ("IN_USE", "ids".to_owned()));
    staff.data(DELETE_VARIANTS, json!({ "ids": [large, medium] })).await;
    let now = staff.data(query, json!({ "id": id })).await["product"]["variants"].clone();
    assert_eq!(now, json!([{ "id": extra["id"] }]));
}

#[shop_test]
async fn lists_and_price_ranges_follow_price_changes() {
    let shop = Shop::demo().await;
    let (staff, shopper) = (shop.staff().await, shop.anonymous());
    let (first, second) = (simple(&staff, "Kettle", "30").await, simple(&staff, "Pan", "40").await);
    let query =
        "query($id: ID!, $min: Decimal!) { product(by: {id: $id}) { priceRange { min { amount } max { amount } } }
        dear: products(filter: {priceMin: $min}) { nodes { id } }
        sorted: products(sort: PRICE_DESC, first: 2) { nodes { id } } }";
    let prices_at_least_500 = async |id: &Value| shopper.data(query, json!({ "id": id, "min": "500" })).await;
    let row = |product: &Value, amount: Value, currency: &str| {
        let variant = &product["variants"][0]["id"];
        json!({ "variantId": variant, "currencyCode": currency, "amount": amount })
    };
    assert_eq!(prices_at_least_500(&first["id"]).await["dear"]["nodes"], json!([]));

    let rows =
        json!([row(&first, json!("600.5"), "EUR"), row(&second, json!("700"), "EUR"), row(&first, json!(1), "USD")]);
    staff.data(PRICES, json!({ "rows": rows })).await;
    let data = prices_at_least_500(&first["id"]).await;
    assert_eq!(data["product"]["priceRange"], json!({ "min": { "amount": "600.50" }, "max": { "amount": "600.50" } }));
    assert_eq!(data["sorted"]["nodes"], json!([{ "id": second["id"] }, { "id": first["id"] }]));
    assert_eq!(data["dear"]["nodes"].as_array().map(Vec::len), Some(2));

    // Without a price it cannot be bought, and is in no list sorted or filtered by price.
    staff.data(PRICES, json!({ "rows": [row(&second, Value::Null, "EUR")] })).await;
    let data = prices_at_least_500(&second["id"]).await;
    assert_eq!(data["product"]["priceRange"], Value::Null);
    assert_eq!(data["dear"]["nodes"], json!([{ "id": first["id"] }]));
    assert_eq!(data["sorted"]["nodes"][0]["id"], first["id"]);
}

#[shop_test]
async fn prices_are_set_all_or_none() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let product = simple(&staff, "Kettle", "30").await;
    let variant = &product["variants"][0]["id"];
    let good = json!({ "variantId": variant, "currencyCode": "EUR", "amount": "31" });
    for (bad, code, path) in [
        (json!({ "variantId": variant, "currencyCode": "USD", "amount": "-1" }), "INVALID_AMOUNT", "rows.1.amount"),
        (json!({ "variantId": variant, "currencyCode": "JPY", "amount": "1.5" }), "INVALID_AMOUNT", "rows.1.amount"),
        (json!({ "variantId": variant, "currencyCode": "EUR", "amount": "32" }), "INVALID", "rows.1.currencyCode"),
        (
            json!({ "variantId": variant, "currencyCode": "USD", "amount": "5", "compareAtPrice": "5" }),
            "INVALID_AMOUNT",
            "rows.1.compareAtPrice",
        ),
        (
            json!({ "variantId": "var_01m84q05c3e3jbvaxd7vc1mw18", "currencyCode": "EUR", "amount": "5" }),
            "NOT_FOUND",
            "rows.1.variantId",
        ),
    ] {
        let error = staff.user_error(PRICES, json!({ "rows": [good, bad] })).await;
        assert_eq!(code_and_path(&error), (code, path.to_owned()), "{error}");
    }
    let query = "query($id: ID!) { variant(by: {id: $id}) { prices { amount { amount currencyCode } } } }";
    let prices = staff.data(query, json!({ "id": variant })).await["variant"]["prices"].clone();
    assert_eq!(prices, json!([{ "amount": { "amount": "30.00", "currencyCode": "EUR" } }]));
}

#[shop_test]
async fn images_are_added_reordered_and_deleted() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let id = simple(&staff, "Kettle", "30").await["id"].clone();
    let add = "mutation($input: ProductImageCreateInput!) { productImageCreate(input: $input) {
        image { id url position } userErrors { code path } } }";
    let change = "mutation($id: ID!, $input: ProductImageUpdateInput!) { productImageUpdate(id: $id, input: $input) {
        image { id alt position } userErrors { code path } } }";
    let delete = "mutation($ids: [ID!]!) { productImageDelete(ids: $ids) { deletedIds userErrors { code path } } }";
    let mut added = Vec::new();
    for name in ["a", "b", "c"] {
        let input = json!({ "productId": id, "url": format!("https://example.com/{name}.jpg") });
        added.push(staff.data(add, json!({ "input": input })).await["productImageCreate"]["image"]["id"].clone());
    }
    let shown = async || {
        let query = "query($id: ID!) { product(by: {id: $id}) { images { id } } }";
        shop.anonymous().data(query, json!({ "id": id })).await["product"]["images"].clone()
    };
    let [first, second, third] = &added[..] else { panic!("{added:?}") };
    let moved = staff.data(change, json!({ "id": third, "input": { "position": 0, "alt": "From above" } })).await;
    let wanted = json!({ "id": third, "alt": "From above", "position": 0 });
    assert_eq!(moved["productImageUpdate"]["image"], wanted);
    assert_eq!(shown().await, json!([{ "id": third }, { "id": first }, { "id": second }]));
    staff.data(change, json!({ "id": third, "input": { "position": 99 } })).await;
    assert_eq!(shown().await, json!([{ "id": first }, { "id": second }, { "id": third }]));

    for (url, code) in [("https://example.com/a.jpg", "TAKEN"), ("ftp://example.com", "INVALID"), ("//x", "INVALID")] {
        let error = staff.user_error(add, json!({ "input": { "productId": id, "url": url } })).await;
        assert_eq!(code_and_path(&error), (code, "input.url".to_owned()), "{url}");
    }
    let unknown = json!({ "ids": [first, "img_01m84q05c3e3jbvaxd7vc1mw18"] });
    assert_eq!(staff.user_error(delete, unknown).await["code"], "NOT_FOUND");
    staff.data(delete, json!({ "ids": [first, third] })).await;
    assert_eq!(shown().await, json!([{ "id": second }]));
}

#[shop_test]
async fn collections_are_created_updated_and_deleted() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let create = "mutation($input: CollectionCreateInput!) { collectionCreate(input: $input) {
        collection { id handle descriptionHtml } userErrors { code path } } }";
    let update = "mutation($id: ID!, $input: CollectionUpdateInput!) { collectionUpdate(id: $id, input: $input) {
        collection { title handle } userErrors { code path } } }";
    let add = "mutation($id: ID!, $products: [ID!]!) { collectionProductsAdd(id: $id, productIds: $products) {
        userErrors { code path } } }";
    let remove = "mutation($id: ID!, $products: [ID!]!) { collectionProductsRemove(id: $id, productIds: $products) {
        userErrors { code path } } }";
    let delete = "mutation($ids: [ID!]!) { collectionDelete(ids: $ids) { deletedIds userErrors { code path } } }";
    let input = json!({ "title": "Spring Sale", "descriptionHtml": "<b>Now</b><img src=x onerror=alert(1)>" });
    let created = staff.data(create, json!({ "input": input })).await["collectionCreate"]["collection"].clone();
    assert_eq!(created["handle"], "spring-sale");
    assert!(!created["descriptionHtml"].to_string().contains("onerror"));
    assert_eq!(
        code_and_path(&staff.user_error(create, json!({ "input": input })).await),
        ("TAKEN", "input.handle".to_owned())
    );

    let notebook = staff.data(NOTEBOOK, Value::Null).await["product"]["id"].clone();
    let kettle = simple(&staff, "Kettle", "30").await["id"].clone();
    let content = async || {
        let query =
            "query($id: ID!) { collection(by: {id: $id}) { products(sort: TITLE_ASC) { totalCount nodes { id } } } }";
        shop.anonymous().data(query, json!({ "id": created["id"] })).await["collection"]["products"]["nodes"].clone()
    };
    let both = json!({ "id": created["id"], "products": [notebook, kettle] });
    staff.data(add, both.clone()).await;
    staff.data(add, both).await;
    assert_eq!(content().await, json!([{ "id": notebook }, { "id": kettle }]));
    let some = json!({ "id": created["id"], "products": [UNKNOWN_PRODUCT] });
    assert_eq!(code_and_path(&staff.user_error(add, some).await), ("NOT_FOUND", "productIds".to_owned()));
    staff.data(remove, json!({ "id": created["id"], "products": [notebook] })).await;
    assert_eq!(content().await, json!([{ "id": kettle }]));

    let renamed =
        staff.data(update, json!({ "id": created["id"], "input": { "title": "Sale", "handle": "sale" } })).await;
    assert_eq!(renamed["collectionUpdate"]["collection"], json!({ "title": "Sale", "handle": "sale" }));
    staff.data(delete, json!({ "ids": [created["id"]] })).await;
    let gone = "query($product: ID!) { collection(by: {handle: \"sale\"}) { id } product(by: {id: $product}) { id } }";
    let gone = shop.anonymous().data(gone, json!({ "product": kettle })).await;
    assert_eq!(gone, json!({ "collection": null, "product": { "id": kettle } }));
    assert_eq!(staff.user_error(delete, json!({ "ids": [created["id"]] })).await["code"], "NOT_FOUND");
}

#[shop_test]
async fn categories_form_a_tree_and_are_deleted_from_the_leaves() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let create = "mutation($input: CategoryCreateInput!) { categoryCreate(input: $input) {
        category { id handle parent { id } } userErrors { code path } } }";
    let update = "mutation($id: ID!, $input: CategoryUpdateInput!) { categoryUpdate(id: $id, input: $input) {
        category { name handle } userErrors { code path } } }";
    let delete = "mutation($ids: [ID!]!) { categoryDelete(ids: $ids) { deletedIds userErrors { code path } } }";
    let make =
        async |input: Value| staff.data(create, json!({ "input": input })).await["categoryCreate"]["category"].clone();
    let top = make(json!({ "name": "Clothes" })).await;
    let below = make(json!({ "name": "Shirts", "parentId": top["id"] })).await;
    assert_eq!((&top["parent"], &below["parent"]["id"]), (&Value::Null, &top["id"]));
    let taken = staff.user_error(create, json!({ "input": { "name": "Shirts" } })).await;
    assert_eq!(code_and_path(&taken), ("TAKEN", "input.handle".to_owned()));
    let orphan = json!({ "input": { "name": "Hats", "parentId": "cat_01m84q05c3e3jbvaxd7vc1mw18" } });
    assert_eq!(staff.user_error(create, orphan).await["code"], "NOT_FOUND");

    let kettle = simple(&staff, "Kettle", "30").await["id"].clone();
    let put = staff.data(UPDATE, json!({ "id": kettle, "input": { "categoryId": below["id"] } })).await;
    assert_eq!(put["productUpdate"]["product"]["category"]["id"], below["id"]);
    let tree = "query($id: ID!) { category(by: {id: $id}) { children { id } products { nodes { id } } } }";
    let data = shop.anonymous().data(tree, json!({ "id": top["id"] })).await["category"].clone();
    assert_eq!(data, json!({ "children": [{ "id": below["id"] }], "products": { "nodes": [{ "id": kettle }] } }));

    let renamed = staff.data(update, json!({ "id": below["id"], "input": { "name": "Work Shirts" } })).await;
    assert_eq!(renamed["categoryUpdate"]["category"], json!({ "name": "Work Shirts", "handle": "shirts" }));
    assert_eq!(staff.user_error(delete, json!({ "ids": [top["id"]] })).await["code"], "IN_USE");
    staff.data(delete, json!({ "ids": [below["id"]] })).await;
    let left = staff.data(UPDATE, json!({ "id": kettle, "input": {} })).await["productUpdate"]["product"].clone();
    assert_eq!(left["category"], Value::Null);
    staff.data(delete, json!({ "ids": [top["id"]] })).await;
    assert_eq!(staff.user_error(delete, json!({ "ids": [top["id"]] })).await["code"], "NOT_FOUND");
}

#[shop_test]
async fn regions_are_created_updated_and_deleted_if_unused() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let create = "mutation($input: RegionCreateInput!) { regionCreate(input: $input) {
        region { id currencyCode taxRate taxRounding pricesIncludeTax countries { code } }
        userErrors { code path } } }";
    let update = "mutation($id: ID!, $input: RegionUpdateInput!, $version: Int) {
        regionUpdate(id: $id, input: $input, expectedVersion: $version) {
        region { name taxRate countries { code } } userErrors { code path details } } }";
    let delete = "mutation($ids: [ID!]!) { regionDelete(ids: $ids) { deletedIds userErrors { code path } } }";
    let japan = json!({ "name": "Japan", "currencyCode": "JPY", "countries": ["JP"], "taxRate": "0.1",
        "pricesIncludeTax": true, "taxRounding": "ORDER" });
    let created = staff.data(create, json!({ "input": japan })).await["regionCreate"]["region"].clone();
    assert_eq!((&created["currencyCode"], &created["taxRounding"]), (&json!("JPY"), &json!("ORDER")));
    assert_eq!(created["countries"], json!([{ "code": "JP" }]));
    for (field, value, code) in [
        ("countries", json!(["CA", "DE"]), "TAKEN"),
        ("countries", json!([]), "REQUIRED"),
        ("countries", json!(["CA", "CA"]), "INVALID"),
        ("taxRate", json!("1.01"), "INVALID"),
        ("taxRate", json!("-0.1"), "INVALID"),
        ("taxRate", json!("0.1234567"), "INVALID"),
        ("name", json!(" "), "REQUIRED"),
    ] {
        let mut input = json!({ "name": "Canada", "currencyCode": "CAD", "countries": ["CA"], "taxRate": "0.05",
            "pricesIncludeTax": false });
        input[field] = value;
        let error = staff.user_error(create, json!({ "input": input })).await;
        assert_eq!(code_and_path(&error), (code, format!("input.{field}")), "{input}");
    }
    assert_eq!(staff.data("{ regions { id } }", Value::Null).await["regions"].as_array().map(Vec::len), Some(3));

    let input = json!({ "name": "Far East", "countries": ["JP", "KR"], "taxRate": "0.08" });
    let input = json!({ "id": created["id"], "input": input, "version": 1 });
    let changed = staff.data(update, input.clone()).await;
    let wanted = json!({ "name": "Far East", "taxRate": "0.08", "countries": [{ "code": "JP" }, { "code": "KR" }] });
    assert_eq!(changed["regionUpdate"]["region"], wanted);
    let late = staff.user_error(update, input).await;
    assert_eq!(code_and_path(&late), ("STALE_VERSION", "expectedVersion".to_owned()));
    assert_eq!(late["details"], json!({ "version": 2 }));
    let taken = staff.user_error(update, json!({ "id": created["id"], "input": { "countries": ["US"] } })).await;
    assert_eq!(code_and_path(&taken), ("TAKEN", "input.countries".to_owned()));
    let by_country = "{ region(by: {country: KR}) { id } }";
    assert_eq!(shop.anonymous().data(by_country, Value::Null).await["region"]["id"], created["id"]);

    let cart = "mutation($region: ID!) { cartCreate(input: {regionId: $region}) { cart { id } userErrors { code } } }";
    let cart =
        shop.anonymous().data(cart, json!({ "region": created["id"] })).await["cartCreate"]["cart"]["id"].clone();
    assert_eq!(staff.user_error(delete, json!({ "ids": [created["id"]] })).await["code"], "IN_USE");
    let throw = "mutation($cart: ID!) { cartDelete(cartId: $cart) { userErrors { code } } }";
    shop.anonymous().data(throw, json!({ "cart": cart })).await;
    staff.data(delete, json!({ "ids": [created["id"]] })).await;
    assert_eq!(shop.anonymous().data(by_country, Value::Null).await["region"], Value::Null);
}

#[shop_test]
async fn shipping_options_are_created_reordered_disabled_and_deleted() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let region = staff.data("{ region(by: {country: DE}) { id } }", Value::Null).await["region"]["id"].clone();
    let create = "mutation($input: ShippingOptionCreateInput!) { shippingOptionCreate(input: $input) {
        shippingOption { id position active price { amount currencyCode } } userErrors { code path } } }";
    let update = "mutation($id: ID!, $input: ShippingOptionUpdateInput!) {
        shippingOptionUpdate(id: $id, input: $input) { shippingOption { name } userErrors { code path } } }";
    let delete = "mutation($ids: [ID!]!) { shippingOptionDelete(ids: $ids) { deletedIds userErrors { code path } } }";
    let input = |amount: &str| json!({ "input": { "regionId": region, "name": "Bicycle", "amount": amount } });
    let created = staff.data(create, input("3.5")).await["shippingOptionCreate"]["shippingOption"].clone();
    assert_eq!(created["price"], json!({ "amount": "3.50", "currencyCode": "EUR" }));
    assert_eq!((&created["position"], &created["active"]), (&json!(2), &json!(true)));
    for bad in ["-1", "3.505"] {
        assert_eq!(
            code_and_path(&staff.user_error(create, input(bad)).await),
            ("INVALID_AMOUNT", "input.amount".to_owned())
        );
    }

    let offered = async || {
        let query = "{ region(by: {country: DE}) { shippingOptions { name } } }";
        let data = shop.anonymous().data(query, Value::Null).await;
        ids(&data["region"]["shippingOptions"], "name").join(", ")
    };
    staff.data(update, json!({ "id": created["id"], "input": { "name": "Cargo bike", "position": -1 } })).await;
    assert_eq!(offered().await, "Cargo bike, Standard, Express");
    staff.data(update, json!({ "id": created["id"], "input": { "active": false } })).await;
    assert_eq!(offered().await, "Standard, Express");
    let all = "query($region: ID!) { shippingOptions(regionId: $region) { name active } }";
    let all = staff.data(all, json!({ "region": region })).await["shippingOptions"].clone();
    assert_eq!(all[0], json!({ "name": "Cargo bike", "active": false }));
    staff.data(delete, json!({ "ids": [created["id"]] })).await;
    assert_eq!(staff.user_error(delete, json!({ "ids": [created["id"]] })).await["code"], "NOT_FOUND");
}

#[shop_test]
async fn locations_have_unique_names_and_positions() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let create = "mutation($name: String!) { stockLocationCreate(input: {name: $name}) {
        stockLocation { id position } userErrors { code path } } }";
    let update = "mutation($id: ID!, $input: StockLocationUpdateInput!) { stockLocationUpdate(id: $id, input: $input) {
        stockLocation { id } userErrors { code path } } }";
    let created = staff.data(create, json!({ "name": "Attic" })).await["stockLocationCreate"]["stockLocation"].clone();
    assert_eq!(created["position"], 2);
    for (name, code) in [("Attic", "TAKEN"), (" ", "REQUIRED"), ("<p>", "INVALID_TEXT")] {
        let error = staff.user_error(create, json!({ "name": name })).await;
        assert_eq!(code_and_path(&error), (code, "input.name".to_owned()));
    }
    staff.data(update, json!({ "id": created["id"], "input": { "name": "Loft", "position": -1 } })).await;
    let taken = staff.user_error(update, json!({ "id": created["id"], "input": { "name": "Shop floor" } })).await;
    assert_eq!(code_and_path(&taken), ("TAKEN", "input.name".to_owned()));
    let locations = staff.data("{ stockLocations { name } }", Value::Null).await["stockLocations"].clone();
    assert_eq!(ids(&locations, "name"), ["Loft", "Main warehouse", "Shop floor"]);
}

#[shop_test]
async fn stock_is_set_per_location_and_never_below_reserved_units() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let variant = shop.variant("NOTE-A5-DOT").await;
    let locations = staff.data("{ stockLocations { id } }", Value::Null).await["stockLocations"].clone();
    let [main, floor] = ids(&locations, "id")[..] else { panic!("{locations}") };
    let row =
        |location: &str, quantity: i32| json!({ "variantId": variant, "locationId": location, "quantity": quantity });
    shop.order(&shop.anonymous(), &variant, 4).await;

    let set = staff.data(STOCK_SET, json!({ "rows": [row(main, 10), row(floor, 5)] })).await;
    let level = |location: &str, stocked: i32, reserved: i32| {
        json!({ "stocked": stocked, "reserved": reserved, "available": stocked - reserved,
            "location": { "id": location } })
    };
    let mut levels = set["stockSet"]["levels"].as_array().expect("levels").clone();
    levels.sort_by_key(|level| std::cmp::Reverse(level["stocked"].as_i64()));
    assert_eq!(levels, [level(main, 10, 4), level(floor, 5, 0)]);
    staff.data(STOCK_ADJUST, json!({ "rows": [row(main, -6), row(floor, 2)] })).await;
    assert_eq!(shop.stock(&variant).await, (11, 4));

    for (mutation, rows, path) in [
        (STOCK_ADJUST, json!([row(floor, 1), row(main, -1)]), "rows.1.quantity"),
        (STOCK_SET, json!([row(main, 3)]), "rows.0.quantity"),
        (STOCK_SET, json!([row(main, -1)]), "rows.0.quantity"),
        (STOCK_ADJUST, json!([row(floor, i32::MIN)]), "rows.0.quantity"),
        (STOCK_SET, json!([row(floor, i32::MAX)]), "rows.0.quantity"),
    ] {
        let error = staff.user_error(mutation, json!({ "rows": rows })).await;
        assert_eq!(code_and_path(&error), ("INVALID_QUANTITY", path.to_owned()), "{error}");
    }
    let twice = staff.user_error(STOCK_SET, json!({ "rows": [row(floor, 1), row(floor, 2)] })).await;
    assert_eq!(twice["code"], "INVALID");
    for rows in [
        json!([row("loc_01m84q05c3e3jbvaxd7vc1mw18", 1)]),
        json!([{ "variantId": "var_01m84q05c3e3jbvaxd7vc1mw18", "locationId": main, "quantity": 1 }]),
    ] {
        assert_eq!(staff.user_error(STOCK_SET, json!({ "rows": rows })).await["code"], "NOT_FOUND");
    }
    assert_eq!(shop.stock(&variant).await, (11, 4), "a rejected count changes nothing");
}

#[shop_test]
async fn customers_are_filtered_by_name_email_and_date_and_paged() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let register = "mutation($input: CustomerRegisterInput!) { customerRegister(input: $input) {
        customer { id } userErrors { code } } }";
    let mut newest_first = Vec::new();
    for (name, email) in [
        ("Ada", "ada@one.example"),
        ("Grace", "grace@two.example"),
        ("Adam", "x_y@one.example"),
        ("Joan", "j%n@one.example"),
    ] {
        let input = json!({ "email": email, "password": PASSWORD, "firstName": name, "lastName": "Doe" });
        let data = shop.anonymous().data(register, json!({ "input": input })).await;
        newest_first.insert(0, data["customerRegister"]["customer"]["id"].clone());
    }
    let query = "query($query: String, $filter: CustomerFilterInput,
        $first: Int, $after: String, $last: Int, $before: String) {
        customers(query: $query, filter: $filter, first: $first, after: $after, last: $last, before: $before) {
            totalCount nodes { id firstName } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }";
    let list = async |variables: Value| staff.data(query, variables).await["customers"].clone();
    for (text, names) in [
        ("ada", "Adam Ada"),
        ("ADA D", "Ada"),
        ("one.example", "Joan Adam Ada"),
        ("_", "Adam"),
        ("%", "Joan"),
        ("\\", ""),
        ("nobody", ""),
    ] {
        let found = list(json!({ "query": text, "filter": {} })).await;
        assert_eq!(ids(&found["nodes"], "firstName").join(" "), names, "{text}");
        assert_eq!(found["totalCount"], found["nodes"].as_array().map_or(0, Vec::len), "{text}");
    }
    let late = list(json!({ "filter": { "createdFrom": "2999-01-01T00:00:00Z" } })).await;
    let early = list(json!({ "filter": { "createdBefore": "2999-01-01T00:00:00Z" } })).await;
    assert_eq!((&late["totalCount"], &early["totalCount"]), (&json!(0), &json!(4)));

    let first = list(json!({ "filter": {}, "first": 3 })).await;
    assert_eq!(ids(&first["nodes"], "id"), newest_first[..3]);
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(4), &json!(true)));
    let rest = list(json!({ "filter": {}, "first": 3, "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!(ids(&rest["nodes"], "id"), newest_first[3..]);
    let back = list(json!({ "filter": {}, "last": 2, "before": rest["pageInfo"]["startCursor"] })).await;
    assert_eq!(ids(&back["nodes"], "id"), newest_first[1..3]);
    assert_eq!(back["pageInfo"]["hasPreviousPage"], true);

    let one = "query($id: ID!) { customer(id: $id) { email addresses { id } orders { totalCount } } }";
    let one = staff.data(one, json!({ "id": newest_first[3] })).await["customer"].clone();
    assert_eq!(one, json!({ "email": "ada@one.example", "addresses": [], "orders": { "totalCount": 0 } }));
}

/// Orders of 3, 1, 4, 1 and 5 notebooks, oldest first; the first two belong to a customer.
async fn five_orders(shop: &Shop) -> (String, Vec<String>) {
    let (customer, guest) = (shop.customer().await, shop.anonymous());
    let variant = shop.variant("NOTE-A5-DOT").await;
    let mut placed = Vec::new();
    for (place, quantity) in [3, 1, 4, 1, 5].into_iter().enumerate() {
        let client = if place < 2 { &customer } else { &guest };
        placed.push(shop.order(client, &variant, quantity).await.0);
    }
    let me = customer.data("{ me { id } }", Value::Null).await;
    (me["me"]["id"].as_str().expect("an id").to_owned(), placed)
}

#[shop_test]
async fn orders_are_filtered_and_searched_by_number_and_email() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let (customer, placed) = five_orders(&shop).await;
    staff.data("mutation($id: ID!) { orderCancel(id: $id) { userErrors { code } } }", json!({ "id": placed[0] })).await;
    staff
        .data(
            "mutation($id: ID!) { fulfillmentCreate(orderId: $id) { userErrors { code } } }",
            json!({ "id": placed[2] }),
        )
        .await;
    let query = "query($filter: OrderFilterInput, $query: String) {
        orders(filter: $filter, query: $query, sort: OLDEST) { totalCount nodes { id number } } }";
    let all = staff.data(query, json!({ "filter": {} })).await["orders"].clone();
    let number = all["nodes"][3]["number"].as_i64().expect("a number");
    let (as_text, as_shown) = (number.to_string(), format!(" #{number} "));
    let cases: Vec<(Value, Option<&str>, &[usize])> = vec![
        (json!({}), None, &[0, 1, 2, 3, 4]),
        (json!({ "customerId": customer }), None, &[0, 1]),
        (json!({ "status": "CANCELED" }), None, &[0]),
        (json!({ "status": "PLACED", "fulfilled": false }), None, &[1, 3, 4]),
        (json!({ "fulfilled": true }), None, &[2]),
        (json!({ "placedFrom": "2999-01-01T00:00:00Z" }), None, &[]),
        (json!({ "placedBefore": "2999-01-01T00:00:00Z", "status": "PLACED" }), None, &[1, 2, 3, 4]),
        (json!({}), Some(&as_text), &[3]),
        (json!({}), Some(&as_shown), &[3]),
        (json!({}), Some("ADA@example"), &[0, 1, 2, 3, 4]),
        (json!({}), Some("%"), &[]),
        (json!({}), Some("99999999999999999999"), &[]),
    ];
    for (filter, text, places) in cases {
        let found = staff.data(query, json!({ "filter": filter, "query": text })).await["orders"].clone();
        let wanted: Vec<_> = places.iter().map(|place| placed[*place].as_str()).collect();
        assert_eq!(ids(&found["nodes"], "id"), wanted, "{filter} {text:?}");
        assert_eq!(found["totalCount"], wanted.len(), "{filter} {text:?}");
    }
}

#[shop_test]
async fn orders_are_sorted_and_paged_in_both_directions() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let (_, placed) = five_orders(&shop).await;
    let query = "query($sort: OrderSort!, $first: Int, $after: String, $last: Int, $before: String) {
        orders(sort: $sort, first: $first, after: $after, last: $last, before: $before) {
            totalCount nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }";
    // If totals are equal, the order that was placed first comes first in ascending order.
    let sorts = [
        ("NEWEST", [4, 3, 2, 1, 0]),
        ("OLDEST", [0, 1, 2, 3, 4]),
        ("TOTAL_ASC", [1, 3, 0, 2, 4]),
        ("TOTAL_DESC", [4, 2, 0, 3, 1]),
    ];
    for (sort, places) in sorts {
        let wanted: Vec<_> = places.iter().map(|place| placed[*place].clone()).collect();
        let (mut forward, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = staff.data(query, json!({ "sort": sort, "first": 2, "after": cursor })).await["orders"].clone();
            assert_eq!(page["totalCount"], 5);
            forward.extend(ids(&page["nodes"], "id").into_iter().map(str::to_owned));
            cursor = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] != true {
                break;
            }
        }
        let (mut backward, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = staff.data(query, json!({ "sort": sort, "last": 2, "before": cursor })).await["orders"].clone();
            backward.splice(0..0, ids(&page["nodes"], "id").into_iter().map(str::to_owned));
            cursor = page["pageInfo"]["startCursor"].clone();
            if page["pageInfo"]["hasPreviousPage"] != true {
                break;
            }
        }
        assert_eq!(forward, wanted, "{sort} forward");
        assert_eq!(backward, wanted, "{sort} backward");
    }
}

#[shop_test]
async fn an_update_that_changes_nothing_keeps_the_version() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let read = "{ product(by: {handle: \"enamel-mug\"}) { id version updatedAt title
        variants { id version sku position tracksInventory } } }";
    let before = staff.data(read, Value::Null).await;
    let product = &before["product"];
    let variant = &product["variants"][0];
    let update = "mutation($product: ID!, $variant: ID!, $title: String, $sku: String, $tracked: Boolean) {
        productUpdate(id: $product, input: {title: $title}) { product { version } userErrors { code } }
        variantUpdate(id: $variant, input: {sku: $sku, trackInventory: $tracked}) { variant { version } userErrors { code } }
    }";
    let ids = json!({ "product": product["id"], "variant": variant["id"] });
    staff.data(update, ids.clone()).await;
    let mut same = ids.clone();
    (same["title"], same["sku"]) = (product["title"].clone(), variant["sku"].clone());
    same["tracked"] = variant["tracksInventory"].clone();
    staff.data(update, same).await;
    assert_eq!(staff.data(read, Value::Null).await, before);
    let mut other = ids;
    other["title"] = json!("Mug");
    other["tracked"] = json!(false);
    staff.data(update, other).await;
    let after = staff.data(read, Value::Null).await;
    let version = |product: &Value| product["version"].as_i64().expect("a version");
    assert_eq!(version(&after["product"]), version(product) + 1);
    assert_eq!(version(&after["product"]["variants"][0]), version(variant) + 1);
}
