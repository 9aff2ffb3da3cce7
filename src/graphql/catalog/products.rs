use async_graphql::{Context, Object};

use super::inputs::{ProductCreateInput, ProductImageCreateInput, ProductImageUpdateInput, ProductUpdateInput};
use super::objects::{Product, ProductImage};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::ids::{ImageId, ProductId};

payloads! {
    ProductCreatePayload {
        /// The new product.
        product: Product
    }
    ProductUpdatePayload {
        /// The product after the change.
        product: Product
    }
    ProductPublishPayload {
        /// The products after the change.
        products: Vec<Product>
    }
    ProductUnpublishPayload {
        /// The products after the change.
        products: Vec<Product>
    }
    ProductDeletePayload {
        /// The products that are gone.
        deleted_ids: Vec<ProductId>
    }
    ProductImageCreatePayload {
        /// The new picture.
        image: ProductImage
    }
    ProductImageUpdatePayload {
        /// The picture after the change.
        image: ProductImage
    }
    ProductImageDeletePayload {
        /// The pictures that are gone.
        deleted_ids: Vec<ImageId>
    }
}

#[derive(Default)]
pub struct ProductMutation;

#[Object]
impl ProductMutation {
    /// Makes a product with its options, pictures, variants, prices and stock, all of it or nothing.
    /// Codes: REQUIRED, TAKEN, INVALID, INVALID_AMOUNT, NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn product_create(&self, ctx: &Context<'_>, input: ProductCreateInput) -> Result<ProductCreatePayload> {
        let outcome = ctx.for_write().products.create(input.into()).await;
        ProductCreatePayload::of(outcome, |row| ProductCreatePayload {
            product: Some(Product(row)),
            ..Default::default()
        })
    }

    /// Changes a product. With `expectedVersion`, only if that is still its version (STALE_VERSION).
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn product_update(
        &self,
        ctx: &Context<'_>,
        id: ProductId,
        input: ProductUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<ProductUpdatePayload> {
        let outcome = ctx.for_write().catalog.update_product(id, input.into(), expected_version).await;
        ProductUpdatePayload::of(outcome, |row| ProductUpdatePayload {
            product: Some(Product(row)),
            ..Default::default()
        })
    }

    /// Shows products to shoppers, at once or from a moment on; all of them or none.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn product_publish(
        &self,
        ctx: &Context<'_>,
        ids: Vec<ProductId>,
        from: Option<Timestamp>,
    ) -> Result<ProductPublishPayload> {
        let outcome = ctx.for_write().catalog.publish(&ids, from.map(within_years)).await;
        ProductPublishPayload::of(outcome, |rows| ProductPublishPayload {
            products: Some(rows.into_iter().map(Product).collect()),
            ..Default::default()
        })
    }

    /// Hides products from shoppers, all of them or none. Open carts keep them and cannot be completed with them.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn product_unpublish(&self, ctx: &Context<'_>, ids: Vec<ProductId>) -> Result<ProductUnpublishPayload> {
        let outcome = ctx.for_write().catalog.unpublish(&ids).await;
        ProductUnpublishPayload::of(outcome, |rows| ProductUnpublishPayload {
            products: Some(rows.into_iter().map(Product).collect()),
            ..Default::default()
        })
    }

    /// Deletes products with all that is theirs, all of them or none. Orders keep what they sold.
    /// Codes: NOT_FOUND, IN_USE while units are promised to orders.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn product_delete(&self, ctx: &Context<'_>, ids: Vec<ProductId>) -> Result<ProductDeletePayload> {
        let outcome = ctx.for_write().catalog.delete_products(&ids).await;
        ProductDeletePayload::of(outcome, |ids| ProductDeletePayload { deleted_ids: Some(ids), ..Default::default() })
    }

    /// Adds a picture to a product, at the end.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn product_image_create(
        &self,
        ctx: &Context<'_>,
        input: ProductImageCreateInput,
    ) -> Result<ProductImageCreatePayload> {
        let outcome = ctx.for_write().catalog.add_image(input.product_id, input.url, input.alt).await;
        ProductImageCreatePayload::of(outcome, |row| ProductImageCreatePayload {
            image: Some(ProductImage(row)),
            ..Default::default()
        })
    }

    /// Changes what a picture is said to show, or its place.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn product_image_update(
        &self,
        ctx: &Context<'_>,
        id: ImageId,
        input: ProductImageUpdateInput,
    ) -> Result<ProductImageUpdatePayload> {
        let outcome = ctx.for_write().catalog.update_image(id, input.alt, input.position).await;
        ProductImageUpdatePayload::of(outcome, |row| ProductImageUpdatePayload {
            image: Some(ProductImage(row)),
            ..Default::default()
        })
    }

    /// Takes pictures off their products, all of them or none.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn product_image_delete(&self, ctx: &Context<'_>, ids: Vec<ImageId>) -> Result<ProductImageDeletePayload> {
        let outcome = ctx.for_write().catalog.delete_images(&ids).await;
        ProductImageDeletePayload::of(outcome, |ids| ProductImageDeletePayload {
            deleted_ids: Some(ids),
            ..Default::default()
        })
    }
}
