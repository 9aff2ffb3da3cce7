//! Regions (a currency, the countries it serves, its tax settings) and sales channels.
//!
//! # Decisions
//! - A country is in at most one region; the database enforces it.
//! - The first region becomes the default region of the channels; `salesChannelUpdate` changes it. A default region
//!   cannot be deleted: shoppers whose location is unknown would have no prices.
//! - A region's currency cannot change: carts, prices and shipping options use it.

mod channels;
mod error;
mod model;
mod repo;
mod update;

pub use channels::{CreateChannel, UpdateChannel};
pub use error::RegionError;
pub use model::{Channel, Region, ShippingTax, StockAllocation, TaxRounding};
pub use update::{CreateRegion, UpdateRegion};

use crate::db::{Conn, Db, Result};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::RegionId;

/// Regions and sales channels.
#[derive(Clone)]
pub struct Regions {
    db: Db,
    clock: SharedClock,
}

impl Regions {
    /// Creates the facade for this database.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self { db, clock }
    }

    /// Returns the region with this id.
    pub async fn find(&self, conn: &Conn, id: RegionId) -> Result<Option<Region>> {
        Ok(self.by_ids(conn, &[id]).await?.pop())
    }
}
