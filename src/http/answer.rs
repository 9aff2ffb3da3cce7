//! Small JSON responses.

use axum::Json;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error in GraphQL's format, so that clients only need to parse one.
pub(super) fn error(status: StatusCode, code: &str, message: &str) -> Response {
    json(status, json!({ "errors": [{ "message": message, "extensions": { "code": code } }] }))
}

/// A JSON response that must not be cached.
pub(super) fn json(status: StatusCode, body: Value) -> Response {
    (status, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response()
}
