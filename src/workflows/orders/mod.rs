//! What staff do with orders that touches stock or money: send, cancel, complete. Each is one transaction; locks are taken
//! in the order of order, payments, stock levels, promotions. Money that a provider outside has to move is moved after it.

mod cancel;
mod error;
mod fulfil;
mod goods;
mod money;
mod plan;

pub use error::OrderHandlingError;
pub use fulfil::Fulfill;
pub use plan::{Planned, plan};

use crate::db::Db;
use crate::domain::inventory::Inventory;
use crate::domain::orders::{Order, Orders};
use crate::domain::payments::Payments;
use crate::domain::promotions::Promotions;
use crate::kernel::ids::{OrderId, StaffId};
use crate::workflows::money::Money;

/// Sending, cancelling and completing orders.
#[derive(Clone)]
pub struct OrderHandling {
    pub(crate) db: Db,
    pub(crate) inventory: Inventory,
    pub(crate) payments: Payments,
    pub(crate) orders: Orders,
    pub(crate) promotions: Promotions,
    pub(crate) money: Money,
}

impl OrderHandling {
    /// Completes an order of which every unit was delivered or cancelled and of which nothing is due.
    pub async fn complete(
        &self,
        id: OrderId,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<Order, OrderHandlingError> {
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
