use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::inputs::OrderCancelLineInput;
use super::objects::Order;
use super::timeline::TimelineEntry;
use crate::domain::orders::{self, CancelOrder, OrderChanges};
use crate::graphql::account::AddressInput;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Outcome, Refusal, Result, UserError};
use crate::kernel::ids::OrderId;

/// An order and a note that was written into its timeline.
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
    /// Cancels an order of which nothing was sent: its units can be sold again, what is held is let go, what was taken is
    /// given back, and so are its uses of promotions. With `lines`: only these units, which were not sent; what was paid
    /// for them is given back as far as it is above what is still to be paid, and with the last unit the order is
    /// cancelled. Without `restock` the units are written off: they leave the shelf and cannot be sold. Without `refund`
    /// nothing that was taken is given back. With `expectedVersion`, only if that is still the order's version.
    /// Codes: NOT_FOUND, INVALID_STATE, INVALID_QUANTITY, STALE_VERSION, INSUFFICIENT_STOCK to write off what is not on
    /// the shelf; PAYMENT_DECLINED when it was cancelled and a provider did not give the money back: see the refunds of the
    /// order.
    #[returns(order: Order, "The order after the change.")]
    async fn order_cancel(
        ctx: &Context<'_>,
        id: OrderId,
        #[default] lines: Vec<OrderCancelLineInput>,
        #[default(true)] restock: bool,
        #[default(true)] refund: bool,
        reason: Option<String>,
        expected_version: Option<i32>,
    ) -> Done<Order> {
        let staff = ctx.staff_id()?;
        let lines = lines.into_iter().map(Into::into).collect();
        let cancel = CancelOrder { lines, restock, refund, reason };
        Ok(ctx.for_write().order_handling.cancel(id, &cancel, expected_version, Some(staff)).await?)
    }

    /// Holds an order back: until it is released nothing is sent and no money is taken. `reason` is for staff: at most
    /// 1,000 characters. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_STATE, STALE_VERSION.
    #[returns(order: Order, "The order after the change.")]
    async fn order_hold(ctx: &Context<'_>, id: OrderId, reason: String, expected_version: Option<i32>) -> Done<Order> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().orders.hold(id, reason, expected_version, Some(staff)).await?)
    }

    /// Ends a hold. Codes: NOT_FOUND, INVALID_STATE, STALE_VERSION.
    #[returns(order: Order, "The order after the change.")]
    async fn order_release(ctx: &Context<'_>, id: OrderId, expected_version: Option<i32>) -> Done<Order> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().orders.release(id, expected_version, Some(staff)).await?)
    }

    /// Completes an order of which every unit was delivered or cancelled and nothing is due. The last delivery does it by
    /// itself when all is paid. Codes: NOT_FOUND, STALE_VERSION, INVALID_STATE with what is missing.
    #[returns(order: Order, "The order after the change.")]
    async fn order_complete(ctx: &Context<'_>, id: OrderId, expected_version: Option<i32>) -> Done<Order> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().order_handling.complete(id, expected_version, Some(staff)).await?)
    }

    /// Puts a completed or cancelled order away. Codes: NOT_FOUND, INVALID_STATE, STALE_VERSION.
    #[returns(order: Order, "The order after the change.")]
    async fn order_archive(ctx: &Context<'_>, id: OrderId, expected_version: Option<i32>) -> Done<Order> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().orders.archive(id, expected_version, Some(staff)).await?)
    }

    /// Changes where an order's news, parcels and bills go; what is left out stays. Addresses change only while no parcel
    /// has left, and parcels stay in the country that the order was sold to. Codes: NOT_FOUND, INVALID_EMAIL, REQUIRED,
    /// TOO_LONG, INVALID_TEXT, COUNTRY_NOT_SERVED, INVALID_STATE, STALE_VERSION.
    #[returns(order: Order, "The order after the change.")]
    async fn order_update(
        ctx: &Context<'_>,
        id: OrderId,
        email: Option<String>,
        shipping_address: Option<AddressInput>,
        billing_address: Option<AddressInput>,
        expected_version: Option<i32>,
    ) -> Done<Order> {
        let staff = ctx.staff_id()?;
        let (shipping_address, billing_address) = (shipping_address.map(Into::into), billing_address.map(Into::into));
        let changes = OrderChanges { email, shipping_address, billing_address };
        Ok(ctx.for_write().orders.update(id, changes, expected_version, Some(staff)).await?)
    }

    /// Writes a note into an order's timeline: at most 5,000 characters. The shopper sees it only with
    /// `visibleToCustomer`. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT.
    #[returns(OrderNoteAddPayload)]
    async fn order_note_add(
        ctx: &Context<'_>,
        id: OrderId,
        text: String,
        #[default(false)] visible_to_customer: bool,
    ) -> Result<Noted, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().orders.add_note(id, text, visible_to_customer, Some(staff)).await?)
    }
}
