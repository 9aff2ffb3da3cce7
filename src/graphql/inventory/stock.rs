use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::{StockLevel, StockLocation};
use crate::domain::inventory::{self, CreateLocation, MoveRow, StockRow, UpdateLocation};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::kernel::ids::LocationId;

/// The levels that a mutation changed.
type Changed = Vec<inventory::StockLevel>;

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
        rows: Vec<StockRow>,
        /// The reason for the change.
        #[default]
        reason: String,
    ) -> Result<Changed, Refusal> {
        Ok(ctx.writer().inventory.set(&rows, &reason).await?)
    }

    /// Adds units to stock levels, or removes them, all of them or none; at most 1,000 rows per call.
    /// Codes: NOT_FOUND, REQUIRED, INVALID for a kit, INVALID_QUANTITY, STALE_VERSION if `expectedStocked` does not
    /// match.
    #[staff(STOCK)]
    #[returns(levels: many StockLevel, "The updated stock levels of the items.")]
    async fn stock_adjust(
        ctx: &Context<'_>,
        /// The items and the units to add or remove.
        rows: Vec<StockRow>,
        /// The reason for the change.
        #[default]
        reason: String,
    ) -> Result<Changed, Refusal> {
        Ok(ctx.writer().inventory.adjust(&rows, &reason).await?)
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
        rows: Vec<MoveRow>,
        /// The reason for the change.
        #[default]
        reason: String,
    ) -> Result<Changed, Refusal> {
        Ok(ctx.writer().inventory.move_stock(from, to, &rows, &reason).await?)
    }

    /// Creates a stock location, as the last one in the allocation order. Codes: REQUIRED, TAKEN.
    #[staff(SETTINGS)]
    #[returns(stock_location: StockLocation, "The new stock location.")]
    async fn stock_location_create(
        ctx: &Context<'_>,
        /// The stock location to create.
        input: CreateLocation,
    ) -> Done<StockLocation> {
        Ok(ctx.writer().inventory.create_location(input).await?)
    }

    /// Updates a stock location. Codes: NOT_FOUND, REQUIRED, TAKEN.
    #[staff(SETTINGS)]
    #[returns(stock_location: StockLocation, "The updated stock location.")]
    async fn stock_location_update(
        ctx: &Context<'_>,
        /// The id of the stock location.
        id: LocationId,
        /// The changes.
        input: UpdateLocation,
    ) -> Done<StockLocation> {
        Ok(ctx.writer().inventory.update_location(id, input).await?)
    }
}
