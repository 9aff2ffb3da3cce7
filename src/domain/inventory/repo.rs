//! The SQL of stock.

use diesel::dsl::sql_query;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::model::{Availability, Location, Movement, Reservation, StockItem, StockLevel};
use crate::db::schema::{stock_items, stock_levels, stock_locations, stock_movements, stock_reservations};
use crate::db::{Conn, Result};
use crate::kernel::ids::{LocationId, OrderId, VariantId};

/// How many rows one INSERT takes: PostgreSQL's limit of 65,535 parameters, over at most 9 columns.
const BATCH: usize = 7_000;

/// A change of a level.
#[derive(Clone, Copy, Debug)]
pub(super) struct LevelChange {
    pub(super) variant_id: VariantId,
    pub(super) location_id: LocationId,
    pub(super) stocked: i32,
    pub(super) reserved: i32,
}

pub(super) async fn availability(mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<Availability>> {
    let free = diesel::dsl::sql::<BigInt>("coalesce(sum(greatest(stocked - reserved, 0)), 0)::bigint");
    let rows: Vec<(VariantId, bool, bool, i64)> = stock_items::table
        .left_join(stock_levels::table.on(stock_levels::variant_id.eq(stock_items::variant_id)))
        .filter(stock_items::variant_id.eq_any(ids))
        .group_by((stock_items::variant_id, stock_items::tracked, stock_items::backorder))
        .select((stock_items::variant_id, stock_items::tracked, stock_items::backorder, free))
        .load(&mut conn)
        .await?;
    let row = |(variant_id, tracked, backorder, available): (VariantId, bool, bool, i64)| Availability {
        variant_id,
        tracked,
        backorder,
        available: i32::try_from(available).unwrap_or(i32::MAX),
    };
    Ok(rows.into_iter().map(row).collect())
}

pub(super) async fn items(mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<StockItem>> {
    let by_ids = stock_items::table.filter(stock_items::variant_id.eq_any(ids));
    Ok(by_ids.select(StockItem::as_select()).load(&mut conn).await?)
}

pub(super) async fn insert_items(mut conn: &Conn, rows: &[StockItem]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        diesel::insert_into(stock_items::table).values(batch).execute(&mut conn).await?;
    }
    Ok(())
}

pub(super) async fn save_item(mut conn: &Conn, item: &StockItem) -> Result<()> {
    diesel::insert_into(stock_items::table)
        .values(item)
        .on_conflict(stock_items::variant_id)
        .do_update()
        .set((stock_items::tracked.eq(item.tracked), stock_items::backorder.eq(item.backorder)))
        .execute(&mut conn)
        .await?;
    Ok(())
}

pub(super) async fn levels(mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<StockLevel>> {
    let of_variants = stock_levels::table.filter(stock_levels::variant_id.eq_any(ids));
    let in_order = of_variants.order((stock_levels::variant_id, stock_levels::location_id));
    Ok(in_order.select(StockLevel::as_select()).load(&mut conn).await?)
}

/// The levels of these variants, locked in key order and then given in the order in which they are drained.
pub(super) async fn lock_levels(mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<StockLevel>> {
    let in_key_order = stock_levels::table
        .filter(stock_levels::variant_id.eq_any(ids))
        .order((stock_levels::variant_id, stock_levels::location_id))
        .select(StockLevel::as_select())
        .for_update();
    let mut levels: Vec<StockLevel> = in_key_order.load(&mut conn).await?;
    if levels.windows(2).all(|two| two[0].variant_id != two[1].variant_id) {
        return Ok(levels);
    }
    let ranks: Vec<LocationId> = stock_locations::table
        .order((stock_locations::position, stock_locations::id))
        .select(stock_locations::id)
        .load(&mut conn)
        .await?;
    levels.sort_by_key(|level| ranks.iter().position(|id| *id == level.location_id));
    Ok(levels)
}

/// Adds levels that are not there yet.
pub(super) async fn insert_levels(mut conn: &Conn, rows: &[StockLevel]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        diesel::insert_into(stock_levels::table).values(batch).on_conflict_do_nothing().execute(&mut conn).await?;
    }
    Ok(())
}

/// Changes levels that the caller has locked, in one statement.
pub(super) async fn change_levels(mut conn: &Conn, changes: &[LevelChange]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    sql_query(
        "UPDATE stock_levels l SET stocked = l.stocked + c.stocked, reserved = l.reserved + c.reserved
         FROM (SELECT variant_id, location_id, sum(stocked)::int AS stocked, sum(reserved)::int AS reserved
               FROM unnest($1, $2, $3, $4) AS c (variant_id, location_id, stocked, reserved) GROUP BY 1, 2) c
         WHERE l.variant_id = c.variant_id AND l.location_id = c.location_id",
    )
    .bind::<Array<SqlUuid>, _>(changes.iter().map(|change| change.variant_id).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(changes.iter().map(|change| change.location_id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(changes.iter().map(|change| change.stocked).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(changes.iter().map(|change| change.reserved).collect::<Vec<_>>())
    .execute(&mut conn)
    .await?;
    Ok(())
}

pub(super) async fn insert_movements(mut conn: &Conn, rows: &[Movement]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        diesel::insert_into(stock_movements::table).values(batch).execute(&mut conn).await?;
    }
    Ok(())
}

pub(super) async fn reserved_variants(mut conn: &Conn, order: OrderId) -> Result<Vec<VariantId>> {
    let of_order = stock_reservations::table.filter(stock_reservations::order_id.eq(order));
    Ok(of_order.select(stock_reservations::variant_id).distinct().load(&mut conn).await?)
}

pub(super) async fn reservations(mut conn: &Conn, order: OrderId) -> Result<Vec<Reservation>> {
    let of_order = stock_reservations::table.filter(stock_reservations::order_id.eq(order));
    let in_order = of_order.order((stock_reservations::variant_id, stock_reservations::location_id));
    Ok(in_order.select(Reservation::as_select()).for_update().load(&mut conn).await?)
}

pub(super) async fn insert_reservations(mut conn: &Conn, rows: &[Reservation]) -> Result<()> {
    if !rows.is_empty() {
        diesel::insert_into(stock_reservations::table).values(rows).execute(&mut conn).await?;
    }
    Ok(())
}

pub(super) async fn take_reservations(mut conn: &Conn, order: OrderId) -> Result<Vec<Reservation>> {
    let of_order = stock_reservations::table.filter(stock_reservations::order_id.eq(order));
    Ok(diesel::delete(of_order).returning(Reservation::as_returning()).get_results(&mut conn).await?)
}

/// Takes the parts' quantities off the reservations; one that reaches zero goes.
pub(super) async fn shrink_reservations(mut conn: &Conn, parts: &[Reservation]) -> Result<()> {
    for part in parts {
        let row = stock_reservations::table.find((part.order_id, part.variant_id, part.location_id));
        let used_up = row.filter(stock_reservations::quantity.le(part.quantity));
        if diesel::delete(used_up).execute(&mut conn).await? == 0 {
            diesel::update(row)
                .set(stock_reservations::quantity.eq(stock_reservations::quantity - part.quantity))
                .execute(&mut conn)
                .await?;
        }
    }
    Ok(())
}

pub(super) async fn locations(mut conn: &Conn) -> Result<Vec<Location>> {
    let in_order = stock_locations::table.order((stock_locations::position, stock_locations::id));
    Ok(in_order.select(Location::as_select()).load(&mut conn).await?)
}

pub(super) async fn locations_by_ids(mut conn: &Conn, ids: &[LocationId]) -> Result<Vec<Location>> {
    let by_ids = stock_locations::table.filter(stock_locations::id.eq_any(ids));
    Ok(by_ids.select(Location::as_select()).load(&mut conn).await?)
}

pub(super) async fn insert_location(mut conn: &Conn, location: &Location) -> Result<()> {
    diesel::insert_into(stock_locations::table).values(location).execute(&mut conn).await?;
    Ok(())
}

pub(super) async fn update_location(mut conn: &Conn, location: &Location) -> Result<()> {
    diesel::update(stock_locations::table.find(location.id)).set(location).execute(&mut conn).await?;
    Ok(())
}
