//! Where the shop sells: regions (a currency, the countries it serves, how tax is shown there) and sales channels.
//!
//! # Decisions
//! - A country is in one region at most; the database keeps it so.
//! - The first region becomes the default region of the channels; every other choice is made with `channelUpdate`. A default
//!   region is not deleted: shoppers who have not said where they are would be without prices.
//! - A region's currency is fixed when it is made: carts, prices and shipping options are written in it.

mod channels;
mod edit;
mod error;
mod model;
mod repo;

pub use channels::{CreateChannel, UpdateChannel};
pub use edit::{CreateRegion, UpdateRegion};
pub use error::RegionError;
pub use model::{Channel, Region, ShippingTax, StockAllocation, TaxRounding};

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
    /// The facade over this database.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self { db, clock }
    }

    /// The region with this id.
    pub async fn find(&self, conn: &Conn, id: RegionId) -> Result<Option<Region>> {
        Ok(self.by_ids(conn, &[id]).await?.pop())
    }
}
