use graphql_plan::object;

use super::objects::{InventoryItem, StockLocation};
use super::sources::{INVENTORY_ITEM, LOCATION};
use crate::domain::inventory::{Movement, Reservation};
use crate::graphql::context::CxExt;
use crate::kernel::actor::Permission;

object! {
    /// A stock movement: a change of a stock level. Movements are never changed or deleted.
    pub StockMovement for Movement {
        /// Id.
        id;
        /// The inventory item; null if it has been deleted.
        inventory_item: option(InventoryItem, INVENTORY_ITEM, |movement| movement.item_id);
        /// The stock location.
        location: option(StockLocation, LOCATION, |movement| movement.location_id);
        /// The reason why the level changed.
        kind;
        /// The change in stocked units.
        stocked_delta;
        /// The change in units reserved for orders.
        reserved_delta;
        /// The comment of the person who made the change; empty if there is none.
        reason;
        /// The id of the order; null if the movement was not for an order.
        order_id;
        /// Time of the movement (UTC).
        created_at;
    }
}

object! {
    /// Units that are reserved for an order, or temporarily for a cart.
    pub StockReservation for Reservation {
        /// Id.
        id;
        /// Whether it is for an order or for a cart.
        kind;
        /// The id of the order; null if the units are reserved for a cart.
        order_id;
        /// The id of the cart. Null if the units are reserved for an order, and null for staff without the permission
        /// ORDERS, because anyone who knows a guest's cart can change it.
        cart_id: value(|reservation, cx| reservation.cart_id.filter(|_| cx.actor().may(Permission::Orders)));
        /// The inventory item.
        inventory_item: option(InventoryItem, INVENTORY_ITEM, |reservation| reservation.item_id);
        /// The stock location.
        location: option(StockLocation, LOCATION, |reservation| reservation.location_id);
        /// The number of units.
        quantity;
        /// Time at which the reservation for a cart expires (UTC); null if the units are reserved for an order.
        expires_at;
        /// Time at which it was created (UTC).
        created_at;
    }
}
