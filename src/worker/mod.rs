//! Background loops: event delivery, cleanup, and workflows that are due.
//!
//! # Decisions
//! - **A loop survives a panic**: it is logged and the loop is restarted, because nobody would notice that events have
//!   stopped.

mod payments;
mod sweep;
mod workflows;

use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::app::App;

/// The delay before a loop that panicked is restarted.
const PAUSE: Duration = Duration::from_secs(1);

/// The running loops.
pub struct Worker {
    loops: JoinSet<()>,
}

impl Worker {
    /// Starts all loops. They end when `stop` is canceled.
    pub fn start(app: &App, stop: &CancellationToken) -> Self {
        let mut loops = JoinSet::new();
        let (news, until) = (app.clone(), stop.clone());
        let listen = move || tokio::spawn(news.bus.clone().listen(news.db.clone(), until.clone()));
        loops.spawn(keep("news", listen, stop.clone()));
        let (swept, until) = (app.clone(), stop.clone());
        let sweep = move || tokio::spawn(sweep::run(swept.clone(), until.clone()));
        loops.spawn(keep("sweep", sweep, stop.clone()));
        let (paid, until) = (app.clone(), stop.clone());
        let payments = move || tokio::spawn(payments::run(paid.clone(), until.clone()));
        loops.spawn(keep("payments", payments, stop.clone()));
        let (recovering, until) = (app.clone(), stop.clone());
        let workflows = move || tokio::spawn(workflows::run(recovering.durable.clone(), until.clone()));
        loops.spawn(keep("workflows", workflows, stop.clone()));
        Self { loops }
    }

    /// Waits until all loops have ended.
    pub async fn join(self) {
        self.loops.join_all().await;
    }
}

/// Restarts a loop until it is stopped.
async fn keep(name: &'static str, start: impl Fn() -> JoinHandle<()>, stop: CancellationToken) {
    while let Err(ended) = start().await {
        error!(error = %ended, "The background job {name} failed unexpectedly and restarts");
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = stop.cancelled() => return,
        }
    }
}
