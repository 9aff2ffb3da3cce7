//! Errors: business outcomes as `userErrors`, everything else at the top level with a code.

use std::error::Error as StdError;

use std::sync::Arc;

use async_graphql::{Context, Json};
use graphql_plan::{Object, One, Reply, object};

use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::money::MoneyError;

object! {
    /// A problem with the input, or with the current state, that the caller can fix.
    pub UserError for Problem {
        /// Machine-readable error code.
        code;
        /// Human-readable message, in one sentence.
        message;
        /// The path of the value from the arguments of the mutation, such as `["lines", "0", "quantity"]`. Empty if the
        /// problem does not concern a single value.
        path;
        /// Machine-readable details, such as `{"available": 3}`.
        details: value(|problem| problem.details.clone().map(Json));
    }
}

/// An error at the top level, with a code. Nothing that merely has a `Display` turns into one: it would show its text to
/// the world.
#[derive(Clone, Debug)]
pub struct ApiError(graphql_plan::Error);

/// What a resolver gives.
pub(super) type Result<T, E = ApiError> = std::result::Result<T, E>;

impl ApiError {
    /// A refusal that its caller can understand.
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(graphql_plan::Error::coded(code.word(), message))
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
        Self::new(ErrorCode::Unavailable, "The shop is too busy at the moment: try again.")
    }
}

impl From<ApiError> for graphql_plan::Error {
    fn from(error: ApiError) -> Self {
        error.0
    }
}

impl From<graphql_plan::Error> for ApiError {
    fn from(error: graphql_plan::Error) -> Self {
        Self(error)
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        error.0.into()
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

impl From<db::Error> for graphql_plan::Error {
    fn from(error: db::Error) -> Self {
        ApiError::from(error).into()
    }
}

impl From<Problem> for graphql_plan::Error {
    fn from(problem: Problem) -> Self {
        ApiError::from(problem).into()
    }
}

impl From<MoneyError> for graphql_plan::Error {
    fn from(error: MoneyError) -> Self {
        ApiError::new(ErrorCode::InvalidAmount, error.to_string()).into()
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

/// Why a mutation did not do what it was asked for.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// For whoever sent it to mend: told by the payload.
    UserErrors(Vec<Problem>),
    /// Only logging in or trying again can help: told at the top level.
    Top(ApiError),
}

impl<E: Explain> From<E> for Refusal {
    fn from(error: E) -> Self {
        let problems = error.problems();
        if problems.is_empty() {
            return Self::Top(fault(&error));
        }
        problems.into()
    }
}

impl From<Vec<Problem>> for Refusal {
    fn from(problems: Vec<Problem>) -> Self {
        let top = |problem: &&Problem| matches!(problem.code, ErrorCode::Unauthenticated | ErrorCode::Forbidden);
        match problems.iter().find(top) {
            Some(problem) => Self::Top(problem.clone().into()),
            None => Self::UserErrors(problems),
        }
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Top(error)
    }
}

impl From<graphql_plan::Error> for Refusal {
    fn from(error: graphql_plan::Error) -> Self {
        Self::Top(error.into())
    }
}

impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        Self::Top(error.into())
    }
}

/// What a mutation gives that changes or makes one object.
pub(super) type Done<O> = Result<<O as Object>::Row, Refusal>;

/// What a mutation gives that changes or makes several.
pub(super) type DoneMany<O> = Result<Vec<<O as Object>::Row>, Refusal>;

/// What a mutation did, or why it was refused: the row of every payload.
pub struct Outcome<T> {
    /// What it changed or made.
    pub done: Option<Arc<T>>,
    /// Why it was refused; empty when it succeeded.
    pub user_errors: Vec<Problem>,
}

impl<T> Outcome<T> {
    /// What it changed or made.
    pub fn done(&self) -> Option<&T> {
        self.done.as_deref()
    }
}

/// The payload of what a mutation gave.
pub(super) fn outcome<P, T, E>(ctx: &Context<'_>, given: Result<T, E>) -> async_graphql::ServerResult<Reply>
where
    P: Object<Row = Outcome<T>>,
    T: Send + Sync + 'static,
    E: Into<Refusal>,
{
    let row = match given.map_err(Into::into) {
        Ok(done) => Ok(Outcome { done: Some(Arc::new(done)), user_errors: Vec::new() }),
        Err(Refusal::UserErrors(user_errors)) => Ok(Outcome { done: None, user_errors }),
        Err(Refusal::Top(error)) => Err(error.into()),
    };
    graphql_plan::replied(ctx, row.map(One::<P>::new))
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

#[cfg(test)]
mod tests {
    use super::{ApiError, Refusal, fault};
    use crate::db;
    use crate::domain::tax::TaxError;
    use crate::kernel::error::ErrorCode;
    use crate::workflows::checkout::CheckoutError;

    fn code(error: ApiError) -> String {
        let extensions = graphql_plan::Error::from(error).extensions.unwrap_or_default();
        extensions.get("code").map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn a_database_that_is_away_is_told_as_such_however_deep_the_error_lies() {
        let away = || db::Error::Unavailable("no connection in time".to_owned());
        for error in [fault(&TaxError::from(away())), fault(&CheckoutError::from(away()))] {
            assert_eq!(code(error), format!("\"{}\"", ErrorCode::Unavailable.word()));
        }
        assert!(matches!(Refusal::from(TaxError::from(away())), Refusal::Top(_)));
    }
}
