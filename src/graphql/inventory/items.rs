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

/// Which inventory items to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct InventoryItemFilterInput {
    /// A piece of the title or the SKU.
    query: Option<String>,
    /// With exactly this SKU.
    sku: Option<String>,
}

/// An inventory item to make.
#[derive(InputObject)]
pub struct InventoryItemCreateInput {
    /// Stock-keeping unit: at most 100 characters; blank means none.
    sku: Option<String>,
    /// Title, for people: at most 500 characters.
    title: String,
    /// Whether units are counted; an item whose units are not never runs out.
    #[graphql(default = true)]
    tracked: bool,
    /// How many units may be sold that are not there: 0 for none, 1,000,000,000 for any number.
    #[graphql(default)]
    backorder_limit: i32,
}

/// What to change of an inventory item; what is left out stays.
#[derive(InputObject)]
pub struct InventoryItemUpdateInput {
    /// Stock-keeping unit; null takes it away.
    sku: MaybeUndefined<String>,
    /// Title, for people.
    title: Option<String>,
    /// Whether units are counted.
    tracked: Option<bool>,
    /// How many units may be sold that are not there: 0 for none, 1,000,000,000 for any number.
    backorder_limit: Option<i32>,
}

/// What one unit of a kit takes of an inventory item.
#[derive(InputObject)]
pub struct KitComponentInput {
    /// Which item.
    inventory_item_id: InventoryItemId,
    /// How many units of it: from 1 to 10,000.
    #[graphql(default = 1)]
    quantity: i32,
}

#[queries(staff = STOCK)]
impl InventoryItemQuery {
    /// One inventory item.
    async fn inventory_item(ctx: &Context<'_>, id: InventoryItemId) -> Result<Option<One<InventoryItem>>> {
        Ok(ctx.reads().load(&INVENTORY_ITEM, id).await?.map(One))
    }

    /// Every inventory item, by title.
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
    /// Makes an inventory item that no variant takes of yet: see `kitComponentsSet`. Every variant has an item of its own
    /// already. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_QUANTITY.
    #[staff(STOCK)]
    #[returns(inventory_item: InventoryItem, "The new item.")]
    async fn inventory_item_create(ctx: &Context<'_>, input: InventoryItemCreateInput) -> Done<InventoryItem> {
        let InventoryItemCreateInput { sku, title, tracked, backorder_limit } = input;
        let new = NewInventoryItem { sku, title, tracked, backorder_limit };
        Ok(ctx.for_write().inventory.create_item(new).await?)
    }

    /// Changes an inventory item; with `expectedVersion` only if that is still its version. Codes: NOT_FOUND, REQUIRED,
    /// INVALID_QUANTITY, STALE_VERSION, and IN_USE when more backorders wait for stock than the new limit allows.
    #[staff(STOCK)]
    #[returns(inventory_item: InventoryItem, "The item after the change.")]
    async fn inventory_item_update(
        ctx: &Context<'_>,
        id: InventoryItemId,
        input: InventoryItemUpdateInput,
        expected_version: Option<i32>,
    ) -> Done<InventoryItem> {
        let InventoryItemUpdateInput { sku, title, tracked, backorder_limit } = input;
        let changes = ItemChanges { sku: change(sku), title, tracked, backorder_limit };
        Ok(ctx.for_write().inventory.update_item(id, changes, expected_version).await?)
    }

    /// Deletes inventory items, all of them or none. Their lines in the ledger stay. Codes: NOT_FOUND, and IN_USE while a
    /// variant takes of one or units of it are promised.
    #[staff(STOCK)]
    #[returns(deleted_ids: value Vec<InventoryItemId>, "The items that are gone.")]
    async fn inventory_item_delete(
        ctx: &Context<'_>,
        ids: Vec<InventoryItemId>,
    ) -> Result<Vec<InventoryItemId>, Refusal> {
        Ok(ctx.for_write().inventory.delete_items(&ids).await?)
    }

    /// Says what one unit of a variant takes out of stock: of several items, or several units of one, and it is a kit. Orders
    /// keep what they were placed with. Codes: NOT_FOUND, REQUIRED, INVALID, INVALID_QUANTITY.
    #[staff(CATALOG)]
    #[returns(variant: ProductVariant, "The variant after the change.")]
    async fn kit_components_set(
        ctx: &Context<'_>,
        variant_id: VariantId,
        components: Vec<KitComponentInput>,
    ) -> Done<ProductVariant> {
        let component =
            |input: KitComponentInput| Component { item_id: input.inventory_item_id, quantity: input.quantity };
        let components: Vec<_> = components.into_iter().map(component).collect();
        Ok(ctx.for_write().products.set_components(variant_id, &components).await?)
    }
}
