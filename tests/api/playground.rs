//! Every example of the playground runs, in file order.

use std::fs;
use std::path::Path;

use cartwright::graphql::{Credentials, Engine};
use cartwright_macros::shop_test;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{Memory, PASSWORD, Shop, text};

/// An example: its file name, its text and its variables.
struct Example {
    name: String,
    query: String,
    variables: Value,
}

fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("playground/operations");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    // In the order of their numbers, as the playground shows them.
    let number = |path: &Path| {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        (name.split('-').next().and_then(|number| number.parse::<u32>().ok()), name)
    };
    files.sort_by_key(|path| number(path));
    let graphql = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "graphql"));
    graphql
        .map(|path| {
            let variables = fs::read_to_string(path.with_extension("json")).unwrap_or_else(|_| "{}".to_owned());
            Example {
                name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
                query: fs::read_to_string(path).expect("a text"),
                variables: serde_json::from_str(&variables).unwrap_or_else(|error| panic!("{path:?}: {error}")),
            }
        })
        .collect()
}

#[shop_test]
async fn all_examples_run_in_file_order() {
    let shop = Shop::demo().await;
    let staff = shop.staff().await;
    let anonymous = shop.anonymous();
    let (mut memory, mut customer): (_, Option<String>) = (Memory::default(), None);
    let mut queries = Vec::new();
    let examples = examples();
    assert!(examples.len() >= 30, "{} worked examples", examples.len());
    for example in examples {
        let Example { name, query, variables } = &example;
        let mut variables = memory.fill(variables, name);
        if query.contains("staffLogin") {
            variables["email"] = json!("staff@example.com");
            variables["password"] = json!(PASSWORD);
        }
        let client = match query.lines().find_map(|line| line.strip_prefix("# token: ")).map(str::trim) {
            Some("staff") => staff.clone(),
            Some("customer") => {
                anonymous.with_token(customer.as_ref().unwrap_or_else(|| panic!("{name} needs a login")))
            }
            _ => anonymous.clone(),
        };
        let document = async_graphql::parser::parse_query(query).unwrap_or_else(|error| panic!("{name}: {error}"));
        let subscribes = document
            .operations
            .iter()
            .any(|(_, operation)| operation.node.ty == async_graphql::parser::types::OperationType::Subscription);
        let data = if subscribes {
            let engine = Engine::new(shop.app.clone());
            let authorization = client.token().map(|token| format!("Bearer {token}"));
            let caller =
                engine.identify(Credentials { authorization, ..Credentials::default() }).await.expect("a caller");
            let request = async_graphql::Request::new(query).variables(async_graphql::Variables::from_json(variables));
            let response = engine.stream(&caller, request).next().await.expect("a first response");
            assert!(response.errors.is_empty(), "{name}: {:?}", response.errors);
            response.data.into_json().expect("JSON")
        } else {
            let before = shop.db.statements();
            let data = client.data(query, variables.clone()).await;
            let spent = shop.db.statements() - before;
            if !query.contains("mutation") {
                let budget = budget(&document);
                assert!(spent <= budget, "{name} sent {spent} statements; its fields allow {budget}");
                queries.push((name.clone(), client, query.clone(), variables, spent));
            }
            data
        };
        if let Some(token) =
            data.pointer("/customerLogin/session/accessToken").or(data.pointer("/customerRegister/session/accessToken"))
        {
            customer = Some(text(token).to_owned());
        }
        memory.remember(&data);
    }

    // The same queries on a larger shop send the same number of statements.
    let currencies = ["EUR".parse().unwrap(), "USD".parse().unwrap()];
    cartwright::workflows::seed::seed(&shop.db, &shop.products, 120, &currencies, |_| {}).await.expect("products");
    for (name, client, query, variables, small) in queries {
        let before = shop.db.statements();
        client.data(&query, variables).await;
        let large = shop.db.statements() - before;
        assert!(large <= small, "{name} sent {small} statements in a small shop and {large} in a large one");
    }
}

/// One statement for each field that has a selection set, and three for the caller and the market.
fn budget(document: &async_graphql::parser::types::ExecutableDocument) -> u64 {
    fn nested(set: &async_graphql::parser::types::SelectionSet) -> u64 {
        set.items
            .iter()
            .map(|item| match &item.node {
                async_graphql::parser::types::Selection::Field(field) => {
                    let below = &field.node.selection_set.node;
                    // Scalars that need a load of their own: stock, statuses and counts.
                    let loaded =
                        ["availableForSale", "quantityAvailable", "paymentStatus", "fulfillmentStatus", "totalCount"];
                    let own = !below.items.is_empty() || loaded.contains(&field.node.name.node.as_str());
                    u64::from(own) + nested(below)
                }
                async_graphql::parser::types::Selection::InlineFragment(fragment) => {
                    nested(&fragment.node.selection_set.node)
                }
                async_graphql::parser::types::Selection::FragmentSpread(_) => 10,
            })
            .sum()
    }
    3 + document.operations.iter().map(|(_, operation)| nested(&operation.node.selection_set.node)).sum::<u64>()
}
