//! Stock: items, levels, reservations and the ledger for staff; what can be bought, and news of it, for anybody.

mod alerts;
mod items;
mod ledger;
mod objects;
mod reservations;
pub mod sources;
mod stock;

use async_graphql::{Context, InputObject};
use cartwright_macros::queries;
use futures_util::future::{try_join, try_join_all};
use graphql_plan::{Connection, Many, One};

pub use alerts::{StockAlertMutation, StockAlertQuery};
pub use items::{InventoryItemMutation, InventoryItemQuery};
pub use ledger::{StockMovement, StockReservation};
pub use objects::{InventoryComponent, StockLevel, StockLocation};
pub use reservations::ReservationMutation;
pub use stock::StockMutation;

use objects::VariantAvailability;
use sources::AVAILABILITY_OF_VARIANT;

use super::catalog::sources::VARIANT;
use super::connection::{connection, counted};
use super::context::Requested;
use super::errors::{ApiError, Result, refused};
use crate::domain::inventory::{Availability, MovementFilter, MovementKind, ReservationFilter};
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{CartId, InventoryItemId, LocationId, OrderId, VariantId};
use crate::kernel::page::{PageArgs, Window};

/// Which lines of the ledger to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct MovementFilterInput {
    /// Of this item.
    inventory_item_id: Option<InventoryItemId>,
    /// At this location.
    location_id: Option<LocationId>,
    /// Of this kind.
    kind: Option<MovementKind>,
    /// For this order.
    order_id: Option<OrderId>,
    /// At or after this moment.
    created_from: Option<Timestamp>,
    /// Before this moment.
    created_before: Option<Timestamp>,
}

impl From<MovementFilterInput> for MovementFilter {
    fn from(input: MovementFilterInput) -> Self {
        let MovementFilterInput { inventory_item_id, location_id, kind, order_id, created_from, created_before } =
            input;
        Self {
            item_id: inventory_item_id,
            location_id,
            kind,
            order_id,
            created_from: created_from.map(within_years),
            created_before: created_before.map(within_years),
        }
    }
}

/// Which reservations to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct ReservationFilterInput {
    /// Of this item.
    inventory_item_id: Option<InventoryItemId>,
    /// Of this order.
    order_id: Option<OrderId>,
    /// Of this cart.
    cart_id: Option<CartId>,
}

#[queries]
impl StockQuery {
    /// What can be bought of these variants at the moment, in their order; null for one that is not shown to the caller. At
    /// most 100.
    async fn availability(
        ctx: &Context<'_>,
        variant_ids: Vec<VariantId>,
    ) -> Result<Vec<Option<One<VariantAvailability>>>> {
        if variant_ids.len() > 100 {
            return Err(ApiError::new(ErrorCode::Invalid, "At most 100 ids are taken at once."));
        }
        let reads = &ctx.reads();
        let one = |id: VariantId| async move {
            let (shown, stock) = try_join(reads.load(&VARIANT, id), reads.load(&AVAILABILITY_OF_VARIANT, id)).await?;
            let stock = stock.unwrap_or_else(|| Availability::unknown(id).into());
            Ok(shown.map(|_| One(stock)))
        };
        try_join_all(variant_ids.into_iter().map(one)).await
    }

    /// Every stock location, in the order in which units are taken.
    #[staff(STOCK)]
    async fn locations(ctx: &Context<'_>) -> Result<Many<StockLocation>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.inventory.locations(reads.conn().await?).await?))
    }

    /// The ledger: every change of every level, newest first. A level is the sum of its movements.
    #[staff(STOCK)]
    async fn movements(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: MovementFilterInput,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<StockMovement>>> {
        let filter = MovementFilter::from(filter);
        let window = Window::new(&page, "NEWEST")?;
        let reads = ctx.reads();
        let page = reads.app.inventory.list_movements(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.inventory.count_movements(conn, &filter));
        Ok(connection(page, total).into())
    }

    /// What is promised to orders, and what is kept for carts at the moment, newest first.
    #[staff(STOCK)]
    async fn reservations(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: ReservationFilterInput,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<StockReservation>>> {
        let ReservationFilterInput { inventory_item_id, order_id, cart_id } = filter;
        let filter = ReservationFilter { item_id: inventory_item_id, order_id, cart_id };
        let window = Window::new(&page, "NEWEST")?;
        let reads = ctx.reads();
        let page = reads.app.inventory.list_reservations(reads.conn().await?, &filter, &window).await;
        let total = counted!(|scope, conn| scope.app.inventory.count_reservations(conn, &filter));
        Ok(connection(page.map_err(refused)?, total).into())
    }
}
