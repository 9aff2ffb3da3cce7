//! Stock: what is kept, how many units there are at each location, and to whom they are promised.
//!
//! # Decisions
//! - What is kept is an item; a variant takes units of one, or as a kit of several. Stock is counted, promised and sent by
//!   item only, so that a kit and a plain variant cannot sell the same unit twice.
//! - A level is two numbers, units on the shelf and units promised to orders. Units that are kept for carts are not in it:
//!   they end by the clock, and are summed whenever somebody asks. The database refuses a level on which more is
//!   promised than may be owed, so that no code path can oversell.
//! - All levels of an item are locked together, in the order of (item, location), always, so that two orders never wait for
//!   each other. Holds are written and counted under the same lock.
//! - Levels, reservations of orders and the ledger are written by one statement from the same lines: they cannot disagree.

mod alerts;
mod allocate;
mod demand;
mod error;
mod fulfil;
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
    AlertFilter, Availability, Component, Components, InventoryItem, ItemFilter, Location, Movement, MovementFilter,
    MovementKind, Promised, Reservation, ReservationFilter, ReservationKind, StockAlert, StockItem, StockLevel,
    UNLIMITED,
};
pub use rows::{MoveRow, StockRow};

use crate::db::{self, Conn, Db};
use crate::kernel::clock::{SharedClock, Timestamp};
use crate::kernel::ids::{CartId, InventoryItemId, VariantId};
use crate::kernel::page::{Page, Window};

/// Stock.
#[derive(Clone)]
pub struct Inventory {
    db: Db,
    clock: SharedClock,
}

impl Inventory {
    /// The facade over this database.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self { db, clock }
    }

    /// What can be sold of each of these variants.
    pub async fn availability(&self, conn: &Conn, ids: &[VariantId]) -> db::Result<Vec<Availability>> {
        Ok(demand::availability(&repo::supply(conn, ids, None, self.clock.now()).await?))
    }

    /// Those of these variants of which a cart's lines want more than there is, and how many there are. What the cart
    /// itself keeps counts as there (rules D8, D15, E3).
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

    /// The levels of all that these variants take.
    pub async fn levels_of_variants(&self, conn: &Conn, ids: &[VariantId]) -> db::Result<Vec<(VariantId, StockLevel)>> {
        repo::levels_of_variants(conn, ids, self.clock.now()).await
    }

    /// When what these carts keep is free again; carts that keep nothing are left out.
    pub async fn held_until(&self, conn: &Conn, carts: &[CartId]) -> db::Result<Vec<(CartId, Timestamp)>> {
        let rows = repo::held_until(conn, carts, self.clock.now()).await?;
        Ok(rows.into_iter().filter_map(|(cart, until)| cart.zip(until)).collect())
    }

    /// A page of all items, by title.
    pub async fn list_items(
        &self,
        conn: &Conn,
        filter: &ItemFilter,
        window: &Window,
    ) -> Result<Page<InventoryItem>, InventoryError> {
        let rows = repo::list_items(conn, filter, window, window.key()?).await?;
        Ok(window.page(rows, |item| (item.title.clone(), item.id.0)))
    }

    /// A page of the ledger, newest first.
    pub async fn list_movements(
        &self,
        conn: &Conn,
        filter: &MovementFilter,
        window: &Window,
    ) -> Result<Page<Movement>, InventoryError> {
        let rows = repo::movements(conn, filter, window, window.key()?).await?;
        Ok(window.page(rows, |movement| (movement.created_at.to_rfc3339(), movement.id.0)))
    }
}
