use async_graphql::Context;
use cartwright_macros::mutations;

use super::ledger::StockReservation;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::kernel::ids::{LocationId, ReservationId};

#[mutations(staff = STOCK)]
impl ReservationMutation {
    /// Promises an order's units at another location, where they have to be free. Codes: NOT_FOUND, INSUFFICIENT_STOCK, and
    /// INVALID_STATE for what is kept for a cart.
    #[returns(
        reservation: StockReservation,
        "The reservation at the new location. It has another id when the order was promised units there already."
    )]
    async fn reservation_move(
        ctx: &Context<'_>,
        id: ReservationId,
        to_location_id: LocationId,
    ) -> Done<StockReservation> {
        Ok(ctx.for_write().inventory.move_reservation(id, to_location_id).await?)
    }

    /// Ends before its time what is kept for a cart. Codes: NOT_FOUND, and INVALID_STATE for what is promised to an order:
    /// cancel its lines instead.
    #[returns(released_id: value ReservationId, "The reservation that is gone.")]
    async fn reservation_release(ctx: &Context<'_>, id: ReservationId) -> Result<ReservationId, Refusal> {
        Ok(ctx.for_write().inventory.release_reservation(id).await?)
    }
}
