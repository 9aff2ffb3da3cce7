use async_graphql::{Context, Object};

use super::inputs::OrderCancelLineInput;
use super::objects::Order;
use super::timeline::TimelineEntry;
use crate::domain::orders::{CancelOrder, OrderChanges};
use crate::graphql::account::AddressInput;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::ids::OrderId;

payloads! {
    OrderCancelPayload {
        /// The order after the change.
        order: Order
    }
    OrderHoldPayload {
        /// The order after the change.
        order: Order
    }
    OrderReleasePayload {
        /// The order after the change.
        order: Order
    }
    OrderCompletePayload {
        /// The order after the change.
        order: Order
    }
    OrderArchivePayload {
        /// The order after the change.
        order: Order
    }
    OrderUpdatePayload {
        /// The order after the change.
        order: Order
    }
    OrderNoteAddPayload {
        /// The order.
        order: Order,
        /// The note.
        entry: TimelineEntry,
    }
}

#[derive(Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Cancels an order of which nothing was sent: its units can be sold again, what is held is let go, what was taken is
    /// given back, and so are its uses of promotions. With `lines`: only these units, which were not sent; what was paid
    /// for them is given back as far as it is above what is still to be paid, and with the last unit the order is
    /// cancelled. Without `restock` the units are written off: they leave the shelf and cannot be sold. Without `refund`
    /// nothing that was taken is given back. With `expectedVersion`, only if that is still the order's version.
    /// Codes: NOT_FOUND, INVALID_STATE, INVALID_QUANTITY, STALE_VERSION, INSUFFICIENT_STOCK to write off what is not on
    /// the shelf; PAYMENT_DECLINED when it was cancelled and a provider did not give the money back: see the refunds of the
    /// order.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    #[expect(clippy::too_many_arguments, reason = "one argument for each decision")]
    async fn order_cancel(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        #[graphql(default)] lines: Vec<OrderCancelLineInput>,
        #[graphql(default = true)] restock: bool,
        #[graphql(default = true)] refund: bool,
        reason: Option<String>,
        expected_version: Option<i32>,
    ) -> Result<OrderCancelPayload> {
        let staff = ctx.staff_id()?;
        let lines = lines.into_iter().map(Into::into).collect();
        let cancel = CancelOrder { lines, restock, refund, reason };
        let outcome = Box::pin(ctx.for_write().order_handling.cancel(id, &cancel, expected_version, Some(staff))).await;
        OrderCancelPayload::of(outcome, |row| OrderCancelPayload { order: Some(Order(row)), ..Default::default() })
    }

    /// Holds an order back: until it is released nothing is sent and no money is taken. `reason` is for staff: at most
    /// 1,000 characters. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_STATE, STALE_VERSION.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn order_hold(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        reason: String,
        expected_version: Option<i32>,
    ) -> Result<OrderHoldPayload> {
        let staff = ctx.staff_id()?;
        let outcome = Box::pin(ctx.for_write().orders.hold(id, reason, expected_version, Some(staff))).await;
        OrderHoldPayload::of(outcome, |row| OrderHoldPayload { order: Some(Order(row)), ..Default::default() })
    }

    /// Ends a hold. Codes: NOT_FOUND, INVALID_STATE, STALE_VERSION.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn order_release(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        expected_version: Option<i32>,
    ) -> Result<OrderReleasePayload> {
        let staff = ctx.staff_id()?;
        let outcome = Box::pin(ctx.for_write().orders.release(id, expected_version, Some(staff))).await;
        OrderReleasePayload::of(outcome, |row| OrderReleasePayload { order: Some(Order(row)), ..Default::default() })
    }

    /// Completes an order of which every unit was delivered or cancelled and nothing is due. The last delivery does it by
    /// itself when all is paid. Codes: NOT_FOUND, STALE_VERSION, INVALID_STATE with what is missing.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn order_complete(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        expected_version: Option<i32>,
    ) -> Result<OrderCompletePayload> {
        let staff = ctx.staff_id()?;
        let outcome = Box::pin(ctx.for_write().order_handling.complete(id, expected_version, Some(staff))).await;
        OrderCompletePayload::of(outcome, |row| OrderCompletePayload { order: Some(Order(row)), ..Default::default() })
    }

    /// Puts a completed or cancelled order away. Codes: NOT_FOUND, INVALID_STATE, STALE_VERSION.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn order_archive(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        expected_version: Option<i32>,
    ) -> Result<OrderArchivePayload> {
        let staff = ctx.staff_id()?;
        let outcome = Box::pin(ctx.for_write().orders.archive(id, expected_version, Some(staff))).await;
        OrderArchivePayload::of(outcome, |row| OrderArchivePayload { order: Some(Order(row)), ..Default::default() })
    }

    /// Changes where an order's news, parcels and bills go; what is left out stays. Addresses change only while no parcel
    /// has left, and parcels stay in the country that the order was sold to. Codes: NOT_FOUND, INVALID_EMAIL, REQUIRED,
    /// TOO_LONG, INVALID_TEXT, COUNTRY_NOT_SERVED, INVALID_STATE, STALE_VERSION.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn order_update(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        email: Option<String>,
        shipping_address: Option<AddressInput>,
        billing_address: Option<AddressInput>,
        expected_version: Option<i32>,
    ) -> Result<OrderUpdatePayload> {
        let staff = ctx.staff_id()?;
        let (shipping_address, billing_address) = (shipping_address.map(Into::into), billing_address.map(Into::into));
        let changes = OrderChanges { email, shipping_address, billing_address };
        let outcome = Box::pin(ctx.for_write().orders.update(id, changes, expected_version, Some(staff))).await;
        OrderUpdatePayload::of(outcome, |row| OrderUpdatePayload { order: Some(Order(row)), ..Default::default() })
    }

    /// Writes a note into an order's timeline: at most 5,000 characters. The shopper sees it only with
    /// `visibleToCustomer`. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn order_note_add(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        text: String,
        #[graphql(default = false)] visible_to_customer: bool,
    ) -> Result<OrderNoteAddPayload> {
        let staff = ctx.staff_id()?;
        let outcome = Box::pin(ctx.for_write().orders.add_note(id, text, visible_to_customer, Some(staff))).await;
        OrderNoteAddPayload::of(outcome, |(order, entry)| OrderNoteAddPayload {
            order: Some(Order(order)),
            entry: Some(TimelineEntry(entry)),
            ..Default::default()
        })
    }
}
