//! Omitted arguments and variables: they get their defaults, or nothing runs. GraphQL October 2021, 5.8.5, 6.1.2 and
//! 6.4.1.

use async_graphql::parser::types::{FieldDefinition, TypeKind, TypeSystemDefinition};
use cartwright_macros::shop_test;
use serde_json::{Value, json};

use crate::support::{Client, Shop};

/// The fields of a root type.
fn fields(root: &str) -> Vec<FieldDefinition> {
    let document = async_graphql::parser::parse_schema(cartwright::graphql::sdl()).expect("the schema is valid");
    let found = document.definitions.into_iter().find_map(|definition| match definition {
        TypeSystemDefinition::Type(ty) if ty.node.name.node == root => Some(ty.node.kind),
        _ => None,
    });
    let Some(TypeKind::Object(object)) = found else { panic!("{root} is a type") };
    object.fields.into_iter().map(|field| field.node).collect()
}

/// A value for a required argument: a well-formed id of nothing that exists.
fn filler(argument: &str) -> &'static str {
    match argument {
        "cartId" | "from" => "\"cart_00000000000000000000000000\"",
        "into" => "\"cart_00000000000000000000000001\"",
        "id" | "orderId" => "\"ord_00000000000000000000000000\"",
        "promotionId" => "\"promo_00000000000000000000000000\"",
        "count" => "1",
        "pattern" => "\"HH-####-####\"",
        "text" => "\"Hello\"",
        other => panic!("say what a test gives for {other}"),
    }
}

/// The data and errors of a response, without the locations.
async fn asked(client: &Client, query: &str, variables: Value) -> Value {
    let mut body = client.run(query, variables).await.body;
    for error in body["errors"].as_array_mut().into_iter().flatten() {
        error.as_object_mut().expect("an error").remove("locations");
    }
    body
}

#[shop_test]
async fn every_argument_with_a_default_may_be_left_out_and_may_be_null() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let mut tried = Vec::new();
    for (root, keyword, selection) in
        [("Query", "query", "totalCount"), ("Mutation", "mutation", "userErrors { code path message }")]
    {
        for field in fields(root) {
            let name = &field.name.node;
            let arguments: Vec<_> = field.arguments.iter().map(|argument| &argument.node).collect();
            for argument in arguments.iter().filter(|argument| argument.default_value.is_some()) {
                let needed = arguments.iter().filter(|other| !other.ty.node.nullable && other.default_value.is_none());
                let given: Vec<_> =
                    needed.map(|other| format!("{}: {}", other.name.node, filler(&other.name.node))).collect();
                let (what, ty, given) = (&argument.name.node, &argument.ty.node, given.join(", "));
                let spare = if given.is_empty() && root == "Query" { "first: 1" } else { &given };
                let bare = if spare.is_empty() { String::new() } else { format!("({spare})") };
                let left_out = format!("{keyword} {{ {name}{bare} {{ {selection} }} }}");
                let by_variable = format!("{keyword}($v: {ty}) {{ {name}({spare} {what}: $v) {{ {selection} }} }}");
                let mut answers = Vec::new();
                for (query, variables) in
                    [(&left_out, json!({})), (&by_variable, json!({})), (&by_variable, json!({ "v": null }))]
                {
                    // `logout` ends the client's session.
                    let client = if name == "logout" { shop.customer().await } else { staff.clone() };
                    answers.push(asked(&client, query, variables).await);
                }
                let code = answers[0]["errors"][0]["extensions"]["code"].as_str().unwrap_or("NOT_FOUND");
                assert_eq!(code, "NOT_FOUND", "{left_out}: {}", answers[0]);
                assert_eq!(answers[0], answers[1], "{by_variable} without the variable");
                assert_eq!(answers[0], answers[2], "{by_variable} with null");
                tried.push(format!("{name}.{what}"));
            }
        }
    }
    assert!(tried.len() >= 13, "{tried:?}");
}

#[shop_test]
async fn a_variable_that_is_left_out_does_not_make_codes_without_a_limit() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let create = "mutation { promotionCreate(input: { title: \"Letters\", effects: [
        { percentage: { percentage: 10, target: { order: {} } } }] }) { promotion { id } userErrors { code path } } }";
    let id = staff.ok(create, Value::Null).await["promotionCreate"]["promotion"]["id"].clone();
    let generate = "mutation($id: ID!, $limit: Int) {
        promotionCodesGenerate(promotionId: $id, count: 1, pattern: \"HH-####-####\", usageLimit: $limit) {
            codes { usageLimit } userErrors { code path } } }";
    // Null means no limit, as the schema says.
    for (variables, limit) in [(json!({ "id": id }), json!(1)), (json!({ "id": id, "limit": null }), Value::Null)] {
        let made = staff.ok(generate, variables).await;
        assert_eq!(made["promotionCodesGenerate"]["codes"][0]["usageLimit"], limit);
    }
}

#[shop_test]
async fn a_variable_of_a_type_that_takes_no_null_may_be_left_out_when_it_has_a_default() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let include = "query($with: Boolean! = true) { shop @include(if: $with) { name } }";
    assert!(client.ok(include, json!({})).await["shop"].is_object());
    assert!(client.ok(include, json!({ "with": false })).await["shop"].is_null());
    let page = "query($first: Int! = 2, $sort: ProductSort = TITLE_ASC) {
        products(first: $first, sort: $sort) { nodes { id } } }";
    let shown = client.ok(page, json!({})).await;
    assert_eq!(shown["products"]["nodes"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown, client.ok(page, json!({ "first": 2, "sort": "TITLE_ASC" })).await);
}

#[shop_test]
async fn nothing_runs_without_a_variable_that_is_needed() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let queries = [
        "query($id: ID!) { shop { name } cart(id: $id) { id } }",
        "query($tags: [String!]!) { products(first: 1, filter: { tags: $tags }) { totalCount } }",
        "query($with: Boolean!) { __typename shop @include(if: $with) { name } }",
        "mutation($cart: ID!) { cartCreate(input: {}) { cart { id } } cartUpdate(cartId: $cart, input: {}) { cart { id } } }",
    ];
    for query in queries {
        for value in [json!({}), json!({ "id": null, "tags": null, "with": null, "cart": null })] {
            let answer = client.run(query, value).await;
            assert_eq!(answer.code().as_deref(), Some("BAD_USER_INPUT"), "{query}: {}", answer.body);
            assert_eq!(answer.body.get("data"), None, "{query}: {}", answer.body);
            assert!(answer.body["errors"][0]["path"].is_null(), "{query}: {}", answer.body);
        }
    }
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 0);
}
