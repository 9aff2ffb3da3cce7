//! How often sources are called, and with how many keys.

use std::sync::Arc;

use async_graphql::Request;
use graphql_plan::{Limits, Loads, One, Result, source};
use serde_json::json;

use crate::shop::{CATEGORY, Id, PRODUCT, shop};

#[tokio::test]
async fn a_source_is_called_once_for_all_parents_of_a_level() {
    let shop = shop(6, 2);
    let query = "{ products { variants { product { title } prices { amount } } category { name parent { name } } } }";
    shop.data(query).await;
    let log = shop.log();
    let count = |name: &str| log.split(' ').filter(|call| call.starts_with(name)).count();
    assert!(
        log.starts_with("products(0) variants(6) category(2) ") || log.starts_with("products(0) category(2) "),
        "{log}"
    );
    assert_eq!((count("variants"), count("product("), count("prices")), (1, 1, 1), "{log}");
    // The parent of the second category is the first, which is loaded already.
    assert_eq!(count("category"), 1, "{log}");
}

#[tokio::test]
async fn fields_with_the_same_source_share_a_call() {
    let shop = shop(6, 2);
    shop.data("{ products { a: variants { sku } b: variants { position } sku variantCount firstVariant { sku } } }")
        .await;
    assert_eq!(shop.log(), "products(0) variants(6)");
}

#[tokio::test]
async fn parents_with_the_same_key_load_it_once() {
    let shop = shop(9, 1);
    shop.data("{ products { category { name } } }").await;
    assert_eq!(shop.log(), "products(0) category(1)");
}

#[tokio::test]
async fn rows_without_a_key_load_nothing() {
    let shop = shop(3, 0);
    let got = shop.data("{ products { category { name products { nodes { id } } } } }").await;
    assert_eq!(got, json!({ "products": [{ "category": null }, { "category": null }, { "category": null }] }));
    assert_eq!(shop.log(), "products(0)");
}

#[tokio::test]
async fn root_fields_share_loads() {
    let shop = shop(4, 2);
    let product =
        |key: &str, n: u64| format!("{key}: product(id: \"{}\") {{ title category {{ name }} }}", Id::product(n).0);
    shop.data(format!("{{ {} {} {} {} }}", product("a", 0), product("b", 1), product("c", 0), product("d", 3))).await;
    assert_eq!(shop.log(), "product(3) category(2)");
    // Also at different depths.
    shop.data(format!(
        "{{ {} products {{ category {{ parent {{ name }} }} variants {{ product {{ title }} }} }} }}",
        product("a", 0)
    ))
    .await;
    let log = shop.log();
    assert_eq!(log.matches("category(").count(), 1, "{log}");
}

#[tokio::test]
async fn entries_of_an_interface_list_share_calls() {
    let shop = shop(6, 2);
    let ids = (0..6).map(|n| format!("\"{}\"", Id::product(n).0)).collect::<Vec<_>>().join(", ");
    shop.data(format!("{{ nodes(ids: [{ids}]) {{ ... on Product {{ variants {{ prices {{ amount }} }} }} }} }}")).await;
    assert_eq!(shop.log(), "product(6) variants(6) prices(9)");
}

#[tokio::test]
async fn pages_with_different_arguments_share_a_call() {
    let shop = shop(8, 2);
    let query = "{ products { category {
        a: products(first: 2) { nodes { id } }
        b: products(first: 2, filter: {}) { edges { cursor } }
        c: products(first: 3) { nodes { id } }
    } } }";
    shop.data(query).await;
    assert_eq!(shop.log(), "products(0) category(2) products in(4)");
}

#[tokio::test]
async fn totals_are_counted_together_and_only_if_selected() {
    let shop = shop(8, 2);
    let got = shop.data("{ products { category { products(first: 1) { totalCount nodes { handle } } } } }").await;
    let products = json!({ "totalCount": 3, "nodes": [{ "handle": "product-0" }] });
    assert_eq!(got["products"][0]["category"]["products"], products);
    assert_eq!(shop.log(), "products(0) category(2) products in(2) count in(2)");
    shop.data("{ products { category { products(first: 1) { pageInfo { hasNextPage } } } } }").await;
    assert_eq!(shop.log(), "products(0) category(2) products in(2)");
    assert_eq!(shop.data("{ catalog(first: 1) { totalCount } }").await, json!({ "catalog": { "totalCount": 8 } }));
    assert_eq!(shop.log(), "");
}

#[tokio::test]
async fn a_connection_has_edges_nodes_and_page_info() {
    let query = "{ catalog(first: 2) {
        edges { cursor node { handle variants { sku } } } nodes { handle }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } none: catalog(filter: { title: \"nothing\" }) {
        edges { cursor } nodes { id } pageInfo { hasNextPage startCursor endCursor } totalCount
    } }";
    let got = shop(3, 1).data(query).await;
    let variants = json!([{ "sku": "SKU-0-0" }, { "sku": null }]);
    let edges = json!([
        { "cursor": "product-0", "node": { "handle": "product-0", "variants": variants } },
        { "cursor": "product-1", "node": { "handle": "product-1", "variants": [{ "sku": "SKU-1-0" }] } },
    ]);
    let ends =
        json!({ "hasNextPage": true, "hasPreviousPage": false, "startCursor": "product-0", "endCursor": "product-1" });
    let nodes = json!([{ "handle": "product-0" }, { "handle": "product-1" }]);
    assert_eq!(got["catalog"], json!({ "edges": edges, "nodes": nodes, "pageInfo": ends }));
    let ends = json!({ "hasNextPage": false, "startCursor": null, "endCursor": null });
    assert_eq!(got["none"], json!({ "edges": [], "nodes": [], "pageInfo": ends, "totalCount": 3 }));
}

#[tokio::test]
async fn reset_discards_what_was_loaded() {
    let shop = shop(1, 0);
    let execution = shop.execution(Limits::default());
    let title = async || {
        let found = execution.loads().load(&PRODUCT, Id::product(0)).await.unwrap().unwrap();
        found.title.clone()
    };
    assert_eq!(title().await, "Product \"0\"");
    shop.products.lock().unwrap().get_mut(&Id::product(0)).unwrap().title = "New".into();
    assert_eq!(title().await, "Product \"0\"");
    execution.reset(shop.clone());
    assert_eq!(title().await, "New");
    assert_eq!(shop.log(), "product(1) product(1)");
}

#[tokio::test]
async fn loads_can_be_used_without_a_query() {
    let shop = shop(3, 2);
    let loads = shop.execution(Limits::default()).loads();
    let found = loads.load_many(&CATEGORY, &[Id::category(1), Id::category(9), Id::category(0)]).await.unwrap();
    let names: Vec<Vec<_>> = found.iter().map(|rows| rows.iter().map(|row| &*row.name).collect()).collect();
    assert_eq!(names, [vec!["Category 1"], vec![], vec!["Category 0"]]);
    assert!(loads.load(&CATEGORY, Id::category(9)).await.unwrap().is_none());
    assert!(loads.load_all(&CATEGORY, Id::category(9)).await.unwrap().is_empty());
    assert_eq!(shop.log(), "category(3)");
    let broken = Arc::new(crate::shop::Shop::new(1, 1).with_broken("category"));
    let loads = broken.execution(Limits::default()).loads();
    assert!(loads.load(&CATEGORY, Id::category(0)).await.is_err());
    assert!(loads.load_many(&CATEGORY, &[Id::category(0)]).await.is_err());
}

source! { ITSELF: i64 => i64 = |loads, keys| load_from_itself(loads, keys) }
source! { OTHER: i64 => i64 = |loads, keys| load_other(loads, keys) }

async fn load_from_itself(loads: &Loads, keys: &[i64]) -> Result<Vec<(i64, i64)>> {
    loads.load(&OTHER, keys[0]).await?;
    Ok(Vec::new())
}

async fn load_other(loads: &Loads, keys: &[i64]) -> Result<Vec<(i64, i64)>> {
    match keys {
        [0] => Ok(loads.load(&ITSELF, 1).await?.map(|found| (0, *found)).into_iter().collect()),
        keys => Ok(keys.iter().map(|key| (*key, *key)).collect()),
    }
}

#[tokio::test]
async fn a_source_cannot_load_from_itself() {
    let loads = Loads::new(Arc::new(()));
    let error = loads.load(&ITSELF, 0).await.unwrap_err();
    assert_eq!(error.message, "ITSELF loads from itself.");
    // It may load from other sources.
    assert!(loads.load(&ITSELF, 1).await.unwrap().is_none());
}

#[tokio::test]
async fn many_keys_are_loaded_in_batches() {
    let shop = shop(1, 12_000);
    let loads = shop.execution(Limits::default()).loads();
    let ids: Vec<_> = (0..12_000).map(Id::category).collect();
    let found = loads.load_many(&CATEGORY, &ids).await.unwrap();
    assert!(found.iter().zip(&ids).all(|(rows, id)| rows.len() == 1 && rows[0].id == *id));
    assert_eq!(shop.log(), "category(10000) category(2000)");
}

#[tokio::test]
async fn an_execution_can_be_reused_for_the_same_document() {
    // It should not be reused, but the response must be complete if it is.
    let shop = shop(1, 0);
    let execution = shop.execution(Limits::default());
    let schema = shop.schema();
    for _ in 0..3 {
        let request = Request::new("{ products { handle } }").data(execution.clone());
        let response = schema.execute(request).await;
        assert_eq!(crate::shop::data(&response), json!({ "products": [{ "handle": "product-0" }] }));
    }
}

#[test]
fn root_output_implements_debug() {
    let price = crate::shop::Price { variant_id: Id::variant(0), amount: Default::default(), currency: "EUR".into() };
    assert_eq!(format!("{:?}", One::<crate::shop::PriceObject>::new(price)), "One<Price>");
}
