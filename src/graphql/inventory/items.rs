use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::objects::{InventoryItem, InventoryItemTotal};
use crate::domain::inventory::{Component, ItemChanges, ItemFilter, NewInventoryItem};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::connection::{connection, page_args};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads, refused};
use crate::graphql::guards::{Needs, requires, staff};
use crate::graphql::scalars::change;
use crate::kernel::actor::Permission;
use crate::kernel::ids::{InventoryItemId, VariantId};
use crate::kernel::page::Window;
use crate::kernel::text::storable;

type InventoryItemConnection = Connection<String, InventoryItem, InventoryItemTotal>;

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

payloads! {
    InventoryItemCreatePayload {
        /// The new item.
        inventory_item: InventoryItem
    }
    InventoryItemUpdatePayload {
        /// The item after the change.
        inventory_item: InventoryItem
    }
    InventoryItemDeletePayload {
        /// The items that are gone.
        deleted_ids: Vec<InventoryItemId>
    }
    KitComponentsSetPayload {
        /// The variant after the change.
        variant: ProductVariant
    }
}

#[derive(Default)]
pub struct InventoryItemQuery;

#[Object]
impl InventoryItemQuery {
    /// One inventory item.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn inventory_item(&self, ctx: &Context<'_>, id: InventoryItemId) -> Result<Option<InventoryItem>> {
        Ok(ctx.reads().loaders.inventory_item.load(id).await?.map(InventoryItem))
    }

    /// Every inventory item, by title.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn inventory_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: InventoryItemFilterInput,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<InventoryItemConnection> {
        let filter = ItemFilter { query: filter.query.map(storable), sku: filter.sku.map(storable) };
        let window = Window::new(&page_args(first, after, last, before), "TITLE")?;
        let reads = ctx.reads();
        let page = ctx.app().inventory.list_items(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        Ok(connection(page, InventoryItemTotal(filter), InventoryItem))
    }
}

#[derive(Default)]
pub struct InventoryItemMutation;

#[Object]
impl InventoryItemMutation {
    /// Makes an inventory item that no variant takes of yet: see `kitComponentsSet`. Every variant has an item of its own
    /// already. Codes: REQUIRED, TOO_LONG, INVALID_TEXT, INVALID_QUANTITY.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn inventory_item_create(
        &self,
        ctx: &Context<'_>,
        input: InventoryItemCreateInput,
    ) -> Result<InventoryItemCreatePayload> {
        let InventoryItemCreateInput { sku, title, tracked, backorder_limit } = input;
        let new = NewInventoryItem { sku, title, tracked, backorder_limit };
        let outcome = ctx.for_write().inventory.create_item(new).await;
        InventoryItemCreatePayload::of(outcome, |row| InventoryItemCreatePayload {
            inventory_item: Some(InventoryItem(row)),
            ..Default::default()
        })
    }

    /// Changes an inventory item; with `expectedVersion` only if that is still its version. Codes: NOT_FOUND, REQUIRED,
    /// INVALID_QUANTITY, STALE_VERSION, and IN_USE when more backorders wait for stock than the new limit allows.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn inventory_item_update(
        &self,
        ctx: &Context<'_>,
        id: InventoryItemId,
        input: InventoryItemUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<InventoryItemUpdatePayload> {
        let InventoryItemUpdateInput { sku, title, tracked, backorder_limit } = input;
        let changes = ItemChanges { sku: change(sku), title, tracked, backorder_limit };
        let outcome = ctx.for_write().inventory.update_item(id, changes, expected_version).await;
        InventoryItemUpdatePayload::of(outcome, |row| InventoryItemUpdatePayload {
            inventory_item: Some(InventoryItem(row)),
            ..Default::default()
        })
    }

    /// Deletes inventory items, all of them or none. Their lines in the ledger stay. Codes: NOT_FOUND, and IN_USE while a
    /// variant takes of one or units of it are promised.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn inventory_item_delete(
        &self,
        ctx: &Context<'_>,
        ids: Vec<InventoryItemId>,
    ) -> Result<InventoryItemDeletePayload> {
        let outcome = ctx.for_write().inventory.delete_items(&ids).await;
        InventoryItemDeletePayload::of(outcome, |ids| InventoryItemDeletePayload {
            deleted_ids: Some(ids),
            ..Default::default()
        })
    }

    /// Says what one unit of a variant takes out of stock: of several items, or several units of one, and it is a kit. Orders
    /// keep what they were placed with. Codes: NOT_FOUND, REQUIRED, INVALID, INVALID_QUANTITY.
    #[graphql(guard = "Needs(Permission::Catalog)", visible = "staff", directive = requires::apply("CATALOG".into()))]
    async fn kit_components_set(
        &self,
        ctx: &Context<'_>,
        variant_id: VariantId,
        components: Vec<KitComponentInput>,
    ) -> Result<KitComponentsSetPayload> {
        let component =
            |input: KitComponentInput| Component { item_id: input.inventory_item_id, quantity: input.quantity };
        let components: Vec<_> = components.into_iter().map(component).collect();
        let outcome = ctx.for_write().products.set_components(variant_id, &components).await;
        KitComponentsSetPayload::of(outcome, |row| KitComponentsSetPayload {
            variant: Some(ProductVariant(row)),
            ..Default::default()
        })
    }
}
