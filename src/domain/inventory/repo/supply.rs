use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use crate::db::{Conn, Result};
use crate::domain::inventory::model::Supply;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, InventoryItemId, LocationId, VariantId};

/// The supply of all items that these variants use at the given time, without units held for other carts.
pub(in super::super) async fn supply(
    mut conn: &Conn,
    ids: &[VariantId],
    but: Option<CartId>,
    now: Timestamp,
) -> Result<Vec<Supply>> {
    let query = sql_query(
        "SELECT c.variant_id, c.item_id, c.quantity, i.tracked, i.backorder_limit, greatest(s.net, 0) AS free,
            CASE WHEN s.levels = 0 THEN 0 ELSE greatest(i.backorder_limit + least(s.net, 0), 0) END AS backorder_capacity
         FROM variant_items c JOIN inventory_items i ON i.id = c.item_id CROSS JOIN LATERAL (
            SELECT count(*) AS levels, coalesce(sum(l.stocked - l.reserved - h.held), 0)::bigint AS net
            FROM stock_levels l CROSS JOIN LATERAL (
                SELECT coalesce(sum(r.quantity), 0)::int AS held FROM stock_reservations r WHERE r.kind = 'HOLD'
                AND r.item_id = l.item_id AND r.location_id = l.location_id
                AND r.expires_at > $2 AND r.cart_id IS DISTINCT FROM $3) h
            WHERE l.item_id = c.item_id AND i.tracked) s
         WHERE c.variant_id = ANY($1) ORDER BY c.variant_id, c.item_id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Timestamptz, _>(now)
    .bind::<Nullable<SqlUuid>, _>(but);
    Ok(query.load(&mut conn).await?)
}

/// An item that a variant uses, and one of the item's levels; no level if it has none or is not tracked.
#[derive(Clone, Copy, Debug, diesel::QueryableByName)]
pub(in super::super) struct Row {
    #[diesel(sql_type = SqlUuid)]
    pub(in super::super) variant_id: VariantId,
    #[diesel(sql_type = SqlUuid)]
    pub(in super::super) item_id: InventoryItemId,
    #[diesel(sql_type = Integer)]
    pub(in super::super) quantity: i32,
    #[diesel(sql_type = Bool)]
    pub(in super::super) tracked: bool,
    #[diesel(sql_type = Integer)]
    pub(in super::super) backorder_limit: i32,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(in super::super) location_id: Option<LocationId>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(in super::super) stocked: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(in super::super) reserved: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(in super::super) position: Option<i32>,
}

/// The items that these variants use, with all their levels, locked in key order. The backorder limit is the level's if
/// there is one, because that is the row that was locked.
pub(in super::super) async fn lock_supply(mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<Row>> {
    let query = sql_query(
        "WITH locked AS MATERIALIZED (
            SELECT l.item_id, l.location_id, l.backorder_limit, l.stocked, l.reserved, s.position
            FROM stock_levels l JOIN stock_locations s ON s.id = l.location_id WHERE l.item_id IN (
                SELECT c.item_id FROM variant_items c JOIN inventory_items i ON i.id = c.item_id
                WHERE c.variant_id = ANY($1) AND i.tracked)
            ORDER BY l.item_id, l.location_id FOR UPDATE OF l)
         SELECT c.variant_id, c.item_id, c.quantity, i.tracked,
            coalesce(l.backorder_limit, i.backorder_limit) AS backorder_limit,
            l.location_id, l.stocked, l.reserved, l.position
         FROM variant_items c JOIN inventory_items i ON i.id = c.item_id LEFT JOIN locked l ON l.item_id = c.item_id
         WHERE c.variant_id = ANY($1) ORDER BY c.variant_id, c.item_id, l.position, l.location_id",
    )
    .bind::<Array<SqlUuid>, _>(ids);
    Ok(query.load(&mut conn).await?)
}
