//! Errors of checkout.

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
use crate::kernel::error::{ErrorCode, UserError, UserFacing};
use crate::kernel::money::MoneyError as Arithmetic;
use crate::workflows::money::MoneyError;

/// Why a cart could not be paid or completed.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// The cart is incomplete.
    #[error("the cart is not complete")]
    Incomplete(Vec<UserError>),
    /// The total differs from the one that the shopper last saw (rule D14). The cart shows the new one.
    #[error("the price has changed")]
    PriceChanged {
        /// The total that the shopper saw.
        before: Decimal,
        /// The current total.
        now: Decimal,
    },
    /// The payment failed, and the cart was reopened.
    #[error("completing was undone: {}", .0.message)]
    Undone(UserError),
    /// A cart error.
    #[error(transparent)]
    Cart(#[from] CartError),
    /// An inventory error.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// A payment error.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// An order error.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A promotion was used up.
    #[error(transparent)]
    Promotion(#[from] PromotionError),
    /// The guest token could not be created.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// An amount could not be computed.
    #[error(transparent)]
    Arithmetic(#[from] Arithmetic),
    /// Funds could not be released.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl UserFacing for CheckoutError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Incomplete(problems) => problems.clone(),
            Self::PriceChanged { before, now } => {
                let message = "The total has changed: show the cart again, or set acceptPriceChanges.";
                let details = json!({ "before": before.to_string(), "now": now.to_string() });
                vec![UserError::new(ErrorCode::PriceChanged, message).with(details)]
            }
            Self::Undone(cause) => vec![cause.clone()],
            Self::Cart(error) => error.user_errors(),
            Self::Inventory(error) => error.user_errors(),
            Self::Payment(error) => error.user_errors(),
            Self::Order(error) => error.user_errors(),
            Self::Promotion(error) => error.user_errors(),
            Self::Auth(error) => error.user_errors(),
            Self::Money(error) => error.user_errors(),
            Self::Arithmetic(error) => vec![UserError::new(ErrorCode::InvalidAmount, error.to_string())],
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

    /// Whether a transaction conflict occurred: a retry from the start helps.
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
