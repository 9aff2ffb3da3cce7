//! Fulfilling reserved units, undoing a fulfillment, and receiving returns.

use std::collections::BTreeMap;

use super::model::{MovementKind, Reservation, StockLevel};
use super::repo::{self, LedgerEntry};
use super::{Inventory, InventoryError};
use crate::db::Conn;
use crate::kernel::ids::{InventoryItemId, LocationId, OrderId};

impl Inventory {
    /// Fulfills units that are reserved for an order, in the caller's transaction: they leave the shelf (rule E9). If a
    /// location is given, all units leave from it, and reservations elsewhere are moved to it if it has enough free
    /// units; otherwise units leave from where they are reserved. Returns the units taken at each location. Units that
    /// were not reserved, because the item was not tracked when it was sold, leave the shelf too if it is tracked now;
    /// untracked items are skipped.
    pub async fn fulfill_in(
        &self,
        conn: &Conn,
        order: OrderId,
        location: Option<LocationId>,
        parts: &[(InventoryItemId, i32)],
    ) -> Result<Vec<(InventoryItemId, LocationId, i32)>, InventoryError> {
        let wanted = summed(parts);
        let items: Vec<_> = wanted.keys().copied().collect();
        let counted = self.items_by_ids(conn, &items).await?;
        let mut levels = repo::lock_levels(conn, &items).await?;
        repo::held(conn, &mut levels, None, self.clock.now()).await?;
        let reserved = repo::reservations(conn, order, &items).await?;
        let mut leaving = ShipmentAllocation::new(order, MovementKind::Fulfill, &levels, &reserved);
        let mut left = Vec::new();
        for item in counted.iter().filter(|item| item.tracked).map(|item| item.id) {
            let quantity = wanted.get(&item).copied().unwrap_or_default();
            left.extend(match location {
                Some(location) => leaving.all_at(item, location, quantity)?,
                None => leaving.wherever_promised(item, quantity)?,
            });
        }
        repo::post(conn, &leaving.entries, "", None, self.clock.now()).await?;
        Ok(left)
    }

    /// Writes off units that are reserved for an order, in the caller's transaction: they leave the shelf without being
    /// shipped. Units that are not reserved are skipped.
    pub async fn write_off_in(
        &self,
        conn: &Conn,
        order: OrderId,
        parts: &[(InventoryItemId, i32)],
        reason: &str,
    ) -> Result<(), InventoryError> {
        let wanted = summed(parts);
        let items: Vec<_> = wanted.keys().copied().collect();
        let levels = repo::lock_levels(conn, &items).await?;
        let reserved = repo::reservations(conn, order, &items).await?;
        let mut leaving = ShipmentAllocation::new(order, MovementKind::Adjust, &levels, &reserved);
        for (item, quantity) in wanted {
            leaving.promised(item, quantity)?;
        }
        repo::post(conn, &leaving.entries, reason, None, self.clock.now()).await?;
        Ok(())
    }

    /// Undoes a fulfillment in the caller's transaction: its units are on the shelf again, and reserved for the order
    /// again (rule E10). Items that have been deleted in the meantime are skipped.
    pub async fn unfulfill_in(
        &self,
        conn: &Conn,
        order: OrderId,
        parts: &[(InventoryItemId, LocationId, i32)],
    ) -> Result<(), InventoryError> {
        self.bring_back(conn, order, MovementKind::Unfulfill, parts).await
    }

    /// Puts returned units back on the shelf of the location that received them, in the caller's transaction. Only
    /// undamaged units are passed here (rule E11).
    pub async fn receive_in(
        &self,
        conn: &Conn,
        order: OrderId,
        parts: &[(InventoryItemId, LocationId, i32)],
    ) -> Result<(), InventoryError> {
        self.bring_back(conn, order, MovementKind::Return, parts).await?;
        let items: Vec<_> = parts.iter().map(|(item, ..)| *item).collect();
        self.notify_in(conn, &items).await
    }

    async fn bring_back(
        &self,
        conn: &Conn,
        order: OrderId,
        kind: MovementKind,
        parts: &[(InventoryItemId, LocationId, i32)],
    ) -> Result<(), InventoryError> {
        let keys: Vec<_> = parts.iter().map(|(item, location, _)| (*item, *location)).collect();
        repo::insert_levels(conn, &keys).await?;
        let items: Vec<_> = parts.iter().map(|(item, ..)| *item).collect();
        let levels = repo::lock_levels(conn, &items).await?;
        let mut entries = Vec::with_capacity(parts.len());
        for (item_id, location_id, quantity) in parts.iter().copied().filter(|(.., quantity)| *quantity > 0) {
            if !levels.iter().any(|level| level.key() == (item_id, location_id)) {
                match kind {
                    // The item has been deleted, so there is no shelf to put the units back on.
                    MovementKind::Unfulfill => continue,
                    _ => return Err(InventoryError::NotFound { what: "inventory item", path: String::new() }),
                }
            }
            let reserved = if kind == MovementKind::Unfulfill { quantity } else { 0 };
            entries.push(LedgerEntry {
                kind,
                item_id,
                location_id,
                stocked: quantity,
                reserved,
                order_id: Some(order),
            });
        }
        repo::post(conn, &entries, "", None, self.clock.now()).await?;
        Ok(())
    }
}

/// The total units of each item.
fn summed(parts: &[(InventoryItemId, i32)]) -> BTreeMap<InventoryItemId, i32> {
    let mut sums = BTreeMap::new();
    for (item, quantity) in parts {
        *sums.entry(*item).or_default() += quantity;
    }
    sums
}

/// Allocates fulfilled units to locations, from locked levels and the order's reservations.
struct ShipmentAllocation<'a> {
    order: OrderId,
    kind: MovementKind,
    levels: &'a [StockLevel],
    reserved: &'a [Reservation],
    entries: Vec<LedgerEntry>,
}

impl<'a> ShipmentAllocation<'a> {
    fn new(order: OrderId, kind: MovementKind, levels: &'a [StockLevel], reserved: &'a [Reservation]) -> Self {
        Self { order, kind, levels, reserved, entries: Vec::new() }
    }

    /// An item's levels in allocation order, each with the units that are reserved for the order.
    fn places(&self, item: InventoryItemId) -> Vec<(StockLevel, i32)> {
        let promised = |level: &StockLevel| {
            let row = self.reserved.iter().find(|row| (row.item_id, row.location_id) == level.key());
            row.map_or(0, |row| row.quantity)
        };
        self.levels.iter().filter(|level| level.item_id == item).map(|level| (*level, promised(level))).collect()
    }

    /// Takes units from where they are reserved, as far as they are on the shelf there, and unreserved units from
    /// wherever they are available.
    fn wherever_promised(
        &mut self,
        item: InventoryItemId,
        quantity: i32,
    ) -> Result<Vec<(InventoryItemId, LocationId, i32)>, InventoryError> {
        let mut sent = self.promised(item, quantity)?;
        let mut left = quantity - sent.iter().map(|(.., part)| part).sum::<i32>();
        for (level, _) in self.places(item) {
            let part = level.available().min(left);
            if part > 0 {
                left -= part;
                self.send(level.location_id, item, part, 0);
                sent.push((item, level.location_id, part));
            }
        }
        if left > 0 { Err(InventoryError::NotOnShelf(item)) } else { Ok(sent) }
    }

    /// Takes units from where they are reserved; unreserved units are skipped.
    fn promised(
        &mut self,
        item: InventoryItemId,
        quantity: i32,
    ) -> Result<Vec<(InventoryItemId, LocationId, i32)>, InventoryError> {
        let places = self.places(item);
        let mut left = quantity.min(places.iter().map(|(_, promised)| promised).sum());
        let mut sent = Vec::new();
        for (level, promised) in places {
            let part = promised.min(level.stocked).min(left);
            if part > 0 {
                left -= part;
                self.send(level.location_id, item, part, part);
                sent.push((item, level.location_id, part));
            }
        }
        if left > 0 { Err(InventoryError::NotOnShelf(item)) } else { Ok(sent) }
    }

    /// Takes all units from one location. Reservations elsewhere are moved there first, if it has enough free units.
    fn all_at(
        &mut self,
        item: InventoryItemId,
        location: LocationId,
        quantity: i32,
    ) -> Result<Vec<(InventoryItemId, LocationId, i32)>, InventoryError> {
        if quantity <= 0 {
            return Ok(Vec::new());
        }
        let places = self.places(item);
        let here = places.iter().find(|(level, _)| level.location_id == location);
        let (level, promised) = here.ok_or(InventoryError::NotOnShelf(item))?;
        let mut missing = (quantity - promised).max(0);
        if level.stocked < quantity || level.free() < i64::from(missing) {
            return Err(InventoryError::NotOnShelf(item));
        }
        for (other, promised) in places.iter().rev().filter(|(other, _)| other.location_id != location) {
            let part = (*promised).min(missing);
            if part > 0 {
                missing -= part;
                self.promise(other.location_id, item, -part);
                self.promise(location, item, part);
            }
        }
        self.send(location, item, quantity, quantity - missing);
        Ok(vec![(item, location, quantity)])
    }

    /// Records that units leave the shelf; `promised` of them were reserved there.
    fn send(&mut self, location_id: LocationId, item_id: InventoryItemId, quantity: i32, promised: i32) {
        let (kind, order_id) = (self.kind, Some(self.order));
        self.entries.push(LedgerEntry {
            kind,
            item_id,
            location_id,
            stocked: -quantity,
            reserved: -promised,
            order_id,
        });
    }

    fn promise(&mut self, location_id: LocationId, item_id: InventoryItemId, reserved: i32) {
        let (kind, order_id) = (MovementKind::Move, Some(self.order));
        self.entries.push(LedgerEntry { kind, item_id, location_id, stocked: 0, reserved, order_id });
    }
}
