//! The SQL of shipping options.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Fulfillment;
use super::model::ShippingOption;
use crate::db::rows::rows;
use crate::db::schema::shipping_options;
use crate::db::{Conn, Result};
use crate::kernel::ids::{RegionId, ShippingOptionId};

rows! { ShippingOption in shipping_options, by ShippingOptionId, read as Fulfillment::options }

impl Fulfillment {
    /// The options of these regions, sorted by position; inactive ones only if `inactive` is true.
    pub async fn options_of(&self, mut conn: &Conn, ids: &[RegionId], inactive: bool) -> Result<Vec<ShippingOption>> {
        let of_regions = shipping_options::table
            .filter(shipping_options::region_id.eq_any(ids))
            .filter(shipping_options::active.eq_any(if inactive { vec![true, false] } else { vec![true] }))
            .order((shipping_options::position, shipping_options::id));
        Ok(of_regions.select(ShippingOption::as_select()).load(&mut conn).await?)
    }
}
