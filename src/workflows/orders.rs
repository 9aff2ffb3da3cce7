//! What staff do with orders: send, capture, cancel. Each is one transaction; locks are taken in the order of order,
//! payments, stock levels, promotions.

use rust_decimal::Decimal;

use crate::db::{self, Db};
use crate::domain::inventory::{Inventory, InventoryError};
use crate::domain::orders::{FulfillLine, Fulfillment, Order, OrderError, Orders, Tracking};
use crate::domain::payments::{Payment, PaymentError, Payments};
use crate::domain::promotions::Promotions;
use crate::kernel::error::{Explain, Problem};
use crate::kernel::ids::{OrderId, PaymentId};

/// Sending, capturing and cancelling orders.
#[derive(Clone)]
pub struct OrderHandling {
    pub(crate) db: Db,
    pub(crate) inventory: Inventory,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
    pub(crate) promotions: Promotions,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum OrderHandlingError {
    /// The order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The payment.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// Stock.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Explain for OrderHandlingError {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Order(error) => error.problems(),
            Self::Payment(error) => error.problems(),
            Self::Inventory(error) => error.problems(),
            Self::Db(_) => Vec::new(),
        }
    }
}

impl OrderHandling {
    /// Sends units of an order, or all that is left when no lines are named. They leave the shelf (rules E9, G1).
    pub async fn fulfill(
        &self,
        id: OrderId,
        wanted: &[FulfillLine],
        tracking: Tracking,
    ) -> Result<(Order, Fulfillment), OrderHandlingError> {
        let tx = self.db.begin().await?;
        let (mut order, lines) = self.orders.lock_in(&tx, id).await?;
        let (fulfillment, parts) = self.orders.fulfill_in(&tx, &mut order, &lines, wanted, tracking).await?;
        let variant = |line_id| lines.iter().find(|line| line.id == line_id).and_then(|line| line.variant_id);
        let sent: Vec<_> =
            parts.iter().filter_map(|part| Some((variant(part.order_line_id)?, part.quantity))).collect();
        self.inventory.fulfil_in(&tx, id, &sent).await?;
        tx.commit().await?;
        tracing::info!(order.id = %id, order.number, "Order {} fulfilled", order.number);
        Ok((order, fulfillment))
    }

    /// Takes a part of a payment, or all that can still be taken.
    pub async fn capture(
        &self,
        id: PaymentId,
        amount: Option<Decimal>,
    ) -> Result<(Order, Payment), OrderHandlingError> {
        let tx = self.db.begin().await?;
        let order_id = self.payments.by_ids(&tx, &[id]).await?.pop().ok_or(PaymentError::NotFound)?.order_id;
        let (mut order, _) = self.orders.lock_in(&tx, order_id).await?;
        let payment = self.payments.capture_in(&tx, id, amount).await?;
        self.orders.touch_in(&tx, &mut order).await?;
        tx.commit().await?;
        tracing::info!(order.id = %order_id, payment.id = %id, "Payment of order {} captured", order.number);
        Ok((order, payment))
    }

    /// Cancels an order of which nothing was sent: stock and money go back (rule G10).
    pub async fn cancel(&self, id: OrderId, reason: Option<String>) -> Result<Order, OrderHandlingError> {
        let tx = self.db.begin().await?;
        let (mut order, lines) = self.orders.lock_in(&tx, id).await?;
        self.orders.cancel_in(&tx, &mut order, &lines, reason).await?;
        self.payments.undo_in(&tx, id).await?;
        self.inventory.release_in(&tx, id).await?;
        self.promotions.give_back_in(&tx, id).await?;
        tx.commit().await?;
        tracing::info!(order.id = %id, order.number, "Order {} cancelled", order.number);
        Ok(order)
    }
}
