use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::objects::Order;
use super::timeline::TimelineEntry;
use crate::domain::orders::{self, CancelLine, CancelOrder, UpdateOrder};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Outcome, Refusal, Result, UserError};
use crate::kernel::ids::OrderId;

/// An order and a note added to its timeline.
type Noted = (orders::Order, orders::TimelineEntry);

object! {
    /// The result of `orderNoteAdd`.
    pub OrderNoteAddPayload for Outcome<Noted> {
        /// The order.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The note.
        entry: embed(TimelineEntry, |outcome| outcome.done().map(|(_, entry)| entry.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

#[mutations(staff = ORDERS)]
impl OrderMutation {
    /// Cancels an order of which nothing has been shipped: its units can be sold again, authorized amounts are voided,
    /// captured amounts are refunded, and its uses of promotions are restored. With `lines`, only those units are
    /// canceled, none of which may have been shipped: what was paid for them is refunded as far as it exceeds the
    /// amount still due, and canceling the last unit cancels the order.
    /// Codes: NOT_FOUND, INVALID_STATE, INVALID_QUANTITY, STALE_VERSION, INSUFFICIENT_STOCK if units to write off are
    /// not on the shelf, and PAYMENT_DECLINED if the order was canceled but a provider refused the refund: see the
    /// refunds of the order.
    #[returns(order: Order, "The updated order.")]
    async fn order_cancel(
        ctx: &Context<'_>,
        /// The id of the order.
        id: OrderId,
        /// The units to cancel; if omitted, the whole order.
        #[default]
        lines: Vec<CancelLine>,
        /// Whether the units can be sold again. Otherwise they are written off: they leave the shelf and cannot be
        /// sold.
        #[default(true)]
        restock: bool,
        /// Whether to refund captured amounts.
        #[default(true)]
        refund: bool,
        /// The reason for the cancellation, for staff.
        reason: Option<String>,
        /// The current version of the order; the cancellation is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Order> {
        let staff = ctx.staff_id()?;
        let cancel = CancelOrder { lines, restock, refund, reason };
        Ok(ctx.writer().order_workflows.cancel(id, &cancel, expected_version, Some(staff)).await?)
    }

    /// Puts an order on hold: until it is released, nothing is shipped and no payment is captured.
    /// Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_STATE, STALE_VERSION.
    #[returns(order: Order, "The updated order.")]
    async fn order_hold(
        ctx: &Context<'_>,
        /// The id of the order.
        id: OrderId,
        /// The reason for the hold, for staff: at most 1,000 characters.
        reason: String,
        /// The current version of the order; the hold is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Order> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().orders.hold(id, reason, expected_version, Some(staff)).await?)
    }

    /// Releases an order from hold. Codes: NOT_FOUND, INVALID_STATE, STALE_VERSION.
    #[returns(order: Order, "The updated order.")]
    async fn order_release(
        ctx: &Context<'_>,
        /// The id of the order.
        id: OrderId,
        /// The current version of the order; the release is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Order> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().orders.release(id, expected_version, Some(staff)).await?)
    }

    /// Completes an order whose units have all been delivered or canceled and that has no amount due. The last delivery
    /// does this automatically if the order is fully paid.
    /// Codes: NOT_FOUND, STALE_VERSION, INVALID_STATE with what is missing.
    #[returns(order: Order, "The updated order.")]
    async fn order_complete(
        ctx: &Context<'_>,
        /// The id of the order.
        id: OrderId,
        /// The current version of the order; the completion is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Order> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().order_workflows.complete(id, expected_version, Some(staff)).await?)
    }

    /// Archives a completed or canceled order. Codes: NOT_FOUND, INVALID_STATE, STALE_VERSION.
    #[returns(order: Order, "The updated order.")]
    async fn order_archive(
        ctx: &Context<'_>,
        /// The id of the order.
        id: OrderId,
        /// The current version of the order; archiving is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Order> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().orders.archive(id, expected_version, Some(staff)).await?)
    }

    /// Updates the email address and the addresses of an order. Addresses can be changed only until the first parcel
    /// is shipped, and the shipping address must stay in the country the order was sold to.
    /// Codes: NOT_FOUND, INVALID_EMAIL, REQUIRED, TOO_LONG, INVALID_TEXT, COUNTRY_NOT_SERVED, INVALID_STATE,
    /// STALE_VERSION.
    #[returns(order: Order, "The updated order.")]
    async fn order_update(
        ctx: &Context<'_>,
        /// The id of the order.
        id: OrderId,
        /// The changes.
        input: UpdateOrder,
        /// The current version of the order; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Order> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().orders.update(id, input, expected_version, Some(staff)).await?)
    }

    /// Adds a note to the timeline of an order. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT.
    #[returns(OrderNoteAddPayload)]
    async fn order_note_add(
        ctx: &Context<'_>,
        /// The id of the order.
        id: OrderId,
        /// The text of the note: at most 5,000 characters.
        text: String,
        /// Whether the shopper sees the note.
        #[default(false)]
        visible_to_customer: bool,
    ) -> Result<Noted, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().orders.add_note(id, text, visible_to_customer, Some(staff)).await?)
    }
}
