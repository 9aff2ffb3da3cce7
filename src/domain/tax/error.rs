//! Errors of tax operations.

use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::money::MoneyError;

/// Why a tax operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum TaxError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// Another class has this name.
    #[error("the name is taken")]
    NameTaken,
    /// Another tax region covers the same place.
    #[error("another tax region is for the same place")]
    PlaceTaken,
    /// Products, shipping options or rates still use the class.
    #[error("the tax class is in use")]
    ClassInUse,
    /// The amounts are too large to be taxed.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl TaxError {
    /// Converts a database error of deleting classes.
    pub(super) fn of_class_delete(error: db::Error) -> Self {
        match error.constraint() {
            Some("products_tax_class_fkey" | "shipping_options_tax_class_fkey" | "tax_rates_class_fkey") => {
                Self::ClassInUse
            }
            _ => error.into(),
        }
    }
}

impl From<db::Error> for TaxError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("tax_classes_name_key") => Self::NameTaken,
            Some("tax_regions_place_key") => Self::PlaceTaken,
            Some("tax_rates_class_fkey") => UserError::not_found("tax class", "input.taxClassId").into(),
            Some("tax_rates_tax_region_fkey") => UserError::not_found("tax region", "input.taxRegionId").into(),
            _ => Self::Db(error),
        }
    }
}

impl From<UserError> for TaxError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for TaxError {
    fn user_errors(&self) -> Vec<UserError> {
        let one = |code, message: String, path: &str| vec![UserError::new(code, message).at(path)];
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NameTaken => one(
                ErrorCode::Taken,
                "Another tax class already has this name: choose another one.".to_owned(),
                "input.name",
            ),
            Self::PlaceTaken => {
                let message =
                    "Another tax region has the same country, province and postal codes: change that one.".to_owned();
                one(ErrorCode::Taken, message, "input.country")
            }
            Self::ClassInUse => {
                let message =
                    "Products, shipping options or tax rates still use this tax class: remove it from them first."
                        .to_owned();
                one(ErrorCode::InUse, message, "")
            }
            Self::Money(error) => one(ErrorCode::InvalidAmount, format!("This cannot be taxed: {error}."), "input"),
            Self::Db(_) => Vec::new(),
        }
    }
}
