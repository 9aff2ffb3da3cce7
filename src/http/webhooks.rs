//! Webhooks: signed calls from payment providers.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde_json::json;

use super::answer;
use crate::app::App;

/// The maximum size of a call in bytes.
const MAX_BODY: usize = 1024 * 1024;

pub(super) fn routes(app: App) -> Router {
    Router::new()
        .route("/hooks/payments/{provider}", post(payments))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app)
}

/// Receives a payment provider's webhook. A call that was understood is answered with 200, even if it had no effect,
/// because providers resend anything else.
async fn payments(State(app): State<App>, Path(provider): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    match app.payment_workflows.receive(&provider, &headers, &body).await {
        Ok(_) => answer::json(StatusCode::OK, json!({ "received": true })),
        Err(error) => {
            let (status, code) = error.answer();
            tracing::warn!(provider, code, %error, "A payment provider's call was refused");
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            answer::error(status, code, error.public_message())
        }
    }
}
