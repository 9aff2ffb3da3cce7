//! Failures: where they are reported, and what becomes null.

use std::sync::Arc;

use async_graphql::Response;
use serde_json::{Value, json};

use crate::shop::{Id, Shop, code, data, paths, shop};

async fn execute(shop: Shop, query: &str) -> Response {
    Arc::new(shop).execute(query).await
}

/// Executes a query for three products in one category, of which the second has a flaw.
async fn execute_with_flaw(flaw: &'static str, query: &str) -> Response {
    execute(Shop::new(3, 1).with_flaw(1, flaw), query).await
}

#[tokio::test]
async fn a_nullable_value_that_fails_is_null() {
    let response = execute_with_flaw("note", "{ products { handle x: note weight } }").await;
    let products = json!([
        { "handle": "product-0", "x": null, "weight": null },
        { "handle": "product-1", "x": null, "weight": 0.25 },
        { "handle": "product-2", "x": null, "weight": null },
    ]);
    assert_eq!(data(&response)["products"], products);
    assert_eq!(paths(&response), ["products.1.x"]);
    let error = &response.errors[0];
    assert_eq!((&*error.message, &*code(error)), ("note is broken.", "FLAW"));
    assert_eq!((error.locations[0].line, error.locations[0].column), (1, 21));
}

#[tokio::test]
async fn a_non_null_value_that_fails_nulls_its_object() {
    // In a list at the root, nothing is left.
    let response = execute_with_flaw("motto", "{ products { handle motto } productCount }").await;
    assert_eq!(data(&response), Value::Null);
    assert_eq!(paths(&response), ["products.1.motto"]);
    // A nullable object at the root is null.
    let one = |n: u64| format!("p{n}: product(id: \"{}\") {{ motto handle }}", Id::product(n).0);
    let response = execute_with_flaw("motto", &format!("{{ {} {} }}", one(1), one(2))).await;
    assert_eq!(data(&response), json!({ "p1": null, "p2": { "motto": "PRODUCT-2", "handle": "product-2" } }));
    assert_eq!(paths(&response), ["p1.motto"]);
}

#[tokio::test]
async fn every_failed_value_is_reported() {
    let shop = Shop::new(4, 1).with_flaw(1, "note").with_flaw(3, "note").with_flaw(3, "badge");
    let response = execute(shop, "{ products { a: note b: note badge { text } } }").await;
    let expected = ["products.1.a", "products.1.b", "products.3.a", "products.3.b", "products.3.badge"];
    assert_eq!(paths(&response), expected);
}

#[tokio::test]
async fn null_stops_at_the_nearest_nullable_list() {
    // Labels of products 1 and 2 fail inside; the list `extras` is nullable.
    let shop = Shop::new(3, 1).with_flaw(1, "motto").with_flaw(2, "motto");
    let response = execute(shop, "{ products { handle extras { text motto } tags } }").await;
    let products = json!([
        { "handle": "product-0", "extras": null, "tags": [] },
        { "handle": "product-1", "extras": null, "tags": ["tag-0"] },
        { "handle": "product-2", "extras": null, "tags": ["tag-0", "tag-1"] },
    ]);
    assert_eq!(data(&response)["products"], products);
    assert_eq!(paths(&response), ["products.1.extras.0.motto", "products.2.extras.0.motto"]);
}

#[tokio::test]
async fn null_propagates_through_non_null_lists_and_objects() {
    let query =
        "{ catalog { nodes { handle category { products { nodes { labels { text motto } } totalCount } name } } } }";
    let response = execute_with_flaw("motto", query).await;
    let nodes = json!([
        { "handle": "product-0", "category": null },
        { "handle": "product-1", "category": null },
        { "handle": "product-2", "category": null },
    ]);
    assert_eq!(data(&response)["catalog"]["nodes"], nodes);
    let below = "category.products.nodes.1.labels.0.motto";
    assert_eq!(paths(&response), [0, 1].map(|n| format!("catalog.nodes.{n}.{below}")));
    // Without a nullable ancestor, the whole data is null.
    let response = execute_with_flaw("motto", "{ catalog { edges { node { labels { motto } } } } }").await;
    assert_eq!(data(&response), Value::Null);
    assert_eq!(paths(&response), ["catalog.edges.1.node.labels.0.motto"]);
}

#[tokio::test]
async fn nullable_embedded_objects_that_fail_are_null() {
    for field in ["badge", "extras"] {
        let response = execute_with_flaw(field, &format!("{{ products {{ {field} {{ text }} }} }}")).await;
        assert_eq!(data(&response)["products"][1][field], Value::Null);
        assert_eq!(paths(&response), [format!("products.1.{field}")]);
        assert_ne!(data(&response)["products"][2][field], Value::Null);
    }
    for flaw in ["stamp", "sides"] {
        let query =
            format!("{{ a: product(id: \"{}\") {{ handle {flaw} {{ text seo {{ length }} }} }} }}", Id::product(1).0);
        let response = execute_with_flaw(flaw, &query).await;
        assert_eq!(data(&response), json!({ "a": null }));
        assert_eq!(paths(&response), [format!("a.{flaw}")]);
    }
}

#[tokio::test]
async fn a_failed_key_fails_its_field() {
    let response = execute_with_flaw("origin", "{ products { origin { name } category { name } } }").await;
    let products = json!([
        { "origin": { "name": "Category 0" }, "category": { "name": "Category 0" } },
        { "origin": null, "category": { "name": "Category 0" } },
        { "origin": null, "category": null },
    ]);
    assert_eq!(data(&response)["products"], products);
    assert_eq!(paths(&response), ["products.1.origin"]);
    let response = execute_with_flaw("sku", "{ products { a: sku b: variantCount } }").await;
    assert_eq!(data(&response)["products"][1], json!({ "a": null, "b": 1 }));
    assert_eq!(paths(&response), ["products.1.a"]);
    let query = format!("{{ product(id: \"{}\") {{ handle choices {{ sku }} }} }}", Id::product(1).0);
    let response = execute_with_flaw("choices", &query).await;
    assert_eq!(data(&response), json!({ "product": null }));
    assert_eq!(paths(&response), ["product.choices"]);
}

#[tokio::test]
async fn values_computed_from_loaded_rows_can_fail() {
    let response = execute_with_flaw("skuValue", "{ products { sku } }").await;
    assert_eq!(data(&response)["products"], json!([{ "sku": "SKU-0-0" }, { "sku": null }, { "sku": "SKU-2-0" }]));
    assert_eq!(paths(&response), ["products.1.sku"]);
    let response = execute_with_flaw("firstVariant", "{ products { firstVariant { sku } } }").await;
    assert_eq!(data(&response)["products"][1], json!({ "firstVariant": null }));
    assert_eq!(paths(&response), ["products.1.firstVariant"]);
    let response = execute_with_flaw("lastVariant", "{ products { lastVariant { sku } } }").await;
    assert_eq!(data(&response), Value::Null);
    assert_eq!(paths(&response), ["products.1.lastVariant"]);
}

#[tokio::test]
async fn a_missing_non_null_object_is_an_error_and_a_nullable_one_is_null() {
    // The third product has no category.
    let query = format!("{{ product(id: \"{}\") {{ handle home {{ name }} }} }}", Id::product(2).0);
    let response = shop(3, 1).execute(&*query).await;
    assert_eq!(data(&response), json!({ "product": null }));
    assert_eq!(paths(&response), ["product.home"]);
    assert_eq!(code(&response.errors[0]), "INTERNAL");
    let got = shop(3, 1)
        .data("{ products { otherVariants { sku position } category { name } badge { text } labels { text } } }")
        .await;
    let others = json!([{ "sku": null, "position": 1 }]);
    let category = json!({ "name": "Category 0" });
    let label = |text: &str| json!({ "text": text });
    let both = [label("Label 2.0"), label("Label 2.1")];
    let products = json!([
        { "otherVariants": others, "category": category, "badge": null, "labels": [] },
        { "otherVariants": null, "category": category, "badge": label("Label 1.0"), "labels": [label("Label 1.0")] },
        { "otherVariants": others, "category": null, "badge": label("Label 2.0"), "labels": both },
    ]);
    assert_eq!(got["products"], products);
}

#[tokio::test]
async fn a_failed_load_is_reported_once_at_its_first_occurrence() {
    // Null everywhere, but reported once per position in the query.
    let shop = Shop::new(4, 2).with_broken("category");
    let response =
        execute(shop, "{ products { a: category { name } b: origin { name } labels { category { name } } } }").await;
    let got = data(&response);
    assert_eq!(got["products"][1]["a"], Value::Null);
    assert_eq!(got["products"][2]["labels"][1], json!({ "category": null }));
    assert_eq!(paths(&response), ["products.0.a"]);
    assert_eq!(response.errors[0].message, "category cannot be reached.");
    assert_eq!(code(&response.errors[0]), "UNAVAILABLE");
    let shop = Shop::new(4, 2).with_broken("prices");
    let query = "{ products { firstVariant { cheapest } lastVariant { sku c: cheapest } } }";
    let response = execute(shop, query).await;
    assert_eq!(
        data(&response)["products"][3],
        json!({ "firstVariant": { "cheapest": null }, "lastVariant": { "sku": "SKU-3-0", "c": null } })
    );
    assert_eq!(paths(&response), ["products.0.firstVariant.cheapest", "products.0.lastVariant.c"]);
}

#[tokio::test]
async fn null_propagates_from_failed_loads() {
    // `firstVariant` is nullable; `prices` and `priceTag` are not.
    let shop = || Shop::new(2, 1).with_broken("prices");
    let response = execute(shop(), "{ products { handle firstVariant { sku priceTag } } }").await;
    let products =
        json!([{ "handle": "product-0", "firstVariant": null }, { "handle": "product-1", "firstVariant": null }]);
    assert_eq!(data(&response)["products"], products);
    assert_eq!(paths(&response), ["products.0.firstVariant.priceTag"]);
    let response = execute(shop(), "{ products { otherVariants { prices { amount } } } }").await;
    assert_eq!(data(&response)["products"], json!([{ "otherVariants": null }, { "otherVariants": null }]));
    assert_eq!(paths(&response), ["products.0.otherVariants.0.prices"]);
    let response = execute(shop(), "{ products { variants { prices { amount } } } }").await;
    assert_eq!(data(&response), Value::Null);
    assert_eq!(paths(&response), ["products.0.variants.0.prices"]);
}

#[tokio::test]
async fn a_failed_total_nulls_the_connection() {
    let shop = Shop::new(1, 1).with_broken("count in");
    let response = execute(shop, "{ products { category { name products { totalCount nodes { id } } } } }").await;
    assert_eq!(data(&response), json!({ "products": [{ "category": null }] }));
    assert_eq!(paths(&response), ["products.0.category.products.totalCount"]);
}

#[tokio::test]
async fn a_failed_total_does_not_affect_others() {
    // Both are counted together, and one is known already.
    let shop = Shop::new(1, 1).with_broken("count in");
    let query = "{ catalog { totalCount } products { category { products { totalCount } } } }";
    let response = execute(shop, query).await;
    assert_eq!(data(&response), json!({ "catalog": { "totalCount": 1 }, "products": [{ "category": null }] }));
    assert_eq!(paths(&response), ["products.0.category.products.totalCount"]);
}

#[tokio::test]
async fn an_error_of_a_root_function_has_the_response_key_as_path() {
    let response = shop(1, 0).execute("{ productCount  x: refused { id } }").await;
    assert_eq!(data(&response), Value::Null);
    assert_eq!(paths(&response), ["x"]);
    assert_eq!(code(&response.errors[0]), "REFUSED");
    assert_eq!(response.errors[0].locations[0].column, 17);
}

#[tokio::test]
async fn entries_of_an_interface_list_are_nulled_individually() {
    let ids = [Id::product(0), Id::product(1), Id::product(9), Id::category(0), Id::product(2)];
    let ids = ids.map(|id| format!("\"{}\"", id.0)).join(", ");
    let query = format!(
        "{{ x: nodes(ids: [{ids}]) {{ ... on Product {{ handle labels {{ motto }} }} ... on Category {{ name }} }} }}"
    );
    let response = execute_with_flaw("motto", &query).await;
    let labels = json!([{ "motto": "Label 2.0" }, { "motto": "Label 2.1" }]);
    let expected = json!([
        { "handle": "product-0", "labels": [] },
        null,
        null,
        { "name": "Category 0" },
        { "handle": "product-2", "labels": labels },
    ]);
    assert_eq!(data(&response)["x"], expected);
    assert_eq!(paths(&response), ["x.1.labels.0.motto"]);
}

#[tokio::test]
async fn errors_in_discarded_objects_are_still_reported() {
    let shop = Shop::new(2, 1).with_flaw(1, "note").with_flaw(1, "motto");
    let query = "{ products { handle category { products { nodes { note handle motto } } } weight } }";
    let response = execute(shop, query).await;
    let products = json!([
        { "handle": "product-0", "category": null, "weight": null },
        { "handle": "product-1", "category": null, "weight": 0.25 },
    ]);
    assert_eq!(data(&response)["products"], products);
    let below = |n: usize, field: &str| format!("products.{n}.category.products.nodes.1.{field}");
    let expected = [below(0, "note"), below(0, "motto"), below(1, "note"), below(1, "motto")];
    assert_eq!(paths(&response), expected);
}

#[tokio::test]
async fn failures_late_in_a_list_have_the_right_path() {
    // More than the 64 objects that are written without interruption.
    let shop = Shop::new(150, 1).with_flaw(130, "note").with_flaw(149, "badge");
    let response =
        execute(shop, "{ products(first: 200) { seo { title } note badge { text } variants { sku } } }").await;
    assert_eq!(paths(&response), ["products.130.note", "products.149.badge"]);
    assert_eq!(data(&response)["products"].as_array().unwrap().len(), 150);
    assert_eq!(data(&response)["products"][148]["variants"][0]["sku"], "SKU-148-0");
    let shop = Shop::new(150, 1).with_flaw(130, "motto");
    let response = execute(shop, "{ products(first: 200) { seo { title } extras { motto } } }").await;
    assert_eq!(paths(&response), ["products.130.extras.0.motto"]);
    assert_eq!(data(&response)["products"][130], json!({ "seo": { "title": "Product \"130\"" }, "extras": null }));
}
