//! Creates, updates and deletes tax rates.

use async_graphql::InputObject;

use super::{TaxError, TaxRate, Taxes, repo};
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::decimal::Decimal;
use crate::kernel::error::{ErrorCode, UserError, all_found};
use crate::kernel::ids::{TaxClassId, TaxRateId, TaxRegionId};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::Validator;

const WHAT: &str = "tax rate";

/// A tax rate to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "TaxRateCreateInput")]
pub struct CreateTaxRate {
    /// The id of the tax region the rate belongs to.
    pub tax_region_id: TaxRegionId,
    /// The id of the tax class the rate applies to, instead of the tax region's default rates. Omit it for a default
    /// rate.
    pub tax_class_id: Option<TaxClassId>,
    /// Name, as shown on invoices: at most 100 characters.
    pub name: String,
    /// Code, for accounting: at most 50 characters.
    pub code: String,
    /// The rate as a fraction from 0 to 1: `"0.19"` is 19%. At most 6 decimals.
    pub rate: Decimal,
    /// Whether it also applies to the taxes before it (compound tax).
    #[graphql(default)]
    pub compound: bool,
    /// The position: rates with lower positions are applied first.
    #[graphql(default)]
    pub position: i32,
    /// Time from which it is valid (UTC). Omit it for a rate that has always been valid.
    pub starts_at: Option<Timestamp>,
    /// Time from which it is no longer valid (UTC). Omit it for a rate without an end.
    pub ends_at: Option<Timestamp>,
}

/// The changes to a tax rate. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "TaxRateUpdateInput")]
pub struct UpdateTaxRate {
    /// The id of the tax class the rate applies to; null makes it a default rate.
    pub tax_class_id: Patch<TaxClassId>,
    /// Name, as shown on invoices: at most 100 characters.
    pub name: Option<String>,
    /// Code, for accounting: at most 50 characters.
    pub code: Option<String>,
    /// The rate as a fraction from 0 to 1. To change it at a certain time, end this rate at that time and create a new
    /// one.
    pub rate: Option<Decimal>,
    /// Whether it also applies to the taxes before it (compound tax).
    pub compound: Option<bool>,
    /// The position: rates with lower positions are applied first.
    pub position: Option<i32>,
    /// Time from which it is valid (UTC); null means that it has always been valid.
    pub starts_at: Patch<Timestamp>,
    /// Time from which it is no longer valid (UTC); null means that it has no end.
    pub ends_at: Patch<Timestamp>,
}

impl Taxes {
    /// Creates a rate.
    pub async fn create_rate(&self, command: CreateTaxRate) -> Result<TaxRate, TaxError> {
        let now = self.clock.now();
        let rate = TaxRate {
            id: TaxRateId::new(),
            tax_region_id: command.tax_region_id,
            tax_class_id: command.tax_class_id,
            name: command.name,
            code: command.code,
            rate: command.rate.0,
            compound: command.compound,
            position: command.position,
            starts_at: command.starts_at.map(clamp_to_storable),
            ends_at: command.ends_at.map(clamp_to_storable),
            created_at: now,
            updated_at: now,
        };
        check(&rate)?;
        repo::rates::insert(&*self.db.conn().await?, &rate).await?;
        Ok(rate)
    }

    /// Updates a rate. Carts reflect it when they are next changed or completed; orders keep their taxes.
    pub async fn update_rate(&self, id: TaxRateId, command: UpdateTaxRate) -> Result<TaxRate, TaxError> {
        let tx = self.db.begin().await?;
        let mut rate = repo::rates::lock(&tx, id).await?.ok_or_else(|| UserError::not_found(WHAT, "id"))?;
        command.tax_class_id.apply(&mut rate.tax_class_id);
        set(&mut rate.name, command.name);
        set(&mut rate.code, command.code);
        set(&mut rate.rate, command.rate.map(|rate| rate.0));
        set(&mut rate.compound, command.compound);
        set(&mut rate.position, command.position);
        command.starts_at.map(clamp_to_storable).apply(&mut rate.starts_at);
        command.ends_at.map(clamp_to_storable).apply(&mut rate.ends_at);
        rate.updated_at = self.clock.now();
        check(&rate)?;
        repo::rates::update(&tx, &rate).await?;
        tx.commit().await?;
        Ok(rate)
    }

    /// Deletes rates, all of them or none.
    pub async fn delete_rates(&self, ids: &[TaxRateId]) -> Result<Vec<TaxRateId>, TaxError> {
        let tx = self.db.begin().await?;
        let gone = repo::rates::delete(&tx, ids).await?;
        all_found(WHAT, ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn check(rate: &TaxRate) -> Result<(), TaxError> {
    let mut validator = Validator::new();
    validator.line("input.name", &rate.name, 100);
    validator.required("input.name", &rate.name);
    validator.line("input.code", &rate.code, 50);
    validator.required("input.code", &rate.code);
    let fraction = rust_decimal::Decimal::ZERO..=rust_decimal::Decimal::ONE;
    if !fraction.contains(&rate.rate) || rate.rate.normalize().scale() > 6 {
        let message = "A tax rate must be a fraction from 0 to 1 with at most 6 decimals: 0.19 is 19%.";
        validator.add("input.rate", ErrorCode::InvalidRate, message);
    }
    validator.period("input.endsAt", rate.starts_at, rate.ends_at);
    validator.finish().map_err(TaxError::Invalid)
}
