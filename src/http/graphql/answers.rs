//! Responses: JSON, event streams and HTTP errors, in the media type that the client prefers.

use std::convert::Infallible;
use std::time::Duration;

use async_graphql::{ServerError, Value};
use async_graphql_axum::GraphQLResponse;
use axum::http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, once};
use serde::{Serialize, Serializer};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::errors::{code_of, coded, finish, finish_error};
use crate::graphql::Refusal;

/// The interval of comments on an idle event stream, so that proxies keep it open.
const EVENT_STREAM_KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The format of a response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    GraphqlResponse,
    EventStream,
}

impl Media {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            // An event stream that fails before it starts is answered with plain JSON.
            Self::Json | Self::EventStream => "application/json; charset=utf-8",
        })
    }

    /// The media type that matches a range such as `application/*`, and the specificity of the match.
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

/// The client's preferred media type; JSON without an `Accept` header. `None` if the client accepts none of ours.
pub(super) fn negotiate(headers: &HeaderMap) -> Option<Media> {
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
        // Among equals, the first one wins.
        if quality > 0.0 && best.is_none_or(|(rank, _)| (quality, exactness) > rank) {
            best = Some(((quality, exactness), media));
        }
    }
    best.map(|(_, media)| media)
}

pub(super) fn not_acceptable() -> RequestFailure {
    RequestFailure::new(
        StatusCode::NOT_ACCEPTABLE,
        "NOT_ACCEPTABLE",
        "Accept application/graphql-response+json or application/json",
    )
}

/// An HTTP request that is not a valid GraphQL request, or whose caller was rejected.
pub(super) struct RequestFailure {
    status: StatusCode,
    code: &'static str,
    message: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl RequestFailure {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    fn with(self, name: HeaderName, value: &'static str) -> Self {
        Self { header: Some((name, HeaderValue::from_static(value))), ..self }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    pub(super) fn method_not_allowed(allow: &'static str, message: &str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message).with(ALLOW, allow)
    }

    pub(super) fn unsupported_media_type() -> Self {
        let message = "The body must be application/json in UTF-8, not compressed";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
    }

    // The rest of the body is not read, so the connection cannot be reused.
    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("The body must not be larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message).with(CONNECTION, "close")
    }

    pub(super) fn timeout(limit: Duration) -> Self {
        let message = format!("The body must arrive within {} seconds", limit.as_secs());
        Self::new(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message).with(CONNECTION, "close")
    }

    pub(super) fn refused(refusal: Refusal) -> Self {
        let status = status_of(refusal.code).unwrap_or(StatusCode::UNAUTHORIZED);
        let failure = Self::new(status, refusal.code, refusal.message);
        if status == StatusCode::UNAUTHORIZED { failure.with(WWW_AUTHENTICATE, "Bearer") } else { failure }
    }

    pub(super) fn into_response(self, media: Media) -> Response {
        let mut response = errors_response(media, self.status, &[finish_error(coded(self.code, self.message))]);
        response.headers_mut().extend(self.header);
        response
    }
}

/// The response to a document that was rejected before execution. On an event stream, the error is sent as an event,
/// because `EventSource` cannot read the body of an error response.
pub(super) fn reject(media: Media, error: ServerError) -> Response {
    let response = finish(async_graphql::Response::from_errors(vec![error]));
    if media == Media::EventStream {
        return event_stream(once(async { response }).boxed(), &CancellationToken::new(), None);
    }
    render(media, response)
}

pub(super) fn render(media: Media, response: async_graphql::Response) -> Response {
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

/// The HTTP status of a request that failed for a reason other than the document, regardless of the media type: load
/// balancers and retrying clients read the status, not the body.
fn status_of(code: &str) -> Option<StatusCode> {
    match code {
        "UNAUTHENTICATED" => Some(StatusCode::UNAUTHORIZED),
        "THROTTLED" => Some(StatusCode::TOO_MANY_REQUESTS),
        "INTERNAL" => Some(StatusCode::INTERNAL_SERVER_ERROR),
        "UNAVAILABLE" => Some(StatusCode::SERVICE_UNAVAILABLE),
        _ => None,
    }
}

/// The responses as events: `next` for each, then `complete`. A stream that is cut off (shutdown, expired credentials)
/// ends without `complete`, so that the client reconnects.
pub(super) fn event_stream(
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

/// The serialized execution result: a request error has no `data`.
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

/// Serializes a value whose keys are all strings, which cannot fail.
pub(super) fn json_of(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Whether nothing was executed: there is no data, and no error belongs to a field.
pub(super) fn is_request_error(response: &async_graphql::Response) -> bool {
    response.is_err() && response.data == Value::Null && response.errors.iter().all(|error| error.path.is_empty())
}
