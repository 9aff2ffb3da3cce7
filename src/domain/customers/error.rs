//! Errors of customer operations.

use crate::db;
use crate::domain::auth::AuthError;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};

/// Why a customer operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The caller is not logged in as a customer.
    #[error("no customer is logged in")]
    NotLoggedIn,
    /// An account with this email address already exists.
    #[error("the email address is taken")]
    EmailTaken,
    /// The address is not in the caller's address book.
    #[error("there is no such address")]
    AddressNotFound,
    /// The customer does not exist.
    #[error("there is no such customer")]
    CustomerNotFound {
        /// The path of its id in the input.
        path: &'static str,
    },
    /// The group does not exist.
    #[error("there is no such customer group")]
    GroupNotFound {
        /// The path of its id in the input.
        path: &'static str,
    },
    /// Another group has this name.
    #[error("the name of the group is taken")]
    GroupNameTaken,
    /// The login failed, or a token could not be created.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for CustomerError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("customers_email_key") => Self::EmailTaken,
            Some("customer_groups_name_key") => Self::GroupNameTaken,
            Some("customer_group_members_group_fkey") => Self::GroupNotFound { path: "groupId" },
            Some("customer_group_members_customer_fkey") => Self::CustomerNotFound { path: "customerIds" },
            _ => Self::Db(error),
        }
    }
}

impl From<UserError> for CustomerError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for CustomerError {
    fn user_errors(&self) -> Vec<UserError> {
        let one = |code, message: &str, path: &str| vec![UserError::new(code, message).at(path)];
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotLoggedIn => one(ErrorCode::Unauthenticated, "Log in as a customer first.", ""),
            Self::EmailTaken => one(
                ErrorCode::Taken,
                "An account with this email address already exists: log in, or use another address.",
                "input.email",
            ),
            Self::AddressNotFound => one(ErrorCode::NotFound, "There is no such address in your address book.", "id"),
            Self::CustomerNotFound { path } => one(ErrorCode::NotFound, "There is no such customer.", path),
            Self::GroupNotFound { path } => one(ErrorCode::NotFound, "There is no such customer group.", path),
            Self::GroupNameTaken => {
                one(ErrorCode::Taken, "Another customer group already has this name: choose another one.", "input.name")
            }
            Self::Auth(error) => error.user_errors(),
            Self::Db(_) => Vec::new(),
        }
    }
}
