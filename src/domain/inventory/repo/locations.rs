use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::stock_locations;
use crate::db::{Conn, Result};
use crate::domain::inventory::Inventory;
use crate::domain::inventory::model::Location;
use crate::kernel::ids::LocationId;

impl Inventory {
    /// All locations, in allocation order. There are few.
    pub async fn locations(&self, mut conn: &Conn) -> Result<Vec<Location>> {
        let in_order = stock_locations::table.order((stock_locations::position, stock_locations::id));
        Ok(in_order.select(Location::as_select()).load(&mut conn).await?)
    }

    /// The locations with these ids, in no particular order.
    pub async fn locations_by_ids(&self, mut conn: &Conn, ids: &[LocationId]) -> Result<Vec<Location>> {
        let by_ids = stock_locations::table.filter(stock_locations::id.eq_any(ids));
        Ok(by_ids.select(Location::as_select()).load(&mut conn).await?)
    }
}

pub(in super::super) async fn lock_location(mut conn: &Conn, id: LocationId) -> Result<Option<Location>> {
    let by_id = stock_locations::table.find(id).select(Location::as_select());
    Ok(by_id.for_update().first(&mut conn).await.optional()?)
}

pub(in super::super) async fn insert_location(mut conn: &Conn, location: &Location) -> Result<()> {
    diesel::insert_into(stock_locations::table).values(location).execute(&mut conn).await?;
    Ok(())
}

pub(in super::super) async fn update_location(mut conn: &Conn, location: &Location) -> Result<()> {
    diesel::update(stock_locations::table.find(location.id)).set(location).execute(&mut conn).await?;
    Ok(())
}
