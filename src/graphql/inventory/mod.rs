//! Stock: items, levels, reservations and the ledger for staff; what can be bought, and news of it, for anybody.

mod alerts;
mod items;
mod ledger;
mod objects;
mod reservations;
mod stock;

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, MergedObject, Object};

pub use ledger::{Movement, StockReservation};
pub use objects::{InventoryComponent, StockLevel, StockLocation};

use ledger::{MovementTotal, ReservationTotal};
use objects::VariantAvailability;

use super::cart::CartHoldMutation;
use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::{ApiError, Result, refused};
use super::guards::{Needs, requires, staff};
use crate::domain::inventory::{Availability, MovementFilter, MovementKind, ReservationFilter};
use crate::kernel::actor::Permission;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{CartId, InventoryItemId, LocationId, OrderId, VariantId};
use crate::kernel::page::Window;

type MovementConnection = Connection<String, Movement, MovementTotal>;
type ReservationConnection = Connection<String, StockReservation, ReservationTotal>;

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

/// What can be read of stock.
#[derive(MergedObject, Default)]
pub struct InventoryQuery(StockQuery, items::InventoryItemQuery, alerts::StockAlertQuery);

/// What can be done with stock, the units that are kept for carts among it.
#[derive(MergedObject, Default)]
pub struct InventoryMutation(
    stock::StockMutation,
    items::InventoryItemMutation,
    reservations::ReservationMutation,
    alerts::StockAlertMutation,
    CartHoldMutation,
);

#[derive(Default)]
pub struct StockQuery;

#[Object]
impl StockQuery {
    /// What can be bought of these variants at the moment, in their order; null for one that is not shown to the caller. At
    /// most 100.
    async fn availability(
        &self,
        ctx: &Context<'_>,
        variant_ids: Vec<VariantId>,
    ) -> Result<Vec<Option<VariantAvailability>>> {
        if variant_ids.len() > 100 {
            return Err(ApiError::new(ErrorCode::Invalid, "At most 100 ids are taken at once."));
        }
        let one = |id: VariantId| async move {
            let loaders = &ctx.reads().loaders;
            let (shown, stock) = futures_util::join!(loaders.variant.load(id), loaders.availability.load(id));
            let stock = stock?.unwrap_or(Availability::unknown(id));
            Ok(shown?.map(|_| VariantAvailability::from(stock)))
        };
        futures_util::future::try_join_all(variant_ids.into_iter().map(one)).await
    }

    /// Every stock location, in the order in which units are taken.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn locations(&self, ctx: &Context<'_>) -> Result<Vec<StockLocation>> {
        let reads = ctx.reads();
        let rows = ctx.app().inventory.locations(reads.conn().await?).await?;
        Ok(rows.into_iter().map(StockLocation).collect())
    }

    /// The ledger: every change of every level, newest first. A level is the sum of its movements.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn movements(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: MovementFilterInput,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<MovementConnection> {
        let filter = MovementFilter::from(filter);
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let reads = ctx.reads();
        let page = ctx.app().inventory.list_movements(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        Ok(connection(page, MovementTotal(filter), Movement))
    }

    /// What is promised to orders, and what is kept for carts at the moment, newest first.
    #[graphql(guard = "Needs(Permission::Stock)", visible = "staff", directive = requires::apply("STOCK".into()))]
    async fn reservations(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: ReservationFilterInput,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ReservationConnection> {
        let ReservationFilterInput { inventory_item_id, order_id, cart_id } = filter;
        let filter = ReservationFilter { item_id: inventory_item_id, order_id, cart_id };
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let reads = ctx.reads();
        let page = ctx.app().inventory.list_reservations(reads.conn().await?, &filter, &window).await;
        Ok(connection(page.map_err(refused)?, ReservationTotal(filter), StockReservation))
    }
}
