//! Payment scenarios: money moves once, within its limits, and is never lost when the provider misbehaves.

use std::collections::BTreeMap;

use cartwright::config::Secret;
use cartwright::kernel::clock::{Clock, SystemClock};
use cartwright::kernel::ids::CartId;
use cartwright::providers::payment::TestBank;
use futures_util::future::join_all;
use serde_json::json;

use super::ScenarioResult;
use super::audit::Audit;
use super::environment::{Environment, free_port};
use super::error::StressError;

/// One cart, completed 50 times concurrently in two processes, while its webhooks arrive 50 times each.
pub(super) async fn one_cart(environment: &mut Environment) -> Result<ScenarioResult, StressError> {
    let variant = environment.variant().await?;
    environment.stock(&variant, &[1_000]).await?;
    let second = environment.another_server(free_port()?).await?;
    let (here, there) = (environment.buyer(), super::client::ApiClient::new(&second.url));
    let cart = here.ready_cart(&variant, 1, &[]).await.map_err(StressError::new)?;
    let session = here.pay(&cart, &json!({ "behavior": "pending" })).await.map_err(StressError::new)?;
    let (reference, _) = Audit::connect(environment).await?.session(&session).await?;
    let bank = TestBank::new(&environment.database, Secret::new(TestBank::SECRET));
    bank.decide(&reference, true).await?;
    let hook = webhook(environment, &session, "authorized", "once").await?;
    let completions = (0..50).map(|place| if place % 2 == 0 { &here } else { &there }.complete_with_retries(&cart));
    let hooks = (0..50).map(|place| if place % 2 == 0 { &here } else { &there }.webhook(&hook.0, &hook.1));
    let (outcomes, accepted) = tokio::join!(join_all(completions), join_all(hooks));
    second.kill().await?;
    let mut orders: Vec<_> = outcomes.iter().filter_map(|end| end.as_ref().ok()).collect();
    let completed = orders.len();
    orders.sort_unstable();
    orders.dedup();
    let accepted = accepted.iter().flatten().filter(|status| status.is_success()).count();
    let audit = Audit::connect(environment).await?;
    let placed = audit.count(&format!("SELECT count(*) FROM orders WHERE cart_id = {}", uuid_of(&cart)?)).await?;
    let charges = audit
        .count(&format!(
            "SELECT count(*) FROM test_bank_charges c JOIN payment_sessions s ON s.reference = c.reference
             WHERE s.cart_id = {} AND c.authorized > c.voided",
            uuid_of(&cart)?
        ))
        .await?;
    let figures = format!(
        "{completed} of 50 name the order, {accepted} of 50 webhooks accepted, {placed} order, {charges} charge"
    );
    let mut result = ScenarioResult::new(figures);
    result.expect(completed == 50 && orders.len() == 1, format!("responses: {outcomes:?}"));
    result.expect(accepted == 50, "webhooks were rejected");
    result.expect(placed == 1 && charges == 1, format!("{placed} orders, {charges} charges"));
    Ok(result)
}

/// 20 shoppers with a code that can be redeemed once.
pub(super) async fn one_code(environment: &mut Environment) -> Result<ScenarioResult, StressError> {
    let variant = environment.variant().await?;
    environment.stock(&variant, &[1_000]).await?;
    let staff = environment.staff().await?;
    let code = format!("ONCE{}", environment.seed % 1_000_000);
    let create = "mutation($input: PromotionCreateInput!) {
        promotionCreate(input: $input) { promotion { id } userErrors { code message path } } }";
    let input = json!({ "title": "Once", "codes": [code], "usageLimit": 1,
        "effects": [{ "percentage": { "percentage": "10", "target": { "order": {} } } }] });
    let created = staff.mutate("promotionCreate", create, json!({ "input": input })).await.map_err(StressError::new)?;
    let activate = "mutation($id: ID!) { promotionActivate(id: $id) { userErrors { code message } } }";
    staff
        .mutate("promotionActivate", activate, json!({ "id": created["promotion"]["id"] }))
        .await
        .map_err(StressError::new)?;
    let buyer = environment.buyer();
    let mut carts = Vec::new();
    for _ in 0..20 {
        let cart = buyer.ready_cart(&variant, 1, &[&code]).await.map_err(StressError::new)?;
        buyer.pay(&cart, &json!({ "behavior": "slow", "ms": 100 })).await.map_err(StressError::new)?;
        carts.push(cart);
    }
    let outcomes = join_all(carts.iter().map(|cart| buyer.complete_with_retries(cart))).await;
    let tally = tally(&outcomes);
    let orders = tally.get("orders").copied().unwrap_or_default();
    let rejected: usize = ["PROMO_LIMIT", "PRICE_CHANGED"].iter().filter_map(|code| tally.get(*code)).sum();
    let mut result = ScenarioResult::new(format!("{tally:?}"));
    result.expect(orders == 1 && rejected == 19, "one order, 19 rejections");
    Ok(result)
}

/// Two concurrent refunds of 60 %, repeatedly: exactly one of the two succeeds.
pub(super) async fn refunds(environment: &mut Environment) -> Result<ScenarioResult, StressError> {
    let variant = environment.variant().await?;
    environment.stock(&variant, &[1_000]).await?;
    let (buyer, staff) = (environment.buyer(), environment.staff().await?);
    let mut result = ScenarioResult::new(String::new());
    let mut rejected = 0;
    for _ in 0..10 {
        let behavior = json!({ "behavior": "automatic" });
        let cart = buyer.paid_cart(&variant, 1, &behavior).await.map_err(StressError::new)?;
        let order = buyer.complete_with_retries(&cart).await.map_err(StressError::new)?;
        let query = "query($id: ID!) { order(id: $id) { total { gross { amount } } } }";
        let data = staff.execute(query, json!({ "id": order })).await.map_err(StressError::new)?;
        let total: f64 =
            data["order"]["total"]["gross"]["amount"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        let amount = format!("{:.2}", total * 0.6);
        let refund = "mutation($order: ID!, $amount: Decimal!) {
            refundCreate(orderId: $order, amount: $amount, reason: \"stress test\") { userErrors { code message } } }";
        let request_refund =
            || staff.mutate("refundCreate", refund, json!({ "orderId": order, "order": order, "amount": amount }));
        let (one, other) = tokio::join!(request_refund(), request_refund());
        result.expect(one.is_ok() != other.is_ok(), format!("of {total}: {one:?} and {other:?}"));
        rejected += usize::from(one.is_err()) + usize::from(other.is_err());
    }
    result.figures = format!("10 orders, 20 refunds of 60 %, {rejected} rejected");
    Ok(result)
}

/// A provider that is slow, declines, cannot be reached, or charges and then times out.
pub(super) async fn misbehavior(environment: &mut Environment, quick: bool) -> Result<ScenarioResult, StressError> {
    let variant = environment.variant().await?;
    environment.stock(&variant, &[10_000]).await?;
    let behaviors = [
        (json!({ "behavior": "slow", "ms": 1500 }), "orders"),
        (json!({ "behavior": "decline" }), "PAYMENT_DECLINED"),
        (json!({ "behavior": "unavailable" }), "PAYMENT_UNAVAILABLE"),
        (json!({ "behavior": "unavailable", "times": 1 }), "orders"),
        (json!({ "behavior": "timeout_before", "times": 1 }), "orders"),
        (json!({ "behavior": "timeout_after", "times": 1 }), "orders"),
        (json!({ "behavior": "fail_after", "times": 1 }), "orders"),
    ];
    let mut result = ScenarioResult::new(String::new());
    let buyer = environment.buyer();
    for (behavior, expected) in behaviors {
        let many = if quick { 5 } else { 20 };
        let mut carts = Vec::new();
        for _ in 0..many {
            carts.push(buyer.paid_cart(&variant, 1, &behavior).await.map_err(StressError::new)?);
        }
        let outcomes = join_all(carts.iter().map(|cart| buyer.complete_with_retries(cart))).await;
        let tally = tally(&outcomes);
        let right = tally.get(expected).copied().unwrap_or_default();
        // An open circuit breaker rejects other calls as well, with an error.
        let rejected_by_breaker = tally.get("PAYMENT_UNAVAILABLE").copied().unwrap_or_default();
        result.expect(
            right + rejected_by_breaker >= many && (right > 0 || rejected_by_breaker > 0),
            format!("{behavior}: {tally:?}"),
        );
        let name = behavior["behavior"].as_str().unwrap_or_default();
        result.figures.push_str(&format!("{name}: {tally:?}; "));
    }
    Ok(result)
}

/// Creates a signed webhook event of the bank about a session, with its signature.
async fn webhook(
    environment: &Environment,
    session: &str,
    kind: &str,
    id: &str,
) -> Result<(Vec<u8>, String), StressError> {
    let audit = Audit::connect(environment).await?;
    let (reference, amount) = audit.session(session).await?;
    let now = SystemClock.now();
    let body = json!({ "id": format!("{id}-{session}"), "type": format!("payment.{kind}"), "reference": reference,
        "amount": amount, "occurred_at": now.to_rfc3339() });
    let body = body.to_string().into_bytes();
    let signature = TestBank::sign(TestBank::SECRET, &body, now);
    Ok((body, signature))
}

/// Counts the outcomes.
pub(super) fn tally(outcomes: &[Result<String, String>]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for end in outcomes {
        *tally.entry(end.as_ref().map_or_else(Clone::clone, |_| "orders".to_owned())).or_default() += 1;
    }
    tally
}

/// The ID as an SQL literal.
fn uuid_of(cart: &str) -> Result<String, StressError> {
    let id: CartId = cart.parse().map_err(|_| StressError::new(format!("{cart} is not an ID")))?;
    Ok(format!("'{}'", id.0))
}
