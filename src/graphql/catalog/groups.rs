use async_graphql::Context;
use cartwright_macros::mutations;

use super::inputs::{CategoryCreateInput, CategoryUpdateInput, CollectionCreateInput, CollectionUpdateInput};
use super::objects::{Category, Collection};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::kernel::ids::{CategoryId, CollectionId, ProductId};

#[mutations(staff = CATALOG)]
impl GroupMutation {
    /// Makes a category. Codes: REQUIRED, TAKEN, NOT_FOUND.
    #[returns(category: Category, "The new category.")]
    async fn category_create(ctx: &Context<'_>, input: CategoryCreateInput) -> Done<Category> {
        Ok(ctx.for_write().catalog.create_category(input.into()).await?)
    }

    /// Changes a category. Codes: NOT_FOUND, TAKEN.
    #[returns(category: Category, "The category after the change.")]
    async fn category_update(ctx: &Context<'_>, id: CategoryId, input: CategoryUpdateInput) -> Done<Category> {
        Ok(ctx.for_write().catalog.update_category(id, input.into()).await?)
    }

    /// Deletes categories, all of them or none. Their products lose their category; categories below have to go first.
    /// Codes: NOT_FOUND, IN_USE.
    #[returns(deleted_ids: value Vec<CategoryId>, "The categories that are gone.")]
    async fn category_delete(ctx: &Context<'_>, ids: Vec<CategoryId>) -> Result<Vec<CategoryId>, Refusal> {
        Ok(ctx.for_write().catalog.delete_categories(&ids).await?)
    }

    /// Makes a collection. Codes: REQUIRED, TAKEN, NOT_FOUND.
    #[returns(collection: Collection, "The new collection.")]
    async fn collection_create(ctx: &Context<'_>, input: CollectionCreateInput) -> Done<Collection> {
        Ok(ctx.for_write().catalog.create_collection(input.into()).await?)
    }

    /// Changes a collection. Codes: NOT_FOUND, TAKEN.
    #[returns(collection: Collection, "The collection after the change.")]
    async fn collection_update(ctx: &Context<'_>, id: CollectionId, input: CollectionUpdateInput) -> Done<Collection> {
        Ok(ctx.for_write().catalog.update_collection(id, input.into()).await?)
    }

    /// Deletes collections, all of them or none; their products stay.
    #[returns(deleted_ids: value Vec<CollectionId>, "The collections that are gone.")]
    async fn collection_delete(ctx: &Context<'_>, ids: Vec<CollectionId>) -> Result<Vec<CollectionId>, Refusal> {
        Ok(ctx.for_write().catalog.delete_collections(&ids).await?)
    }

    /// Puts products into a collection; ones that are in it stay.
    #[returns(collection: Collection, "The collection.")]
    async fn collection_products_add(
        ctx: &Context<'_>,
        id: CollectionId,
        product_ids: Vec<ProductId>,
    ) -> Done<Collection> {
        Ok(ctx.for_write().catalog.add_to_collection(id, &product_ids).await?)
    }

    /// Takes products out of a collection; ones that are not in it are passed over.
    #[returns(collection: Collection, "The collection.")]
    async fn collection_products_remove(
        ctx: &Context<'_>,
        id: CollectionId,
        product_ids: Vec<ProductId>,
    ) -> Done<Collection> {
        Ok(ctx.for_write().catalog.remove_from_collection(id, &product_ids).await?)
    }
}
