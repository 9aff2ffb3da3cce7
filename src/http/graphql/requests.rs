//! Parses bodies and query strings into GraphQL requests.

use std::borrow::Cow;

use async_graphql::Request;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Map, Value as JsonValue};

use super::answers::RequestFailure;
use crate::http::body::{self, BODY_TIMEOUT, BodyError};

/// Reads the GraphQL request from a body.
pub(super) async fn receive(headers: &HeaderMap, body: Body, limit: usize) -> Result<Request, RequestFailure> {
    if !is_json(headers) {
        return Err(RequestFailure::unsupported_media_type());
    }
    let body = body::read(headers, body, limit).await.map_err(|error| match error {
        BodyError::TooLarge => RequestFailure::too_large(limit),
        BodyError::Timeout => RequestFailure::timeout(BODY_TIMEOUT),
        BodyError::Broken => RequestFailure::bad_request("The body could not be read"),
    })?;
    let parameters =
        serde_json::from_slice(&body).map_err(|_| RequestFailure::bad_request("The body must be valid JSON"))?;
    match parameters {
        JsonValue::Object(parameters) => request_from(parameters).map_err(RequestFailure::bad_request),
        JsonValue::Array(_) => {
            Err(RequestFailure::bad_request("Batches are not supported: send one operation per request"))
        }
        _ => Err(RequestFailure::bad_request("The body must be a JSON object")),
    }
}

/// `application/json`, in UTF-8 and not compressed: the only content type that another website cannot send without a
/// preflight.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
        !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    let plain = headers.get(CONTENT_ENCODING).is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    json && utf8 && plain
}

/// The parameters of a query string, in which `variables` and `extensions` are JSON.
pub(super) fn parameters_of_query(query: &str) -> Result<Map<String, JsonValue>, &'static str> {
    let mut parameters = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent_decode(name).ok_or("The query string must be valid UTF-8")?;
        let value = percent_decode(value).ok_or("The query string must be valid UTF-8")?;
        let value = match name.as_str() {
            "variables" | "extensions" if value.is_empty() => JsonValue::Null,
            "variables" => serde_json::from_str(&value).map_err(|_| "variables must be valid JSON")?,
            "extensions" => serde_json::from_str(&value).map_err(|_| "extensions must be valid JSON")?,
            _ => JsonValue::String(value),
        };
        if parameters.insert(name, value).is_some() {
            return Err("Specify each parameter only once");
        }
    }
    Ok(parameters)
}

fn percent_decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned)
}

/// Builds a request from its parameters.
///
/// # Errors
/// The parameter that has the wrong type.
pub(super) fn request_from(mut parameters: Map<String, JsonValue>) -> Result<Request, &'static str> {
    parameters.retain(|name, value| {
        matches!(name.as_str(), "query" | "operationName" | "variables" | "extensions") && !value.is_null()
    });
    let fits = |name: &str, fits: fn(&JsonValue) -> bool| parameters.get(name).is_none_or(fits);
    if !parameters.contains_key("query") || !fits("query", JsonValue::is_string) {
        return Err("query must be a string. To explore the API in a browser, open /playground/");
    }
    if !fits("operationName", JsonValue::is_string) {
        return Err("operationName must be a string");
    }
    if !fits("variables", JsonValue::is_object) {
        return Err("variables must be an object");
    }
    if !fits("extensions", JsonValue::is_object) {
        return Err("extensions must be an object");
    }
    if parameters.get("operationName").is_some_and(|name| name == "") {
        parameters.remove("operationName");
    }
    serde_json::from_value(JsonValue::Object(parameters)).map_err(|_| "The parameters are not valid")
}
