//! The SQL of tax classes, jurisdictions and rates.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Taxes;
use super::model::{TaxClass, TaxJurisdiction, TaxRate};
use super::select::Levies;
use crate::db::keyset::keyset;
use crate::db::rows::rows;
use crate::db::schema::{tax_classes, tax_jurisdictions, tax_rates};
use crate::db::{Conn, Result};
use crate::kernel::country::Country;
use crate::kernel::ids::{TaxClassId, TaxJurisdictionId};
use crate::kernel::page::Window;

rows! { classes: TaxClass in tax_classes, by TaxClassId }
rows! { jurisdictions: TaxJurisdiction in tax_jurisdictions, by TaxJurisdictionId }
rows! { rates: TaxRate in tax_rates, by TaxRateId }

impl Taxes {
    /// Every tax class, by name. There are few.
    pub async fn list_classes(&self, mut conn: &Conn) -> Result<Vec<TaxClass>> {
        let by_name = tax_classes::table.order((tax_classes::name, tax_classes::id));
        Ok(by_name.select(TaxClass::as_select()).load(&mut conn).await?)
    }

    /// The tax classes with these ids, in no order.
    pub async fn classes(&self, conn: &Conn, ids: &[TaxClassId]) -> Result<Vec<TaxClass>> {
        classes::by_ids(conn, ids).await
    }

    /// The jurisdictions with these ids, in no order.
    pub async fn jurisdictions(&self, conn: &Conn, ids: &[TaxJurisdictionId]) -> Result<Vec<TaxJurisdiction>> {
        jurisdictions::by_ids(conn, ids).await
    }

    /// How many jurisdictions there are: in one country, or in all.
    pub async fn count_jurisdictions(&self, mut conn: &Conn, country: Option<Country>) -> Result<i64> {
        Ok(of(country).count().get_result(&mut conn).await?)
    }

    /// The rates of these jurisdictions, past and future ones included, in the order in which they are levied.
    pub async fn rates_of(&self, mut conn: &Conn, ids: &[TaxJurisdictionId]) -> Result<Vec<TaxRate>> {
        let of_jurisdictions = tax_rates::table.filter(tax_rates::jurisdiction_id.eq_any(ids));
        let in_order = of_jurisdictions.order((tax_rates::position, tax_rates::id));
        Ok(in_order.select(TaxRate::as_select()).load(&mut conn).await?)
    }
}

pub(super) async fn list_jurisdictions(
    mut conn: &Conn,
    country: Option<Country>,
    window: &Window,
    beyond: Option<(String, Uuid)>,
) -> Result<Vec<TaxJurisdiction>> {
    let query = of(country).select(TaxJurisdiction::as_select());
    let beyond = beyond.map(|(name, id)| (name, TaxJurisdictionId(id)));
    Ok(keyset!(query, window, false, tax_jurisdictions::name, tax_jurisdictions::id, beyond).load(&mut conn).await?)
}

fn of(country: Option<Country>) -> tax_jurisdictions::BoxedQuery<'static, diesel::pg::Pg> {
    let all = tax_jurisdictions::table.into_boxed();
    match country {
        Some(country) => all.filter(tax_jurisdictions::country.eq(country)),
        None => all,
    }
}

/// The jurisdictions of a country with all their rates, in one statement.
pub(super) async fn of_country(mut conn: &Conn, country: Country) -> Result<Vec<Levies>> {
    let with_rates = tax_jurisdictions::table.left_join(tax_rates::table);
    let of_country = with_rates.filter(tax_jurisdictions::country.eq(country)).order(tax_jurisdictions::id);
    let columns = (TaxJurisdiction::as_select(), Option::<TaxRate>::as_select());
    let rows: Vec<(TaxJurisdiction, Option<TaxRate>)> = of_country.select(columns).load(&mut conn).await?;
    let mut found: Vec<Levies> = Vec::new();
    for (jurisdiction, rate) in rows {
        match found.last_mut().filter(|last| last.jurisdiction.id == jurisdiction.id) {
            Some(last) => last.rates.extend(rate),
            None => found.push(Levies { jurisdiction, rates: Vec::from_iter(rate) }),
        }
    }
    Ok(found)
}
