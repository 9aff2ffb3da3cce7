//! GraphQL over WebSocket: the server side of `graphql-transport-ws`, the protocol of npm `graphql-ws`.
//!
//! # Decisions
//! - **Custom loop** on the engine: async-graphql-axum's follows 13 of the protocol's 22 rules and has no timeout for
//!   `connection_init`.
//! - **One task per socket, no queue.** Operations are streams that are only polled while the last message has been
//!   handed to the kernel. A slow client therefore slows its own operations; it costs one message and
//!   [`WRITE_BUFFER_BYTES`], and after [`WRITE_TIMEOUT`] it is closed with 1008.
//! - **Small buffers**: 4 kB each way instead of tungstenite's 128 kB reduce the cost of an idle subscriber from 138 kB
//!   to 14 kB.

use std::borrow::Cow;
use std::time::Duration;

use async_graphql::ServerError;
use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, once};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_stream::StreamMap;

use super::answers::{Media, Payload, RequestFailure, is_request_error, json_of};
use super::errors::coded;
use super::operation::{GraphqlState, credentials_from, credentials_of_init, lifetime, prepare, responses};
use super::requests::request_from;
use crate::graphql::{Caller, Credentials};

/// The only supported subprotocol.
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// The maximum time a client may take to send `connection_init`.
const INIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The interval between pings.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// A peer that has sent nothing for this long, not even a pong, is considered dead.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a message may stay unread before the client is closed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// The timeout of the closing handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The maximum number of concurrent operations per socket.
const MAX_OPERATIONS: usize = 100;

/// The maximum length of an operation's id in bytes.
const MAX_ID_BYTES: usize = 256;

/// The maximum number of buffered bytes, and so the size of the largest message.
const WRITE_BUFFER_BYTES: usize = 1024 * 1024;

/// The maximum overhead of a frame in bytes.
const FRAME_OVERHEAD: usize = 1024;

/// The maximum length of a close frame's reason in bytes (RFC 6455).
const MAX_REASON_BYTES: usize = 123;

/// Responds to a WebSocket upgrade request.
pub(super) async fn upgrade(state: GraphqlState, parts: &mut Parts) -> Response {
    let credentials = credentials_from(&parts.headers);
    let upgrade = match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => upgrade.protocols([SUBPROTOCOL]),
        Err(rejection) => return RequestFailure::bad_request(rejection.body_text()).into_response(Media::Json),
    };
    if upgrade.selected_protocol().is_none() {
        return RequestFailure::bad_request(format!("The WebSocket must use the subprotocol {SUBPROTOCOL}"))
            .into_response(Media::Json);
    }
    upgrade
        .read_buffer_size(4096)
        .write_buffer_size(4096)
        .max_write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(state.limits.request_bytes)
        .max_frame_size(state.limits.request_bytes)
        .on_upgrade(move |socket| Session::new(socket, state, credentials).run())
}

/// A message from the client.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ClientMessage {
    ConnectionInit { payload: Option<Map<String, Value>> },
    Ping { payload: Option<Map<String, Value>> },
    Pong { payload: Option<Map<String, Value>> },
    Subscribe { id: String, payload: Map<String, Value> },
    Complete { id: String },
}

/// A message with a response.
#[derive(Serialize)]
struct NextMessage<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    payload: Payload<'a>,
}

/// An operation's output: responses, then `None`, because the map of operations does not tell which one ended.
type Step = Option<async_graphql::Response>;

/// Why a session ends.
enum End {
    /// The server closes, with this code and reason.
    Close(u16, Cow<'static, str>),
    /// The client closed; its close frame needs a reply.
    Closed,
    /// The connection is dead.
    Disconnected,
}

impl End {
    fn close(code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Close(code, reason.into())
    }

    fn bad_message(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::close(4400, problem)
    }
}

struct Session {
    socket: WebSocket,
    state: GraphqlState,
    /// The credentials in the upgrade's headers, which `connection_init` overrides.
    credentials: Credentials,
    /// Set once `connection_init` was accepted.
    caller: Option<Caller>,
    operations: StreamMap<String, BoxStream<'static, Step>>,
    /// The deadline for `connection_init`, then the expiry of the caller's credentials.
    auth_deadline: Option<Instant>,
    last_received: Instant,
    next_ping: Instant,
}

impl Session {
    fn new(socket: WebSocket, state: GraphqlState, credentials: Credentials) -> Self {
        let now = Instant::now();
        Self {
            socket,
            state,
            credentials,
            caller: None,
            operations: StreamMap::new(),
            auth_deadline: Some(now + INIT_TIMEOUT),
            last_received: now,
            next_ping: now + PING_INTERVAL,
        }
    }

    async fn run(mut self) {
        let end = loop {
            if let Err(end) = self.turn().await {
                break end;
            }
        };
        // Stop operations now, not after the closing handshake.
        let Self { socket, .. } = self;
        let _ = timeout(CLOSE_TIMEOUT, close(socket, end)).await;
    }

    /// Waits for one event and handles it.
    async fn turn(&mut self) -> Result<(), End> {
        let deadline = self.next_deadline();
        tokio::select! {
            () = self.state.shutdown.cancelled() => Err(going_away()),
            () = sleep_until(deadline) => self.check_deadlines().await,
            message = self.socket.recv() => self.on_message(message).await,
            Some((id, step)) = self.operations.next() => self.forward(id, step).await,
        }
    }

    fn next_deadline(&self) -> Instant {
        let next = self.next_ping.min(self.last_received + IDLE_TIMEOUT);
        self.auth_deadline.map_or(next, |until| until.min(next))
    }

    async fn check_deadlines(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if self.auth_deadline.is_some_and(|until| until <= now) {
            return Err(match self.caller {
                None => End::close(4408, "Connection initialisation timeout"),
                Some(_) => End::close(4403, "The credentials have expired"),
            });
        }
        if self.last_received + IDLE_TIMEOUT <= now {
            return Err(End::Disconnected);
        }
        if self.next_ping <= now {
            self.next_ping = now + PING_INTERVAL;
            // A WebSocket ping, which browsers answer without help from the page.
            self.send(Message::Ping(Default::default())).await?;
        }
        Ok(())
    }

    async fn on_message(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let message = message.ok_or(End::Disconnected)?.map_err(|error| close_for_error(&error))?;
        self.last_received = Instant::now();
        match message {
            Message::Text(text) => self.apply(&text).await,
            Message::Binary(_) => Err(End::bad_message("Messages must be text")),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Closed),
        }
    }

    async fn apply(&mut self, text: &str) -> Result<(), End> {
        let message =
            serde_json::from_str(text).map_err(|error| End::bad_message(format!("Invalid message: {error}")))?;
        match message {
            ClientMessage::ConnectionInit { payload } => self.init(payload.unwrap_or_default()).await,
            ClientMessage::Ping { payload: None } => self.send_json(&json!({ "type": "pong" })).await,
            ClientMessage::Ping { payload } => self.send_json(&json!({ "type": "pong", "payload": payload })).await,
            ClientMessage::Pong { payload: None | Some(_) } => Ok(()),
            ClientMessage::Subscribe { id, payload } => self.subscribe(id, payload).await,
            ClientMessage::Complete { id } => {
                self.operations.remove(id.as_str());
                Ok(())
            }
        }
    }

    async fn init(&mut self, payload: Map<String, Value>) -> Result<(), End> {
        if self.caller.is_some() {
            return Err(End::close(4429, "Too many initialisation requests"));
        }
        let credentials = credentials_of_init(&payload, &self.credentials).map_err(End::bad_message)?;
        let caller =
            self.state.engine.identify(credentials).await.map_err(|refusal| End::close(4403, refusal.message))?;
        self.auth_deadline = lifetime(&caller).and_then(|left| Instant::now().checked_add(left));
        self.caller = Some(caller);
        self.send_json(&json!({ "type": "connection_ack" })).await
    }

    async fn subscribe(&mut self, id: String, payload: Map<String, Value>) -> Result<(), End> {
        if id.is_empty() || id.len() > MAX_ID_BYTES {
            return Err(End::bad_message(format!("id must have 1 to {MAX_ID_BYTES} bytes")));
        }
        let mut request = request_from(payload).map_err(End::bad_message)?;
        let caller = self.caller.clone().ok_or(End::close(4401, "Unauthorized"))?;
        if self.operations.contains_key(id.as_str()) {
            return Err(End::close(4409, format!("Subscriber for {id} already exists")));
        }
        if self.operations.len() >= MAX_OPERATIONS {
            let message = format!("operations on one socket: {}, at most {MAX_OPERATIONS} allowed", MAX_OPERATIONS + 1);
            return self.send_error(&id, &[coded("TOO_COSTLY", message)]).await;
        }
        match prepare(&self.state.limits, &mut request) {
            Ok(kind) => {
                let answers = responses(&self.state.engine, caller, request, kind).map(Some);
                self.operations.insert(id, answers.chain(once(async { None })).boxed());
                Ok(())
            }
            Err(error) => self.send_error(&id, &[error]).await,
        }
    }

    async fn forward(&mut self, id: String, step: Step) -> Result<(), End> {
        match step {
            Some(response) if is_request_error(&response) => {
                self.operations.remove(id.as_str());
                self.send_error(&id, &response.errors).await
            }
            Some(response) => self.send_next(&id, &response).await,
            None => {
                self.operations.remove(id.as_str());
                self.send_json(&json!({ "id": id, "type": "complete" })).await
            }
        }
    }

    async fn send_next(&mut self, id: &str, response: &async_graphql::Response) -> Result<(), End> {
        let text = json_of(&NextMessage { id, kind: "next", payload: Payload(response) });
        if text.len() + FRAME_OVERHEAD <= WRITE_BUFFER_BYTES {
            return self.send(Message::text(text)).await;
        }
        self.operations.remove(id);
        let message = format!("response bytes: {}, at most {WRITE_BUFFER_BYTES} allowed on a WebSocket", text.len());
        self.send_error(id, &[coded("TOO_COSTLY", message)]).await
    }

    async fn send_error(&mut self, id: &str, errors: &[ServerError]) -> Result<(), End> {
        self.send_json(&json!({ "id": id, "type": "error", "payload": errors })).await
    }

    async fn send_json(&mut self, message: &Value) -> Result<(), End> {
        self.send(Message::text(message.to_string())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        tokio::select! {
            sent = timeout(WRITE_TIMEOUT, self.socket.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(End::Disconnected),
                Err(_) => Err(End::close(1008, "Messages are not read fast enough")),
            },
            () = self.state.shutdown.cancelled() => Err(going_away()),
        }
    }
}

fn going_away() -> End {
    End::close(1001, "The server is shutting down")
}

/// The close code for a peer whose frames cannot be read. axum hides tungstenite's error type, so only the text tells.
fn close_for_error(error: &axum::Error) -> End {
    let text = error.to_string();
    if text.contains("too long") {
        return End::close(1009, "The message is too large");
    }
    if text.contains("UTF-8") { End::close(1007, "Text must be UTF-8") } else { End::close(1002, "Protocol error") }
}

/// Sends a close frame and waits for the peer's, so that the kernel does not reset the connection before our reason is
/// read.
async fn close(mut socket: WebSocket, end: End) {
    match end {
        End::Disconnected => return,
        End::Closed => {}
        End::Close(code, reason) => {
            let frame = CloseFrame { code, reason: shorten(&reason).into() };
            if socket.send(Message::Close(Some(frame))).await.is_err() {
                return;
            }
        }
    }
    while let Some(Ok(_)) = socket.recv().await {}
}

fn shorten(reason: &str) -> &str {
    let fits = |end: &usize| *end <= MAX_REASON_BYTES && reason.is_char_boundary(*end);
    (0..=reason.len()).rev().find(fits).map_or("", |end| &reason[..end])
}
