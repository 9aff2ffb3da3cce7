//! Sending promised units, taking that back, and what customers send back.

use std::collections::BTreeMap;

use super::model::{MovementKind, Reservation, StockLevel};
use super::repo::{self, Entry};
use super::{Inventory, InventoryError};
use crate::db::Conn;
use crate::kernel::ids::{InventoryItemId, LocationId, OrderId};

impl Inventory {
    /// Sends units that were promised to an order, in the caller's transaction: they leave the shelf (rule E9). From one
    /// location, where the promise is moved to if it was made elsewhere and there is enough; or from wherever they were
    /// promised. Gives what left where. What was not promised, because it was not counted when it was sold, leaves the shelf
    /// all the same when it is counted now; what is not counted is passed over.
    pub async fn fulfil_in(
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
        let mut leaving = Leaving::new(order, MovementKind::Fulfil, &levels, &reserved);
        let mut left = Vec::new();
        for item in counted.iter().filter(|item| item.tracked).map(|item| item.id) {
            let quantity = wanted.get(&item).copied().unwrap_or_default();
            left.extend(match location {
                Some(location) => leaving.all_at(item, location, quantity)?,
                None => leaving.wherever_promised(item, quantity)?,
            });
        }
        repo::book(conn, &leaving.entries, "", None, self.clock.now()).await?;
        Ok(left)
    }

    /// Writes off units that were promised to an order, in the caller's transaction: they leave the shelf, and were not sent.
    /// What is not promised is passed over.
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
        let mut leaving = Leaving::new(order, MovementKind::Adjust, &levels, &reserved);
        for (item, quantity) in wanted {
            leaving.promised(item, quantity)?;
        }
        repo::book(conn, &leaving.entries, reason, None, self.clock.now()).await?;
        Ok(())
    }

    /// Takes back that units were sent, in the caller's transaction: they are on the shelf again, and promised to the
    /// order again (rule E10). Items that were deleted meanwhile are passed over.
    pub async fn unfulfil_in(
        &self,
        conn: &Conn,
        order: OrderId,
        parts: &[(InventoryItemId, LocationId, i32)],
    ) -> Result<(), InventoryError> {
        self.bring_back(conn, order, MovementKind::Unfulfil, parts).await
    }

    /// Puts units that a customer has sent back onto the shelf of the location that received them, in the caller's
    /// transaction: the good ones; of damaged ones nothing is said here (rule E11).
    pub async fn receive_in(
        &self,
        conn: &Conn,
        order: OrderId,
        parts: &[(InventoryItemId, LocationId, i32)],
    ) -> Result<(), InventoryError> {
        self.bring_back(conn, order, MovementKind::Return, parts).await?;
        let items: Vec<_> = parts.iter().map(|(item, ..)| *item).collect();
        self.tell_in(conn, &items).await
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
                    // What was sold is not kept any more: there is no shelf that it could go back to.
                    MovementKind::Unfulfil => continue,
                    _ => return Err(InventoryError::NotFound { what: "inventory item", path: String::new() }),
                }
            }
            let reserved = if kind == MovementKind::Unfulfil { quantity } else { 0 };
            entries.push(Entry { kind, item_id, location_id, stocked: quantity, reserved, order_id: Some(order) });
        }
        repo::book(conn, &entries, "", None, self.clock.now()).await?;
        Ok(())
    }
}

/// Units of each item, once.
fn summed(parts: &[(InventoryItemId, i32)]) -> BTreeMap<InventoryItemId, i32> {
    let mut sums = BTreeMap::new();
    for (item, quantity) in parts {
        *sums.entry(*item).or_default() += quantity;
    }
    sums
}

/// Decides what leaves where, from locked levels and the order's reservations.
struct Leaving<'a> {
    order: OrderId,
    kind: MovementKind,
    levels: &'a [StockLevel],
    reserved: &'a [Reservation],
    entries: Vec<Entry>,
}

impl<'a> Leaving<'a> {
    fn new(order: OrderId, kind: MovementKind, levels: &'a [StockLevel], reserved: &'a [Reservation]) -> Self {
        Self { order, kind, levels, reserved, entries: Vec::new() }
    }

    /// An item's levels, in the order in which they are drained, each with what of it is promised to the order.
    fn places(&self, item: InventoryItemId) -> Vec<(StockLevel, i32)> {
        let promised = |level: &StockLevel| {
            let row = self.reserved.iter().find(|row| (row.item_id, row.location_id) == level.key());
            row.map_or(0, |row| row.quantity)
        };
        self.levels.iter().filter(|level| level.item_id == item).map(|level| (*level, promised(level))).collect()
    }

    /// From wherever units were promised, as far as they are on the shelf there; those that were not promised, from wherever
    /// they are free.
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

    /// From wherever units were promised; what was not promised is passed over.
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

    /// From one location. What was promised elsewhere is moved there first, if its shelf has as much that is free.
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

    /// Units leave the shelf, so many of which were promised there.
    fn send(&mut self, location_id: LocationId, item_id: InventoryItemId, quantity: i32, promised: i32) {
        let (kind, order_id) = (self.kind, Some(self.order));
        self.entries.push(Entry { kind, item_id, location_id, stocked: -quantity, reserved: -promised, order_id });
    }

    fn promise(&mut self, location_id: LocationId, item_id: InventoryItemId, reserved: i32) {
        let (kind, order_id) = (MovementKind::Move, Some(self.order));
        self.entries.push(Entry { kind, item_id, location_id, stocked: 0, reserved, order_id });
    }
}
