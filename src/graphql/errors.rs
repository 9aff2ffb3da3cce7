//! Errors: business errors are returned as `userErrors`, all others at the top level with a code.

use std::error::Error as StdError;

use std::sync::Arc;

use async_graphql::{Context, Json};
use graphql_plan::{Object, One, Reply, object};

use crate::db;
use crate::kernel::error::{self, ErrorCode, UserFacing};
use crate::kernel::money::MoneyError;

object! {
    /// A problem with the input, or with the current state, that the caller can fix.
    pub UserError for error::UserError {
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

/// A top-level error with a code. There is deliberately no conversion from any `Display` type, which would expose its
/// text to clients.
#[derive(Clone, Debug)]
pub struct ApiError(graphql_plan::Error);

/// The result of a resolver.
pub(super) type Result<T, E = ApiError> = std::result::Result<T, E>;

impl ApiError {
    /// An error that the caller can understand.
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(graphql_plan::Error::coded(code.as_str(), message))
    }

    /// An internal error: logged here, once, with its causes; the caller only gets its id.
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

    /// The server is overloaded.
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

impl From<error::UserError> for graphql_plan::Error {
    fn from(error: error::UserError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<MoneyError> for graphql_plan::Error {
    fn from(error: MoneyError) -> Self {
        ApiError::new(ErrorCode::InvalidAmount, error.to_string()).into()
    }
}

impl From<error::UserError> for ApiError {
    fn from(error: error::UserError) -> Self {
        Self::new(error.code, error.message)
    }
}

/// Converts the error of a query into a top-level error.
pub(super) fn refused<E: UserFacing>(error: E) -> ApiError {
    match error.user_errors().into_iter().next() {
        Some(problem) => problem.into(),
        None => fault(&error),
    }
}

/// Why a mutation failed.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// Errors that the caller can fix; returned in the payload.
    UserErrors(Vec<error::UserError>),
    /// Errors that only logging in or retrying can fix; returned at the top level.
    Top(ApiError),
}

impl<E: UserFacing> From<E> for Refusal {
    fn from(error: E) -> Self {
        let problems = error.user_errors();
        if problems.is_empty() {
            return Self::Top(fault(&error));
        }
        problems.into()
    }
}

impl From<Vec<error::UserError>> for Refusal {
    fn from(problems: Vec<error::UserError>) -> Self {
        let top =
            |problem: &&error::UserError| matches!(problem.code, ErrorCode::Unauthenticated | ErrorCode::Forbidden);
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

/// The result of a mutation that creates or updates one object.
pub(super) type Done<O> = Result<<O as Object>::Row, Refusal>;

/// The result of a mutation that creates or updates several objects.
pub(super) type DoneMany<O> = Result<Vec<<O as Object>::Row>, Refusal>;

/// The result of a mutation, or why it was refused: the row of every payload.
pub struct Outcome<T> {
    /// The objects it created or updated.
    pub done: Option<Arc<T>>,
    /// Why it was refused; empty if it succeeded.
    pub user_errors: Vec<error::UserError>,
}

impl<T> Outcome<T> {
    /// The objects it created or updated.
    pub fn done(&self) -> Option<&T> {
        self.done.as_deref()
    }
}

/// Builds the payload from a mutation's result.
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
    graphql_plan::reply(ctx, row.map(One::<P>::new))
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
    fn a_database_outage_is_reported_at_any_depth() {
        let away = || db::Error::Unavailable("no connection in time".to_owned());
        for error in [fault(&TaxError::from(away())), fault(&CheckoutError::from(away()))] {
            assert_eq!(code(error), format!("\"{}\"", ErrorCode::Unavailable.as_str()));
        }
        assert!(matches!(Refusal::from(TaxError::from(away())), Refusal::Top(_)));
    }
}
