use async_graphql::{Context, InputObject};
use cartwright_macros::mutations;

use super::objects::{Promotion, PromotionCode};
use crate::domain::promotions::{CreatePromotion, UpdatePromotion};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, DoneMany, Refusal, Result};
use crate::kernel::ids::{PromotionCodeId, PromotionId};

#[mutations(staff = PRICING)]
impl PromotionMutation {
    /// Creates a promotion, with its first discount codes.
    /// Codes: REQUIRED, INVALID, INVALID_AMOUNT, INVALID_PERCENTAGE, INVALID_QUANTITY, INVALID_DATES, CURRENCY_MISMATCH
    /// for amounts in several currencies or in another one than the campaign's budget, NOT_FOUND for unknown ids, TAKEN
    /// for discount codes that already exist.
    #[returns(promotion: Promotion, "The new promotion.")]
    async fn promotion_create(
        ctx: &Context<'_>,
        /// The promotion to create.
        input: CreatePromotion,
    ) -> Done<Promotion> {
        Ok(ctx.writer().promotions.create(input).await?)
    }

    /// Updates a promotion. Open carts reflect it when they are next changed or completed.
    /// Codes: those of `promotionCreate`, STALE_VERSION, and BUDGET_SPENT for a limit below the current number of uses.
    #[returns(promotion: Promotion, "The updated promotion.")]
    async fn promotion_update(
        ctx: &Context<'_>,
        /// The id of the promotion.
        id: PromotionId,
        /// The changes.
        input: UpdatePromotion,
        /// The current version of the promotion; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Promotion> {
        Ok(ctx.writer().promotions.update(id, input, expected_version).await?)
    }

    /// Activates a promotion, so that it applies within its dates. Codes: NOT_FOUND.
    #[returns(promotion: Promotion, "The updated promotion.")]
    async fn promotion_activate(
        ctx: &Context<'_>,
        /// The id of the promotion.
        id: PromotionId,
    ) -> Done<Promotion> {
        Ok(ctx.writer().promotions.activate(id).await?)
    }

    /// Deactivates a promotion. Orders that used it are not affected; open carts lose it when they are next changed or
    /// completed.
    /// Codes: NOT_FOUND.
    #[returns(promotion: Promotion, "The updated promotion.")]
    async fn promotion_deactivate(
        ctx: &Context<'_>,
        /// The id of the promotion.
        id: PromotionId,
    ) -> Done<Promotion> {
        Ok(ctx.writer().promotions.deactivate(id).await?)
    }

    /// Deletes promotions that no order has used, with their discount codes; all of them or none.
    /// Codes: NOT_FOUND, IN_USE for a promotion that was used: deactivate it instead.
    #[returns(deleted_ids: value Vec<PromotionId>, "The ids of the deleted promotions.")]
    async fn promotion_delete(
        ctx: &Context<'_>,
        /// The ids of the promotions.
        ids: Vec<PromotionId>,
    ) -> Result<Vec<PromotionId>, Refusal> {
        Ok(ctx.writer().promotions.delete(&ids).await?)
    }

    /// Adds discount codes to a promotion, all of them or none. Codes: NOT_FOUND, INVALID, INVALID_QUANTITY, TAKEN.
    #[returns(codes: many PromotionCode, "The new discount codes.")]
    async fn promotion_codes_create(
        ctx: &Context<'_>,
        /// The id of the promotion.
        promotion_id: PromotionId,
        /// The discount codes to add: at most 10,000.
        codes: Vec<String>,
        /// The maximum number of orders that can use each code; null for no limit.
        usage_limit: Option<i32>,
    ) -> DoneMany<PromotionCode> {
        Ok(ctx.writer().promotions.create_codes(promotion_id, &codes, usage_limit).await?)
    }

    /// Adds randomly generated discount codes to a promotion.
    /// Codes: NOT_FOUND, INVALID_QUANTITY, INVALID for a pattern with too few `#`.
    #[returns(codes: many PromotionCode, "The new discount codes.")]
    async fn promotion_codes_generate(
        ctx: &Context<'_>,
        /// The id of the promotion.
        promotion_id: PromotionId,
        /// The number of codes: 1 to 10,000.
        count: i32,
        /// The pattern: each `#` is replaced by a letter or a digit, without easily confused ones. `SUMMER-####` gives
        /// `SUMMER-7KQ2`.
        pattern: String,
        #[flatten] limit: LimitOfEach,
    ) -> DoneMany<PromotionCode> {
        Ok(ctx.writer().promotions.generate_codes(promotion_id, count, &pattern, limit.usage_limit).await?)
    }

    /// Revokes discount codes permanently, all of them or none. Orders that used them are not affected.
    /// Codes: NOT_FOUND.
    #[returns(codes: many PromotionCode, "The updated discount codes.")]
    async fn promotion_codes_revoke(
        ctx: &Context<'_>,
        /// The ids of the discount codes.
        ids: Vec<PromotionCodeId>,
    ) -> DoneMany<PromotionCode> {
        Ok(ctx.writer().promotions.revoke_codes(&ids).await?)
    }
}

// A plain argument would turn null into the default of 1, but null means no limit here.
#[derive(InputObject)]
struct LimitOfEach {
    /// The maximum number of orders that can use each code; null for no limit.
    #[graphql(default_with = "Some(1)")]
    usage_limit: Option<i32>,
}
