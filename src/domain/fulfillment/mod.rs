//! Shipping options: each belongs to a region and has a price in the region's currency.

mod error;
mod model;
mod options;
mod repo;

pub use error::FulfillmentError;
pub use model::ShippingOption;
pub use options::{CreateShippingOption, UpdateShippingOption};

use crate::db::{Conn, Db, Result};
use crate::domain::regions::Regions;
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::ShippingOptionId;

/// Shipping options.
#[derive(Clone)]
pub struct Fulfillment {
    db: Db,
    clock: SharedClock,
    regions: Regions,
}

impl Fulfillment {
    /// Creates the facade for this database.
    pub fn new(db: Db, clock: SharedClock, regions: Regions) -> Self {
        Self { db, clock, regions }
    }

    /// The option with this id, if it is active.
    pub async fn find_active(&self, conn: &Conn, id: ShippingOptionId) -> Result<Option<ShippingOption>> {
        Ok(self.options(conn, &[id]).await?.pop().filter(|option| option.active))
    }
}
