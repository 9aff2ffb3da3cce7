use async_graphql::{Context, InputObject};
use cartwright_macros::mutations;

use super::objects::{StockLevel, StockLocation};
use crate::domain::inventory::{self, InventoryError, MoveRow, StockRow, StockedThing};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{InventoryItemId, LocationId, VariantId};
use crate::kernel::text::Checks;

/// The levels that a mutation changed.
type Changed = Vec<inventory::StockLevel>;

/// Something at a location, and how many units. Either the item or the variant is named.
#[derive(InputObject)]
pub struct StockRowInput {
    /// Which inventory item.
    inventory_item_id: Option<InventoryItemId>,
    /// Which variant: one that takes one unit of one item. A kit's items are named one by one.
    variant_id: Option<VariantId>,
    /// Where.
    location_id: LocationId,
    /// How many: what was counted (stockSet), or what came, negative for what went (stockAdjust).
    quantity: i32,
    /// How many units the caller believes are on the shelf before; when that is wrong, STALE_VERSION.
    expected_stocked: Option<i32>,
}

/// Something to move to another location, and how many units. Either the item or the variant is named.
#[derive(InputObject)]
pub struct StockMoveRowInput {
    /// Which inventory item.
    inventory_item_id: Option<InventoryItemId>,
    /// Which variant: one that takes one unit of one item. A kit's items are named one by one.
    variant_id: Option<VariantId>,
    /// How many, from 1.
    quantity: i32,
}

/// What each row names: one thing, or there is a problem.
fn things(
    rows: impl Iterator<Item = (Option<InventoryItemId>, Option<VariantId>)>,
) -> Result<Vec<StockedThing>, InventoryError> {
    let (mut things, mut checks) = (Vec::new(), Checks::new());
    for (place, named) in rows.enumerate() {
        match named {
            (Some(item), None) => things.push(StockedThing::Item(item)),
            (None, Some(variant)) => things.push(StockedThing::Variant(variant)),
            (None, None) => {
                checks.add(&format!("rows.{place}"), ErrorCode::Required, "Name inventoryItemId or variantId.");
            }
            (Some(_), Some(_)) => {
                checks.add(
                    &format!("rows.{place}"),
                    ErrorCode::Invalid,
                    "Name inventoryItemId or variantId, not both.",
                );
            }
        }
    }
    checks.finish().map_err(InventoryError::Invalid)?;
    Ok(things)
}

fn stock_rows(rows: &[StockRowInput]) -> Result<Vec<StockRow>, InventoryError> {
    let things = things(rows.iter().map(|row| (row.inventory_item_id, row.variant_id)))?;
    let row = |(thing, row): (StockedThing, &StockRowInput)| StockRow {
        thing,
        location_id: row.location_id,
        quantity: row.quantity,
        expected: row.expected_stocked,
    };
    Ok(things.into_iter().zip(rows).map(row).collect())
}

fn move_rows(rows: &[StockMoveRowInput]) -> Result<Vec<MoveRow>, InventoryError> {
    let things = things(rows.iter().map(|row| (row.inventory_item_id, row.variant_id)))?;
    let row = |(thing, row): (StockedThing, &StockMoveRowInput)| MoveRow { thing, quantity: row.quantity };
    Ok(things.into_iter().zip(rows).map(row).collect())
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

#[mutations]
impl StockMutation {
    /// Sets stock levels to what was counted, all of them or none; at most 1,000 at once.
    /// Codes: NOT_FOUND, REQUIRED, INVALID for a kit, INVALID_QUANTITY, STALE_VERSION when `expectedStocked` is wrong.
    #[staff(STOCK)]
    #[returns(levels: many StockLevel, "The levels of the items after the change.")]
    async fn stock_set(
        ctx: &Context<'_>,
        rows: Vec<StockRowInput>,
        #[default] reason: String,
    ) -> Result<Changed, Refusal> {
        let rows = stock_rows(&rows)?;
        Ok(ctx.for_write().inventory.set(&rows, &reason).await?)
    }

    /// Adds units to stock levels, or takes them away, all of them or none; at most 1,000 at once.
    /// Codes: NOT_FOUND, REQUIRED, INVALID for a kit, INVALID_QUANTITY, STALE_VERSION when `expectedStocked` is wrong.
    #[staff(STOCK)]
    #[returns(levels: many StockLevel, "The levels of the items after the change.")]
    async fn stock_adjust(
        ctx: &Context<'_>,
        rows: Vec<StockRowInput>,
        #[default] reason: String,
    ) -> Result<Changed, Refusal> {
        let rows = stock_rows(&rows)?;
        Ok(ctx.for_write().inventory.adjust(&rows, &reason).await?)
    }

    /// Moves units from one location to another, all of them or none; at most 1,000 rows at once. Units that are promised
    /// to orders or kept for carts stay. Codes: NOT_FOUND, REQUIRED, INVALID, INVALID_QUANTITY, INSUFFICIENT_STOCK.
    #[staff(STOCK)]
    #[returns(levels: many StockLevel, "The levels of the items after the change.")]
    async fn stock_move(
        ctx: &Context<'_>,
        from: LocationId,
        to: LocationId,
        rows: Vec<StockMoveRowInput>,
        #[default] reason: String,
    ) -> Result<Changed, Refusal> {
        let rows = move_rows(&rows)?;
        Ok(ctx.for_write().inventory.move_stock(from, to, &rows, &reason).await?)
    }

    /// Makes a stock location, last in turn. Codes: REQUIRED, TAKEN.
    #[staff(SETTINGS)]
    #[returns(location: StockLocation, "The new location.")]
    async fn location_create(ctx: &Context<'_>, input: LocationCreateInput) -> Done<StockLocation> {
        Ok(ctx.for_write().inventory.create_location(input.name).await?)
    }

    /// Changes a stock location. Codes: NOT_FOUND, REQUIRED, TAKEN.
    #[staff(SETTINGS)]
    #[returns(location: StockLocation, "The location after the change.")]
    async fn location_update(ctx: &Context<'_>, id: LocationId, input: LocationUpdateInput) -> Done<StockLocation> {
        Ok(ctx.for_write().inventory.update_location(id, input.name, input.position).await?)
    }
}
