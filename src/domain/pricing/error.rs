//! What pricing refuses.

use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::money::MoneyError;

/// Why something about a price was refused.
#[derive(Debug, thiserror::Error)]
pub enum PricingError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There is no such variant.
    #[error("there is no such variant")]
    VariantNotFound,
    /// An amount could not be computed.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error(transparent)]
    Db(db::Error),
}

impl From<db::Error> for PricingError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("prices_variant_fkey") => Self::VariantNotFound,
            _ => Self::Db(error),
        }
    }
}

impl Explain for PricingError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::VariantNotFound => vec![Problem::new(ErrorCode::NotFound, "There is no such variant.").at("rows")],
            Self::Money(error) => vec![Problem::new(ErrorCode::InvalidAmount, error.to_string())],
            Self::Db(_) => Vec::new(),
        }
    }
}
