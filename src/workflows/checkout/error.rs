//! Why a cart could not be paid or completed.

use rust_decimal::Decimal;
use serde_json::json;

use crate::db;
use crate::domain::auth::AuthError;
use crate::domain::cart::CartError;
use crate::domain::inventory::InventoryError;
use crate::domain::orders::OrderError;
use crate::domain::payments::PaymentError;
use crate::domain::promotions::PromotionError;
use crate::durable::Transient;
use crate::kernel::error::{ErrorCode, Explain, Problem};
use crate::kernel::money::MoneyError as Arithmetic;
use crate::workflows::money::MoneyError;

/// Why a cart could not be paid or completed.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// The cart lacks something.
    #[error("the cart is not complete")]
    Incomplete(Vec<Problem>),
    /// The total is another than the shopper last saw (rule D14). The cart shows the new one.
    #[error("the price has changed")]
    PriceChanged {
        /// What the shopper saw.
        before: Decimal,
        /// What it is now.
        now: Decimal,
    },
    /// The payment did not succeed, and the cart was given back to its shopper.
    #[error("completing was undone: {}", .0.message)]
    Undone(Problem),
    /// The cart.
    #[error(transparent)]
    Cart(#[from] CartError),
    /// Stock.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The payment.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A promotion was used up.
    #[error(transparent)]
    Promotion(#[from] PromotionError),
    /// The guest's token could not be made.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// An amount could not be computed.
    #[error(transparent)]
    Arithmetic(#[from] Arithmetic),
    /// Money could not be let go.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl Explain for CheckoutError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Incomplete(problems) => problems.clone(),
            Self::PriceChanged { before, now } => {
                let message = "The total has changed: show the cart again, or set acceptPriceChanges.";
                let details = json!({ "before": before.to_string(), "now": now.to_string() });
                vec![Problem::new(ErrorCode::PriceChanged, message).with(details)]
            }
            Self::Undone(cause) => vec![cause.clone()],
            Self::Cart(error) => error.problems(),
            Self::Inventory(error) => error.problems(),
            Self::Payment(error) => error.problems(),
            Self::Order(error) => error.problems(),
            Self::Promotion(error) => error.problems(),
            Self::Auth(error) => error.problems(),
            Self::Money(error) => error.problems(),
            Self::Arithmetic(error) => vec![Problem::new(ErrorCode::InvalidAmount, error.to_string())],
            Self::Db(_) => Vec::new(),
        }
    }
}

impl CheckoutError {
    fn of_db(&self) -> Option<&db::Error> {
        match self {
            Self::Cart(CartError::Db(error))
            | Self::Inventory(InventoryError::Db(error))
            | Self::Payment(PaymentError::Db(error))
            | Self::Order(OrderError::Db(error))
            | Self::Promotion(PromotionError::Db(error))
            | Self::Db(error) => Some(error),
            _ => None,
        }
    }

    /// Whether transactions stood in each other's way: doing it again from the start helps.
    pub(super) fn is_conflict(&self) -> bool {
        self.of_db().is_some_and(db::Error::is_conflict)
    }
}

impl Transient for CheckoutError {
    fn is_transient(&self) -> bool {
        match (self.of_db(), self) {
            (Some(error), _) => error.is_transient(),
            (None, Self::Payment(error)) => error.is_transient(),
            _ => false,
        }
    }
}
