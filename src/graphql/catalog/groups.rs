use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::{Category, Collection};
use crate::domain::catalog::{CreateCategory, CreateCollection, UpdateCategory, UpdateCollection};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::kernel::ids::{CategoryId, CollectionId, ProductId};

#[mutations(staff = CATALOG)]
impl GroupMutation {
    /// Creates a category. Codes: REQUIRED, TAKEN, NOT_FOUND.
    #[returns(category: Category, "The new category.")]
    async fn category_create(
        ctx: &Context<'_>,
        /// The category to create.
        input: CreateCategory,
    ) -> Done<Category> {
        Ok(ctx.writer().catalog.create_category(input).await?)
    }

    /// Updates a category. Codes: NOT_FOUND, TAKEN.
    #[returns(category: Category, "The updated category.")]
    async fn category_update(
        ctx: &Context<'_>,
        /// The id of the category.
        id: CategoryId,
        /// The changes.
        input: UpdateCategory,
    ) -> Done<Category> {
        Ok(ctx.writer().catalog.update_category(id, input).await?)
    }

    /// Deletes categories, all of them or none. Their products are left without a category; subcategories must be
    /// deleted first.
    /// Codes: NOT_FOUND, IN_USE.
    #[returns(deleted_ids: value Vec<CategoryId>, "The ids of the deleted categories.")]
    async fn category_delete(
        ctx: &Context<'_>,
        /// The ids of the categories.
        ids: Vec<CategoryId>,
    ) -> Result<Vec<CategoryId>, Refusal> {
        Ok(ctx.writer().catalog.delete_categories(&ids).await?)
    }

    /// Creates a collection. Codes: REQUIRED, TAKEN, NOT_FOUND.
    #[returns(collection: Collection, "The new collection.")]
    async fn collection_create(
        ctx: &Context<'_>,
        /// The collection to create.
        input: CreateCollection,
    ) -> Done<Collection> {
        Ok(ctx.writer().catalog.create_collection(input).await?)
    }

    /// Updates a collection. Codes: NOT_FOUND, TAKEN.
    #[returns(collection: Collection, "The updated collection.")]
    async fn collection_update(
        ctx: &Context<'_>,
        /// The id of the collection.
        id: CollectionId,
        /// The changes.
        input: UpdateCollection,
    ) -> Done<Collection> {
        Ok(ctx.writer().catalog.update_collection(id, input).await?)
    }

    /// Deletes collections, all of them or none. Their products are not deleted.
    #[returns(deleted_ids: value Vec<CollectionId>, "The ids of the deleted collections.")]
    async fn collection_delete(
        ctx: &Context<'_>,
        /// The ids of the collections.
        ids: Vec<CollectionId>,
    ) -> Result<Vec<CollectionId>, Refusal> {
        Ok(ctx.writer().catalog.delete_collections(&ids).await?)
    }

    /// Adds products to a collection. Products that are already in the collection stay in it.
    #[returns(collection: Collection, "The updated collection.")]
    async fn collection_products_add(
        ctx: &Context<'_>,
        /// The id of the collection.
        id: CollectionId,
        /// The ids of the products to add.
        product_ids: Vec<ProductId>,
    ) -> Done<Collection> {
        Ok(ctx.writer().catalog.add_to_collection(id, &product_ids).await?)
    }

    /// Removes products from a collection. Products that are not in the collection are ignored.
    #[returns(collection: Collection, "The updated collection.")]
    async fn collection_products_remove(
        ctx: &Context<'_>,
        /// The id of the collection.
        id: CollectionId,
        /// The ids of the products to remove.
        product_ids: Vec<ProductId>,
    ) -> Done<Collection> {
        Ok(ctx.writer().catalog.remove_from_collection(id, &product_ids).await?)
    }
}
