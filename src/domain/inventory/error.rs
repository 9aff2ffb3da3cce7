//! Errors of inventory operations.

use serde_json::json;

use crate::db;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::ids::{InventoryItemId, VariantId};

/// Why an inventory operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The input is invalid.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// Fewer units are available than requested.
    #[error("only {available} units of {variant} are left")]
    Insufficient {
        /// The variant.
        variant: VariantId,
        /// The number of available units.
        available: i32,
    },
    /// The variant, item, location or reservation does not exist.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of object.
        what: &'static str,
        /// The path of its id in the input.
        path: String,
    },
    /// Another location already has this name.
    #[error("the name is taken")]
    NameTaken,
    /// More units are reserved for orders than would remain.
    #[error("{reserved} units are promised to orders")]
    Reserved {
        /// The number of reserved units.
        reserved: i32,
        /// The path of the quantity in the input.
        path: String,
    },
    /// Units to fulfill or to reserve at a location are not on the shelf there.
    #[error("units of {0} are not on the shelf")]
    NotOnShelf(InventoryItemId),
    /// It has changed since the caller read it.
    #[error("{actual} is not {expected}")]
    Stale {
        /// The value that the caller expected.
        expected: i32,
        /// The current value.
        actual: i32,
        /// The path of the expected value in the input.
        path: String,
    },
    /// Something still depends on it.
    #[error("{0}")]
    InUse(&'static str),
    /// Its state does not allow this.
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

impl From<UserError> for InventoryError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for InventoryError {
    fn user_errors(&self) -> Vec<UserError> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::Insufficient { variant, available } => {
                let message = match available {
                    0 => "This is sold out.".to_owned(),
                    left => format!("Only {left} of these are available: reduce the quantity."),
                };
                let details = json!({ "variantId": variant, "available": available });
                UserError::new(ErrorCode::InsufficientStock, message).with(details)
            }
            Self::NotFound { what, path } => {
                UserError::new(ErrorCode::NotFound, format!("There is no such {what}.")).at(path)
            }
            Self::NameTaken => {
                UserError::new(ErrorCode::Taken, "Another stock location already has this name: choose another one.")
                    .at("input.name")
            }
            Self::Reserved { reserved, path } => {
                let message = format!("{reserved} units are reserved for orders: the level must not be below that.");
                UserError::new(ErrorCode::InvalidQuantity, message).at(path).with(json!({ "reserved": reserved }))
            }
            Self::NotOnShelf(item) => {
                let message = "There are fewer units on the shelf than needed: correct the stock level first.";
                UserError::new(ErrorCode::InsufficientStock, message).with(json!({ "inventoryItemId": item }))
            }
            Self::Stale { expected, actual, path } => {
                let message = "This has changed in the meantime: read it again, then retry.";
                UserError::new(ErrorCode::StaleVersion, message)
                    .at(path)
                    .with(json!({ "expected": expected, "actual": actual }))
            }
            Self::InUse(message) => UserError::new(ErrorCode::InUse, *message),
            Self::InvalidState(message) => UserError::new(ErrorCode::InvalidState, *message),
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
