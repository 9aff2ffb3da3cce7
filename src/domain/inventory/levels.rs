//! Setting, adjusting and moving stock.

use super::model::{MovementKind, StockLevel};
use super::repo::{self, LedgerEntry};
use super::rows::{MoveRow, StockRow, StockTarget, things};
use super::{Inventory, InventoryError};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{InventoryItemId, LocationId};
use crate::kernel::text::Validator;

/// The maximum number of units of a level.
const MAX_UNITS: i32 = 1_000_000_000;
/// The message for a number of units out of range.
const OUT_OF_RANGE: &str = "The number of units must be from 0 to 1,000,000,000.";
/// The maximum number of rows per call.
const MAX_ROWS: usize = 1_000;

impl Inventory {
    /// Sets levels to counted numbers, all or none.
    pub async fn set(&self, rows: &[StockRow], reason: &str) -> Result<Vec<StockLevel>, InventoryError> {
        self.count(rows, reason, MovementKind::Set).await
    }

    /// Adds units to levels, or removes them, all or none.
    pub async fn adjust(&self, rows: &[StockRow], reason: &str) -> Result<Vec<StockLevel>, InventoryError> {
        self.count(rows, reason, MovementKind::Adjust).await
    }

    async fn count(
        &self,
        rows: &[StockRow],
        reason: &str,
        kind: MovementKind,
    ) -> Result<Vec<StockLevel>, InventoryError> {
        let things = things(rows.iter().map(|row| (row.inventory_item_id, row.variant_id)))?;
        check_rows(rows.len(), reason)?;
        if kind == MovementKind::Set {
            check_quantities(rows.iter().map(|row| row.quantity), "rows", "quantity")?;
        }
        let tx = self.db.begin().await?;
        let items = self.items_named(&tx, &things).await?;
        let keys: Vec<_> = items.iter().zip(rows).map(|(item, row)| (*item, row.location_id)).collect();
        check_duplicates(&keys)?;
        let mut levels = self.lock_in(&tx, &keys).await?;
        let mut entries = Vec::new();
        for (place, (row, key)) in rows.iter().zip(&keys).enumerate() {
            let level = find(&mut levels, *key, place)?;
            let path = format!("rows.{place}.quantity");
            if let Some(expected) = row.expected_stocked.filter(|expected| *expected != level.stocked) {
                let path = format!("rows.{place}.expectedStocked");
                return Err(InventoryError::Stale { expected, actual: level.stocked, path });
            }
            let stocked = target(level, row.quantity, kind).ok_or_else(|| out_of_range(&path))?;
            let delta = stocked - level.stocked;
            level.stocked = stocked;
            entries.extend((delta != 0).then(|| entry(kind, level, delta)));
        }
        for (place, key) in keys.iter().enumerate() {
            let lowered = |entry: &LedgerEntry| (entry.item_id, entry.location_id) == *key && entry.stocked < 0;
            if entries.iter().any(lowered) {
                check_reserved(&levels, *key, &format!("rows.{place}.quantity"))?;
            }
        }
        repo::post(&tx, &entries, reason, None, self.clock.now()).await?;
        self.notify_in(&tx, &items).await?;
        tx.commit().await?;
        Ok(levels)
    }

    /// Moves units from one location to another, all or none. Reserved and held units cannot be moved.
    pub async fn move_stock(
        &self,
        from: LocationId,
        to: LocationId,
        rows: &[MoveRow],
        reason: &str,
    ) -> Result<Vec<StockLevel>, InventoryError> {
        let things = things(rows.iter().map(|row| (row.inventory_item_id, row.variant_id)))?;
        check_rows(rows.len(), reason)?;
        check_moves(rows, from == to)?;
        let tx = self.db.begin().await?;
        let items = self.items_named(&tx, &things).await?;
        let keys: Vec<_> = items.iter().map(|item| (*item, from)).collect();
        check_duplicates(&keys)?;
        let all: Vec<_> = keys.iter().copied().chain(items.iter().map(|item| (*item, to))).collect();
        let mut levels = self.lock_in(&tx, &all).await?;
        let mut entries = Vec::new();
        for (place, (row, item)) in rows.iter().zip(&items).enumerate() {
            let path = format!("rows.{place}.quantity");
            let source = find(&mut levels, (*item, from), place)?;
            let left =
                target(source, -row.quantity, MovementKind::Move).ok_or_else(|| too_few(source.stocked, &path))?;
            let stays = source.reserved.saturating_add(source.held);
            if left < stays {
                return Err(InventoryError::Reserved { reserved: stays, path });
            }
            source.stocked = left;
            entries.push(entry(MovementKind::Move, source, -row.quantity));
            let goal = find(&mut levels, (*item, to), place)?;
            goal.stocked = target(goal, row.quantity, MovementKind::Move).ok_or_else(|| out_of_range(&path))?;
            entries.push(entry(MovementKind::Move, goal, row.quantity));
        }
        repo::post(&tx, &entries, reason, None, self.clock.now()).await?;
        tx.commit().await?;
        Ok(levels)
    }

    /// The items specified by rows.
    async fn items_named(&self, conn: &Conn, things: &[StockTarget]) -> Result<Vec<InventoryItemId>, InventoryError> {
        let (mut variants, mut items) = (Vec::new(), Vec::new());
        for thing in things {
            match thing {
                StockTarget::Variant(id) => variants.push(*id),
                StockTarget::Item(id) => items.push(*id),
            }
        }
        let plain = if variants.is_empty() { Vec::new() } else { repo::items(conn, &variants).await? };
        let taken = if plain.len() == variants.len() { Vec::new() } else { self.components(conn, &variants).await? };
        let known = if items.is_empty() { Vec::new() } else { self.items_by_ids(conn, &items).await? };
        let named = |(place, thing): (usize, &StockTarget)| match thing {
            StockTarget::Item(id) if known.iter().any(|item| item.id == *id) => Ok(*id),
            StockTarget::Item(_) => Err(missing("inventory item", place, "inventoryItemId")),
            StockTarget::Variant(id) => match plain.iter().find(|(item, _)| item.variant_id == *id) {
                Some((_, item)) => Ok(*item),
                None if taken.iter().any(|(variant, _)| variant == id) => Err(is_a_kit(place)),
                None => Err(missing("variant", place, "variantId")),
            },
        };
        things.iter().enumerate().map(named).collect()
    }

    /// The levels of these items, locked, with the units held for carts. The specified levels are created if they do
    /// not exist.
    pub(super) async fn lock_in(
        &self,
        conn: &Conn,
        keys: &[(InventoryItemId, LocationId)],
    ) -> Result<Vec<StockLevel>, InventoryError> {
        repo::insert_levels(conn, keys).await?;
        let items: Vec<_> = keys.iter().map(|(item, _)| *item).collect();
        let mut levels = repo::lock_levels(conn, &items).await?;
        repo::held(conn, &mut levels, None, self.clock.now()).await?;
        Ok(levels)
    }
}

fn entry(kind: MovementKind, level: &StockLevel, stocked: i32) -> LedgerEntry {
    let (item_id, location_id) = level.key();
    LedgerEntry { kind, item_id, location_id, stocked, reserved: 0, order_id: None }
}

fn find(
    levels: &mut [StockLevel],
    key: (InventoryItemId, LocationId),
    place: usize,
) -> Result<&mut StockLevel, InventoryError> {
    let found = levels.iter_mut().find(|level| level.key() == key);
    found.ok_or_else(|| missing("inventory item", place, "inventoryItemId"))
}

/// The stocked units after the change; `None` if out of range.
fn target(level: &StockLevel, quantity: i32, kind: MovementKind) -> Option<i32> {
    let stocked = if kind == MovementKind::Set { quantity } else { level.stocked.checked_add(quantity)? };
    (0..=MAX_UNITS).contains(&stocked).then_some(stocked)
}

/// Rejects levels with fewer units than are reserved beyond the backorder limit, at the location and over all locations
/// of the item (rules E13, E14).
fn check_reserved(
    levels: &[StockLevel],
    (item, location): (InventoryItemId, LocationId),
    path: &str,
) -> Result<(), InventoryError> {
    let of_item = || levels.iter().filter(|level| level.item_id == item);
    let here = of_item().filter(|level| level.location_id == location);
    for owed in [owed(here), owed(of_item())] {
        let limit = of_item().map(|level| level.backorder_limit).next().unwrap_or_default();
        if owed > i64::from(limit) {
            let reserved = of_item().filter(|level| level.location_id == location).map(|level| level.reserved).sum();
            return Err(InventoryError::Reserved { reserved, path: path.to_owned() });
        }
    }
    Ok(())
}

/// Units that are reserved for orders at these levels but not on the shelf.
pub(super) fn owed<'a>(levels: impl Iterator<Item = &'a StockLevel>) -> i64 {
    levels.map(|level| i64::from(level.reserved) - i64::from(level.stocked)).sum::<i64>().max(0)
}

fn missing(what: &'static str, place: usize, field: &str) -> InventoryError {
    InventoryError::NotFound { what, path: format!("rows.{place}.{field}") }
}

fn is_a_kit(place: usize) -> InventoryError {
    let message = "The variant is a kit: use inventoryItemId for each of its items.";
    UserError::new(ErrorCode::Invalid, message).at(&format!("rows.{place}.variantId")).into()
}

fn too_few(stocked: i32, path: &str) -> InventoryError {
    let message = format!("Only {stocked} units are on the shelf: reduce the quantity.");
    let details = serde_json::json!({ "available": stocked });
    UserError::new(ErrorCode::InsufficientStock, message).at(path).with(details).into()
}

pub(super) fn out_of_range(path: &str) -> InventoryError {
    UserError::new(ErrorCode::InvalidQuantity, OUT_OF_RANGE).at(path).into()
}

pub(super) fn check_quantities(
    quantities: impl Iterator<Item = i32>,
    list: &str,
    field: &str,
) -> Result<(), InventoryError> {
    let mut validator = Validator::new();
    for (place, _) in quantities.enumerate().filter(|(_, quantity)| !(0..=MAX_UNITS).contains(quantity)) {
        validator.add(&format!("{list}.{place}.{field}"), ErrorCode::InvalidQuantity, OUT_OF_RANGE);
    }
    validator.finish().map_err(InventoryError::Invalid)
}

fn check_rows(rows: usize, reason: &str) -> Result<(), InventoryError> {
    let mut validator = Validator::new();
    validator.line("reason", reason, 500);
    validator.count("rows", rows, MAX_ROWS);
    validator.finish().map_err(InventoryError::Invalid)
}

fn check_moves(rows: &[MoveRow], nowhere: bool) -> Result<(), InventoryError> {
    let mut validator = Validator::new();
    if nowhere {
        validator.add("to", ErrorCode::Invalid, "Choose another location to move the units to.");
    }
    for (place, row) in rows.iter().enumerate() {
        if !(1..=MAX_UNITS).contains(&row.quantity) {
            let path = format!("rows.{place}.quantity");
            validator.add(&path, ErrorCode::InvalidQuantity, "The quantity must be at least 1.");
        }
    }
    validator.finish().map_err(InventoryError::Invalid)
}

fn check_duplicates(keys: &[(InventoryItemId, LocationId)]) -> Result<(), InventoryError> {
    let mut validator = Validator::new();
    for (place, key) in keys.iter().enumerate() {
        if keys[..place].contains(key) {
            validator.add(&format!("rows.{place}"), ErrorCode::Invalid, "Specify each item only once per location.");
        }
    }
    validator.finish().map_err(InventoryError::Invalid)
}
