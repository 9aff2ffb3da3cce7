//! Scenarios in which processes are killed without warning.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::Rng;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::books::Books;
use super::buyers::{Caller, NO_ANSWER};
use super::failure::Failure;
use super::world::World;
use super::{Stress, Verdict};

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
    begun: AtomicUsize,
    ended: AtomicUsize,
    orders: std::sync::Mutex<BTreeSet<String>>,
}

impl Shoppers {
    /// Starts shoppers until the number of checkouts is reached.
    fn send(self: &Arc<Self>, buyer: &Caller, variant: &str, checkouts: usize) -> JoinSet<()> {
        let mut shoppers = JoinSet::new();
        for _ in 0..SHOPPERS {
            let (all, buyer, variant) = (self.clone(), buyer.clone(), variant.to_owned());
            shoppers.spawn(async move {
                loop {
                    let place = all.begun.fetch_add(1, Ordering::Relaxed);
                    if place >= checkouts {
                        return;
                    }
                    if let Ok(order) = buy(&buyer, &variant, place).await {
                        all.orders.lock().expect("nobody panics with it").insert(order);
                    }
                    all.ended.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        shoppers
    }
}

/// Buys as one shopper, with a storefront's retries.
async fn buy(buyer: &Caller, variant: &str, place: usize) -> Result<String, String> {
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
            Err(code) if (code == NO_ANSWER || code == "PROCESSING") && Instant::now() < deadline => {}
            Err(code) => return Err(code),
        }
    }
}

/// Kills the server with SIGKILL at random moments while shoppers buy; it restarts each time.
pub(super) async fn kill_server(world: &mut World, stress: &Stress) -> Result<Verdict, Failure> {
    let checkouts = if stress.quick { stress.checkouts.min(60) } else { stress.checkouts };
    let variant = world.variant().await?;
    world.stock(&variant, &[1_000_000]).await?;
    let before = Books::of(world).await?.count("SELECT count(*) FROM orders").await?;
    let shoppers = Arc::new(Shoppers::default());
    let mut out = shoppers.send(&world.buyer(), &variant, checkouts);
    let mut kills = 0;
    while shoppers.begun.load(Ordering::Relaxed) < checkouts {
        let moment = world.random.random_range(50..900);
        sleep(Duration::from_millis(moment)).await;
        world.kill_server().await?;
        kills += 1;
        world.start_server().await?;
        // Long enough for something to happen before the next kill.
        sleep(Duration::from_millis(500)).await;
    }
    while out.join_next().await.is_some() {}
    verdict(world, &shoppers, before, &format!("{kills} kills")).await
}

/// Kills PostgreSQL with SIGKILL while shoppers buy; it restarts after two seconds.
pub(super) async fn kill_postgres(world: &mut World, quick: bool) -> Result<Verdict, Failure> {
    let variant = world.variant().await?;
    world.stock(&variant, &[1_000_000]).await?;
    let before = Books::of(world).await?.count("SELECT count(*) FROM orders").await?;
    let shoppers = Arc::new(Shoppers::default());
    let (checkouts, rounds) = if quick { (60, 1) } else { (300, 4) };
    let mut out = shoppers.send(&world.buyer(), &variant, checkouts);
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        let moment = world.random.random_range(500..2_500);
        sleep(Duration::from_millis(moment)).await;
        world.kill_postgres(Duration::from_secs(2)).await?;
        slowest = slowest.max(time_to_answer(world).await);
    }
    while out.join_next().await.is_some() {}
    let mut verdict =
        verdict(world, &shoppers, before, &format!("{rounds} kills, answers again after {} ms", slowest.as_millis()))
            .await?;
    verdict.expect(slowest < Duration::from_secs(5), "no answer within 5 s of PostgreSQL's return");
    let ended = world.server.as_mut().is_none_or(|server| server.has_ended());
    verdict.expect(!ended, "the server has ended");
    Ok(verdict)
}

async fn time_to_answer(world: &World) -> Duration {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        if world.buyer().ask("{ products(first: 1) { nodes { id } } }", json!({})).await.is_ok() {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    begun.elapsed()
}

async fn verdict(world: &World, shoppers: &Shoppers, before: i64, killed: &str) -> Result<Verdict, Failure> {
    let books = Books::of(world).await?;
    let acknowledged = shoppers.orders.lock().expect("nobody panics with it").clone();
    let told = acknowledged.len();
    let ended = shoppers.ended.load(Ordering::Relaxed);
    books.read().await?;
    let lost = books.missing(&acknowledged).await?;
    let orders = books.count("SELECT count(*) FROM orders").await? - before;
    let recovered = books.count("SELECT count(*) FROM workflow_runs WHERE status = 'DONE'").await?;
    let undone = books.count("SELECT count(*) FROM workflow_runs WHERE status = 'COMPENSATED'").await?;
    let figures = format!(
        "{ended} checkouts, {killed}: {orders} orders, {told} acknowledged; in all {recovered} runs finished, {undone} undone"
    );
    let mut verdict = Verdict::new(figures);
    verdict.expect(told > 0, "nobody bought anything: the round does not count");
    verdict.expect(lost == 0, format!("{lost} acknowledged orders are missing"));
    Ok(verdict)
}
