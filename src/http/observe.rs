//! Wraps every request: an id, a span, a log line, security headers and panic handling.

use std::any::Any;
use std::time::Instant;

use axum::extract::Request;
use axum::http::header::{HeaderMap, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, debug, info, info_span};
use uuid::Uuid;

use super::answer;

/// The header that identifies the request in every response and in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Security headers against content sniffing, framing and referrer leaks.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Assigns the request's id and span, and writes the log line.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = Uuid::now_v7();
    let path = answer::path_of(request.uri()).to_owned();
    let span = info_span!("request", %id, method = %request.method(), path);
    async move {
        let mut response = next.run(request).await;
        add_headers(response.headers_mut(), id);
        let (status, ms) = (response.status().as_u16(), begun.elapsed().as_millis() as u64);
        if path.starts_with("/health/") {
            debug!(status, ms, "Answered {status} in {ms} ms");
        } else {
            info!(status, ms, "Answered {status} in {ms} ms");
        }
        response
    }
    .instrument(span)
    .await
}

/// Answers a request whose handler panicked. The panic hook has logged it.
pub(super) fn internal_error(_: Box<dyn Any + Send>) -> Response {
    answer::error(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Internal error, logged under x-request-id")
}

fn add_headers(headers: &mut HeaderMap, id: Uuid) {
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(value);
    }
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
}
