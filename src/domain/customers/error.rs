//! What customers refuse.

use crate::db;
use crate::domain::auth::AuthError;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// Why something about a customer was refused.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// Nobody is logged in as a customer.
    #[error("no customer is logged in")]
    NotLoggedIn,
    /// There is an account with that e-mail address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// There is no such address in the caller's book.
    #[error("there is no such address")]
    AddressNotFound,
    /// There is no such customer.
    #[error("there is no such customer")]
    CustomerNotFound {
        /// Where its id was given.
        path: &'static str,
    },
    /// There is no such group.
    #[error("there is no such customer group")]
    GroupNotFound {
        /// Where its id was given.
        path: &'static str,
    },
    /// Another group has the name.
    #[error("the name of the group is taken")]
    GroupNameTaken,
    /// A login failed, or a token could not be made.
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

impl From<Problem> for CustomerError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for CustomerError {
    fn problems(&self) -> Vec<Problem> {
        let one = |code, message: &str, path: &str| vec![Problem::new(code, message).at(path)];
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotLoggedIn => one(ErrorCode::Unauthenticated, "Log in as a customer first.", ""),
            Self::EmailTaken => one(
                ErrorCode::Taken,
                "An account with this e-mail address already exists: log in, or use another address.",
                "input.email",
            ),
            Self::AddressNotFound => one(ErrorCode::NotFound, "There is no such address in your address book.", "id"),
            Self::CustomerNotFound { path } => one(ErrorCode::NotFound, "There is no such customer.", path),
            Self::GroupNotFound { path } => one(ErrorCode::NotFound, "There is no such customer group.", path),
            Self::GroupNameTaken => {
                one(ErrorCode::Taken, "Another customer group already has this name: choose another one.", "input.name")
            }
            Self::Auth(error) => error.problems(),
            Self::Db(_) => Vec::new(),
        }
    }
}
