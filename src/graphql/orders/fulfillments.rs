use graphql_plan::object;

use super::objects::handles;
use super::sources::{LINES_OF_FULFILLMENT, SHIPMENTS_OF_FULFILLMENT};
use crate::domain::orders::{self, LineUnits};
use crate::graphql::guards::staff;
use crate::graphql::inventory::StockLocation;
use crate::graphql::inventory::sources::LOCATION;
use crate::workflows::orders::Planned;

object! {
    /// Units of an order that were taken from the shelf to be sent together.
    pub Fulfillment for orders::Fulfillment {
        /// Id.
        id;
        /// Where it stands.
        status;
        /// The carrier's number of its first parcel; empty when there is none.
        tracking_number: from(SHIPMENTS_OF_FULFILLMENT, |fulfillment| fulfillment.id, |_, parcels| {
            parcels.first().map(|parcel| parcel.tracking_number.clone()).unwrap_or_default()
        });
        /// Where the way of its first parcel can be followed; empty when that is nowhere.
        tracking_url: from(SHIPMENTS_OF_FULFILLMENT, |fulfillment| fulfillment.id, |_, parcels| {
            parcels.first().map(|parcel| parcel.tracking_url.clone()).unwrap_or_default()
        });
        /// Its parcels, oldest first; empty before it is sent.
        shipments: many(Shipment, SHIPMENTS_OF_FULFILLMENT, |fulfillment| fulfillment.id);
        /// What is in it.
        lines: pick(FulfillmentLine, LINES_OF_FULFILLMENT, |fulfillment| fulfillment.id, |_, lines| {
            let units =
                |line: &orders::FulfillmentLine| LineUnits { line_id: line.order_line_id, quantity: line.quantity };
            lines.iter().map(units).collect::<Vec<_>>()
        });
        /// The location that all of it was taken from; null when there are several, or none, and for anybody but staff.
        location: option(StockLocation, LOCATION, |fulfillment, cx| {
            fulfillment.location().filter(|_| handles(cx))
        }).visible(staff);
        /// When it was made.
        created_at;
        /// When it was handed to the carrier; null before.
        shipped_at;
        /// When it arrived; null before.
        delivered_at;
        /// When it was cancelled; null when it was not.
        cancelled_at;
    }
}

object! {
    /// Units of a line.
    pub FulfillmentLine for LineUnits {
        /// Of which line.
        line_id;
        /// How many.
        quantity;
    }
}

object! {
    /// A parcel that the carrier has.
    pub Shipment for orders::Shipment {
        /// Id.
        id;
        /// The carrier's number; empty when there is none.
        tracking_number;
        /// Where its way can be followed; empty when that is nowhere.
        tracking_url;
        /// When it was handed to the carrier.
        created_at;
        /// When its tracking was last changed.
        updated_at;
    }
}

object! {
    /// Units that would be sent from one location.
    pub FulfillmentPlan for Planned {
        /// From where; null for what is not kept in stock, and for units that have to be gathered from several locations.
        location: option(StockLocation, LOCATION, |planned| planned.location_id);
        /// Which units of which lines.
        lines: embed(FulfillmentLine, |planned| planned.lines.clone());
    }
}
