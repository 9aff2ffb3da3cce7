//! Inventory items, and how many units of them variants use.

use std::collections::BTreeMap;

use async_graphql::InputObject;

use super::levels::{check_quantities, out_of_range, owed};
use super::model::{Component, InventoryItem, MovementKind, Reservation, StockItem, UNLIMITED};
use super::repo::{self, LedgerEntry};
use super::{Inventory, InventoryError};
use crate::db::{self, Conn};
use crate::kernel::error::{ErrorCode, UserError, all_found};
use crate::kernel::ids::{InventoryItemId, LocationId, VariantId};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::{Validator, non_blank};

/// The maximum number of items in a kit.
const MAX_COMPONENTS: usize = 50;
/// The maximum number of units of an item that one unit of a variant can use.
const MAX_UNITS_PER_COMPONENT: i32 = 10_000;
/// The ledger reason for an opening count.
const OPENING: &str = "Opening stock";

/// The inventory item of a new variant, and its opening stock at the first location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    /// The variant. The item has the same id.
    pub variant_id: VariantId,
    /// Stock-keeping unit.
    pub sku: Option<String>,
    /// The title, shown to staff.
    pub title: String,
    /// Whether stock is tracked.
    pub tracked: bool,
    /// Whether it can be sold when it is out of stock.
    pub backorder: bool,
    /// Units on the shelf.
    pub stocked: i32,
}

/// An inventory item to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "InventoryItemCreateInput")]
pub struct CreateInventoryItem {
    /// Stock-keeping unit (SKU): at most 100 characters; blank means none.
    pub sku: Option<String>,
    /// Title, shown to staff: at most 500 characters.
    pub title: String,
    /// Whether stock is tracked. An item without tracking never runs out.
    #[graphql(default = true)]
    pub tracked: bool,
    /// The number of units that can be backordered: 0 for none, 1,000,000,000 for no limit.
    #[graphql(default)]
    pub backorder_limit: i32,
}

/// The changes to an inventory item. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "InventoryItemUpdateInput")]
pub struct UpdateInventoryItem {
    /// Stock-keeping unit (SKU); null removes it.
    pub sku: Patch<String>,
    /// Title, shown to staff.
    pub title: Option<String>,
    /// Whether stock is tracked.
    pub tracked: Option<bool>,
    /// The number of units that can be backordered: 0 for none, 1,000,000,000 for no limit.
    pub backorder_limit: Option<i32>,
}

impl Inventory {
    /// Creates the inventory items of new variants, in the caller's transaction. Opening stock needs a location:
    /// without one, the code is NOT_FOUND.
    pub async fn insert_items_in(&self, conn: &Conn, new: &[NewItem]) -> Result<(), InventoryError> {
        if new.is_empty() {
            return Ok(());
        }
        check_opening(new)?;
        let items: Vec<_> = new.iter().map(|new| self.item_of(new)).collect();
        repo::insert_items(conn, &items).await?;
        let one = |item: &InventoryItem| (VariantId(item.id.0), Component { item_id: item.id, quantity: 1 });
        repo::insert_components(conn, &items.iter().map(one).collect::<Vec<_>>()).await?;
        let location = self.locations(conn).await?.first().map(|location| location.id);
        let Some(location) = location else { return require_location(new.iter().map(|item| item.stocked)) };
        let counted = items.iter().zip(new).filter(|(item, new)| item.tracked || new.stocked != 0);
        repo::insert_levels(conn, &counted.map(|(item, _)| (item.id, location)).collect::<Vec<_>>()).await?;
        let opening = items.iter().zip(new).filter(|(_, new)| new.stocked != 0);
        let opening: Vec<_> = opening.map(|(item, new)| opening_entry(item.id, location, new.stocked)).collect();
        repo::post(conn, &opening, OPENING, None, self.clock.now()).await?;
        Ok(())
    }

    /// Records the opening count of variants that have never been counted, at the first location and in the caller's
    /// transaction. Items that already have a level are skipped, and so are kits. Without a location: NOT_FOUND. Errors
    /// are reported as by [`Self::insert_items_in`].
    pub async fn open_stock_in(&self, conn: &Conn, counts: &[(VariantId, i32)]) -> Result<(), InventoryError> {
        if counts.is_empty() {
            return Ok(());
        }
        check_quantities(counts.iter().map(|(_, stocked)| *stocked), "input.variants", "stock")?;
        let location = self.locations(conn).await?.first().map(|location| location.id);
        let Some(location) = location else { return require_location(counts.iter().map(|(_, stocked)| *stocked)) };
        let variants: Vec<_> = counts.iter().map(|(variant, _)| *variant).collect();
        let taken = repo::items(conn, &variants).await?;
        let items: BTreeMap<_, _> = taken
            .iter()
            .filter_map(|(stock, item)| {
                Some((*item, counts.iter().find(|(variant, _)| *variant == stock.variant_id)?.1))
            })
            .collect();
        let ids: Vec<_> = items.keys().copied().collect();
        let before = repo::lock_levels(conn, &ids).await?;
        let new: Vec<_> = ids.iter().filter(|id| before.iter().all(|level| level.item_id != **id)).copied().collect();
        repo::insert_levels(conn, &new.iter().map(|id| (*id, location)).collect::<Vec<_>>()).await?;
        // A concurrent call may have counted them too.
        let untouched = repo::lock_levels(conn, &new).await?.into_iter().filter(|level| level.stocked == 0);
        let opening: Vec<_> =
            untouched.map(|level| opening_entry(level.item_id, level.location_id, items[&level.item_id])).collect();
        repo::post(conn, &opening, OPENING, None, self.clock.now()).await?;
        self.notify_in(conn, &new).await
    }

    fn item_of(&self, new: &NewItem) -> InventoryItem {
        let now = self.clock.now();
        InventoryItem {
            id: InventoryItemId(new.variant_id.0),
            sku: new.sku.clone(),
            title: new.title.clone(),
            tracked: new.tracked,
            backorder_limit: if new.backorder { UNLIMITED } else { 0 },
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The stock settings of these variants; kits are omitted.
    pub async fn items(&self, conn: &Conn, ids: &[VariantId]) -> db::Result<Vec<StockItem>> {
        Ok(repo::items(conn, ids).await?.into_iter().map(|(item, _)| item).collect())
    }

    /// Updates the stock settings of a variant, in the caller's transaction. An existing backorder limit is kept. If
    /// more units are owed than the new limit allows: IN_USE. A kit's items are updated individually.
    pub async fn save_item_in(&self, conn: &Conn, wanted: StockItem, path: &str) -> Result<(), InventoryError> {
        let Some((_, id)) = repo::items(conn, &[wanted.variant_id]).await?.pop() else {
            let message =
                "The variant is a kit: change the tracking and backorders of its items with inventoryItemUpdate.";
            return Err(UserError::new(ErrorCode::Invalid, message).at(path).into());
        };
        let missing = || InventoryError::NotFound { what: "inventory item", path: path.to_owned() };
        let mut item = repo::items::lock(conn, id).await?.ok_or_else(missing)?;
        item.tracked = wanted.tracked;
        item.backorder_limit = match (wanted.backorder, item.backorder_limit) {
            (true, 0) => UNLIMITED,
            (true, limit) => limit,
            (false, _) => 0,
        };
        self.save_in(conn, item, path).await?;
        self.notify_in(conn, &[id]).await
    }

    /// Creates an item that variants can use: see [`Self::set_components_in`].
    pub async fn create_item(&self, command: CreateInventoryItem) -> Result<InventoryItem, InventoryError> {
        let now = self.clock.now();
        let CreateInventoryItem { sku, title, tracked, backorder_limit } = command;
        let (id, sku, title) = (InventoryItemId::new(), non_blank(sku), title.trim().to_owned());
        let item =
            InventoryItem { id, sku, title, tracked, backorder_limit, version: 1, created_at: now, updated_at: now };
        check(&item)?;
        let conn = self.db.conn().await?;
        repo::insert_items(&conn, std::slice::from_ref(&item)).await?;
        Ok(item)
    }

    /// Updates an item. If `expected` is set, only if it is still the item's version.
    pub async fn update_item(
        &self,
        id: InventoryItemId,
        command: UpdateInventoryItem,
        expected: Option<i32>,
    ) -> Result<InventoryItem, InventoryError> {
        let missing = || InventoryError::NotFound { what: "inventory item", path: "id".to_owned() };
        let tx = self.db.begin().await?;
        let mut item = repo::items::lock(&tx, id).await?.ok_or_else(missing)?;
        if let Some(expected) = expected.filter(|expected| *expected != item.version) {
            let (actual, path) = (item.version, "expectedVersion".to_owned());
            return Err(InventoryError::Stale { expected, actual, path });
        }
        command.sku.apply(&mut item.sku);
        item.sku = non_blank(item.sku);
        set(&mut item.title, command.title.map(|title| title.trim().to_owned()));
        set(&mut item.tracked, command.tracked);
        set(&mut item.backorder_limit, command.backorder_limit);
        check(&item)?;
        let item = self.save_in(&tx, item, "input.backorderLimit").await?;
        self.notify_in(&tx, &[id]).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Saves a locked item. A tracked item gets a level at the first location.
    async fn save_in(&self, conn: &Conn, mut item: InventoryItem, path: &str) -> Result<InventoryItem, InventoryError> {
        // The item's limit is copied to its levels, which are locked in the usual order.
        let levels = repo::lock_levels(conn, &[item.id]).await?;
        if !item.tracked {
            self.release_all(conn, item.id).await?;
        } else if owed(levels.iter()) > i64::from(item.backorder_limit) {
            return Err(owed_still(path));
        }
        item.version += 1;
        item.updated_at = self.clock.now();
        repo::items::update(conn, &item).await.map_err(|error| match error.constraint() {
            Some("stock_levels_never_oversold") => owed_still(path),
            _ => InventoryError::from(error),
        })?;
        if item.tracked
            && let Some(location) = self.locations(conn).await?.first()
        {
            repo::insert_levels(conn, &[(item.id, location.id)]).await?;
        }
        Ok(item)
    }

    /// Releases all reservations of an item that is no longer tracked, because it never runs out. The caller has locked
    /// its levels.
    async fn release_all(&self, conn: &Conn, item: InventoryItemId) -> Result<(), InventoryError> {
        let promised = repo::reservations_of_item(conn, item).await?;
        let entry = |row: &Reservation| LedgerEntry {
            kind: MovementKind::Release,
            item_id: row.item_id,
            location_id: row.location_id,
            stocked: 0,
            reserved: -row.quantity,
            order_id: row.order_id,
        };
        let entries: Vec<_> = promised.iter().map(entry).collect();
        repo::post(conn, &entries, "No longer tracked", None, self.clock.now()).await?;
        Ok(())
    }

    /// Deletes items that no variant uses and that have no reservations, all or none. Their ledger entries are kept.
    pub async fn delete_items(&self, ids: &[InventoryItemId]) -> Result<Vec<InventoryItemId>, InventoryError> {
        let tx = self.db.begin().await?;
        let gone = repo::items::delete(&tx, ids).await?;
        all_found("inventory item", ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Sets the items that one unit of a variant uses, in the caller's transaction. Existing orders are not affected.
    pub async fn set_components_in(
        &self,
        conn: &Conn,
        variant: VariantId,
        components: &[Component],
    ) -> Result<(), InventoryError> {
        check_components(components)?;
        let ids: Vec<_> = components.iter().map(|component| component.item_id).collect();
        let known = self.items_by_ids(conn, &ids).await?;
        for (place, id) in ids.iter().enumerate() {
            if !known.iter().any(|item| item.id == *id) {
                let path = format!("components.{place}.inventoryItemId");
                return Err(InventoryError::NotFound { what: "inventory item", path });
            }
        }
        repo::replace_components(conn, variant, components).await?;
        self.notify_in(conn, &ids).await
    }
}

/// Validates the opening stock of new variants as far as possible without the database.
pub(crate) fn check_opening(new: &[NewItem]) -> Result<(), InventoryError> {
    check_quantities(new.iter().map(|item| item.stocked), "input.variants", "stock")
}

fn opening_entry(item_id: InventoryItemId, location_id: LocationId, stocked: i32) -> LedgerEntry {
    LedgerEntry { kind: MovementKind::Set, item_id, location_id, stocked, reserved: 0, order_id: None }
}

/// Rejects units if there is no location, instead of dropping them.
fn require_location(quantities: impl Iterator<Item = i32>) -> Result<(), InventoryError> {
    let mut validator = Validator::new();
    for (place, _) in quantities.enumerate().filter(|(_, quantity)| *quantity != 0) {
        let message = "There is no stock location to count these units at: create one with stockLocationCreate.";
        validator.add(&format!("input.variants.{place}.stock"), ErrorCode::NotFound, message);
    }
    validator.finish().map_err(InventoryError::Invalid)
}

fn owed_still(path: &str) -> InventoryError {
    let message = "Backorders wait for stock of this: ship or cancel them first.";
    UserError::new(ErrorCode::InUse, message).at(path).into()
}

fn check_components(components: &[Component]) -> Result<(), InventoryError> {
    let mut validator = Validator::new();
    validator.count("components", components.len(), MAX_COMPONENTS);
    if components.is_empty() {
        validator.add("components", ErrorCode::Required, "A variant must use at least one item.");
    }
    for (place, component) in components.iter().enumerate() {
        if !(1..=MAX_UNITS_PER_COMPONENT).contains(&component.quantity) {
            let message = "The quantity must be from 1 to 10,000 units of an item.";
            validator.add(&format!("components.{place}.quantity"), ErrorCode::InvalidQuantity, message);
        }
        if components[..place].iter().any(|other| other.item_id == component.item_id) {
            let path = format!("components.{place}.inventoryItemId");
            validator.add(&path, ErrorCode::Invalid, "Specify each item only once.");
        }
    }
    validator.finish().map_err(InventoryError::Invalid)
}

fn check(item: &InventoryItem) -> Result<(), InventoryError> {
    let mut validator = Validator::new();
    validator.line("input.title", &item.title, 500);
    validator.required("input.title", &item.title);
    validator.line("input.sku", item.sku.as_deref().unwrap_or_default(), 100);
    validator.finish().map_err(InventoryError::Invalid)?;
    match (0..=UNLIMITED).contains(&item.backorder_limit) {
        true => Ok(()),
        false => Err(out_of_range("input.backorderLimit")),
    }
}
