use async_graphql::{Context, Object};

use super::fulfillments::{Fulfillment, Shipment};
use super::inputs::{FulfillmentLineInput, TrackingInput};
use super::objects::Order;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{FulfillmentId, LocationId, OrderId, ShipmentId};
use crate::workflows::orders::Fulfill;

payloads! {
    FulfillmentCreatePayload {
        /// The order after the change.
        order: Order,
        /// The fulfillment.
        fulfillment: Fulfillment,
    }
    FulfillmentApprovePayload {
        /// The order after the change.
        order: Order,
        /// The fulfillment after the change.
        fulfillment: Fulfillment,
    }
    FulfillmentCancelPayload {
        /// The order after the change.
        order: Order,
        /// The fulfillment after the change.
        fulfillment: Fulfillment,
    }
    FulfillmentDeliveredPayload {
        /// The order after the change.
        order: Order,
        /// The fulfillment after the change.
        fulfillment: Fulfillment,
    }
    ShipmentCreatePayload {
        /// The order after the change.
        order: Order,
        /// The fulfillment after the change.
        fulfillment: Fulfillment,
        /// Its parcels.
        shipments: Vec<Shipment>,
    }
    ShipmentUpdatePayload {
        /// The order after the change.
        order: Order,
        /// The parcel after the change.
        shipment: Shipment,
    }
}

#[derive(Default)]
pub struct FulfillmentMutation;

#[Object]
impl FulfillmentMutation {
    /// Takes units of an order from the shelf to send them, or all that is left when no lines are named: from a location,
    /// or from where they are promised. It is then PACKED; SHIPPED with `tracking`, which is its parcel;
    /// AWAITING_APPROVAL with `awaitApproval`. Codes: NOT_FOUND, INVALID, INVALID_QUANTITY for more than is left,
    /// INVALID_STATE for what was cancelled and for an order that is not PLACED, INSUFFICIENT_STOCK when the shelf has
    /// fewer.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn fulfillment_create(
        &self,
        ctx: &Context<'_>,
        order_id: OrderId,
        #[graphql(default)] lines: Vec<FulfillmentLineInput>,
        location_id: Option<LocationId>,
        tracking: Option<TrackingInput>,
        #[graphql(default = false)] await_approval: bool,
    ) -> Result<FulfillmentCreatePayload> {
        let staff = ctx.staff_id()?;
        let (lines, tracking) = (lines.into_iter().map(Into::into).collect(), tracking.map(Into::into));
        let command = Fulfill { order_id, lines, location_id, tracking, await_approval };
        let outcome = Box::pin(ctx.for_write().order_handling.fulfill(command, Some(staff))).await;
        FulfillmentCreatePayload::of(outcome, |(order, fulfillment)| FulfillmentCreatePayload {
            order: Some(Order(order)),
            fulfillment: Some(Fulfillment(fulfillment)),
            ..Default::default()
        })
    }

    /// Approves that a fulfillment is sent: AWAITING_APPROVAL to PACKED. Codes: NOT_FOUND, INVALID_STATE.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn fulfillment_approve(&self, ctx: &Context<'_>, id: FulfillmentId) -> Result<FulfillmentApprovePayload> {
        let staff = ctx.staff_id()?;
        let outcome = Box::pin(ctx.for_write().orders.approve(id, Some(staff))).await;
        FulfillmentApprovePayload::of(outcome, |(order, fulfillment)| FulfillmentApprovePayload {
            order: Some(Order(order)),
            fulfillment: Some(Fulfillment(fulfillment)),
            ..Default::default()
        })
    }

    /// Cancels a fulfillment before it is sent: its units are back on the shelf, and promised to the order again.
    /// Codes: NOT_FOUND, INVALID_STATE.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn fulfillment_cancel(&self, ctx: &Context<'_>, id: FulfillmentId) -> Result<FulfillmentCancelPayload> {
        let staff = ctx.staff_id()?;
        let outcome = Box::pin(ctx.for_write().order_handling.unfulfill(id, Some(staff))).await;
        FulfillmentCancelPayload::of(outcome, |(order, fulfillment)| FulfillmentCancelPayload {
            order: Some(Order(order)),
            fulfillment: Some(Fulfillment(fulfillment)),
            ..Default::default()
        })
    }

    /// Writes down that a fulfillment has arrived: SHIPPED to DELIVERED. When all of the order has, and nothing is due,
    /// the order is COMPLETED. Codes: NOT_FOUND, INVALID_STATE.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn fulfillment_delivered(&self, ctx: &Context<'_>, id: FulfillmentId) -> Result<FulfillmentDeliveredPayload> {
        let staff = ctx.staff_id()?;
        let outcome = Box::pin(ctx.for_write().order_handling.deliver(id, Some(staff))).await;
        FulfillmentDeliveredPayload::of(outcome, |(order, fulfillment)| FulfillmentDeliveredPayload {
            order: Some(Order(order)),
            fulfillment: Some(Fulfillment(fulfillment)),
            ..Default::default()
        })
    }

    /// Hands a fulfillment to the carrier: PACKED to SHIPPED. `tracking` has one entry for each parcel, at most 100; without
    /// any it is one parcel that cannot be followed. Codes: NOT_FOUND, INVALID, TOO_LONG, INVALID_TEXT, INVALID_STATE.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn shipment_create(
        &self,
        ctx: &Context<'_>,
        fulfillment_id: FulfillmentId,
        #[graphql(default)] tracking: Vec<TrackingInput>,
    ) -> Result<ShipmentCreatePayload> {
        let staff = ctx.staff_id()?;
        let tracking = tracking.into_iter().map(Into::into).collect();
        let outcome = Box::pin(ctx.for_write().orders.ship(fulfillment_id, tracking, Some(staff))).await;
        ShipmentCreatePayload::of(outcome, |(order, fulfillment, parcels)| ShipmentCreatePayload {
            order: Some(Order(order)),
            fulfillment: Some(Fulfillment(fulfillment)),
            shipments: Some(parcels.into_iter().map(Shipment::from).collect()),
            ..Default::default()
        })
    }

    /// Changes how a parcel can be followed. Codes: NOT_FOUND, INVALID, TOO_LONG, INVALID_TEXT.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn shipment_update(
        &self,
        ctx: &Context<'_>,
        id: ShipmentId,
        tracking: TrackingInput,
    ) -> Result<ShipmentUpdatePayload> {
        let staff = ctx.staff_id()?;
        let outcome = Box::pin(ctx.for_write().orders.track(id, tracking.into(), Some(staff))).await;
        ShipmentUpdatePayload::of(outcome, |(order, parcel)| ShipmentUpdatePayload {
            order: Some(Order(order)),
            shipment: Some(parcel.into()),
            ..Default::default()
        })
    }
}
