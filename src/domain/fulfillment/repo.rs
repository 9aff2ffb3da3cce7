//! The SQL of shipping options.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Fulfillment;
use super::model::ShippingOption;
use crate::db::schema::shipping_options;
use crate::db::{Conn, Result};
use crate::kernel::ids::{RegionId, ShippingOptionId};

impl Fulfillment {
    /// The options of these regions, sorted by position; inactive ones only if `inactive` is true.
    pub async fn options_of(&self, mut conn: &Conn, ids: &[RegionId], inactive: bool) -> Result<Vec<ShippingOption>> {
        let of_regions = shipping_options::table
            .filter(shipping_options::region_id.eq_any(ids))
            .filter(shipping_options::active.eq_any(if inactive { vec![true, false] } else { vec![true] }))
            .order((shipping_options::position, shipping_options::id));
        Ok(of_regions.select(ShippingOption::as_select()).load(&mut conn).await?)
    }

    /// The options with these ids, in no particular order.
    pub async fn options(&self, mut conn: &Conn, ids: &[ShippingOptionId]) -> Result<Vec<ShippingOption>> {
        let by_ids = shipping_options::table.filter(shipping_options::id.eq_any(ids));
        Ok(by_ids.select(ShippingOption::as_select()).load(&mut conn).await?)
    }
}

pub(super) async fn lock(mut conn: &Conn, id: ShippingOptionId) -> Result<Option<ShippingOption>> {
    let locked = shipping_options::table.find(id).select(ShippingOption::as_select()).for_update();
    Ok(locked.first(&mut conn).await.optional()?)
}

pub(super) async fn insert(mut conn: &Conn, option: &ShippingOption) -> Result<()> {
    diesel::insert_into(shipping_options::table).values(option).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn update(mut conn: &Conn, option: &ShippingOption) -> Result<()> {
    diesel::update(shipping_options::table.find(option.id)).set(option).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn delete(mut conn: &Conn, ids: &[ShippingOptionId]) -> Result<Vec<ShippingOptionId>> {
    let gone = diesel::delete(shipping_options::table.filter(shipping_options::id.eq_any(ids)));
    Ok(gone.returning(shipping_options::id).get_results(&mut conn).await?)
}
