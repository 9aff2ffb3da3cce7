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

/// Units of an inventory item at a location. Specify either the item or the variant.
#[derive(InputObject)]
pub struct StockRowInput {
    /// The id of the inventory item.
    inventory_item_id: Option<InventoryItemId>,
    /// The id of a variant that uses one unit of one item. For a kit, specify its items instead.
    variant_id: Option<VariantId>,
    /// The id of the stock location.
    location_id: LocationId,
    /// The counted number of units (`stockSet`), or the number of units to add, negative to remove (`stockAdjust`).
    quantity: i32,
    /// The number of stocked units that the caller expects before the change; if it differs, the code is STALE_VERSION.
    expected_stocked: Option<i32>,
}

/// Units of an inventory item to move to another location. Specify either the item or the variant.
#[derive(InputObject)]
pub struct StockMoveRowInput {
    /// The id of the inventory item.
    inventory_item_id: Option<InventoryItemId>,
    /// The id of a variant that uses one unit of one item. For a kit, specify its items instead.
    variant_id: Option<VariantId>,
    /// The number of units, at least 1.
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
                checks.add(&format!("rows.{place}"), ErrorCode::Required, "Specify inventoryItemId or variantId.");
            }
            (Some(_), Some(_)) => {
                checks.add(
                    &format!("rows.{place}"),
                    ErrorCode::Invalid,
                    "Specify inventoryItemId or variantId, not both.",
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

/// A stock location to create.
#[derive(InputObject)]
pub struct LocationCreateInput {
    /// Name, unique: at most 100 characters.
    name: String,
}

/// The changes to a stock location. Omitted fields keep their values.
#[derive(InputObject)]
pub struct LocationUpdateInput {
    /// Name, unique.
    name: Option<String>,
    /// The position in the allocation order: stock is allocated from locations with lower positions first.
    position: Option<i32>,
}

#[mutations]
impl StockMutation {
    /// Sets stock levels to counted numbers, all of them or none; at most 1,000 rows per call.
    /// Codes: NOT_FOUND, REQUIRED, INVALID for a kit, INVALID_QUANTITY, STALE_VERSION if `expectedStocked` does not
    /// match.
    #[staff(STOCK)]
    #[returns(levels: many StockLevel, "The updated stock levels of the items.")]
    async fn stock_set(
        ctx: &Context<'_>,
        /// The items and their counted units.
        rows: Vec<StockRowInput>,
        /// The reason for the change.
        #[default]
        reason: String,
    ) -> Result<Changed, Refusal> {
        let rows = stock_rows(&rows)?;
        Ok(ctx.for_write().inventory.set(&rows, &reason).await?)
    }

    /// Adds units to stock levels, or removes them, all of them or none; at most 1,000 rows per call.
    /// Codes: NOT_FOUND, REQUIRED, INVALID for a kit, INVALID_QUANTITY, STALE_VERSION if `expectedStocked` does not
    /// match.
    #[staff(STOCK)]
    #[returns(levels: many StockLevel, "The updated stock levels of the items.")]
    async fn stock_adjust(
        ctx: &Context<'_>,
        /// The items and the units to add or remove.
        rows: Vec<StockRowInput>,
        /// The reason for the change.
        #[default]
        reason: String,
    ) -> Result<Changed, Refusal> {
        let rows = stock_rows(&rows)?;
        Ok(ctx.for_write().inventory.adjust(&rows, &reason).await?)
    }

    /// Moves units from one location to another, all of them or none; at most 1,000 rows per call. Units that are
    /// reserved for orders or carts cannot be moved.
    /// Codes: NOT_FOUND, REQUIRED, INVALID, INVALID_QUANTITY, INSUFFICIENT_STOCK.
    #[staff(STOCK)]
    #[returns(levels: many StockLevel, "The updated stock levels of the items.")]
    async fn stock_move(
        ctx: &Context<'_>,
        /// The id of the location to move units from.
        from: LocationId,
        /// The id of the location to move units to.
        to: LocationId,
        /// The items and the units to move.
        rows: Vec<StockMoveRowInput>,
        /// The reason for the change.
        #[default]
        reason: String,
    ) -> Result<Changed, Refusal> {
        let rows = move_rows(&rows)?;
        Ok(ctx.for_write().inventory.move_stock(from, to, &rows, &reason).await?)
    }

    /// Creates a stock location, as the last one in the allocation order. Codes: REQUIRED, TAKEN.
    #[staff(SETTINGS)]
    #[returns(location: StockLocation, "The new stock location.")]
    async fn location_create(
        ctx: &Context<'_>,
        /// The stock location to create.
        input: LocationCreateInput,
    ) -> Done<StockLocation> {
        Ok(ctx.for_write().inventory.create_location(input.name).await?)
    }

    /// Updates a stock location. Codes: NOT_FOUND, REQUIRED, TAKEN.
    #[staff(SETTINGS)]
    #[returns(location: StockLocation, "The updated stock location.")]
    async fn location_update(
        ctx: &Context<'_>,
        /// The id of the stock location.
        id: LocationId,
        /// The changes.
        input: LocationUpdateInput,
    ) -> Done<StockLocation> {
        Ok(ctx.for_write().inventory.update_location(id, input.name, input.position).await?)
    }
}
