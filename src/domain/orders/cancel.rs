//! Cancelling orders, whole or by line (rule G10). What it does to stock and money is in `workflows::orders`.

use async_graphql::InputObject;
use serde_json::json;

use super::model::{Order, OrderLine};
use super::status::{OrderStatus, TimelineKind};
use super::timeline::{Entry, units_were};
use super::{LineUnits, OrderError, Orders, repo};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{OrderLineId, StaffId};
use crate::kernel::money::Money;
use crate::kernel::text::Checks;

/// Units of an order line to cancel.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name = "OrderCancelLineInput")]
pub struct CancelLine {
    /// The id of the order line.
    pub line_id: OrderLineId,
    /// The number of units, at least 1, among those that have not been shipped.
    pub quantity: i32,
}

impl From<CancelLine> for LineUnits {
    fn from(line: CancelLine) -> Self {
        Self { line_id: line.line_id, quantity: line.quantity }
    }
}

/// What to cancel of an order.
#[derive(Clone, Debug)]
pub struct CancelOrder {
    /// The units of lines that were not sent; empty: the whole order.
    pub lines: Vec<CancelLine>,
    /// Whether the units can be sold again; those that cannot are written off.
    pub restock: bool,
    /// Whether what was paid for them is given back.
    pub refund: bool,
    /// Why.
    pub reason: Option<String>,
}

/// What was cancelled.
#[derive(Clone, Debug)]
pub struct Cancelled {
    /// Which units.
    pub units: Vec<LineUnits>,
    /// Whether nothing is left of the order.
    pub whole: bool,
    /// What was to be paid for them, tax included.
    pub value: Money,
}

impl Orders {
    /// Cancels units of a locked order, or all of it, in the caller's transaction.
    pub async fn cancel_in(
        &self,
        conn: &Conn,
        order: &mut Order,
        lines: &mut [OrderLine],
        cancel: &CancelOrder,
        staff: Option<StaffId>,
    ) -> Result<Cancelled, OrderError> {
        let mut checks = Checks::new();
        checks.paragraph("reason", cancel.reason.as_deref().unwrap_or_default(), 1_000);
        checks.finish().map_err(OrderError::Invalid)?;
        let cancelled = decide(order, lines, &cancel.lines)?;
        repo::orders::count_cancelled(conn, &cancelled.units).await?;
        for part in &cancelled.units {
            if let Some(line) = lines.iter_mut().find(|line| line.id == part.line_id) {
                line.cancelled_quantity += part.quantity;
            }
        }
        if cancelled.whole {
            order.turn(OrderStatus::Cancelled)?;
            order.cancel_reason.clone_from(&cancel.reason);
            order.cancelled_at = Some(self.clock.now());
        }
        self.note_in(conn, order.id, vec![entry(&cancelled, cancel).by(staff)]).await?;
        self.touch_in(conn, order).await?;
        Ok(cancelled)
    }
}

/// What is cancelled: the wanted units, or everything, which has to be there still.
fn decide(order: &Order, lines: &[OrderLine], wanted: &[CancelLine]) -> Result<Cancelled, OrderError> {
    if !order.status.may_become(OrderStatus::Cancelled) {
        return Err(OrderError::Transition { from: order.status, to: OrderStatus::Cancelled });
    }
    let fulfilled = lines.iter().map(|line| i64::from(line.fulfilled_quantity)).sum::<i64>();
    let units = if wanted.is_empty() {
        if fulfilled > 0 {
            return Err(OrderError::Fulfilled { units: fulfilled });
        }
        everything_left(lines)
    } else {
        let wanted: Vec<LineUnits> = wanted.iter().copied().map(LineUnits::from).collect();
        named(lines, &wanted)?
    };
    let left: i64 = lines.iter().map(|line| i64::from(line.left())).sum();
    let gone: i64 = units.iter().map(|part| i64::from(part.quantity)).sum();
    let whole = fulfilled == 0 && gone == left;
    let value = if whole { order.total_left(lines)? } else { order.worth(lines, &units)?.gross };
    Ok(Cancelled { units, whole, value })
}

/// Every unit that is neither sent nor cancelled.
pub(super) fn everything_left(lines: &[OrderLine]) -> Vec<LineUnits> {
    let left = lines.iter().filter(|line| line.left() > 0);
    left.map(|line| LineUnits { line_id: line.id, quantity: line.left() }).collect()
}

/// The named units, all of which have to be left (rule G1).
pub(super) fn named(lines: &[OrderLine], wanted: &[LineUnits]) -> Result<Vec<LineUnits>, OrderError> {
    let mut parts: Vec<LineUnits> = Vec::with_capacity(wanted.len());
    for (place, part) in wanted.iter().enumerate() {
        let line = lines.iter().find(|line| line.id == part.line_id);
        let line = line.ok_or(OrderError::LineNotFound { path: format!("lines.{place}.lineId") })?;
        let (path, left) = (format!("lines.{place}.quantity"), line.left());
        if part.quantity < 1 {
            return Err(Problem::new(ErrorCode::InvalidQuantity, "The quantity must be at least 1.").at(&path).into());
        }
        if parts.iter().any(|known| known.line_id == part.line_id) {
            return Err(Problem::new(ErrorCode::Invalid, "Specify each line only once.").at(&path).into());
        }
        if part.quantity > left {
            let cancelled = line.cancelled_quantity;
            return Err(if cancelled > 0 && part.quantity <= left + cancelled {
                OrderError::LineCancelled { cancelled, left, path }
            } else {
                OrderError::TooMany { left, path }
            });
        }
        parts.push(*part);
    }
    Ok(parts)
}

fn entry(cancelled: &Cancelled, cancel: &CancelOrder) -> Entry {
    let (reason, restocked) = (&cancel.reason, cancel.restock);
    if cancelled.whole {
        let data = json!({ "reason": reason, "restocked": restocked });
        return Entry::new(TimelineKind::Cancelled, "The order was canceled.").with(data);
    }
    let units: i64 = cancelled.units.iter().map(|part| i64::from(part.quantity)).sum();
    let (value, currency) = (cancelled.value.amount.to_string(), cancelled.value.currency.code());
    let lines = LineUnits::told(&cancelled.units);
    let data =
        json!({ "lines": lines, "value": value, "currencyCode": currency, "restocked": restocked, "reason": reason });
    Entry::new(TimelineKind::LinesCancelled, units_were(units, "canceled")).with(data)
}
