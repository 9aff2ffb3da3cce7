//! Promising units to orders, giving them back, and sending them.

use std::collections::BTreeMap;

use super::allocate::allocate;
use super::model::{Movement, MovementKind, Reservation};
use super::repo::{self, LevelChange};
use super::{Inventory, InventoryError};
use crate::db::Conn;
use crate::kernel::ids::{MovementId, OrderId, VariantId};

impl Inventory {
    /// Promises units to an order in the caller's transaction, all of them or none. Two lines of one variant count
    /// together (rule D15). The levels stay locked until the transaction ends.
    pub async fn reserve_in(
        &self,
        conn: &Conn,
        order: OrderId,
        wanted: &[(VariantId, i32)],
    ) -> Result<(), InventoryError> {
        let mut sums: BTreeMap<VariantId, i32> = BTreeMap::new();
        for (variant, quantity) in wanted {
            *sums.entry(*variant).or_default() += quantity;
        }
        let ids: Vec<_> = sums.keys().copied().collect();
        let items = repo::items(conn, &ids).await?;
        let levels = repo::lock_levels(conn, &ids).await?;
        let mut reservations = Vec::new();
        for (variant, quantity) in sums {
            let item = items.iter().find(|item| item.variant_id == variant);
            if item.is_some_and(|item| !item.tracked) {
                continue;
            }
            let own: Vec<_> = levels.iter().filter(|level| level.variant_id == variant).copied().collect();
            let parts = allocate(&own, quantity, item.is_some_and(|item| item.backorder))
                .map_err(|available| InventoryError::Insufficient { variant, available })?;
            let reservation =
                |(location_id, quantity)| Reservation { order_id: order, variant_id: variant, location_id, quantity };
            reservations.extend(parts.into_iter().map(reservation));
        }
        repo::insert_reservations(conn, &reservations).await?;
        self.move_in(conn, MovementKind::Reserve, &reservations, (0, 1)).await
    }

    /// Gives back what is still promised to an order, in the caller's transaction.
    pub async fn release_in(&self, conn: &Conn, order: OrderId) -> Result<(), InventoryError> {
        let ids = repo::reserved_variants(conn, order).await?;
        repo::lock_levels(conn, &ids).await?;
        let reservations = repo::take_reservations(conn, order).await?;
        self.move_in(conn, MovementKind::Release, &reservations, (0, -1)).await
    }

    /// Sends units that were promised to an order, in the caller's transaction: they leave the shelf (rule E9).
    pub async fn fulfil_in(
        &self,
        conn: &Conn,
        order: OrderId,
        sent: &[(VariantId, i32)],
    ) -> Result<(), InventoryError> {
        let ids: Vec<_> = sent.iter().map(|(variant, _)| *variant).collect();
        let levels = repo::lock_levels(conn, &ids).await?;
        let promised = repo::reservations(conn, order).await?;
        let mut leaving: Vec<Reservation> = Vec::new();
        for (variant, quantity) in sent {
            let mut left = *quantity;
            for held in promised.iter().filter(|held| held.variant_id == *variant) {
                let already: i32 = leaving
                    .iter()
                    .filter(|part| part.variant_id == *variant && part.location_id == held.location_id)
                    .map(|part| part.quantity)
                    .sum();
                let part = (held.quantity - already).min(left);
                if part > 0 {
                    leaving.push(Reservation { quantity: part, ..*held });
                    left -= part;
                }
            }
        }
        for level in &levels {
            let here = leaving
                .iter()
                .filter(|part| (part.variant_id, part.location_id) == (level.variant_id, level.location_id));
            if here.map(|part| part.quantity).sum::<i32>() > level.stocked {
                return Err(InventoryError::NotOnShelf(level.variant_id));
            }
        }
        repo::shrink_reservations(conn, &leaving).await?;
        self.move_in(conn, MovementKind::Fulfil, &leaving, (-1, -1)).await
    }

    /// Changes the levels by the parts' quantities times (stocked, reserved) and writes the ledger.
    async fn move_in(
        &self,
        conn: &Conn,
        kind: MovementKind,
        parts: &[Reservation],
        (stocked, reserved): (i32, i32),
    ) -> Result<(), InventoryError> {
        if parts.is_empty() {
            return Ok(());
        }
        let change = |part: &Reservation| LevelChange {
            variant_id: part.variant_id,
            location_id: part.location_id,
            stocked: part.quantity * stocked,
            reserved: part.quantity * reserved,
        };
        let changes: Vec<_> = parts.iter().map(change).collect();
        repo::change_levels(conn, &changes).await?;
        let now = self.clock.now();
        let movement = |part: &Reservation| Movement {
            id: MovementId::new(),
            variant_id: part.variant_id,
            location_id: part.location_id,
            kind,
            stocked_delta: part.quantity * stocked,
            reserved_delta: part.quantity * reserved,
            reason: String::new(),
            order_id: Some(part.order_id),
            created_at: now,
        };
        repo::insert_movements(conn, &parts.iter().map(movement).collect::<Vec<_>>()).await?;
        Ok(())
    }
}
