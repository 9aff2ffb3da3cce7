//! Stock and locations, for staff.

use async_graphql::{Context, Description, InputObject, Object};

use super::context::Requested;
use super::errors::{Result, payloads};
use super::guards::{Needs, requires, staff};
use crate::domain::inventory;
use crate::domain::inventory::StockRow;
use crate::kernel::actor::Permission;
use crate::kernel::ids::{LocationId, VariantId};

/// A place where stock is kept.
#[derive(Description)]
pub struct StockLocation(inventory::Location);

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

/// A variant's units at a location.
#[derive(Description)]
pub struct StockLevel(pub(super) inventory::StockLevel);

#[Object(use_type_description)]
impl StockLevel {
    /// Of which variant.
    async fn variant_id(&self) -> VariantId {
        self.0.variant_id
    }

    /// Where.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<StockLocation>> {
        Ok(ctx.reads().loaders.location.load(self.0.location_id).await?.map(StockLocation))
    }

    /// Units on the shelf.
    async fn stocked(&self) -> i32 {
        self.0.stocked
    }

    /// Units of these that are promised to orders.
    async fn reserved(&self) -> i32 {
        self.0.reserved
    }

    /// Units that can be sold; negative while backorders wait for stock.
    async fn available(&self) -> i32 {
        self.0.available()
    }
}

/// A variant at a location, and how many units.
#[derive(InputObject)]
pub struct StockRowInput {
    /// Which variant.
    variant_id: VariantId,
    /// Where.
    location_id: LocationId,
    /// How many: what was counted (stockSet), or what came, negative for what went (stockAdjust).
    quantity: i32,
}

impl From<StockRowInput> for StockRow {
    fn from(row: StockRowInput) -> Self {
        let StockRowInput { variant_id, location_id, quantity } = row;
        Self { variant_id, location_id, quantity }
    }
}

/// A location to make.
#[derive(InputObject)]
pub struct LocationCreateInput {
    /// Name, unique: at most 100 characters.
    name: String,
}

/// What to change of a location; what is left out stays.
#[derive(InputObject)]
pub struct LocationUpdateInput {
    /// Name, unique.
    name: Option<String>,
    /// Its turn when units are taken: low ones first.
    position: Option<i32>,
}

payloads! {
    StockSetPayload {
        /// The levels of the variants after the change.
        levels: Vec<StockLevel>
    }
    StockAdjustPayload {
        /// The levels of the variants after the change.
        levels: Vec<StockLevel>
    }
    LocationCreatePayload {
        /// The new location.
        location: StockLocation
    }
    LocationUpdatePayload {
        /// The location after the change.
        location: StockLocation
    }
}

#[derive(Default)]
pub struct InventoryQuery;

#[Object]
impl InventoryQuery {
    /// Every stock location, in the order in which units are taken.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn locations(&self, ctx: &Context<'_>) -> Result<Vec<StockLocation>> {
        let reads = ctx.reads();
        let rows = ctx.app().inventory.locations(reads.conn().await?).await?;
        Ok(rows.into_iter().map(StockLocation).collect())
    }
}

#[derive(Default)]
pub struct InventoryMutation;

#[Object]
impl InventoryMutation {
    /// Sets stock levels to what was counted, all of them or none; at most 1,000 at once.
    /// Codes: NOT_FOUND, INVALID_QUANTITY.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn stock_set(
        &self,
        ctx: &Context<'_>,
        rows: Vec<StockRowInput>,
        #[graphql(default)] reason: String,
    ) -> Result<StockSetPayload> {
        let rows: Vec<_> = rows.into_iter().map(StockRow::from).collect();
        let outcome = ctx.for_write().inventory.set(&rows, &reason).await;
        StockSetPayload::of(outcome, |levels| StockSetPayload {
            levels: Some(levels.into_iter().map(StockLevel).collect()),
            ..Default::default()
        })
    }

    /// Adds units to stock levels, or takes them away, all of them or none; at most 1,000 at once.
    /// Codes: NOT_FOUND, INVALID_QUANTITY.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn stock_adjust(
        &self,
        ctx: &Context<'_>,
        rows: Vec<StockRowInput>,
        #[graphql(default)] reason: String,
    ) -> Result<StockAdjustPayload> {
        let rows: Vec<_> = rows.into_iter().map(StockRow::from).collect();
        let outcome = ctx.for_write().inventory.adjust(&rows, &reason).await;
        StockAdjustPayload::of(outcome, |levels| StockAdjustPayload {
            levels: Some(levels.into_iter().map(StockLevel).collect()),
            ..Default::default()
        })
    }

    /// Makes a stock location, last in turn. Codes: REQUIRED, TAKEN.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn location_create(&self, ctx: &Context<'_>, input: LocationCreateInput) -> Result<LocationCreatePayload> {
        let outcome = ctx.for_write().inventory.create_location(input.name).await;
        LocationCreatePayload::of(outcome, |row| LocationCreatePayload {
            location: Some(StockLocation(row)),
            ..Default::default()
        })
    }

    /// Changes a stock location. Codes: NOT_FOUND, REQUIRED, TAKEN.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn location_update(
        &self,
        ctx: &Context<'_>,
        id: LocationId,
        input: LocationUpdateInput,
    ) -> Result<LocationUpdatePayload> {
        let outcome = ctx.for_write().inventory.update_location(id, input.name, input.position).await;
        LocationUpdatePayload::of(outcome, |row| LocationUpdatePayload {
            location: Some(StockLocation(row)),
            ..Default::default()
        })
    }
}
