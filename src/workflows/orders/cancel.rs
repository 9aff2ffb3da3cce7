//! Cancelling orders, whole or by line (rule G10).

use super::{OrderHandling, OrderHandlingError};
use crate::domain::orders::{CancelOrder, Order};
use crate::kernel::ids::{OrderId, StaffId};

impl OrderHandling {
    /// Cancels an order of which nothing was sent, or some of the units that were not: stock and money go back, and of a
    /// whole order the uses of promotions too.
    pub async fn cancel(
        &self,
        id: OrderId,
        cancel: &CancelOrder,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<Order, OrderHandlingError> {
        let tx = self.db.begin().await?;
        let (mut order, mut lines) = self.orders.lock_in(&tx, id).await?;
        order.expect_version(expected)?;
        self.payments.expect_answered_in(&tx, id).await?;
        let cancelled = self.orders.cancel_in(&tx, &mut order, &mut lines, cancel, staff).await?;
        let runs = self.give_money_back(&tx, &order, &lines, &cancelled, cancel.refund, staff).await?;
        if cancel.restock {
            self.release_units(&tx, id, &lines, &cancelled.units).await?;
        } else {
            let reason = cancel.reason.as_deref().unwrap_or_default();
            self.write_units_off(&tx, id, &lines, &cancelled.units, reason).await?;
        }
        if cancelled.whole {
            self.promotions.give_back_in(&tx, id).await?;
        }
        tx.commit().await?;
        tracing::info!(order.id = %id, order.number, whole = cancelled.whole, "Units of order {} cancelled", order.number);
        if runs.is_empty() {
            return Ok(order);
        }
        // The order is cancelled whatever its provider says; a refund that failed is shown with it.
        if let Err(error) = self.money.finish(runs).await {
            tracing::warn!(order.id = %id, %error, "The money of order {} could not be given back", order.number);
        }
        // Money that has moved is a change of the order.
        Ok(self.orders.get(&*self.db.conn().await?, id).await?)
    }
}
