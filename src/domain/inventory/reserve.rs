//! Promising units to orders, and giving them back.

use std::collections::BTreeMap;

use super::allocate::{Part, Wanted, allocate};
use super::demand::demand;
use super::model::{MovementKind, Promised, Reservation, StockLevel, Supply, net};
use super::repo::{self, Entry, SupplyRow};
use super::{Inventory, InventoryError};
use crate::db::Conn;
use crate::domain::regions::StockAllocation;
use crate::kernel::ids::{CartId, InventoryItemId, OrderId, VariantId};

impl Inventory {
    /// Promises units to an order in the caller's transaction, all of them or none, and says what each line was promised.
    /// Lines that take of one item count together (rule D15). What `cart` keeps is there for it, and is kept no longer.
    /// The levels stay locked until the transaction ends. Three statements.
    pub async fn reserve_in(
        &self,
        conn: &Conn,
        order: OrderId,
        cart: Option<CartId>,
        strategy: StockAllocation,
        wanted: &[(VariantId, i32)],
    ) -> Result<Vec<Promised>, InventoryError> {
        let (parts, promised) = self.allocate_in(conn, cart, strategy, wanted).await?;
        let entry = |part: &Part| Entry {
            kind: MovementKind::Reserve,
            item_id: part.item_id,
            location_id: part.location_id,
            stocked: 0,
            reserved: part.quantity,
            order_id: Some(order),
        };
        let entries: Vec<_> = parts.iter().map(entry).collect();
        // The cart may have kept more than it buys.
        let kept = repo::book(conn, &entries, "", cart, self.clock.now()).await?;
        self.tell_in(conn, &kept).await?;
        Ok(promised)
    }

    /// Decides, under the lock of the levels, from where units are taken.
    pub(super) async fn allocate_in(
        &self,
        conn: &Conn,
        cart: Option<CartId>,
        strategy: StockAllocation,
        wanted: &[(VariantId, i32)],
    ) -> Result<(Vec<Part>, Vec<Promised>), InventoryError> {
        let ids: Vec<_> = wanted.iter().map(|(variant, _)| *variant).collect();
        let rows = repo::lock_supply(conn, &ids).await?;
        let mut levels = levels_of(&rows);
        repo::held(conn, &mut levels, cart, self.clock.now()).await?;
        let (needs, promised) = demand(&supplies_of(&rows, &levels), wanted)?;
        let of = |item: InventoryItemId| levels.iter().filter(move |level| level.item_id == item).copied().collect();
        let wanted: Vec<_> =
            needs.into_iter().map(|(item_id, quantity)| Wanted { item_id, quantity, levels: of(item_id) }).collect();
        Ok((allocate(strategy, &wanted), promised))
    }

    /// Gives back all that is still promised to an order, in the caller's transaction.
    pub async fn release_in(&self, conn: &Conn, order: OrderId) -> Result<(), InventoryError> {
        let items = repo::reserved_items(conn, order).await?;
        if items.is_empty() {
            return Ok(());
        }
        repo::lock_levels(conn, &items).await?;
        let reserved = repo::reservations(conn, order, &items).await?;
        let taken = reserved.iter().map(|row| (row, row.quantity));
        self.give_back(conn, &items, taken).await
    }

    /// Gives back some of what is promised to an order, in the caller's transaction: of cancelled lines, say. What is not
    /// promised to it any more is passed over. Units that are owed go first, then those of the last locations.
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
        let taken = unpromised(&levels, &reserved, &wanted);
        self.give_back(conn, &items, taken.iter().map(|(row, quantity)| (*row, *quantity))).await
    }

    async fn give_back(
        &self,
        conn: &Conn,
        items: &[InventoryItemId],
        taken: impl Iterator<Item = (&Reservation, i32)>,
    ) -> Result<(), InventoryError> {
        let entry = |(row, quantity): (&Reservation, i32)| Entry {
            kind: MovementKind::Release,
            item_id: row.item_id,
            location_id: row.location_id,
            stocked: 0,
            reserved: -quantity,
            order_id: row.order_id,
        };
        let entries: Vec<_> = taken.map(entry).collect();
        repo::book(conn, &entries, "", None, self.clock.now()).await?;
        self.tell_in(conn, items).await
    }
}

/// What of each reservation is given back.
fn unpromised<'a>(
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

/// Each level once, in the order in which they are drained.
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

/// What the variants take, and what there is of it.
fn supplies_of(rows: &[SupplyRow], levels: &[StockLevel]) -> Vec<Supply> {
    let supply = |row: &SupplyRow| {
        let own = || levels.iter().filter(|level| level.item_id == row.item_id);
        let net = net(own());
        let room = if own().next().is_none() { 0 } else { (i64::from(row.backorder_limit) + net.min(0)).max(0) };
        Supply {
            variant_id: row.variant_id,
            item_id: row.item_id,
            quantity: row.quantity,
            tracked: row.tracked,
            backorder_limit: row.backorder_limit,
            free: net.max(0),
            room,
        }
    };
    let mut supplies: Vec<_> = rows.iter().map(supply).collect();
    supplies.dedup_by_key(|supply| (supply.variant_id, supply.item_id));
    supplies
}
