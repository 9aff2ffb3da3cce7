//! Errors of writing products.

use crate::db;
use crate::domain::catalog::CatalogError;
use crate::domain::inventory::InventoryError;
use crate::domain::pricing::PricingError;
use crate::kernel::error::{UserError, UserFacing};

/// Why a product or variant could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ProductEditingError {
    /// An error of the product, its options, images or variants.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A pricing error.
    #[error(transparent)]
    Pricing(#[from] PricingError),
    /// An inventory error.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl ProductEditingError {
    /// Returns the database error, if it is one.
    pub(crate) const fn database(&self) -> Option<&db::Error> {
        match self {
            Self::Db(error)
            | Self::Catalog(CatalogError::Db(error))
            | Self::Pricing(PricingError::Db(error))
            | Self::Inventory(InventoryError::Db(error)) => Some(error),
            _ => None,
        }
    }

    /// Renames list entries in error paths to the caller's: errors that the domains report at `input.<list>.<n>` move
    /// to `place(n)`.
    pub(crate) fn relocated(self, list: &str, place: impl Fn(usize) -> Option<String>) -> Self {
        let moved = |mut problem: UserError| {
            let [input, name, n, ..] = problem.path.as_slice() else { return problem };
            let Some(place) = n.parse().ok().filter(|_| input == "input" && name == list).and_then(&place) else {
                return problem;
            };
            // An image given by its URL alone has no further fields.
            let rest = if place.ends_with("imageUrl") { Vec::new() } else { problem.path.split_off(3) };
            problem.path = place.split('.').map(str::to_owned).chain(rest).collect();
            problem
        };
        match self {
            Self::Invalid(problems)
            | Self::Catalog(CatalogError::Invalid(problems))
            | Self::Pricing(PricingError::Invalid(problems))
            | Self::Inventory(InventoryError::Invalid(problems)) => {
                Self::Invalid(problems.into_iter().map(moved).collect())
            }
            other => other,
        }
    }
}

impl From<UserError> for ProductEditingError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for ProductEditingError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Catalog(error) => error.user_errors(),
            Self::Pricing(error) => error.user_errors(),
            Self::Inventory(error) => error.user_errors(),
            Self::Invalid(problems) => problems.clone(),
            Self::Db(_) => Vec::new(),
        }
    }
}
