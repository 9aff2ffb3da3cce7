//! Errors: business outcomes as `userErrors`, everything else at the top level with a code.

use std::error::Error as StdError;

use async_graphql::{ErrorExtensionValues, Json, SimpleObject};

use super::loader::LoadError;
use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// Something that is wrong with the input or not possible right now, for whoever sent it to mend.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// What is wrong, for programs.
    code: ErrorCode,
    /// What is wrong, for people, in one sentence.
    message: String,
    /// Where, from the mutation's arguments down: `["lines", "0", "quantity"]`. Empty when it is no single place.
    path: Vec<String>,
    /// Facts that a program may need, such as `{"available": 3}`.
    details: Option<Json<serde_json::Value>>,
}

impl From<Problem> for UserError {
    fn from(problem: Problem) -> Self {
        let Problem { code, message, path, details } = problem;
        Self { code, message, path, details: details.map(Json) }
    }
}

/// An error at the top level. It has no `Display` on purpose: async-graphql would turn anything that has one into an
/// error without a code, and show its text to the world.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: ErrorCode,
    message: String,
}

/// What a resolver gives.
pub(super) type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    /// A refusal that its caller can understand.
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A fault on our side: logged here, once, with its causes; the caller learns its number.
    pub(super) fn internal(error: &(dyn StdError + 'static)) -> Self {
        let id = uuid::Uuid::now_v7();
        let mut causes = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push_str(": ");
            causes.push_str(&cause.to_string());
            source = cause.source();
        }
        tracing::error!(error.id = %id, error = causes, "A request failed");
        Self::new(ErrorCode::Internal, format!("Internal error {id}."))
    }

    /// The shop is too busy.
    fn unavailable(reason: &str) -> Self {
        tracing::warn!(reason, "A request found no database connection");
        Self::new(ErrorCode::Unavailable, "The shop is too busy right now: try again.")
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code.word());
        Self { message: error.message, source: None, extensions: Some(extensions) }
    }
}

impl From<db::Error> for ApiError {
    fn from(error: db::Error) -> Self {
        match &error {
            db::Error::Unavailable(reason) => Self::unavailable(reason),
            db::Error::Statement(_) => Self::internal(&error),
        }
    }
}

impl From<LoadError> for ApiError {
    fn from(error: LoadError) -> Self {
        match &*error.0 {
            db::Error::Unavailable(reason) => Self::unavailable(reason),
            statement => Self::internal(statement),
        }
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::new(problem.code, problem.message)
    }
}

/// Turns a refused query into a top-level error.
pub(super) fn refused<E: Explain>(error: E) -> ApiError {
    match error.problems().into_iter().next() {
        Some(problem) => problem.into(),
        None => fault(&error),
    }
}

/// Turns a refused command into what its payload says, or into a top-level error when only retrying or logging in
/// can help.
pub(super) fn user_errors<E: Explain>(error: E) -> Result<Vec<UserError>> {
    let problems = error.problems();
    let top = |problem: &&Problem| matches!(problem.code, ErrorCode::Unauthenticated | ErrorCode::Forbidden);
    if problems.is_empty() {
        return Err(fault(&error));
    }
    match problems.iter().find(top) {
        Some(problem) => Err(problem.clone().into()),
        None => Ok(problems.into_iter().map(UserError::from).collect()),
    }
}

fn fault(error: &(dyn StdError + 'static)) -> ApiError {
    let mut source = Some(error);
    while let Some(cause) = source {
        if let Some(db::Error::Unavailable(reason)) = cause.downcast_ref() {
            return ApiError::unavailable(reason);
        }
        source = cause.source();
    }
    ApiError::internal(error)
}

/// Declares the payloads of mutations: what they changed, `None` when they were refused, and `userErrors`.
macro_rules! payloads {
    ($($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty),+ $(,)? })+) => {$(
        #[doc = concat!("What `", stringify!($name), "` tells of: the change, or why it was refused.")]
        #[derive(async_graphql::SimpleObject, Default)]
        pub struct $name {
            $($(#[$meta])* $field: Option<$type>,)+
            /// Why the mutation was refused; empty when it was done.
            user_errors: Vec<$crate::graphql::errors::UserError>,
        }

        impl $name {
            /// The payload of what a facade gave.
            fn of<T, E: $crate::kernel::error::Explain>(
                outcome: std::result::Result<T, E>,
                done: impl FnOnce(T) -> Self,
            ) -> $crate::graphql::errors::Result<Self> {
                match outcome {
                    Ok(changed) => Ok(done(changed)),
                    Err(error) => {
                        Ok(Self { user_errors: $crate::graphql::errors::user_errors(error)?, ..Self::default() })
                    }
                }
            }
        }
    )+};
}
pub(super) use payloads;
