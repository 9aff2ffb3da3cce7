//! Scenarios with more buyers than units.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use super::ScenarioResult;
use super::environment::Environment;
use super::error::StressError;

/// (buyers, units, units each)
const ROUNDS: &[(usize, i64, i32)] = &[(100, 1, 1), (200, 10, 1), (100, 30, 3), (50, 49, 1)];
const QUICK_ROUNDS: &[(usize, i64, i32)] = &[(30, 1, 1), (30, 9, 3)];

/// N buyers of K units at the same instant: exactly as many orders as there are units for.
pub(super) async fn oversell(environment: &mut Environment, quick: bool) -> Result<ScenarioResult, StressError> {
    let variant = environment.variant().await?;
    let mut result = ScenarioResult::new(String::new());
    for (buyers, units, each) in if quick { QUICK_ROUNDS } else { ROUNDS } {
        environment.stock(&variant, &[*units]).await?;
        buy_concurrently(environment, &mut result, &variant, *buyers, *units / i64::from(*each), *each).await?;
    }
    Ok(result)
}

/// The same with units at two locations, neither of which can serve all.
pub(super) async fn split(environment: &mut Environment, quick: bool) -> Result<ScenarioResult, StressError> {
    let variant = environment.variant().await?;
    let mut result = ScenarioResult::new(String::new());
    for round in 0..if quick { 2 } else { 10 } {
        let (here, there) = (7 + round % 3, 8 - round % 3);
        environment.stock(&variant, &[here, there]).await?;
        buy_concurrently(environment, &mut result, &variant, 30, 5, 3).await?;
    }
    Ok(result)
}

/// Kits of two units and single units of one item at the same time.
pub(super) async fn kits(environment: &mut Environment, quick: bool) -> Result<ScenarioResult, StressError> {
    let (single, kit) = (environment.variant().await?, environment.other_variant().await?);
    let staff = environment.staff().await?;
    let query = "query($id: ID!) { variant(by: { id: $id }) { inventoryItems { inventoryItem { id } quantity } } }";
    let items = |data: serde_json::Value| data["variant"]["inventoryItems"].clone();
    let own = items(staff.execute(query, json!({ "id": kit })).await.map_err(StressError::new)?);
    let item =
        items(staff.execute(query, json!({ "id": single })).await.map_err(StressError::new)?)[0]["inventoryItem"]["id"]
            .clone();
    let set = "mutation($id: ID!, $components: [KitComponentInput!]!) {
        variantKitComponentsSet(variantId: $id, components: $components) { userErrors { code message } } }";
    let components = json!([{ "inventoryItemId": item, "quantity": 2 }]);
    staff
        .mutate("variantKitComponentsSet", set, json!({ "id": kit, "components": components }))
        .await
        .map_err(StressError::new)?;
    let mut result = ScenarioResult::new(String::new());
    for units in if quick { &[5][..] } else { &[5, 20, 31] } {
        environment.stock(&single, &[*units]).await?;
        let buyer = environment.buyer();
        let each = 30;
        let mut carts = Vec::new();
        for _ in 0..each {
            carts.push(buyer.paid_cart(&kit, 1, &json!({})).await.map_err(StressError::new)?);
            carts.push(buyer.paid_cart(&single, 1, &json!({})).await.map_err(StressError::new)?);
        }
        let outcomes = join_all(carts.iter().map(|cart| buyer.complete_with_retries(cart))).await;
        let (kits, singles) = (count_successes(&outcomes, 0), count_successes(&outcomes, 1));
        let sold = 2 * kits + singles;
        let left = i64::try_from(sold).is_ok_and(|sold| (sold == *units) || (sold + 1 == *units && singles == each));
        result.expect(left, format!("{kits} kits and {singles} singles of {units} units"));
        result.figures.push_str(&format!("{units} units: {kits} kits + {singles} singles; "));
    }
    let restore = json!(
        own.as_array()
            .into_iter()
            .flatten()
            .map(|row| json!({ "inventoryItemId": row["inventoryItem"]["id"],
        "quantity": row["quantity"] }))
            .collect::<Vec<_>>()
    );
    staff
        .mutate("variantKitComponentsSet", set, json!({ "id": kit, "components": restore }))
        .await
        .map_err(StressError::new)?;
    Ok(result)
}

fn count_successes(outcomes: &[Result<String, String>], parity: usize) -> usize {
    outcomes.iter().enumerate().filter(|(place, end)| place % 2 == parity && end.is_ok()).count()
}

/// Lets buyers complete at the same instant; `possible` of them can succeed.
async fn buy_concurrently(
    environment: &Environment,
    result: &mut ScenarioResult,
    variant: &str,
    buyers: usize,
    possible: i64,
    each: i32,
) -> Result<(), StressError> {
    let buyer = environment.buyer();
    let mut carts = Vec::with_capacity(buyers);
    for _ in 0..buyers {
        carts.push(buyer.paid_cart(variant, each, &json!({})).await.map_err(StressError::new)?);
    }
    let timed = |cart: String| {
        let buyer = buyer.clone();
        async move {
            let started = Instant::now();
            (buyer.complete_with_retries(&cart).await, started.elapsed())
        }
    };
    let outcomes = join_all(carts.into_iter().map(timed)).await;
    let mut times: Vec<Duration> = outcomes.iter().map(|(_, time)| *time).collect();
    times.sort_unstable();
    let slow = times[(times.len() - 1) * 99 / 100];
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for (end, _) in &outcomes {
        *tally.entry(end.as_ref().map_or_else(|code| code.as_str(), |_| "orders")).or_default() += 1;
    }
    let orders = tally.get("orders").copied().unwrap_or_default();
    let rejected = tally.get("INSUFFICIENT_STOCK").copied().unwrap_or_default();
    let all = orders == usize::try_from(possible).unwrap_or_default() && orders + rejected == buyers;
    result.expect(all, format!("{buyers} buyers, {possible} could be served: {tally:?}"));
    result.figures.push_str(&format!("{buyers} for {possible} -> {orders} (p99 {} ms); ", slow.as_millis()));
    Ok(())
}
