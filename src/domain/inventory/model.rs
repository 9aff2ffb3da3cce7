//! The types of this domain.

use async_graphql::InputObject;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};

use crate::db::schema::{inventory_items, stock_alerts, stock_locations, stock_movements, stock_reservations};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{
    CartId, InventoryItemId, LocationId, MovementId, OrderId, ReservationId, StockAlertId, VariantId,
};
use crate::kernel::{stored_json, string_enum};

/// The backorder limit that means unlimited.
pub const UNLIMITED: i32 = 1_000_000_000;

/// A location where stock is kept.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = stock_locations)]
pub struct Location {
    /// The id.
    pub id: LocationId,
    /// The name, unique.
    pub name: String,
    /// The position in the allocation order: lower positions come first.
    pub position: i32,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An item that is kept in stock. A variant uses units of one item, or of several if it is a kit.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = inventory_items, treat_none_as_null = true)]
pub struct InventoryItem {
    /// The id. An item that was created with a variant has the variant's id.
    pub id: InventoryItemId,
    /// Stock-keeping unit.
    pub sku: Option<String>,
    /// The title, shown to staff.
    pub title: String,
    /// Whether stock is tracked; an untracked item never runs out.
    pub tracked: bool,
    /// The number of units that can be backordered over all locations; see [`UNLIMITED`].
    pub backorder_limit: i32,
    /// The version, incremented by each change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
}

/// A filter for inventory items. Omitted fields do not restrict the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "InventoryItemFilterInput")]
pub struct ItemFilter {
    /// A part of the title or of the SKU.
    pub query: Option<String>,
    /// Only items with exactly this SKU.
    pub sku: Option<String>,
}

/// The stock settings of a variant that uses one unit of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockItem {
    /// The variant.
    pub variant_id: VariantId,
    /// Whether stock is tracked; an untracked variant never runs out.
    pub tracked: bool,
    /// Whether it can be sold when it is out of stock.
    pub backorder: bool,
}

/// A component of a kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, InputObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "KitComponentInput")]
pub struct Component {
    /// The id of the inventory item.
    #[serde(with = "bare")]
    #[graphql(name = "inventoryItemId")]
    pub item_id: InventoryItemId,
    /// The number of units of the item in one kit: 1 to 10,000.
    #[graphql(default = 1)]
    pub quantity: i32,
}

/// Serializes an id as the plain UUID that the database has, so that SQL can join the stored JSON.
mod bare {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use uuid::Uuid;

    use crate::kernel::ids::InventoryItemId;

    pub(super) fn serialize<S: Serializer>(id: &InventoryItemId, serializer: S) -> Result<S::Ok, S::Error> {
        id.0.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<InventoryItemId, D::Error> {
        Uuid::deserialize(deserializer).map(InventoryItemId)
    }
}

/// The items that one unit of a sold variant uses.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct Components(pub Vec<Component>);

stored_json!(Components);

impl Components {
    /// The units of each item that this quantity uses.
    pub fn of(&self, quantity: i32) -> impl Iterator<Item = (InventoryItemId, i32)> {
        self.0.iter().map(move |component| (component.item_id, component.quantity.saturating_mul(quantity)))
    }
}

/// The reservation of an order line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineReservation {
    /// The variant.
    pub variant_id: VariantId,
    /// The items that one unit of it uses.
    pub components: Components,
    /// The number of backordered units of the line (rule E13).
    pub backordered: i32,
}

/// The stock of an item at a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct StockLevel {
    /// The item.
    #[diesel(sql_type = SqlUuid)]
    pub item_id: InventoryItemId,
    /// The location.
    #[diesel(sql_type = SqlUuid)]
    pub location_id: LocationId,
    /// The item's backorder limit.
    #[diesel(sql_type = Integer)]
    pub backorder_limit: i32,
    /// Units on the shelf.
    #[diesel(sql_type = Integer)]
    pub stocked: i32,
    /// Stocked units that are reserved for orders.
    #[diesel(sql_type = Integer)]
    pub reserved: i32,
    /// Stocked units that are currently held for carts.
    #[diesel(sql_type = Integer)]
    pub held: i32,
    /// The location's position in the allocation order.
    #[diesel(sql_type = Integer)]
    pub position: i32,
}

impl StockLevel {
    /// Units that can be sold; negative while backorders wait for stock (rule E1).
    pub const fn available(&self) -> i32 {
        self.stocked.saturating_sub(self.reserved).saturating_sub(self.held)
    }

    /// Available units, or 0 if that is negative.
    pub(super) fn free(&self) -> i64 {
        i64::from(self.available()).max(0)
    }

    pub(super) const fn key(&self) -> (InventoryItemId, LocationId) {
        (self.item_id, self.location_id)
    }
}

/// The available units of an item over all its locations: units owed at one location are owed by all (rule E1).
/// Negative while backorders wait for stock.
pub(super) fn net<'a>(levels: impl IntoIterator<Item = &'a StockLevel>) -> i64 {
    levels.into_iter().map(|level| i64::from(level.available())).sum()
}

/// The units of an item that one unit of a variant uses, and the item's supply over all locations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub(super) struct Supply {
    #[diesel(sql_type = SqlUuid)]
    pub(super) variant_id: VariantId,
    #[diesel(sql_type = SqlUuid)]
    pub(super) item_id: InventoryItemId,
    #[diesel(sql_type = Integer)]
    pub(super) quantity: i32,
    #[diesel(sql_type = Bool)]
    pub(super) tracked: bool,
    #[diesel(sql_type = Integer)]
    pub(super) backorder_limit: i32,
    /// Units on the shelf that are neither reserved nor held for others.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub(super) free: i64,
    /// Further units that can be backordered.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub(super) backorder_capacity: i64,
}

impl Supply {
    pub(super) const fn component(&self) -> Component {
        Component { item_id: self.item_id, quantity: self.quantity }
    }
}

/// The availability of a variant over all locations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// The variant.
    pub variant_id: VariantId,
    /// Whether stock is tracked.
    pub tracked: bool,
    /// Whether it can be sold when it is out of stock.
    pub backorder: bool,
    /// Units that are in stock and can be sold.
    pub available: i32,
    /// Units that can be sold, including backorders.
    pub sellable: i32,
}

impl Availability {
    /// The availability of a variant that does not exist.
    pub const fn unknown(variant_id: VariantId) -> Self {
        Self { variant_id, tracked: true, backorder: false, available: 0, sellable: 0 }
    }

    /// Whether this quantity can be bought now.
    pub const fn allows(&self, quantity: i32) -> bool {
        !self.tracked || self.sellable >= quantity
    }
}

string_enum! {
    /// The kind of a stock reservation.
    ReservationKind {
        /// For a cart, until the reservation expires.
        Hold = "HOLD",
        /// For an order, until the units are shipped or canceled.
        Order = "ORDER",
    }
}

/// Units that are held for a cart or reserved for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_reservations)]
pub struct Reservation {
    /// The id.
    pub id: ReservationId,
    /// The kind: for a cart or for an order.
    pub kind: ReservationKind,
    /// The order, if it is for an order.
    pub order_id: Option<OrderId>,
    /// The cart, if it is a hold.
    pub cart_id: Option<CartId>,
    /// The item.
    pub item_id: InventoryItemId,
    /// The location.
    pub location_id: LocationId,
    /// The number of units.
    pub quantity: i32,
    /// When a hold expires.
    pub expires_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A filter for stock reservations. Omitted fields do not restrict the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "StockReservationFilterInput")]
pub struct ReservationFilter {
    /// Only reservations of this inventory item.
    pub inventory_item_id: Option<InventoryItemId>,
    /// Only reservations for this order.
    pub order_id: Option<OrderId>,
    /// Only reservations for this cart.
    pub cart_id: Option<CartId>,
}

string_enum! {
    /// The kind of a stock movement.
    MovementKind {
        /// The stock was counted.
        Set = "SET",
        /// Units were added or removed.
        Adjust = "ADJUST",
        /// Units were reserved for an order.
        Reserve = "RESERVE",
        /// A reservation for an order was released.
        Release = "RELEASE",
        /// Units were fulfilled.
        Fulfill = "FULFILL",
        /// A fulfillment was canceled: its units are on the shelf again, and reserved for the order.
        Unfulfill = "UNFULFILL",
        /// Units or a reservation were moved from one location to another.
        Move = "MOVE",
        /// Units were returned by a customer.
        Return = "RETURN",
    }
}

/// A ledger entry.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = stock_movements)]
pub struct Movement {
    /// The id.
    pub id: MovementId,
    /// The item.
    pub item_id: InventoryItemId,
    /// The location.
    pub location_id: LocationId,
    /// The kind.
    pub kind: MovementKind,
    /// The change in stocked units.
    pub stocked_delta: i32,
    /// The change in reserved units.
    pub reserved_delta: i32,
    /// The reason, as entered.
    pub reason: String,
    /// The order it was for.
    pub order_id: Option<OrderId>,
    /// When it was recorded.
    pub created_at: Timestamp,
}

/// A filter for stock movements. Omitted fields do not restrict the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "StockMovementFilterInput")]
pub struct MovementFilter {
    /// Only movements of this inventory item.
    pub inventory_item_id: Option<InventoryItemId>,
    /// Only movements at this location.
    pub location_id: Option<LocationId>,
    /// Only movements of this kind.
    pub kind: Option<MovementKind>,
    /// Only movements for this order.
    pub order_id: Option<OrderId>,
    /// Only movements at or after this time.
    pub created_from: Option<Timestamp>,
    /// Only movements before this time.
    pub created_before: Option<Timestamp>,
}

/// A subscription to the return of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_alerts)]
pub struct StockAlert {
    /// The id.
    pub id: StockAlertId,
    /// The variant.
    pub variant_id: VariantId,
    /// The email address to notify.
    pub email: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the event was published; `None` while the variant is out of stock.
    pub notified_at: Option<Timestamp>,
}

/// A filter for back-in-stock alerts. Omitted fields do not restrict the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "BackInStockAlertFilterInput")]
pub struct AlertFilter {
    /// Only alerts for this variant.
    pub variant_id: Option<VariantId>,
    /// True: only alerts whose variant is not back in stock yet; false: only alerts whose variant is back.
    pub waiting: Option<bool>,
}
