//! An operation and its caller, however they were sent: over HTTP or over a WebSocket.

use std::time::{Duration, SystemTime};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{Request, ServerError};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
use axum::http::{HeaderMap, HeaderName};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, once};
use serde_json::{Map, Value as JsonValue};
use tokio_util::sync::CancellationToken;

use super::errors::{coded, finish, finish_error, syntax_error};
use crate::graphql::{Caller, Credentials, Engine};
use crate::http::limits::Limits;

/// The header that identifies the sales channel, and its key in a WebSocket's `connection_init`.
const PUBLISHABLE_KEY: HeaderName = HeaderName::from_static("x-publishable-key");

/// The state of the GraphQL endpoint.
#[derive(Clone)]
pub struct GraphqlState {
    /// Identifies callers and executes their operations.
    pub engine: Engine,
    /// The limits per request.
    pub limits: Limits,
    /// When canceled, ends WebSockets (1001) and event streams.
    pub shutdown: CancellationToken,
}

/// Checks, parses and measures the document, and determines the kind of the requested operation. The parsed document is
/// attached to the request, so that it is parsed only once.
///
/// # Errors
/// The request error to return.
pub(super) fn prepare(limits: &Limits, request: &mut Request) -> Result<OperationType, ServerError> {
    limits.check_source(&request.query)?;
    let document = parse_query(&request.query).map_err(syntax_error)?;
    limits.check_document(&document)?;
    let kind = kind_of(&document, request.operation_name.as_deref())?;
    request.set_parsed_query(document);
    Ok(kind)
}

fn kind_of(document: &ExecutableDocument, name: Option<&str>) -> Result<OperationType, ServerError> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next(),
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
        _ => None,
    };
    let problem = || match name {
        Some(name) => format!("The document has no operation named \"{name}\""),
        None => "The document has several operations: specify one in operationName".to_owned(),
    };
    Ok(operation.ok_or_else(|| finish_error(coded("GRAPHQL_VALIDATION_FAILED", problem())))?.node.ty)
}

/// The responses to an operation: one for a query or mutation, any number for a subscription.
pub(super) fn responses(
    engine: &Engine,
    caller: Caller,
    request: Request,
    kind: OperationType,
) -> BoxStream<'static, async_graphql::Response> {
    if kind == OperationType::Subscription {
        return engine.stream(&caller, request).map(finish).boxed();
    }
    let engine = engine.clone();
    once(async move { finish(engine.execute(&caller, request).await) }).boxed()
}

/// How long the caller's credentials remain valid; `None` if they do not expire.
#[expect(clippy::disallowed_methods, reason = "what is measured is how long a socket may stay open on this machine")]
pub(super) fn lifetime(caller: &Caller) -> Option<Duration> {
    let expires = caller.expires_at()?;
    Some(expires.duration_since(SystemTime::now()).unwrap_or_default())
}

/// The credentials in a request's headers.
pub(super) fn credentials_from(headers: &HeaderMap) -> Credentials {
    Credentials {
        authorization: text_of(headers, &AUTHORIZATION),
        publishable_key: text_of(headers, &PUBLISHABLE_KEY),
        accept_language: text_of(headers, &ACCEPT_LANGUAGE),
    }
}

/// The credentials in a WebSocket's `connection_init`; missing ones are taken from the upgrade's headers.
///
/// # Errors
/// One is not a text.
pub(super) fn credentials_of_init(
    payload: &Map<String, JsonValue>,
    headers: &Credentials,
) -> Result<Credentials, String> {
    let named = |name: &HeaderName, header: &Option<String>| match payload
        .iter()
        .find(|(key, value)| key.eq_ignore_ascii_case(name.as_str()) && !value.is_null())
    {
        Some((_, JsonValue::String(text))) => Ok(Some(text.clone())),
        Some((key, _)) => Err(format!("{key} must be a string")),
        None => Ok(header.clone()),
    };
    Ok(Credentials {
        authorization: named(&AUTHORIZATION, &headers.authorization)?,
        publishable_key: named(&PUBLISHABLE_KEY, &headers.publishable_key)?,
        accept_language: named(&ACCEPT_LANGUAGE, &headers.accept_language)?,
    })
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    // A header that is not valid text must be rejected as an invalid value, not treated as missing.
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}
