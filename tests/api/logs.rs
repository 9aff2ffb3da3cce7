//! Log lines say which request, caller, field and ids they belong to.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use cartwright_macros::shop_test;
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber;
use tracing_subscriber::EnvFilter;

use crate::support::{Client, Shop};

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs an operation that must succeed, and returns the lines that it logged, SQL included.
async fn logged(client: &Client, query: &str, variables: Value) -> Vec<Value> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_env_filter(EnvFilter::new("info,cartwright::sql=trace"))
        .with_writer(move || writer.clone())
        .finish();
    client.data(query, variables).with_subscriber(subscriber).await;
    let bytes = log.0.lock().expect("the log").clone();
    let text = String::from_utf8(bytes).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// A field of the span with this name that a line is in.
fn field<'a>(line: &'a Value, span: &str, field: &str) -> &'a str {
    let spans = line["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = spans.iter().find(|known| known["name"] == span);
    found.and_then(|span| span[field].as_str()).unwrap_or_default()
}

fn statements(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["target"] == "cartwright::sql").collect()
}

#[shop_test]
async fn every_statement_of_a_mutation_names_its_request_caller_field_and_ids() {
    let shop = Shop::demo().await;
    let customer = shop.customer().await;
    let me = customer.data("{ me { id } }", Value::Null).await["me"]["id"].clone();
    let created = customer.data("mutation { cartCreate { cart { id } userErrors { code } } }", Value::Null).await;
    let cart = &created["cartCreate"]["cart"]["id"];
    let update = "mutation($id: ID!) { renamed: cartUpdate(cartId: $id, input: {note: \"Ring twice\"}) {
        cart { region { name } customer { email } } userErrors { code } } }";
    let lines = logged(&customer, update, json!({ "id": cart })).await;
    let writes: Vec<_> =
        statements(&lines).into_iter().filter(|line| !field(line, "field", "field").is_empty()).collect();
    assert!(writes.len() >= 3, "{lines:#?}");
    let expected = format!("cartId=\"{}\"", cart.as_str().expect("an id"));
    for line in writes {
        assert_eq!(field(line, "field", "field"), "cartUpdate", "{line:#}");
        assert_eq!(field(line, "field", "ids"), expected, "{line:#}");
        assert_eq!(field(line, "operation", "actor"), me, "{line:#}");
        assert_eq!(field(line, "request", "id").len(), 36, "{line:#}");
    }
    let text = Value::from(lines).to_string();
    assert!(!text.contains("Ring twice") && !text.contains('@'), "values are not logged: {text}");
}

#[shop_test]
async fn what_a_shop_does_is_logged_with_the_field_that_caused_it() {
    let shop = Shop::demo().await;
    let client = shop.anonymous();
    let cart = shop.ready_cart(&client, &shop.variant("NOTE-A5-DOT").await, 1).await;
    let complete = "mutation($id: ID!) { paymentSessionCreate(cartId: $id) { userErrors { code } }
        cartComplete(cartId: $id) { order { id } userErrors { code } } }";
    let lines = logged(&client, complete, json!({ "id": cart })).await;
    let placed = lines.iter().find(|line| line["message"].as_str().is_some_and(|text| text.contains("placed")));
    let placed = placed.unwrap_or_else(|| panic!("no order was placed: {lines:#?}"));
    assert_eq!(field(placed, "field", "ids"), format!("cartId=\"{cart}\""), "{placed:#}");
    assert_eq!(field(placed, "operation", "actor"), "anonymous", "{placed:#}");
}
