use async_graphql::Context;
use cartwright_macros::mutations;

use super::ledger::StockReservation;
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::kernel::ids::{LocationId, ReservationId};

#[mutations(staff = STOCK)]
impl ReservationMutation {
    /// Moves a reservation for an order to another location, where the units must be available.
    /// Codes: NOT_FOUND, INSUFFICIENT_STOCK, and INVALID_STATE for a reservation for a cart.
    #[returns(
        stock_reservation: StockReservation,
        "The reservation at the new location. Its id differs if the order already had units reserved there."
    )]
    async fn stock_reservation_move(
        ctx: &Context<'_>,
        /// The id of the reservation.
        id: ReservationId,
        /// The id of the new stock location.
        to_location_id: LocationId,
    ) -> Done<StockReservation> {
        Ok(ctx.writer().inventory.move_reservation(id, to_location_id).await?)
    }

    /// Releases a reservation for a cart before it expires.
    /// Codes: NOT_FOUND, and INVALID_STATE for a reservation for an order: cancel the order's lines instead.
    #[returns(released_id: value ReservationId, "The id of the released reservation.")]
    async fn stock_reservation_release(
        ctx: &Context<'_>,
        /// The id of the reservation.
        id: ReservationId,
    ) -> Result<ReservationId, Refusal> {
        Ok(ctx.writer().inventory.release_reservation(id).await?)
    }
}
