//! Making, changing and deleting the rates of jurisdictions.

use rust_decimal::Decimal;

use super::{TaxError, TaxRate, Taxes, repo};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{TaxClassId, TaxJurisdictionId, TaxRateId, distinct};
use crate::kernel::text::Checks;

/// A rate to make.
#[derive(Clone, Debug)]
pub struct NewRate {
    /// Who levies it.
    pub jurisdiction_id: TaxJurisdictionId,
    /// On which class; `None` is the default.
    pub tax_class_id: Option<TaxClassId>,
    /// Name, as on an invoice.
    pub name: String,
    /// Code, for bookkeeping.
    pub code: String,
    /// The rate as a fraction from 0 to 1.
    pub rate: Decimal,
    /// Whether it is levied on the taxes before it too.
    pub compound: bool,
    /// Its place: low ones are levied first.
    pub position: i32,
    /// Since when it holds.
    pub starts_at: Option<Timestamp>,
    /// From when on it no longer holds.
    pub ends_at: Option<Timestamp>,
}

/// What to change of a rate; `None` leaves a thing as it is, `Some(None)` takes it away.
#[derive(Clone, Debug, Default)]
pub struct RateChanges {
    /// On which class.
    pub tax_class_id: Option<Option<TaxClassId>>,
    /// Name, as on an invoice.
    pub name: Option<String>,
    /// Code, for bookkeeping.
    pub code: Option<String>,
    /// The rate as a fraction from 0 to 1.
    pub rate: Option<Decimal>,
    /// Whether it is levied on the taxes before it too.
    pub compound: Option<bool>,
    /// Its place: low ones are levied first.
    pub position: Option<i32>,
    /// Since when it holds.
    pub starts_at: Option<Option<Timestamp>>,
    /// From when on it no longer holds.
    pub ends_at: Option<Option<Timestamp>>,
}

impl Taxes {
    /// Makes a rate.
    pub async fn create_rate(&self, new: NewRate) -> Result<TaxRate, TaxError> {
        let now = self.clock.now();
        let rate = TaxRate {
            id: TaxRateId::new(),
            jurisdiction_id: new.jurisdiction_id,
            tax_class_id: new.tax_class_id,
            name: new.name,
            code: new.code,
            rate: new.rate,
            compound: new.compound,
            position: new.position,
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            created_at: now,
            updated_at: now,
        };
        check(&rate)?;
        repo::insert_rate(&*self.db.conn().await?, &rate).await?;
        Ok(rate)
    }

    /// Changes a rate. Carts show it when they are next changed or completed; orders keep what they were taxed with.
    pub async fn update_rate(&self, id: TaxRateId, changes: RateChanges) -> Result<TaxRate, TaxError> {
        let tx = self.db.begin().await?;
        let missing = TaxError::NotFound { what: "tax rate", path: "id" };
        let mut rate = repo::lock_rate(&tx, id).await?.ok_or(missing)?;
        rate.tax_class_id = changes.tax_class_id.unwrap_or(rate.tax_class_id);
        rate.name = changes.name.unwrap_or(rate.name);
        rate.code = changes.code.unwrap_or(rate.code);
        rate.rate = changes.rate.unwrap_or(rate.rate);
        rate.compound = changes.compound.unwrap_or(rate.compound);
        rate.position = changes.position.unwrap_or(rate.position);
        rate.starts_at = changes.starts_at.unwrap_or(rate.starts_at);
        rate.ends_at = changes.ends_at.unwrap_or(rate.ends_at);
        rate.updated_at = self.clock.now();
        check(&rate)?;
        repo::update_rate(&tx, &rate).await?;
        tx.commit().await?;
        Ok(rate)
    }

    /// Deletes rates, all of them or none.
    pub async fn delete_rates(&self, ids: &[TaxRateId]) -> Result<Vec<TaxRateId>, TaxError> {
        let tx = self.db.begin().await?;
        let gone = repo::delete_rates(&tx, ids).await?;
        if gone.len() < distinct(ids) {
            return Err(TaxError::NotFound { what: "tax rate", path: "ids" });
        }
        tx.commit().await?;
        Ok(gone)
    }
}

fn check(rate: &TaxRate) -> Result<(), TaxError> {
    let mut checks = Checks::new();
    checks.line("input.name", &rate.name, 100);
    checks.required("input.name", &rate.name);
    checks.line("input.code", &rate.code, 50);
    checks.required("input.code", &rate.code);
    if rate.rate < Decimal::ZERO || rate.rate > Decimal::ONE || rate.rate.normalize().scale() > 6 {
        let message = "A tax rate is a fraction from 0 to 1 with at most 6 decimals: 0.19 is 19 %.";
        checks.add("input.rate", ErrorCode::InvalidRate, message);
    }
    checks.window("input.endsAt", rate.starts_at, rate.ends_at);
    checks.finish().map_err(TaxError::Invalid)
}
