use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::keyset::keyset;
use crate::db::schema::{stock_alerts, variant_items};
use crate::db::{Conn, Result};
use crate::domain::inventory::Inventory;
use crate::domain::inventory::model::{AlertFilter, StockAlert};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{InventoryItemId, StockAlertId, VariantId};
use crate::kernel::page::PageRequest;

/// Inserts an alert, unless the same one is already waiting.
pub(in super::super) async fn add_alert(mut conn: &Conn, alert: &StockAlert) -> Result<()> {
    diesel::insert_into(stock_alerts::table).values(alert).on_conflict_do_nothing().execute(&mut conn).await?;
    Ok(())
}

pub(in super::super) async fn delete_alert(mut conn: &Conn, id: StockAlertId) -> Result<()> {
    diesel::delete(stock_alerts::table.find(id)).execute(&mut conn).await?;
    Ok(())
}

/// The variants that use these items and have waiting alerts.
pub(in super::super) async fn variants_with_alerts(
    mut conn: &Conn,
    items: &[InventoryItemId],
) -> Result<Vec<VariantId>> {
    let takers = variant_items::table.filter(variant_items::item_id.eq_any(items)).select(variant_items::variant_id);
    let waiting = stock_alerts::table
        .filter(stock_alerts::notified_at.is_null())
        .filter(stock_alerts::variant_id.eq_any(takers))
        .select(stock_alerts::variant_id)
        .distinct();
    Ok(waiting.load(&mut conn).await?)
}

/// Marks the alerts for these variants as answered.
pub(in super::super) async fn mark_notified(mut conn: &Conn, ids: &[VariantId], now: Timestamp) -> Result<()> {
    let waiting = stock_alerts::table.filter(stock_alerts::variant_id.eq_any(ids));
    let waiting = waiting.filter(stock_alerts::notified_at.is_null());
    diesel::update(waiting).set(stock_alerts::notified_at.eq(now)).execute(&mut conn).await?;
    Ok(())
}

pub(in super::super) async fn alerts(
    mut conn: &Conn,
    filter: &AlertFilter,
    paging: &PageRequest,
    cursor: Option<(Timestamp, Uuid)>,
) -> Result<Vec<StockAlert>> {
    let query = filtered(filter).select(StockAlert::as_select());
    let cursor = cursor.map(|(created, id)| (created, StockAlertId(id)));
    Ok(keyset!(query, paging, true, stock_alerts::created_at, stock_alerts::id, cursor).load(&mut conn).await?)
}

impl Inventory {
    /// The number of alerts that match the filter.
    pub async fn count_alerts(&self, mut conn: &Conn, filter: &AlertFilter) -> Result<i64> {
        Ok(filtered(filter).count().get_result(&mut conn).await?)
    }
}

fn filtered(filter: &AlertFilter) -> stock_alerts::BoxedQuery<'static, Pg> {
    let mut query = stock_alerts::table.into_boxed();
    if let Some(variant) = filter.variant_id {
        query = query.filter(stock_alerts::variant_id.eq(variant));
    }
    match filter.waiting {
        None => {}
        Some(true) => query = query.filter(stock_alerts::notified_at.is_null()),
        Some(false) => query = query.filter(stock_alerts::notified_at.is_not_null()),
    }
    query
}
