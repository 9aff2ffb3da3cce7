use async_graphql::{Context, InputObject, Object};

use super::objects::{Fulfillment, Order, Payment};
use crate::domain::orders::{FulfillLine, Tracking};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::graphql::scalars::Decimal;
use crate::kernel::actor::Permission;
use crate::kernel::ids::{OrderId, OrderLineId, PaymentId};

/// Units of a line to send.
#[derive(InputObject)]
pub struct FulfillmentLineInput {
    /// Which line.
    line_id: OrderLineId,
    /// How many, from 1.
    quantity: i32,
}

/// How a parcel can be followed.
#[derive(InputObject)]
pub struct TrackingInput {
    /// The carrier's number: at most 200 characters.
    #[graphql(default)]
    number: String,
    /// Where its way can be followed.
    #[graphql(default)]
    url: String,
}

payloads! {
    FulfillmentCreatePayload {
        /// The order after the change.
        order: Order,
        /// The parcel.
        fulfillment: Fulfillment,
    }
    PaymentCapturePayload {
        /// The order after the change.
        order: Order,
        /// The payment after the change.
        payment: Payment,
    }
    OrderCancelPayload {
        /// The order after the change.
        order: Order
    }
}

#[derive(Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Sends units of an order, or all that is left when no lines are named. They leave the shelf.
    /// Codes: NOT_FOUND, INVALID_QUANTITY, INVALID_STATE, INSUFFICIENT_STOCK when the shelf has fewer.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn fulfillment_create(
        &self,
        ctx: &Context<'_>,
        order_id: OrderId,
        #[graphql(default)] lines: Vec<FulfillmentLineInput>,
        tracking: Option<TrackingInput>,
    ) -> Result<FulfillmentCreatePayload> {
        let part = |line: FulfillmentLineInput| FulfillLine { line_id: line.line_id, quantity: line.quantity };
        let lines: Vec<_> = lines.into_iter().map(part).collect();
        let tracking = tracking.map(|given| Tracking { number: given.number, url: given.url }).unwrap_or_default();
        let outcome = ctx.for_write().order_handling.fulfill(order_id, &lines, tracking).await;
        FulfillmentCreatePayload::of(outcome, |(order, fulfillment)| FulfillmentCreatePayload {
            order: Some(Order(order)),
            fulfillment: Some(Fulfillment(fulfillment)),
            ..Default::default()
        })
    }

    /// Takes a part of a payment that is held, or all that can still be taken.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, PAYMENT_DECLINED.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn payment_capture(
        &self,
        ctx: &Context<'_>,
        id: PaymentId,
        amount: Option<Decimal>,
    ) -> Result<PaymentCapturePayload> {
        let outcome = ctx.for_write().order_handling.capture(id, amount.map(|amount| amount.0)).await;
        PaymentCapturePayload::of(outcome, |(order, payment)| PaymentCapturePayload {
            order: Some(Order(order)),
            payment: Some(payment.into()),
            ..Default::default()
        })
    }

    /// Cancels an order of which nothing was sent: its units can be sold again, what is held is let go, and what was
    /// taken is given back. Codes: NOT_FOUND, INVALID_STATE.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn order_cancel(&self, ctx: &Context<'_>, id: OrderId, reason: Option<String>) -> Result<OrderCancelPayload> {
        let outcome = ctx.for_write().order_handling.cancel(id, reason).await;
        OrderCancelPayload::of(outcome, |row| OrderCancelPayload { order: Some(Order(row)), ..Default::default() })
    }
}
