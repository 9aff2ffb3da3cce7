//! GraphQL over HTTP: `POST` and `GET /graphql`, and subscriptions as server-sent events.
//!
//! # Decisions
//! - **Custom handler**: async-graphql-axum's extractors run mutations over GET and from `text/plain` forms (cross-site
//!   request forgery), read bodies of any size and answer every error with 200. This one passes all 61 audits of npm
//!   `graphql-http`.
//! - **A request error** (nothing was executed) has no `data` entry, and is 400 as `application/graphql-response+json`
//!   but 200 as `application/json`, as clients of the older type expect. Problems with the HTTP request itself or with
//!   the caller are an HTTP status in both.
//! - **Every error has `extensions.code`.** Errors with a path come from resolvers, and the engine sets their codes.

mod answers;
mod errors;
mod requests;

use std::time::{Duration, SystemTime};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{Request, ServerError};
use axum::Router;
use axum::extract::{Request as HttpRequest, State};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, UPGRADE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use axum::routing::get;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, once};
use serde_json::{Map, Value as JsonValue};
use tokio_util::sync::CancellationToken;

pub(super) use answers::{Payload, RequestFailure, is_request_error, json_of};
pub(super) use errors::coded;
pub(super) use requests::request_from;

use self::answers::{Media, event_stream, negotiate, not_acceptable, reject, render};
use self::errors::{finish, finish_error, syntax_error};
use self::requests::{parameters_of_query, receive};
use super::limits::Limits;
use super::websocket;
use crate::graphql::{Caller, Credentials, Engine};

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

/// The routes of the GraphQL endpoint: `/graphql` for queries (GET, POST), mutations (POST) and subscriptions
/// (WebSocket with `graphql-transport-ws`, or POST with `Accept: text/event-stream`).
pub fn routes(state: GraphqlState) -> Router {
    Router::new().route("/graphql", get(answer_get).post(answer_post).fallback(refuse_method)).with_state(state)
}

async fn answer_get(State(state): State<GraphqlState>, request: HttpRequest) -> Response {
    let (mut parts, _) = request.into_parts();
    if is_websocket(&parts.headers) {
        return websocket::upgrade(state, &mut parts).await;
    }
    let Some(media) = negotiate(&parts.headers).filter(|media| *media != Media::EventStream) else {
        return not_acceptable().into_response(Media::Json);
    };
    let request = parameters_of_query(parts.uri.query().unwrap_or_default())
        .and_then(request_from)
        .map_err(RequestFailure::bad_request);
    let answer = match request {
        Ok(request) => run(&state, &parts.headers, request, media, Verb::Get).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| failure.into_response(media))
}

async fn answer_post(State(state): State<GraphqlState>, request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    let Some(media) = negotiate(&parts.headers) else {
        return not_acceptable().into_response(Media::Json);
    };
    let answer = match receive(&parts.headers, body, state.limits.request_bytes).await {
        Ok(request) => run(&state, &parts.headers, request, media, Verb::Post).await,
        Err(failure) => Err(failure),
    };
    answer.unwrap_or_else(|failure| failure.into_response(media))
}

async fn refuse_method() -> Response {
    RequestFailure::method_not_allowed("GET, POST", "Send GET or POST requests to /graphql").into_response(Media::Json)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
}

/// Executes a well-formed request on behalf of its caller.
async fn run(
    state: &GraphqlState,
    headers: &HeaderMap,
    mut request: Request,
    media: Media,
    verb: Verb,
) -> Result<Response, RequestFailure> {
    let kind = match prepare(&state.limits, &mut request) {
        Ok(kind) => kind,
        Err(error) => return Ok(reject(media, error)),
    };
    if verb == Verb::Get && kind != OperationType::Query {
        return Err(RequestFailure::method_not_allowed(
            "POST",
            "GET is only for queries: send this operation with POST",
        ));
    }
    if kind == OperationType::Subscription && media != Media::EventStream {
        return Err(RequestFailure::bad_request("Use a WebSocket or Accept: text/event-stream for subscriptions"));
    }
    let caller = state.engine.identify(credentials_from(headers)).await.map_err(RequestFailure::refused)?;
    if media == Media::EventStream {
        let lifetime = lifetime(&caller);
        return Ok(event_stream(responses(&state.engine, caller, request, kind), &state.shutdown, lifetime));
    }
    Ok(render(media, finish(state.engine.execute(&caller, request).await)))
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
pub(super) fn credentials_of_init(payload: &Map<String, JsonValue>, headers: &Credentials) -> Credentials {
    let named = |name: &HeaderName| {
        let mut entries = payload.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name.as_str()));
        entries.find_map(|(_, value)| value.as_str()).map(str::to_owned)
    };
    Credentials {
        authorization: named(&AUTHORIZATION).or_else(|| headers.authorization.clone()),
        publishable_key: named(&PUBLISHABLE_KEY).or_else(|| headers.publishable_key.clone()),
        accept_language: named(&ACCEPT_LANGUAGE).or_else(|| headers.accept_language.clone()),
    }
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    // A header that is not valid text must be rejected as an invalid value, not treated as missing.
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}

fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}
