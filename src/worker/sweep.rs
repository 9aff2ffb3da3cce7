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
const EVENT_RETENTION: TimeDelta = TimeDelta::days(7);

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
            Ok(events) => info!(events, "Deleted {events} old events"),
            Err(error) => warn!(%error, "Could not delete old events; trying again in an hour"),
        }
        match app.durable.delete_finished().await {
            Ok(0) => {}
            Ok(runs) => info!(runs, "Deleted {runs} old workflow runs"),
            Err(error) => warn!(%error, "Could not delete old workflow runs; trying again in an hour"),
        }
        match app.payments.delete_old_webhook_events().await {
            Ok(0) => {}
            Ok(count) => info!(count, "Deleted {count} old payment webhook events"),
            Err(error) => warn!(%error, "Could not delete old payment webhook events; trying again in an hour"),
        }
        match app.inventory.delete_expired_holds().await {
            Ok(0) => {}
            Ok(holds) => info!(holds, "Released {holds} expired cart reservations"),
            Err(error) => warn!(%error, "Could not release expired cart reservations; trying again in an hour"),
        }
        match app.auth.delete_expired_sessions().await {
            Ok(0) => {}
            Ok(sessions) => info!(sessions, "Deleted {sessions} expired sessions"),
            Err(error) => warn!(%error, "Could not delete expired sessions; trying again in an hour"),
        }
    }
}

async fn sweep_events(app: &App) -> db::Result<usize> {
    let conn = app.db.conn().await?;
    events::delete_before(&conn, app.clock.now() - EVENT_RETENTION).await
}
