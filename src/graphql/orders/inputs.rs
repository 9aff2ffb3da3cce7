use async_graphql::InputObject;

use crate::domain::orders::{LineUnits, Tracking};
use crate::kernel::ids::OrderLineId;

/// Units of an order line to fulfill.
#[derive(InputObject)]
pub struct FulfillmentLineInput {
    /// The id of the order line.
    line_id: OrderLineId,
    /// The number of units, at least 1.
    quantity: i32,
}

/// Units of an order line to cancel.
#[derive(InputObject)]
pub struct OrderCancelLineInput {
    /// The id of the order line.
    line_id: OrderLineId,
    /// The number of units, at least 1, among those that have not been shipped.
    quantity: i32,
}

/// The tracking information of a parcel.
#[derive(InputObject)]
pub struct TrackingInput {
    /// The carrier's tracking number: at most 200 characters.
    #[graphql(default)]
    number: String,
    /// The tracking URL.
    #[graphql(default)]
    url: String,
}

impl From<FulfillmentLineInput> for LineUnits {
    fn from(line: FulfillmentLineInput) -> Self {
        Self { line_id: line.line_id, quantity: line.quantity }
    }
}

impl From<OrderCancelLineInput> for LineUnits {
    fn from(line: OrderCancelLineInput) -> Self {
        Self { line_id: line.line_id, quantity: line.quantity }
    }
}

impl From<TrackingInput> for Tracking {
    fn from(tracking: TrackingInput) -> Self {
        Self { number: tracking.number, url: tracking.url }
    }
}
