//! Canceling orders, whole or by line (rule G10). The effects on stock and payments are in `workflows::orders`.

use async_graphql::InputObject;
use serde_json::json;

use super::model::{Order, OrderLine};
use super::status::{OrderStatus, TimelineKind};
use super::timeline::{NewTimelineEntry, units_were};
use super::{LineUnits, OrderError, Orders, repo};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{OrderLineId, StaffId};
use crate::kernel::money::Money;
use crate::kernel::text::Validator;

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

/// A request to cancel an order or some of its units.
#[derive(Clone, Debug)]
pub struct CancelOrder {
    /// The unfulfilled units to cancel; empty to cancel the whole order.
    pub lines: Vec<CancelLine>,
    /// Whether the units can be sold again; otherwise they are written off.
    pub restock: bool,
    /// Whether the amount paid for them is refunded.
    pub refund: bool,
    /// The reason.
    pub reason: Option<String>,
}

/// The result of a cancellation.
#[derive(Clone, Debug)]
pub struct Canceled {
    /// The canceled units.
    pub units: Vec<LineUnits>,
    /// Whether the whole order was canceled.
    pub whole: bool,
    /// The price of the units, including tax.
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
    ) -> Result<Canceled, OrderError> {
        let mut validator = Validator::new();
        validator.paragraph("reason", cancel.reason.as_deref().unwrap_or_default(), 1_000);
        validator.finish().map_err(OrderError::Invalid)?;
        let canceled = decide(order, lines, &cancel.lines)?;
        repo::orders::count_canceled(conn, &canceled.units).await?;
        for part in &canceled.units {
            if let Some(line) = lines.iter_mut().find(|line| line.id == part.line_id) {
                line.canceled_quantity += part.quantity;
            }
        }
        if canceled.whole {
            order.transition_to(OrderStatus::Canceled)?;
            order.cancel_reason.clone_from(&cancel.reason);
            order.canceled_at = Some(self.clock.now());
        }
        self.note_in(conn, order.id, vec![entry(&canceled, cancel).by(staff)]).await?;
        self.save_in(conn, order).await?;
        Ok(canceled)
    }
}

/// The units to cancel: the specified ones, or all of the order if none has been fulfilled.
fn decide(order: &Order, lines: &[OrderLine], wanted: &[CancelLine]) -> Result<Canceled, OrderError> {
    if !order.status.can_transition_to(OrderStatus::Canceled) {
        return Err(OrderError::Transition { from: order.status, to: OrderStatus::Canceled });
    }
    let fulfilled = lines.iter().map(|line| i64::from(line.fulfilled_quantity)).sum::<i64>();
    let units = if wanted.is_empty() {
        if fulfilled > 0 {
            return Err(OrderError::Fulfilled { units: fulfilled });
        }
        remaining_units(lines)
    } else {
        let wanted: Vec<LineUnits> = wanted.iter().copied().map(LineUnits::from).collect();
        named(lines, &wanted)?
    };
    let left: i64 = lines.iter().map(|line| i64::from(line.left())).sum();
    let gone: i64 = units.iter().map(|part| i64::from(part.quantity)).sum();
    let whole = fulfilled == 0 && gone == left;
    let value = if whole { order.total_remaining(lines)? } else { order.worth(lines, &units)?.gross };
    Ok(Canceled { units, whole, value })
}

/// All units that are neither fulfilled nor canceled.
pub(super) fn remaining_units(lines: &[OrderLine]) -> Vec<LineUnits> {
    let left = lines.iter().filter(|line| line.left() > 0);
    left.map(|line| LineUnits { line_id: line.id, quantity: line.left() }).collect()
}

/// The specified units, all of which must be left (rule G1).
pub(super) fn named(lines: &[OrderLine], wanted: &[LineUnits]) -> Result<Vec<LineUnits>, OrderError> {
    let mut parts: Vec<LineUnits> = Vec::with_capacity(wanted.len());
    for (place, part) in wanted.iter().enumerate() {
        let line = lines.iter().find(|line| line.id == part.line_id);
        let line = line.ok_or(OrderError::LineNotFound { path: format!("lines.{place}.lineId") })?;
        let (path, left) = (format!("lines.{place}.quantity"), line.left());
        if part.quantity < 1 {
            return Err(UserError::new(ErrorCode::InvalidQuantity, "The quantity must be at least 1.")
                .at(&path)
                .into());
        }
        if parts.iter().any(|known| known.line_id == part.line_id) {
            return Err(UserError::new(ErrorCode::Invalid, "Specify each line only once.").at(&path).into());
        }
        if part.quantity > left {
            let canceled = line.canceled_quantity;
            return Err(if canceled > 0 && part.quantity <= left + canceled {
                OrderError::LineCanceled { canceled, left, path }
            } else {
                OrderError::TooMany { left, path }
            });
        }
        parts.push(*part);
    }
    Ok(parts)
}

fn entry(canceled: &Canceled, cancel: &CancelOrder) -> NewTimelineEntry {
    let (reason, restocked) = (&cancel.reason, cancel.restock);
    if canceled.whole {
        let data = json!({ "reason": reason, "restocked": restocked });
        return NewTimelineEntry::new(TimelineKind::Canceled, "The order was canceled.").with(data);
    }
    let units: i64 = canceled.units.iter().map(|part| i64::from(part.quantity)).sum();
    let (value, currency) = (canceled.value.amount.to_string(), canceled.value.currency.code());
    let lines = LineUnits::to_json(&canceled.units);
    let data =
        json!({ "lines": lines, "value": value, "currencyCode": currency, "restocked": restocked, "reason": reason });
    NewTimelineEntry::new(TimelineKind::LinesCanceled, units_were(units, "canceled")).with(data)
}
