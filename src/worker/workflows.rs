//! Workflows that are due: what was paused, what waited too long, and what a process that died has left.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::durable::Engine;

/// How often is looked for them; for the first time at start-up.
const PERIOD: Duration = Duration::from_secs(1);
/// How many rounds may be under way at once, so that slow calls of one do not hold up the others.
const ROUNDS: usize = 4;
/// How long rounds may take to end when the process stops. What they leave, another process takes up.
const GRACE: Duration = Duration::from_secs(5);

pub(super) async fn run(engine: Engine, stop: CancellationToken) {
    let mut seconds = interval(PERIOD);
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rounds = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = seconds.tick() => {}
        }
        while rounds.try_join_next().is_some() {}
        if rounds.len() < ROUNDS {
            rounds.spawn(round(engine.clone(), stop.clone()));
        }
    }
    let _ = timeout(GRACE, async { while rounds.join_next().await.is_some() {} }).await;
}

/// Goes on for as long as there is something to do.
async fn round(engine: Engine, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match engine.recover().await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                warn!(%error, "Could not look for workflows that are due; trying again in a second");
                return;
            }
        }
    }
}
