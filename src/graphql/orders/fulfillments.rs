use graphql_plan::object;

use super::objects::handles;
use super::sources::{LINES_OF_FULFILLMENT, SHIPMENTS_OF_FULFILLMENT};
use crate::domain::orders::{self, LineUnits};
use crate::graphql::guards::staff;
use crate::graphql::inventory::StockLocation;
use crate::graphql::inventory::sources::LOCATION;
use crate::workflows::orders::PlannedShipment;

object! {
    /// Units of an order that are shipped together.
    pub Fulfillment for orders::Fulfillment {
        /// Id.
        id;
        /// Status.
        status;
        /// The carrier's tracking number of the first parcel; empty if there is none.
        tracking_number: from(SHIPMENTS_OF_FULFILLMENT, |fulfillment| fulfillment.id, |_, parcels| {
            parcels.first().map(|parcel| parcel.tracking_number.clone()).unwrap_or_default()
        });
        /// The tracking URL of the first parcel; empty if there is none.
        tracking_url: from(SHIPMENTS_OF_FULFILLMENT, |fulfillment| fulfillment.id, |_, parcels| {
            parcels.first().map(|parcel| parcel.tracking_url.clone()).unwrap_or_default()
        });
        /// The parcels, oldest first; empty until the fulfillment is shipped.
        shipments: many(Shipment, SHIPMENTS_OF_FULFILLMENT, |fulfillment| fulfillment.id);
        /// The lines.
        lines: pick(FulfillmentLine, LINES_OF_FULFILLMENT, |fulfillment| fulfillment.id, |_, lines| {
            let units =
                |line: &orders::FulfillmentLine| LineUnits { line_id: line.order_line_id, quantity: line.quantity };
            lines.iter().map(units).collect::<Vec<_>>()
        });
        /// The stock location that all of its units came from. Null if they came from several locations or from none,
        /// and null unless the caller is staff.
        location: option(StockLocation, LOCATION, |fulfillment, cx| {
            fulfillment.location().filter(|_| handles(cx))
        }).visible(staff);
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which it was handed to the carrier (UTC); null until then.
        shipped_at;
        /// Time at which it was delivered (UTC); null until then.
        delivered_at;
        /// Time at which it was canceled (UTC); null if it was not.
        canceled_at;
    }
}

object! {
    /// Units of an order line.
    pub FulfillmentLine for LineUnits {
        /// The id of the order line.
        line_id;
        /// The number of units.
        quantity;
    }
}

object! {
    /// A parcel that was handed to the carrier.
    pub Shipment for orders::Shipment {
        /// Id.
        id;
        /// The carrier's tracking number; empty if there is none.
        tracking_number;
        /// The tracking URL; empty if there is none.
        tracking_url;
        /// Time at which it was handed to the carrier (UTC).
        created_at;
        /// Time at which its tracking was last updated (UTC).
        updated_at;
    }
}

object! {
    /// Units that would be shipped from one location.
    pub FulfillmentPlan for PlannedShipment {
        /// The stock location; null for units that are not kept in stock, and for units that have to be gathered from
        /// several locations.
        location: option(StockLocation, LOCATION, |planned| planned.location_id);
        /// The units of each line.
        lines: embed(FulfillmentLine, |planned| planned.lines.clone());
    }
}
