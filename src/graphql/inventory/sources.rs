//! Batch sources for stock.

use crate::domain::inventory::{Availability, Component, InventoryItem, Location, StockLevel};
use crate::graphql::sources::source;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, InventoryItemId, LocationId, VariantId};

/// An item, a variant that uses it, and how many units one unit of the variant uses.
pub type Use = (InventoryItemId, VariantId, i32);

source! {
    pub AVAILABILITY_OF_VARIANT: VariantId => Availability =
        |scope, conn, ids| scope.app.inventory.availability(conn, ids), by |row| row.variant_id
}

source! {
    pub LOCATION: LocationId => Location =
        |scope, conn, ids| scope.app.inventory.locations_by_ids(conn, ids), by |row| row.id
}

source! {
    pub INVENTORY_ITEM: InventoryItemId => InventoryItem =
        |scope, conn, ids| scope.app.inventory.items_by_ids(conn, ids), by |row| row.id
}

source! {
    /// When a cart's hold expires.
    pub HOLD_OF_CART: CartId => Timestamp = |scope, conn, ids| scope.app.inventory.held_until(conn, ids)
}

source! {
    pub LEVELS_OF_VARIANT: VariantId => StockLevel =
        |scope, conn, ids| scope.app.inventory.levels_of_variants(conn, ids)
}

source! {
    pub LEVELS_OF_ITEM: InventoryItemId => StockLevel =
        |scope, conn, ids| scope.app.inventory.levels(conn, ids), by |row| row.item_id
}

source! {
    pub COMPONENTS_OF_VARIANT: VariantId => Component = |scope, conn, ids| scope.app.inventory.components(conn, ids)
}

source! {
    pub USES_OF_ITEM: InventoryItemId => Use = |scope, conn, ids| scope.app.inventory.uses(conn, ids), by |row| row.0
}
