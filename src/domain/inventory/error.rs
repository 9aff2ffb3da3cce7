//! What inventory refuses.

use serde_json::json;

use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::ids::{InventoryItemId, VariantId};

/// Why something about stock was refused.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The input is wrong.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There are fewer units than were asked for.
    #[error("only {available} units of {variant} are left")]
    Insufficient {
        /// Of which variant.
        variant: VariantId,
        /// How many there are.
        available: i32,
    },
    /// There is no such variant, item, location or reservation.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Where its id was given.
        path: String,
    },
    /// Another location has the name.
    #[error("the name is taken")]
    NameTaken,
    /// More units are promised to orders than would be left.
    #[error("{reserved} units are promised to orders")]
    Promised {
        /// How many.
        reserved: i32,
        /// Where the quantity was given.
        path: String,
    },
    /// Units were to leave, or to be promised at a location, that are not on the shelf there.
    #[error("units of {0} are not on the shelf")]
    NotOnShelf(InventoryItemId),
    /// Something was changed by somebody else since it was seen.
    #[error("{actual} is not {expected}")]
    Stale {
        /// What the caller has seen.
        expected: i32,
        /// What it is.
        actual: i32,
        /// Where the former was given.
        path: String,
    },
    /// Something still depends on it.
    #[error("{0}")]
    InUse(&'static str),
    /// It is not in a state that allows this.
    #[error("{0}")]
    InvalidState(&'static str),
    /// The database failed.
    #[error("the database failed")]
    Db(#[source] db::Error),
}

impl From<db::Error> for InventoryError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("stock_locations_name_key") => Self::NameTaken,
            Some("variant_items_variant_fkey" | "stock_alerts_variant_fkey") => {
                Self::NotFound { what: "variant", path: "variantId".to_owned() }
            }
            Some("stock_levels_location_fkey") => Self::NotFound { what: "location", path: "rows".to_owned() },
            Some("variant_items_item_fkey") => {
                Self::InUse("Variants use it: see usedBy, and change their components first.")
            }
            Some("stock_reservations_level_fkey") => {
                Self::InUse("Units of it are reserved for orders or carts: ship, cancel or release them first.")
            }
            _ => Self::Db(error),
        }
    }
}

impl From<Problem> for InventoryError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for InventoryError {
    fn problems(&self) -> Vec<Problem> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::Insufficient { variant, available } => {
                let message = match available {
                    0 => "This is sold out.".to_owned(),
                    left => format!("Only {left} of these are available: reduce the quantity."),
                };
                let details = json!({ "variantId": variant, "available": available });
                Problem::new(ErrorCode::InsufficientStock, message).with(details)
            }
            Self::NotFound { what, path } => {
                Problem::new(ErrorCode::NotFound, format!("There is no such {what}.")).at(path)
            }
            Self::NameTaken => {
                Problem::new(ErrorCode::Taken, "Another stock location already has this name: choose another one.")
                    .at("input.name")
            }
            Self::Promised { reserved, path } => {
                let message = format!("{reserved} units are reserved for orders: the level must not be below that.");
                Problem::new(ErrorCode::InvalidQuantity, message).at(path).with(json!({ "reserved": reserved }))
            }
            Self::NotOnShelf(item) => {
                let message = "There are fewer units on the shelf than needed: correct the stock level first.";
                Problem::new(ErrorCode::InsufficientStock, message).with(json!({ "inventoryItemId": item }))
            }
            Self::Stale { expected, actual, path } => {
                let message = "This has changed in the meantime: read it again, then retry.";
                Problem::new(ErrorCode::StaleVersion, message)
                    .at(path)
                    .with(json!({ "expected": expected, "actual": actual }))
            }
            Self::InUse(message) => Problem::new(ErrorCode::InUse, *message),
            Self::InvalidState(message) => Problem::new(ErrorCode::InvalidState, *message),
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
