//! Step failures, independent of the workflow's error type.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use futures_util::FutureExt;

use super::model::Cause;
use super::workflow::Transient;
use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};

/// A failed step.
#[derive(Clone, Debug)]
pub(super) struct StepFailure {
    /// The error that the caller who started the run sees.
    pub(super) problem: UserError,
    /// The error message for staff.
    pub(super) detail: String,
    /// Whether a retry may help.
    pub(super) transient: bool,
    /// Whether the call may have taken effect despite the failure.
    pub(super) uncertain: bool,
}

impl StepFailure {
    /// Converts a step's error.
    pub(super) fn of<E: UserFacing + Transient>(error: &E) -> Self {
        let transient = error.is_transient();
        let detail = chain(error);
        let problem =
            error.user_errors().into_iter().next().unwrap_or_else(|| internal_error("An internal error occurred."));
        Self { problem, detail, transient, uncertain: transient }
    }

    pub(super) fn of_db(error: &db::Error) -> Self {
        let problem = UserError::new(ErrorCode::Unavailable, "The shop is too busy at the moment: try again.");
        Self { problem, detail: chain(error), transient: error.is_transient(), uncertain: true }
    }

    /// The call did not respond in time.
    pub(super) fn timed_out(limit: Duration) -> Self {
        let message = format!("There was no answer within {:.1} seconds.", limit.as_secs_f64());
        let problem = UserError::new(ErrorCode::Unavailable, message.clone());
        Self { problem, detail: message, transient: true, uncertain: true }
    }

    /// The process stopped during every attempt.
    pub(super) fn interrupted() -> Self {
        let message = "There was no answer before the server stopped.";
        let problem = UserError::new(ErrorCode::Unavailable, message);
        Self { problem, detail: message.to_owned(), transient: true, uncertain: true }
    }

    /// No signal arrived in time.
    pub(super) fn wait_timed_out() -> Self {
        let message = "The expected event did not arrive in time.";
        let problem = UserError::new(ErrorCode::Unavailable, message);
        Self { problem, detail: message.to_owned(), transient: false, uncertain: true }
    }

    /// The step panicked. It is not retried, because it would panic again.
    fn panicked() -> Self {
        let problem = internal_error("An internal error occurred.");
        Self { problem, detail: "The step panicked.".to_owned(), transient: false, uncertain: true }
    }

    /// A failure injected by a test.
    pub(super) fn injected(uncertain: bool) -> Self {
        let problem = internal_error("A test lets this step fail.");
        Self { detail: problem.message.clone(), problem, transient: false, uncertain }
    }

    /// The run was canceled.
    pub(super) fn canceled(problem: UserError) -> Self {
        Self { detail: problem.message.clone(), problem, transient: false, uncertain: true }
    }

    /// Returns the stored form for staff, including the chain of causes.
    pub(super) fn detailed(&self) -> Cause {
        Cause::from(UserError { message: self.detail.clone(), ..self.problem.clone() })
    }
}

fn internal_error(message: &str) -> UserError {
    UserError::new(ErrorCode::Internal, message)
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let next = cause.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = cause.source();
    }
    text
}

/// Runs a step and converts a panic into a failure.
pub(super) async fn catch_panic<T, E: UserFacing + Transient>(
    running: impl Future<Output = Result<T, E>>,
) -> Result<T, StepFailure> {
    match AssertUnwindSafe(running).catch_unwind().await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(StepFailure::of(&error)),
        Err(_) => Err(StepFailure::panicked()),
    }
}

impl Transient for db::Error {
    /// A constraint violation would happen again. A deadlock, a lost connection or a timeout may not.
    fn is_transient(&self) -> bool {
        use DatabaseErrorKind::{
            CheckViolation, ExclusionViolation, ForeignKeyViolation, NotNullViolation, RestrictViolation,
            UniqueViolation,
        };
        match self {
            Self::Unavailable(_) => true,
            Self::Statement(DieselError::DatabaseError(kind, _)) => !matches!(
                kind,
                CheckViolation
                    | ExclusionViolation
                    | ForeignKeyViolation
                    | NotNullViolation
                    | RestrictViolation
                    | UniqueViolation
            ),
            Self::Statement(DieselError::RollbackErrorOnCommit { .. } | DieselError::BrokenTransactionManager) => true,
            Self::Statement(_) => false,
        }
    }
}
