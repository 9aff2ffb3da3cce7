//! What taxes refuse.

use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::money::MoneyError;

/// Why something about taxes was refused.
#[derive(Debug, thiserror::Error)]
pub enum TaxError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// Another class has the name.
    #[error("the name is taken")]
    NameTaken,
    /// Another jurisdiction is for the same place.
    #[error("another jurisdiction is for the same place")]
    PlaceTaken,
    /// Products, shipping options or rates still have the class.
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
    /// Why classes could not be deleted.
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
            Some("tax_jurisdictions_place_key") => Self::PlaceTaken,
            Some("tax_rates_class_fkey") => Problem::not_found("tax class", "input.taxClassId").into(),
            Some("tax_rates_jurisdiction_fkey") => Problem::not_found("tax region", "input.jurisdictionId").into(),
            _ => Self::Db(error),
        }
    }
}

impl From<Problem> for TaxError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for TaxError {
    fn problems(&self) -> Vec<Problem> {
        let one = |code, message: String, path: &str| vec![Problem::new(code, message).at(path)];
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
