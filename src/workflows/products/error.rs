//! What is refused when products are written.

use crate::db;
use crate::domain::catalog::CatalogError;
use crate::domain::inventory::InventoryError;
use crate::domain::pricing::PricingError;
use crate::kernel::error::{Explain, Problem};

/// Why a product or a variant could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ProductEditingError {
    /// The product, its options, images or variants.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A price.
    #[error(transparent)]
    Pricing(#[from] PricingError),
    /// Stock.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl ProductEditingError {
    /// What of the database's failed, if that is what it was.
    pub(crate) const fn database(&self) -> Option<&db::Error> {
        match self {
            Self::Db(error)
            | Self::Catalog(CatalogError::Db(error))
            | Self::Pricing(PricingError::Db(error))
            | Self::Inventory(InventoryError::Db(error)) => Some(error),
            _ => None,
        }
    }

    /// The same, with the entries of a list in the input named as the caller knows them: what the domains report at
    /// `input.<list>.<n>` is at `place(n)`.
    pub(crate) fn relocated(self, list: &str, place: impl Fn(usize) -> Option<String>) -> Self {
        let moved = |mut problem: Problem| {
            let [input, name, n, ..] = problem.path.as_slice() else { return problem };
            let Some(place) = n.parse().ok().filter(|_| input == "input" && name == list).and_then(&place) else {
                return problem;
            };
            // An image that is named by its address alone has no further fields.
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

impl From<Problem> for ProductEditingError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for ProductEditingError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Catalog(error) => error.problems(),
            Self::Pricing(error) => error.problems(),
            Self::Inventory(error) => error.problems(),
            Self::Invalid(problems) => problems.clone(),
            Self::Db(_) => Vec::new(),
        }
    }
}
