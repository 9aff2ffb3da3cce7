//! The schema: names, types, descriptions and guards.

use async_graphql::{Request, SDLExportOptions};
use graphql_plan::object;
use serde_json::{Value, json};

use crate::shop::{Id, Staff, code, data, paths, shop};

#[test]
fn the_sdl_matches_the_tables() {
    let sdl = shop(0, 0).schema().sdl_with_options(SDLExportOptions::new().sorted_fields());
    for part in [
        "type Product implements Node {",
        "\"\"\"\nSomething that the shop sells.\n\nIn one or more variants.\n\"\"\"",
        "interface Node {",
        "union SearchResult = Product | Category",
        "\tid: ID!\n",
        "\tcost: Decimal! @requires(permission: \"COSTS\")",
        "directive @requires(permission: String!) on FIELD_DEFINITION",
        "\tname: String! @deprecated(reason: \"Use `title`.\")",
        "\ttype: String!",
        "\ttags: [String!]!",
        "\tstatus: Status!",
        "\tcreatedAt: DateTime!",
        "\tweight: Float\n",
        "\tdetails: JSON!",
        "\tbarcode: Barcode\n",
        "\tnote: String\n",
        "\tmotto: String!",
        "\tlabels: [Label!]!",
        "\textras: [Label!]\n",
        "\tbadge: Label\n",
        "\tstamp: Label!",
        "\tcategory: Category\n",
        "\thome: Category!",
        "\tvariants: [ProductVariant!]!",
        "\tfirstVariant: ProductVariant\n",
        "\tlastVariant: ProductVariant!",
        "\totherVariants: [ProductVariant!]\n",
        "\tvariantCount: Int!",
        "\tsku: String\n",
        "\tcheapest: Decimal\n",
        "base: String! = \"https://shop.test\"",
        "first: Int! = 10",
        "filter: ListFilter! = {",
        "type ProductConnection {",
        "\tedges: [ProductEdge!]!",
        "\tnodes: [Product!]!",
        "\tpageInfo: PageInfo!",
        "\ttotalCount: Int!",
        "type ProductEdge {",
        "\tnode: Product!",
        "\tcursor: String!",
        "\tstartCursor: String\n",
        "\tuserErrors: [UserError!]!",
        "\tproductChanged: Product!",
        "first: Int = 10",
        "\tproduct(\n",
        "\tnodes(ids: [ID!]!): [Node]!",
        "\tsearch(text: String!): [SearchResult]!",
        "\toldProducts: [Product!]! @deprecated(reason: \"Use `products`.\")",
        "\tstaffProducts: [Product!]! @requires(permission: \"COSTS\")",
        "\tproductCount: Int!",
    ] {
        assert!(sdl.contains(part), "{part}\n{sdl}");
    }
    // The struct of the arguments is not a type in the schema.
    assert!(!sdl.contains("input ListArgs") && !sdl.contains("LinkArgs"), "{sdl}");
}

async fn fields_of(ty: &str, staff: bool) -> Vec<String> {
    let request = Request::new(format!("{{ __type(name: \"{ty}\") {{ fields {{ name }} }} }}"));
    let request = if staff { request.data(Staff) } else { request };
    let got = shop(0, 0).data(request).await;
    let fields = got["__type"]["fields"].as_array().unwrap();
    fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn introspection_hides_fields_the_caller_may_not_see() {
    for (ty, field) in [("Product", "cost"), ("Product", "remark"), ("Query", "staffProducts")] {
        assert!(!fields_of(ty, false).await.contains(&field.to_owned()), "{field}");
        assert!(fields_of(ty, true).await.contains(&field.to_owned()), "{field}");
    }
}

#[tokio::test]
async fn introspection_shows_types_arguments_and_deprecation() {
    let query = "{
        product: __type(name: \"Product\") { kind description interfaces { name } fields(includeDeprecated: true) {
            name isDeprecated deprecationReason args { name defaultValue type { kind ofType { name } } }
        } }
        node: __type(name: \"Node\") { kind possibleTypes { name } fields { name } }
        found: __type(name: \"SearchResult\") { kind possibleTypes { name } }
    }";
    let got = shop(0, 0).data(query).await;
    assert_eq!(got["product"]["interfaces"], json!([{ "name": "Node" }]));
    assert_eq!(got["product"]["description"], "Something that the shop sells.\n\nIn one or more variants.");
    let field = |name: &str| {
        got["product"]["fields"].as_array().unwrap().iter().find(|field| field["name"] == name).unwrap().clone()
    };
    assert_eq!(field("name")["deprecationReason"], "Use `title`.");
    assert_eq!(field("title")["isDeprecated"], false);
    let base = json!({
        "name": "base",
        "defaultValue": "\"https://shop.test\"",
        "type": { "kind": "NON_NULL", "ofType": { "name": "String" } },
    });
    assert_eq!(field("link")["args"][0], base);
    let types = json!([{ "name": "Product" }, { "name": "ProductVariant" }, { "name": "Category" }]);
    assert_eq!(got["node"], json!({ "kind": "INTERFACE", "possibleTypes": types, "fields": [{ "name": "id" }] }));
    assert_eq!(got["found"]["kind"], "UNION");
}

#[tokio::test]
async fn a_failed_guard_rejects_the_root_field() {
    let shop = shop(5, 1);
    let query = "{ products { handle category { products { nodes { cost } } } } }";
    let response = shop.execute(query).await;
    assert_eq!(data(&response), Value::Null);
    assert_eq!(paths(&response), ["products.category.products.nodes.cost"]);
    assert_eq!(code(&response.errors[0]), "FORBIDDEN");
    // Nothing was read, and a mutation would not have run.
    assert_eq!(shop.log(), "guard(1)");
    let got = shop.data(Request::new(query).data(Staff)).await;
    assert_eq!(got["products"][0]["category"]["products"]["nodes"][1], json!({ "cost": "0.05" }));
    assert_eq!(shop.log(), "guard(1) products(0) category(1) products in(1)");
}

#[tokio::test]
async fn a_guard_is_checked_when_there_are_no_rows() {
    let none = Id::product(99).0;
    for query in [
        "{ products(first: 0) { cost } }".to_owned(),
        "{ products { category { products { edges { node { cost } } } } } }".to_owned(),
        format!("{{ product(id: \"{none}\") {{ cost }} }}"),
        format!("{{ node(id: \"{none}\") {{ ... on Product {{ cost }} }} }}"),
        format!("{{ nodes(ids: [\"{none}\"]) {{ ... on Product {{ cost }} }} }}"),
        "{ nodes(ids: []) { ... on Product { cost } } }".to_owned(),
    ] {
        let response = shop(0, 0).execute(&*query).await;
        assert_eq!(response.errors.len(), 1, "{query}");
        assert_eq!(code(&response.errors[0]), "FORBIDDEN", "{query}");
    }
}

#[tokio::test]
async fn the_guard_of_a_root_field_is_checked_before_its_function() {
    let shop = shop(1, 0);
    let response = shop.execute("{ x: staffProducts { id } }").await;
    assert_eq!((paths(&response), shop.log()), (vec!["x".to_owned()], "guard(1)".to_owned()));
    assert_eq!(response.errors[0].locations[0].column, 3);
    shop.data(Request::new("{ staffProducts { id } }").data(Staff)).await;
    assert_eq!(shop.log(), "guard(1) products(0)");
}

#[tokio::test]
async fn a_hidden_field_can_be_selected() {
    assert_eq!(shop(1, 0).data("{ products { remark } }").await["products"][0]["remark"], "Remark on product-0");
}

mod duplicate {
    graphql_plan::object! {
        /// Another product.
        pub Product for String {
            /// Its length.
            length: value(|text| text.len() as i32);
        }
    }
}

object! {
    /// It has the same field twice.
    Doubled for String {
        /// Its length.
        length: value(|text| text.len() as i32);
        /// The same.
        size: value(|text| text.len() as i32).named("length");
    }
}

#[test]
#[should_panic(expected = "two types are called Product")]
fn two_types_with_the_same_name_panic() {
    shop(0, 0).schema();
    graphql_plan::target::<duplicate::Product>();
}

#[test]
#[should_panic(expected = "a field of Doubled is declared twice")]
fn a_field_declared_twice_panics() {
    graphql_plan::target::<Doubled>();
}

#[test]
fn a_rejected_type_stays_rejected() {
    shop(0, 0).schema();
    for _ in 0..2 {
        assert!(std::panic::catch_unwind(graphql_plan::target::<duplicate::Product>).is_err());
    }
    shop(0, 0).schema();
}

#[test]
#[should_panic(expected = "two root fields are called size")]
fn two_root_fields_with_the_same_name_panic() {
    const SIZE: &[graphql_plan::RootField] = &[graphql_plan::RootField {
        name: "size",
        doc: &[],
        ty: <i64 as graphql_plan::RootOutput>::register,
        target: <i64 as graphql_plan::RootOutput>::target,
        args: &[],
        guard: None,
        deprecated: None,
        parse: |_| Some(Box::new(())),
        call: |ctx, _| Box::pin(async move { graphql_plan::reply(ctx, Ok(1_i64)) }),
    }];
    graphql_plan::root! { Query = [SIZE, SIZE] }
    async_graphql::Schema::new(Query, async_graphql::EmptyMutation, async_graphql::EmptySubscription);
}

#[test]
fn a_secret_argument_is_marked_in_the_registry() {
    let mut registry = async_graphql::registry::Registry::default();
    <crate::shop::Query as async_graphql::OutputType>::create_type_info(&mut registry);
    let secret = |field: &str, arg: &str| registry.types["Query"].field_by_name(field).unwrap().args[arg].is_secret;
    assert!(secret("search", "text") && !secret("node", "id"));
}
