use async_graphql::{Context, Description, Object, SimpleObject};

use crate::domain::inventory::{self, Availability, Component, ItemFilter};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{InventoryItemId, LocationId, VariantId};

/// A place where stock is kept.
#[derive(Description)]
pub struct StockLocation(pub(super) inventory::Location);

impl StockLocation {
    pub(in crate::graphql) async fn load(ctx: &Context<'_>, id: LocationId) -> Result<Option<Self>> {
        Ok(ctx.reads().loaders.location.load(id).await?.map(Self))
    }
}

#[Object(use_type_description)]
impl StockLocation {
    /// Id.
    async fn id(&self) -> LocationId {
        self.0.id
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its turn when units are taken: low ones first.
    async fn position(&self) -> i32 {
        self.0.position
    }
}

/// Something that is kept in stock. A variant takes units of one item, or as a kit of several.
#[derive(Description)]
pub struct InventoryItem(pub(super) inventory::InventoryItem);

impl InventoryItem {
    pub(in crate::graphql) async fn load(ctx: &Context<'_>, id: InventoryItemId) -> Result<Option<Self>> {
        Ok(ctx.reads().loaders.inventory_item.load(id).await?.map(Self))
    }
}

#[Object(use_type_description)]
impl InventoryItem {
    /// Id.
    async fn id(&self) -> InventoryItemId {
        self.0.id
    }

    /// Stock-keeping unit; null when it has none. The item that was made with a variant follows the variant's.
    async fn sku(&self) -> Option<&str> {
        self.0.sku.as_deref()
    }

    /// Title, for people. The item that was made with a variant begins with the titles of that moment.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Whether units are counted; an item whose units are not never runs out.
    async fn tracked(&self) -> bool {
        self.0.tracked
    }

    /// How many units may be sold that are not there, over all locations: 0 for none, 1,000,000,000 for any number.
    async fn backorder_limit(&self) -> i32 {
        self.0.backorder_limit
    }

    /// Counts the changes of the item itself; those of its levels do not count.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Its units at each location, in the order in which they are taken.
    async fn levels(&self, ctx: &Context<'_>) -> Result<Vec<StockLevel>> {
        let found = ctx.reads().loaders.item_levels.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(StockLevel).collect())
    }

    /// The variants that take of it.
    async fn used_by(&self, ctx: &Context<'_>) -> Result<Vec<InventoryUse>> {
        let found = ctx.reads().loaders.item_uses.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(|(variant, quantity)| InventoryUse { variant, quantity }).collect())
    }

    /// When it was made, UTC.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When it was last changed, UTC.
    async fn updated_at(&self) -> Timestamp {
        self.0.updated_at
    }
}

/// How many of a list of inventory items there are.
pub struct InventoryItemTotal(pub(super) ItemFilter);

#[Object]
impl InventoryItemTotal {
    /// How many items the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().inventory.count_items(reads.conn().await?, &self.0).await?)
    }
}

/// What one unit of a variant takes of an inventory item.
#[derive(Description)]
pub struct InventoryComponent(pub Component);

#[Object(use_type_description)]
impl InventoryComponent {
    /// The item; null only when it was deleted meanwhile.
    async fn inventory_item(&self, ctx: &Context<'_>) -> Result<Option<InventoryItem>> {
        InventoryItem::load(ctx, self.0.item_id).await
    }

    /// How many units of it.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }
}

/// A variant that takes of an inventory item.
#[derive(Description)]
pub struct InventoryUse {
    variant: VariantId,
    quantity: i32,
}

#[Object(use_type_description)]
impl InventoryUse {
    /// The variant; null when the caller may not see it because it is not published.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<ProductVariant>> {
        Ok(ctx.reads().loaders.variant.load(self.variant).await?.map(ProductVariant))
    }

    /// How many units one unit of it takes.
    async fn quantity(&self) -> i32 {
        self.quantity
    }
}

/// An item's units at a location.
#[derive(Description)]
pub struct StockLevel(pub inventory::StockLevel);

#[Object(use_type_description)]
impl StockLevel {
    /// Of which inventory item.
    async fn inventory_item_id(&self) -> InventoryItemId {
        self.0.item_id
    }

    /// Of what.
    async fn inventory_item(&self, ctx: &Context<'_>) -> Result<Option<InventoryItem>> {
        InventoryItem::load(ctx, self.0.item_id).await
    }

    /// The variant that the item was made with; null for an item that was made by itself, or whose variant is not shown to
    /// the caller.
    async fn variant_id(&self, ctx: &Context<'_>) -> Result<Option<VariantId>> {
        let found = ctx.reads().loaders.variant.load(VariantId(self.0.item_id.0)).await?;
        Ok(found.map(|variant| variant.id))
    }

    /// Where.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<StockLocation>> {
        StockLocation::load(ctx, self.0.location_id).await
    }

    /// Units on the shelf.
    async fn stocked(&self) -> i32 {
        self.0.stocked
    }

    /// Units of these that are promised to orders.
    async fn reserved(&self) -> i32 {
        self.0.reserved
    }

    /// Units of these that are kept for carts at the moment.
    async fn held(&self) -> i32 {
        self.0.held
    }

    /// Units that can be sold: stocked less reserved and held; negative while backorders wait for stock.
    async fn available(&self) -> i32 {
        self.0.available()
    }
}

/// What can be bought of a variant at the moment, over all locations.
#[derive(SimpleObject)]
pub struct VariantAvailability {
    /// Which variant.
    variant_id: VariantId,
    /// Whether it is in stock, or is sold without stock.
    available_for_sale: bool,
    /// How many units are there and can be bought; null when they are not counted.
    quantity_available: Option<i32>,
    /// Whether it is sold when there is none left.
    allows_backorder: bool,
}

impl From<Availability> for VariantAvailability {
    fn from(stock: Availability) -> Self {
        Self {
            variant_id: stock.variant_id,
            available_for_sale: stock.allows(1),
            quantity_available: stock.tracked.then_some(stock.available),
            allows_backorder: stock.backorder,
        }
    }
}
