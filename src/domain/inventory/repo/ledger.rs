use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::BATCH;
use crate::db::keyset::keyset;
use crate::db::schema::stock_movements;
use crate::db::{Conn, Result};
use crate::domain::inventory::Inventory;
use crate::domain::inventory::model::{Movement, MovementFilter, MovementKind};
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::ids::{CartId, InventoryItemId, LocationId, MovementId, OrderId, ReservationId};
use crate::kernel::page::PageRequest;

/// An entry to post to the ledger.
#[derive(Clone, Debug)]
pub(in super::super) struct LedgerEntry {
    pub(in super::super) kind: MovementKind,
    pub(in super::super) item_id: InventoryItemId,
    pub(in super::super) location_id: LocationId,
    pub(in super::super) stocked: i32,
    pub(in super::super) reserved: i32,
    pub(in super::super) order_id: Option<OrderId>,
}

/// Writes ledger entries, changes the levels by their sums and the orders' reservations to match, and deletes the holds
/// of a cart, all in one statement: the books balance because nothing else writes any of these. The caller has locked
/// the levels. Returns the items that the cart held.
const POST: &str = "WITH entries AS (
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
        AS e (id, item_id, location_id, kind, stocked, reserved, order_id, reservation_id)
    ), written AS (
        INSERT INTO stock_movements
            (id, item_id, location_id, kind, stocked_delta, reserved_delta, reason, order_id, created_at)
        SELECT id, item_id, location_id, kind, stocked, reserved, $9, order_id, $10 FROM entries
    ), changed AS (
        UPDATE stock_levels l SET stocked = l.stocked + c.stocked, reserved = l.reserved + c.reserved
        FROM (SELECT item_id, location_id, sum(stocked)::int AS stocked, sum(reserved)::int AS reserved
              FROM entries GROUP BY item_id, location_id) c
        WHERE l.item_id = c.item_id AND l.location_id = c.location_id
    ), promised AS (
        SELECT order_id, item_id, location_id, sum(reserved)::int AS quantity, (array_agg(reservation_id))[1] AS id
        FROM entries WHERE order_id IS NOT NULL GROUP BY order_id, item_id, location_id
    ), grown AS (
        INSERT INTO stock_reservations (id, kind, order_id, item_id, location_id, quantity, created_at)
        SELECT id, 'ORDER', order_id, item_id, location_id, quantity, $10 FROM promised WHERE quantity > 0
        ON CONFLICT (order_id, item_id, location_id)
        DO UPDATE SET quantity = stock_reservations.quantity + excluded.quantity
    ), shrunk AS (
        UPDATE stock_reservations r SET quantity = r.quantity + p.quantity FROM promised p
        WHERE p.quantity < 0 AND r.order_id = p.order_id AND r.item_id = p.item_id
        AND r.location_id = p.location_id AND r.quantity + p.quantity <> 0
    ), used_up AS (
        DELETE FROM stock_reservations r USING promised p
        WHERE p.quantity < 0 AND r.order_id = p.order_id AND r.item_id = p.item_id
        AND r.location_id = p.location_id AND r.quantity + p.quantity = 0
    )
    DELETE FROM stock_reservations WHERE kind = 'HOLD' AND cart_id = $11 RETURNING item_id";

#[derive(QueryableByName)]
struct ReleasedHold {
    #[diesel(sql_type = SqlUuid)]
    item_id: InventoryItemId,
}

pub(in super::super) async fn post(
    mut conn: &Conn,
    entries: &[LedgerEntry],
    reason: &str,
    cart: Option<CartId>,
    now: Timestamp,
) -> Result<Vec<InventoryItemId>> {
    let mut kept = Vec::new();
    if entries.is_empty() && cart.is_none() {
        return Ok(kept);
    }
    // One statement, except for bulk entries, which never delete holds.
    let batches = entries.chunks(BATCH).chain(entries.is_empty().then_some(entries));
    for entries in batches {
        let booked = sql_query(POST)
            .bind::<Array<SqlUuid>, _>(entries.iter().map(|_| MovementId::new()).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(entries.iter().map(|entry| entry.item_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(entries.iter().map(|entry| entry.location_id).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(entries.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>())
            .bind::<Array<Integer>, _>(entries.iter().map(|entry| entry.stocked).collect::<Vec<_>>())
            .bind::<Array<Integer>, _>(entries.iter().map(|entry| entry.reserved).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(entries.iter().map(|entry| entry.order_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(entries.iter().map(|_| ReservationId::new()).collect::<Vec<_>>())
            .bind::<Text, _>(reason)
            .bind::<Timestamptz, _>(now)
            .bind::<Nullable<SqlUuid>, _>(cart);
        let dropped: Vec<ReleasedHold> = booked.load(&mut conn).await?;
        kept.extend(dropped.into_iter().map(|hold| hold.item_id));
    }
    Ok(kept)
}

pub(in super::super) async fn movements(
    mut conn: &Conn,
    filter: &MovementFilter,
    paging: &PageRequest,
    cursor: Option<(Timestamp, Uuid)>,
) -> Result<Vec<Movement>> {
    let query = filtered(filter).select(Movement::as_select());
    let cursor = cursor.map(|(created, id)| (created, MovementId(id)));
    Ok(keyset!(query, paging, true, stock_movements::created_at, stock_movements::id, cursor).load(&mut conn).await?)
}

impl Inventory {
    /// The number of ledger entries that match the filter.
    pub async fn count_movements(&self, mut conn: &Conn, filter: &MovementFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }
}

fn filtered(filter: &MovementFilter) -> stock_movements::BoxedQuery<'static, Pg> {
    let mut query = stock_movements::table.into_boxed();
    if let Some(item) = filter.inventory_item_id {
        query = query.filter(stock_movements::item_id.eq(item));
    }
    if let Some(location) = filter.location_id {
        query = query.filter(stock_movements::location_id.eq(location));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(stock_movements::kind.eq(kind));
    }
    if let Some(order) = filter.order_id {
        query = query.filter(stock_movements::order_id.eq(order));
    }
    if let Some(from) = filter.created_from {
        query = query.filter(stock_movements::created_at.ge(clamp_to_storable(from)));
    }
    if let Some(before) = filter.created_before {
        query = query.filter(stock_movements::created_at.lt(clamp_to_storable(before)));
    }
    query
}
