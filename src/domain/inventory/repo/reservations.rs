use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::keyset::keyset;
use crate::db::schema::stock_reservations;
use crate::db::{Conn, Result};
use crate::domain::inventory::model::{Reservation, ReservationFilter, ReservationKind};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, InventoryItemId, OrderId, ReservationId};
use crate::kernel::page::PageRequest;

/// The items with reservations for an order.
pub(in super::super) async fn reserved_items(mut conn: &Conn, order: OrderId) -> Result<Vec<InventoryItemId>> {
    let of_order = stock_reservations::table.filter(stock_reservations::order_id.eq(order));
    Ok(of_order.select(stock_reservations::item_id).distinct().load(&mut conn).await?)
}

/// The order's reservations of these items. The caller has locked their levels.
pub(in super::super) async fn reservations(
    mut conn: &Conn,
    order: OrderId,
    items: &[InventoryItemId],
) -> Result<Vec<Reservation>> {
    let of_order = stock_reservations::table.filter(stock_reservations::order_id.eq(order));
    let of_items = of_order.filter(stock_reservations::item_id.eq_any(items));
    Ok(of_items.select(Reservation::as_select()).load(&mut conn).await?)
}

/// All order reservations of an item. The caller has locked its levels.
pub(in super::super) async fn reservations_of_item(mut conn: &Conn, item: InventoryItemId) -> Result<Vec<Reservation>> {
    let of_item = stock_reservations::table.filter(stock_reservations::item_id.eq(item));
    let promised = of_item.filter(stock_reservations::kind.eq(ReservationKind::Order));
    Ok(promised.select(Reservation::as_select()).load(&mut conn).await?)
}

pub(in super::super) async fn reservation(mut conn: &Conn, id: ReservationId) -> Result<Option<Reservation>> {
    let by_id = stock_reservations::table.find(id).select(Reservation::as_select());
    Ok(by_id.first(&mut conn).await.optional()?)
}

pub(in super::super) async fn insert_holds(mut conn: &Conn, rows: &[Reservation]) -> Result<()> {
    diesel::insert_into(stock_reservations::table).values(rows).execute(&mut conn).await?;
    Ok(())
}

/// The items held for a cart.
pub(in super::super) async fn held_by(mut conn: &Conn, cart: CartId) -> Result<Vec<InventoryItemId>> {
    let of_cart = stock_reservations::table.filter(stock_reservations::cart_id.eq(cart));
    Ok(of_cart.select(stock_reservations::item_id).distinct().load(&mut conn).await?)
}

/// Deletes the holds of a cart, and returns their items.
pub(in super::super) async fn delete_holds(mut conn: &Conn, cart: CartId) -> Result<Vec<InventoryItemId>> {
    let of_cart = stock_reservations::table.filter(stock_reservations::cart_id.eq(cart));
    Ok(diesel::delete(of_cart).returning(stock_reservations::item_id).get_results(&mut conn).await?)
}

/// Deletes a hold; `false` if it no longer exists.
pub(in super::super) async fn delete_hold(mut conn: &Conn, id: ReservationId) -> Result<bool> {
    let hold = stock_reservations::table.find(id).filter(stock_reservations::kind.eq(ReservationKind::Hold));
    Ok(diesel::delete(hold).execute(&mut conn).await? > 0)
}

/// The items of expired holds.
pub(in super::super) async fn expired_holds(mut conn: &Conn, now: Timestamp) -> Result<Vec<InventoryItemId>> {
    let ended = stock_reservations::table
        .filter(stock_reservations::kind.eq(ReservationKind::Hold))
        .filter(stock_reservations::expires_at.le(now));
    Ok(ended.select(stock_reservations::item_id).distinct().load(&mut conn).await?)
}

/// Deletes expired holds of these items. The caller has locked their levels.
pub(in super::super) async fn delete_expired(
    mut conn: &Conn,
    items: &[InventoryItemId],
    now: Timestamp,
) -> Result<usize> {
    let ended = stock_reservations::table
        .filter(stock_reservations::kind.eq(ReservationKind::Hold))
        .filter(stock_reservations::item_id.eq_any(items))
        .filter(stock_reservations::expires_at.le(now));
    Ok(diesel::delete(ended).execute(&mut conn).await?)
}

/// When the holds of these carts expire; carts without one are omitted.
pub(in super::super) async fn held_until(
    mut conn: &Conn,
    carts: &[CartId],
    now: Timestamp,
) -> Result<Vec<(Option<CartId>, Option<Timestamp>)>> {
    let of_carts = stock_reservations::table.filter(stock_reservations::cart_id.eq_any(carts));
    let running = of_carts.filter(stock_reservations::expires_at.gt(now)).group_by(stock_reservations::cart_id);
    let columns = (stock_reservations::cart_id, diesel::dsl::min(stock_reservations::expires_at));
    Ok(running.select(columns).load(&mut conn).await?)
}

pub(in super::super) async fn list_reservations(
    mut conn: &Conn,
    filter: &ReservationFilter,
    now: Timestamp,
    paging: &PageRequest,
    cursor: Option<(Timestamp, Uuid)>,
) -> Result<Vec<Reservation>> {
    let query = filtered(filter, now).select(Reservation::as_select());
    let cursor = cursor.map(|(created, id)| (created, ReservationId(id)));
    let page = keyset!(query, paging, true, stock_reservations::created_at, stock_reservations::id, cursor);
    Ok(page.load(&mut conn).await?)
}

pub(in super::super) async fn count_reservations(
    mut conn: &Conn,
    filter: &ReservationFilter,
    now: Timestamp,
) -> Result<i64> {
    Ok(filtered(filter, now).count().get_result(&mut conn).await?)
}

fn filtered(filter: &ReservationFilter, now: Timestamp) -> stock_reservations::BoxedQuery<'static, Pg> {
    let running = stock_reservations::expires_at.is_null().or(stock_reservations::expires_at.gt(now));
    let mut query = stock_reservations::table.filter(running).into_boxed();
    if let Some(item) = filter.inventory_item_id {
        query = query.filter(stock_reservations::item_id.eq(item));
    }
    if let Some(order) = filter.order_id {
        query = query.filter(stock_reservations::order_id.eq(order));
    }
    if let Some(cart) = filter.cart_id {
        query = query.filter(stock_reservations::cart_id.eq(cart));
    }
    query
}
