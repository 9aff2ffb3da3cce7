use async_graphql::{Context, Object};

use super::inputs::{CategoryCreateInput, CategoryUpdateInput, CollectionCreateInput, CollectionUpdateInput};
use super::objects::{Category, Collection};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{CategoryId, CollectionId, ProductId};

payloads! {
    CategoryCreatePayload {
        /// The new category.
        category: Category
    }
    CategoryUpdatePayload {
        /// The category after the change.
        category: Category
    }
    CategoryDeletePayload {
        /// The categories that are gone.
        deleted_ids: Vec<CategoryId>
    }
    CollectionCreatePayload {
        /// The new collection.
        collection: Collection
    }
    CollectionUpdatePayload {
        /// The collection after the change.
        collection: Collection
    }
    CollectionDeletePayload {
        /// The collections that are gone.
        deleted_ids: Vec<CollectionId>
    }
    CollectionProductsAddPayload {
        /// The collection.
        collection: Collection
    }
    CollectionProductsRemovePayload {
        /// The collection.
        collection: Collection
    }
}

#[derive(Default)]
pub struct GroupMutation;

#[Object]
impl GroupMutation {
    /// Makes a category. Codes: REQUIRED, TAKEN, NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn category_create(&self, ctx: &Context<'_>, input: CategoryCreateInput) -> Result<CategoryCreatePayload> {
        let outcome = ctx.for_write().catalog.create_category(input.into()).await;
        CategoryCreatePayload::of(outcome, |row| CategoryCreatePayload {
            category: Some(Category(row)),
            ..Default::default()
        })
    }

    /// Changes a category. Codes: NOT_FOUND, TAKEN.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn category_update(
        &self,
        ctx: &Context<'_>,
        id: CategoryId,
        input: CategoryUpdateInput,
    ) -> Result<CategoryUpdatePayload> {
        let outcome = ctx.for_write().catalog.update_category(id, input.into()).await;
        CategoryUpdatePayload::of(outcome, |row| CategoryUpdatePayload {
            category: Some(Category(row)),
            ..Default::default()
        })
    }

    /// Deletes categories, all of them or none. Their products lose their category; categories below have to go first.
    /// Codes: NOT_FOUND, IN_USE.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn category_delete(&self, ctx: &Context<'_>, ids: Vec<CategoryId>) -> Result<CategoryDeletePayload> {
        let outcome = ctx.for_write().catalog.delete_categories(&ids).await;
        CategoryDeletePayload::of(outcome, |ids| CategoryDeletePayload { deleted_ids: Some(ids), ..Default::default() })
    }

    /// Makes a collection. Codes: REQUIRED, TAKEN, NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn collection_create(
        &self,
        ctx: &Context<'_>,
        input: CollectionCreateInput,
    ) -> Result<CollectionCreatePayload> {
        let outcome = ctx.for_write().catalog.create_collection(input.into()).await;
        CollectionCreatePayload::of(outcome, |row| CollectionCreatePayload {
            collection: Some(Collection(row)),
            ..Default::default()
        })
    }

    /// Changes a collection. Codes: NOT_FOUND, TAKEN.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn collection_update(
        &self,
        ctx: &Context<'_>,
        id: CollectionId,
        input: CollectionUpdateInput,
    ) -> Result<CollectionUpdatePayload> {
        let outcome = ctx.for_write().catalog.update_collection(id, input.into()).await;
        CollectionUpdatePayload::of(outcome, |row| CollectionUpdatePayload {
            collection: Some(Collection(row)),
            ..Default::default()
        })
    }

    /// Deletes collections, all of them or none; their products stay.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn collection_delete(&self, ctx: &Context<'_>, ids: Vec<CollectionId>) -> Result<CollectionDeletePayload> {
        let outcome = ctx.for_write().catalog.delete_collections(&ids).await;
        CollectionDeletePayload::of(outcome, |ids| CollectionDeletePayload {
            deleted_ids: Some(ids),
            ..Default::default()
        })
    }

    /// Puts products into a collection; ones that are in it stay.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn collection_products_add(
        &self,
        ctx: &Context<'_>,
        id: CollectionId,
        product_ids: Vec<ProductId>,
    ) -> Result<CollectionProductsAddPayload> {
        let outcome = ctx.for_write().catalog.add_to_collection(id, &product_ids).await;
        CollectionProductsAddPayload::of(outcome, |row| CollectionProductsAddPayload {
            collection: Some(Collection(row)),
            ..Default::default()
        })
    }

    /// Takes products out of a collection; ones that are not in it are passed over.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn collection_products_remove(
        &self,
        ctx: &Context<'_>,
        id: CollectionId,
        product_ids: Vec<ProductId>,
    ) -> Result<CollectionProductsRemovePayload> {
        let outcome = ctx.for_write().catalog.remove_from_collection(id, &product_ids).await;
        CollectionProductsRemovePayload::of(outcome, |row| CollectionProductsRemovePayload {
            collection: Some(Collection(row)),
            ..Default::default()
        })
    }
}
