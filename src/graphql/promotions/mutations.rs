use async_graphql::{Context, Object};

use super::inputs::{PromotionCreateInput, PromotionUpdateInput};
use super::objects::{Promotion, PromotionCode};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{PromotionCodeId, PromotionId};

payloads! {
    PromotionCreatePayload {
        /// The new promotion.
        promotion: Promotion
    }
    PromotionUpdatePayload {
        /// The promotion after the change.
        promotion: Promotion
    }
    PromotionActivatePayload {
        /// The promotion after the change.
        promotion: Promotion
    }
    PromotionDeactivatePayload {
        /// The promotion after the change.
        promotion: Promotion
    }
    PromotionDeletePayload {
        /// The promotions that are gone.
        deleted_ids: Vec<PromotionId>
    }
    CodesCreatePayload {
        /// The new codes.
        codes: Vec<PromotionCode>
    }
    CodesGeneratePayload {
        /// The new codes.
        codes: Vec<PromotionCode>
    }
    CodesRevokePayload {
        /// The codes after the change.
        codes: Vec<PromotionCode>
    }
}

#[derive(Default)]
pub struct PromotionMutation;

#[Object]
impl PromotionMutation {
    /// Makes a promotion, with its first codes. Codes: REQUIRED, INVALID, INVALID_AMOUNT, INVALID_PERCENTAGE,
    /// INVALID_QUANTITY, INVALID_DATES, CURRENCY_MISMATCH for amounts in several currencies or in another one than the
    /// campaign's budget, NOT_FOUND for ids that nothing has, TAKEN for codes that there are.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn promotion_create(&self, ctx: &Context<'_>, input: PromotionCreateInput) -> Result<PromotionCreatePayload> {
        let outcome = ctx.for_write().promotions.create(input.into()).await;
        PromotionCreatePayload::of(outcome, |row| PromotionCreatePayload {
            promotion: Some(Promotion(row)),
            ..Default::default()
        })
    }

    /// Changes a promotion, only if `expectedVersion` is still its version when that is given. Open carts show the
    /// change when they are next changed or completed. Codes: those of promotionCreate, STALE_VERSION, and BUDGET_SPENT
    /// for a limit below the uses that there are.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn promotion_update(
        &self,
        ctx: &Context<'_>,
        id: PromotionId,
        input: PromotionUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<PromotionUpdatePayload> {
        let outcome = ctx.for_write().promotions.update(id, input.into(), expected_version).await;
        PromotionUpdatePayload::of(outcome, |row| PromotionUpdatePayload {
            promotion: Some(Promotion(row)),
            ..Default::default()
        })
    }

    /// Lets a promotion apply, within its dates. Codes: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn promotion_activate(&self, ctx: &Context<'_>, id: PromotionId) -> Result<PromotionActivatePayload> {
        let outcome = ctx.for_write().promotions.activate(id).await;
        PromotionActivatePayload::of(outcome, |row| PromotionActivatePayload {
            promotion: Some(Promotion(row)),
            ..Default::default()
        })
    }

    /// Stops a promotion. Orders that have it keep it; open carts lose it when they are next changed or completed.
    /// Codes: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn promotion_deactivate(&self, ctx: &Context<'_>, id: PromotionId) -> Result<PromotionDeactivatePayload> {
        let outcome = ctx.for_write().promotions.deactivate(id).await;
        PromotionDeactivatePayload::of(outcome, |row| PromotionDeactivatePayload {
            promotion: Some(Promotion(row)),
            ..Default::default()
        })
    }

    /// Deletes promotions that no order ever had, and their codes; all of them or none. Codes: NOT_FOUND, IN_USE for one
    /// that was used: deactivate it.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn promotion_delete(&self, ctx: &Context<'_>, ids: Vec<PromotionId>) -> Result<PromotionDeletePayload> {
        let outcome = ctx.for_write().promotions.delete(&ids).await;
        PromotionDeletePayload::of(outcome, |ids| PromotionDeletePayload {
            deleted_ids: Some(ids),
            ..Default::default()
        })
    }

    /// Adds codes to a promotion, all of them or none; `usageLimit` is how many orders can have each, without a limit
    /// when left out. At most 10,000. Codes: NOT_FOUND, INVALID, INVALID_QUANTITY, TAKEN.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn codes_create(
        &self,
        ctx: &Context<'_>,
        promotion_id: PromotionId,
        codes: Vec<String>,
        usage_limit: Option<i32>,
    ) -> Result<CodesCreatePayload> {
        let outcome = ctx.for_write().promotions.create_codes(promotion_id, &codes, usage_limit).await;
        CodesCreatePayload::of(outcome, |rows| CodesCreatePayload { codes: Some(shown(rows)), ..Default::default() })
    }

    /// Adds random codes to a promotion, 1 to 10,000. Each `#` of the pattern becomes a letter or a digit, none of which
    /// is easily taken for another: `SUMMER-####` gives `SUMMER-7KQ2`. `usageLimit` is how many orders can have each;
    /// null for no limit. Codes: NOT_FOUND, INVALID_QUANTITY, INVALID for a pattern with too few places.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn codes_generate(
        &self,
        ctx: &Context<'_>,
        promotion_id: PromotionId,
        count: i32,
        pattern: String,
        #[graphql(default_with = "Some(1)")] usage_limit: Option<i32>,
    ) -> Result<CodesGeneratePayload> {
        let outcome = ctx.for_write().promotions.generate_codes(promotion_id, count, &pattern, usage_limit).await;
        CodesGeneratePayload::of(outcome, |rows| CodesGeneratePayload {
            codes: Some(shown(rows)),
            ..Default::default()
        })
    }

    /// Takes codes out of use for good, all of them or none. Orders that have them keep them. Codes: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn codes_revoke(&self, ctx: &Context<'_>, ids: Vec<PromotionCodeId>) -> Result<CodesRevokePayload> {
        let outcome = ctx.for_write().promotions.revoke_codes(&ids).await;
        CodesRevokePayload::of(outcome, |rows| CodesRevokePayload { codes: Some(shown(rows)), ..Default::default() })
    }
}

fn shown(rows: Vec<crate::domain::promotions::PromotionCode>) -> Vec<PromotionCode> {
    rows.into_iter().map(PromotionCode).collect()
}
