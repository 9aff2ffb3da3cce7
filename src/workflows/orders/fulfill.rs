//! Fulfilling orders: a fulfillment removes stock, and its cancellation returns it.

use super::{OrderWorkflowError, OrderWorkflows};
use crate::domain::orders::{
    FulfillLine, Fulfillment, NewFulfillment, Order, OrderStatus, Tracking, check_packing, is_done, units_to_fulfill,
};
use crate::kernel::ids::{FulfillmentId, LocationId, OrderId, StaffId};

/// A fulfillment to create.
#[derive(Clone, Debug)]
pub struct Fulfill {
    /// The order.
    pub order_id: OrderId,
    /// The units of each line; empty for all remaining units.
    pub lines: Vec<FulfillLine>,
    /// The location to ship from; `None` for the locations where the units are reserved.
    pub location_id: Option<LocationId>,
    /// The tracking data, if the carrier already has the parcel.
    pub tracking: Option<Tracking>,
    /// Whether the fulfillment must be approved first.
    pub await_approval: bool,
}

impl OrderWorkflows {
    /// Fulfills units of an order, or all remaining units if no lines are given. They leave stock (rules E9, G1).
    pub async fn fulfill(
        &self,
        command: Fulfill,
        staff: Option<StaffId>,
    ) -> Result<(Order, Fulfillment), OrderWorkflowError> {
        let Fulfill { order_id, lines: wanted, location_id, tracking, await_approval } = command;
        check_packing(tracking.as_ref(), await_approval)?;
        let tx = self.db.begin().await?;
        let (mut order, lines) = self.orders.lock_in(&tx, order_id).await?;
        let units = units_to_fulfill(&order, &lines, &wanted)?;
        let stock = self.ship_units(&tx, order_id, &lines, &units, location_id).await?;
        let packing = NewFulfillment { units, stock, tracking, await_approval };
        let fulfillment = self.orders.create_fulfillment_in(&tx, &mut order, packing, staff).await?;
        tx.commit().await?;
        tracing::info!(order.id = %order_id, order.number, "Order {} fulfilled", order.number);
        Ok((order, fulfillment))
    }

    /// Cancels an unshipped fulfillment: its units return to stock and are reserved for the order again, exactly once
    /// (rule E10).
    pub async fn unfulfill(
        &self,
        id: FulfillmentId,
        staff: Option<StaffId>,
    ) -> Result<(Order, Fulfillment), OrderWorkflowError> {
        let tx = self.db.begin().await?;
        let mut locked = self.orders.lock_fulfillment_in(&tx, id, "id").await?;
        self.orders.cancel_fulfillment_in(&tx, &mut locked, staff).await?;
        self.return_units(&tx, locked.order.id, &locked.fulfillment.stock.0).await?;
        tx.commit().await?;
        let number = locked.order.number;
        tracing::info!(order.id = %locked.order.id, order.number = number, "A fulfillment of order {number} canceled");
        Ok((locked.order, locked.fulfillment))
    }

    /// Marks a fulfillment as delivered. If it was the last and nothing is due, the order is completed.
    pub async fn deliver(
        &self,
        id: FulfillmentId,
        staff: Option<StaffId>,
    ) -> Result<(Order, Fulfillment), OrderWorkflowError> {
        let tx = self.db.begin().await?;
        let mut locked = self.orders.lock_fulfillment_in(&tx, id, "id").await?;
        self.orders.deliver_in(&tx, &mut locked, staff).await?;
        let (mut order, fulfillment) = (locked.order, locked.fulfillment);
        let lines = self.orders.lines_of(&tx, &[order.id]).await?;
        let covered = self.payments.covered(&tx, order.id).await?;
        if order.status == OrderStatus::Placed && is_done(&order, &lines, covered) {
            self.orders.complete_in(&tx, &mut order, &lines, covered, None).await?;
        }
        tx.commit().await?;
        Ok((order, fulfillment))
    }
}
