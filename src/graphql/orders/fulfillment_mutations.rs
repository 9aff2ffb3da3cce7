use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::fulfillments::{Fulfillment, Shipment};
use super::objects::Order;
use crate::domain::orders::{self, FulfillLine, Tracking};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Outcome, Refusal, Result, UserError};
use crate::kernel::ids::{FulfillmentId, LocationId, OrderId, ShipmentId};
use crate::workflows::orders::Fulfill;

/// An order and one of its fulfillments, after the change.
type WithFulfillment = (orders::Order, orders::Fulfillment);
/// An order and one of its fulfillments with its parcels, after the change.
type Sent = (orders::Order, orders::Fulfillment, Vec<orders::Shipment>);
/// An order and one of its parcels, after the change.
type Tracked = (orders::Order, orders::Shipment);

/// Declares a payload with an order and a fulfillment.
macro_rules! fulfillment_payload {
    ($payload:ident, $about:literal, $fulfillment:literal) => {
        object! {
            #[doc = $about]
            pub $payload for Outcome<WithFulfillment> {
                /// The updated order.
                order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
                #[doc = $fulfillment]
                fulfillment: embed(Fulfillment, |outcome| outcome.done().map(|(_, fulfillment)| fulfillment.clone()));
                /// Why the mutation was refused; empty when it succeeded.
                user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
            }
        }
    };
}

fulfillment_payload!(FulfillmentCreatePayload, "The result of `fulfillmentCreate`.", "The new fulfillment.");
fulfillment_payload!(FulfillmentApprovePayload, "The result of `fulfillmentApprove`.", "The updated fulfillment.");
fulfillment_payload!(FulfillmentCancelPayload, "The result of `fulfillmentCancel`.", "The updated fulfillment.");
fulfillment_payload!(
    FulfillmentDeliveredPayload,
    "The result of `fulfillmentMarkDelivered`.",
    "The updated fulfillment."
);

object! {
    /// The result of `shipmentCreate`.
    pub ShipmentCreatePayload for Outcome<Sent> {
        /// The updated order.
        order: embed(Order, |outcome| outcome.done().map(|(order, ..)| order.clone()));
        /// The updated fulfillment.
        fulfillment: embed(Fulfillment, |outcome| outcome.done().map(|(_, fulfillment, _)| fulfillment.clone()));
        /// The parcels of the fulfillment.
        shipments: embed(Shipment, |outcome| outcome.done().map(|(.., parcels)| parcels.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `shipmentUpdate`.
    pub ShipmentUpdatePayload for Outcome<Tracked> {
        /// The updated order.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The updated parcel.
        shipment: embed(Shipment, |outcome| outcome.done().map(|(_, parcel)| parcel.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

#[mutations(staff = ORDERS)]
impl FulfillmentMutation {
    /// Creates a fulfillment from units of an order, which leave the shelf. It is then PACKED; with `tracking`, which
    /// describes its parcel, it is SHIPPED; with `awaitApproval` it is AWAITING_APPROVAL.
    /// Codes: NOT_FOUND, INVALID, INVALID_QUANTITY for more units than are left, INVALID_STATE for canceled units and
    /// for an order that is not PLACED, INSUFFICIENT_STOCK if the shelf has too few units.
    #[returns(FulfillmentCreatePayload)]
    async fn fulfillment_create(
        ctx: &Context<'_>,
        /// The id of the order.
        order_id: OrderId,
        /// The units to fulfill; if omitted, all units that are left.
        #[default]
        lines: Vec<FulfillLine>,
        /// The id of the stock location to take the units from; if omitted, the locations where they are reserved.
        location_id: Option<LocationId>,
        /// The tracking information of its parcel, if it is shipped immediately.
        tracking: Option<Tracking>,
        /// Whether staff must approve the fulfillment before it can be shipped.
        #[default(false)]
        await_approval: bool,
    ) -> Result<WithFulfillment, Refusal> {
        let staff = ctx.staff_id()?;
        let command = Fulfill { order_id, lines, location_id, tracking, await_approval };
        Ok(ctx.writer().order_workflows.fulfill(command, Some(staff)).await?)
    }

    /// Approves a fulfillment: its status changes from AWAITING_APPROVAL to PACKED. Codes: NOT_FOUND, INVALID_STATE.
    #[returns(FulfillmentApprovePayload)]
    async fn fulfillment_approve(
        ctx: &Context<'_>,
        /// The id of the fulfillment.
        id: FulfillmentId,
    ) -> Result<WithFulfillment, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().orders.approve(id, Some(staff)).await?)
    }

    /// Cancels a fulfillment before it is shipped: its units return to the shelf and are reserved for the order again.
    /// Codes: NOT_FOUND, INVALID_STATE.
    #[returns(FulfillmentCancelPayload)]
    async fn fulfillment_cancel(
        ctx: &Context<'_>,
        /// The id of the fulfillment.
        id: FulfillmentId,
    ) -> Result<WithFulfillment, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().order_workflows.unfulfill(id, Some(staff)).await?)
    }

    /// Marks a fulfillment as delivered: its status changes from SHIPPED to DELIVERED. When the whole order has been
    /// delivered and no amount is due, the order is COMPLETED.
    /// Codes: NOT_FOUND, INVALID_STATE.
    #[returns(FulfillmentDeliveredPayload)]
    async fn fulfillment_mark_delivered(
        ctx: &Context<'_>,
        /// The id of the fulfillment.
        id: FulfillmentId,
    ) -> Result<WithFulfillment, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().order_workflows.deliver(id, Some(staff)).await?)
    }

    /// Ships a fulfillment: it is handed to the carrier, and its status changes from PACKED to SHIPPED.
    /// Codes: NOT_FOUND, INVALID, TOO_LONG, INVALID_TEXT, INVALID_STATE.
    #[returns(ShipmentCreatePayload)]
    async fn shipment_create(
        ctx: &Context<'_>,
        /// The id of the fulfillment.
        fulfillment_id: FulfillmentId,
        /// The tracking information of each parcel: at most 100. If omitted, it is one parcel without tracking.
        #[default]
        tracking: Vec<Tracking>,
    ) -> Result<Sent, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().orders.ship(fulfillment_id, tracking, Some(staff)).await?)
    }

    /// Updates the tracking information of a parcel. Codes: NOT_FOUND, INVALID, TOO_LONG, INVALID_TEXT.
    #[returns(ShipmentUpdatePayload)]
    async fn shipment_update(
        ctx: &Context<'_>,
        /// The id of the parcel.
        id: ShipmentId,
        /// The new tracking information.
        tracking: Tracking,
    ) -> Result<Tracked, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().orders.track(id, tracking, Some(staff)).await?)
    }
}
