use async_graphql::InputObject;

use crate::domain::orders::{LineUnits, Tracking};
use crate::kernel::ids::OrderLineId;

/// Units of a line to send.
#[derive(InputObject)]
pub struct FulfillmentLineInput {
    /// Which line.
    line_id: OrderLineId,
    /// How many, from 1.
    quantity: i32,
}

/// Units of a line to cancel.
#[derive(InputObject)]
pub struct OrderCancelLineInput {
    /// Which line.
    line_id: OrderLineId,
    /// How many, from 1, of those that were not sent.
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
