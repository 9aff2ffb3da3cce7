//! Reserving units for orders, and releasing them.

use std::collections::BTreeMap;

use super::allocate::{Demand, Part, allocate};
use super::demand::demand;
use super::model::{LineReservation, MovementKind, Reservation, StockLevel, Supply, net};
use super::repo::{self, LedgerEntry, SupplyRow};
use super::{Inventory, InventoryError};
use crate::db::Conn;
use crate::domain::regions::StockAllocation;
use crate::kernel::ids::{CartId, InventoryItemId, OrderId, VariantId};

impl Inventory {
    /// Reserves units for an order in the caller's transaction, all or none, and returns the reservation of each line.
    /// Lines that use the same item count together (rule D15). Units held for `cart` are available to it, and its hold
    /// ends. The levels stay locked until the transaction ends. Three statements.
    pub async fn reserve_in(
        &self,
        conn: &Conn,
        order: OrderId,
        cart: Option<CartId>,
        strategy: StockAllocation,
        wanted: &[(VariantId, i32)],
    ) -> Result<Vec<LineReservation>, InventoryError> {
        let (parts, promised) = self.allocate_in(conn, cart, strategy, wanted).await?;
        let entry = |part: &Part| LedgerEntry {
            kind: MovementKind::Reserve,
            item_id: part.item_id,
            location_id: part.location_id,
            stocked: 0,
            reserved: part.quantity,
            order_id: Some(order),
        };
        let entries: Vec<_> = parts.iter().map(entry).collect();
        // The cart may have held more than it buys.
        let kept = repo::post(conn, &entries, "", cart, self.clock.now()).await?;
        self.notify_in(conn, &kept).await?;
        Ok(promised)
    }

    /// Allocates units to locations, under the lock of the levels.
    pub(super) async fn allocate_in(
        &self,
        conn: &Conn,
        cart: Option<CartId>,
        strategy: StockAllocation,
        wanted: &[(VariantId, i32)],
    ) -> Result<(Vec<Part>, Vec<LineReservation>), InventoryError> {
        let ids: Vec<_> = wanted.iter().map(|(variant, _)| *variant).collect();
        let rows = repo::lock_supply(conn, &ids).await?;
        let mut levels = levels_of(&rows);
        repo::held(conn, &mut levels, cart, self.clock.now()).await?;
        let (needs, promised) = demand(&supplies_of(&rows, &levels), wanted)?;
        let of = |item: InventoryItemId| levels.iter().filter(move |level| level.item_id == item).copied().collect();
        let wanted: Vec<_> =
            needs.into_iter().map(|(item_id, quantity)| Demand { item_id, quantity, levels: of(item_id) }).collect();
        Ok((allocate(strategy, &wanted), promised))
    }

    /// Releases all remaining reservations of an order, in the caller's transaction.
    pub async fn release_in(&self, conn: &Conn, order: OrderId) -> Result<(), InventoryError> {
        let items = repo::reserved_items(conn, order).await?;
        if items.is_empty() {
            return Ok(());
        }
        repo::lock_levels(conn, &items).await?;
        let reserved = repo::reservations(conn, order, &items).await?;
        let taken = reserved.iter().map(|row| (row, row.quantity));
        self.release_reservations(conn, &items, taken).await
    }

    /// Releases some of an order's reservations, in the caller's transaction, for example of canceled lines. Units that
    /// are no longer reserved are skipped. Backordered units are released first, then those at the last locations.
    pub async fn release_part_in(
        &self,
        conn: &Conn,
        order: OrderId,
        parts: &[(InventoryItemId, i32)],
    ) -> Result<(), InventoryError> {
        let mut wanted: BTreeMap<InventoryItemId, i32> = BTreeMap::new();
        for (item, quantity) in parts {
            *wanted.entry(*item).or_default() += quantity;
        }
        let items: Vec<_> = wanted.keys().copied().collect();
        let levels = repo::lock_levels(conn, &items).await?;
        let reserved = repo::reservations(conn, order, &items).await?;
        let taken = to_release(&levels, &reserved, &wanted);
        self.release_reservations(conn, &items, taken.iter().map(|(row, quantity)| (*row, *quantity))).await
    }

    async fn release_reservations(
        &self,
        conn: &Conn,
        items: &[InventoryItemId],
        taken: impl Iterator<Item = (&Reservation, i32)>,
    ) -> Result<(), InventoryError> {
        let entry = |(row, quantity): (&Reservation, i32)| LedgerEntry {
            kind: MovementKind::Release,
            item_id: row.item_id,
            location_id: row.location_id,
            stocked: 0,
            reserved: -quantity,
            order_id: row.order_id,
        };
        let entries: Vec<_> = taken.map(entry).collect();
        repo::post(conn, &entries, "", None, self.clock.now()).await?;
        self.notify_in(conn, items).await
    }
}

/// The units to release from each reservation.
fn to_release<'a>(
    levels: &[StockLevel],
    reserved: &'a [Reservation],
    wanted: &BTreeMap<InventoryItemId, i32>,
) -> Vec<(&'a Reservation, i32)> {
    let mut taken = Vec::new();
    for (item, quantity) in wanted {
        let mut own: Vec<_> = levels
            .iter()
            .rev()
            .filter(|level| level.item_id == *item)
            .filter_map(|level| {
                Some((level, reserved.iter().find(|row| level.key() == (row.item_id, row.location_id))?))
            })
            .collect();
        own.sort_by_key(|(level, _)| level.reserved <= level.stocked);
        let mut left = *quantity;
        for (_, row) in own {
            let part = row.quantity.min(left);
            if part > 0 {
                left -= part;
                taken.push((row, part));
            }
        }
    }
    taken
}

/// Each level once, in allocation order.
fn levels_of(rows: &[SupplyRow]) -> Vec<StockLevel> {
    let level = |row: &SupplyRow| {
        let (location_id, stocked, reserved, position) = (row.location_id?, row.stocked?, row.reserved?, row.position?);
        let (item_id, backorder_limit) = (row.item_id, row.backorder_limit);
        Some(StockLevel { item_id, location_id, backorder_limit, stocked, reserved, held: 0, position })
    };
    let mut levels: Vec<_> = rows.iter().filter_map(level).collect();
    levels.sort_by_key(|level| (level.item_id, level.position, level.location_id));
    levels.dedup_by_key(|level| level.key());
    levels
}

/// The items that the variants use, and their supply.
fn supplies_of(rows: &[SupplyRow], levels: &[StockLevel]) -> Vec<Supply> {
    let supply = |row: &SupplyRow| {
        let own = || levels.iter().filter(|level| level.item_id == row.item_id);
        let net = net(own());
        let backorder_capacity =
            if own().next().is_none() { 0 } else { (i64::from(row.backorder_limit) + net.min(0)).max(0) };
        Supply {
            variant_id: row.variant_id,
            item_id: row.item_id,
            quantity: row.quantity,
            tracked: row.tracked,
            backorder_limit: row.backorder_limit,
            free: net.max(0),
            backorder_capacity,
        }
    };
    let mut supplies: Vec<_> = rows.iter().map(supply).collect();
    supplies.dedup_by_key(|supply| (supply.variant_id, supply.item_id));
    supplies
}
