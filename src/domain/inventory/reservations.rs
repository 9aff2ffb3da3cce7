//! Reservations, as managed by staff.

use super::model::{MovementKind, Reservation, ReservationFilter, ReservationKind};
use super::repo::{self, LedgerEntry};
use super::{Inventory, InventoryError};
use crate::db::{self, Conn};
use crate::kernel::ids::{InventoryItemId, LocationId, OrderId, ReservationId};
use crate::kernel::page::{Page, PageRequest};

impl Inventory {
    /// The reservations for an order, with their locations.
    pub async fn reservations_of_order(
        &self,
        conn: &Conn,
        order: OrderId,
    ) -> db::Result<Vec<(InventoryItemId, LocationId, i32)>> {
        let items = repo::reserved_items(conn, order).await?;
        let promised = repo::reservations(conn, order, &items).await?;
        Ok(promised.iter().map(|part| (part.item_id, part.location_id, part.quantity)).collect())
    }

    /// A page of all reservations, newest first. Expired holds are omitted.
    pub async fn list_reservations(
        &self,
        conn: &Conn,
        filter: &ReservationFilter,
        paging: &PageRequest,
    ) -> Result<Page<Reservation>, InventoryError> {
        let rows = repo::list_reservations(conn, filter, self.clock.now(), paging, paging.key()?).await?;
        Ok(paging.page(rows, |row| (row.created_at.to_rfc3339(), row.id.0)))
    }

    /// The number of reservations that match the filter.
    pub async fn count_reservations(&self, conn: &Conn, filter: &ReservationFilter) -> db::Result<i64> {
        repo::count_reservations(conn, filter, self.clock.now()).await
    }

    /// Moves an order's reservation to another location, where the units must be available. Both levels change (rule
    /// E14). Returns the new reservation.
    pub async fn move_reservation(&self, id: ReservationId, to: LocationId) -> Result<Reservation, InventoryError> {
        let tx = self.db.begin().await?;
        let seen = repo::reservation(&tx, id).await?.ok_or_else(missing)?;
        let mut levels = repo::lock_levels(&tx, &[seen.item_id]).await?;
        repo::held(&tx, &mut levels, None, self.clock.now()).await?;
        let row = repo::reservation(&tx, id).await?.ok_or_else(missing)?;
        let ReservationKind::Order = row.kind else {
            return Err(InventoryError::InvalidState("Units that are reserved for a cart cannot be moved."));
        };
        if row.location_id == to {
            return Ok(row);
        }
        let goal = levels.iter().find(|level| level.location_id == to);
        if goal.is_none_or(|goal| goal.free() < i64::from(row.quantity)) {
            return Err(InventoryError::NotOnShelf(row.item_id));
        }
        let entry = |location_id, reserved| LedgerEntry {
            kind: MovementKind::Move,
            item_id: row.item_id,
            location_id,
            stocked: 0,
            reserved,
            order_id: row.order_id,
        };
        let entries = [entry(row.location_id, -row.quantity), entry(to, row.quantity)];
        repo::post(&tx, &entries, "", None, self.clock.now()).await?;
        let Some(order) = row.order_id else { return Err(missing()) };
        let of_order = repo::reservations(&tx, order, &[row.item_id]).await?;
        tx.commit().await?;
        of_order.into_iter().find(|row| row.location_id == to).ok_or_else(missing)
    }

    /// Releases a hold before it expires. Reservations for an order are released by canceling it.
    pub async fn release_reservation(&self, id: ReservationId) -> Result<ReservationId, InventoryError> {
        let tx = self.db.begin().await?;
        let item = repo::reservation(&tx, id).await?.ok_or_else(missing)?.item_id;
        repo::lock_levels(&tx, &[item]).await?;
        if !repo::delete_hold(&tx, id).await? {
            repo::reservation(&tx, id).await?.ok_or_else(missing)?;
            return Err(InventoryError::InvalidState(
                "These units are reserved for an order: cancel its lines instead.",
            ));
        }
        self.notify_in(&tx, &[item]).await?;
        tx.commit().await?;
        Ok(id)
    }
}

fn missing() -> InventoryError {
    InventoryError::NotFound { what: "reservation", path: "id".to_owned() }
}
