//! How orders reach their buyers: shipping options, each of a region, at a price in its currency.

mod error;
mod model;
mod options;
mod repo;

pub use error::FulfilmentError;
pub use model::ShippingOption;
pub use options::{CreateShippingOption, UpdateShippingOption};

use crate::db::{Conn, Db, Result};
use crate::domain::regions::Regions;
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::ShippingOptionId;

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

    /// The option with this id, while it is on.
    pub async fn find_active(&self, conn: &Conn, id: ShippingOptionId) -> Result<Option<ShippingOption>> {
        Ok(self.options(conn, &[id]).await?.pop().filter(|option| option.active))
    }
}
