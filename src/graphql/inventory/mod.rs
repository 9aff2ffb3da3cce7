//! Stock: items, levels, reservations and the ledger for staff; availability and back-in-stock alerts for everyone.

mod alerts;
mod items;
mod ledger;
mod objects;
mod reservations;
pub mod sources;
mod stock;

use async_graphql::Context;
use cartwright_macros::queries;
use futures_util::future::{try_join, try_join_all};
use graphql_plan::{Many, One};

pub use alerts::{StockAlertMutation, StockAlertQuery};
pub use items::{InventoryItemMutation, InventoryItemQuery};
pub use ledger::{StockMovement, StockReservation};
pub use objects::{InventoryComponent, StockLevel, StockLocation};
pub use reservations::ReservationMutation;
pub use stock::StockMutation;

use objects::VariantAvailability;
use sources::AVAILABILITY_OF_VARIANT;

use super::catalog::sources::VARIANT;
use super::connection::{Paged, connection, counted};
use super::context::RequestExt;
use super::errors::{ApiError, Result, refused};
use crate::domain::inventory::{Availability, MovementFilter, ReservationFilter};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::VariantId;
use crate::kernel::page::{PageArgs, PageRequest};

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
        let loaders = &ctx.loaders();
        let one = |id: VariantId| async move {
            let (shown, stock) =
                try_join(loaders.load(&VARIANT, id), loaders.load(&AVAILABILITY_OF_VARIANT, id)).await?;
            let stock = stock.unwrap_or_else(|| Availability::unknown(id).into());
            Ok(shown.map(|_| One(stock)))
        };
        try_join_all(variant_ids.into_iter().map(one)).await
    }

    /// All stock locations, in the order in which stock is allocated.
    #[staff(STOCK)]
    async fn stock_locations(ctx: &Context<'_>) -> Result<Many<StockLocation>> {
        let loaders = ctx.loaders();
        Ok(Many::new(loaders.app.inventory.locations(loaders.conn().await?).await?))
    }

    /// All stock movements, newest first. A stock level is the sum of its movements.
    #[staff(STOCK)]
    async fn stock_movements(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: MovementFilter,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<StockMovement>> {
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let page =
            loaders.app.inventory.list_movements(loaders.conn().await?, &filter, &paging).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.inventory.count_movements(conn, &filter));
        Ok(connection(page, total).into())
    }

    /// All current stock reservations for orders and carts, newest first.
    #[staff(STOCK)]
    async fn stock_reservations(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: ReservationFilter,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<StockReservation>> {
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let page = loaders.app.inventory.list_reservations(loaders.conn().await?, &filter, &paging).await;
        let total = counted!(|scope, conn| scope.app.inventory.count_reservations(conn, &filter));
        Ok(connection(page.map_err(refused)?, total).into())
    }
}
