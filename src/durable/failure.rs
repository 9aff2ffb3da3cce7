//! Why a step did not do what it is for, whatever its workflow calls that.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use futures_util::FutureExt;

use super::model::Cause;
use super::workflow::Transient;
use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// A failed step.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// What whoever started the run is told.
    pub(super) problem: Problem,
    /// What staff are told.
    pub(super) detail: String,
    /// Whether trying again may help.
    pub(super) transient: bool,
    /// Whether the call may have had its effect all the same.
    pub(super) uncertain: bool,
}

impl Failure {
    /// What a step's error means.
    pub(super) fn of<E: Explain + Transient>(error: &E) -> Self {
        let transient = error.is_transient();
        let detail = chain(error);
        let problem = error.problems().into_iter().next().unwrap_or_else(|| fault("An internal error occurred."));
        Self { problem, detail, transient, uncertain: transient }
    }

    pub(super) fn of_db(error: &db::Error) -> Self {
        let problem = Problem::new(ErrorCode::Unavailable, "The shop is too busy at the moment: try again.");
        Self { problem, detail: chain(error), transient: error.is_transient(), uncertain: true }
    }

    /// The call did not answer in time.
    pub(super) fn timed_out(limit: Duration) -> Self {
        let message = format!("There was no answer within {:.1} seconds.", limit.as_secs_f64());
        let problem = Problem::new(ErrorCode::Unavailable, message.clone());
        Self { problem, detail: message, transient: true, uncertain: true }
    }

    /// The process ended during every attempt.
    pub(super) fn interrupted() -> Self {
        let message = "There was no answer before the server stopped.";
        let problem = Problem::new(ErrorCode::Unavailable, message);
        Self { problem, detail: message.to_owned(), transient: true, uncertain: true }
    }

    /// Nobody woke the run in time.
    pub(super) fn waited_in_vain() -> Self {
        let message = "The expected event did not arrive in time.";
        let problem = Problem::new(ErrorCode::Unavailable, message);
        Self { problem, detail: message.to_owned(), transient: false, uncertain: true }
    }

    /// The step panicked. It would again.
    fn panicked() -> Self {
        let problem = fault("An internal error occurred.");
        Self { problem, detail: "The step panicked.".to_owned(), transient: false, uncertain: true }
    }

    /// What a test injects.
    pub(super) fn injected(uncertain: bool) -> Self {
        let problem = fault("A test lets this step fail.");
        Self { detail: problem.message.clone(), problem, transient: false, uncertain }
    }

    /// Somebody gave the run up.
    pub(super) fn given_up(problem: Problem) -> Self {
        Self { detail: problem.message.clone(), problem, transient: false, uncertain: true }
    }

    /// What is kept of it for staff, with its causes.
    pub(super) fn detailed(&self) -> Cause {
        Cause::from(Problem { message: self.detail.clone(), ..self.problem.clone() })
    }
}

fn fault(message: &str) -> Problem {
    Problem::new(ErrorCode::Internal, message)
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

/// Runs a step's code so that its panic is a failure like any other.
pub(super) async fn calmly<T, E: Explain + Transient>(
    running: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match AssertUnwindSafe(running).catch_unwind().await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::of(&error)),
        Err(_) => Err(Failure::panicked()),
    }
}

impl Transient for db::Error {
    /// What the database refused for what was written comes again; a deadlock, a lost connection or a time-out may not.
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
