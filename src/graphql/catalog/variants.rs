use std::sync::Arc;

use async_graphql::Context;
use cartwright_macros::mutations;

use super::inputs::{PriceRowInput, VariantInput, VariantUpdateInput};
use super::objects::ProductVariant;
use super::sources::VARIANT;
use crate::domain::pricing::PriceRow;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, DoneMany, Refusal, Result};
use crate::kernel::ids::{ProductId, VariantId};

#[mutations(staff = CATALOG)]
impl VariantMutation {
    /// Adds a variant to a product, with its prices and stock. Codes: NOT_FOUND, TAKEN, INVALID, INVALID_AMOUNT.
    #[returns(variant: ProductVariant, "The new variant.")]
    async fn variant_create(ctx: &Context<'_>, product_id: ProductId, input: VariantInput) -> Done<ProductVariant> {
        Ok(ctx.for_write().products.create_variant(product_id, input.into()).await?)
    }

    /// Changes a variant. With `expectedVersion`, only if that is still its version (STALE_VERSION).
    #[returns(variant: ProductVariant, "The variant after the change.")]
    async fn variant_update(
        ctx: &Context<'_>,
        id: VariantId,
        input: VariantUpdateInput,
        expected_version: Option<i32>,
    ) -> Done<ProductVariant> {
        Ok(ctx.for_write().products.update_variant(id, input.into(), expected_version).await?)
    }

    /// Deletes variants, all of them or none; a product's last one stays. Codes: NOT_FOUND, IN_USE.
    #[returns(deleted_ids: value Vec<VariantId>, "The variants that are gone.")]
    async fn variant_delete(ctx: &Context<'_>, ids: Vec<VariantId>) -> Result<Vec<VariantId>, Refusal> {
        Ok(ctx.for_write().products.delete_variants(&ids).await?)
    }

    /// Sets base prices, all of them or none; at most 1,000 at once. A null amount takes a price away. Prices for the same
    /// buyers are for different numbers of units. Codes: NOT_FOUND, INVALID_AMOUNT, INVALID_QUANTITY, TIER_OVERLAP.
    #[returns(variants: many ProductVariant, "The variants whose prices were set.")]
    async fn variant_prices_set(ctx: &Context<'_>, rows: Vec<PriceRowInput>) -> DoneMany<ProductVariant> {
        let rows: Vec<_> = rows.into_iter().map(PriceRow::from).collect();
        ctx.for_write().pricing.set(&rows).await?;
        let reads = ctx.reads();
        let variants = rows.iter().map(|row| reads.load(&VARIANT, row.variant_id));
        let variants = futures_util::future::try_join_all(variants).await?;
        Ok(variants.into_iter().flatten().map(Arc::unwrap_or_clone).collect())
    }
}
