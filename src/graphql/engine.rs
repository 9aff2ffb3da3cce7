//! Executes operations: identifies the caller, sets up the context and enforces the time limit.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::{PathSegment, Request, Response, ServerError, Value};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};

use graphql_plan::Limits;

use tracing::Instrument;

use super::context::{Market, RequestContext};
use super::in_context::place_of;
use super::schema::{ShopSchema, builder};
use crate::app::App;
use crate::domain::auth::AuthError;
use crate::domain::regions::Channel;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::ErrorCode;

/// The maximum duration of an operation.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Executes operations against an application; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    app: App,
    schema: ShopSchema,
}

/// The client's credentials, from headers or from the payload of `connection_init`.
#[derive(Clone, Default)]
pub struct Credentials {
    /// `Authorization`: `Bearer` followed by an access token.
    pub authorization: Option<String>,
    /// `X-Publishable-Key`: the key of a sales channel.
    pub publishable_key: Option<String>,
    /// `Accept-Language`.
    pub accept_language: Option<String>,
}

/// An identified caller.
#[derive(Clone)]
pub struct Caller {
    actor: Actor,
    channel: Option<Channel>,
    expires_at: Option<Timestamp>,
}

impl Caller {
    /// When the access token expires; `None` for a caller without one.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at.map(SystemTime::from)
    }
}

/// Why credentials were rejected.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Machine-readable error code.
    pub code: &'static str,
    /// Human-readable error message.
    pub message: String,
}

impl Refusal {
    fn new(code: ErrorCode, message: &str) -> Self {
        Self { code: code.as_str(), message: message.to_owned() }
    }
}

impl Engine {
    /// Creates an engine for this application.
    pub fn new(app: App) -> Self {
        Self { app, schema: builder().finish() }
    }

    /// Identifies the caller. Without credentials, the caller is an anonymous shopper; invalid credentials are
    /// rejected.
    pub async fn identify(&self, credentials: Credentials) -> Result<Caller, Refusal> {
        let channel = match credentials.publishable_key.as_deref() {
            Some(key) => Some(self.channel(key).await?),
            None => None,
        };
        let Some(header) = credentials.authorization.as_deref().map(str::trim).filter(|header| !header.is_empty())
        else {
            return Ok(Caller { actor: Actor::Anonymous, channel, expires_at: None });
        };
        let invalid =
            || Refusal::new(ErrorCode::Unauthenticated, "The token is malformed, forged or expired: log in again.");
        let malformed =
            || Refusal::new(ErrorCode::Unauthenticated, "Authorization must be `Bearer` and an access token.");
        let (scheme, token) = header.split_once(' ').ok_or_else(malformed)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(malformed());
        }
        match self.app.auth.identify(token.trim()).await {
            Ok(identity) => Ok(Caller { actor: identity.actor, channel, expires_at: Some(identity.expires_at) }),
            Err(AuthError::InvalidToken) => Err(invalid()),
            Err(error) => Err(busy(&error)),
        }
    }

    async fn channel(&self, key: &str) -> Result<Channel, Refusal> {
        let unknown =
            || Refusal::new(ErrorCode::Unauthenticated, "There is no sales channel with this publishable key.");
        if key.contains('\0') {
            return Err(unknown());
        }
        let conn = self.app.db.conn().await.map_err(|error| busy(&error))?;
        let found = self.app.regions.channel_by_key(&conn, key).await.map_err(|error| busy(&error))?;
        found.ok_or_else(unknown)
    }

    /// Executes a query or a mutation.
    pub async fn execute(&self, caller: &Caller, mut request: Request) -> Response {
        let context = match self.context(caller, &mut request) {
            Ok(context) => context,
            Err(response) => return *response,
        };
        let span = tracing::info_span!("operation", actor = %caller.actor);
        let running = self.schema.execute(with(request, &context)).instrument(span);
        let guarded = AssertUnwindSafe(tokio::time::timeout(TIME_LIMIT, running)).catch_unwind();
        let response = match guarded.await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => failed(ErrorCode::Unavailable, "The operation took too long: request less at once."),
            Err(_) => {
                tracing::error!("A resolver panicked");
                failed(ErrorCode::Internal, "Internal error.")
            }
        };
        coded(response)
    }

    /// Executes an operation of any kind; a subscription returns a stream of responses.
    pub fn stream(&self, caller: &Caller, mut request: Request) -> BoxStream<'static, Response> {
        let context = match self.context(caller, &mut request) {
            Ok(context) => context,
            Err(response) => return futures_util::stream::once(async { *response }).boxed(),
        };
        let answers = self.schema.execute_stream(with(request, &context));
        // Release the connection while a subscriber waits for the next event.
        answers.map(coded).inspect(move |_| context.reset()).boxed()
    }

    fn context(&self, caller: &Caller, request: &mut Request) -> Result<Arc<RequestContext>, Box<Response>> {
        let place = self.place(request)?;
        let Caller { actor, channel, .. } = caller.clone();
        let limits = Limits { time: Some(TIME_LIMIT), ..Limits::default() };
        Ok(Arc::new(RequestContext::new(self.app.clone(), actor, channel, place, limits)))
    }

    /// The shopper's market. Also applies the defaults of omitted variables, which async-graphql does not do for
    /// directives, and rejects required variables without a value, which it only does after other fields have run.
    fn place(&self, request: &mut Request) -> Result<Market, Box<Response>> {
        let (name, mut variables) = (request.operation_name.clone(), request.variables.clone());
        let document = request.parsed_query().map_err(|error| Box::new(Response::from_errors(vec![error])))?;
        let Some(operation) = operation_of(document, name.as_deref()) else { return Ok(Market::default()) };
        for definition in operation.variable_definitions.iter().map(|definition| &definition.node) {
            let (name, ty) = (&definition.name, &definition.var_type.node);
            if let Some(default) = &definition.default_value {
                variables.entry(name.node.clone()).or_insert_with(|| default.node.clone());
            }
            let empty = variables.get(&name.node).is_none_or(|value| *value == Value::Null);
            if empty && !ty.nullable {
                let message = format!("Variable \"${}\" of type \"{ty}\" has no value.", name.node);
                let mut error = ServerError::new(message, Some(name.pos));
                error.extensions.get_or_insert_default().set("code", "BAD_USER_INPUT");
                return Err(Box::new(Response::from_errors(vec![error])));
            }
        }
        let place = place_of(operation, &variables);
        request.variables = variables;
        Ok(place)
    }
}

/// The operation to execute.
fn operation_of<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(single), _) => Some(single),
        (DocumentOperations::Multiple(many), Some(name)) => many.get(name),
        (DocumentOperations::Multiple(many), None) => many.values().next().filter(|_| many.len() == 1),
    };
    found.map(|found| &found.node)
}

/// Attaches the context that resolvers need.
fn with(request: Request, context: &Arc<RequestContext>) -> Request {
    request.data(context.clone()).data(context.execution().clone())
}

fn busy(error: &dyn std::error::Error) -> Refusal {
    tracing::error!(%error, "A caller could not be identified");
    Refusal::new(ErrorCode::Unavailable, "The shop is too busy at the moment: try again.")
}

fn failed(code: ErrorCode, message: &str) -> Response {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code.as_str());
    Response::from_errors(vec![error])
}

/// Adds a code to async-graphql's argument errors during execution.
fn coded(mut response: Response) -> Response {
    for error in &mut response.errors {
        let in_field = error.path.iter().any(|segment| matches!(segment, PathSegment::Field(_)));
        let extensions = error.extensions.get_or_insert_default();
        if in_field && extensions.get("code").is_none() {
            extensions.set("code", "BAD_USER_INPUT");
        }
    }
    response
}
