use async_graphql::Context;
use cartwright_macros::{mutations, queries};
use graphql_plan::One;

use super::objects::InventoryItem;
use super::sources::INVENTORY_ITEM;
use crate::domain::inventory::{Component, CreateInventoryItem, ItemFilter, UpdateInventoryItem};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::connection::{Paged, connection, counted};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Refusal, Result, refused};
use crate::kernel::ids::{InventoryItemId, VariantId};
use crate::kernel::page::{PageArgs, PageRequest};

#[queries(staff = STOCK)]
impl InventoryItemQuery {
    /// Returns an inventory item by id, or null if there is none.
    async fn inventory_item(
        ctx: &Context<'_>,
        /// The id of the inventory item.
        id: InventoryItemId,
    ) -> Result<Option<One<InventoryItem>>> {
        Ok(ctx.loaders().load(&INVENTORY_ITEM, id).await?.map(One))
    }

    /// All inventory items, sorted by title.
    async fn inventory_items(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: ItemFilter,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<InventoryItem>> {
        let paging = PageRequest::new(&page, "TITLE")?;
        let loaders = ctx.loaders();
        let page = loaders.app.inventory.list_items(loaders.conn().await?, &filter, &paging).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.inventory.count_items(conn, &filter));
        Ok(connection(page, total).into())
    }
}

#[mutations]
impl InventoryItemMutation {
    /// Creates an inventory item that no variant uses yet; `variantKitComponentsSet` assigns it to a variant. Each variant
    /// already has its own item.
    /// Codes: REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_QUANTITY.
    #[staff(STOCK)]
    #[returns(inventory_item: InventoryItem, "The new inventory item.")]
    async fn inventory_item_create(
        ctx: &Context<'_>,
        /// The inventory item to create.
        input: CreateInventoryItem,
    ) -> Done<InventoryItem> {
        Ok(ctx.writer().inventory.create_item(input).await?)
    }

    /// Updates an inventory item.
    /// Codes: NOT_FOUND, REQUIRED, INVALID_QUANTITY, STALE_VERSION, and IN_USE if more units are backordered than the
    /// new limit allows.
    #[staff(STOCK)]
    #[returns(inventory_item: InventoryItem, "The updated inventory item.")]
    async fn inventory_item_update(
        ctx: &Context<'_>,
        /// The id of the inventory item.
        id: InventoryItemId,
        /// The changes.
        input: UpdateInventoryItem,
        /// The current version of the item; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<InventoryItem> {
        Ok(ctx.writer().inventory.update_item(id, input, expected_version).await?)
    }

    /// Deletes inventory items, all of them or none. Their stock movements are kept.
    /// Codes: NOT_FOUND, and IN_USE while a variant uses an item or units of it are reserved.
    #[staff(STOCK)]
    #[returns(deleted_ids: value Vec<InventoryItemId>, "The ids of the deleted inventory items.")]
    async fn inventory_item_delete(
        ctx: &Context<'_>,
        /// The ids of the inventory items.
        ids: Vec<InventoryItemId>,
    ) -> Result<Vec<InventoryItemId>, Refusal> {
        Ok(ctx.writer().inventory.delete_items(&ids).await?)
    }

    /// Sets the inventory items that one unit of a variant uses. A variant that uses several items, or several units of
    /// one, is a kit. Existing orders are not affected.
    /// Codes: NOT_FOUND, REQUIRED, INVALID, INVALID_QUANTITY.
    #[staff(CATALOG)]
    #[returns(variant: ProductVariant, "The updated variant.")]
    async fn variant_kit_components_set(
        ctx: &Context<'_>,
        /// The id of the variant.
        variant_id: VariantId,
        /// The components; they replace the current ones.
        components: Vec<Component>,
    ) -> Done<ProductVariant> {
        Ok(ctx.writer().products.set_components(variant_id, &components).await?)
    }
}
