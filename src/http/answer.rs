//! Small JSON responses.

use axum::Json;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
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

/// The path without the query, which may contain personal data, cut off at 200 bytes.
pub(super) fn path_of(uri: &Uri) -> &str {
    // Paths are ASCII.
    uri.path().get(..200).unwrap_or(uri.path())
}

pub(super) async fn not_found(uri: Uri) -> Response {
    error(StatusCode::NOT_FOUND, "NOT_FOUND", &format!("There is nothing at {}", path_of(&uri)))
}

pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> Response {
    let message = format!("{} does not support {method}", path_of(&uri));
    error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", &message)
}
