use std::sync::Arc;

use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::ProductVariant;
use super::sources::VARIANT;
use crate::domain::pricing::PriceRow;
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, DoneMany, Refusal, Result};
use crate::kernel::ids::{ProductId, VariantId};
use crate::workflows::products::{UpdateVariant, VariantSpec};

#[mutations(staff = CATALOG)]
impl VariantMutation {
    /// Adds a variant to a product, with its prices and stock. Codes: NOT_FOUND, also for stock if there is no stock location,
    /// TAKEN, INVALID, INVALID_AMOUNT, INVALID_QUANTITY.
    #[returns(variant: ProductVariant, "The new variant.")]
    async fn variant_create(
        ctx: &Context<'_>,
        /// The id of the product.
        product_id: ProductId,
        /// The variant to create.
        input: VariantSpec,
    ) -> Done<ProductVariant> {
        Ok(ctx.writer().products.create_variant(product_id, input).await?)
    }

    /// Updates a variant.
    #[returns(variant: ProductVariant, "The updated variant.")]
    async fn variant_update(
        ctx: &Context<'_>,
        /// The id of the variant.
        id: VariantId,
        /// The changes.
        input: UpdateVariant,
        /// The current version of the variant; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<ProductVariant> {
        Ok(ctx.writer().products.update_variant(id, input, expected_version).await?)
    }

    /// Deletes variants, all of them or none. The last variant of a product cannot be deleted.
    /// Codes: NOT_FOUND, IN_USE.
    #[returns(deleted_ids: value Vec<VariantId>, "The ids of the deleted variants.")]
    async fn variant_delete(
        ctx: &Context<'_>,
        /// The ids of the variants.
        ids: Vec<VariantId>,
    ) -> Result<Vec<VariantId>, Refusal> {
        Ok(ctx.writer().products.delete_variants(&ids).await?)
    }

    /// Sets base prices, all of them or none; at most 1,000 per call. Prices for the same buyers must have different
    /// quantities.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, INVALID_QUANTITY, TIER_OVERLAP.
    #[returns(variants: many ProductVariant, "The variants whose prices were set.")]
    async fn variant_prices_set(
        ctx: &Context<'_>,
        /// The prices to set; a null amount removes the price.
        rows: Vec<PriceRow>,
    ) -> DoneMany<ProductVariant> {
        ctx.writer().pricing.set(&rows).await?;
        let loaders = ctx.loaders();
        let variants = rows.iter().map(|row| loaders.load(&VARIANT, row.variant_id));
        let variants = futures_util::future::try_join_all(variants).await?;
        Ok(variants.into_iter().flatten().map(Arc::unwrap_or_clone).collect())
    }
}
