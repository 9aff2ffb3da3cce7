use diesel::QueryableByName;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::BATCH;
use crate::db::{Conn, Result};
use crate::domain::inventory::model::StockLevel;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, InventoryItemId, LocationId, VariantId};

/// Levels with the units held for carts at the given time, in allocation order.
const LEVELS: &str = "SELECT l.item_id, l.location_id, l.backorder_limit, l.stocked, l.reserved, h.held, s.position
    FROM stock_levels l JOIN stock_locations s ON s.id = l.location_id CROSS JOIN LATERAL (
        SELECT coalesce(sum(r.quantity), 0)::int AS held FROM stock_reservations r WHERE r.kind = 'HOLD'
        AND r.item_id = l.item_id AND r.location_id = l.location_id AND r.expires_at > $2) h
    WHERE l.item_id = ANY($1) ORDER BY l.item_id, s.position, l.location_id";

pub(in super::super) async fn levels(
    mut conn: &Conn,
    ids: &[InventoryItemId],
    now: Timestamp,
) -> Result<Vec<StockLevel>> {
    let query = sql_query(LEVELS).bind::<Array<SqlUuid>, _>(ids).bind::<Timestamptz, _>(now);
    Ok(query.load(&mut conn).await?)
}

#[derive(QueryableByName)]
struct OfVariant {
    #[diesel(sql_type = SqlUuid)]
    variant_id: VariantId,
    #[diesel(embed)]
    level: StockLevel,
}

/// The levels of all items that these variants use.
pub(in super::super) async fn levels_of_variants(
    mut conn: &Conn,
    ids: &[VariantId],
    now: Timestamp,
) -> Result<Vec<(VariantId, StockLevel)>> {
    let rows: Vec<OfVariant> = sql_query(
        "SELECT c.variant_id, l.item_id, l.location_id, l.backorder_limit, l.stocked, l.reserved, h.held, s.position
         FROM variant_items c JOIN stock_levels l ON l.item_id = c.item_id
         JOIN stock_locations s ON s.id = l.location_id CROSS JOIN LATERAL (
            SELECT coalesce(sum(r.quantity), 0)::int AS held FROM stock_reservations r WHERE r.kind = 'HOLD'
            AND r.item_id = l.item_id AND r.location_id = l.location_id AND r.expires_at > $2) h
         WHERE c.variant_id = ANY($1) ORDER BY c.variant_id, l.item_id, s.position, l.location_id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Timestamptz, _>(now)
    .load(&mut conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.variant_id, row.level)).collect())
}

/// All levels of these items, locked in key order and returned in allocation order. `held` is not filled in yet: see
/// [`held`].
pub(in super::super) async fn lock_levels(mut conn: &Conn, ids: &[InventoryItemId]) -> Result<Vec<StockLevel>> {
    let mut levels: Vec<StockLevel> = sql_query(
        "SELECT l.item_id, l.location_id, l.backorder_limit, l.stocked, l.reserved, 0 AS held, s.position
         FROM stock_levels l JOIN stock_locations s ON s.id = l.location_id
         WHERE l.item_id = ANY($1) ORDER BY l.item_id, l.location_id FOR UPDATE OF l",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(&mut conn)
    .await?;
    levels.sort_by_key(|level| (level.item_id, level.position, level.location_id));
    Ok(levels)
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = SqlUuid)]
    item_id: InventoryItemId,
    #[diesel(sql_type = SqlUuid)]
    location_id: LocationId,
    #[diesel(sql_type = Integer)]
    held: i32,
}

/// Fills in the units held for other carts at the given time on locked levels. This must be a separate statement after
/// the lock: the statement that waits for the lock sees the holds from before it waited (rule E5).
pub(in super::super) async fn held(
    mut conn: &Conn,
    levels: &mut [StockLevel],
    but: Option<CartId>,
    now: Timestamp,
) -> Result<()> {
    if levels.is_empty() {
        return Ok(());
    }
    let items: Vec<_> = levels.iter().map(|level| level.item_id).collect();
    let rows: Vec<Held> = sql_query(
        "SELECT item_id, location_id, sum(quantity)::int AS held FROM stock_reservations WHERE kind = 'HOLD'
         AND item_id = ANY($1) AND expires_at > $2 AND cart_id IS DISTINCT FROM $3 GROUP BY item_id, location_id",
    )
    .bind::<Array<SqlUuid>, _>(items)
    .bind::<Timestamptz, _>(now)
    .bind::<diesel::sql_types::Nullable<SqlUuid>, _>(but)
    .load(&mut conn)
    .await?;
    for row in rows {
        if let Some(level) = levels.iter_mut().find(|level| level.key() == (row.item_id, row.location_id)) {
            level.held = row.held;
        }
    }
    Ok(())
}

/// Inserts missing levels, empty, for the items that exist. Waits for a concurrent change of a backorder limit.
pub(in super::super) async fn insert_levels(mut conn: &Conn, keys: &[(InventoryItemId, LocationId)]) -> Result<()> {
    for batch in keys.chunks(BATCH) {
        sql_query(
            "INSERT INTO stock_levels (item_id, location_id, backorder_limit, stocked, reserved)
             SELECT i.id, k.location_id, i.backorder_limit, 0, 0
             FROM unnest($1, $2) AS k (item_id, location_id) JOIN (
                SELECT id, backorder_limit FROM inventory_items WHERE id = ANY($1) ORDER BY id FOR KEY SHARE
             ) i ON i.id = k.item_id
             ORDER BY i.id, k.location_id ON CONFLICT DO NOTHING",
        )
        .bind::<Array<SqlUuid>, _>(batch.iter().map(|(item, _)| *item).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(batch.iter().map(|(_, location)| *location).collect::<Vec<_>>())
        .execute(&mut conn)
        .await?;
    }
    Ok(())
}
