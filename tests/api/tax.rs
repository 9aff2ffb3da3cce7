//! Taxes: tax classes, tax regions, rates and the resulting amounts.

use std::time::Duration;

use async_trait::async_trait;
use cartwright::app::App;
use cartwright::db::Db;
use cartwright::domain::auth::Keys;
use cartwright::domain::tax::provider::{TaxProvider, TaxProviderError, TaxQuote, TaxRequest};
use cartwright::domain::tax::{AppliedRate, PreviewLine, PreviewTaxes, TaxPlace};
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Shop, text};

const CREATE_CLASS: &str = "mutation($input: TaxClassCreateInput!) { taxClassCreate(input: $input) {
    taxClass { id name createdAt } userErrors { code path } } }";
const UPDATE_CLASS: &str = "mutation($id: ID!, $input: TaxClassUpdateInput!) { taxClassUpdate(id: $id, input: $input) {
    taxClass { id name } userErrors { code path } } }";
const DELETE_CLASS: &str =
    "mutation($ids: [ID!]!) { taxClassDelete(ids: $ids) { deletedIds userErrors { code path } } }";
const CREATE_TAX_REGION: &str = "mutation($input: TaxRegionCreateInput!) { taxRegionCreate(input: $input) {
    taxRegion { id name country province postcodes overridesParent rates { id } } userErrors { code path } } }";
const UPDATE_TAX_REGION: &str = "mutation($id: ID!, $input: TaxRegionUpdateInput!) {
    taxRegionUpdate(id: $id, input: $input) {
        taxRegion { name country province postcodes overridesParent } userErrors { code path } } }";
const DELETE_TAX_REGION: &str = "mutation($ids: [ID!]!) { taxRegionDelete(ids: $ids) {
    deletedIds userErrors { code path } } }";
const CREATE_RATE: &str = "mutation($input: TaxRateCreateInput!) { taxRateCreate(input: $input) {
    taxRate { id name code rate compound position startsAt endsAt taxClass { name } taxRegion { name } }
    userErrors { code path } } }";
const UPDATE_RATE: &str = "mutation($id: ID!, $input: TaxRateUpdateInput!) { taxRateUpdate(id: $id, input: $input) {
    taxRate { id name code rate compound position startsAt endsAt taxClass { name } } userErrors { code path } } }";
const DELETE_RATE: &str = "mutation($ids: [ID!]!) { taxRateDelete(ids: $ids) { deletedIds userErrors { code path } } }";
const PREVIEW: &str = "query($input: TaxPreviewInput!) { taxPreview(input: $input) {
    lines { total { net { amount } tax { amount } gross { amount currencyCode } }
        taxLines { name code rate amount { amount } } }
    shipping { total { gross { amount } } taxLines { name amount { amount } } }
    taxTotal { amount } total { gross { amount } } } }";
/// The suffix of an id that does not exist.
const UNKNOWN_ID_SUFFIX: &str = "01m84q05c3e3jbvaxd7vc1mw18";

async fn create_class(staff: &Client, name: &str) -> String {
    let data = staff.data(CREATE_CLASS, json!({ "input": { "name": name } })).await;
    text(&data["taxClassCreate"]["taxClass"]["id"]).to_owned()
}

async fn create_tax_region(staff: &Client, input: Value) -> String {
    let data = staff.data(CREATE_TAX_REGION, json!({ "input": input })).await;
    text(&data["taxRegionCreate"]["taxRegion"]["id"]).to_owned()
}

async fn create_rate(staff: &Client, tax_region: &str, name: &str, rate: &str, more: Value) -> String {
    let mut input = json!({ "taxRegionId": tax_region, "name": name, "code": name, "rate": rate });
    for (field, value) in more.as_object().into_iter().flatten() {
        input[field] = value.clone();
    }
    let data = staff.data(CREATE_RATE, json!({ "input": input })).await;
    text(&data["taxRateCreate"]["taxRate"]["id"]).to_owned()
}

/// Creates GST of 5% in Canada and QST of 9.975% in Quebec.
async fn canada(staff: &Client) -> (String, String) {
    let country = create_tax_region(staff, json!({ "name": "Canada", "country": "CA" })).await;
    let quebec = create_tax_region(staff, json!({ "name": "Quebec", "country": "CA", "province": "QC" })).await;
    create_rate(staff, &country, "GST", "0.05", json!({})).await;
    create_rate(staff, &quebec, "QST", "0.09975", json!({})).await;
    (country, quebec)
}

fn preview_input(address: Value, lines: Value) -> Value {
    json!({ "input": { "currencyCode": "CAD", "pricesIncludeTax": false, "address": address, "lines": lines } })
}

/// The names and amounts of a line's taxes.
fn taxes(line: &Value) -> Vec<(&str, &str)> {
    let lines = line["taxLines"].as_array().expect("tax lines").iter();
    lines.map(|tax| (text(&tax["name"]), text(&tax["amount"]["amount"]))).collect()
}

fn code_and_path(error: &Value) -> (&str, String) {
    let path: Vec<_> = error["path"].as_array().expect("a path").iter().filter_map(Value::as_str).collect();
    (error["code"].as_str().expect("a code"), path.join("."))
}

async fn assert_rejected(staff: &Client, mutation: &str, variables: Value, code: &str, path: &str) {
    let error = staff.user_error(mutation, variables.clone()).await;
    assert_eq!(code_and_path(&error), (code, path.to_owned()), "{variables}");
}

#[shop_test]
async fn classes_are_created_renamed_listed_and_deleted_while_unused() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let (food, books) = (create_class(&staff, "Food").await, create_class(&staff, "Printed matter").await);
    staff.data(UPDATE_CLASS, json!({ "id": books, "input": { "name": "Books" } })).await;
    let list = "{ taxClasses { id name } }";
    let data = staff.data(list, Value::Null).await;
    assert_eq!(data["taxClasses"], json!([{ "id": books, "name": "Books" }, { "id": food, "name": "Food" }]));

    let named = |name: &str| json!({ "id": books, "input": { "name": name } });
    assert_rejected(&staff, CREATE_CLASS, named("Food"), "TAKEN", "input.name").await;
    assert_rejected(&staff, UPDATE_CLASS, named("Food"), "TAKEN", "input.name").await;
    assert_rejected(&staff, CREATE_CLASS, named(" "), "REQUIRED", "input.name").await;
    assert_rejected(&staff, UPDATE_CLASS, named(&"x".repeat(101)), "TOO_LONG", "input.name").await;
    let unknown = format!("taxc_{UNKNOWN_ID_SUFFIX}");
    let update = json!({ "id": unknown, "input": { "name": "x" } });
    assert_rejected(&staff, UPDATE_CLASS, update, "NOT_FOUND", "id").await;
    assert_rejected(&staff, DELETE_CLASS, json!({ "ids": [food, unknown] }), "NOT_FOUND", "ids").await;

    staff.data(DELETE_CLASS, json!({ "ids": [food] })).await;
    assert_eq!(staff.data(list, Value::Null).await["taxClasses"].as_array().map(Vec::len), Some(1));
}

#[shop_test]
async fn a_class_used_by_a_product_shipping_option_or_rate_cannot_be_deleted() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let [of_product, of_option, of_rate] = [
        create_class(&staff, "Books").await,
        create_class(&staff, "Freight").await,
        create_class(&staff, "Food").await,
    ];

    let product = "mutation($input: ProductCreateInput!) { productCreate(input: $input) {
        product { id taxClass { name } } userErrors { code path } } }";
    let data = staff.data(product, json!({ "input": { "title": "Atlas", "taxClassId": of_product } })).await;
    let product_id = data["productCreate"]["product"]["id"].clone();
    assert_eq!(data["productCreate"]["product"]["taxClass"]["name"], "Books");
    let regions = staff.data("{ regions { id } }", Value::Null).await;
    let region = &regions["regions"][0]["id"];
    let option = "mutation($input: ShippingOptionCreateInput!) { shippingOptionCreate(input: $input) {
        shippingOption { id taxClass { name } } userErrors { code path } } }";
    let new = json!({ "regionId": region, "name": "Freight", "amount": "9", "taxClassId": of_option });
    let data = staff.data(option, json!({ "input": new })).await;
    let option_id = data["shippingOptionCreate"]["shippingOption"]["id"].clone();
    assert_eq!(data["shippingOptionCreate"]["shippingOption"]["taxClass"]["name"], "Freight");
    let germany = create_tax_region(&staff, json!({ "name": "Germany", "country": "DE" })).await;
    let rate_id = create_rate(&staff, &germany, "VAT", "0.07", json!({ "taxClassId": of_rate })).await;
    for id in [&of_product, &of_option, &of_rate] {
        assert_rejected(&staff, DELETE_CLASS, json!({ "ids": [id] }), "IN_USE", "").await;
    }

    let unknown = format!("taxc_{UNKNOWN_ID_SUFFIX}");
    let update_product = "mutation($id: ID!, $input: ProductUpdateInput!) { productUpdate(id: $id, input: $input) {
        product { taxClass { name } } userErrors { code path } } }";
    let update_option = "mutation($id: ID!, $input: ShippingOptionUpdateInput!) {
        shippingOptionUpdate(id: $id, input: $input) { shippingOption { taxClass { name } } userErrors { code path } } }";
    for (mutation, id) in [(update_product, &product_id), (update_option, &option_id), (UPDATE_RATE, &json!(rate_id))] {
        let to = |class: Value| json!({ "id": id, "input": { "taxClassId": class } });
        assert_rejected(&staff, mutation, to(json!(unknown)), "NOT_FOUND", "input.taxClassId").await;
        let unchanged = staff.data(mutation, json!({ "id": id, "input": {} })).await.to_string();
        assert!(unchanged.contains("\"taxClass\":{"), "{unchanged}");
        let cleared = staff.data(mutation, to(Value::Null)).await.to_string();
        assert!(cleared.contains("\"taxClass\":null"), "{cleared}");
    }
    let new = json!({ "title": "Globe", "taxClassId": unknown });
    assert_rejected(&staff, product, json!({ "input": new }), "NOT_FOUND", "input.taxClassId").await;
    let new = json!({ "regionId": region, "name": "Other", "amount": "9", "taxClassId": unknown });
    assert_rejected(&staff, option, json!({ "input": new }), "NOT_FOUND", "input.taxClassId").await;
    staff.data(DELETE_CLASS, json!({ "ids": [of_product, of_option, of_rate] })).await;
}

#[shop_test]
async fn tax_regions_are_created_updated_listed_and_deleted_with_their_rates() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let (country, quebec) = canada(&staff).await;
    let island = json!({ "name": "Heligoland", "country": "DE", "postcodes": "78266,27498", "overridesParent": true });
    let data = staff.data(CREATE_TAX_REGION, json!({ "input": island })).await;
    let island = &data["taxRegionCreate"]["taxRegion"];
    assert_eq!((&island["postcodes"], &island["province"]), (&json!("27498, 78266"), &Value::Null));
    assert_eq!((&island["overridesParent"], &island["rates"]), (&json!(true), &json!([])));

    let list = "query($country: CountryCode) { taxRegions(country: $country) {
        totalCount nodes { name province rates { name rate taxClass { name } } } } }";
    let before = shop.db.statements();
    let data = staff.data(list, json!({ "country": "CA" })).await;
    assert!(shop.db.statements() - before <= 4, "a level of a query is one statement");
    assert_eq!(data["taxRegions"]["totalCount"], 2);
    let gst =
        json!({ "name": "Canada", "province": null, "rates": [{ "name": "GST", "rate": "0.05", "taxClass": null }] });
    let qst = json!({ "name": "Quebec", "province": "QC", "rates": [{ "name": "QST", "rate": "0.09975", "taxClass": null }] });
    assert_eq!(data["taxRegions"]["nodes"], json!([gst, qst]));
    assert_eq!(staff.data(list, Value::Null).await["taxRegions"]["totalCount"], 3);

    let changes = json!({ "name": "Montreal", "province": "Québec", "postcodes": "h2*", "overridesParent": true });
    let data = staff.data(UPDATE_TAX_REGION, json!({ "id": quebec, "input": changes })).await;
    let want = json!({ "name": "Montreal", "country": "CA", "province": "Québec", "postcodes": "H2*", "overridesParent": true });
    assert_eq!(data["taxRegionUpdate"]["taxRegion"], want);
    let cleared = staff.data(UPDATE_TAX_REGION, json!({ "id": quebec, "input": { "postcodes": null } })).await;
    assert_eq!(cleared["taxRegionUpdate"]["taxRegion"]["postcodes"], Value::Null);
    assert_eq!(cleared["taxRegionUpdate"]["taxRegion"]["province"], "Québec");

    staff.data(DELETE_TAX_REGION, json!({ "ids": [country, quebec] })).await;
    assert_eq!(shop.count("SELECT count(*) FROM tax_rates").await, 0);
    let one = "query($id: ID!) { taxRegion(id: $id) { name } }";
    assert_eq!(staff.data(one, json!({ "id": quebec })).await["taxRegion"], Value::Null);
    assert_eq!(staff.data(one, json!({ "id": island["id"] })).await["taxRegion"]["name"], "Heligoland");
}

#[shop_test]
async fn invalid_tax_regions_are_rejected_with_code_and_path() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let (country, quebec) = canada(&staff).await;
    let new = |field: &str, value: Value| {
        let mut input = json!({ "name": "Somewhere", "country": "FR" });
        input[field] = value;
        json!({ "input": input, "id": country })
    };
    let cases = [
        ("name", json!(" "), "REQUIRED"),
        ("name", json!("x".repeat(101)), "TOO_LONG"),
        ("province", json!("a\nb"), "INVALID_TEXT"),
        ("postcodes", json!("80-8099"), "INVALID"),
        ("postcodes", json!("80999-80000"), "INVALID"),
        ("postcodes", json!("8*0"), "INVALID"),
        ("postcodes", json!("75001,"), "INVALID"),
        ("postcodes", json!("75;001"), "INVALID"),
        ("postcodes", json!("1,".repeat(6_000)), "TOO_LONG"),
    ];
    for (field, value, code) in cases {
        for mutation in [CREATE_TAX_REGION, UPDATE_TAX_REGION] {
            assert_rejected(&staff, mutation, new(field, value.clone()), code, &format!("input.{field}")).await;
        }
    }
    let again = json!({ "input": { "name": "Quebec again", "country": "CA", "province": " qc " } });
    assert_rejected(&staff, CREATE_TAX_REGION, again, "TAKEN", "input.country").await;
    let again = json!({ "id": quebec, "input": { "province": "" } });
    assert_rejected(&staff, UPDATE_TAX_REGION, again, "TAKEN", "input.country").await;
    let unknown = format!("taxreg_{UNKNOWN_ID_SUFFIX}");
    let update = json!({ "id": unknown, "input": { "name": "x" } });
    assert_rejected(&staff, UPDATE_TAX_REGION, update, "NOT_FOUND", "id").await;
    assert_rejected(&staff, DELETE_TAX_REGION, json!({ "ids": [quebec, unknown] }), "NOT_FOUND", "ids").await;
    assert_eq!(shop.count("SELECT count(*) FROM tax_regions").await, 2);
}

#[shop_test]
async fn rates_are_created_updated_and_deleted() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let germany = create_tax_region(&staff, json!({ "name": "Germany", "country": "DE" })).await;
    let books = create_class(&staff, "Books").await;
    let input = json!({ "taxRegionId": germany, "taxClassId": books, "name": "VAT, reduced", "code": "DE-7",
        "rate": "0.070", "position": 2, "startsAt": "2026-01-01T00:00:00Z" });
    let data = staff.data(CREATE_RATE, json!({ "input": input })).await;
    let created = &data["taxRateCreate"]["taxRate"];
    let want = json!({ "id": created["id"], "name": "VAT, reduced", "code": "DE-7", "rate": "0.07", "compound": false,
        "position": 2, "startsAt": "2026-01-01T00:00:00+00:00", "endsAt": null, "taxClass": { "name": "Books" },
        "taxRegion": { "name": "Germany" } });
    assert_eq!(*created, want);
    let changes = json!({ "name": "VAT", "rate": "0.19", "compound": true, "taxClassId": null, "startsAt": null,
        "endsAt": "2030-01-01T00:00:00Z", "position": 0, "code": "DE-19" });
    let data = staff.data(UPDATE_RATE, json!({ "id": created["id"], "input": changes })).await;
    let want = json!({ "id": created["id"], "name": "VAT", "code": "DE-19", "rate": "0.19", "compound": true,
        "position": 0, "startsAt": null, "endsAt": "2030-01-01T00:00:00+00:00", "taxClass": null });
    assert_eq!(data["taxRateUpdate"]["taxRate"], want);
    let data = staff.data(DELETE_RATE, json!({ "ids": [created["id"]] })).await;
    assert_eq!(data["taxRateDelete"]["deletedIds"], json!([created["id"]]));
}

#[shop_test]
async fn invalid_rates_are_rejected_with_code_and_path() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let germany = create_tax_region(&staff, json!({ "name": "Germany", "country": "DE" })).await;
    let known = create_rate(&staff, &germany, "VAT", "0.19", json!({ "startsAt": "2026-01-01T00:00:00Z" })).await;
    let new = |field: &str, value: Value| {
        let mut input = json!({ "taxRegionId": germany, "name": "VAT", "code": "VAT", "rate": "0.19",
            "startsAt": "2026-01-01T00:00:00Z" });
        input[field] = value;
        json!({ "input": input })
    };
    let cases = [
        ("name", json!(""), "REQUIRED"),
        ("name", json!("x".repeat(101)), "TOO_LONG"),
        ("code", json!(" "), "REQUIRED"),
        ("code", json!("x".repeat(51)), "TOO_LONG"),
        ("rate", json!("1.000001"), "INVALID_RATE"),
        ("rate", json!("-0.01"), "INVALID_RATE"),
        ("rate", json!("0.0000001"), "INVALID_RATE"),
        ("rate", json!("19"), "INVALID_RATE"),
        ("endsAt", json!("2025-12-31T23:59:59Z"), "INVALID_DATES"),
        ("endsAt", json!("2026-01-01T00:00:00Z"), "INVALID_DATES"),
        ("endsAt", json!("2026-01-01T00:00:00.0000004Z"), "INVALID_DATES"),
        ("taxClassId", json!(format!("taxc_{UNKNOWN_ID_SUFFIX}")), "NOT_FOUND"),
    ];
    for (field, value, code) in cases {
        assert_rejected(&staff, CREATE_RATE, new(field, value.clone()), code, &format!("input.{field}")).await;
        let change = json!({ "id": known, "input": { field: value } });
        assert_rejected(&staff, UPDATE_RATE, change, code, &format!("input.{field}")).await;
    }
    let nowhere = new("taxRegionId", json!(format!("taxreg_{UNKNOWN_ID_SUFFIX}")));
    assert_rejected(&staff, CREATE_RATE, nowhere, "NOT_FOUND", "input.taxRegionId").await;
    let unknown = format!("taxr_{UNKNOWN_ID_SUFFIX}");
    assert_rejected(&staff, UPDATE_RATE, json!({ "id": unknown, "input": {} }), "NOT_FOUND", "id").await;
    assert_rejected(&staff, DELETE_RATE, json!({ "ids": [known, unknown] }), "NOT_FOUND", "ids").await;
    assert_eq!(shop.count("SELECT count(*) FROM tax_rates").await, 1);

    let response = staff
        .execute(CREATE_RATE, json!({ "input": { "taxRegionId": germany, "name": "", "code": "", "rate": "2" } }))
        .await;
    let errors = response.body["data"]["taxRateCreate"]["userErrors"].as_array().map(Vec::len);
    assert_eq!(errors, Some(3), "every problem is reported at once");
}

#[shop_test]
async fn a21_a_preview_shows_each_tax_of_each_line() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let (country, _) = canada(&staff).await;
    let books = create_class(&staff, "Books").await;
    create_rate(&staff, &country, "GST on books", "0.01", json!({ "taxClassId": books })).await;
    let lines = json!([{ "amount": "50", "quantity": 2 }, { "amount": "20", "taxClassId": books }]);
    let mut input = preview_input(json!({ "country": "CA", "province": "qc" }), lines.clone());
    input["input"]["shippingAmount"] = json!("10");
    let before = shop.db.statements();
    let data = staff.data(PREVIEW, input).await["taxPreview"].clone();
    assert!(shop.db.statements() - before <= 5, "classes, region and rates");
    assert_eq!(taxes(&data["lines"][0]), [("GST", "5.00"), ("QST", "9.98")]);
    assert_eq!(data["lines"][0]["total"]["gross"], json!({ "amount": "114.98", "currencyCode": "CAD" }));
    assert_eq!(data["lines"][0]["taxLines"][1]["rate"], "0.09975");
    assert_eq!(taxes(&data["lines"][1]), [("GST on books", "0.20"), ("QST", "2.00")]);
    assert_eq!(taxes(&data["shipping"]), [("GST", "0.50"), ("QST", "1.00")]);
    assert_eq!((&data["taxTotal"]["amount"], &data["total"]["gross"]["amount"]), (&json!("18.68"), &json!("148.68")));

    let data = staff.data(PREVIEW, preview_input(json!({ "country": "CA", "province": "ON" }), lines)).await;
    assert_eq!(taxes(&data["taxPreview"]["lines"][0]), [("GST", "5.00")]);
    assert_eq!(data["taxPreview"]["shipping"], Value::Null);
}

#[shop_test]
async fn a_preview_applies_dates_postal_codes_and_regions() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let line = json!([{ "amount": "119" }]);
    let total = async |address: Value, at: Value| {
        let mut input = preview_input(address, line.clone());
        (input["input"]["at"], input["input"]["currencyCode"]) = (at, json!("EUR"));
        input["input"]["pricesIncludeTax"] = json!(true);
        let data = staff.data(PREVIEW, input).await;
        text(&data["taxPreview"]["taxTotal"]["amount"]).to_owned()
    };
    let berlin = json!({ "country": "DE", "postalCode": "10115" });
    let island = json!({ "country": "DE", "postalCode": "27498" });
    assert_eq!(total(berlin.clone(), Value::Null).await, "19.00", "the region's rate");
    assert_eq!(total(json!({ "country": "AQ" }), Value::Null).await, "0.00", "no region serves it");

    let germany = create_tax_region(&staff, json!({ "name": "Germany", "country": "DE" })).await;
    create_tax_region(
        &staff,
        json!({ "name": "Heligoland", "country": "DE", "postcodes": "27498", "overridesParent": true }),
    )
    .await;
    let change = "2035-01-01T00:00:00Z";
    create_rate(&staff, &germany, "VAT", "0.16", json!({ "endsAt": change })).await;
    create_rate(&staff, &germany, "VAT", "0.21", json!({ "startsAt": change })).await;
    assert_eq!(total(berlin.clone(), Value::Null).await, "16.41");
    assert_eq!(total(berlin.clone(), json!("2034-12-31T23:59:59Z")).await, "16.41");
    assert_eq!(total(berlin, json!(change)).await, "20.65");
    assert_eq!(total(island, Value::Null).await, "0.00");
}

#[shop_test]
async fn an_invalid_preview_is_rejected() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let canada = json!({ "country": "CA" });
    let cases = [
        (json!([{ "amount": "-1" }]), "INVALID_AMOUNT"),
        (json!([{ "amount": "1.005" }]), "INVALID_AMOUNT"),
        (json!([{ "amount": "999999999999999", "quantity": 1000 }]), "INVALID_AMOUNT"),
        (json!([{ "amount": "1", "quantity": 0 }]), "INVALID_QUANTITY"),
        (json!([{ "amount": "1", "taxClassId": format!("taxc_{UNKNOWN_ID_SUFFIX}") }]), "NOT_FOUND"),
        (json!(vec![json!({ "amount": "1" }); 501]), "TOO_LONG"),
    ];
    for (lines, code) in cases {
        assert_eq!(staff.top_level_error(PREVIEW, preview_input(canada.clone(), lines)).await, code);
    }
    let data = staff.data(PREVIEW, preview_input(canada, json!([]))).await;
    assert_eq!(data["taxPreview"]["taxTotal"]["amount"], "0.00");
}

#[shop_test]
async fn a_region_determines_how_shipping_is_taxed() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let create = "mutation($input: RegionCreateInput!) { regionCreate(input: $input) {
        region { id shippingTax } userErrors { code path } } }";
    let mut input = json!({ "name": "Norway", "currencyCode": "NOK", "countries": ["NO"], "taxRate": "0.25",
        "pricesIncludeTax": true });
    let data = staff.data(create, json!({ "input": input })).await;
    assert_eq!(data["regionCreate"]["region"]["shippingTax"], "OWN");
    let update = "mutation($id: ID!, $input: RegionUpdateInput!) { regionUpdate(id: $id, input: $input) {
        region { shippingTax } userErrors { code path } } }";
    let id = &data["regionCreate"]["region"]["id"];
    let data = staff.data(update, json!({ "id": id, "input": { "shippingTax": "WEIGHTED" } })).await;
    assert_eq!(data["regionUpdate"]["region"]["shippingTax"], "WEIGHTED");
    let data = staff.data(update, json!({ "id": id, "input": { "name": "Norge" } })).await;
    assert_eq!(data["regionUpdate"]["region"]["shippingTax"], "WEIGHTED");
    (input["countries"], input["shippingTax"]) = (json!(["IS"]), json!("WEIGHTED"));
    let data = staff.data(create, json!({ "input": input })).await;
    assert_eq!(data["regionCreate"]["region"]["shippingTax"], "WEIGHTED");
}

/// Charges 10% on lines of a tax class, and a dollar on shipping. Supports only New York.
struct NewYorkTaxProvider;

#[async_trait]
impl TaxProvider for NewYorkTaxProvider {
    fn name(&self) -> &'static str {
        "oracle"
    }

    async fn quote(&self, request: &TaxRequest) -> Result<TaxQuote, TaxProviderError> {
        if request.place.province.as_deref() != Some("NY") {
            return Err(TaxProviderError::Refused("no such place".to_owned()));
        }
        let rate = |rate: &str| AppliedRate::new("Sales tax", "NY", rate.parse().expect("a number"));
        let line = |class: &Option<String>| rate(if class.as_deref() == Some("Food") { "0.1" } else { "0" });
        let lines = request.lines.iter().map(|line_of| vec![line(&line_of.tax_class)]).collect();
        let shipping = AppliedRate { amount: Some("1".parse().expect("a number")), ..rate("0.1") };
        Ok(TaxQuote { lines, shipping: vec![shipping] })
    }
}

#[shop_test]
async fn the_tax_provider_takes_precedence_over_the_shops_rates() {
    let shop = Shop::without_promotions_and_taxes().await;
    let staff = shop.staff().await;
    let food = create_class(&staff, "Food").await;
    let us = create_tax_region(&staff, json!({ "name": "United States", "country": "US" })).await;
    create_rate(&staff, &us, "Federal", "0.02", json!({})).await;

    let keys = Keys::new(b"a secret of the tests, of 32 bytes or more");
    let app = App::builder(Db::new(shop.url(), 2).expect("a pool"), keys)
        .tax_provider(NewYorkTaxProvider, Duration::from_secs(5))
        .build();
    assert_eq!((app.taxes.provider_name(), shop.taxes.provider_name()), (Some("oracle"), None));
    let line = |class: Option<&str>| PreviewLine {
        amount: rust_decimal::Decimal::from(20).into(),
        quantity: 1,
        tax_class_id: class.map(|id| id.parse().expect("an id")),
    };
    let preview_input = |province: &str| PreviewTaxes {
        currency: "USD".parse().expect("a currency"),
        prices_include_tax: false,
        address: TaxPlace {
            country: "US".parse().expect("a country"),
            province: Some(province.to_owned()),
            postal_code: None,
        },
        at: None,
        lines: vec![line(Some(&food)), line(None)],
        shipping_amount: Some(rust_decimal::Decimal::from(10).into()),
    };
    let conn = app.db.conn().await.expect("a connection");
    for (province, want) in [("NY", ["2.00", "0.00", "1.00"]), ("NJ", ["0.40", "0.40", "0.20"])] {
        let preview = app.taxes.preview(&conn, &preview_input(province)).await.expect("a preview");
        let splits = preview.lines.iter().chain(&preview.shipping).map(|(split, _)| split);
        let taxes: Vec<_> = splits.map(|split| split.taxed.tax.amount.to_string()).collect();
        assert_eq!(taxes, want, "{province}");
    }
}
