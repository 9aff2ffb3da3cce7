//! The SQL of tax classes, jurisdictions and rates.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{TaxClass, TaxJurisdiction, TaxRate};
use super::select::Levies;
use crate::db::keyset::keyset;
use crate::db::schema::{tax_classes, tax_jurisdictions, tax_rates};
use crate::db::{Conn, Result};
use crate::kernel::country::Country;
use crate::kernel::ids::{TaxClassId, TaxJurisdictionId, TaxRateId};
use crate::kernel::page::Window;

pub(super) async fn list_classes(mut conn: &Conn) -> Result<Vec<TaxClass>> {
    let by_name = tax_classes::table.order((tax_classes::name, tax_classes::id));
    Ok(by_name.select(TaxClass::as_select()).load(&mut conn).await?)
}

pub(super) async fn classes(mut conn: &Conn, ids: &[TaxClassId]) -> Result<Vec<TaxClass>> {
    Ok(tax_classes::table.filter(tax_classes::id.eq_any(ids)).select(TaxClass::as_select()).load(&mut conn).await?)
}

pub(super) async fn lock_class(mut conn: &Conn, id: TaxClassId) -> Result<Option<TaxClass>> {
    let locked = tax_classes::table.find(id).select(TaxClass::as_select()).for_update();
    Ok(locked.first(&mut conn).await.optional()?)
}

pub(super) async fn insert_class(mut conn: &Conn, class: &TaxClass) -> Result<()> {
    diesel::insert_into(tax_classes::table).values(class).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn update_class(mut conn: &Conn, class: &TaxClass) -> Result<()> {
    diesel::update(tax_classes::table.find(class.id)).set(class).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn delete_classes(mut conn: &Conn, ids: &[TaxClassId]) -> Result<Vec<TaxClassId>> {
    let gone = diesel::delete(tax_classes::table.filter(tax_classes::id.eq_any(ids)));
    Ok(gone.returning(tax_classes::id).get_results(&mut conn).await?)
}

pub(super) async fn jurisdictions(mut conn: &Conn, ids: &[TaxJurisdictionId]) -> Result<Vec<TaxJurisdiction>> {
    let by_ids = tax_jurisdictions::table.filter(tax_jurisdictions::id.eq_any(ids));
    Ok(by_ids.select(TaxJurisdiction::as_select()).load(&mut conn).await?)
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

pub(super) async fn count_jurisdictions(mut conn: &Conn, country: Option<Country>) -> Result<i64> {
    Ok(of(country).count().get_result(&mut conn).await?)
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

pub(super) async fn lock_jurisdiction(mut conn: &Conn, id: TaxJurisdictionId) -> Result<Option<TaxJurisdiction>> {
    let locked = tax_jurisdictions::table.find(id).select(TaxJurisdiction::as_select()).for_update();
    Ok(locked.first(&mut conn).await.optional()?)
}

pub(super) async fn insert_jurisdiction(mut conn: &Conn, jurisdiction: &TaxJurisdiction) -> Result<()> {
    diesel::insert_into(tax_jurisdictions::table).values(jurisdiction).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn update_jurisdiction(mut conn: &Conn, jurisdiction: &TaxJurisdiction) -> Result<()> {
    diesel::update(tax_jurisdictions::table.find(jurisdiction.id)).set(jurisdiction).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn delete_jurisdictions(mut conn: &Conn, ids: &[TaxJurisdictionId]) -> Result<Vec<TaxJurisdictionId>> {
    let gone = diesel::delete(tax_jurisdictions::table.filter(tax_jurisdictions::id.eq_any(ids)));
    Ok(gone.returning(tax_jurisdictions::id).get_results(&mut conn).await?)
}

pub(super) async fn rates_of(mut conn: &Conn, ids: &[TaxJurisdictionId]) -> Result<Vec<TaxRate>> {
    let of_jurisdictions = tax_rates::table.filter(tax_rates::jurisdiction_id.eq_any(ids));
    let in_order = of_jurisdictions.order((tax_rates::position, tax_rates::id));
    Ok(in_order.select(TaxRate::as_select()).load(&mut conn).await?)
}

pub(super) async fn lock_rate(mut conn: &Conn, id: TaxRateId) -> Result<Option<TaxRate>> {
    let locked = tax_rates::table.find(id).select(TaxRate::as_select()).for_update();
    Ok(locked.first(&mut conn).await.optional()?)
}

pub(super) async fn insert_rate(mut conn: &Conn, rate: &TaxRate) -> Result<()> {
    diesel::insert_into(tax_rates::table).values(rate).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn update_rate(mut conn: &Conn, rate: &TaxRate) -> Result<()> {
    diesel::update(tax_rates::table.find(rate.id)).set(rate).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn delete_rates(mut conn: &Conn, ids: &[TaxRateId]) -> Result<Vec<TaxRateId>> {
    let gone = diesel::delete(tax_rates::table.filter(tax_rates::id.eq_any(ids)));
    Ok(gone.returning(tax_rates::id).get_results(&mut conn).await?)
}
