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
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Explain for FulfilmentError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound => vec![Problem::new(ErrorCode::NotFound, "There is no such shipping option.").at("id")],
            Self::RegionNotFound => {
                vec![Problem::new(ErrorCode::NotFound, "There is no such region.").at("input.regionId")]
            }
            Self::Db(_) => Vec::new(),
        }
    }
}
