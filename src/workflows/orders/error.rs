//! Errors of order workflows.

use crate::db;
use crate::domain::inventory::InventoryError;
use crate::domain::orders::OrderError;
use crate::domain::payments::PaymentError;
use crate::kernel::error::{UserError, UserFacing};
use crate::workflows::money::MoneyError;

/// Why an order workflow failed.
#[derive(Debug, thiserror::Error)]
pub enum OrderWorkflowError {
    /// An order error.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A payment error.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// An error of a payment operation.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// An inventory error.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl UserFacing for OrderWorkflowError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Order(error) => error.user_errors(),
            Self::Payment(error) => error.user_errors(),
            Self::Money(error) => error.user_errors(),
            Self::Inventory(error) => error.user_errors(),
            Self::Db(_) => Vec::new(),
        }
    }
}
