//! Canceling orders, whole or by line (rule G10).

use super::{OrderWorkflowError, OrderWorkflows};
use crate::domain::orders::{CancelOrder, Order};
use crate::kernel::ids::{OrderId, StaffId};

impl OrderWorkflows {
    /// Cancels an unfulfilled order, or some of its unfulfilled units: stock and money are returned, and for a whole
    /// order the redemptions of promotions too.
    pub async fn cancel(
        &self,
        id: OrderId,
        cancel: &CancelOrder,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<Order, OrderWorkflowError> {
        let tx = self.db.begin().await?;
        let (mut order, mut lines) = self.orders.lock_in(&tx, id).await?;
        order.expect_version(expected)?;
        self.payments.expect_no_pending_capture_in(&tx, id).await?;
        let canceled = self.orders.cancel_in(&tx, &mut order, &mut lines, cancel, staff).await?;
        let runs = self.start_refunds(&tx, &order, &lines, &canceled, cancel.refund, staff).await?;
        if cancel.restock {
            self.release_units(&tx, id, &lines, &canceled.units).await?;
        } else {
            let reason = cancel.reason.as_deref().unwrap_or_default();
            self.write_off_units(&tx, id, &lines, &canceled.units, reason).await?;
        }
        if canceled.whole {
            self.promotions.restore_in(&tx, id).await?;
        }
        tx.commit().await?;
        tracing::info!(order.id = %id, order.number, whole = canceled.whole, "Units of order {} canceled", order.number);
        if runs.is_empty() {
            return Ok(order);
        }
        // The order is canceled whatever its provider answers; a failed refund is shown with it.
        if let Err(error) = self.money.finish(runs).await {
            tracing::warn!(order.id = %id, %error, "The money of order {} could not be given back", order.number);
        }
        // Completed refunds and voids have updated the order.
        Ok(self.orders.get(&*self.db.conn().await?, id).await?)
    }
}
