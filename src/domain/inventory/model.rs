//! The words of this domain.

use async_graphql::InputObject;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};

use crate::db::schema::{inventory_items, stock_alerts, stock_locations, stock_movements, stock_reservations};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{
    CartId, InventoryItemId, LocationId, MovementId, OrderId, ReservationId, StockAlertId, VariantId,
};
use crate::kernel::{stored_json, words};

/// A backorder limit that is none: so many units may be sold that are not there.
pub const UNLIMITED: i32 = 1_000_000_000;

/// A place where stock is kept.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = stock_locations)]
pub struct Location {
    /// Id.
    pub id: LocationId,
    /// Name, unique.
    pub name: String,
    /// Its turn when units are taken: low ones first.
    pub position: i32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Something that is kept in stock. A variant takes units of one, or as a kit of several.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = inventory_items, treat_none_as_null = true)]
pub struct InventoryItem {
    /// Id. The item that was made with a variant has the variant's.
    pub id: InventoryItemId,
    /// Stock-keeping unit.
    pub sku: Option<String>,
    /// Title, for people.
    pub title: String,
    /// Whether units are counted; one that is not never runs out.
    pub tracked: bool,
    /// How many units may be sold that are not there, over all locations; see [`UNLIMITED`].
    pub backorder_limit: i32,
    /// Counts the changes.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
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

/// How the stock of a variant is kept that takes one unit of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockItem {
    /// Which variant.
    pub variant_id: VariantId,
    /// Whether units are counted; one that is not never runs out.
    pub tracked: bool,
    /// Whether it is sold when there is none left.
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

/// An id as the plain UUID that the database has, so that SQL can join what is kept as JSON.
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

/// What one unit of something that was sold takes.
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
    /// What so many units take.
    pub fn of(&self, quantity: i32) -> impl Iterator<Item = (InventoryItemId, i32)> {
        self.0.iter().map(move |component| (component.item_id, component.quantity.saturating_mul(quantity)))
    }
}

/// What a line of an order was promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promised {
    /// Which variant.
    pub variant_id: VariantId,
    /// What one unit of it takes.
    pub components: Components,
    /// How many of the line's units are not there yet (rule E13).
    pub backordered: i32,
}

/// An item's units at a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct StockLevel {
    /// Which item.
    #[diesel(sql_type = SqlUuid)]
    pub item_id: InventoryItemId,
    /// Where.
    #[diesel(sql_type = SqlUuid)]
    pub location_id: LocationId,
    /// Follows the item's.
    #[diesel(sql_type = Integer)]
    pub backorder_limit: i32,
    /// Units on the shelf.
    #[diesel(sql_type = Integer)]
    pub stocked: i32,
    /// Units of these that are promised to orders.
    #[diesel(sql_type = Integer)]
    pub reserved: i32,
    /// Units that are kept for carts at the moment.
    #[diesel(sql_type = Integer)]
    pub held: i32,
    /// The location's turn.
    #[diesel(sql_type = Integer)]
    pub position: i32,
}

impl StockLevel {
    /// Units that can be sold; negative while backorders wait for stock (rule E1).
    pub const fn available(&self) -> i32 {
        self.stocked.saturating_sub(self.reserved).saturating_sub(self.held)
    }

    /// The same, none when it is negative.
    pub(super) fn free(&self) -> i64 {
        i64::from(self.available()).max(0)
    }

    pub(super) const fn key(&self) -> (InventoryItemId, LocationId) {
        (self.item_id, self.location_id)
    }
}

/// What an item has to sell over all its locations: units that are owed at one of them are owed by all (rule E1). Negative
/// while backorders wait for stock.
pub(super) fn net<'a>(levels: impl IntoIterator<Item = &'a StockLevel>) -> i64 {
    levels.into_iter().map(|level| i64::from(level.available())).sum()
}

/// What one unit of a variant takes of an item, and what there is of that over all locations.
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
    /// Units that are there and neither promised nor kept for others.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub(super) free: i64,
    /// Units that may be promised beyond these.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub(super) room: i64,
}

impl Supply {
    pub(super) const fn component(&self) -> Component {
        Component { item_id: self.item_id, quantity: self.quantity }
    }
}

/// What can be sold of a variant, over all locations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Availability {
    /// Which variant.
    pub variant_id: VariantId,
    /// Whether units are counted.
    pub tracked: bool,
    /// Whether it is sold when there is none left.
    pub backorder: bool,
    /// Units that are there and can be sold.
    pub available: i32,
    /// Units that can be sold, those that are not there yet among them.
    pub sellable: i32,
}

impl Availability {
    /// What is said of a variant that there is not.
    pub const fn unknown(variant_id: VariantId) -> Self {
        Self { variant_id, tracked: true, backorder: false, available: 0, sellable: 0 }
    }

    /// Whether so many units can be bought now.
    pub const fn allows(&self, quantity: i32) -> bool {
        !self.tracked || self.sellable >= quantity
    }
}

words! {
    /// The kind of a stock reservation.
    ReservationKind {
        /// For a cart, until the reservation expires.
        Hold = "HOLD",
        /// For an order, until the units are shipped or canceled.
        Order = "ORDER",
    }
}

/// Units that are kept for a cart or promised to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_reservations)]
pub struct Reservation {
    /// Id.
    pub id: ReservationId,
    /// For whom.
    pub kind: ReservationKind,
    /// The order, of an order's.
    pub order_id: Option<OrderId>,
    /// The cart, of a hold.
    pub cart_id: Option<CartId>,
    /// Of what.
    pub item_id: InventoryItemId,
    /// Where.
    pub location_id: LocationId,
    /// How many.
    pub quantity: i32,
    /// When a hold ends.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A filter for stock reservations. Omitted fields do not restrict the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "ReservationFilterInput")]
pub struct ReservationFilter {
    /// Only reservations of this inventory item.
    pub inventory_item_id: Option<InventoryItemId>,
    /// Only reservations for this order.
    pub order_id: Option<OrderId>,
    /// Only reservations for this cart.
    pub cart_id: Option<CartId>,
}

words! {
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
        Fulfil = "FULFIL",
        /// A fulfillment was canceled: its units are on the shelf again, and reserved for the order.
        Unfulfil = "UNFULFIL",
        /// Units or a reservation were moved from one location to another.
        Move = "MOVE",
        /// Units were returned by a customer.
        Return = "RETURN",
    }
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = stock_movements)]
pub struct Movement {
    /// Id.
    pub id: MovementId,
    /// Of what.
    pub item_id: InventoryItemId,
    /// Where.
    pub location_id: LocationId,
    /// Why.
    pub kind: MovementKind,
    /// By how many the units on the shelf changed.
    pub stocked_delta: i32,
    /// By how many the promised units changed.
    pub reserved_delta: i32,
    /// What somebody wrote about it.
    pub reason: String,
    /// The order that it was for.
    pub order_id: Option<OrderId>,
    /// When.
    pub created_at: Timestamp,
}

/// A filter for stock movements. Omitted fields do not restrict the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, InputObject)]
#[graphql(name = "MovementFilterInput")]
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

/// Somebody who wants to know when a variant is back.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_alerts)]
pub struct StockAlert {
    /// Id.
    pub id: StockAlertId,
    /// Which variant.
    pub variant_id: VariantId,
    /// Where the news go.
    pub email: String,
    /// When they asked.
    pub created_at: Timestamp,
    /// When the news were published; `None` while it is not back.
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
