//! The effects of orders on payments: the only calls of the payments.

use rust_decimal::Decimal;

use super::{OrderWorkflowError, OrderWorkflows};
use crate::db::Conn;
use crate::domain::orders::{Canceled, Order, OrderError, OrderLine};
use crate::domain::payments::NewRefund;
use crate::kernel::ids::{StaffId, WorkflowRunId};

impl OrderWorkflows {
    /// Starts refunds for canceled units: for a whole order of everything received, and authorized amounts are voided;
    /// otherwise of the units' value as far as the order is overpaid (rule B14). `lines` are the lines after the
    /// change. Finish the runs after the commit.
    pub(super) async fn start_refunds(
        &self,
        conn: &Conn,
        order: &Order,
        lines: &[OrderLine],
        canceled: &Canceled,
        refund: bool,
        staff: Option<StaffId>,
    ) -> Result<Vec<WorkflowRunId>, OrderWorkflowError> {
        let payments = self.payments.of_orders(conn, &[order.id]).await?;
        let refundable: Decimal = payments.iter().map(|(_, payment)| payment.refundable()).sum();
        let covered = self.payments.covered(conn, order.id).await?;
        let overpaid = order.overpaid(lines, covered).map_err(OrderError::from)?.amount;
        let amount = match (refund, canceled.whole) {
            (false, _) => Decimal::ZERO,
            (true, true) => refundable,
            (true, false) => overpaid.min(canceled.value.amount).min(refundable),
        };
        let reason = if canceled.whole { "The order was canceled." } else { "Units of the order were canceled." };
        let (order, void, reason) = (order.id, canceled.whole, reason.to_owned());
        let refund = NewRefund { order, refund: amount, overpaid, void, reason, staff };
        let operations = self.payments.refund_in(conn, refund).await?;
        Ok(self.money.begin_in(conn, operations).await?)
    }
}
