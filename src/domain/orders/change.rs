//! Sending and cancelling orders. What they do to stock and payments is in `workflows::orders`.

use super::model::{Fulfillment, FulfillmentLine, Order, OrderLine, OrderStatus};
use super::{OrderError, Orders, repo};
use crate::db::Conn;
use crate::events::{Event, publish};
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{FulfillmentId, OrderId, OrderLineId};
use crate::kernel::text::Checks;

/// Units of a line to send.
#[derive(Clone, Copy, Debug)]
pub struct FulfillLine {
    /// Which line.
    pub line_id: OrderLineId,
    /// How many, from 1.
    pub quantity: i32,
}

/// How a parcel can be followed.
#[derive(Clone, Debug, Default)]
pub struct Tracking {
    /// The carrier's number.
    pub number: String,
    /// Where its way can be followed.
    pub url: String,
}

impl Orders {
    /// The order with its lines, locked until the caller's transaction ends.
    pub async fn lock_in(&self, conn: &Conn, id: OrderId) -> Result<(Order, Vec<OrderLine>), OrderError> {
        let order = repo::lock(conn, id).await?.ok_or(OrderError::NotFound)?;
        let lines = repo::lines_of(conn, &[id]).await?;
        Ok((order, lines))
    }

    /// Writes down that units of a locked order were sent, in the caller's transaction. With no lines named, all that
    /// is left is sent. Gives the fulfillment and what was in it.
    pub async fn fulfill_in(
        &self,
        conn: &Conn,
        order: &mut Order,
        lines: &[OrderLine],
        wanted: &[FulfillLine],
        tracking: Tracking,
    ) -> Result<(Fulfillment, Vec<FulfillmentLine>), OrderError> {
        if order.status != OrderStatus::Placed {
            return Err(OrderError::InvalidState(order.status));
        }
        let mut checks = Checks::new();
        checks.line("tracking.number", &tracking.number, 200);
        if !tracking.url.is_empty() {
            checks.url("tracking.url", &tracking.url);
        }
        checks.finish().map_err(OrderError::Invalid)?;
        let parts = parts(lines, wanted)?;
        let fulfillment = Fulfillment {
            id: FulfillmentId::new(),
            order_id: order.id,
            tracking_number: tracking.number,
            tracking_url: tracking.url,
            created_at: self.clock.now(),
        };
        let row = |(line, quantity): &(OrderLineId, i32)| FulfillmentLine {
            fulfillment_id: fulfillment.id,
            order_line_id: *line,
            quantity: *quantity,
        };
        let rows: Vec<_> = parts.iter().map(row).collect();
        repo::insert_fulfillment(conn, &fulfillment, &rows).await?;
        self.touch_in(conn, order).await?;
        Ok((fulfillment, rows))
    }

    /// Marks a locked order as cancelled, in the caller's transaction (rule G10).
    pub async fn cancel_in(
        &self,
        conn: &Conn,
        order: &mut Order,
        lines: &[OrderLine],
        reason: Option<String>,
    ) -> Result<(), OrderError> {
        if order.status != OrderStatus::Placed {
            return Err(OrderError::InvalidState(order.status));
        }
        if lines.iter().any(|line| line.fulfilled_quantity > 0) {
            return Err(OrderError::Fulfilled);
        }
        let mut checks = Checks::new();
        checks.paragraph("reason", reason.as_deref().unwrap_or_default(), 1_000);
        checks.finish().map_err(OrderError::Invalid)?;
        order.status = OrderStatus::Cancelled;
        order.cancel_reason = reason;
        order.cancelled_at = Some(self.clock.now());
        self.touch_in(conn, order).await
    }

    /// Writes a locked order as changed now, and tells, in the caller's transaction.
    pub async fn touch_in(&self, conn: &Conn, order: &mut Order) -> Result<(), OrderError> {
        order.version += 1;
        order.updated_at = self.clock.now();
        repo::update(conn, order).await?;
        publish(conn, Event::OrderUpdated(order.id), self.clock.now()).await?;
        Ok(())
    }
}

/// Which units of which lines are sent: the wanted ones, or all that are left.
fn parts(lines: &[OrderLine], wanted: &[FulfillLine]) -> Result<Vec<(OrderLineId, i32)>, OrderError> {
    let left = |line: &OrderLine| line.quantity - line.fulfilled_quantity;
    if wanted.is_empty() {
        let rest: Vec<_> = lines.iter().filter(|line| left(line) > 0).map(|line| (line.id, left(line))).collect();
        if rest.is_empty() {
            return Err(Problem::new(ErrorCode::InvalidState, "Everything was sent already.").into());
        }
        return Ok(rest);
    }
    let mut parts: Vec<(OrderLineId, i32)> = Vec::with_capacity(wanted.len());
    for (place, part) in wanted.iter().enumerate() {
        let line = lines.iter().find(|line| line.id == part.line_id);
        let line = line.ok_or(OrderError::LineNotFound { path: format!("lines.{place}.lineId") })?;
        let path = format!("lines.{place}.quantity");
        if part.quantity < 1 {
            return Err(Problem::new(ErrorCode::InvalidQuantity, "A quantity is at least 1.").at(&path).into());
        }
        if parts.iter().any(|(known, _)| *known == part.line_id) {
            return Err(Problem::new(ErrorCode::Invalid, "This line is named twice.").at(&path).into());
        }
        if part.quantity > left(line) {
            return Err(OrderError::OverFulfilled { left: left(line), path });
        }
        parts.push((part.line_id, part.quantity));
    }
    Ok(parts)
}
