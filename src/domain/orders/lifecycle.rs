//! Staff operations on an order that affect neither stock nor payments: hold, release, archive, complete, update.

use async_graphql::InputObject;
use rust_decimal::Decimal;
use serde_json::json;

use super::model::{Order, OrderLine};
use super::status::{FulfillmentStatus, OrderStatus, TimelineKind};
use super::timeline::NewTimelineEntry;
use super::{OrderError, Orders, repo};
use crate::db::Conn;
use crate::events::{Event, publish};
use crate::kernel::address::Address;
use crate::kernel::error::{ErrorCode, unchanged};
use crate::kernel::ids::{OrderId, StaffId};
use crate::kernel::text::{Validator, normalize_email};

/// The changes to an order. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "OrderUpdateInput")]
pub struct UpdateOrder {
    /// The email address for notifications.
    pub email: Option<String>,
    /// The shipping address.
    pub shipping_address: Option<Address>,
    /// The billing address.
    pub billing_address: Option<Address>,
}

impl Order {
    /// Refuses a version that differs from the order's; `None` matches any version.
    pub fn expect_version(&self, expected: Option<i32>) -> Result<(), OrderError> {
        Ok(unchanged(expected, self.version)?)
    }

    /// Refuses every status in which nothing can be shipped, captured or canceled.
    pub fn expect_placed(&self) -> Result<(), OrderError> {
        if self.status == OrderStatus::Placed { Ok(()) } else { Err(OrderError::NotPlaced(self.status)) }
    }

    /// Refuses an order that is neither placed nor on hold.
    pub fn expect_open(&self) -> Result<(), OrderError> {
        match self.status {
            OrderStatus::Placed | OrderStatus::OnHold => Ok(()),
            over => Err(OrderError::NotPlaced(over)),
        }
    }

    /// Refuses an order that is on hold.
    pub fn expect_released(&self) -> Result<(), OrderError> {
        if self.status == OrderStatus::OnHold { Err(OrderError::NotPlaced(self.status)) } else { Ok(()) }
    }

    /// Changes the status, if the state machine allows it.
    pub(super) fn transition_to(&mut self, next: OrderStatus) -> Result<(), OrderError> {
        if !self.status.can_transition_to(next) {
            return Err(OrderError::Transition { from: self.status, to: next });
        }
        self.status = next;
        Ok(())
    }
}

impl Orders {
    /// The order with its lines, locked until the caller's transaction ends.
    pub async fn lock_in(&self, conn: &Conn, id: OrderId) -> Result<(Order, Vec<OrderLine>), OrderError> {
        let order = repo::orders::lock(conn, id).await?.ok_or(OrderError::NotFound)?;
        let lines = self.lines_of(conn, &[id]).await?;
        Ok((order, lines))
    }

    /// Saves a locked order with a new version and publishes the update, in the caller's transaction.
    pub async fn save_in(&self, conn: &Conn, order: &mut Order) -> Result<(), OrderError> {
        order.version += 1;
        order.updated_at = self.clock.now();
        repo::orders::update(conn, order).await?;
        publish(conn, Event::OrderUpdated(order.id), self.clock.now()).await?;
        Ok(())
    }

    /// Puts an order on hold: nothing is shipped and no payment is captured until it is released.
    pub async fn hold(
        &self,
        id: OrderId,
        reason: String,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<Order, OrderError> {
        let mut validator = Validator::new();
        validator.required("reason", &reason);
        validator.paragraph("reason", &reason, 1_000);
        validator.finish().map_err(OrderError::Invalid)?;
        let entry =
            NewTimelineEntry::new(TimelineKind::Held, "The order was put on hold.").with(json!({ "reason": reason }));
        let held = |order: &mut Order| order.hold_reason = Some(reason);
        self.go(id, OrderStatus::OnHold, expected, entry.by(staff), held).await
    }

    /// Releases an order from hold.
    pub async fn release(
        &self,
        id: OrderId,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<Order, OrderError> {
        let entry = NewTimelineEntry::new(TimelineKind::Released, "The order was released from hold.");
        self.go(id, OrderStatus::Placed, expected, entry.by(staff), |order| order.hold_reason = None).await
    }

    /// Archives a completed or canceled order.
    pub async fn archive(
        &self,
        id: OrderId,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<Order, OrderError> {
        let entry = NewTimelineEntry::new(TimelineKind::Archived, "The order was archived.");
        let now = self.clock.now();
        self.go(id, OrderStatus::Archived, expected, entry.by(staff), |order| order.archived_at = Some(now)).await
    }

    async fn go(
        &self,
        id: OrderId,
        next: OrderStatus,
        expected: Option<i32>,
        entry: NewTimelineEntry,
        change: impl FnOnce(&mut Order) + Send,
    ) -> Result<Order, OrderError> {
        let tx = self.db.begin().await?;
        let mut order = repo::orders::lock(&tx, id).await?.ok_or(OrderError::NotFound)?;
        order.expect_version(expected)?;
        order.transition_to(next)?;
        change(&mut order);
        self.note_in(&tx, id, vec![entry]).await?;
        self.save_in(&tx, &mut order).await?;
        tx.commit().await?;
        Ok(order)
    }

    /// Completes a locked order whose units are all delivered or canceled and that has no amount due, in the caller's
    /// transaction.
    pub async fn complete_in(
        &self,
        conn: &Conn,
        order: &mut Order,
        lines: &[OrderLine],
        covered: Decimal,
        staff: Option<StaffId>,
    ) -> Result<(), OrderError> {
        if !order.status.can_transition_to(OrderStatus::Completed) {
            return Err(OrderError::Transition { from: order.status, to: OrderStatus::Completed });
        }
        done(order, lines, covered)?;
        order.status = OrderStatus::Completed;
        order.completed_at = Some(self.clock.now());
        let entry = NewTimelineEntry::new(TimelineKind::Completed, "The order was completed.").by(staff);
        self.note_in(conn, order.id, vec![entry]).await?;
        self.save_in(conn, order).await
    }

    /// Updates the email address and the addresses of an order. Addresses can only change until the first parcel is
    /// shipped.
    pub async fn update(
        &self,
        id: OrderId,
        command: UpdateOrder,
        expected: Option<i32>,
        staff: Option<StaffId>,
    ) -> Result<Order, OrderError> {
        let tx = self.db.begin().await?;
        let mut order = repo::orders::lock(&tx, id).await?.ok_or(OrderError::NotFound)?;
        order.expect_version(expected)?;
        order.expect_open()?;
        check_changes(&order, &command)?;
        let addresses = command.shipping_address.is_some() || command.billing_address.is_some();
        if addresses && self.has_shipped(&tx, id).await? {
            return Err(OrderError::Shipped);
        }
        let changed = apply(&mut order, command);
        if changed.is_empty() {
            return Ok(order);
        }
        let message = format!("Changed: {}.", changed.join(", "));
        let entry = NewTimelineEntry::new(TimelineKind::Updated, message).with(json!({ "changed": changed })).by(staff);
        self.note_in(&tx, id, vec![entry]).await?;
        self.save_in(&tx, &mut order).await?;
        tx.commit().await?;
        Ok(order)
    }

    async fn has_shipped(&self, conn: &Conn, id: OrderId) -> Result<bool, OrderError> {
        let found = self.fulfillments_of(conn, &[id]).await?;
        let left = |state| matches!(state, FulfillmentStatus::Shipped | FulfillmentStatus::Delivered);
        Ok(found.iter().any(|fulfillment| left(fulfillment.status)))
    }
}

/// Whether every unit of an order was delivered or canceled, and no amount is due.
pub fn is_done(order: &Order, lines: &[OrderLine], covered: Decimal) -> bool {
    done(order, lines, covered).is_ok()
}

fn done(order: &Order, lines: &[OrderLine], covered: Decimal) -> Result<(), OrderError> {
    let open = |line: &OrderLine| i64::from(line.quantity - line.canceled_quantity - line.delivered_quantity);
    let undelivered: i64 = lines.iter().map(open).sum();
    let due = order.due(lines, covered)?;
    if undelivered == 0 && due.amount.is_zero() { Ok(()) } else { Err(OrderError::NotDone { undelivered, due }) }
}

fn check_changes(order: &Order, command: &UpdateOrder) -> Result<(), OrderError> {
    let mut validator = Validator::new();
    if let Some(email) = &command.email {
        validator.email("input.email", &normalize_email(email));
    }
    if let Some(address) = &command.shipping_address {
        address.check(&mut validator, "input.shippingAddress");
        // The order's taxes depend on the country.
        let sold_to = order.shipping_address.as_ref().map(|address| address.country);
        if sold_to.is_some_and(|country| country != address.country) {
            let message = "The shipping address must stay in the country the order was sold to.";
            validator.add("input.shippingAddress.country", ErrorCode::CountryNotServed, message);
        }
    }
    if let Some(address) = &command.billing_address {
        address.check(&mut validator, "input.billingAddress");
    }
    validator.finish().map_err(OrderError::Invalid)
}

/// Applies the changes, and returns the names of the changed fields.
fn apply(order: &mut Order, command: UpdateOrder) -> Vec<&'static str> {
    let mut changed = Vec::new();
    if let Some(email) = command.email.as_deref().map(normalize_email).filter(|email| *email != order.email) {
        order.email = email;
        changed.push("email");
    }
    if command.shipping_address.is_some() && command.shipping_address != order.shipping_address {
        order.shipping_address = command.shipping_address;
        changed.push("shippingAddress");
    }
    if command.billing_address.is_some() && command.billing_address != order.billing_address {
        order.billing_address = command.billing_address;
        changed.push("billingAddress");
    }
    changed
}
