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

pub use channels::{NewChannel, UpdateChannel};
pub use edit::{NewRegion, RegionChanges};
pub use error::RegionError;
pub use model::{Channel, Region, ShippingTax, StockAllocation, TaxRounding};

use crate::db::{Conn, Db, Result};
use crate::kernel::clock::SharedClock;
use crate::kernel::country::Country;
use crate::kernel::ids::RegionId;
use crate::kernel::money::Currency;

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

    /// Every region, by name. There are few.
    pub async fn list(&self, conn: &Conn) -> Result<Vec<Region>> {
        repo::list(conn).await
    }

    /// The regions with these ids, in no order.
    pub async fn by_ids(&self, conn: &Conn, ids: &[RegionId]) -> Result<Vec<Region>> {
        repo::by_ids(conn, ids).await
    }

    /// The region with this id.
    pub async fn find(&self, conn: &Conn, id: RegionId) -> Result<Option<Region>> {
        Ok(repo::by_ids(conn, &[id]).await?.pop())
    }

    /// The region with this id, locked against changes until the caller's transaction ends.
    pub async fn find_for_share(&self, conn: &Conn, id: RegionId) -> Result<Option<Region>> {
        repo::find_for_share(conn, id).await
    }

    /// The region that serves this country.
    pub async fn serving(&self, conn: &Conn, country: Country) -> Result<Option<Region>> {
        repo::serving(conn, country).await
    }

    /// The oldest region with this currency.
    pub async fn with_currency(&self, conn: &Conn, currency: Currency) -> Result<Option<Region>> {
        repo::with_currency(conn, currency).await
    }

    /// The countries that these regions serve.
    pub async fn countries(&self, conn: &Conn, ids: &[RegionId]) -> Result<Vec<(RegionId, Country)>> {
        repo::countries(conn, ids).await
    }
}
