//! Workflows that are due: paused ones, ones whose wait timed out, and ones left behind by a crashed process.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::durable::Engine;

/// The polling interval; the first poll is at startup.
const PERIOD: Duration = Duration::from_secs(1);
/// The maximum number of concurrent rounds, so that slow calls of one do not delay the others.
const MAX_ROUNDS: usize = 4;
/// How long rounds may take to end at shutdown. Other processes resume what they leave unfinished.
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
        if rounds.len() < MAX_ROUNDS {
            rounds.spawn(round(engine.clone(), stop.clone()));
        }
    }
    let _ = timeout(GRACE, async { while rounds.join_next().await.is_some() {} }).await;
}

/// Runs rounds until nothing is due.
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
