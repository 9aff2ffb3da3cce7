//! What inventory refuses.

use serde_json::json;

use crate::db;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::ids::VariantId;

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
    /// There is no such variant or location.
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
    /// Units were to leave that are not on the shelf.
    #[error("units of {0} are not on the shelf")]
    NotOnShelf(VariantId),
    /// The database failed.
    #[error(transparent)]
    Db(db::Error),
}

impl From<db::Error> for InventoryError {
    fn from(error: db::Error) -> Self {
        match error.constraint() {
            Some("stock_locations_name_key") => Self::NameTaken,
            Some("stock_items_variant_fkey") => Self::NotFound { what: "variant", path: "rows".to_owned() },
            Some("stock_levels_location_fkey") => Self::NotFound { what: "location", path: "rows".to_owned() },
            _ => Self::Db(error),
        }
    }
}

impl Explain for InventoryError {
    fn problems(&self) -> Vec<Problem> {
        let problem = match self {
            Self::Invalid(problems) => return problems.clone(),
            Self::Insufficient { variant, available } => {
                let message = match available {
                    0 => "This is sold out.".to_owned(),
                    left => format!("Only {left} of these are left."),
                };
                let details = json!({ "variantId": variant, "available": available });
                Problem::new(ErrorCode::InsufficientStock, message).with(details)
            }
            Self::NotFound { what, path } => {
                Problem::new(ErrorCode::NotFound, format!("There is no such {what}.")).at(path)
            }
            Self::NameTaken => Problem::new(ErrorCode::Taken, "Another location has this name.").at("input.name"),
            Self::Promised { reserved, path } => {
                let message = format!("{reserved} units are promised to orders: the level cannot fall below that.");
                Problem::new(ErrorCode::InvalidQuantity, message).at(path).with(json!({ "reserved": reserved }))
            }
            Self::NotOnShelf(variant) => {
                let message = "There are fewer units on the shelf than are to be sent.";
                Problem::new(ErrorCode::InsufficientStock, message).with(json!({ "variantId": variant }))
            }
            Self::Db(_) => return Vec::new(),
        };
        vec![problem]
    }
}
