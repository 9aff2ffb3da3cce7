use async_graphql::{Context, Object};

use super::inputs::{PriceRowInput, VariantInput, VariantUpdateInput};
use super::objects::ProductVariant;
use crate::domain::pricing::PriceRow;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{ProductId, VariantId};

payloads! {
    VariantCreatePayload {
        /// The new variant.
        variant: ProductVariant
    }
    VariantUpdatePayload {
        /// The variant after the change.
        variant: ProductVariant
    }
    VariantDeletePayload {
        /// The variants that are gone.
        deleted_ids: Vec<VariantId>
    }
    VariantPricesSetPayload {
        /// The variants whose prices were set.
        variants: Vec<ProductVariant>
    }
}

#[derive(Default)]
pub struct VariantMutation;

#[Object]
impl VariantMutation {
    /// Adds a variant to a product, with its prices and stock. Codes: NOT_FOUND, TAKEN, INVALID, INVALID_AMOUNT.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn variant_create(
        &self,
        ctx: &Context<'_>,
        product_id: ProductId,
        input: VariantInput,
    ) -> Result<VariantCreatePayload> {
        let outcome = ctx.for_write().products.create_variant(product_id, input.into()).await;
        VariantCreatePayload::of(outcome, |row| VariantCreatePayload {
            variant: Some(ProductVariant(row)),
            ..Default::default()
        })
    }

    /// Changes a variant. With `expectedVersion`, only if that is still its version (STALE_VERSION).
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn variant_update(
        &self,
        ctx: &Context<'_>,
        id: VariantId,
        input: VariantUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<VariantUpdatePayload> {
        let outcome = ctx.for_write().products.update_variant(id, input.into(), expected_version).await;
        VariantUpdatePayload::of(outcome, |row| VariantUpdatePayload {
            variant: Some(ProductVariant(row)),
            ..Default::default()
        })
    }

    /// Deletes variants, all of them or none; a product's last one stays. Codes: NOT_FOUND, IN_USE.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn variant_delete(&self, ctx: &Context<'_>, ids: Vec<VariantId>) -> Result<VariantDeletePayload> {
        let outcome = ctx.for_write().products.delete_variants(&ids).await;
        VariantDeletePayload::of(outcome, |ids| VariantDeletePayload { deleted_ids: Some(ids), ..Default::default() })
    }

    /// Sets base prices, all of them or none; at most 1,000 at once. A null amount takes a price away. Prices for the same
    /// buyers are for different numbers of units. Codes: NOT_FOUND, INVALID_AMOUNT, INVALID_QUANTITY, TIER_OVERLAP.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn variant_prices_set(&self, ctx: &Context<'_>, rows: Vec<PriceRowInput>) -> Result<VariantPricesSetPayload> {
        let rows: Vec<_> = rows.into_iter().map(PriceRow::from).collect();
        let outcome = ctx.for_write().pricing.set(&rows).await;
        let reads = ctx.reads();
        let variants = rows.iter().map(|row| reads.loaders.variant.load(row.variant_id));
        let variants = futures_util::future::try_join_all(variants).await?;
        VariantPricesSetPayload::of(outcome, |()| VariantPricesSetPayload {
            variants: Some(variants.into_iter().flatten().map(ProductVariant).collect()),
            ..Default::default()
        })
    }
}
