use async_graphql::{Context, Object};

use super::ledger::StockReservation;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{LocationId, ReservationId};

payloads! {
    ReservationMovePayload {
        /// The reservation at the new location. It has another id when the order was promised units there already.
        reservation: StockReservation
    }
    ReservationReleasePayload {
        /// The reservation that is gone.
        released_id: ReservationId
    }
}

#[derive(Default)]
pub struct ReservationMutation;

#[Object]
impl ReservationMutation {
    /// Promises an order's units at another location, where they have to be free. Codes: NOT_FOUND, INSUFFICIENT_STOCK, and
    /// INVALID_STATE for what is kept for a cart.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn reservation_move(
        &self,
        ctx: &Context<'_>,
        id: ReservationId,
        to_location_id: LocationId,
    ) -> Result<ReservationMovePayload> {
        let outcome = ctx.for_write().inventory.move_reservation(id, to_location_id).await;
        ReservationMovePayload::of(outcome, |row| ReservationMovePayload {
            reservation: Some(StockReservation(row)),
            ..Default::default()
        })
    }

    /// Ends before its time what is kept for a cart. Codes: NOT_FOUND, and INVALID_STATE for what is promised to an order:
    /// cancel its lines instead.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn reservation_release(&self, ctx: &Context<'_>, id: ReservationId) -> Result<ReservationReleasePayload> {
        let outcome = ctx.for_write().inventory.release_reservation(id).await;
        ReservationReleasePayload::of(outcome, |id| ReservationReleasePayload {
            released_id: Some(id),
            ..Default::default()
        })
    }
}
