//! Malformed arguments: which errors are reported, and that nothing runs.

use async_graphql::{Request, Response, Value, Variables};
use serde_json::json;

use crate::shop::{Id, code, data, path, paths, shop};

const RENAME: &str = "mutation($id: ID!, $input: RenameInput!) {
    a: productRename(id: $id, input: $input) { product { title } }
}";

fn id(n: u64) -> String {
    Id::product(n).0.to_string()
}

/// The code and the argument path of every error, as `CODE@path`.
fn argument_errors(response: &Response) -> Vec<String> {
    let argument_path = |error: &async_graphql::ServerError| match error.extensions.as_ref()?.get("argumentPath")? {
        Value::List(parts) => {
            let part = |part: &Value| match part {
                Value::String(part) => part.clone(),
                other => panic!("{other} is not a string"),
            };
            Some(parts.iter().map(part).collect::<Vec<_>>().join("."))
        }
        other => panic!("{other} is not a list"),
    };
    response
        .errors
        .iter()
        .map(|error| format!("{}@{}", code(error), argument_path(error).unwrap_or_default()))
        .collect()
}

fn rename(input: serde_json::Value) -> Request {
    Request::new(RENAME).variables(Variables::from_json(json!({ "id": id(0), "input": input })))
}

#[tokio::test]
async fn every_malformed_value_is_reported_with_its_path() {
    let shop = shop(1, 0);
    let others = json!([
        { "id": "x", "barcode": "abc" },
        { "id": id(0), "barcode": "1" },
        { "id": "x" },
        { "id": id(0), "barcode": "x" },
    ]);
    let response = shop.execute(rename(json!({ "title": "New", "others": others }))).await;
    let expected = [
        "@input.others.0.id",
        "BARCODE@input.others.0.barcode",
        "@input.others.2.id",
        "BARCODE@input.others.3.barcode",
    ];
    assert_eq!(sorted(argument_errors(&response)), sorted(expected.map(str::to_owned).to_vec()));
    assert!(response.errors.iter().all(|error| path(error) == "a" && error.locations.len() == 1));
    assert_eq!(data(&response), serde_json::Value::Null);
    assert_eq!(shop.log(), "", "nothing ran");
}

/// async-graphql does not keep the order of errors.
fn sorted(mut errors: Vec<String>) -> Vec<String> {
    errors.sort();
    errors
}

#[tokio::test]
async fn all_arguments_are_reported_at_once() {
    let shop = shop(1, 0);
    let query =
        "mutation { productRename(id: \"x\", input: { title: \"New\", others: { id: \"y\" } }) { product { id } } }";
    let response = shop.execute(query).await;
    assert_eq!(sorted(argument_errors(&response)), ["@id", "@input.others.id"]);
}

#[tokio::test]
async fn the_number_of_errors_is_limited() {
    let others = (0..1_000).map(|_| json!({ "id": "x" })).collect::<Vec<_>>();
    let response = shop(1, 0).execute(rename(json!({ "title": "New", "others": others }))).await;
    assert_eq!(response.errors.len(), 20);
}

#[tokio::test]
async fn malformed_ids_with_control_characters_are_reported() {
    for text in ["", "\0", "0\0", "7\0x", &format!("0\0{}", id(0)), &format!("{}\0", id(0))] {
        let response = shop(1, 0).execute(rename(json!({ "title": "New", "others": [{ "id": text }] }))).await;
        assert_eq!(argument_errors(&response), ["@input.others.0.id"], "{text:?}");
    }
}

#[tokio::test]
async fn an_error_of_the_whole_argument_has_no_path() {
    let shop = shop(1, 0);
    let response = shop.execute(rename(json!({ "title": "x" }))).await;
    assert_eq!((argument_errors(&response), paths(&response)), (vec!["@".to_owned()], vec!["a".to_owned()]));
}

#[tokio::test]
async fn no_mutation_runs_if_another_one_is_invalid_or_forbidden() {
    let good = format!("a: productRename(id: \"{}\", input: {{ title: \"New\" }}) {{ product {{ title }} }}", id(0));
    for (bad, at) in [
        ("b: productRename(id: \"x\", input: { title: \"New\" }) { product { id } }".to_owned(), "b"),
        (format!("b: productRename(id: \"{}\", input: {{ title: \"x\" }}) {{ product {{ id }} }}", id(0)), "b"),
        (
            format!("b: productRename(id: \"{}\", input: {{ title: \"New\" }}) {{ product {{ cost }} }}", id(0)),
            "b.product.cost",
        ),
        (
            "...F } fragment F on Mutation { b: productRename(id: \"x\", input: { title: \"New\" }) { product { id } }"
                .to_owned(),
            "b",
        ),
    ] {
        let shop = shop(1, 0);
        let response = shop.execute(format!("mutation {{ {good} {bad} }}")).await;
        assert_eq!(paths(&response), [at], "{bad}");
        assert_eq!(data(&response), serde_json::Value::Null, "{bad}");
        assert!(!shop.log().contains("rename"), "{bad}");
    }
}
