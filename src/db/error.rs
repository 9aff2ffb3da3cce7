//! Database errors.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::kernel::error::{UserError, UserFacing};

/// A failed database call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection was available in time, or at all.
    #[error("no database connection: {0}")]
    Unavailable(String),
    /// The statement failed.
    #[error("a statement failed")]
    Statement(#[source] DieselError),
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            // PostgreSQL is shutting down or still starting: it reports this in a final error without a kind of its
            // own.
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) if is_shutdown_message(info.message()) => {
                Self::Unavailable(info.message().to_owned())
            }
            other => Self::Statement(other),
        }
    }
}

/// Why a page was not read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The cursor does not belong to this list.
    #[error("the cursor is invalid")]
    Invalid(UserError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] Error),
}

impl From<UserError> for PageError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(problem)
    }
}

impl UserFacing for PageError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Invalid(problem) => vec![problem.clone()],
            Self::Db(_) => Vec::new(),
        }
    }
}

fn is_shutdown_message(message: &str) -> bool {
    ["terminating connection", "the database system is", "connection closed", "error communicating"]
        .iter()
        .any(|words| message.starts_with(words))
}

impl Error {
    /// Whether the transaction was aborted because it conflicted with others: retrying it from the start helps.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Statement(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            // Diesel has no kind for deadlocks.
            Self::Statement(DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)) => {
                info.message() == "deadlock detected"
            }
            Self::Statement(_) | Self::Unavailable(_) => false,
        }
    }

    /// Returns the constraint that rejected the write, if any. Constraints are named in the migrations.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Statement(DieselError::DatabaseError(_, info)) => info.constraint_name(),
            Self::Statement(_) | Self::Unavailable(_) => None,
        }
    }
}
