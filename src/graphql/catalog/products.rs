use async_graphql::Context;
use cartwright_macros::mutations;

use super::inputs::{ProductCreateInput, ProductImageCreateInput, ProductImageUpdateInput, ProductUpdateInput};
use super::objects::{Product, ProductImage};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, DoneMany, Refusal, Result};
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::ids::{ImageId, ProductId};

#[mutations(staff = CATALOG)]
impl ProductMutation {
    /// Makes a product with its options, pictures, variants, prices and stock, all of it or nothing.
    /// Codes: REQUIRED, TAKEN, INVALID, INVALID_AMOUNT, NOT_FOUND.
    #[returns(product: Product, "The new product.")]
    async fn product_create(ctx: &Context<'_>, input: ProductCreateInput) -> Done<Product> {
        Ok(ctx.for_write().products.create(input.into()).await?)
    }

    /// Changes a product. With `expectedVersion`, only if that is still its version (STALE_VERSION).
    #[returns(product: Product, "The product after the change.")]
    async fn product_update(
        ctx: &Context<'_>,
        id: ProductId,
        input: ProductUpdateInput,
        expected_version: Option<i32>,
    ) -> Done<Product> {
        Ok(ctx.for_write().catalog.update_product(id, input.into(), expected_version).await?)
    }

    /// Shows products to shoppers, at once or from a moment on; all of them or none.
    #[returns(products: many Product, "The products after the change.")]
    async fn product_publish(ctx: &Context<'_>, ids: Vec<ProductId>, from: Option<Timestamp>) -> DoneMany<Product> {
        Ok(ctx.for_write().catalog.publish(&ids, from.map(within_years)).await?)
    }

    /// Hides products from shoppers, all of them or none. Open carts keep them and cannot be completed with them.
    #[returns(products: many Product, "The products after the change.")]
    async fn product_unpublish(ctx: &Context<'_>, ids: Vec<ProductId>) -> DoneMany<Product> {
        Ok(ctx.for_write().catalog.unpublish(&ids).await?)
    }

    /// Deletes products with all that is theirs, all of them or none. Orders keep what they sold.
    /// Codes: NOT_FOUND, IN_USE while units are promised to orders.
    #[returns(deleted_ids: value Vec<ProductId>, "The products that are gone.")]
    async fn product_delete(ctx: &Context<'_>, ids: Vec<ProductId>) -> Result<Vec<ProductId>, Refusal> {
        Ok(ctx.for_write().catalog.delete_products(&ids).await?)
    }

    /// Adds a picture to a product, at the end.
    #[returns(image: ProductImage, "The new picture.")]
    async fn product_image_create(ctx: &Context<'_>, input: ProductImageCreateInput) -> Done<ProductImage> {
        Ok(ctx.for_write().catalog.add_image(input.product_id, input.url, input.alt).await?)
    }

    /// Changes what a picture is said to show, or its place.
    #[returns(image: ProductImage, "The picture after the change.")]
    async fn product_image_update(
        ctx: &Context<'_>,
        id: ImageId,
        input: ProductImageUpdateInput,
    ) -> Done<ProductImage> {
        Ok(ctx.for_write().catalog.update_image(id, input.alt, input.position).await?)
    }

    /// Takes pictures off their products, all of them or none.
    #[returns(deleted_ids: value Vec<ImageId>, "The pictures that are gone.")]
    async fn product_image_delete(ctx: &Context<'_>, ids: Vec<ImageId>) -> Result<Vec<ImageId>, Refusal> {
        Ok(ctx.for_write().catalog.delete_images(&ids).await?)
    }
}
