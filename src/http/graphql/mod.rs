//! GraphQL over HTTP: `POST` and `GET /graphql`, and subscriptions as server-sent events or over a WebSocket.
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
mod operation;
mod requests;
mod websocket;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use axum::Router;
use axum::extract::{Request as HttpRequest, State};
use axum::http::HeaderMap;
use axum::http::header::UPGRADE;
use axum::response::Response;
use axum::routing::get;

pub(super) use errors::coded;
pub use operation::GraphqlState;

use self::answers::{Media, RequestFailure, event_stream, negotiate, not_acceptable, reject, render};
use self::errors::finish;
use self::operation::{credentials_from, lifetime, prepare, responses};
use self::requests::{parameters_of_query, receive, request_from};

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

fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}
