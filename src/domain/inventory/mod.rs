//! Stock: inventory items, their levels at each location, and their reservations.
//!
//! # Decisions
//! - Stock is kept by item; a variant uses units of one item, or of several if it is a kit. Stock is counted, reserved
//!   and fulfilled only by item, so that a kit and a plain variant cannot sell the same unit twice.
//! - A level is two numbers: units on the shelf and units reserved for orders. Units held for carts are not part of it:
//!   holds expire, and are summed on each read. The database refuses a level with more units reserved than the
//!   backorder limit allows, so that no code path can oversell.
//! - All levels of an item are always locked together, in the order of (item, location), so that two orders never
//!   deadlock. Holds are written and counted under the same lock.
//! - Levels, order reservations and the ledger are written by one statement from the same entries, so they cannot
//!   disagree.

mod alerts;
mod allocate;
mod demand;
mod error;
mod fulfill;
mod holds;
mod items;
mod levels;
mod locations;
mod model;
mod repo;
mod reservations;
mod reserve;
mod rows;

pub use error::InventoryError;
pub(crate) use items::check_opening;
pub use items::{CreateInventoryItem, NewItem, UpdateInventoryItem};
pub use locations::{CreateLocation, UpdateLocation};
pub use model::{
    AlertFilter, Availability, Component, Components, InventoryItem, ItemFilter, LineReservation, Location, Movement,
    MovementFilter, MovementKind, Reservation, ReservationFilter, ReservationKind, StockAlert, StockItem, StockLevel,
    UNLIMITED,
};
pub use rows::{MoveRow, StockRow};

use crate::db::{self, Conn, Db};
use crate::kernel::clock::{SharedClock, Timestamp};
use crate::kernel::ids::{CartId, InventoryItemId, VariantId};
use crate::kernel::page::{Page, PageRequest};

/// Stock.
#[derive(Clone)]
pub struct Inventory {
    db: Db,
    clock: SharedClock,
}

impl Inventory {
    /// Creates the facade for this database.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self { db, clock }
    }

    /// The availability of these variants.
    pub async fn availability(&self, conn: &Conn, ids: &[VariantId]) -> db::Result<Vec<Availability>> {
        Ok(demand::availability(&repo::supply(conn, ids, None, self.clock.now()).await?))
    }

    /// The variants for which a cart's lines want more than is available, with the available units. The cart's own
    /// holds count as available (rules D8, D15, E3).
    pub async fn shortages(
        &self,
        conn: &Conn,
        cart: CartId,
        lines: &[(VariantId, i32)],
        asked: &[VariantId],
    ) -> db::Result<Vec<(VariantId, i32)>> {
        let ids: Vec<_> = lines.iter().map(|(variant, _)| *variant).collect();
        let supplies = repo::supply(conn, &ids, Some(cart), self.clock.now()).await?;
        Ok(demand::shortages(&supplies, lines, asked))
    }

    /// The levels of these items at each location.
    pub async fn levels(&self, conn: &Conn, ids: &[InventoryItemId]) -> db::Result<Vec<StockLevel>> {
        repo::levels(conn, ids, self.clock.now()).await
    }

    /// The levels of all items that these variants use.
    pub async fn levels_of_variants(&self, conn: &Conn, ids: &[VariantId]) -> db::Result<Vec<(VariantId, StockLevel)>> {
        repo::levels_of_variants(conn, ids, self.clock.now()).await
    }

    /// When the holds of these carts expire; carts without a hold are omitted.
    pub async fn held_until(&self, conn: &Conn, carts: &[CartId]) -> db::Result<Vec<(CartId, Timestamp)>> {
        let rows = repo::held_until(conn, carts, self.clock.now()).await?;
        Ok(rows.into_iter().filter_map(|(cart, until)| cart.zip(until)).collect())
    }

    /// A page of all items, sorted by title.
    pub async fn list_items(
        &self,
        conn: &Conn,
        filter: &ItemFilter,
        paging: &PageRequest,
    ) -> Result<Page<InventoryItem>, InventoryError> {
        let rows = repo::list_items(conn, filter, paging, paging.key()?).await?;
        Ok(paging.page(rows, |item| (item.title.clone(), item.id.0)))
    }

    /// A page of the ledger, newest first.
    pub async fn list_movements(
        &self,
        conn: &Conn,
        filter: &MovementFilter,
        paging: &PageRequest,
    ) -> Result<Page<Movement>, InventoryError> {
        let rows = repo::movements(conn, filter, paging, paging.key()?).await?;
        Ok(paging.page(rows, |movement| (movement.created_at.to_rfc3339(), movement.id.0)))
    }
}
