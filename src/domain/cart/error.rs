//! Errors of cart operations.

use serde_json::json;

use crate::db;
use crate::domain::inventory::InventoryError;
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::ids::OrderId;
use crate::kernel::money::MoneyError;

/// Why a cart operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum CartError {
    /// The input is invalid, or the cart is not ready for this operation.
    #[error("the input is wrong")]
    Invalid(Vec<UserError>),
    /// The cart does not exist, or the caller may not access it.
    #[error("there is no such cart")]
    NotFound,
    /// The cart has become an order (rule D13).
    #[error("the cart has become {0}")]
    Completed(OrderId),
    /// The cart is being completed.
    #[error("the cart is being completed")]
    Completing,
    /// The cart has no such line.
    #[error("there is no such line")]
    LineNotFound {
        /// The path of its id in the input.
        path: String,
    },
    /// The region does not exist or does not match.
    #[error("there is no such region")]
    RegionNotFound,
    /// No region was specified, and no region serves the country of the request's context.
    #[error("no region serves the place")]
    NotServed,
    /// The caller is not logged in as a customer.
    #[error("no customer is logged in")]
    NotLoggedIn,
    /// A stock error.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The totals are too large to compute.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl From<UserError> for CartError {
    fn from(problem: UserError) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl UserFacing for CartError {
    fn user_errors(&self) -> Vec<UserError> {
        let one = |code, message: &str, path: &str| vec![UserError::new(code, message).at(path)];
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound => one(ErrorCode::NotFound, "There is no such cart.", "cartId"),
            Self::Completed(order) => {
                let problem = UserError::new(
                    ErrorCode::CartCompleted,
                    "This cart has already become an order: create a new cart.",
                )
                .at("cartId");
                vec![problem.with(json!({ "orderId": order }))]
            }
            Self::Completing => {
                let message = "This cart is being completed: wait for its payment, or cancel the payment session.";
                one(ErrorCode::CartCompleting, message, "cartId")
            }
            Self::LineNotFound { path } => one(ErrorCode::NotFound, "There is no such line in this cart.", path),
            Self::RegionNotFound => one(ErrorCode::NotFound, "There is no such region.", "input.regionId"),
            Self::NotServed => {
                one(ErrorCode::CountryNotServed, "No region serves this country: specify one with regionId.", "")
            }
            Self::NotLoggedIn => one(ErrorCode::Unauthenticated, "Log in as a customer first.", ""),
            Self::Inventory(error) => error.user_errors(),
            Self::Money(error) => one(ErrorCode::InvalidAmount, &error.to_string(), ""),
            Self::Db(_) => Vec::new(),
        }
    }
}
