//! Webhooks: signed calls from payment providers.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde_json::json;

use super::answer;
use super::body::{self, BODY_TIMEOUT, BodyError};
use crate::app::App;

/// The maximum size of a call in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// The maximum number of characters of a provider's name that are logged.
const MAX_NAME: usize = 60;

pub(super) fn routes(app: App) -> Router {
    Router::new().route("/hooks/payments/{provider}", post(payments)).with_state(app)
}

/// Receives a payment provider's webhook. A call that was understood is answered with 200, even if it had no effect,
/// because providers resend anything else.
async fn payments(State(app): State<App>, Path(provider): Path<String>, headers: HeaderMap, body: Body) -> Response {
    let provider: String = provider.chars().take(MAX_NAME).collect();
    // A body that nobody would understand is not read.
    let body = if app.payments.has_provider(&provider) { body } else { Body::empty() };
    let body = match body::read(&headers, body, MAX_BODY).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => {
            let message = format!("The body must not be larger than {MAX_BODY} bytes.");
            return answer::error(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", &message);
        }
        Err(BodyError::Timeout) => {
            let message = format!("The body must arrive within {} seconds.", BODY_TIMEOUT.as_secs());
            return answer::error(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", &message);
        }
        Err(BodyError::Broken) => {
            return answer::error(StatusCode::BAD_REQUEST, "BAD_REQUEST", "The body could not be read.");
        }
    };
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
