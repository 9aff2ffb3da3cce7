//! The SQL queries of regions and channels.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Regions;
use super::model::{Channel, Region};
use crate::db::rows::rows;
use crate::db::schema::{region_countries, regions, sales_channels};
use crate::db::{Conn, Result};
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, RegionId};
use crate::kernel::money::Currency;

rows! { Region in regions, by RegionId, read as Regions::by_ids }

impl Regions {
    /// Returns all regions, by name. There are few.
    pub async fn list(&self, mut conn: &Conn) -> Result<Vec<Region>> {
        Ok(regions::table.order((regions::name, regions::id)).select(Region::as_select()).load(&mut conn).await?)
    }

    /// Returns the region with this id, locked against changes until the caller's transaction ends.
    pub async fn find_for_share(&self, mut conn: &Conn, id: RegionId) -> Result<Option<Region>> {
        Ok(regions::table.find(id).select(Region::as_select()).for_share().first(&mut conn).await.optional()?)
    }

    /// Returns the region that serves this country.
    pub async fn serving(&self, mut conn: &Conn, country: Country) -> Result<Option<Region>> {
        let of_country =
            region_countries::table.filter(region_countries::country.eq(country)).inner_join(regions::table);
        Ok(of_country.select(Region::as_select()).first(&mut conn).await.optional()?)
    }

    /// Returns the oldest region with this currency.
    pub async fn with_currency(&self, mut conn: &Conn, currency: Currency) -> Result<Option<Region>> {
        let with_currency = regions::table.filter(regions::currency.eq(currency)).order(regions::id);
        Ok(with_currency.select(Region::as_select()).first(&mut conn).await.optional()?)
    }

    /// Returns the countries that these regions serve.
    pub async fn countries(&self, mut conn: &Conn, ids: &[RegionId]) -> Result<Vec<(RegionId, Country)>> {
        let of_regions = region_countries::table.filter(region_countries::region_id.eq_any(ids));
        let columns = (region_countries::region_id, region_countries::country);
        Ok(of_regions.order(region_countries::country).select(columns).load(&mut conn).await?)
    }

    /// Returns all channels, oldest first. There are few.
    pub async fn channels(&self, mut conn: &Conn) -> Result<Vec<Channel>> {
        let oldest = sales_channels::table.order((sales_channels::created_at, sales_channels::id));
        Ok(oldest.select(Channel::as_select()).load(&mut conn).await?)
    }

    /// Returns the channel with this id.
    pub async fn channel(&self, mut conn: &Conn, id: ChannelId) -> Result<Option<Channel>> {
        Ok(sales_channels::table.find(id).select(Channel::as_select()).first(&mut conn).await.optional()?)
    }

    /// Returns the channel with this publishable key.
    pub async fn channel_by_key(&self, mut conn: &Conn, key: &str) -> Result<Option<Channel>> {
        let by_key = sales_channels::table.filter(sales_channels::publishable_key.eq(key));
        Ok(by_key.select(Channel::as_select()).first(&mut conn).await.optional()?)
    }

    /// Returns those of these channels that exist.
    pub async fn known_channels(&self, mut conn: &Conn, ids: &[ChannelId]) -> Result<Vec<ChannelId>> {
        let known = sales_channels::table.filter(sales_channels::id.eq_any(ids)).select(sales_channels::id);
        Ok(known.load(&mut conn).await?)
    }

    /// Returns the oldest channel, used for requests without a key. `None` only before the shop is set up.
    pub async fn first_channel(&self, mut conn: &Conn) -> Result<Option<Channel>> {
        let oldest = sales_channels::table.order((sales_channels::created_at, sales_channels::id));
        Ok(oldest.select(Channel::as_select()).first(&mut conn).await.optional()?)
    }

    /// Allocates the next order number of a channel in the caller's transaction. The row stays locked until that ends,
    /// so numbers are unique without gaps from races; call this as late as possible (rule G13).
    pub async fn next_order_number_in(&self, mut conn: &Conn, id: ChannelId) -> Result<i64> {
        let number = sales_channels::last_order_number;
        let counted = diesel::update(sales_channels::table.find(id)).set(number.eq(number + 1));
        Ok(counted.returning(number).get_result(&mut conn).await?)
    }
}

/// Returns whether this is the only region.
pub(super) async fn is_only_region(mut conn: &Conn, id: RegionId) -> Result<bool> {
    let others = regions::table.filter(regions::id.ne(id)).select(regions::id);
    Ok(!diesel::select(diesel::dsl::exists(others)).get_result(&mut conn).await?)
}

/// Returns those of these countries that other regions serve, with the regions.
pub(super) async fn served_by_others(
    mut conn: &Conn,
    id: RegionId,
    countries: &[Country],
) -> Result<Vec<(Country, Region)>> {
    let taken = region_countries::table
        .filter(region_countries::country.eq_any(countries))
        .filter(region_countries::region_id.ne(id))
        .inner_join(regions::table)
        .order(region_countries::country);
    Ok(taken.select((region_countries::country, Region::as_select())).load(&mut conn).await?)
}

pub(super) async fn set_countries(mut conn: &Conn, id: RegionId, countries: &[Country]) -> Result<()> {
    diesel::delete(region_countries::table.filter(region_countries::region_id.eq(id))).execute(&mut conn).await?;
    let row = |country: &Country| (region_countries::country.eq(*country), region_countries::region_id.eq(id));
    let rows: Vec<_> = countries.iter().map(row).collect();
    diesel::insert_into(region_countries::table).values(rows).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn insert_channel(mut conn: &Conn, channel: &Channel) -> Result<()> {
    diesel::insert_into(sales_channels::table).values(channel).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn lock_channel(mut conn: &Conn, id: ChannelId) -> Result<Option<Channel>> {
    let locked = sales_channels::table.find(id).select(Channel::as_select()).for_update();
    Ok(locked.first(&mut conn).await.optional()?)
}

/// Locks all channels, in id order.
pub(super) async fn lock_channels(mut conn: &Conn) -> Result<Vec<Channel>> {
    let locked = sales_channels::table.order(sales_channels::id).select(Channel::as_select()).for_update();
    Ok(locked.load(&mut conn).await?)
}

pub(super) async fn update_channel(mut conn: &Conn, channel: &Channel) -> Result<()> {
    diesel::update(sales_channels::table.find(channel.id))
        .set((
            sales_channels::name.eq(&channel.name),
            sales_channels::default_region_id.eq(channel.default_region_id),
            sales_channels::stock_allocation.eq(channel.stock_allocation),
            sales_channels::cart_holds.eq(channel.cart_holds),
        ))
        .execute(&mut conn)
        .await?;
    Ok(())
}
