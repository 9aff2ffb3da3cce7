//! The SQL queries of tax classes, tax regions and rates.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Taxes;
use super::model::{TaxClass, TaxRate, TaxRegion};
use super::select::TaxRegionRates;
use crate::db::keyset::keyset;
use crate::db::rows::rows;
use crate::db::schema::{tax_classes, tax_rates, tax_regions};
use crate::db::{Conn, Result};
use crate::kernel::country::Country;
use crate::kernel::ids::{TaxClassId, TaxRateId, TaxRegionId};
use crate::kernel::page::PageRequest;

rows! { mod classes: TaxClass in tax_classes, by TaxClassId, read as Taxes::classes }
rows! { mod regions: TaxRegion in tax_regions, by TaxRegionId, read as Taxes::tax_regions }
rows! { mod rates: TaxRate in tax_rates, by TaxRateId }

impl Taxes {
    /// Returns all tax classes, by name. There are few.
    pub async fn list_classes(&self, mut conn: &Conn) -> Result<Vec<TaxClass>> {
        let by_name = tax_classes::table.order((tax_classes::name, tax_classes::id));
        Ok(by_name.select(TaxClass::as_select()).load(&mut conn).await?)
    }

    /// Returns the number of tax regions: in one country, or in all.
    pub async fn count_tax_regions(&self, mut conn: &Conn, country: Option<Country>) -> Result<i64> {
        Ok(of(country).count().get_result(&mut conn).await?)
    }

    /// Returns the rates of these tax regions, including past and future ones, in the order of application.
    pub async fn rates_of(&self, mut conn: &Conn, ids: &[TaxRegionId]) -> Result<Vec<TaxRate>> {
        let of_tax_regions = tax_rates::table.filter(tax_rates::tax_region_id.eq_any(ids));
        let in_order = of_tax_regions.order((tax_rates::position, tax_rates::id));
        Ok(in_order.select(TaxRate::as_select()).load(&mut conn).await?)
    }
}

pub(super) async fn list_tax_regions(
    mut conn: &Conn,
    country: Option<Country>,
    paging: &PageRequest,
    cursor: Option<(String, Uuid)>,
) -> Result<Vec<TaxRegion>> {
    let query = of(country).select(TaxRegion::as_select());
    let cursor = cursor.map(|(name, id)| (name, TaxRegionId(id)));
    Ok(keyset!(query, paging, false, tax_regions::name, tax_regions::id, cursor).load(&mut conn).await?)
}

fn of(country: Option<Country>) -> tax_regions::BoxedQuery<'static, diesel::pg::Pg> {
    let all = tax_regions::table.into_boxed();
    match country {
        Some(country) => all.filter(tax_regions::country.eq(country)),
        None => all,
    }
}

/// Returns the tax regions of a country with all their rates, in one statement.
pub(super) async fn of_country(mut conn: &Conn, country: Country) -> Result<Vec<TaxRegionRates>> {
    let with_rates = tax_regions::table.left_join(tax_rates::table);
    let of_country = with_rates.filter(tax_regions::country.eq(country)).order(tax_regions::id);
    let columns = (TaxRegion::as_select(), Option::<TaxRate>::as_select());
    let rows: Vec<(TaxRegion, Option<TaxRate>)> = of_country.select(columns).load(&mut conn).await?;
    let mut found: Vec<TaxRegionRates> = Vec::new();
    for (tax_region, rate) in rows {
        match found.last_mut().filter(|last| last.tax_region.id == tax_region.id) {
            Some(last) => last.rates.extend(rate),
            None => found.push(TaxRegionRates { tax_region, rates: Vec::from_iter(rate) }),
        }
    }
    Ok(found)
}
