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

/// A filter for stock movements. Omitted fields do not restrict the list.
#[derive(InputObject, Default)]
pub struct MovementFilterInput {
    /// Only movements of this inventory item.
    inventory_item_id: Option<InventoryItemId>,
    /// Only movements at this location.
    location_id: Option<LocationId>,
    /// Only movements of this kind.
    kind: Option<MovementKind>,
    /// Only movements for this order.
    order_id: Option<OrderId>,
    /// Only movements at or after this time.
    created_from: Option<Timestamp>,
    /// Only movements before this time.
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

/// A filter for stock reservations. Omitted fields do not restrict the list.
#[derive(InputObject, Default)]
pub struct ReservationFilterInput {
    /// Only reservations of this inventory item.
    inventory_item_id: Option<InventoryItemId>,
    /// Only reservations for this order.
    order_id: Option<OrderId>,
    /// Only reservations for this cart.
    cart_id: Option<CartId>,
}

#[queries]
impl StockQuery {
    /// The availability of variants, in the order of the ids; null for each variant that the caller may not see.
    async fn availability(
        ctx: &Context<'_>,
        /// The ids of the variants: at most 100.
        variant_ids: Vec<VariantId>,
    ) -> Result<Vec<Option<One<VariantAvailability>>>> {
        if variant_ids.len() > 100 {
            return Err(ApiError::new(ErrorCode::Invalid, "Request at most 100 ids at once."));
        }
        let reads = &ctx.reads();
        let one = |id: VariantId| async move {
            let (shown, stock) = try_join(reads.load(&VARIANT, id), reads.load(&AVAILABILITY_OF_VARIANT, id)).await?;
            let stock = stock.unwrap_or_else(|| Availability::unknown(id).into());
            Ok(shown.map(|_| One(stock)))
        };
        try_join_all(variant_ids.into_iter().map(one)).await
    }

    /// All stock locations, in the order in which stock is allocated.
    #[staff(STOCK)]
    async fn locations(ctx: &Context<'_>) -> Result<Many<StockLocation>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.inventory.locations(reads.conn().await?).await?))
    }

    /// All stock movements, newest first. A stock level is the sum of its movements.
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

    /// All current stock reservations for orders and carts, newest first.
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
