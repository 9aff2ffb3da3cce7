//! Stock: how many units there are at each location, and to whom they are promised.
//!
//! # Decisions
//! - A level is two numbers, units on the shelf and units promised to orders; what is left can be sold. The database
//!   refuses a level on which more is promised than there is, so that no code path can oversell.
//! - Levels are locked in the order of (variant, location), always, so that two orders never wait for each other.
//! - Every change is written to the ledger in the same transaction.

mod allocate;
mod error;
mod levels;
mod model;
mod repo;
mod reserve;

pub use error::InventoryError;
pub use levels::{NewItem, StockRow};
pub use model::{Availability, Location, StockItem, StockLevel};

use crate::db::{Conn, Db, Result};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{LocationId, VariantId};

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
    pub async fn availability(&self, conn: &Conn, ids: &[VariantId]) -> Result<Vec<Availability>> {
        repo::availability(conn, ids).await
    }

    /// The levels of these variants at each location.
    pub async fn levels(&self, conn: &Conn, ids: &[VariantId]) -> Result<Vec<StockLevel>> {
        repo::levels(conn, ids).await
    }

    /// Every location, in its order. There are few.
    pub async fn locations(&self, conn: &Conn) -> Result<Vec<Location>> {
        repo::locations(conn).await
    }

    /// The locations with these ids, in no order.
    pub async fn locations_by_ids(&self, conn: &Conn, ids: &[LocationId]) -> Result<Vec<Location>> {
        repo::locations_by_ids(conn, ids).await
    }
}
