use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::{Product, ProductImage};
use crate::domain::catalog::{CreateProductImage, UpdateProduct, UpdateProductImage};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, DoneMany, Refusal, Result};
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::ids::{ImageId, ProductId};
use crate::workflows::products::ProductSpec;

#[mutations(staff = CATALOG)]
impl ProductMutation {
    /// Creates a product with its options, images, variants, prices and stock, all of it or nothing. All problems of the input
    /// are reported at once. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, INVALID, INVALID_AMOUNT, INVALID_QUANTITY, TAKEN,
    /// NOT_FOUND, also for stock if there is no stock location.
    #[returns(product: Product, "The new product.")]
    async fn product_create(
        ctx: &Context<'_>,
        /// The product to create.
        input: ProductSpec,
    ) -> Done<Product> {
        Ok(ctx.writer().products.create(input).await?)
    }

    /// Updates a product.
    #[returns(product: Product, "The updated product.")]
    async fn product_update(
        ctx: &Context<'_>,
        /// The id of the product.
        id: ProductId,
        /// The changes.
        input: UpdateProduct,
        /// The current version of the product; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Product> {
        Ok(ctx.writer().catalog.update_product(id, input, expected_version).await?)
    }

    /// Publishes products to shoppers, immediately or from a given time; all of them or none. Codes: NOT_FOUND, REQUIRED for
    /// a product without a price.
    #[returns(products: many Product, "The updated products.")]
    async fn product_publish(
        ctx: &Context<'_>,
        /// The ids of the products.
        ids: Vec<ProductId>,
        /// Time from which shoppers see the products (UTC); if omitted, immediately.
        from: Option<Timestamp>,
    ) -> DoneMany<Product> {
        Ok(ctx.writer().products.publish(&ids, from.map(clamp_to_storable)).await?)
    }

    /// Unpublishes products, all of them or none. Open carts keep them but cannot be completed with them.
    #[returns(products: many Product, "The updated products.")]
    async fn product_unpublish(
        ctx: &Context<'_>,
        /// The ids of the products.
        ids: Vec<ProductId>,
    ) -> DoneMany<Product> {
        Ok(ctx.writer().catalog.unpublish(&ids).await?)
    }

    /// Deletes products with their variants, images and prices, all of them or none. Orders keep what they sold.
    /// Codes: NOT_FOUND, IN_USE while units are reserved for orders.
    #[returns(deleted_ids: value Vec<ProductId>, "The ids of the deleted products.")]
    async fn product_delete(
        ctx: &Context<'_>,
        /// The ids of the products.
        ids: Vec<ProductId>,
    ) -> Result<Vec<ProductId>, Refusal> {
        Ok(ctx.writer().catalog.delete_products(&ids).await?)
    }

    /// Adds an image to a product, as the last one.
    #[returns(image: ProductImage, "The new image.")]
    async fn product_image_create(
        ctx: &Context<'_>,
        /// The image to add.
        input: CreateProductImage,
    ) -> Done<ProductImage> {
        Ok(ctx.writer().catalog.create_image(input).await?)
    }

    /// Changes the alternative text or the position of an image.
    #[returns(image: ProductImage, "The updated image.")]
    async fn product_image_update(
        ctx: &Context<'_>,
        /// The id of the image.
        id: ImageId,
        /// The changes.
        input: UpdateProductImage,
    ) -> Done<ProductImage> {
        Ok(ctx.writer().catalog.update_image(id, input).await?)
    }

    /// Removes images from their products, all of them or none.
    #[returns(deleted_ids: value Vec<ImageId>, "The ids of the deleted images.")]
    async fn product_image_delete(
        ctx: &Context<'_>,
        /// The ids of the images.
        ids: Vec<ImageId>,
    ) -> Result<Vec<ImageId>, Refusal> {
        Ok(ctx.writer().catalog.delete_images(&ids).await?)
    }
}
