use graphql_plan::object;

use super::objects::{InventoryItem, StockLocation};
use super::sources::{INVENTORY_ITEM, LOCATION};
use crate::domain::inventory::{Movement, Reservation};
use crate::graphql::context::Asked;
use crate::kernel::actor::Permission;

object! {
    /// A line of the ledger: a change of a level. Lines are never changed or deleted.
    pub StockMovement for Movement {
        /// Id.
        id;
        /// Of what; null when the item was deleted since.
        inventory_item: option(InventoryItem, INVENTORY_ITEM, |movement| movement.item_id);
        /// Where.
        location: option(StockLocation, LOCATION, |movement| movement.location_id);
        /// Why the level changed.
        kind;
        /// By how many the units on the shelf changed.
        stocked_delta;
        /// By how many the units that are promised to orders changed.
        reserved_delta;
        /// What somebody wrote about it; empty when nobody did.
        reason;
        /// The order that it was for; null when it was for none.
        order_id;
        /// When, UTC.
        created_at;
    }
}

object! {
    /// Units that are promised to an order, or kept for a cart for a while.
    pub StockReservation for Reservation {
        /// Id.
        id;
        /// For whom.
        kind;
        /// The order that they are promised to; null when they are kept for a cart.
        order_id;
        /// The cart that they are kept for; null when they are promised to an order, and for staff who may not see orders: who
        /// knows a guest's cart may change it.
        cart_id: value(|reservation, cx| reservation.cart_id.filter(|_| cx.actor().may(Permission::Orders)));
        /// Of what.
        inventory_item: option(InventoryItem, INVENTORY_ITEM, |reservation| reservation.item_id);
        /// Where.
        location: option(StockLocation, LOCATION, |reservation| reservation.location_id);
        /// How many.
        quantity;
        /// When what is kept for a cart is free again, UTC; null for what is promised to an order.
        expires_at;
        /// Since when, UTC.
        created_at;
    }
}
