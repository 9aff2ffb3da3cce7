use async_graphql::{Context, Description, Object};

use super::objects::{InventoryItem, StockLocation};
use crate::domain::inventory::{self, MovementFilter, MovementKind, ReservationFilter, ReservationKind};
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::kernel::actor::Permission;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, MovementId, OrderId, ReservationId};

/// A line of the ledger: a change of a level. Lines are never changed or deleted.
#[derive(Description)]
pub struct Movement(pub(super) inventory::Movement);

#[Object(name = "StockMovement", use_type_description)]
impl Movement {
    /// Id.
    async fn id(&self) -> MovementId {
        self.0.id
    }

    /// Of what; null when the item was deleted since.
    async fn inventory_item(&self, ctx: &Context<'_>) -> Result<Option<InventoryItem>> {
        InventoryItem::load(ctx, self.0.item_id).await
    }

    /// Where.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<StockLocation>> {
        StockLocation::load(ctx, self.0.location_id).await
    }

    /// Why the level changed.
    async fn kind(&self) -> MovementKind {
        self.0.kind
    }

    /// By how many the units on the shelf changed.
    async fn stocked_delta(&self) -> i32 {
        self.0.stocked_delta
    }

    /// By how many the units that are promised to orders changed.
    async fn reserved_delta(&self) -> i32 {
        self.0.reserved_delta
    }

    /// What somebody wrote about it; empty when nobody did.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The order that it was for; null when it was for none.
    async fn order_id(&self) -> Option<OrderId> {
        self.0.order_id
    }

    /// When, UTC.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}

/// How many of a list of movements there are.
pub struct MovementTotal(pub(super) MovementFilter);

#[Object]
impl MovementTotal {
    /// How many movements the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().inventory.count_movements(reads.conn().await?, &self.0).await?)
    }
}

/// Units that are promised to an order, or kept for a cart for a while.
#[derive(Description)]
pub struct StockReservation(pub(super) inventory::Reservation);

#[Object(use_type_description)]
impl StockReservation {
    /// Id.
    async fn id(&self) -> ReservationId {
        self.0.id
    }

    /// For whom.
    async fn kind(&self) -> ReservationKind {
        self.0.kind
    }

    /// The order that they are promised to; null when they are kept for a cart.
    async fn order_id(&self) -> Option<OrderId> {
        self.0.order_id
    }

    /// The cart that they are kept for; null when they are promised to an order, and for staff who may not see orders: who
    /// knows a guest's cart may change it.
    async fn cart_id(&self, ctx: &Context<'_>) -> Option<CartId> {
        self.0.cart_id.filter(|_| ctx.actor().may(Permission::Orders))
    }

    /// Of what.
    async fn inventory_item(&self, ctx: &Context<'_>) -> Result<Option<InventoryItem>> {
        InventoryItem::load(ctx, self.0.item_id).await
    }

    /// Where.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<StockLocation>> {
        StockLocation::load(ctx, self.0.location_id).await
    }

    /// How many.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// When what is kept for a cart is free again, UTC; null for what is promised to an order.
    async fn expires_at(&self) -> Option<Timestamp> {
        self.0.expires_at
    }

    /// Since when, UTC.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}

/// How many of a list of reservations there are.
pub struct ReservationTotal(pub(super) ReservationFilter);

#[Object]
impl ReservationTotal {
    /// How many reservations the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().inventory.count_reservations(reads.conn().await?, &self.0).await?)
    }
}
