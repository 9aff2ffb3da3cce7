use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::{TaxClass, TaxJurisdiction, TaxRate};
use crate::domain::tax::{
    CreateTaxClass, CreateTaxJurisdiction, CreateTaxRate, UpdateTaxClass, UpdateTaxJurisdiction, UpdateTaxRate,
};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::kernel::ids::{TaxClassId, TaxJurisdictionId, TaxRateId};

#[mutations(staff = SETTINGS)]
impl TaxMutation {
    /// Creates a tax class. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[returns(tax_class: TaxClass, "The new tax class.")]
    async fn tax_class_create(ctx: &Context<'_>, input: CreateTaxClass) -> Done<TaxClass> {
        Ok(ctx.for_write().taxes.create_class(input).await?)
    }

    /// Renames a tax class. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[returns(tax_class: TaxClass, "The tax class after the change.")]
    async fn tax_class_update(ctx: &Context<'_>, id: TaxClassId, input: UpdateTaxClass) -> Done<TaxClass> {
        Ok(ctx.for_write().taxes.update_class(id, input).await?)
    }

    /// Deletes tax classes, all of them or none. Codes: NOT_FOUND, IN_USE while products, shipping options or rates have one.
    #[returns(deleted_ids: value Vec<TaxClassId>, "The ids of the deleted tax classes.")]
    async fn tax_class_delete(ctx: &Context<'_>, ids: Vec<TaxClassId>) -> Result<Vec<TaxClassId>, Refusal> {
        Ok(ctx.for_write().taxes.delete_classes(&ids).await?)
    }

    /// Creates a tax jurisdiction, without rates yet. From then on its place is no longer taxed at the region's rate.
    /// Codes: REQUIRED, TOO_LONG, INVALID_TEXT, INVALID (postcodes), TAKEN.
    #[returns(tax_jurisdiction: TaxJurisdiction, "The new tax jurisdiction.")]
    async fn tax_jurisdiction_create(ctx: &Context<'_>, input: CreateTaxJurisdiction) -> Done<TaxJurisdiction> {
        Ok(ctx.for_write().taxes.create_jurisdiction(input).await?)
    }

    /// Updates a tax jurisdiction. Open carts show it when they are next changed or completed.
    /// Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID (postcodes), TAKEN.
    #[returns(tax_jurisdiction: TaxJurisdiction, "The tax jurisdiction after the change.")]
    async fn tax_jurisdiction_update(
        ctx: &Context<'_>,
        id: TaxJurisdictionId,
        input: UpdateTaxJurisdiction,
    ) -> Done<TaxJurisdiction> {
        Ok(ctx.for_write().taxes.update_jurisdiction(id, input).await?)
    }

    /// Deletes tax jurisdictions with their rates, all of them or none. Orders keep what they were taxed with.
    /// Codes: NOT_FOUND.
    #[returns(deleted_ids: value Vec<TaxJurisdictionId>, "The ids of the deleted tax jurisdictions.")]
    async fn tax_jurisdiction_delete(
        ctx: &Context<'_>,
        ids: Vec<TaxJurisdictionId>,
    ) -> Result<Vec<TaxJurisdictionId>, Refusal> {
        Ok(ctx.for_write().taxes.delete_jurisdictions(&ids).await?)
    }

    /// Creates a tax rate. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_RATE, INVALID_DATES.
    #[returns(tax_rate: TaxRate, "The new tax rate.")]
    async fn tax_rate_create(ctx: &Context<'_>, input: CreateTaxRate) -> Done<TaxRate> {
        Ok(ctx.for_write().taxes.create_rate(input).await?)
    }

    /// Updates a tax rate. Open carts show it when they are next changed or completed; orders keep what they were taxed
    /// with. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_RATE, INVALID_DATES.
    #[returns(tax_rate: TaxRate, "The tax rate after the change.")]
    async fn tax_rate_update(ctx: &Context<'_>, id: TaxRateId, input: UpdateTaxRate) -> Done<TaxRate> {
        Ok(ctx.for_write().taxes.update_rate(id, input).await?)
    }

    /// Deletes tax rates, all of them or none. Codes: NOT_FOUND.
    #[returns(deleted_ids: value Vec<TaxRateId>, "The ids of the deleted tax rates.")]
    async fn tax_rate_delete(ctx: &Context<'_>, ids: Vec<TaxRateId>) -> Result<Vec<TaxRateId>, Refusal> {
        Ok(ctx.for_write().taxes.delete_rates(&ids).await?)
    }
}
