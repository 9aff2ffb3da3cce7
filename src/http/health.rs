//! Liveness and readiness.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use diesel_async::SimpleAsyncConnection;
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::answer;
use crate::db::{self, Db};

/// The timeout of the database check. Load balancers probe every few seconds and do not wait long.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(super) struct Health {
    pub(super) db: Db,
    pub(super) shutdown: CancellationToken,
}

pub(super) fn routes(health: Health) -> Router {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready)).with_state(health)
}

async fn live() -> Response {
    answer::json(StatusCode::OK, json!({ "status": "live" }))
}

async fn ready(State(health): State<Health>) -> Response {
    let unavailable = |reason| {
        let body = json!({ "status": "unavailable", "reason": reason });
        answer::json(StatusCode::SERVICE_UNAVAILABLE, body)
    };
    if health.shutdown.is_cancelled() {
        return unavailable("the server is shutting down");
    }
    match timeout(DATABASE_TIMEOUT, ping(&health.db)).await {
        Ok(Ok(())) => answer::json(StatusCode::OK, json!({ "status": "ready" })),
        Ok(Err(error)) => {
            tracing::warn!(%error, "Not ready: the database does not answer");
            unavailable("the database does not answer")
        }
        Err(_) => unavailable("the database does not answer in time"),
    }
}

async fn ping(db: &Db) -> db::Result<()> {
    Ok(db.conn().await?.batch_execute("SELECT 1").await?)
}
