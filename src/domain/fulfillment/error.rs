//! Errors of shipping option operations.

use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};

/// Why a shipping option operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum FulfillmentError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The shipping option does not exist.
    #[error("there is no such shipping option")]
    NotFound,
    /// The region does not exist.
    #[error("there is no such region")]
    RegionNotFound,
    /// The tax class does not exist.
    #[error("there is no such tax class")]
    TaxClassNotFound,
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for FulfillmentError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("shipping_options_tax_class_fkey") => Self::TaxClassNotFound,
            _ => Self::Db(error),
        }
    }
}

impl UserFacing for FulfillmentError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound => vec![UserError::new(ErrorCode::NotFound, "There is no such shipping option.").at("id")],
            Self::RegionNotFound => {
                vec![UserError::new(ErrorCode::NotFound, "There is no such region.").at("input.regionId")]
            }
            Self::TaxClassNotFound => {
                vec![UserError::new(ErrorCode::NotFound, "There is no such tax class.").at("input.taxClassId")]
            }
            Self::Db(_) => Vec::new(),
        }
    }
}
