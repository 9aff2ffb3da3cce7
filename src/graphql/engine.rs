//! Runs operations: who asks, in which context, with what limits of time.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::{PathSegment, Request, Response, ServerError, Value};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};

use graphql_plan::Limits;

use super::context::{Place, RequestContext};
use super::in_context::place_of;
use super::{ShopSchema, builder};
use crate::app::App;
use crate::domain::auth::AuthError;
use crate::domain::regions::Channel;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::ErrorCode;

/// How long an operation may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Executes operations over an application; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    app: App,
    schema: ShopSchema,
}

/// What a client shows of itself: headers, or the payload of `connection_init`.
#[derive(Clone, Default)]
pub struct Credentials {
    /// `Authorization`: `Bearer` and an access token.
    pub authorization: Option<String>,
    /// `X-Publishable-Key`: the key of a sales channel.
    pub publishable_key: Option<String>,
    /// `Accept-Language`.
    pub accept_language: Option<String>,
}

/// Who calls.
#[derive(Clone)]
pub struct Caller {
    actor: Actor,
    channel: Option<Channel>,
    expires_at: Option<Timestamp>,
}

impl Caller {
    /// When the access token ends; `None` for a caller without one.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at.map(SystemTime::from)
    }
}

/// Why credentials were not taken.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What is wrong, for programs.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

impl Refusal {
    fn new(code: ErrorCode, message: &str) -> Self {
        Self { code: code.word(), message: message.to_owned() }
    }
}

impl Engine {
    /// An engine over this application.
    pub fn new(app: App) -> Self {
        Self { app, schema: builder().finish() }
    }

    /// Who shows these credentials. None at all are an anonymous shopper's; wrong ones are refused.
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
        let (scheme, token) = header.split_once(' ').ok_or_else(invalid)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(invalid());
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
        let running = self.schema.execute(with(request, &context));
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

    /// Executes an operation of any kind; a subscription answers again and again.
    pub fn stream(&self, caller: &Caller, mut request: Request) -> BoxStream<'static, Response> {
        let context = match self.context(caller, &mut request) {
            Ok(context) => context,
            Err(response) => return futures_util::stream::once(async { *response }).boxed(),
        };
        let answers = self.schema.execute_stream(with(request, &context));
        // The connection is not kept while a subscriber waits for news.
        answers.map(coded).inspect(move |_| context.forget()).boxed()
    }

    fn context(&self, caller: &Caller, request: &mut Request) -> Result<Arc<RequestContext>, Box<Response>> {
        let place = self.place(request)?;
        let Caller { actor, channel, .. } = caller.clone();
        let limits = Limits { time: Some(TIME_LIMIT), ..Limits::default() };
        Ok(Arc::new(RequestContext::new(self.app.clone(), actor, channel, place, limits)))
    }

    /// Where the shopper is. On the way, variables that are left out get their defaults, which async-graphql does not give to
    /// directives, and one that is needed and has no value is refused, which it does only when other fields have run.
    fn place(&self, request: &mut Request) -> Result<Place, Box<Response>> {
        let (name, mut variables) = (request.operation_name.clone(), request.variables.clone());
        let document = request.parsed_query().map_err(|error| Box::new(Response::from_errors(vec![error])))?;
        let Some(operation) = operation_of(document, name.as_deref()) else { return Ok(Place::default()) };
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

/// The operation that is to be executed.
fn operation_of<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(single), _) => Some(single),
        (DocumentOperations::Multiple(many), Some(name)) => many.get(name),
        (DocumentOperations::Multiple(many), None) => many.values().next().filter(|_| many.len() == 1),
    };
    found.map(|found| &found.node)
}

/// An operation with what its fields need to know.
fn with(request: Request, context: &Arc<RequestContext>) -> Request {
    request.data(context.clone()).data(context.execution().clone())
}

fn busy(error: &dyn std::error::Error) -> Refusal {
    tracing::error!(%error, "A caller could not be identified");
    Refusal::new(ErrorCode::Unavailable, "The shop is too busy at the moment: try again.")
}

fn failed(code: ErrorCode, message: &str) -> Response {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code.word());
    Response::from_errors(vec![error])
}

/// Gives a code to what async-graphql finds wrong with arguments while it executes.
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
