//! Scenarios in which processes are killed without warning.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::Rng;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::audit::Audit;
use super::client::{ApiClient, NO_RESPONSE};
use super::environment::Environment;
use super::error::StressError;
use super::{Options, ScenarioResult};

/// The number of concurrent shoppers.
const SHOPPERS: usize = 40;

/// The bank's behavior, from order to order: mostly slow, sometimes worse.
fn behavior(place: usize) -> Value {
    match place % 10 {
        0 => json!({ "behavior": "timeout_after", "times": 1 }),
        1 => json!({ "behavior": "fail_after", "times": 1 }),
        2 => json!({ "behavior": "automatic" }),
        3 => json!({ "behavior": "decline" }),
        _ => json!({ "behavior": "slow", "ms": 200 }),
    }
}

/// The outcomes of the shoppers.
#[derive(Default)]
struct Shoppers {
    started: AtomicUsize,
    ended: AtomicUsize,
    orders: std::sync::Mutex<BTreeSet<String>>,
}

impl Shoppers {
    /// Starts shoppers until the number of checkouts is reached.
    fn start(self: &Arc<Self>, buyer: &ApiClient, variant: &str, checkouts: usize) -> JoinSet<()> {
        let mut shoppers = JoinSet::new();
        for _ in 0..SHOPPERS {
            let (all, buyer, variant) = (self.clone(), buyer.clone(), variant.to_owned());
            shoppers.spawn(async move {
                loop {
                    let place = all.started.fetch_add(1, Ordering::Relaxed);
                    if place >= checkouts {
                        return;
                    }
                    if let Ok(order) = buy(&buyer, &variant, place).await {
                        all.orders.lock().expect("no panic").insert(order);
                    }
                    all.ended.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        shoppers
    }
}

/// Buys as one shopper, with the retries of a storefront.
async fn buy(buyer: &ApiClient, variant: &str, place: usize) -> Result<String, String> {
    let deadline = Instant::now() + Duration::from_secs(60);
    let cart = loop {
        match buyer.paid_cart(variant, 1, &behavior(place)).await {
            Ok(cart) => break cart,
            Err(_) if Instant::now() < deadline => sleep(Duration::from_millis(200)).await,
            Err(error) => return Err(error),
        }
    };
    loop {
        match buyer.complete_with_retries(&cart).await {
            Ok(order) => return Ok(order),
            Err(code) if (code == NO_RESPONSE || code == "PROCESSING") && Instant::now() < deadline => {}
            Err(code) => return Err(code),
        }
    }
}

/// Kills the server with SIGKILL at random moments while shoppers buy; it restarts each time.
pub(super) async fn kill_server(
    environment: &mut Environment,
    options: &Options,
) -> Result<ScenarioResult, StressError> {
    let checkouts = if options.quick { options.checkouts.min(60) } else { options.checkouts };
    let variant = environment.variant().await?;
    environment.stock(&variant, &[1_000_000]).await?;
    let before = Audit::connect(environment).await?.count("SELECT count(*) FROM orders").await?;
    let shoppers = Arc::new(Shoppers::default());
    let mut out = shoppers.start(&environment.buyer(), &variant, checkouts);
    let mut kills = 0;
    while shoppers.started.load(Ordering::Relaxed) < checkouts {
        let moment = environment.random.random_range(50..900);
        sleep(Duration::from_millis(moment)).await;
        environment.kill_server().await?;
        kills += 1;
        environment.start_server().await?;
        // Long enough for something to happen before the next kill.
        sleep(Duration::from_millis(500)).await;
    }
    while out.join_next().await.is_some() {}
    summarize(environment, &shoppers, before, &format!("{kills} kills")).await
}

/// Kills PostgreSQL with SIGKILL while shoppers buy; it restarts after two seconds.
pub(super) async fn kill_postgres(environment: &mut Environment, quick: bool) -> Result<ScenarioResult, StressError> {
    let variant = environment.variant().await?;
    environment.stock(&variant, &[1_000_000]).await?;
    let before = Audit::connect(environment).await?.count("SELECT count(*) FROM orders").await?;
    let shoppers = Arc::new(Shoppers::default());
    let (checkouts, rounds) = if quick { (60, 1) } else { (300, 4) };
    let mut out = shoppers.start(&environment.buyer(), &variant, checkouts);
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        let moment = environment.random.random_range(500..2_500);
        sleep(Duration::from_millis(moment)).await;
        environment.kill_postgres(Duration::from_secs(2)).await?;
        slowest = slowest.max(time_to_response(environment).await);
    }
    while out.join_next().await.is_some() {}
    let mut result = summarize(
        environment,
        &shoppers,
        before,
        &format!("{rounds} kills, responds again after {} ms", slowest.as_millis()),
    )
    .await?;
    result.expect(slowest < Duration::from_secs(5), "no response within 5 s of PostgreSQL's restart");
    let ended = environment.server.as_mut().is_none_or(|server| server.has_exited());
    result.expect(!ended, "the server has exited");
    Ok(result)
}

async fn time_to_response(environment: &Environment) -> Duration {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(30) {
        if environment.buyer().execute("{ products(first: 1) { nodes { id } } }", json!({})).await.is_ok() {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    started.elapsed()
}

async fn summarize(
    environment: &Environment,
    shoppers: &Shoppers,
    before: i64,
    killed: &str,
) -> Result<ScenarioResult, StressError> {
    let audit = Audit::connect(environment).await?;
    let acknowledged = shoppers.orders.lock().expect("no panic").clone();
    let acknowledged_count = acknowledged.len();
    let ended = shoppers.ended.load(Ordering::Relaxed);
    audit.run().await?;
    let lost = audit.missing(&acknowledged).await?;
    let orders = audit.count("SELECT count(*) FROM orders").await? - before;
    let recovered = audit.count("SELECT count(*) FROM workflow_runs WHERE status = 'DONE'").await?;
    let undone = audit.count("SELECT count(*) FROM workflow_runs WHERE status = 'COMPENSATED'").await?;
    let figures = format!(
        "{ended} checkouts, {killed}: {orders} orders, {acknowledged_count} acknowledged; in all {recovered} runs finished, {undone} undone"
    );
    let mut result = ScenarioResult::new(figures);
    result.expect(acknowledged_count > 0, "no orders were placed: the scenario proves nothing");
    result.expect(lost == 0, format!("{lost} acknowledged orders are missing"));
    Ok(result)
}
