//! How orders reach their buyers: shipping options, each of a region, at a price in its currency.

mod error;
mod model;
mod options;
mod repo;

pub use error::FulfilmentError;
pub use model::ShippingOption;
pub use options::{NewShippingOption, ShippingOptionChanges};

use crate::db::{Conn, Db, Result};
use crate::domain::regions::Regions;
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{RegionId, ShippingOptionId};

/// Shipping options.
#[derive(Clone)]
pub struct Fulfilment {
    db: Db,
    clock: SharedClock,
    regions: Regions,
}

impl Fulfilment {
    /// The facade over this database.
    pub fn new(db: Db, clock: SharedClock, regions: Regions) -> Self {
        Self { db, clock, regions }
    }

    /// The options of these regions, in their order; the ones that are switched off only when asked for.
    pub async fn options_of(&self, conn: &Conn, ids: &[RegionId], inactive: bool) -> Result<Vec<ShippingOption>> {
        repo::of_regions(conn, ids, inactive).await
    }

    /// The option with this id, while it is on.
    pub async fn find_active(&self, conn: &Conn, id: ShippingOptionId) -> Result<Option<ShippingOption>> {
        Ok(repo::by_ids(conn, &[id]).await?.pop().filter(|option| option.active))
    }

    /// The options with these ids, in no order.
    pub async fn options(&self, conn: &Conn, ids: &[ShippingOptionId]) -> Result<Vec<ShippingOption>> {
        repo::by_ids(conn, ids).await
    }
}
