//! Why an order could not be handled.

use crate::db;
use crate::domain::inventory::InventoryError;
use crate::domain::orders::OrderError;
use crate::domain::payments::PaymentError;
use crate::kernel::error::{Explain, Problem};
use crate::workflows::money::MoneyError;

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum OrderHandlingError {
    /// The order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The payment.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// Money did not move.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Stock.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl Explain for OrderHandlingError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Order(error) => error.problems(),
            Self::Payment(error) => error.problems(),
            Self::Money(error) => error.problems(),
            Self::Inventory(error) => error.problems(),
            Self::Db(_) => Vec::new(),
        }
    }
}
