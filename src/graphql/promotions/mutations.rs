use async_graphql::{Context, InputObject};
use cartwright_macros::mutations;

use super::inputs::{PromotionCreateInput, PromotionUpdateInput};
use super::objects::{Promotion, PromotionCode};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, DoneMany, Refusal, Result};
use crate::kernel::ids::{PromotionCodeId, PromotionId};

#[mutations(staff = PRICING)]
impl PromotionMutation {
    /// Makes a promotion, with its first codes. Codes: REQUIRED, INVALID, INVALID_AMOUNT, INVALID_PERCENTAGE,
    /// INVALID_QUANTITY, INVALID_DATES, CURRENCY_MISMATCH for amounts in several currencies or in another one than the
    /// campaign's budget, NOT_FOUND for ids that nothing has, TAKEN for codes that there are.
    #[returns(promotion: Promotion, "The new promotion.")]
    async fn promotion_create(ctx: &Context<'_>, input: PromotionCreateInput) -> Done<Promotion> {
        Ok(ctx.for_write().promotions.create(input.into()).await?)
    }

    /// Changes a promotion, only if `expectedVersion` is still its version when that is given. Open carts show the
    /// change when they are next changed or completed. Codes: those of promotionCreate, STALE_VERSION, and BUDGET_SPENT
    /// for a limit below the uses that there are.
    #[returns(promotion: Promotion, "The promotion after the change.")]
    async fn promotion_update(
        ctx: &Context<'_>,
        id: PromotionId,
        input: PromotionUpdateInput,
        expected_version: Option<i32>,
    ) -> Done<Promotion> {
        Ok(ctx.for_write().promotions.update(id, input.into(), expected_version).await?)
    }

    /// Lets a promotion apply, within its dates. Codes: NOT_FOUND.
    #[returns(promotion: Promotion, "The promotion after the change.")]
    async fn promotion_activate(ctx: &Context<'_>, id: PromotionId) -> Done<Promotion> {
        Ok(ctx.for_write().promotions.activate(id).await?)
    }

    /// Stops a promotion. Orders that have it keep it; open carts lose it when they are next changed or completed.
    /// Codes: NOT_FOUND.
    #[returns(promotion: Promotion, "The promotion after the change.")]
    async fn promotion_deactivate(ctx: &Context<'_>, id: PromotionId) -> Done<Promotion> {
        Ok(ctx.for_write().promotions.deactivate(id).await?)
    }

    /// Deletes promotions that no order ever had, and their codes; all of them or none. Codes: NOT_FOUND, IN_USE for one
    /// that was used: deactivate it.
    #[returns(deleted_ids: value Vec<PromotionId>, "The promotions that are gone.")]
    async fn promotion_delete(ctx: &Context<'_>, ids: Vec<PromotionId>) -> Result<Vec<PromotionId>, Refusal> {
        Ok(ctx.for_write().promotions.delete(&ids).await?)
    }

    /// Adds codes to a promotion, all of them or none; `usageLimit` is how many orders can have each, without a limit
    /// when left out. At most 10,000. Codes: NOT_FOUND, INVALID, INVALID_QUANTITY, TAKEN.
    #[returns(codes: many PromotionCode, "The new codes.")]
    async fn codes_create(
        ctx: &Context<'_>,
        promotion_id: PromotionId,
        codes: Vec<String>,
        usage_limit: Option<i32>,
    ) -> DoneMany<PromotionCode> {
        Ok(ctx.for_write().promotions.create_codes(promotion_id, &codes, usage_limit).await?)
    }

    /// Adds random codes to a promotion, 1 to 10,000. Each `#` of the pattern becomes a letter or a digit, none of which
    /// is easily taken for another: `SUMMER-####` gives `SUMMER-7KQ2`. `usageLimit` is how many orders can have each;
    /// null for no limit. Codes: NOT_FOUND, INVALID_QUANTITY, INVALID for a pattern with too few places.
    #[returns(codes: many PromotionCode, "The new codes.")]
    async fn codes_generate(
        ctx: &Context<'_>,
        promotion_id: PromotionId,
        count: i32,
        pattern: String,
        #[flatten] limit: LimitOfEach,
    ) -> DoneMany<PromotionCode> {
        Ok(ctx.for_write().promotions.generate_codes(promotion_id, count, &pattern, limit.usage_limit).await?)
    }

    /// Takes codes out of use for good, all of them or none. Orders that have them keep them. Codes: NOT_FOUND.
    #[returns(codes: many PromotionCode, "The codes after the change.")]
    async fn codes_revoke(ctx: &Context<'_>, ids: Vec<PromotionCodeId>) -> DoneMany<PromotionCode> {
        Ok(ctx.for_write().promotions.revoke_codes(&ids).await?)
    }
}

// As an argument of its own it would be 1 when it is null, which means no limit here.
#[derive(InputObject)]
struct LimitOfEach {
    #[graphql(default_with = "Some(1)")]
    usage_limit: Option<i32>,
}
