//! GraphQL over HTTP: `POST` and `GET /graphql`, and subscriptions as server-sent events.
//!
//! # Decisions
//! - **Our own handler**: async-graphql-axum's extractors run mutations over GET and from `text/plain` forms (cross-site
//!   request forgery), read bodies of any size and answer every error with 200. This one passes all 61 audits of npm
//!   `graphql-http`.
//! - **A request error** (nothing was executed) has no `data` entry, and is 400 as `application/graphql-response+json` but
//!   200 as `application/json`, which clients of the older type expect. What is wrong with the HTTP request itself, or with
//!   the caller, is an HTTP status in both.
//! - **Every error has `extensions.code`.** Errors with a path come from resolvers and have theirs from the engine.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::{ErrorExtensionValues, Request, ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request as HttpRequest, State};
use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_TYPE, UPGRADE, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, once};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as JsonValue};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::limits::Limits;
use super::websocket;
use crate::graphql::{Caller, Credentials, Engine, Refusal};

/// How long a client may take to send a request's body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a quiet event stream carries a comment, so that proxies keep it open.
const EVENT_STREAM_KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Errors in one answer; the rest is dropped.
const MAX_ERRORS: usize = 20;

/// Characters of one error's message; the rest is cut.
const MAX_MESSAGE_CHARS: usize = 300;

/// The header, and the key in a WebSocket's `connection_init`, that names the sales channel.
const PUBLISHABLE_KEY: HeaderName = HeaderName::from_static("x-publishable-key");

/// What the GraphQL endpoint needs.
#[derive(Clone)]
pub struct GraphqlState {
    /// Identifies callers and executes their operations.
    pub engine: Engine,
    /// What one request may ask for.
    pub limits: Limits,
    /// Ends WebSockets (1001) and event streams when cancelled.
    pub shutdown: CancellationToken,
}

/// The routes of the GraphQL endpoint: `/graphql` for queries (GET, POST), mutations (POST), subscriptions (WebSocket with
/// `graphql-transport-ws`, or POST with `Accept: text/event-stream`).
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
    let request =
        parameters_of_query(parts.uri.query().unwrap_or_default()).and_then(request_from).map_err(Failure::bad_request);
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
    Failure::method_not_allowed("GET, POST", "/graphql takes GET and POST").into_response(Media::Json)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
}

/// Runs a well-formed request as whoever sent it.
async fn run(
    state: &GraphqlState,
    headers: &HeaderMap,
    mut request: Request,
    media: Media,
    verb: Verb,
) -> Result<Response, Failure> {
    let kind = match prepare(&state.limits, &mut request) {
        Ok(kind) => kind,
        Err(error) => return Ok(reject(media, error)),
    };
    if verb == Verb::Get && kind != OperationType::Query {
        return Err(Failure::method_not_allowed("POST", "GET is for queries only, send this operation by POST"));
    }
    if kind == OperationType::Subscription && media != Media::EventStream {
        return Err(Failure::bad_request("Subscriptions need a WebSocket or Accept: text/event-stream"));
    }
    let caller = state.engine.identify(credentials_from(headers)).await.map_err(Failure::refused)?;
    if media == Media::EventStream {
        let lifetime = lifetime(&caller);
        return Ok(event_stream(responses(&state.engine, caller, request, kind), &state.shutdown, lifetime));
    }
    Ok(render(media, finish(state.engine.execute(&caller, request).await)))
}

/// Checks, parses and measures the document, and finds which kind of operation is meant. The parsed document goes along
/// with the request, so that it is parsed once.
///
/// # Errors
/// The request error to answer with.
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
        None => "The document has several operations, name one in operationName".to_owned(),
    };
    Ok(operation.ok_or_else(|| finish_error(coded("GRAPHQL_VALIDATION_FAILED", problem())))?.node.ty)
}

/// The answers to an operation: one for a query or mutation, any number for a subscription.
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

/// How long the caller's credentials still hold; `None` if for ever.
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

/// The credentials in a WebSocket's `connection_init`; what it leaves out is taken from the upgrade's headers.
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
    // What is no text has to be refused as a wrong value, not taken for none.
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}

fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

// ---- requests in

async fn receive(headers: &HeaderMap, body: Body, limit: usize) -> Result<Request, Failure> {
    if !is_json(headers) {
        return Err(Failure::unsupported_media_type());
    }
    let body = read(headers, body, limit).await?;
    let parameters = serde_json::from_slice(&body).map_err(|_| Failure::bad_request("The body is not valid JSON"))?;
    match parameters {
        JsonValue::Object(parameters) => request_from(parameters).map_err(Failure::bad_request),
        JsonValue::Array(_) => Err(Failure::bad_request("Batches are not supported, send one operation a request")),
        _ => Err(Failure::bad_request("The body is not a JSON object")),
    }
}

/// `application/json`, in UTF-8 and not compressed: the one content type that a foreign web page cannot send unasked.
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

async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Failure> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Failure::too_large(limit));
    }
    match timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Failure::too_large(limit)),
        Ok(Err(_)) => Err(Failure::bad_request("The body could not be read")),
        Err(_) => Err(Failure::timeout()),
    }
}

/// The parameters in a query string; `variables` and `extensions` are JSON in it.
fn parameters_of_query(query: &str) -> Result<Map<String, JsonValue>, &'static str> {
    let mut parameters = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent_decode(name).ok_or("The query string is not valid UTF-8")?;
        let value = percent_decode(value).ok_or("The query string is not valid UTF-8")?;
        let value = match name.as_str() {
            "variables" | "extensions" if value.is_empty() => JsonValue::Null,
            "variables" => serde_json::from_str(&value).map_err(|_| "variables is not valid JSON")?,
            "extensions" => serde_json::from_str(&value).map_err(|_| "extensions is not valid JSON")?,
            _ => JsonValue::String(value),
        };
        if parameters.insert(name, value).is_some() {
            return Err("A parameter is given twice");
        }
    }
    Ok(parameters)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next()?)? * 16 + hex_digit(bytes.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16)?.try_into().ok()
}

/// Makes a request of its parameters.
///
/// # Errors
/// What is wrong with their shape.
pub(super) fn request_from(mut parameters: Map<String, JsonValue>) -> Result<Request, &'static str> {
    parameters.retain(|name, value| {
        matches!(name.as_str(), "query" | "operationName" | "variables" | "extensions") && !value.is_null()
    });
    let fits = |name: &str, fits: fn(&JsonValue) -> bool| parameters.get(name).is_none_or(fits);
    if !parameters.contains_key("query") || !fits("query", JsonValue::is_string) {
        return Err("query must be a string");
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

// ---- answers out

/// What an answer is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    Json,
    GraphqlResponse,
    EventStream,
}

impl Media {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            // An event stream that never began is answered in plain JSON.
            Self::Json | Self::EventStream => "application/json; charset=utf-8",
        })
    }

    /// The type that a range such as `application/*` stands for, and how exactly it does.
    fn of(range: &str) -> Option<(Self, u8)> {
        match range.to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Some((Self::GraphqlResponse, 2)),
            "application/json" => Some((Self::Json, 2)),
            "text/event-stream" => Some((Self::EventStream, 2)),
            "application/*" => Some((Self::Json, 1)),
            "*/*" => Some((Self::Json, 0)),
            _ => None,
        }
    }
}

/// The media type that the client likes best; without an `Accept` header, JSON. `None` if it takes none of ours.
fn negotiate(headers: &HeaderMap) -> Option<Media> {
    if !headers.contains_key(ACCEPT) {
        return Some(Media::Json);
    }
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut best: Option<((f32, u8), Media)> = None;
    for range in values.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let Some((media, exactness)) = parts.next().and_then(Media::of) else {
            continue;
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        // Of equals, the one named first wins.
        if quality > 0.0 && best.is_none_or(|(rank, _)| (quality, exactness) > rank) {
            best = Some(((quality, exactness), media));
        }
    }
    best.map(|(_, media)| media)
}

fn not_acceptable() -> Failure {
    Failure::new(
        StatusCode::NOT_ACCEPTABLE,
        "NOT_ACCEPTABLE",
        "Answers are application/graphql-response+json or application/json",
    )
}

/// An HTTP request that did not become a GraphQL request, or whose caller was refused.
pub(super) struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Failure {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    fn with(self, name: HeaderName, value: &'static str) -> Self {
        Self { header: Some((name, HeaderValue::from_static(value))), ..self }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    fn method_not_allowed(allow: &'static str, message: &str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message).with(ALLOW, allow)
    }

    fn unsupported_media_type() -> Self {
        let message = "The body must be application/json in UTF-8, not compressed";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
    }

    // What is left of the body is not read, so the connection cannot be used again.
    fn too_large(limit: usize) -> Self {
        let message = format!("The body is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message).with(CONNECTION, "close")
    }

    fn timeout() -> Self {
        let message = format!("The body took longer than {} seconds", BODY_TIMEOUT.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message).with(CONNECTION, "close")
    }

    fn refused(refusal: Refusal) -> Self {
        let status = status_of(refusal.code).unwrap_or(StatusCode::UNAUTHORIZED);
        let failure = Self::new(status, refusal.code, refusal.message);
        if status == StatusCode::UNAUTHORIZED { failure.with(WWW_AUTHENTICATE, "Bearer") } else { failure }
    }

    fn into_response(self, media: Media) -> Response {
        let mut response = errors_response(media, self.status, &[finish_error(coded(self.code, self.message))]);
        response.headers_mut().extend(self.header);
        response
    }

    /// As an answer to a WebSocket upgrade.
    pub(super) fn into_json(self) -> Response {
        self.into_response(Media::Json)
    }
}

/// A document that was refused before it was executed. An event stream tells it as an event, since `EventSource` cannot
/// read the body of an error.
fn reject(media: Media, error: ServerError) -> Response {
    let response = finish(async_graphql::Response::from_errors(vec![error]));
    if media == Media::EventStream {
        return event_stream(once(async { response }).boxed(), &CancellationToken::new(), None);
    }
    render(media, response)
}

fn render(media: Media, response: async_graphql::Response) -> Response {
    if is_request_error(&response) {
        let code = response.errors.first().and_then(code_of).unwrap_or_default();
        let malformed = if media == Media::Json { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        return errors_response(media, status_of(code).unwrap_or(malformed), &response.errors);
    }
    let mut answer = GraphQLResponse::from(response).into_response();
    answer.headers_mut().insert(CONTENT_TYPE, media.content_type());
    answer.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

fn errors_response(media: Media, status: StatusCode, errors: &[ServerError]) -> Response {
    let headers = [(CONTENT_TYPE, media.content_type()), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, headers, json_of(&Errors { errors })).into_response()
}

/// The HTTP status of a request that failed for a reason outside the document, whatever the media type: load balancers and
/// clients that retry read the status, not the body.
fn status_of(code: &str) -> Option<StatusCode> {
    match code {
        "UNAUTHENTICATED" => Some(StatusCode::UNAUTHORIZED),
        "THROTTLED" => Some(StatusCode::TOO_MANY_REQUESTS),
        "INTERNAL" => Some(StatusCode::INTERNAL_SERVER_ERROR),
        "UNAVAILABLE" => Some(StatusCode::SERVICE_UNAVAILABLE),
        _ => None,
    }
}

/// The answers as events: `next` for each, then `complete`. A stream that is cut short (shutdown, credentials that expired)
/// ends without `complete`, so that the client comes back.
fn event_stream(
    responses: BoxStream<'static, async_graphql::Response>,
    shutdown: &CancellationToken,
    lifetime: Option<Duration>,
) -> Response {
    let shutdown = shutdown.clone();
    let cut = async move {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = sleep(lifetime.unwrap_or(Duration::MAX)) => {}
        }
    };
    let events = responses
        .map(|response| Event::default().event("next").data(json_of(&Payload(&response))))
        .chain(once(async { Event::default().event("complete").data("") }))
        .take_until(Box::pin(cut))
        .map(Ok::<_, Infallible>);
    let keep_alive = KeepAlive::new().interval(EVENT_STREAM_KEEP_ALIVE);
    Sse::new(events).keep_alive(keep_alive).into_response()
}

/// An execution result as it is written: a request error has no `data`.
pub(super) struct Payload<'a>(pub(super) &'a async_graphql::Response);

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if is_request_error(self.0) {
            Errors { errors: &self.0.errors }.serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [ServerError],
}

/// JSON of something whose keys are all strings, which cannot fail.
pub(super) fn json_of(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Whether nothing was executed: there is no data, and no error happened at a field.
pub(super) fn is_request_error(response: &async_graphql::Response) -> bool {
    response.is_err() && response.data == Value::Null && response.errors.iter().all(|error| error.path.is_empty())
}

// ---- errors

/// An error of ours.
pub(super) fn coded(code: &'static str, message: impl Into<String>) -> ServerError {
    with_code(ServerError::new(message, None), code)
}

/// The parser's message is a drawing of the source line with the problem at its foot; the place is in `locations`.
fn syntax_error(error: async_graphql::parser::Error) -> ServerError {
    let mut error = ServerError::from(error);
    if let Some((_, problem)) = error.message.rsplit_once("\n  = ") {
        error.message = format!("Syntax error: {problem}");
    }
    with_code(error, "GRAPHQL_PARSE_FAILED")
}

fn with_code(mut error: ServerError, code: &'static str) -> ServerError {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
    error
}

fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        Value::Enum(code) => Some(code),
        _ => None,
    }
}

/// Gives async-graphql's own errors their codes, and keeps a flood of errors short.
fn finish(mut response: async_graphql::Response) -> async_graphql::Response {
    response.errors.truncate(MAX_ERRORS);
    response.errors = response.errors.into_iter().map(finish_error).collect();
    response
}

fn finish_error(mut error: ServerError) -> ServerError {
    if let Some((cut, _)) = error.message.char_indices().nth(MAX_MESSAGE_CHARS) {
        error.message.truncate(cut);
    }
    // Parsing is behind us: what has neither a code nor a path was found by validation.
    match code_of(&error) {
        None if error.path.is_empty() => {
            let code = code_by_message(&error.message);
            with_code(error, code)
        }
        _ => error,
    }
}

/// async-graphql's errors have no kinds; a value that does not fit its type is told from the rest by the message only.
fn code_by_message(message: &str) -> &'static str {
    let starts = |start: &str| message.starts_with(start);
    // `Variable x is not defined.` is a missing value, `Variable "$x" is not defined` a misspelt name.
    let missing = starts("Variable ") && !starts("Variable \"") && message.ends_with(" is not defined.");
    if missing || starts("Invalid value for ") || starts("Invalid default value for ") {
        return "BAD_USER_INPUT";
    }
    match message {
        "Query is too complex." | "Query is nested too deep." => "TOO_COSTLY",
        _ => "GRAPHQL_VALIDATION_FAILED",
    }
}
