//! What can go wrong with the database.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A database call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection could be had in time, or at all.
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
            // PostgreSQL stops, or is only just starting: it says so in a last error, which has no kind of its own.
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) if is_farewell(info.message()) => {
                Self::Unavailable(info.message().to_owned())
            }
            other => Self::Statement(other),
        }
    }
}

fn is_farewell(message: &str) -> bool {
    ["terminating connection", "the database system is", "connection closed", "error communicating"]
        .iter()
        .any(|words| message.starts_with(words))
}

impl Error {
    /// Whether transactions stood in each other's way and this one was ended for the others: doing it again from the start
    /// helps.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Statement(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            // A deadlock has no kind of its own.
            Self::Statement(DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)) => {
                info.message() == "deadlock detected"
            }
            Self::Statement(_) | Self::Unavailable(_) => false,
        }
    }

    /// The constraint that refused the write, if one did. Constraints are named in the migrations.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Statement(DieselError::DatabaseError(_, info)) => info.constraint_name(),
            Self::Statement(_) | Self::Unavailable(_) => None,
        }
    }
}
