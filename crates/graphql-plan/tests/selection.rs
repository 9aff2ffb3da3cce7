//! Selections: aliases, merged fields, fragments, types, directives, arguments.

use async_graphql::{Request, Variables};
use serde_json::{Value, json};

use crate::shop::{Id, data, path, paths, shop, text};

#[tokio::test]
async fn aliases_give_a_field_twice() {
    let got = shop(1, 0).data("{ a: products { x: handle y: handle } b: products { handle } }").await;
    assert_eq!(got, json!({ "a": [{ "x": "product-0", "y": "product-0" }], "b": [{ "handle": "product-0" }] }));
}
