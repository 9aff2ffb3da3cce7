//! Payment scenarios: money moves once, within its limits, and is never lost when the provider misbehaves.

use std::collections::BTreeMap;

use cartwright::config::Secret;
use cartwright::kernel::clock::{Clock, SystemClock};
use cartwright::kernel::ids::CartId;
use cartwright::providers::payment::TestBank;
use futures_util::future::join_all;
use serde_json::json;

use super::Verdict;
use super::books::Books;
use super::failure::Failure;
use super::world::{World, free_port};

/// One cart, completed 50 times concurrently in two processes, while its webhooks arrive 50 times each.
pub(super) async fn one_cart(world: &mut World) -> Result<Verdict, Failure> {
    let variant = world.variant().await?;
    world.stock(&variant, &[1_000]).await?;
    let second = world.another_server(free_port()?).await?;
    let (here, there) = (world.buyer(), super::buyers::Caller::new(&second.url));
    let cart = here.ready_cart(&variant, 1, &[]).await.map_err(Failure::new)?;
    let session = here.pay(&cart, &json!({ "behavior": "pending" })).await.map_err(Failure::new)?;
    let (reference, _) = Books::of(world).await?.session(&session).await?;
    let bank = TestBank::new(&world.database, Secret::new(TestBank::SECRET));
    bank.decide(&reference, true).await?;
    let hook = webhook(world, &session, "authorized", "once").await?;
    let completions = (0..50).map(|place| if place % 2 == 0 { &here } else { &there }.complete_with_retries(&cart));
    let hooks = (0..50).map(|place| if place % 2 == 0 { &here } else { &there }.webhook(&hook.0, &hook.1));
    let (ends, heard) = tokio::join!(join_all(completions), join_all(hooks));
    second.kill().await?;
    let mut orders: Vec<_> = ends.iter().filter_map(|end| end.as_ref().ok()).collect();
    let answered = orders.len();
    orders.sort_unstable();
    orders.dedup();
    let heard = heard.iter().flatten().filter(|status| status.is_success()).count();
    let books = Books::of(world).await?;
    let placed = books.count(&format!("SELECT count(*) FROM orders WHERE cart_id = {}", uuid_of(&cart)?)).await?;
    let charges = books
        .count(&format!(
            "SELECT count(*) FROM test_bank_charges c JOIN payment_sessions s ON s.reference = c.reference
             WHERE s.cart_id = {} AND c.authorized > c.voided",
            uuid_of(&cart)?
        ))
        .await?;
    let figures =
        format!("{answered} of 50 name the order, {heard} of 50 webhooks taken, {placed} order, {charges} charge");
    let mut verdict = Verdict::new(figures);
    verdict.expect(answered == 50 && orders.len() == 1, format!("answers: {ends:?}"));
    verdict.expect(heard == 50, "webhooks were refused");
    verdict.expect(placed == 1 && charges == 1, format!("{placed} orders, {charges} charges"));
    Ok(verdict)
}

/// 20 shoppers with a code that can be redeemed once.
pub(super) async fn one_code(world: &mut World) -> Result<Verdict, Failure> {
    let variant = world.variant().await?;
    world.stock(&variant, &[1_000]).await?;
    let staff = world.staff().await?;
    let code = format!("ONCE{}", world.seed % 1_000_000);
    let create = "mutation($input: PromotionCreateInput!) {
        promotionCreate(input: $input) { promotion { id } userErrors { code message path } } }";
    let input = json!({ "title": "Once", "codes": [code], "usageLimit": 1,
        "effects": [{ "percentage": { "percentage": "10", "target": { "order": {} } } }] });
    let made = staff.command("promotionCreate", create, json!({ "input": input })).await.map_err(Failure::new)?;
    let activate = "mutation($id: ID!) { promotionActivate(id: $id) { userErrors { code message } } }";
    staff
        .command("promotionActivate", activate, json!({ "id": made["promotion"]["id"] }))
        .await
        .map_err(Failure::new)?;
    let buyer = world.buyer();
    let mut carts = Vec::new();
    for _ in 0..20 {
        let cart = buyer.ready_cart(&variant, 1, &[&code]).await.map_err(Failure::new)?;
        buyer.pay(&cart, &json!({ "behavior": "slow", "ms": 100 })).await.map_err(Failure::new)?;
        carts.push(cart);
    }
    let ends = join_all(carts.iter().map(|cart| buyer.complete_with_retries(cart))).await;
    let tally = tally(&ends);
    let orders = tally.get("orders").copied().unwrap_or_default();
    let refused: usize = ["PROMO_LIMIT", "PRICE_CHANGED"].iter().filter_map(|code| tally.get(*code)).sum();
    let mut verdict = Verdict::new(format!("{tally:?}"));
    verdict.expect(orders == 1 && refused == 19, "one order, 19 refusals");
    Ok(verdict)
}

/// Two concurrent refunds of 60 %, repeatedly: exactly one of the two succeeds.
pub(super) async fn refunds(world: &mut World) -> Result<Verdict, Failure> {
    let variant = world.variant().await?;
    world.stock(&variant, &[1_000]).await?;
    let (buyer, staff) = (world.buyer(), world.staff().await?);
    let mut verdict = Verdict::new(String::new());
    let mut refused = 0;
    for _ in 0..10 {
        let behavior = json!({ "behavior": "automatic" });
        let cart = buyer.paid_cart(&variant, 1, &behavior).await.map_err(Failure::new)?;
        let order = buyer.complete_with_retries(&cart).await.map_err(Failure::new)?;
        let query = "query($id: ID!) { order(id: $id) { total { gross { amount } } } }";
        let data = staff.ask(query, json!({ "id": order })).await.map_err(Failure::new)?;
        let total: f64 =
            data["order"]["total"]["gross"]["amount"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        let amount = format!("{:.2}", total * 0.6);
        let refund = "mutation($order: ID!, $amount: Decimal!) {
            refundCreate(orderId: $order, amount: $amount, reason: \"stress test\") { userErrors { code message } } }";
        let ask =
            || staff.command("refundCreate", refund, json!({ "orderId": order, "order": order, "amount": amount }));
        let (one, other) = tokio::join!(ask(), ask());
        verdict.expect(one.is_ok() != other.is_ok(), format!("of {total}: {one:?} and {other:?}"));
        refused += usize::from(one.is_err()) + usize::from(other.is_err());
    }
    verdict.figures = format!("10 orders, 20 refunds of 60 %, {refused} refused");
    Ok(verdict)
}

/// A provider that is slow, declines, cannot be reached, or charges and then times out.
pub(super) async fn misbehavior(world: &mut World, quick: bool) -> Result<Verdict, Failure> {
    let variant = world.variant().await?;
    world.stock(&variant, &[10_000]).await?;
    let behaviors = [
        (json!({ "behavior": "slow", "ms": 1500 }), "orders"),
        (json!({ "behavior": "decline" }), "PAYMENT_DECLINED"),
        (json!({ "behavior": "unavailable" }), "PAYMENT_UNAVAILABLE"),
        (json!({ "behavior": "unavailable", "times": 1 }), "orders"),
        (json!({ "behavior": "timeout_before", "times": 1 }), "orders"),
        (json!({ "behavior": "timeout_after", "times": 1 }), "orders"),
        (json!({ "behavior": "fail_after", "times": 1 }), "orders"),
    ];
    let mut verdict = Verdict::new(String::new());
    let buyer = world.buyer();
    for (behavior, expected) in behaviors {
        let many = if quick { 5 } else { 20 };
        let mut carts = Vec::new();
        for _ in 0..many {
            carts.push(buyer.paid_cart(&variant, 1, &behavior).await.map_err(Failure::new)?);
        }
        let ends = join_all(carts.iter().map(|cart| buyer.complete_with_retries(cart))).await;
        let tally = tally(&ends);
        let right = tally.get(expected).copied().unwrap_or_default();
        // An open circuit breaker rejects other calls as well, with an error.
        let turned_away = tally.get("PAYMENT_UNAVAILABLE").copied().unwrap_or_default();
        verdict.expect(right + turned_away >= many && (right > 0 || turned_away > 0), format!("{behavior}: {tally:?}"));
        let name = behavior["behavior"].as_str().unwrap_or_default();
        verdict.figures.push_str(&format!("{name}: {tally:?}; "));
    }
    Ok(verdict)
}

/// Creates a signed webhook event of the bank about a session, with its signature.
async fn webhook(world: &World, session: &str, kind: &str, id: &str) -> Result<(Vec<u8>, String), Failure> {
    let books = Books::of(world).await?;
    let (reference, amount) = books.session(session).await?;
    let now = SystemClock.now();
    let body = json!({ "id": format!("{id}-{session}"), "type": format!("payment.{kind}"), "reference": reference,
        "amount": amount, "occurred_at": now.to_rfc3339() });
    let body = body.to_string().into_bytes();
    let signature = TestBank::sign(TestBank::SECRET, &body, now);
    Ok((body, signature))
}

/// Counts the outcomes.
pub(super) fn tally(ends: &[Result<String, String>]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for end in ends {
        *tally.entry(end.as_ref().map_or_else(Clone::clone, |_| "orders".to_owned())).or_default() += 1;
    }
    tally
}

/// The ID as an SQL literal.
fn uuid_of(cart: &str) -> Result<String, Failure> {
    let id: CartId = cart.parse().map_err(|_| Failure::new(format!("{cart} is no id")))?;
    Ok(format!("'{}'", id.0))
}
