//! What carts refuse.

use serde_json::json;

use crate::db;
use crate::domain::inventory::InventoryError;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::ids::OrderId;
use crate::kernel::money::MoneyError;

/// Why something about a cart was refused.
#[derive(Debug, thiserror::Error)]
pub enum CartError {
    /// The input is wrong, or the cart is not ready for this.
    #[error("the input is wrong")]
    Invalid(Vec<Problem>),
    /// There is no such cart, or not for this caller.
    #[error("there is no such cart")]
    NotFound,
    /// The cart has become an order (rule D13).
    #[error("the cart has become {0}")]
    Completed(OrderId),
    /// The cart is being completed.
    #[error("the cart is being completed")]
    Completing,
    /// There is no such line in this cart.
    #[error("there is no such line")]
    LineNotFound {
        /// Where its id was given.
        path: String,
    },
    /// There is no such region, or none that fits.
    #[error("there is no such region")]
    RegionNotFound,
    /// No region was named, and none serves the place that the request's context shows.
    #[error("no region serves the place")]
    NotServed,
    /// Log in as a customer first.
    #[error("no customer is logged in")]
    NotLoggedIn,
    /// Stock.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The totals are beyond what can be computed.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl From<Problem> for CartError {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

impl Explain for CartError {
    fn problems(&self) -> Vec<Problem> {
        let one = |code, message: &str, path: &str| vec![Problem::new(code, message).at(path)];
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::NotFound => one(ErrorCode::NotFound, "There is no such cart.", "cartId"),
            Self::Completed(order) => {
                let problem =
                    Problem::new(ErrorCode::CartCompleted, "This cart has already become an order: create a new cart.")
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
            Self::Inventory(error) => error.problems(),
            Self::Money(error) => one(ErrorCode::InvalidAmount, &error.to_string(), ""),
            Self::Db(_) => Vec::new(),
        }
    }
}
