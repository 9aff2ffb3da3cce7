use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::BATCH;
use crate::db::keyset::keyset;
use crate::db::rows::rows;
use crate::db::schema::{inventory_items, variant_items};
use crate::db::{Conn, Result};
use crate::domain::inventory::Inventory;
use crate::domain::inventory::model::{Component, InventoryItem, ItemFilter, StockItem};
use crate::kernel::ids::{InventoryItemId, VariantId};
use crate::kernel::page::PageRequest;
use crate::kernel::text::strip_nul;

rows! { InventoryItem in inventory_items, by InventoryItemId, read as Inventory::items_by_ids }

impl Inventory {
    /// The number of items that match the filter.
    pub async fn count_items(&self, mut conn: &Conn, filter: &ItemFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }

    /// The items that one unit of each of these variants uses.
    pub async fn components(&self, mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<(VariantId, Component)>> {
        let rows: Vec<(VariantId, InventoryItemId, i32)> = variant_items::table
            .filter(variant_items::variant_id.eq_any(ids))
            .order((variant_items::variant_id, variant_items::item_id))
            .select((variant_items::variant_id, variant_items::item_id, variant_items::quantity))
            .load(&mut conn)
            .await?;
        Ok(rows.into_iter().map(|(variant, item_id, quantity)| (variant, Component { item_id, quantity })).collect())
    }

    /// The variants that use these items, with the number of units.
    pub async fn uses(
        &self,
        mut conn: &Conn,
        ids: &[InventoryItemId],
    ) -> Result<Vec<(InventoryItemId, VariantId, i32)>> {
        let of_items = variant_items::table.filter(variant_items::item_id.eq_any(ids));
        let in_order = of_items.order((variant_items::item_id, variant_items::variant_id));
        let columns = (variant_items::item_id, variant_items::variant_id, variant_items::quantity);
        Ok(in_order.select(columns).load(&mut conn).await?)
    }
}

pub(in super::super) async fn list_items(
    mut conn: &Conn,
    filter: &ItemFilter,
    paging: &PageRequest,
    cursor: Option<(String, Uuid)>,
) -> Result<Vec<InventoryItem>> {
    let query = filtered(filter).select(InventoryItem::as_select());
    let cursor = cursor.map(|(title, id)| (title, InventoryItemId(id)));
    Ok(keyset!(query, paging, false, inventory_items::title, inventory_items::id, cursor).load(&mut conn).await?)
}

fn filtered(filter: &ItemFilter) -> inventory_items::BoxedQuery<'static, Pg> {
    let mut query = inventory_items::table.into_boxed();
    if let Some(text) = &filter.query {
        let text = strip_nul(text.clone());
        let piece = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        query = query.filter(inventory_items::title.ilike(piece.clone()).or(inventory_items::sku.ilike(piece)));
    }
    if let Some(sku) = &filter.sku {
        query = query.filter(inventory_items::sku.eq(strip_nul(sku.clone())));
    }
    query
}

pub(in super::super) async fn insert_items(mut conn: &Conn, rows: &[InventoryItem]) -> Result<()> {
    for batch in rows.chunks(BATCH) {
        diesel::insert_into(inventory_items::table).values(batch).execute(&mut conn).await?;
    }
    Ok(())
}

pub(in super::super) async fn insert_components(mut conn: &Conn, rows: &[(VariantId, Component)]) -> Result<()> {
    let row = |(variant, part): &(VariantId, Component)| {
        (
            variant_items::variant_id.eq(*variant),
            variant_items::item_id.eq(part.item_id),
            variant_items::quantity.eq(part.quantity),
        )
    };
    for batch in rows.chunks(BATCH) {
        let values: Vec<_> = batch.iter().map(row).collect();
        diesel::insert_into(variant_items::table).values(values).execute(&mut conn).await?;
    }
    Ok(())
}

pub(in super::super) async fn replace_components(
    mut conn: &Conn,
    variant: VariantId,
    components: &[Component],
) -> Result<()> {
    diesel::delete(variant_items::table.filter(variant_items::variant_id.eq(variant))).execute(&mut conn).await?;
    let rows: Vec<_> = components.iter().map(|component| (variant, *component)).collect();
    insert_components(conn, &rows).await
}

/// The stock settings of these variants, with the item; variants that are kits, or use several units of one item, are
/// omitted.
pub(in super::super) async fn items(mut conn: &Conn, ids: &[VariantId]) -> Result<Vec<(StockItem, InventoryItemId)>> {
    let rows: Vec<(VariantId, InventoryItemId, i32, bool, i32)> = variant_items::table
        .inner_join(inventory_items::table)
        .filter(variant_items::variant_id.eq_any(ids))
        .order(variant_items::variant_id)
        .select((
            variant_items::variant_id,
            variant_items::item_id,
            variant_items::quantity,
            inventory_items::tracked,
            inventory_items::backorder_limit,
        ))
        .load(&mut conn)
        .await?;
    let plain = |rows: &[(VariantId, InventoryItemId, i32, bool, i32)]| match rows {
        [(variant_id, item, 1, tracked, limit)] => {
            Some((StockItem { variant_id: *variant_id, tracked: *tracked, backorder: *limit > 0 }, *item))
        }
        _ => None,
    };
    Ok(rows.chunk_by(|one, next| one.0 == next.0).filter_map(plain).collect())
}
