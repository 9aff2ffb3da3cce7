use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::fulfillments::{Fulfillment, Shipment};
use super::inputs::{FulfillmentLineInput, TrackingInput};
use super::objects::Order;
use crate::domain::orders;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Outcome, Refusal, Result, UserError};
use crate::kernel::ids::{FulfillmentId, LocationId, OrderId, ShipmentId};
use crate::workflows::orders::Fulfill;

/// An order and a fulfillment of it, after the change.
type Handled = (orders::Order, orders::Fulfillment);
/// The same with the fulfillment's parcels.
type Sent = (orders::Order, orders::Fulfillment, Vec<orders::Shipment>);
/// An order and a parcel of it, after the change.
type Tracked = (orders::Order, orders::Shipment);

/// Declares a payload with an order and a fulfillment.
macro_rules! handled {
    ($payload:ident, $about:literal, $fulfillment:literal) => {
        object! {
            #[doc = $about]
            pub $payload for Outcome<Handled> {
                /// The order after the change.
                order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
                #[doc = $fulfillment]
                fulfillment: embed(Fulfillment, |outcome| outcome.done().map(|(_, fulfillment)| fulfillment.clone()));
                /// Why the mutation was refused; empty when it succeeded.
                user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
            }
        }
    };
}

handled!(FulfillmentCreatePayload, "The result of `fulfillmentCreate`.", "The fulfillment.");
handled!(FulfillmentApprovePayload, "The result of `fulfillmentApprove`.", "The fulfillment after the change.");
handled!(FulfillmentCancelPayload, "The result of `fulfillmentCancel`.", "The fulfillment after the change.");
handled!(FulfillmentDeliveredPayload, "The result of `fulfillmentDelivered`.", "The fulfillment after the change.");

object! {
    /// The result of `shipmentCreate`.
    pub ShipmentCreatePayload for Outcome<Sent> {
        /// The order after the change.
        order: embed(Order, |outcome| outcome.done().map(|(order, ..)| order.clone()));
        /// The fulfillment after the change.
        fulfillment: embed(Fulfillment, |outcome| outcome.done().map(|(_, fulfillment, _)| fulfillment.clone()));
        /// Its parcels.
        shipments: embed(Shipment, |outcome| outcome.done().map(|(.., parcels)| parcels.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `shipmentUpdate`.
    pub ShipmentUpdatePayload for Outcome<Tracked> {
        /// The order after the change.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The parcel after the change.
        shipment: embed(Shipment, |outcome| outcome.done().map(|(_, parcel)| parcel.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

#[mutations(staff = ORDERS)]
impl FulfillmentMutation {
    /// Takes units of an order from the shelf to send them, or all that is left when no lines are named: from a location,
    /// or from where they are promised. It is then PACKED; SHIPPED with `tracking`, which is its parcel;
    /// AWAITING_APPROVAL with `awaitApproval`. Codes: NOT_FOUND, INVALID, INVALID_QUANTITY for more than is left,
    /// INVALID_STATE for what was cancelled and for an order that is not PLACED, INSUFFICIENT_STOCK when the shelf has
    /// fewer.
    #[returns(FulfillmentCreatePayload)]
    async fn fulfillment_create(
        ctx: &Context<'_>,
        order_id: OrderId,
        #[default] lines: Vec<FulfillmentLineInput>,
        location_id: Option<LocationId>,
        tracking: Option<TrackingInput>,
        #[default(false)] await_approval: bool,
    ) -> Result<Handled, Refusal> {
        let staff = ctx.staff_id()?;
        let (lines, tracking) = (lines.into_iter().map(Into::into).collect(), tracking.map(Into::into));
        let command = Fulfill { order_id, lines, location_id, tracking, await_approval };
        Ok(ctx.for_write().order_handling.fulfill(command, Some(staff)).await?)
    }

    /// Approves that a fulfillment is sent: AWAITING_APPROVAL to PACKED. Codes: NOT_FOUND, INVALID_STATE.
    #[returns(FulfillmentApprovePayload)]
    async fn fulfillment_approve(ctx: &Context<'_>, id: FulfillmentId) -> Result<Handled, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().orders.approve(id, Some(staff)).await?)
    }

    /// Cancels a fulfillment before it is sent: its units are back on the shelf, and promised to the order again.
    /// Codes: NOT_FOUND, INVALID_STATE.
    #[returns(FulfillmentCancelPayload)]
    async fn fulfillment_cancel(ctx: &Context<'_>, id: FulfillmentId) -> Result<Handled, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().order_handling.unfulfill(id, Some(staff)).await?)
    }

    /// Writes down that a fulfillment has arrived: SHIPPED to DELIVERED. When all of the order has, and nothing is due,
    /// the order is COMPLETED. Codes: NOT_FOUND, INVALID_STATE.
    #[returns(FulfillmentDeliveredPayload)]
    async fn fulfillment_delivered(ctx: &Context<'_>, id: FulfillmentId) -> Result<Handled, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().order_handling.deliver(id, Some(staff)).await?)
    }

    /// Hands a fulfillment to the carrier: PACKED to SHIPPED. `tracking` has one entry for each parcel, at most 100; without
    /// any it is one parcel that cannot be followed. Codes: NOT_FOUND, INVALID, TOO_LONG, INVALID_TEXT, INVALID_STATE.
    #[returns(ShipmentCreatePayload)]
    async fn shipment_create(
        ctx: &Context<'_>,
        fulfillment_id: FulfillmentId,
        #[default] tracking: Vec<TrackingInput>,
    ) -> Result<Sent, Refusal> {
        let staff = ctx.staff_id()?;
        let tracking = tracking.into_iter().map(Into::into).collect();
        Ok(ctx.for_write().orders.ship(fulfillment_id, tracking, Some(staff)).await?)
    }

    /// Changes how a parcel can be followed. Codes: NOT_FOUND, INVALID, TOO_LONG, INVALID_TEXT.
    #[returns(ShipmentUpdatePayload)]
    async fn shipment_update(ctx: &Context<'_>, id: ShipmentId, tracking: TrackingInput) -> Result<Tracked, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().orders.track(id, tracking.into(), Some(staff)).await?)
    }
}
