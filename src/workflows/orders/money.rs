//! What orders do to money: the only calls of the payments.

use rust_decimal::Decimal;

use super::{OrderHandling, OrderHandlingError};
use crate::db::Conn;
use crate::domain::orders::{Cancelled, Order, OrderError, OrderLine};
use crate::domain::payments::GiveBack;
use crate::kernel::ids::{StaffId, WorkflowRunId};

impl OrderHandling {
    /// Begins to give back what was received for cancelled units: all of it for a whole order, of which what is held is let
    /// go too, else as much of their value as is above what is still to be paid (rule B14). `lines` are those after the
    /// change. Finish the runs after the commit.
    pub(super) async fn give_money_back(
        &self,
        conn: &Conn,
        order: &Order,
        lines: &[OrderLine],
        cancelled: &Cancelled,
        refund: bool,
        staff: Option<StaffId>,
    ) -> Result<Vec<WorkflowRunId>, OrderHandlingError> {
        let payments = self.payments.of_orders(conn, &[order.id]).await?;
        let refundable: Decimal = payments.iter().map(|(_, payment)| payment.refundable()).sum();
        let covered = self.payments.covered(conn, order.id).await?;
        let overpaid = order.overpaid(lines, covered).map_err(OrderError::from)?.amount;
        let amount = match (refund, cancelled.whole) {
            (false, _) => Decimal::ZERO,
            (true, true) => refundable,
            (true, false) => overpaid.min(cancelled.value.amount).min(refundable),
        };
        let reason = if cancelled.whole { "The order was canceled." } else { "Units of the order were canceled." };
        let (order, void, reason) = (order.id, cancelled.whole, reason.to_owned());
        let back = GiveBack { order, refund: amount, overpaid, void, reason, staff };
        let asked = self.payments.give_back_in(conn, back).await?;
        Ok(self.money.begin_in(conn, asked).await?)
    }
}
