//! Staff actions on orders that affect stock or money: fulfill, cancel, complete. Each is one transaction; locks are
//! taken in this order: order, payments, stock levels, promotions. Remote operations are performed after it.

mod cancel;
mod error;
mod fulfill;
mod goods;
mod money;
mod plan;

pub use error::OrderWorkflowError;
pub use fulfill::Fulfill;
pub use plan::{PlannedShipment, plan};

use crate::db::Db;
use crate::domain::inventory::Inventory;
use crate::domain::orders::{Order, Orders};
use crate::domain::payments::Payments;
use crate::domain::promotions::Promotions;
use crate::kernel::ids::{OrderId, StaffId};
use crate::workflows::money::Money;

/// Fulfills, cancels and completes orders.
#[derive(Clone)]
pub struct OrderWorkflows {
    pub(crate) db: Db,
    pub(crate) inventory: Inventory,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
    pub(crate) promotions: Promotions,
    pub(crate) money: Money,
}

impl OrderWorkflows {
    /// Completes an order whose units are all delivered or canceled and that has nothing due.
    pub async fn complete(
        &self,
        id: OrderId,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<Order, OrderWorkflowError> {
        let tx = self.db.begin().await?;
        let (mut order, lines) = self.orders.lock_in(&tx, id).await?;
        order.expect_version(expected)?;
        let covered = self.payments.covered(&tx, id).await?;
        self.orders.complete_in(&tx, &mut order, &lines, covered, staff).await?;
        tx.commit().await?;
        tracing::info!(order.id = %id, order.number, "Order {} completed", order.number);
        Ok(order)
    }
}
