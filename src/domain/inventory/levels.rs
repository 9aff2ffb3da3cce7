//! Counting stock by hand, how each variant's stock is kept, and locations.

use super::model::{Location, Movement, MovementKind, StockItem, StockLevel};
use super::repo::{self, LevelChange};
use super::{Inventory, InventoryError};
use crate::db::Conn;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{LocationId, MovementId, VariantId};
use crate::kernel::text::Checks;

/// The most units that a level may hold.
const MOST_UNITS: i32 = 1_000_000_000;
/// How many rows one call may change.
const MOST_ROWS: usize = 1_000;

/// A variant at a location, and how many units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockRow {
    /// Which variant.
    pub variant_id: VariantId,
    /// Where.
    pub location_id: LocationId,
    /// How many: what there is, or what came (negative: what went).
    pub quantity: i32,
}

/// How a new variant's stock is kept, and how much there is of it at the first location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewItem {
    /// Which variant.
    pub variant_id: VariantId,
    /// Whether units are counted.
    pub tracked: bool,
    /// Whether it is sold when there is none left.
    pub backorder: bool,
    /// Units on the shelf.
    pub stocked: i32,
}

impl Inventory {
    /// Begins to keep stock of new variants, in the caller's transaction.
    pub async fn insert_items_in(&self, conn: &Conn, new: &[NewItem]) -> Result<(), InventoryError> {
        if new.is_empty() {
            return Ok(());
        }
        check_quantities(new.iter().map(|item| item.stocked), "input.variants", "stock")?;
        let item =
            |new: &NewItem| StockItem { variant_id: new.variant_id, tracked: new.tracked, backorder: new.backorder };
        repo::insert_items(conn, &new.iter().map(item).collect::<Vec<_>>()).await?;
        let Some(location) = repo::locations(conn).await?.first().map(|location| location.id) else { return Ok(()) };
        let level = |new: &NewItem| StockLevel {
            variant_id: new.variant_id,
            location_id: location,
            backorder: new.backorder,
            stocked: new.stocked,
            reserved: 0,
        };
        let levels: Vec<_> = new.iter().filter(|new| new.tracked).map(level).collect();
        repo::insert_levels(conn, &levels).await?;
        let movement = |level: &StockLevel| self.movement(level, MovementKind::Set, level.stocked, "Opening stock");
        let opening = levels.iter().filter(|level| level.stocked != 0).map(movement);
        repo::insert_movements(conn, &opening.collect::<Vec<_>>()).await?;
        Ok(())
    }

    /// Changes how a variant's stock is kept, in the caller's transaction.
    pub async fn save_item_in(&self, conn: &Conn, item: StockItem) -> Result<(), InventoryError> {
        repo::save_item(conn, &item).await?;
        if item.tracked
            && let Some(location) = repo::locations(conn).await?.first()
        {
            repo::insert_levels(conn, &[empty_level(&item, location.id)]).await?;
        }
        Ok(())
    }

    /// How the stock of these variants is kept.
    pub async fn items(&self, conn: &Conn, ids: &[VariantId]) -> crate::db::Result<Vec<StockItem>> {
        repo::items(conn, ids).await
    }

    /// Sets levels to what was counted, all of them or none.
    pub async fn set(&self, rows: &[StockRow], reason: &str) -> Result<Vec<StockLevel>, InventoryError> {
        self.count(rows, reason, MovementKind::Set).await
    }

    /// Adds units to levels, or takes them away, all of them or none.
    pub async fn adjust(&self, rows: &[StockRow], reason: &str) -> Result<Vec<StockLevel>, InventoryError> {
        self.count(rows, reason, MovementKind::Adjust).await
    }

    async fn count(
        &self,
        rows: &[StockRow],
        reason: &str,
        kind: MovementKind,
    ) -> Result<Vec<StockLevel>, InventoryError> {
        check_rows(rows, reason, kind)?;
        let mut ids: Vec<_> = rows.iter().map(|row| row.variant_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let tx = self.db.begin().await?;
        let items = repo::items(&tx, &ids).await?;
        let missing =
            |place: usize| InventoryError::NotFound { what: "variant", path: format!("rows.{place}.variantId") };
        let mut empty = Vec::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            let item = items.iter().find(|item| item.variant_id == row.variant_id).ok_or_else(|| missing(place))?;
            empty.push(empty_level(item, row.location_id));
        }
        repo::insert_levels(&tx, &empty).await?;
        let mut levels = repo::lock_levels(&tx, &ids).await?;
        let (mut changes, mut movements) = (Vec::new(), Vec::new());
        for (place, row) in rows.iter().enumerate() {
            let level = levels
                .iter_mut()
                .find(|level| (level.variant_id, level.location_id) == (row.variant_id, row.location_id))
                .ok_or_else(|| missing(place))?;
            let path = format!("rows.{place}.quantity");
            let stocked = target(level, row.quantity, kind).ok_or_else(|| out_of_range(&path))?;
            if stocked < level.reserved && !level.backorder {
                return Err(InventoryError::Promised { reserved: level.reserved, path });
            }
            let delta = stocked - level.stocked;
            level.stocked = stocked;
            if delta != 0 {
                let (variant_id, location_id) = (row.variant_id, row.location_id);
                changes.push(LevelChange { variant_id, location_id, stocked: delta, reserved: 0 });
                movements.push(self.movement(level, kind, delta, reason));
            }
        }
        repo::change_levels(&tx, &changes).await?;
        repo::insert_movements(&tx, &movements).await?;
        tx.commit().await?;
        Ok(levels)
    }

    fn movement(&self, level: &StockLevel, kind: MovementKind, delta: i32, reason: &str) -> Movement {
        Movement {
            id: MovementId::new(),
            variant_id: level.variant_id,
            location_id: level.location_id,
            kind,
            stocked_delta: delta,
            reserved_delta: 0,
            reason: reason.to_owned(),
            order_id: None,
            created_at: self.clock.now(),
        }
    }

    /// Makes a location, last in turn.
    pub async fn create_location(&self, name: String) -> Result<Location, InventoryError> {
        check_name(&name)?;
        let tx = self.db.begin().await?;
        let position = repo::locations(&tx).await?.last().map_or(0, |last| last.position.saturating_add(1));
        let location = Location { id: LocationId::new(), name, position, created_at: self.clock.now() };
        repo::insert_location(&tx, &location).await?;
        tx.commit().await?;
        Ok(location)
    }

    /// Changes a location's name or turn.
    pub async fn update_location(
        &self,
        id: LocationId,
        name: Option<String>,
        position: Option<i32>,
    ) -> Result<Location, InventoryError> {
        let missing = || InventoryError::NotFound { what: "location", path: "id".to_owned() };
        let tx = self.db.begin().await?;
        let mut location = repo::locations_by_ids(&tx, &[id]).await?.pop().ok_or_else(missing)?;
        location.name = name.unwrap_or(location.name);
        location.position = position.unwrap_or(location.position);
        check_name(&location.name)?;
        repo::update_location(&tx, &location).await?;
        tx.commit().await?;
        Ok(location)
    }
}

const fn empty_level(item: &StockItem, location_id: LocationId) -> StockLevel {
    StockLevel { variant_id: item.variant_id, location_id, backorder: item.backorder, stocked: 0, reserved: 0 }
}

/// What a level holds after the change; `None` when that is no number of units.
fn target(level: &StockLevel, quantity: i32, kind: MovementKind) -> Option<i32> {
    let stocked = if kind == MovementKind::Set { quantity } else { level.stocked.checked_add(quantity)? };
    (0..=MOST_UNITS).contains(&stocked).then_some(stocked)
}

fn out_of_range(path: &str) -> InventoryError {
    let message = "A level holds from 0 to 1,000,000,000 units.";
    InventoryError::Invalid(vec![Problem::new(ErrorCode::InvalidQuantity, message).at(path)])
}

fn check_quantities(quantities: impl Iterator<Item = i32>, list: &str, field: &str) -> Result<(), InventoryError> {
    for (place, quantity) in quantities.enumerate() {
        if !(0..=MOST_UNITS).contains(&quantity) {
            return Err(out_of_range(&format!("{list}.{place}.{field}")));
        }
    }
    Ok(())
}

fn check_rows(rows: &[StockRow], reason: &str, kind: MovementKind) -> Result<(), InventoryError> {
    let mut checks = Checks::new();
    checks.line("reason", reason, 500);
    checks.count("rows", rows.len(), MOST_ROWS);
    for (place, row) in rows.iter().enumerate() {
        let twice = rows[..place]
            .iter()
            .any(|other| (other.variant_id, other.location_id) == (row.variant_id, row.location_id));
        if twice {
            checks.add(&format!("rows.{place}"), ErrorCode::Invalid, "This level is named twice.");
        }
    }
    checks.finish().map_err(InventoryError::Invalid)?;
    match kind {
        MovementKind::Set => check_quantities(rows.iter().map(|row| row.quantity), "rows", "quantity"),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), InventoryError> {
    let mut checks = Checks::new();
    checks.line("input.name", name, 100);
    checks.required("input.name", name);
    checks.finish().map_err(InventoryError::Invalid)
}
