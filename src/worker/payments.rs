//! Payments that nobody is following anymore: paid carts that were abandoned, and expired sessions.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::app::App;

/// The polling interval; the first poll is at startup.
const PERIOD: Duration = Duration::from_secs(60);

pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut minutes = interval(PERIOD);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = minutes.tick() => {}
        }
        match app.checkout.reconcile_payments().await {
            Ok(0) => {}
            Ok(sessions) => info!(sessions, "Found {sessions} payments that their providers had not reported"),
            Err(error) => warn!(%error, "Could not ask for payments; trying again in a minute"),
        }
        if let Err(error) = app.checkout.complete_paid_carts().await {
            warn!(%error, "Could not look for paid carts; trying again in a minute");
        }
        match app.authorization_releases.sweep().await {
            Ok(0) => {}
            Ok(sessions) => warn!(sessions, "Releasing the authorizations of {sessions} closed payment sessions"),
            Err(error) => warn!(%error, "Could not look for money that is held for nothing; trying again in a minute"),
        }
        match app.checkout.expire_sessions().await {
            Ok(0) => {}
            Ok(sessions) => info!(sessions, "Ended {sessions} payment sessions whose time was over"),
            Err(error) => warn!(%error, "Could not end payment sessions; trying again in a minute"),
        }
    }
}
