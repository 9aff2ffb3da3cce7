//! The words of this domain.

use diesel::prelude::*;

use crate::db::schema::{stock_items, stock_levels, stock_locations, stock_movements, stock_reservations};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{LocationId, MovementId, OrderId, VariantId};
use crate::kernel::words;

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

/// How a variant's stock is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_items)]
pub struct StockItem {
    /// Which variant.
    pub variant_id: VariantId,
    /// Whether units are counted; one that is not never runs out.
    pub tracked: bool,
    /// Whether it is sold when there is none left.
    pub backorder: bool,
}

/// A variant's units at a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_levels)]
pub struct StockLevel {
    /// Which variant.
    pub variant_id: VariantId,
    /// Where.
    pub location_id: LocationId,
    /// Follows the item's.
    pub backorder: bool,
    /// Units on the shelf.
    pub stocked: i32,
    /// Units of these that are promised to orders.
    pub reserved: i32,
}

impl StockLevel {
    /// Units that can be sold; negative while backorders wait for stock.
    pub const fn available(&self) -> i32 {
        self.stocked - self.reserved
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
    /// Units that can be sold.
    pub available: i32,
}

impl Availability {
    /// What is said of a variant that has no stock item.
    pub const fn unknown(variant_id: VariantId) -> Self {
        Self { variant_id, tracked: true, backorder: false, available: 0 }
    }

    /// Whether so many units can be bought now.
    pub const fn allows(&self, quantity: i32) -> bool {
        !self.tracked || self.backorder || self.available >= quantity
    }
}

/// Units promised to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_reservations)]
pub(super) struct Reservation {
    pub(super) order_id: OrderId,
    pub(super) variant_id: VariantId,
    pub(super) location_id: LocationId,
    pub(super) quantity: i32,
}

words! {
    /// Why a level changed.
    MovementKind {
        /// Somebody counted.
        Set = "SET",
        /// Units came or went.
        Adjust = "ADJUST",
        /// An order was placed.
        Reserve = "RESERVE",
        /// An order was cancelled.
        Release = "RELEASE",
        /// An order was sent.
        Fulfil = "FULFIL",
    }
}

/// A line of the ledger.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_movements)]
pub(super) struct Movement {
    pub(super) id: MovementId,
    pub(super) variant_id: VariantId,
    pub(super) location_id: LocationId,
    pub(super) kind: MovementKind,
    pub(super) stocked_delta: i32,
    pub(super) reserved_delta: i32,
    pub(super) reason: String,
    pub(super) order_id: Option<OrderId>,
    pub(super) created_at: Timestamp,
}
