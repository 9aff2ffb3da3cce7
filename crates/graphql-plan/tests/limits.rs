//! The limits of an operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_graphql::{Request, Response, Schema};
use graphql_plan::Limits;
use serde_json::json;

use crate::shop::{Id, Mutation, Query, Shop, Staff, Updates, code, data, paths, shop, text};

/// Unlimited, apart from what the closure sets.
fn limits_with(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits { objects: u64::MAX, rows: u64::MAX, bytes: u64::MAX, time: None };
    change(&mut limits);
    limits
}

/// A schema with a higher depth limit than async-graphql's default.
fn schema(shop: &Arc<Shop>) -> Schema<Query, Mutation, Updates> {
    Schema::build(Query, Mutation, Updates).data(shop.clone()).limit_recursive_depth(1_000).finish()
}

async fn execute_within(limits: Limits, shop: &Arc<Shop>, query: &str) -> (Response, u64, u64) {
    let execution = shop.execution(limits);
    let request = Request::new(query).data(execution.clone()).data(Staff);
    let response = schema(shop).execute(request).await;
    (response, execution.budget().objects(), execution.budget().bytes())
}

fn assert_too_costly(response: &Response, what: &str) {
    assert!(data(response).is_null(), "{:.200}", text(response));
    assert_eq!(response.errors.len(), 1, "{:?}", response.errors);
    assert_eq!(code(&response.errors[0]), "TOO_COSTLY");
    assert!(response.errors[0].message.contains(what), "{}", response.errors[0].message);
    assert_eq!(response.errors[0].locations.len(), 1);
    assert_ne!(response.errors[0].locations[0].line, 0);
    assert!(paths(response)[0].starts_with("products"), "{:?}", paths(response));
}

/// Asserts that the query succeeds with this limit, and is rejected with one less.
async fn assert_min_limit(shop: &Arc<Shop>, query: &str, what: &str, enough: u64, set: fn(&mut Limits, u64)) {
    let (response, _, _) = execute_within(limits_with(|limits| set(limits, enough)), shop, query).await;
    assert!(response.errors.is_empty(), "{query}: {:?}", response.errors);
    let (response, _, _) = execute_within(limits_with(|limits| set(limits, enough - 1)), shop, query).await;
    assert_eq!(response.errors.len(), 1, "{query} needs less than {enough} {what}");
    assert!(response.errors[0].message.contains(what), "{}", response.errors[0].message);
    assert_eq!(code(&response.errors[0]), "TOO_COSTLY");
}

#[tokio::test]
async fn objects_are_counted_at_every_position() {
    let shop = shop(4, 1);
    let objects: fn(&mut Limits, u64) = |limits, limit| limits.objects = limit;
    for (query, enough) in [
        ("{ products { id } }", 4),
        ("{ products { variants { id } } }", 4 + 6),
        // Three products have the category, which therefore occurs three times.
        ("{ products { category { name } } }", 4 + 3),
        ("{ products { category { parent { id } name products { nodes { id } } } } }", 4 + 3 + 3 + 9),
        ("{ products { category { products { nodes { id } totalCount } } } }", 4 + 3 + 3 + 9),
        // Embedded objects, with and without loads below.
        ("{ products { seo { title } } }", 4 + 4),
        ("{ products { labels { text } } }", 4 + 3),
        ("{ products { labels { seo { title } } } }", 4 + 3 + 3),
        ("{ products { labels { category { name } } } }", 4 + 3),
        ("{ products { extras { text seo { title } } } }", 4 + 3 + 3),
        ("{ catalog { nodes { id } } }", 1 + 4),
        ("{ catalog { nodes { id } edges { node { id } } pageInfo { endCursor } } }", 1 + 4 + 4 + 4 + 1),
        ("{ a: products { id } b: products { id } }", 8),
    ] {
        assert_min_limit(&shop, query, "objects", enough, objects).await;
    }
}

#[tokio::test]
async fn bytes_are_those_of_the_response() {
    let shop = shop(4, 1);
    let bytes: fn(&mut Limits, u64) = |limits, limit| limits.bytes = limit;
    for query in [
        "{ products { id handle seo { title length } tags } }",
        "{ catalog { nodes { id labels { text } } } }",
        "{ products { variants { sku product { title } } category { name } } }",
    ] {
        let answer = text(&shop.execute(query).await);
        let key = answer.find(':').unwrap();
        assert_min_limit(&shop, query, "bytes", (answer.len() - key - 2) as u64, bytes).await;
    }
    assert_min_limit(&shop, "{ productCount }", "bytes", 1, bytes).await;
}

#[tokio::test]
async fn bytes_of_discarded_objects_are_not_counted_twice() {
    // Each category is written up to the product that fails, and then discarded.
    let shop = Arc::new(Shop::new(30, 1).with_flaw(28, "motto"));
    let query = "{ products { category { products(first: 30) { nodes { handle motto } } } } }";
    let (response, _, bytes) = execute_within(limits_with(|_| {}), &shop, query).await;
    assert_eq!(data(&response), json!({ "products": vec![json!({ "category": null }); 10] }));
    let longest = text(&shop.execute("{ catalog(first: 30) { nodes { handle motto: handle } } }").await).len() as u64;
    // The minimum size of the objects was counted before they were read: ten times the page.
    assert!(bytes < 12 * longest, "{bytes} of {longest}");
}

#[tokio::test]
async fn a_row_is_counted_once_even_if_it_occurs_many_times() {
    let shop = shop(4, 1);
    let rows: fn(&mut Limits, u64) = |limits, limit| limits.rows = limit;
    assert_min_limit(&shop, "{ products { category { name } } }", "rows", 4 + 1, rows).await;
    assert_min_limit(&shop, "{ products { variants { sku } } }", "rows", 4 + 6, rows).await;
    assert_min_limit(&shop, "{ products { sku } }", "rows", 4 + 6, rows).await;
    assert_min_limit(&shop, "{ products { firstVariant { sku } } }", "rows", 4 + 6 + 4, rows).await;
}

#[tokio::test]
async fn an_operation_has_a_time_limit() {
    let shop = shop(4, 1);
    let (response, _, _) =
        execute_within(limits_with(|limits| limits.time = Some(Duration::ZERO)), &shop, "{ products { id } }").await;
    assert_too_costly(&response, "takes too long");
    let minute = limits_with(|limits| limits.time = Some(Duration::from_secs(60)));
    assert!(execute_within(minute, &shop, "{ products { id } }").await.0.errors.is_empty());
}

#[tokio::test]
async fn root_fields_share_one_budget() {
    let shop = shop(4, 1);
    let limits = limits_with(|limits| limits.objects = 7);
    let (response, _, _) = execute_within(limits, &shop, "{ products { id } productsToo: products { id } }").await;
    assert_too_costly(&response, "7 objects");
}

#[tokio::test]
async fn the_cost_of_a_field_is_counted() {
    graphql_plan::object! {
        /// Something expensive.
        Expensive for u64 {
            /// It costs a hundred.
            expensive: value(|row| *row).cost(100);
            /// It costs nothing.
            cheap: value(|row| *row).cost(0);
        }
    }
    struct Roots;
    #[async_graphql::Object]
    impl Roots {
        async fn expensive(&self) -> graphql_plan::One<Expensive> {
            graphql_plan::One::new(1)
        }
    }
    let schema = Schema::new(Roots, async_graphql::EmptyMutation, async_graphql::EmptySubscription);
    for (query, objects) in [
        ("{ expensive { expensive } }", 100),
        ("{ expensive { cheap } }", 1),
        ("{ expensive { expensive a: expensive } }", 199),
    ] {
        let execution = shop(0, 0).execution(Limits::default());
        let response = schema.execute(Request::new(query).data(execution.clone())).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        assert_eq!(execution.budget().objects(), objects, "{query}");
    }
}

/// A query that nests products this many levels deep, a hundred at each level.
fn nested_query(levels: usize, leaf: &str) -> String {
    let down = "category { products(first: 100) { nodes { title ".repeat(levels);
    format!("{{ products(first: 100) {{ title {down} {leaf} {} }} }}", "} } }".repeat(levels))
}

#[tokio::test]
async fn a_huge_response_is_rejected_before_it_is_written() {
    let shop = Arc::new(Shop { category_size: Some(100), ..Shop::new(300, 100) });
    let (response, objects, bytes) = execute_within(Limits::default(), &shop, &nested_query(8, "handle")).await;
    assert_too_costly(&response, "objects");
    // A page was read for each category of a level or two, and nothing was written.
    let calls = shop.log();
    assert!(calls.split(' ').count() < 8, "{calls}");
    assert!(objects > 100_000 && bytes < 8 << 20, "{objects} objects, {bytes} bytes");

    let (response, _, bytes) =
        execute_within(limits_with(|limits| limits.bytes = 8 << 20), &shop, &nested_query(8, "handle")).await;
    assert_too_costly(&response, "bytes");
    assert!(shop.log().split(' ').count() < 12);
    assert!(bytes > 8 << 20);

    let (response, objects, _) =
        execute_within(limits_with(|limits| limits.rows = 5_000), &shop, &nested_query(8, "handle")).await;
    assert_too_costly(&response, "rows");
    assert!(objects < u64::MAX);
}

#[tokio::test]
async fn a_huge_response_without_loads_is_rejected_while_it_is_written() {
    // The last level needs no load, so only the writer sees its objects.
    let shop = Arc::new(Shop { category_size: Some(100), ..Shop::new(100, 1) });
    let query =
        "{ products(first: 100) { category { products(first: 100) { nodes { seo { title } labels { text } } } } } }";
    let (response, objects, bytes) = execute_within(limits_with(|limits| limits.objects = 1_000), &shop, query).await;
    assert_too_costly(&response, "objects");
    assert!(objects < 10_000, "{objects}");
    assert!(bytes < 1 << 20, "{bytes}");
    // Many aliases of one page: the writer stops in the middle of an object.
    let aliases: String = (0..500).map(|n| format!("a{n}: nodes {{ id title handle }} ")).collect();
    let query = format!("{{ products(first: 100) {{ category {{ products(first: 100) {{ {aliases} }} }} }} }}");
    let (response, objects, _) = execute_within(limits_with(|limits| limits.bytes = 1 << 20), &shop, &query).await;
    assert_too_costly(&response, "bytes");
    assert!(objects < 20_000, "{objects}");
}

#[tokio::test]
async fn the_depth_of_a_selection_is_limited() {
    let shop = shop(1, 1);
    let parents = |levels: usize| {
        format!("{{ products {{ category {{ {} name {} }} }} }}", "parent { ".repeat(levels), "} ".repeat(levels))
    };
    assert!(execute_within(limits_with(|_| {}), &shop, &parents(40)).await.0.errors.is_empty());
    // The parser allows no deeper nesting, but fragments do.
    let query = (0..40).fold("{ products { category { ...F0 } } }".to_owned(), |query, n| {
        let next = if n < 39 { format!("...F{}", n + 1) } else { String::new() };
        format!("{query} fragment F{n} on Category {{ parent {{ parent {{ id {next} }} }} }}")
    });
    let (response, _, _) = execute_within(limits_with(|_| {}), &shop, &query).await;
    assert_too_costly(&response, "nested too deeply");
    assert_eq!(shop.log().split(' ').filter(|call| call.starts_with("products")).count(), 1, "it was rejected first");
}

#[tokio::test]
async fn the_number_of_nodes_is_limited() {
    // Two fields per level, each with all levels below: 2^n nodes from n fragments.
    let query = |levels: usize| {
        (0..levels).fold("{ products { category { ...F0 } } }".to_owned(), |query, n| {
            let next = if n + 1 < levels { format!("...F{}", n + 1) } else { "name".to_owned() };
            format!("{query} fragment F{n} on Category {{ a: parent {{ {next} }} b: parent {{ {next} }} }}")
        })
    };
    let shop = shop(1, 1);
    assert!(execute_within(limits_with(|_| {}), &shop, &query(10)).await.0.errors.is_empty());
    let (response, _, _) = execute_within(limits_with(|_| {}), &shop, &query(16)).await;
    assert_too_costly(&response, "too many places");
}

#[tokio::test]
async fn the_number_of_fields_is_limited() {
    // Few nodes with many fields each.
    let many: String = (0..400).map(|n| format!("a{n}: name ")).collect();
    let query = (0..10).fold("{ products { category { ...F0 } } }".to_owned(), |query, n| {
        let next = if n < 9 { format!("...F{}", n + 1) } else { many.clone() };
        format!("{query} fragment F{n} on Category {{ a: parent {{ {next} }} b: parent {{ {next} }} }}")
    });
    let (response, _, _) = execute_within(limits_with(|_| {}), &shop(1, 1), &query).await;
    assert_too_costly(&response, "too many places");
}

#[tokio::test]
async fn a_fragment_that_is_spread_many_times_is_compiled_once() {
    // There are 2^10 paths through ten fragments, but the guard of the innermost field is checked once.
    let query = (0..10).fold("{ products { ...F0 ...F0 } }".to_owned(), |query, n| {
        let next = if n < 9 { format!("...F{0} ...F{0} ... {{ ...F{0} }}", n + 1) } else { "cost".to_owned() };
        format!("{query} fragment F{n} on Product {{ {next} }}")
    });
    let shop = shop(1, 1);
    let (response, _, _) = execute_within(Limits::default(), &shop, &query).await;
    assert_eq!(data(&response), json!({ "products": [{ "cost": "-1.00" }] }));
    assert_eq!(shop.log(), "guard(1) products(0)");
}

#[tokio::test]
async fn a_long_response_yields_to_other_tasks() {
    let shop = Arc::new(Shop { category_size: Some(100), ..Shop::new(100, 1) });
    let yields = Arc::new(AtomicU64::new(0));
    let counted = yields.clone();
    let other = tokio::spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    let ids = vec![format!("\"{}\"", Id::category(0).0); 100].join(" ");
    let list = "{ products(first: 100) { category { products(first: N) { nodes { title note } } } } }";
    let entries = "{ nodes(ids: [IDS]) { ... on Category { products(first: N) { nodes { title } } } } }";
    for query in [list.to_owned(), entries.replace("IDS", &ids)] {
        // The loads are the same for a short response, so any additional yields are those of the writer.
        let mut measured = Vec::new();
        for first in ["1", "100"] {
            let before = yields.load(Ordering::Relaxed);
            let (response, objects, _) = execute_within(Limits::default(), &shop, &query.replace('N', first)).await;
            assert!(response.errors.is_empty());
            measured.push((yields.load(Ordering::Relaxed) - before, objects));
        }
        let ((short, few), (long, many)) = (measured[0], measured[1]);
        assert!(long - short >= (many - few) / 3_000, "{measured:?}");
    }
    other.abort();
}

#[tokio::test]
async fn nothing_is_loaded_if_the_root_exceeds_the_limit() {
    let shop = shop(4, 1);
    let (response, _, _) =
        execute_within(limits_with(|limits| limits.objects = 3), &shop, "{\n  products { variants { id } } }").await;
    assert_too_costly(&response, "3 objects");
    assert_eq!(paths(&response), ["products"]);
    assert_eq!((response.errors[0].locations[0].line, response.errors[0].locations[0].column), (2, 3));
    assert_eq!(shop.log(), "products(0)");
    assert!(shop.execute(format!("{{ product(id: \"{}\") {{ id }} }}", Id::product(0).0)).await.errors.is_empty());
}
