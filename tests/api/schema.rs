//! `schema.graphql` and `src/db/schema.rs` match the code and the database.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cartwright_macros::shop_test;
use serde_json::json;

use crate::support::Shop;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is there")
}

#[test]
fn schema_graphql_is_up_to_date() {
    let written = file("schema.graphql");
    assert!(written == cartwright::graphql::sdl(), "run `cargo run -- schema > schema.graphql`");
}

#[test]
fn every_schema_element_has_a_description() {
    let sdl = cartwright::graphql::sdl();
    let document = async_graphql::parser::parse_schema(&sdl).expect("the schema is valid");
    let mut silent = Vec::new();
    for definition in document.definitions {
        let async_graphql::parser::types::TypeSystemDefinition::Type(ty) = definition else { continue };
        let name = ty.node.name.node.to_string();
        use async_graphql::parser::types::TypeKind;
        let fields: Vec<(String, bool)> = match &ty.node.kind {
            TypeKind::Object(object) => {
                object.fields.iter().map(|f| (f.node.name.to_string(), f.node.description.is_some())).collect()
            }
            TypeKind::InputObject(input) => {
                input.fields.iter().map(|f| (f.node.name.to_string(), f.node.description.is_some())).collect()
            }
            TypeKind::Enum(values) => {
                values.values.iter().map(|v| (v.node.value.to_string(), v.node.description.is_some())).collect()
            }
            _ => Vec::new(),
        };
        // The library creates the connections.
        let own = !name.ends_with("Connection") && !["Query", "Mutation", "Subscription"].contains(&name.as_str());
        if own && ty.node.description.is_none() {
            silent.push(name.clone());
        }
        silent
            .extend(fields.into_iter().filter(|(_, described)| !described).map(|(field, _)| format!("{name}.{field}")));
    }
    assert!(silent.is_empty(), "without a description: {silent:?}");
}

#[shop_test]
async fn the_diesel_schema_matches_the_database_and_migrations_can_be_reverted() {
    let shop = Shop::empty().await;
    let (client, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let columns = "SELECT table_name::text, column_name::text, is_nullable::text, udt_name::text
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in client.query(columns, &[]).await.expect("the columns") {
        let (table, column, nullable, kind): (String, String, String, String) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        if table != "__diesel_schema_migrations" {
            tables.entry(table).or_default().push(format!("{column} -> {}", sql_type(&kind, nullable == "YES")));
        }
    }
    assert_eq!(diesel_tables(&file("src/db/schema.rs")), tables);

    while cartwright::db::migrations::revert(shop.url()).await.expect("a migration is undone").is_some() {}
    let left = shop.count("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").await;
    assert_eq!(left, 1, "only diesel's own table is left");
    let migrations =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")).expect("the migrations").count();
    assert_eq!(cartwright::db::migrations::run(shop.url()).await.expect("they run again").len(), migrations);
    assert!(cartwright::db::migrations::run(shop.url()).await.expect("nothing is left to run").is_empty());
}

#[shop_test]
async fn renamed_and_merged_columns_keep_their_data_in_both_directions() {
    let shop = Shop::demo().await;
    let (client, staff, note) = (shop.anonymous(), shop.staff().await, shop.variant("NOTE-A5-DOT").await);
    let (shipped, _) = shop.order(&client, &note, 2).await;
    let (canceled, _) = shop.order(&client, &note, 1).await;
    let fulfill = "mutation($id: ID!) { fulfillmentCreate(orderId: $id) { userErrors { code } } }";
    staff.data(fulfill, json!({ "id": shipped })).await;
    let cancel = "mutation($id: ID!) { orderCancel(id: $id) { userErrors { code } } }";
    staff.data(cancel, json!({ "id": canceled })).await;
    let rows = "SELECT (SELECT json_agg(o ORDER BY id) FROM orders o)::text
        || (SELECT json_agg(l ORDER BY id) FROM order_lines l)::text
        || (SELECT json_agg(t ORDER BY order_id, created_at, id) FROM order_timeline t)::text
        || (SELECT json_agg(m ORDER BY id) FROM stock_movements m)::text
        || (SELECT json_agg(s ORDER BY id) FROM payment_sessions s)::text
        || (SELECT json_agg(e ORDER BY id) FROM transaction_events e)::text";
    let (db, connection) = tokio_postgres::connect(shop.url(), tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let all = async || db.query_one(rows, &[]).await.expect("the rows").get::<_, String>(0);
    let before = all().await;
    assert!(before.contains("CANCELED") && before.contains("FULFILL") && before.contains("COMPLETED"), "{before}");
    let revert = async || cartwright::db::migrations::revert(shop.url()).await.expect("it is undone").expect("one");
    while !revert().await.ends_with("standard_names") {}
    let old = "SELECT count(*) FROM orders o, money_events WHERE o.status = 'CANCELLED' AND o.cancelled_at IS NOT NULL";
    assert!(shop.count(old).await > 0);
    cartwright::db::migrations::run(shop.url()).await.expect("it runs again");
    assert_eq!(all().await, before);
}

fn sql_type(kind: &str, nullable: bool) -> String {
    let name = match kind {
        "uuid" => "Uuid",
        "text" => "Text",
        "bool" => "Bool",
        "int4" => "Int4",
        "int8" => "Int8",
        "numeric" => "Numeric",
        "timestamptz" => "Timestamptz",
        "jsonb" => "Jsonb",
        "bytea" => "Bytea",
        "tsvector" => "Tsvector",
        "_text" => "Array<Text>",
        "_uuid" => "Array<Uuid>",
        other => panic!("what is {other} in diesel?"),
    };
    if nullable { format!("Nullable<{name}>") } else { name.to_owned() }
}

fn diesel_tables(source: &str) -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::new();
    for block in source.split("diesel::table! {").skip(1) {
        let (head, rest) = block.split_once(") {\n").expect("a table");
        let name = head.trim().rsplit(['\n', ';']).next().unwrap_or(head).trim().split(' ').next().expect("a name");
        let columns = rest.split("\n    }").next().expect("columns").lines();
        let columns =
            columns.map(|line| line.trim().trim_end_matches(',').to_owned()).filter(|line| line.contains("->"));
        tables.insert(name.to_owned(), columns.collect());
    }
    tables
}
