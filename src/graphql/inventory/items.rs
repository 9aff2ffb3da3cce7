use async_graphql::{Context, InputObject, MaybeUndefined};
use cartwright_macros::{mutations, queries};
use graphql_plan::{Connection, One};

use super::objects::InventoryItem;
use super::sources::INVENTORY_ITEM;
use crate::domain::inventory::{Component, ItemChanges, ItemFilter, NewInventoryItem};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::connection::{connection, counted};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Refusal, Result, refused};
use crate::graphql::scalars::change;
use crate::kernel::ids::{InventoryItemId, VariantId};
use crate::kernel::page::{PageArgs, Window};
use crate::kernel::text::storable;

/// A filter for inventory items. Omitted fields do not restrict the list.
#[derive(InputObject, Default)]
pub struct InventoryItemFilterInput {
    /// A part of the title or of the SKU.
    query: Option<String>,
    /// Only items with exactly this SKU.
    sku: Option<String>,
}

/// An inventory item to create.
#[derive(InputObject)]
pub struct InventoryItemCreateInput {
    /// Stock-keeping unit (SKU): at most 100 characters; blank means none.
    sku: Option<String>,
    /// Title, shown to staff: at most 500 characters.
    title: String,
    /// Whether stock is tracked. An item without tracking never runs out.
    #[graphql(default = true)]
    tracked: bool,
    /// The number of units that can be backordered: 0 for none, 1,000,000,000 for no limit.
    #[graphql(default)]
    backorder_limit: i32,
}

/// The changes to an inventory item. Omitted fields keep their values.
#[derive(InputObject)]
pub struct InventoryItemUpdateInput {
    /// Stock-keeping unit (SKU); null removes it.
    sku: MaybeUndefined<String>,
    /// Title, shown to staff.
    title: Option<String>,
    /// Whether stock is tracked.
    tracked: Option<bool>,
    /// The number of units that can be backordered: 0 for none, 1,000,000,000 for no limit.
    backorder_limit: Option<i32>,
}

/// A component of a kit.
#[derive(InputObject)]
pub struct KitComponentInput {
    /// The id of the inventory item.
    inventory_item_id: InventoryItemId,
    /// The number of units of the item in one kit: 1 to 10,000.
    #[graphql(default = 1)]
    quantity: i32,
}

#[queries(staff = STOCK)]
impl InventoryItemQuery {
    /// Returns an inventory item by id, or null if there is none.
    async fn inventory_item(
        ctx: &Context<'_>,
        /// The id of the inventory item.
        id: InventoryItemId,
    ) -> Result<Option<One<InventoryItem>>> {
        Ok(ctx.reads().load(&INVENTORY_ITEM, id).await?.map(One))
    }

    /// All inventory items, sorted by title.
    async fn inventory_items(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: InventoryItemFilterInput,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<InventoryItem>>> {
        let filter = ItemFilter { query: filter.query.map(storable), sku: filter.sku.map(storable) };
        let window = Window::new(&page, "TITLE")?;
        let reads = ctx.reads();
        let page = reads.app.inventory.list_items(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.inventory.count_items(conn, &filter));
        Ok(connection(page, total).into())
    }
}

#[mutations]
impl InventoryItemMutation {
    /// Creates an inventory item that no variant uses yet; `kitComponentsSet` assigns it to a variant. Each variant
    /// already has its own item.
    /// Codes: REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_QUANTITY.
    #[staff(STOCK)]
    #[returns(inventory_item: InventoryItem, "The new inventory item.")]
    async fn inventory_item_create(
        ctx: &Context<'_>,
        /// The inventory item to create.
        input: InventoryItemCreateInput,
    ) -> Done<InventoryItem> {
        let InventoryItemCreateInput { sku, title, tracked, backorder_limit } = input;
        let new = NewInventoryItem { sku, title, tracked, backorder_limit };
        Ok(ctx.for_write().inventory.create_item(new).await?)
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
        input: InventoryItemUpdateInput,
        /// The current version of the item; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<InventoryItem> {
        let InventoryItemUpdateInput { sku, title, tracked, backorder_limit } = input;
        let changes = ItemChanges { sku: change(sku), title, tracked, backorder_limit };
        Ok(ctx.for_write().inventory.update_item(id, changes, expected_version).await?)
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
        Ok(ctx.for_write().inventory.delete_items(&ids).await?)
    }

    /// Sets the inventory items that one unit of a variant uses. A variant that uses several items, or several units of
    /// one, is a kit. Existing orders are not affected.
    /// Codes: NOT_FOUND, REQUIRED, INVALID, INVALID_QUANTITY.
    #[staff(CATALOG)]
    #[returns(variant: ProductVariant, "The updated variant.")]
    async fn kit_components_set(
        ctx: &Context<'_>,
        /// The id of the variant.
        variant_id: VariantId,
        /// The components; they replace the current ones.
        components: Vec<KitComponentInput>,
    ) -> Done<ProductVariant> {
        let component =
            |input: KitComponentInput| Component { item_id: input.inventory_item_id, quantity: input.quantity };
        let components: Vec<_> = components.into_iter().map(component).collect();
        Ok(ctx.for_write().products.set_components(variant_id, &components).await?)
    }
}
