//! Importing product files: everything in them is imported, and a second run changes nothing.

use std::io::Cursor;

use cartwright::workflows::import::ImportReport;
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::Shop;

const HEADER: &str = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,\
    Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,\
    Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Image Src,Image Position,Image Alt Text";

async fn import(shop: &Shop, rows: &str) -> ImportReport {
    let file = Cursor::new(format!("{HEADER}\n{rows}").into_bytes());
    shop.importer.shopify(file, "EUR".parse().unwrap(), |_| {}).await.expect("the file is read")
}

const LAMP: &str = "\
paper-lamp,Paper Lamp,<p>Soft light.</p><script>alert(1)</script>,Kami,Lamp,\"light, home\",true,Size,Small,LAMP-S,400,shopify,7,deny,39.00,45.00,true,true,https://img.example/a.jpg,1,A lamp
paper-lamp,,,,,,,,Large,LAMP-L,700,shopify,2,continue,59.00,,true,true,https://img.example/b.jpg,2,
paper-lamp,,,,,,,,,,,,,,,,,,https://img.example/c.jpg,3,
";

#[shop_test]
async fn a_file_is_imported_completely_and_a_second_run_changes_nothing() {
    let shop = Shop::demo().await;
    let report = import(&shop, LAMP).await;
    assert_eq!((report.created, report.problems.len()), (1, 0), "{:?}", report.problems);
    let query =
        "{ product(by: {handle: \"paper-lamp\"}) { title descriptionHtml vendor productType tags version updatedAt
        options { name values } images { url alt } variants { title sku weightGrams quantityAvailable allowsBackorder
        price { amount { amount currencyCode } compareAtPrice { amount } } } } }";
    let lamp = shop.anonymous().data(query, Value::Null).await["product"].clone();
    assert_eq!(lamp["descriptionHtml"], "<p>Soft light.</p>", "scripts are removed");
    assert_eq!(lamp["tags"], json!(["light", "home"]));
    assert_eq!(lamp["options"], json!([{ "name": "Size", "values": ["Small", "Large"] }]));
    assert_eq!(lamp["images"].as_array().unwrap().len(), 3);
    assert_eq!(
        lamp["variants"][0],
        json!({ "title": "Small", "sku": "LAMP-S", "weightGrams": 400, "quantityAvailable": 7,
        "allowsBackorder": false, "price": { "amount": { "amount": "39.00", "currencyCode": "EUR" }, "compareAtPrice": { "amount": "45.00" } } })
    );
    assert_eq!(
        (&lamp["variants"][1]["allowsBackorder"], &lamp["variants"][1]["price"]["compareAtPrice"]),
        (&json!(true), &Value::Null)
    );

    let report = import(&shop, LAMP).await;
    assert_eq!((report.created, report.updated, report.unchanged), (0, 0, 1));
    assert_eq!(shop.anonymous().data(query, Value::Null).await["product"], lamp);
}

#[shop_test]
async fn a_later_file_updates_its_columns_and_keeps_stock_and_omitted_values() {
    let shop = Shop::demo().await;
    import(&shop, LAMP).await;
    let small = shop.variant("LAMP-S").await;
    shop.order(&shop.anonymous(), &small, 2).await;
    let changed = "paper-lamp,Paper Lantern,<p>Soft light.</p>,Kami,Lamp,\"light, home\",true,Size,Small,LAMP-S,400,shopify,99,deny,35.00,45.00,true,true,https://img.example/a.jpg,1,A lamp\n\
        paper-lamp,,,,,,,,Huge,LAMP-H,,shopify,3,deny,99.00,,true,true,,,\n";
    let report = import(&shop, changed).await;
    assert_eq!((report.updated, report.problems.len()), (1, 0), "{:?}", report.problems);
    let query = "{ product(by: {handle: \"paper-lamp\"}) { title options { values } images { url }
        variants { sku quantityAvailable price { amount { amount } } } priceRange { min { amount } max { amount } } } }";
    let lamp = shop.anonymous().data(query, Value::Null).await["product"].clone();
    assert_eq!(
        (&lamp["title"], &lamp["options"][0]["values"]),
        (&json!("Paper Lantern"), &json!(["Small", "Huge", "Large"]))
    );
    assert_eq!(lamp["images"].as_array().unwrap().len(), 3);
    assert_eq!(
        lamp["variants"][0],
        json!({ "sku": "LAMP-S", "quantityAvailable": 5, "price": { "amount": { "amount": "35.00" } } })
    );
    assert_eq!(lamp["variants"].as_array().unwrap().len(), 3);
    assert_eq!(lamp["priceRange"], json!({ "min": { "amount": "35.00" }, "max": { "amount": "99.00" } }));
}

#[shop_test]
async fn invalid_rows_are_reported_with_line_numbers_and_the_rest_is_imported() {
    let shop = Shop::demo().await;
    let rows = "good-one,Good One,,,,,true,Title,Default Title,,,,,deny,5.00,,true,true,,,\n\
        bad-price,Bad Price,,,,,true,Title,Default Title,,,,,deny,five,,true,true,,,\n\
        too-fine,Too Fine,,,,,true,Title,Default Title,,,,,deny,5.005,,true,true,,,\n\
        taken-sku,Taken,,,,,true,Title,Default Title,NOTE-A5-DOT,,,,deny,5.00,,true,true,,,\n\
        good-two,Good Two,,,,,true,Title,Default Title,,,,,deny,6.00,,true,true,,,\n\
        cut-off,Cut Off,,,,";
    let before = shop.count("SELECT count(*) FROM products").await;
    let report = import(&shop, rows).await;
    assert_eq!((report.created, report.skipped), (2, 4));
    let lines: Vec<_> = report.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [3, 4, 5, 7], "{:?}", report.problems);
    assert_eq!(shop.count("SELECT count(*) FROM products").await, before + 2);
    assert_eq!(
        shop.count("SELECT count(*) FROM products WHERE handle IN ('bad-price', 'too-fine', 'taken-sku', 'cut-off')")
            .await,
        0
    );
    assert_eq!(
        shop.count(
            "SELECT count(*) FROM products p WHERE NOT EXISTS (SELECT FROM variants v WHERE v.product_id = p.id)"
        )
        .await,
        0
    );
}

#[shop_test]
async fn stock_is_set_by_the_next_run_once_a_location_exists() {
    let shop = Shop::empty().await;
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client.batch_execute("DELETE FROM stock_locations").await.expect("they go");
    let rows = |counted: i32, other: i32| {
        format!(
            "mug,Mug,,,,,true,Title,Default Title,MUG,,shopify,{counted},deny,5.00,,true,true,,,\n\
             pot,Pot,,,,,true,Title,Default Title,POT,,,{other},deny,5.00,,true,true,,,\n"
        )
    };
    let report = import(&shop, &rows(7, 3)).await;
    assert_eq!((report.created, report.skipped), (0, 2));
    let problems: Vec<_> = report.problems.iter().map(|problem| (problem.line, problem.message.as_str())).collect();
    assert!(problems.iter().all(|(_, message)| message.contains("stockLocationCreate")), "{problems:?}");
    assert_eq!([problems[0].0, problems[1].0], [2, 3]);

    // As left by older versions: products without any stock level.
    let report = import(&shop, &rows(0, 0)).await;
    assert_eq!((report.created, report.skipped), (2, 0));
    let report = import(&shop, &rows(7, 3)).await;
    assert_eq!((report.unchanged, report.skipped), (0, 2), "{:?}", report.problems);
    let location = "INSERT INTO stock_locations VALUES (gen_random_uuid(), 'Berlin', 0, now())";
    client.batch_execute(location).await.expect("a location");
    let report = import(&shop, &rows(7, 3)).await;
    assert_eq!((report.updated, report.skipped), (2, 0), "{:?}", report.problems);
    let stocked = async |sku: &str| {
        let sql = "SELECT l.stocked::bigint FROM stock_levels l JOIN variants v ON v.id = l.item_id WHERE v.sku = ";
        shop.count(&format!("{sql}'{sku}'")).await
    };
    assert_eq!((stocked("MUG").await, stocked("POT").await), (7, 3));
    let booked = "SELECT sum(stocked_delta)::bigint FROM stock_movements";
    assert_eq!(shop.count(booked).await, 10);
    let report = import(&shop, &rows(99, 99)).await;
    assert_eq!((report.updated, report.unchanged), (0, 2), "orders may have changed the stock since the export");
    assert_eq!((stocked("MUG").await, stocked("POT").await), (7, 3));
}
