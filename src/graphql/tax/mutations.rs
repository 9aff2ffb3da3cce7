use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::{TaxClass, TaxRate, TaxRegion};
use crate::domain::tax::{
    CreateTaxClass, CreateTaxRate, CreateTaxRegion, UpdateTaxClass, UpdateTaxRate, UpdateTaxRegion,
};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::kernel::ids::{TaxClassId, TaxRateId, TaxRegionId};

#[mutations(staff = SETTINGS)]
impl TaxMutation {
    /// Creates a tax class. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[returns(tax_class: TaxClass, "The new tax class.")]
    async fn tax_class_create(
        ctx: &Context<'_>,
        /// The tax class to create.
        input: CreateTaxClass,
    ) -> Done<TaxClass> {
        Ok(ctx.writer().taxes.create_class(input).await?)
    }

    /// Renames a tax class. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[returns(tax_class: TaxClass, "The updated tax class.")]
    async fn tax_class_update(
        ctx: &Context<'_>,
        /// The id of the tax class.
        id: TaxClassId,
        /// The changes.
        input: UpdateTaxClass,
    ) -> Done<TaxClass> {
        Ok(ctx.writer().taxes.update_class(id, input).await?)
    }

    /// Deletes tax classes, all of them or none.
    /// Codes: NOT_FOUND, IN_USE while products, shipping options or tax rates use one.
    #[returns(deleted_ids: value Vec<TaxClassId>, "The ids of the deleted tax classes.")]
    async fn tax_class_delete(
        ctx: &Context<'_>,
        /// The ids of the tax classes.
        ids: Vec<TaxClassId>,
    ) -> Result<Vec<TaxClassId>, Refusal> {
        Ok(ctx.writer().taxes.delete_classes(&ids).await?)
    }

    /// Creates a tax region without rates. From then on, its addresses are no longer taxed at the default rate of the
    /// shop's region.
    /// Codes: REQUIRED, TOO_LONG, INVALID_TEXT, INVALID (postal codes), TAKEN.
    #[returns(tax_region: TaxRegion, "The new tax region.")]
    async fn tax_region_create(
        ctx: &Context<'_>,
        /// The tax region to create.
        input: CreateTaxRegion,
    ) -> Done<TaxRegion> {
        Ok(ctx.writer().taxes.create_tax_region(input).await?)
    }

    /// Updates a tax region. Open carts reflect it when they are next changed or completed.
    /// Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID (postal codes), TAKEN.
    #[returns(tax_region: TaxRegion, "The updated tax region.")]
    async fn tax_region_update(
        ctx: &Context<'_>,
        /// The id of the tax region.
        id: TaxRegionId,
        /// The changes.
        input: UpdateTaxRegion,
    ) -> Done<TaxRegion> {
        Ok(ctx.writer().taxes.update_tax_region(id, input).await?)
    }

    /// Deletes tax regions with their rates, all of them or none. Existing orders keep their taxes. Codes: NOT_FOUND.
    #[returns(deleted_ids: value Vec<TaxRegionId>, "The ids of the deleted tax regions.")]
    async fn tax_region_delete(
        ctx: &Context<'_>,
        /// The ids of the tax regions.
        ids: Vec<TaxRegionId>,
    ) -> Result<Vec<TaxRegionId>, Refusal> {
        Ok(ctx.writer().taxes.delete_tax_regions(&ids).await?)
    }

    /// Creates a tax rate. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_RATE, INVALID_DATES.
    #[returns(tax_rate: TaxRate, "The new tax rate.")]
    async fn tax_rate_create(
        ctx: &Context<'_>,
        /// The tax rate to create.
        input: CreateTaxRate,
    ) -> Done<TaxRate> {
        Ok(ctx.writer().taxes.create_rate(input).await?)
    }

    /// Updates a tax rate. Open carts reflect it when they are next changed or completed; existing orders keep their
    /// taxes.
    /// Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_RATE, INVALID_DATES.
    #[returns(tax_rate: TaxRate, "The updated tax rate.")]
    async fn tax_rate_update(
        ctx: &Context<'_>,
        /// The id of the tax rate.
        id: TaxRateId,
        /// The changes.
        input: UpdateTaxRate,
    ) -> Done<TaxRate> {
        Ok(ctx.writer().taxes.update_rate(id, input).await?)
    }

    /// Deletes tax rates, all of them or none. Codes: NOT_FOUND.
    #[returns(deleted_ids: value Vec<TaxRateId>, "The ids of the deleted tax rates.")]
    async fn tax_rate_delete(
        ctx: &Context<'_>,
        /// The ids of the tax rates.
        ids: Vec<TaxRateId>,
    ) -> Result<Vec<TaxRateId>, Refusal> {
        Ok(ctx.writer().taxes.delete_rates(&ids).await?)
    }
}
