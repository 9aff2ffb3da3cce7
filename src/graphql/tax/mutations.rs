use async_graphql::{Context, Object};

use super::inputs::{
    TaxClassCreateInput, TaxClassUpdateInput, TaxJurisdictionCreateInput, TaxJurisdictionUpdateInput,
    TaxRateCreateInput, TaxRateUpdateInput,
};
use super::objects::{TaxClass, TaxJurisdiction, TaxRate};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{TaxClassId, TaxJurisdictionId, TaxRateId};

payloads! {
    TaxClassCreatePayload {
        /// The new class.
        tax_class: TaxClass
    }
    TaxClassUpdatePayload {
        /// The class after the change.
        tax_class: TaxClass
    }
    TaxClassDeletePayload {
        /// The classes that are gone.
        deleted_ids: Vec<TaxClassId>
    }
    TaxJurisdictionCreatePayload {
        /// The new jurisdiction.
        tax_jurisdiction: TaxJurisdiction
    }
    TaxJurisdictionUpdatePayload {
        /// The jurisdiction after the change.
        tax_jurisdiction: TaxJurisdiction
    }
    TaxJurisdictionDeletePayload {
        /// The jurisdictions that are gone.
        deleted_ids: Vec<TaxJurisdictionId>
    }
    TaxRateCreatePayload {
        /// The new rate.
        tax_rate: TaxRate
    }
    TaxRateUpdatePayload {
        /// The rate after the change.
        tax_rate: TaxRate
    }
    TaxRateDeletePayload {
        /// The rates that are gone.
        deleted_ids: Vec<TaxRateId>
    }
}

#[derive(Default)]
pub struct TaxMutation;

#[Object]
impl TaxMutation {
    /// Makes a tax class. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_class_create(&self, ctx: &Context<'_>, input: TaxClassCreateInput) -> Result<TaxClassCreatePayload> {
        let outcome = ctx.for_write().taxes.create_class(input.name).await;
        TaxClassCreatePayload::of(outcome, |row| TaxClassCreatePayload {
            tax_class: Some(TaxClass(row)),
            ..Default::default()
        })
    }

    /// Renames a tax class. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, TAKEN.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_class_update(
        &self,
        ctx: &Context<'_>,
        id: TaxClassId,
        input: TaxClassUpdateInput,
    ) -> Result<TaxClassUpdatePayload> {
        let outcome = ctx.for_write().taxes.update_class(id, input.name).await;
        TaxClassUpdatePayload::of(outcome, |row| TaxClassUpdatePayload {
            tax_class: Some(TaxClass(row)),
            ..Default::default()
        })
    }

    /// Deletes tax classes, all of them or none. Codes: NOT_FOUND, IN_USE while products, shipping options or rates have one.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_class_delete(&self, ctx: &Context<'_>, ids: Vec<TaxClassId>) -> Result<TaxClassDeletePayload> {
        let outcome = ctx.for_write().taxes.delete_classes(&ids).await;
        TaxClassDeletePayload::of(outcome, |ids| TaxClassDeletePayload { deleted_ids: Some(ids), ..Default::default() })
    }

    /// Makes a tax jurisdiction, without rates yet. From then on its place is no longer taxed at the region's rate.
    /// Codes: REQUIRED, TOO_LONG, INVALID_TEXT, INVALID (postcodes), TAKEN.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_jurisdiction_create(
        &self,
        ctx: &Context<'_>,
        input: TaxJurisdictionCreateInput,
    ) -> Result<TaxJurisdictionCreatePayload> {
        let outcome = ctx.for_write().taxes.create_jurisdiction(input.into()).await;
        TaxJurisdictionCreatePayload::of(outcome, |row| TaxJurisdictionCreatePayload {
            tax_jurisdiction: Some(TaxJurisdiction(row)),
            ..Default::default()
        })
    }

    /// Changes a tax jurisdiction. Open carts show it when they are next changed or completed.
    /// Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID (postcodes), TAKEN.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_jurisdiction_update(
        &self,
        ctx: &Context<'_>,
        id: TaxJurisdictionId,
        input: TaxJurisdictionUpdateInput,
    ) -> Result<TaxJurisdictionUpdatePayload> {
        let outcome = ctx.for_write().taxes.update_jurisdiction(id, input.into()).await;
        TaxJurisdictionUpdatePayload::of(outcome, |row| TaxJurisdictionUpdatePayload {
            tax_jurisdiction: Some(TaxJurisdiction(row)),
            ..Default::default()
        })
    }

    /// Deletes tax jurisdictions with their rates, all of them or none. Orders keep what they were taxed with.
    /// Codes: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_jurisdiction_delete(
        &self,
        ctx: &Context<'_>,
        ids: Vec<TaxJurisdictionId>,
    ) -> Result<TaxJurisdictionDeletePayload> {
        let outcome = ctx.for_write().taxes.delete_jurisdictions(&ids).await;
        TaxJurisdictionDeletePayload::of(outcome, |ids| TaxJurisdictionDeletePayload {
            deleted_ids: Some(ids),
            ..Default::default()
        })
    }

    /// Makes a tax rate. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_RATE, INVALID_DATES.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_rate_create(&self, ctx: &Context<'_>, input: TaxRateCreateInput) -> Result<TaxRateCreatePayload> {
        let outcome = ctx.for_write().taxes.create_rate(input.into()).await;
        TaxRateCreatePayload::of(outcome, |row| TaxRateCreatePayload {
            tax_rate: Some(TaxRate(row)),
            ..Default::default()
        })
    }

    /// Changes a tax rate. Open carts show it when they are next changed or completed; orders keep what they were taxed
    /// with. Codes: NOT_FOUND, REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_RATE, INVALID_DATES.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_rate_update(
        &self,
        ctx: &Context<'_>,
        id: TaxRateId,
        input: TaxRateUpdateInput,
    ) -> Result<TaxRateUpdatePayload> {
        let outcome = ctx.for_write().taxes.update_rate(id, input.into()).await;
        TaxRateUpdatePayload::of(outcome, |row| TaxRateUpdatePayload {
            tax_rate: Some(TaxRate(row)),
            ..Default::default()
        })
    }

    /// Deletes tax rates, all of them or none. Codes: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_rate_delete(&self, ctx: &Context<'_>, ids: Vec<TaxRateId>) -> Result<TaxRateDeletePayload> {
        let outcome = ctx.for_write().taxes.delete_rates(&ids).await;
        TaxRateDeletePayload::of(outcome, |ids| TaxRateDeletePayload { deleted_ids: Some(ids), ..Default::default() })
    }
}
