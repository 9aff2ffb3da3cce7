//! What fulfilment refuses.

use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};

/// Why something about shipping was refused.
#[derive(Debug, thiserror::Error)]
pub enum FulfilmentError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There is no such option.
    #[error("there is no such shipping option")]
    NotFound,
    /// There is no such region.
    #[error("there is no such region")]
    RegionNotFound,
    /// There is no such tax class.
    #[error("there is no such tax class")]
    TaxClassNotFound,
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for FulfilmentError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("shipping_options_tax_class_fkey") => Self::TaxClassNotFound,
            _ => Self::Db(error),
        }
    }
}

impl Explain for FulfilmentError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound => vec![Problem::new(ErrorCode::NotFound, "There is no such shipping option.").at("id")],
            Self::RegionNotFound => {
                vec![Problem::new(ErrorCode::NotFound, "There is no such region.").at("input.regionId")]
            }
            Self::TaxClassNotFound => {
                vec![Problem::new(ErrorCode::NotFound, "There is no such tax class.").at("input.taxClassId")]
            }
            Self::Db(_) => Vec::new(),
        }
    }
}
