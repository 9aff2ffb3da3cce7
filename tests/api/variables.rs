//! Omitted arguments and variables: they get their defaults, or the operation is rejected. GraphQL October 2021, 5.8.5, 6.1.2 and
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

/// A value for a required argument, such as a well-formed id that does not exist.
fn placeholder(argument: &str) -> &'static str {
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
async fn data_and_errors(client: &Client, query: &str, variables: Value) -> Value {
    let mut body = client.execute(query, variables).await.body;
    for error in body["errors"].as_array_mut().into_iter().flatten() {
        error.as_object_mut().expect("an error").remove("locations");
    }
    body
}

#[shop_test]
async fn arguments_with_defaults_can_be_omitted_or_null() {
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
                    needed.map(|other| format!("{}: {}", other.name.node, placeholder(&other.name.node))).collect();
                let (what, ty, given) = (&argument.name.node, &argument.ty.node, given.join(", "));
                let spare = if given.is_empty() && root == "Query" { "first: 1" } else { &given };
                let bare = if spare.is_empty() { String::new() } else { format!("({spare})") };
                let left_out = format!("{keyword} {{ {name}{bare} {{ {selection} }} }}");
                let by_variable = format!("{keyword}($v: {ty}) {{ {name}({spare} {what}: $v) {{ {selection} }} }}");
                let mut responses = Vec::new();
                for (query, variables) in
                    [(&left_out, json!({})), (&by_variable, json!({})), (&by_variable, json!({ "v": null }))]
                {
                    // `logout` ends the client's session.
                    let client = if name == "logout" { shop.customer().await } else { staff.clone() };
                    responses.push(data_and_errors(&client, query, variables).await);
                }
                let code = responses[0]["errors"][0]["extensions"]["code"].as_str().unwrap_or("NOT_FOUND");
                assert_eq!(code, "NOT_FOUND", "{left_out}: {}", responses[0]);
                assert_eq!(responses[0], responses[1], "{by_variable} without the variable");
                assert_eq!(responses[0], responses[2], "{by_variable} with null");
                tried.push(format!("{name}.{what}"));
            }
        }
    }
    assert!(tried.len() >= 13, "{tried:?}");
}

#[shop_test]
async fn an_omitted_variable_does_not_create_codes_without_a_limit() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let create = "mutation { promotionCreate(input: { title: \"Letters\", effects: [
        { percentage: { percentage: 10, target: { order: {} } } }] }) { promotion { id } userErrors { code path } } }";
    let id = staff.data(create, Value::Null).await["promotionCreate"]["promotion"]["id"].clone();
    let generate = "mutation($id: ID!, $limit: Int) {
        promotionCodesGenerate(promotionId: $id, count: 1, pattern: \"HH-####-####\", usageLimit: $limit) {
            codes { usageLimit } userErrors { code path } } }";
    // Null means no limit, as the schema says.
    for (variables, limit) in [(json!({ "id": id }), json!(1)), (json!({ "id": id, "limit": null }), Value::Null)] {
        let created = staff.data(generate, variables).await;
        assert_eq!(created["promotionCodesGenerate"]["codes"][0]["usageLimit"], limit);
    }
}

#[shop_test]
async fn a_non_null_variable_with_a_default_can_be_omitted() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let include = "query($with: Boolean! = true) { shop @include(if: $with) { name } }";
    assert!(client.data(include, json!({})).await["shop"].is_object());
    assert!(client.data(include, json!({ "with": false })).await["shop"].is_null());
    let page = "query($first: Int! = 2, $sort: ProductSort = TITLE_ASC) {
        products(first: $first, sort: $sort) { nodes { id } } }";
    let shown = client.data(page, json!({})).await;
    assert_eq!(shown["products"]["nodes"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown, client.data(page, json!({ "first": 2, "sort": "TITLE_ASC" })).await);
}

#[shop_test]
async fn nothing_runs_without_a_required_variable() {
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
            let response = client.execute(query, value).await;
            assert_eq!(response.code().as_deref(), Some("BAD_USER_INPUT"), "{query}: {}", response.body);
            assert_eq!(response.body.get("data"), None, "{query}: {}", response.body);
            assert!(response.body["errors"][0]["path"].is_null(), "{query}: {}", response.body);
        }
    }
    assert_eq!(shop.count("SELECT count(*) FROM carts").await, 0);
}
