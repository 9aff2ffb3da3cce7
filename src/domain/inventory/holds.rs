//! Temporary stock reservations for carts.

use super::model::{Reservation, ReservationKind};
use super::{Inventory, InventoryError, repo};
use crate::db::Conn;
use crate::domain::regions::StockAllocation;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, ReservationId, VariantId};

impl Inventory {
    /// Reserves units for a cart until the given time, in the caller's transaction, all or none. Replaces the cart's
    /// previous hold (rule E3).
    pub async fn hold_in(
        &self,
        conn: &Conn,
        cart: CartId,
        strategy: StockAllocation,
        wanted: &[(VariantId, i32)],
        until: Timestamp,
    ) -> Result<(), InventoryError> {
        let (parts, _) = self.allocate_in(conn, Some(cart), strategy, wanted).await?;
        let before = repo::delete_holds(conn, cart).await?;
        let created_at = self.clock.now();
        let hold = |part: &super::allocate::Part| Reservation {
            id: ReservationId::new(),
            kind: ReservationKind::Hold,
            order_id: None,
            cart_id: Some(cart),
            item_id: part.item_id,
            location_id: part.location_id,
            quantity: part.quantity,
            expires_at: Some(until),
            created_at,
        };
        let holds: Vec<_> = parts.iter().map(hold).collect();
        if !holds.is_empty() {
            repo::insert_holds(conn, &holds).await?;
        }
        self.notify_in(conn, &before).await
    }

    /// Releases a cart's hold, in the caller's transaction.
    pub async fn release_hold_in(&self, conn: &Conn, cart: CartId) -> Result<(), InventoryError> {
        let items = repo::held_by(conn, cart).await?;
        // A concurrent alert subscription holds this lock, so its alert is found once we have it.
        repo::lock_levels(conn, &items).await?;
        repo::delete_holds(conn, cart).await?;
        self.notify_in(conn, &items).await
    }

    /// Deletes expired holds. They no longer count (rule E12), but waiting alerts for their units are answered now.
    pub async fn delete_expired_holds(&self) -> Result<usize, InventoryError> {
        let tx = self.db.begin().await?;
        let now = self.clock.now();
        let items = repo::expired_holds(&tx, now).await?;
        repo::lock_levels(&tx, &items).await?;
        let ended = repo::delete_expired(&tx, &items, now).await?;
        self.notify_in(&tx, &items).await?;
        tx.commit().await?;
        Ok(ended)
    }
}
