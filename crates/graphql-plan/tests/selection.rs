//! Selections: aliases, merged fields, fragments, types, directives, arguments.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use serde_json::{Value, json};

use crate::shop::{Id, Shop, Suffix, code, data, path, paths, shop, text};

fn with(query: &str, variables: Value) -> Request {
    Request::new(query).variables(Variables::from_json(variables))
}

fn id(id: Id) -> String {
    id.0.to_string()
}

#[tokio::test]
async fn a_field_can_be_selected_twice_with_aliases() {
    let got = shop(1, 0).data("{ a: products { x: handle y: handle } b: products { handle } }").await;
    assert_eq!(got, json!({ "a": [{ "x": "product-0", "y": "product-0" }], "b": [{ "handle": "product-0" }] }));
}

#[tokio::test]
async fn fields_keep_the_order_of_the_selection() {
    let query = "{ products(first: 1) { title ...F handle id variants { position } } }
        fragment F on Product { status variants { sku } title }";
    let got = text(&shop(1, 0).execute(query).await);
    let title = r#""title":"Product \"0\"","status":"ON_SALE""#;
    let variants = r#""variants":[{"sku":"SKU-0-0","position":0},{"sku":null,"position":1}]"#;
    let id = id(Id::product(0));
    assert_eq!(got, format!(r#"{{"products":[{{{title},{variants},"handle":"product-0","id":"{id}"}}]}}"#));
}

#[tokio::test]
async fn fields_with_the_same_key_are_merged_at_every_depth() {
    let query = "{ products(first: 1) {
        variants { sku } variants { position product { title } } variants { sku product { handle } }
        seo { title } seo { length } seo { title }
    } }";
    let got = shop(1, 0).data(query).await;
    let product = json!({ "title": "Product \"0\"", "handle": "product-0" });
    let variants = json!([
        { "sku": "SKU-0-0", "position": 0, "product": product },
        { "sku": null, "position": 1, "product": product },
    ]);
    assert_eq!(got["products"][0]["variants"], variants);
    assert_eq!(got["products"][0]["seo"], json!({ "title": "Product \"0\"", "length": 11 }));
}

#[tokio::test]
async fn conflicting_fields_with_the_same_key_are_rejected() {
    for query in [
        "{ products(first: 1) { x: title } products(first: 1) { x: handle } }",
        "{ products(first: 1) { title } ...F } fragment F on Query { products(first: 2) { handle } }",
        "{ products(first: 1) { category { products(first: 1) { nodes { id } } } }
           ...F } fragment F on Query { products(first: 1) { category { products(first: 2) { nodes { id } } } } }",
    ] {
        let shop = shop(2, 1);
        let response = shop.execute(query).await;
        assert_eq!(code(&response.errors[0]), "GRAPHQL_VALIDATION_FAILED", "{query}: {:?}", response.errors);
        assert_eq!((data(&response), shop.log().as_str()), (Value::Null, ""), "{query}");
    }
}

#[tokio::test]
async fn root_fields_with_the_same_key_are_merged_and_called_once() {
    let shop = shop(2, 1);
    let query = "{ products(first: 1) { title } ... { products(first: 1) { handle } } ...F ... on Query { ...F } }
        fragment F on Query { products(first: 1) { status category { name } } }";
    let got = shop.data(query).await;
    let category = json!({ "name": "Category 0" });
    let product = json!({ "title": "Product \"0\"", "handle": "product-0", "status": "ON_SALE", "category": category });
    assert_eq!(got, json!({ "products": [product] }));
    assert_eq!(shop.log(), "products(0) category(1)");
}

#[tokio::test]
async fn a_root_field_in_a_fragment_spread_twice_is_called_once() {
    let shop = shop(1, 0);
    let query = "{ ...F ...F ...G } fragment F on Query { products { id ...P } } fragment G on Query { ...F }
        fragment P on Product { handle }";
    let got = shop.data(query).await;
    assert_eq!(got, json!({ "products": [{ "id": id(Id::product(0)), "handle": "product-0" }] }));
    assert_eq!(shop.log(), "products(0)");
}

#[tokio::test]
async fn mutations_with_the_same_key_run_once() {
    let shop = shop(1, 0);
    let field = |selection: &str| {
        format!("productRename(id: \"{}\", input: {{ title: \"New\" }}) {{ {selection} }}", id(Id::product(0)))
    };
    let query = format!(
        "mutation {{ {} {} ...F ...F }} fragment F on Mutation {{ {} }}",
        field("product { title }"),
        field("product { variants { sku } } userErrors { code }"),
        field("product { handle }"),
    );
    let got = shop.data(query).await;
    let product = json!({ "title": "New", "variants": [{ "sku": "SKU-0-0" }, { "sku": null }], "handle": "product-0" });
    assert_eq!(got, json!({ "productRename": { "product": product, "userErrors": [] } }));
    assert_eq!(shop.log(), "rename(1) variants(1)");
}

#[tokio::test]
async fn a_mutation_in_a_fragment_spread_twice_runs_once() {
    let shop = shop(1, 0);
    let query = format!(
        "mutation {{ ...F ...F }}
        fragment F on Mutation {{ productRename(id: \"{}\", input: {{ title: \"New\" }}) {{ product {{ title }} }} }}",
        id(Id::product(0))
    );
    assert_eq!(shop.data(query).await, json!({ "productRename": { "product": { "title": "New" } } }));
    assert_eq!(shop.log(), "rename(1)");
}

#[tokio::test]
async fn mutations_with_different_keys_run_in_order() {
    let shop = shop(1, 0);
    let field = |key: &str, title: &str| {
        let id = id(Id::product(0));
        format!(
            "{key}: productRename(id: \"{id}\", input: {{ title: \"{title}\" }}) {{
                product {{ title variants {{ product {{ title }} }} }}
            }}"
        )
    };
    let got = shop.data(format!("mutation {{ {} {} }}", field("a", "One"), field("b", "Two"))).await;
    let product = |title: &str| {
        let variant = json!({ "product": { "title": title } });
        json!({ "product": { "title": title, "variants": [variant, variant] } })
    };
    assert_eq!(got, json!({ "a": product("One"), "b": product("Two") }));
    assert_eq!(shop.log(), "rename(1) variants(1) product(1) rename(1) variants(1) product(1)");
}

#[tokio::test]
async fn fragments_apply_by_type() {
    let query = "{ products(first: 1) {
        ...P ...P ... { title } ... on Product { handle } ... on Node { id __typename ... on Category { name } }
    } }
    fragment P on Product { category { ...C } } fragment C on Category { name parent { name } }";
    let got = shop(1, 1).data(query).await;
    let expected = json!({
        "category": { "name": "Category 0", "parent": null },
        "title": "Product \"0\"",
        "handle": "product-0",
        "id": id(Id::product(0)),
        "__typename": "Product",
    });
    assert_eq!(got["products"][0], expected);
}

#[tokio::test]
async fn an_interface_resolves_to_its_object_type() {
    let query = format!(
        "{{ p: node(id: \"{}\") {{ ...N ... on Product {{ handle name: title }} }}
            c: node(id: \"{}\") {{ ...N ... on Category {{ name }} ... on Node {{ ... on Product {{ title }} }} }}
            v: node(id: \"{}\") {{ kind: __typename ... on ProductVariant {{ product {{ handle }} }} }}
            n: node(id: \"{}\") {{ id }} }}
        fragment N on Node {{ __typename id }}",
        id(Id::product(0)),
        id(Id::category(0)),
        id(Id::variant(0)),
        id(Id::product(99)),
    );
    let got = shop(1, 1).data(query).await;
    let product =
        json!({ "__typename": "Product", "id": id(Id::product(0)), "handle": "product-0", "name": "Product \"0\"" });
    assert_eq!(got["p"], product);
    assert_eq!(got["c"], json!({ "__typename": "Category", "id": id(Id::category(0)), "name": "Category 0" }));
    assert_eq!(got["v"], json!({ "kind": "ProductVariant", "product": { "handle": "product-0" } }));
    assert_eq!(got["n"], Value::Null);
}

#[tokio::test]
async fn an_interface_list_keeps_its_order_and_nulls() {
    let shop = shop(2, 1);
    let ids = [Id::category(0), Id::product(99), Id::product(1), Id::variant(0), Id::product(0)].map(id);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) {
        __typename ... on Product { handle variants { position } } ... on ProductVariant { product { handle } }
    } }";
    let got = shop.data(with(query, json!({ "ids": ids }))).await;
    let expected = json!([
        { "__typename": "Category" },
        null,
        { "__typename": "Product", "handle": "product-1", "variants": [{ "position": 0 }] },
        { "__typename": "ProductVariant", "product": { "handle": "product-0" } },
        { "__typename": "Product", "handle": "product-0", "variants": [{ "position": 0 }, { "position": 1 }] },
    ]);
    assert_eq!(got["nodes"], expected);
    // The variants of all products are loaded together; the product of the variant was loaded before.
    let log = shop.log();
    assert!(log.contains("variants(2)") && log.matches("variants").count() == 1, "{log}");
    assert_eq!(shop.data(with(query, json!({ "ids": [] }))).await, json!({ "nodes": [] }));
}

#[tokio::test]
async fn a_union_resolves_to_its_object_type() {
    let query = "{ search(text: \"0\") {
        __typename ... on Product { title } ... on Category { title: name } ... on Node { id }
    } none: search(text: \"nothing\") { __typename } }";
    let got = shop(1, 1).data(query).await;
    let expected = json!([
        { "__typename": "Category", "title": "Category 0", "id": id(Id::category(0)) },
        { "__typename": "Product", "title": "Product \"0\"", "id": id(Id::product(0)) },
    ]);
    assert_eq!(got, json!({ "search": expected, "none": [] }));
}

#[tokio::test]
async fn typename_can_be_selected_everywhere() {
    let query = "{ __typename products(first: 1) {
        __typename seo { __typename } badge { __typename }
        category { __typename products { __typename edges { __typename node { __typename } } pageInfo { __typename } } }
    } }";
    let mut shop = Shop::new(1, 1);
    shop.products.get_mut().unwrap().get_mut(&Id::product(0)).unwrap().labels.push(crate::shop::Label {
        text: "x".into(),
        size: None,
        category_id: None,
        flaws: Default::default(),
    });
    let got = Arc::new(shop).data(query).await;
    let edges = json!([{ "__typename": "ProductEdge", "node": { "__typename": "Product" } }]);
    let products =
        json!({ "__typename": "ProductConnection", "edges": edges, "pageInfo": { "__typename": "PageInfo" } });
    let product = json!({
        "__typename": "Product",
        "seo": { "__typename": "Seo" },
        "badge": { "__typename": "Label" },
        "category": { "__typename": "Category", "products": products },
    });
    assert_eq!(got, json!({ "__typename": "Query", "products": [product] }));
}

#[tokio::test]
async fn skip_and_include_omit_fields() {
    let query = "query($yes: Boolean!, $no: Boolean!) {
        products(first: 1) {
            title @skip(if: $yes) handle @include(if: $yes) ... @include(if: $no) { status } ...F @skip(if: $yes)
            variants { sku @include(if: $no) position @skip(if: $no) } seo { title @skip(if: $yes) }
            category @skip(if: true) { name }
        }
        old: products(first: 1) @include(if: $no) { id }
    }
    fragment F on Product { tags }";
    let shop = shop(1, 1);
    let got = shop.data(with(query, json!({ "yes": true, "no": false }))).await;
    let variants = json!([{ "position": 0 }, { "position": 1 }]);
    assert_eq!(got, json!({ "products": [{ "handle": "product-0", "variants": variants, "seo": {} }] }));
    assert_eq!(shop.log(), "products(0) variants(1)");
}

#[tokio::test]
async fn variables_work_in_nested_arguments_with_defaults() {
    let query = "query($n: Int, $m: Int = 1, $filter: ListFilter, $title: String = \"1\", $base: String!) {
        products(first: 1) {
            category {
                default: products(first: $n) { nodes { handle } }
                one: products(first: $m) { nodes { handle } pageInfo { hasNextPage } }
                filtered: products(filter: $filter) { nodes { handle } }
                titled: products(filter: { title: $title }) { nodes { handle } }
            }
            link(base: $base, anchor: $title)
        }
    }";
    let variables = json!({ "filter": { "tags": ["tag-0"] }, "base": "here" });
    let got = shop(3, 1).data(with(query, variables)).await;
    let category = &got["products"][0]["category"];
    let handles = |key: &str| category[key]["nodes"].clone();
    assert_eq!(handles("default"), json!([{ "handle": "product-0" }, { "handle": "product-1" }]));
    assert_eq!(handles("one"), json!([{ "handle": "product-0" }]));
    assert_eq!(category["one"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(handles("filtered"), json!([{ "handle": "product-1" }]));
    assert_eq!(handles("titled"), json!([{ "handle": "product-1" }]));
    assert_eq!(got["products"][0]["link"], "here/product-0#1");
}

#[tokio::test]
async fn arguments_have_defaults() {
    let shop = shop(12, 1);
    let got = shop.data("{ products { link } null: products(first: null) { id } catalog { nodes { id } } }").await;
    assert_eq!(got["products"].as_array().unwrap().len(), 10);
    assert_eq!(got["null"].as_array().unwrap().len(), 10);
    assert_eq!(got["catalog"]["nodes"].as_array().unwrap().len(), 10);
    assert_eq!(got["products"][3]["link"], "https://shop.test/product-3");
}

#[tokio::test]
async fn a_field_can_read_request_data() {
    let request = Request::new("{ products { link(anchor: \"x\") } }").data(Suffix("?of=me".into()));
    assert_eq!(shop(1, 0).data(request).await["products"][0]["link"], "https://shop.test/product-0#x?of=me");
}

#[tokio::test]
async fn flattened_arguments_work() {
    let got = shop(5, 0).data("{ catalog(first: 2, filter: { tags: [\"tag-0\"] }) { nodes { handle } } }").await;
    assert_eq!(got["catalog"]["nodes"], json!([{ "handle": "product-1" }, { "handle": "product-2" }]));
}

#[tokio::test]
async fn argument_errors_have_locations_and_paths() {
    let shop = shop(1, 1);
    for (query, message) in [
        ("{ products { category { products(first: 0) { nodes { id } } } } }", "greater than or equal to 1"),
        ("{ products { category { products(first: 101) { nodes { id } } } } }", "less than or equal to 100"),
        (
            "{ products { category { products(filter: { title: \"\" }) { nodes { id } } } } }",
            "greater than or equal to 1",
        ),
        (
            "{ products { category { products(first: \"x\") { nodes { id } } } } }",
            "Invalid value for argument \"first\"",
        ),
        ("{ products { category { products(filter: { titel: \"x\" }) { nodes { id } } } } }", "titel"),
        ("{ products { category { products(nope: 1) { nodes { id } } } } }", "Unknown argument"),
        ("{ products { title(nope: 1) } }", "Unknown argument"),
        ("{ products { nope } }", "nope"),
        ("{ products { category } }", "must have a selection"),
        ("{ products { title { x } } }", "no subfields"),
        ("{ product { title } }", "id"),
        ("{ catalog(first: 0) { nodes { id } } }", "greater than or equal to 1"),
    ] {
        let response = shop.execute(query).await;
        let error = response.errors.first().unwrap_or_else(|| panic!("{query}"));
        assert!(error.message.contains(message), "{query}: {}", error.message);
        assert!(!error.message.contains("ListArgs"), "{}", error.message);
        assert_eq!(error.locations.len(), 1, "{query}");
    }
    let query = "{ products { a: category { b: products(first: 0) { nodes { id } } } } }";
    let response = shop.execute(query).await;
    assert_eq!(paths(&response), ["products.a.b"]);
    assert_eq!(response.errors[0].locations[0].column, 28);
    let response = shop.execute("{ x: catalog(first: 0) { nodes { id } } }").await;
    assert_eq!(paths(&response), ["x"]);
    assert_eq!(data(&response), Value::Null);
}

#[tokio::test]
async fn a_payload_has_the_result_or_user_errors() {
    let shop = shop(1, 0);
    let query = "mutation($id: ID!, $none: ID!, $input: RenameInput!) {
        done: productRename(id: $id, input: $input) { product { title } userErrors { code } }
        not: productRename(id: $none, input: { title: \"Not\" }) { product { title } userErrors { code path } }
    }";
    let variables = json!({
        "id": id(Id::product(0)),
        "none": id(Id::product(9)),
        "input": { "title": "Quiet", "loud": true },
    });
    let got = shop.data(with(query, variables)).await;
    assert_eq!(got["done"], json!({ "product": { "title": "QUIET" }, "userErrors": [] }));
    assert_eq!(got["not"], json!({ "product": null, "userErrors": [{ "code": "NOT_FOUND", "path": ["id"] }] }));
    let variables = json!({ "id": id(Id::product(0)), "none": id(Id::product(9)), "input": { "title": "x" } });
    let response = shop.execute(with(query, variables)).await;
    assert_eq!(path(&response.errors[0]), "done");
    assert_eq!(data(&response), Value::Null);
}

#[tokio::test]
async fn lists_enums_and_scalars_are_written() {
    let query =
        "{ products(first: 2) { tags status createdAt weight details barcode type name labels { text size } } }";
    let got = shop(2, 0).data(query).await;
    let first = json!({
        "tags": [],
        "status": "ON_SALE",
        "createdAt": "2023-11-14T22:13:20+00:00",
        "weight": null,
        "details": { "n": 0, "none": null, "list": ["é", 1.5] },
        "barcode": "0000000000000",
        "type": "thing",
        "name": "Product \"0\"",
        "labels": [],
    });
    assert_eq!(got["products"][0], first);
    let second = json!({
        "tags": ["tag-0"],
        "status": "DRAFT",
        "createdAt": "2023-11-14T22:13:21.001+00:00",
        "weight": 0.25,
        "details": { "n": 1, "none": null, "list": ["é", 1.5] },
        "barcode": null,
        "type": "thing",
        "name": "Product \"1\"",
        "labels": [{ "text": "Label 1.0", "size": null }],
    });
    assert_eq!(got["products"][1], second);
}

#[tokio::test]
async fn root_fields_can_be_scalars_and_null() {
    let query = "{ productCount product(id: \"00000000-0000-0000-0000-000000000000\") { id }
        none: products(first: 0) { id variants { id } } }";
    assert_eq!(shop(3, 0).data(query).await, json!({ "productCount": 3, "product": null, "none": [] }));
}

#[tokio::test]
async fn every_subscription_item_is_loaded_separately() {
    use futures_util::StreamExt;
    let shop = shop(2, 1);
    let request = Request::new("subscription { productChanged { handle category { name } a: variants { sku } } }");
    let limits = graphql_plan::Limits { objects: 4, ..graphql_plan::Limits::default() };
    let execution = shop.execution(limits);
    let items: Vec<_> = shop.schema().execute_stream(request.data(execution)).collect().await;
    let got: Vec<_> = items.iter().map(data).collect();
    assert!(items.iter().all(|item| item.errors.is_empty()), "{items:?}");
    let category = json!({ "name": "Category 0" });
    let first = json!({ "handle": "product-0", "category": category, "a": [{ "sku": "SKU-0-0" }, { "sku": null }] });
    let second = json!({ "handle": "product-1", "category": category, "a": [{ "sku": "SKU-1-0" }] });
    assert_eq!(got, [json!({ "productChanged": first }), json!({ "productChanged": second })]);
    assert_eq!(shop.log().matches("category(1)").count(), 2);
}

#[tokio::test]
async fn an_error_in_a_subscription_item_has_a_path() {
    use futures_util::StreamExt;
    let shop = Arc::new(Shop::new(2, 1).with_flaw(0, "note").with_flaw(1, "motto"));
    let request = Request::new("subscription { p: productChanged { handle note motto } }");
    let request = request.data(shop.execution(graphql_plan::Limits::default()));
    let items: Vec<_> = shop.schema().execute_stream(request).collect().await;
    assert_eq!(data(&items[0]), json!({ "p": { "handle": "product-0", "note": null, "motto": "PRODUCT-0" } }));
    assert_eq!(paths(&items[0]), ["p.note"]);
    assert_eq!(data(&items[1]), Value::Null);
    assert_eq!(paths(&items[1]), ["p.motto"]);
}
