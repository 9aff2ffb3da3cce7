use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::rows::rows;
use crate::db::schema::stock_locations;
use crate::db::{Conn, Result};
use crate::domain::inventory::Inventory;
use crate::domain::inventory::model::Location;
use crate::kernel::ids::LocationId;

rows! { Location in stock_locations, by LocationId, read as Inventory::locations_by_ids }

impl Inventory {
    /// All locations, in allocation order. There are few.
    pub async fn locations(&self, mut conn: &Conn) -> Result<Vec<Location>> {
        let in_order = stock_locations::table.order((stock_locations::position, stock_locations::id));
        Ok(in_order.select(Location::as_select()).load(&mut conn).await?)
    }
}
