//! GraphQL over WebSocket: the server side of `graphql-transport-ws`, the protocol of npm `graphql-ws`.
//!
//! # Decisions
//! - **A loop of our own** on the engine: async-graphql-axum's keeps 13 of the protocol's 22 rules and has no time-out for
//!   `connection_init`.
//! - **One task a socket, no queue.** Operations are streams that are polled only while the last message has been handed to
//!   the kernel. A client that reads slowly therefore slows its own operations; what it costs is one message and
//!   [`WRITE_BUFFER_BYTES`], and after [`STALL`] it is closed with 1008.
//! - **Small buffers**: 4 kB each way instead of tungstenite's 128 kB makes an idle subscriber cost 14 kB instead of 138.

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

use super::graphql::{
    Failure, GraphqlState, Payload, coded, credentials_from, credentials_of_init, is_request_error, json_of, lifetime,
    prepare, request_from, responses,
};
use crate::graphql::{Caller, Credentials};

/// The only sub-protocol spoken.
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to send `connection_init`.
const INIT_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the client is pinged.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// A peer that has sent nothing for this long, not even a pong, is gone.
const SILENCE: Duration = Duration::from_secs(75);

/// How long a client may leave a message unread before it is closed.
const STALL: Duration = Duration::from_secs(10);

/// How long the closing handshake may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Operations that may run at once on one socket.
const MAX_OPERATIONS: usize = 100;

/// Bytes of an operation's id.
const MAX_ID_BYTES: usize = 256;

/// Bytes that may wait to be written, and so the size of the largest message.
const WRITE_BUFFER_BYTES: usize = 1024 * 1024;

/// Bytes that a frame may have beside its payload.
const FRAME_OVERHEAD: usize = 1024;

/// Bytes of a close frame's reason, by RFC 6455.
const MAX_REASON_BYTES: usize = 123;

/// Answers a request to become a WebSocket.
pub(super) async fn upgrade(state: GraphqlState, parts: &mut Parts) -> Response {
    let credentials = credentials_from(&parts.headers);
    let upgrade = match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => upgrade.protocols([SUBPROTOCOL]),
        Err(rejection) => return Failure::bad_request(rejection.body_text()).into_json(),
    };
    if upgrade.selected_protocol().is_none() {
        return Failure::bad_request(format!("The WebSocket must use the subprotocol {SUBPROTOCOL}")).into_json();
    }
    upgrade
        .read_buffer_size(4096)
        .write_buffer_size(4096)
        .max_write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(state.limits.request_bytes)
        .max_frame_size(state.limits.request_bytes)
        .on_upgrade(move |socket| Session::new(socket, state, credentials).run())
}

/// What a client may say.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ClientMessage {
    ConnectionInit { payload: Option<Map<String, Value>> },
    Ping { payload: Option<Map<String, Value>> },
    Pong { payload: Option<Map<String, Value>> },
    Subscribe { id: String, payload: Map<String, Value> },
    Complete { id: String },
}

/// An answer, on its way out.
#[derive(Serialize)]
struct NextMessage<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    payload: Payload<'a>,
}

/// What an operation yields: answers, then `None`, since the map of operations does not tell which of them ended.
type Step = Option<async_graphql::Response>;

/// Why a session ends.
enum End {
    /// We close, with this code and reason.
    Close(u16, Cow<'static, str>),
    /// The client closed; its close frame wants a reply.
    Closed,
    /// The connection is dead.
    Gone,
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
    /// Those in the upgrade's headers, which `connection_init` overrides.
    credentials: Credentials,
    /// Known once `connection_init` was accepted.
    caller: Option<Caller>,
    operations: StreamMap<String, BoxStream<'static, Step>>,
    /// When `connection_init` must have come, or the caller's credentials end.
    admitted_until: Option<Instant>,
    heard: Instant,
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
            admitted_until: Some(now + INIT_TIMEOUT),
            heard: now,
            next_ping: now + PING_INTERVAL,
        }
    }

    async fn run(mut self) {
        let end = loop {
            if let Err(end) = self.turn().await {
                break end;
            }
        };
        // Operations stop here, not after the closing handshake.
        let Self { socket, .. } = self;
        let _ = timeout(CLOSE_TIMEOUT, part(socket, end)).await;
    }

    /// Waits for one thing to happen and deals with it.
    async fn turn(&mut self) -> Result<(), End> {
        let deadline = self.next_deadline();
        tokio::select! {
            () = self.state.shutdown.cancelled() => Err(going_away()),
            () = sleep_until(deadline) => self.meet_deadlines().await,
            message = self.socket.recv() => self.hear(message).await,
            Some((id, step)) = self.operations.next() => self.tell(id, step).await,
        }
    }

    fn next_deadline(&self) -> Instant {
        let next = self.next_ping.min(self.heard + SILENCE);
        self.admitted_until.map_or(next, |until| until.min(next))
    }

    async fn meet_deadlines(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if self.admitted_until.is_some_and(|until| until <= now) {
            return Err(match self.caller {
                None => End::close(4408, "Connection initialisation timeout"),
                Some(_) => End::close(4403, "The credentials have expired"),
            });
        }
        if self.heard + SILENCE <= now {
            return Err(End::Gone);
        }
        if self.next_ping <= now {
            self.next_ping = now + PING_INTERVAL;
            // A ping of WebSocket's own, which browsers answer without the page's help.
            self.send(Message::Ping(Default::default())).await?;
        }
        Ok(())
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let message = message.ok_or(End::Gone)?.map_err(|error| end_of_broken(&error))?;
        self.heard = Instant::now();
        match message {
            Message::Text(text) => self.obey(&text).await,
            Message::Binary(_) => Err(End::bad_message("Messages must be text")),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Closed),
        }
    }

    async fn obey(&mut self, text: &str) -> Result<(), End> {
        let message =
            serde_json::from_str(text).map_err(|error| End::bad_message(format!("Invalid message: {error}")))?;
        match message {
            ClientMessage::ConnectionInit { payload } => self.init(payload.unwrap_or_default()).await,
            ClientMessage::Ping { payload: None } => self.say(&json!({ "type": "pong" })).await,
            ClientMessage::Ping { payload } => self.say(&json!({ "type": "pong", "payload": payload })).await,
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
        let credentials = credentials_of_init(&payload, &self.credentials);
        let caller =
            self.state.engine.identify(credentials).await.map_err(|refusal| End::close(4403, refusal.message))?;
        self.admitted_until = lifetime(&caller).and_then(|left| Instant::now().checked_add(left));
        self.caller = Some(caller);
        self.say(&json!({ "type": "connection_ack" })).await
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
            return self.say_error(&id, &[coded("TOO_COSTLY", message)]).await;
        }
        match prepare(&self.state.limits, &mut request) {
            Ok(kind) => {
                let answers = responses(&self.state.engine, caller, request, kind).map(Some);
                self.operations.insert(id, answers.chain(once(async { None })).boxed());
                Ok(())
            }
            Err(error) => self.say_error(&id, &[error]).await,
        }
    }

    async fn tell(&mut self, id: String, step: Step) -> Result<(), End> {
        match step {
            Some(response) if is_request_error(&response) => {
                self.operations.remove(id.as_str());
                self.say_error(&id, &response.errors).await
            }
            Some(response) => self.say_next(&id, &response).await,
            None => {
                self.operations.remove(id.as_str());
                self.say(&json!({ "id": id, "type": "complete" })).await
            }
        }
    }

    async fn say_next(&mut self, id: &str, response: &async_graphql::Response) -> Result<(), End> {
        let text = json_of(&NextMessage { id, kind: "next", payload: Payload(response) });
        if text.len() + FRAME_OVERHEAD <= WRITE_BUFFER_BYTES {
            return self.send(Message::text(text)).await;
        }
        self.operations.remove(id);
        let message = format!("response bytes: {}, at most {WRITE_BUFFER_BYTES} allowed on a WebSocket", text.len());
        self.say_error(id, &[coded("TOO_COSTLY", message)]).await
    }

    async fn say_error(&mut self, id: &str, errors: &[ServerError]) -> Result<(), End> {
        self.say(&json!({ "id": id, "type": "error", "payload": errors })).await
    }

    async fn say(&mut self, message: &Value) -> Result<(), End> {
        self.send(Message::text(message.to_string())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        tokio::select! {
            sent = timeout(STALL, self.socket.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(End::Gone),
                Err(_) => Err(End::close(1008, "Messages are not read fast enough")),
            },
            () = self.state.shutdown.cancelled() => Err(going_away()),
        }
    }
}

fn going_away() -> End {
    End::close(1001, "The server is shutting down")
}

/// How to part with a peer whose frames cannot be read. axum hides tungstenite's error type, so the text has to tell.
fn end_of_broken(error: &axum::Error) -> End {
    let text = error.to_string();
    if text.contains("too long") {
        return End::close(1009, "The message is too large");
    }
    if text.contains("UTF-8") { End::close(1007, "Text must be UTF-8") } else { End::close(1002, "Protocol error") }
}

/// Says goodbye and waits for the peer's, lest the kernel reset the connection before our reason is read.
async fn part(mut socket: WebSocket, end: End) {
    match end {
        End::Gone => return,
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
