//! Hourly cleanup: deletes what is no longer needed.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::app::App;
use crate::{db, events};

/// The cleanup interval; the first cleanup is at startup.
const PERIOD: Duration = Duration::from_secs(60 * 60);
/// How long events are kept: longer than any listener is away and still needs them.
const EVENTS_KEPT: TimeDelta = TimeDelta::days(7);

pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut hours = interval(PERIOD);
    hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hours.tick() => {}
        }
        match sweep_events(&app).await {
            Ok(0) => {}
            Ok(events) => info!(events, "Forgot {events} old events"),
            Err(error) => warn!(%error, "Could not sweep events; trying again in an hour"),
        }
        match app.durable.forget_finished().await {
            Ok(0) => {}
            Ok(runs) => info!(runs, "Forgot {runs} workflow runs that were finished long ago"),
            Err(error) => warn!(%error, "Could not sweep workflow runs; trying again in an hour"),
        }
        match app.payments.forget_notices().await {
            Ok(0) => {}
            Ok(count) => info!(count, "Deleted {count} old payment webhook events"),
            Err(error) => warn!(%error, "Could not delete old payment webhook events; trying again in an hour"),
        }
        match app.inventory.forget_ended_holds().await {
            Ok(0) => {}
            Ok(holds) => info!(holds, "Forgot {holds} holds that have ended"),
            Err(error) => warn!(%error, "Could not sweep holds; trying again in an hour"),
        }
        match app.auth.forget_expired_sessions().await {
            Ok(0) => {}
            Ok(sessions) => info!(sessions, "Forgot {sessions} expired sessions"),
            Err(error) => warn!(%error, "Could not sweep sessions; trying again in an hour"),
        }
    }
}

async fn sweep_events(app: &App) -> db::Result<usize> {
    let conn = app.db.conn().await?;
    events::forget(&conn, app.clock.now() - EVENTS_KEPT).await
}
