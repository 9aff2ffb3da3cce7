//! Errors of pricing operations.

use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::money::MoneyError;

/// Why a pricing operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum PricingError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The record does not exist.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of the record, human-readable.
        what: &'static str,
        /// The path of its id in the input.
        path: String,
    },
    /// The variant was deleted while its price was being written.
    #[error("there is no such variant")]
    VariantNotFound,
    /// Another price list has this name.
    #[error("another price list has this name")]
    NameTaken,
    /// The price list was in effect within the last 30 days.
    #[error("the price list was in force within the last 30 days")]
    Recent {
        /// Its index among the ids.
        place: usize,
    },
    /// An amount could not be computed.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for PricingError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("prices_variant_fkey") => Self::VariantNotFound,
            Some("price_lists_name_key") => Self::NameTaken,
            // Deleted while the price was being written.
            Some("prices_group_fkey") => Self::NotFound { what: "customer group", path: "rows".to_owned() },
            Some("prices_region_fkey") => Self::NotFound { what: "region", path: "rows".to_owned() },
            Some("prices_list_fkey") => Self::NotFound { what: "price list", path: "priceListId".to_owned() },
            _ => Self::Db(error),
        }
    }
}

impl From<UserError> for PricingError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for PricingError {
    fn user_errors(&self) -> Vec<UserError> {
        let one = |code, message: &str, path: &str| vec![UserError::new(code, message).at(path)];
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound { what, path } => one(ErrorCode::NotFound, &format!("There is no such {what}."), path),
            Self::VariantNotFound => one(ErrorCode::NotFound, "There is no such variant.", "rows"),
            Self::NameTaken => {
                one(ErrorCode::Taken, "Another price list already has this name: choose another one.", "input.name")
            }
            Self::Recent { place } => {
                let message = "This list was in effect within the last 30 days, so its prices are needed to determine \
                               the lowest price: deactivate it instead.";
                one(ErrorCode::InvalidState, message, &format!("ids.{place}"))
            }
            Self::Money(error) => vec![UserError::new(ErrorCode::InvalidAmount, error.to_string())],
            Self::Db(_) => Vec::new(),
        }
    }
}
