//! Errors of authentication.

use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};

/// Why a login, a token or a staff account was refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The email address or the password is wrong. Which one is never disclosed.
    #[error("the email address or the password is wrong")]
    InvalidCredentials,
    /// The token is malformed, forged, expired, already used or revoked.
    #[error("the token is not valid")]
    InvalidToken,
    /// A staff account with this email address already exists.
    #[error("the email address is taken")]
    EmailTaken,
    /// Hashing or signing failed.
    #[error("cryptography failed: {0}")]
    Crypto(String),
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for AuthError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("staff_email_key") => Self::EmailTaken,
            _ => Self::Db(error),
        }
    }
}

impl UserFacing for AuthError {
    fn user_errors(&self) -> Vec<UserError> {
        let one = |code, message: &str| vec![UserError::new(code, message)];
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::InvalidCredentials => {
                one(ErrorCode::InvalidCredentials, "The email address or the password is wrong.")
            }
            Self::InvalidToken => one(ErrorCode::Unauthenticated, "The token is not valid: log in again."),
            Self::EmailTaken => one(
                ErrorCode::Taken,
                "An account with this email address already exists: log in, or use another address.",
            ),
            Self::Crypto(_) | Self::Db(_) => Vec::new(),
        }
    }
}
