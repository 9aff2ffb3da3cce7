//! The statuses of orders and fulfillments, and their allowed transitions (state machines H).

use crate::kernel::string_enum;

string_enum! {
    /// The status of an order.
    OrderStatus {
        /// It was placed: it can be fulfilled, captured and canceled.
        Placed = "PLACED",
        /// It is on hold: nothing is shipped and no payment is captured until it is released.
        OnHold = "ON_HOLD",
        /// All units were delivered or canceled, and no amount is due.
        Completed = "COMPLETED",
        /// It was canceled: stock was released and payments were refunded.
        Canceled = "CANCELED",
        /// It was completed or canceled, and then archived.
        Archived = "ARCHIVED",
    }
}

impl OrderStatus {
    /// Whether an order can change from this status to `next`.
    pub const fn can_transition_to(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Placed, Self::OnHold | Self::Completed | Self::Canceled)
                | (Self::OnHold, Self::Placed)
                | (Self::Completed | Self::Canceled, Self::Archived)
        )
    }
}

string_enum! {
    /// The status of a fulfillment.
    FulfillmentStatus {
        /// Its units are off the shelf; staff must approve it before it is shipped.
        AwaitingApproval = "AWAITING_APPROVAL",
        /// It is packed and ready for the carrier.
        Packed = "PACKED",
        /// It was handed to the carrier.
        Shipped = "SHIPPED",
        /// It was delivered.
        Delivered = "DELIVERED",
        /// It was canceled before it was shipped: its units are back on the shelf and reserved for the order again.
        Canceled = "CANCELED",
    }
}

impl FulfillmentStatus {
    /// Whether a fulfillment can change from this status to `next`.
    pub const fn can_transition_to(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::AwaitingApproval, Self::Packed | Self::Canceled)
                | (Self::Packed, Self::Shipped | Self::Canceled)
                | (Self::Shipped, Self::Delivered)
        )
    }
}

string_enum! {
    /// The fulfillment status of an order. It is derived from the lines of the order; canceled units do not count.
    OrderFulfillmentStatus {
        /// Nothing was packed or shipped, or what was packed still has to be approved.
        Unfulfilled = "UNFULFILLED",
        /// Some units were packed or shipped.
        PartiallyFulfilled = "PARTIALLY_FULFILLED",
        /// All units were packed or shipped.
        Fulfilled = "FULFILLED",
        /// Some units were delivered.
        PartiallyDelivered = "PARTIALLY_DELIVERED",
        /// All units were delivered.
        Delivered = "DELIVERED",
    }
}

impl OrderFulfillmentStatus {
    /// The status of this many wanted units, of which so many were sent and delivered (rule G5).
    pub(super) const fn of_units(wanted: i64, sent: i64, delivered: i64) -> Self {
        match (sent, delivered) {
            (..=0, _) => Self::Unfulfilled,
            (_, delivered) if delivered >= wanted => Self::Delivered,
            (_, 1..) => Self::PartiallyDelivered,
            (sent, _) if sent < wanted => Self::PartiallyFulfilled,
            _ => Self::Fulfilled,
        }
    }
}

string_enum! {
    /// The kind of an event of an order.
    TimelineKind {
        /// The order was placed. Data: number.
        Placed = "PLACED",
        /// A payment was changed. Data: event (AUTHORIZED, CAPTURED, REFUNDED, VOIDED), amount, currencyCode,
        /// paymentId.
        Payment = "PAYMENT",
        /// A fulfillment was created. Data: fulfillmentId, lines, awaitingApproval.
        Fulfilled = "FULFILLED",
        /// A fulfillment was approved. Data: fulfillmentId.
        Approved = "APPROVED",
        /// A fulfillment was canceled before it was shipped. Data: fulfillmentId.
        FulfillmentCanceled = "FULFILLMENT_CANCELED",
        /// Parcels were handed to the carrier. Data: fulfillmentId, tracking.
        Shipped = "SHIPPED",
        /// A fulfillment was delivered. Data: fulfillmentId.
        Delivered = "DELIVERED",
        /// The order was put on hold. Data: reason.
        Held = "HELD",
        /// The order was released from hold.
        Released = "RELEASED",
        /// Units of lines were canceled. Data: lines, value, currencyCode, restocked, reason.
        LinesCanceled = "LINES_CANCELED",
        /// The whole order was canceled. Data: reason, restocked.
        Canceled = "CANCELED",
        /// The order was completed.
        Completed = "COMPLETED",
        /// The order was archived.
        Archived = "ARCHIVED",
        /// A note was added: the message is its text.
        Note = "NOTE",
        /// An address, the email address or the tracking of a parcel was changed. Data: changed.
        Updated = "UPDATED",
    }
}

impl TimelineKind {
    /// Whether shoppers see entries of this kind; each note has its own setting.
    pub const fn for_customers(self) -> bool {
        match self {
            Self::Placed
            | Self::Payment
            | Self::Shipped
            | Self::Delivered
            | Self::LinesCanceled
            | Self::Canceled
            | Self::Completed
            | Self::Updated => true,
            Self::Fulfilled
            | Self::Approved
            | Self::FulfillmentCanceled
            | Self::Held
            | Self::Released
            | Self::Archived
            | Self::Note => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FulfillmentStatus, OrderFulfillmentStatus, OrderStatus};

    #[test]
    fn h_every_transition_of_an_order_that_is_not_listed_is_refused() {
        let allowed = [
            ("PLACED", "ON_HOLD"),
            ("ON_HOLD", "PLACED"),
            ("PLACED", "COMPLETED"),
            ("PLACED", "CANCELED"),
            ("COMPLETED", "ARCHIVED"),
            ("CANCELED", "ARCHIVED"),
        ];
        for from in OrderStatus::ALL {
            for to in OrderStatus::ALL {
                let wanted = allowed.contains(&(from.as_str(), to.as_str()));
                assert_eq!(from.can_transition_to(*to), wanted, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn h_every_transition_of_a_fulfillment_that_is_not_listed_is_refused() {
        let allowed = [
            ("AWAITING_APPROVAL", "PACKED"),
            ("AWAITING_APPROVAL", "CANCELED"),
            ("PACKED", "SHIPPED"),
            ("PACKED", "CANCELED"),
            ("SHIPPED", "DELIVERED"),
        ];
        for from in FulfillmentStatus::ALL {
            for to in FulfillmentStatus::ALL {
                let wanted = allowed.contains(&(from.as_str(), to.as_str()));
                assert_eq!(from.can_transition_to(*to), wanted, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn g5_how_far_an_order_was_sent() {
        // (wanted, fulfilled and approved, delivered)
        let cases = [
            ((5, 0, 0), OrderFulfillmentStatus::Unfulfilled),
            ((0, 0, 0), OrderFulfillmentStatus::Unfulfilled),
            ((5, 2, 0), OrderFulfillmentStatus::PartiallyFulfilled),
            ((5, 5, 0), OrderFulfillmentStatus::Fulfilled),
            ((5, 2, 2), OrderFulfillmentStatus::PartiallyDelivered),
            ((5, 5, 4), OrderFulfillmentStatus::PartiallyDelivered),
            ((5, 5, 5), OrderFulfillmentStatus::Delivered),
        ];
        for ((wanted, sent, delivered), status) in cases {
            let found = OrderFulfillmentStatus::of_units(wanted, sent, delivered);
            assert_eq!(found, status, "{wanted} {sent} {delivered}");
        }
    }
}
