//! Loops beside the requests: news of all processes, the broom, and workflows that are due.
//!
//! # Decisions
//! - **A loop survives a panic**: it is logged and begun anew, because nobody would notice that news has stopped coming.

mod payments;
mod sweep;
mod workflows;

use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::app::App;

/// The pause before a loop that panicked begins anew.
const PAUSE: Duration = Duration::from_secs(1);

/// The running loops.
pub struct Worker {
    loops: JoinSet<()>,
}

impl Worker {
    /// Starts every loop. They end when `stop` is cancelled.
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

    /// Waits until every loop has ended.
    pub async fn join(self) {
        self.loops.join_all().await;
    }
}

/// Keeps a loop running until it is told to stop.
async fn keep(name: &'static str, start: impl Fn() -> JoinHandle<()>, stop: CancellationToken) {
    while let Err(ended) = start().await {
        error!(error = %ended, "The loop {name} ended by a fault and begins anew");
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = stop.cancelled() => return,
        }
    }
}
