//! What orders do to stock: the only calls of the inventory.

use super::{OrderHandling, OrderHandlingError};
use crate::db::Conn;
use crate::domain::inventory::InventoryError;
use crate::domain::orders::{LineUnits, OrderLine, Taken};
use crate::kernel::ids::{InventoryItemId, LocationId, OrderId};

impl OrderHandling {
    /// Units leave the shelf (rule E9): at a location, or where they are promised.
    pub(super) async fn leave_shelf(
        &self,
        conn: &Conn,
        order: OrderId,
        lines: &[OrderLine],
        units: &[LineUnits],
        location: Option<LocationId>,
    ) -> Result<Vec<Taken>, OrderHandlingError> {
        if let Some(id) = location
            && self.inventory.locations_by_ids(conn, &[id]).await?.is_empty()
        {
            return Err(InventoryError::NotFound { what: "location", path: "locationId".to_owned() }.into());
        }
        let taken = self.inventory.fulfil_in(conn, order, location, &items(lines, units)).await?;
        let row = |(item_id, location_id, quantity)| Taken { item_id, location_id, quantity };
        Ok(taken.into_iter().map(row).collect())
    }

    /// Units that had left come back, and are promised to the order again (rule E10).
    pub(super) async fn back_on_shelf(
        &self,
        conn: &Conn,
        order: OrderId,
        stock: &[Taken],
    ) -> Result<(), OrderHandlingError> {
        let parts: Vec<_> = stock.iter().map(|taken| (taken.item_id, taken.location_id, taken.quantity)).collect();
        Ok(self.inventory.unfulfil_in(conn, order, &parts).await?)
    }

    /// Units that were promised to the order can be sold again.
    pub(super) async fn release_units(
        &self,
        conn: &Conn,
        order: OrderId,
        lines: &[OrderLine],
        units: &[LineUnits],
    ) -> Result<(), OrderHandlingError> {
        Ok(self.inventory.release_part_in(conn, order, &items(lines, units)).await?)
    }

    /// Units that were promised to the order cannot be sold to anybody: they leave the shelf, and were not sent.
    pub(super) async fn write_units_off(
        &self,
        conn: &Conn,
        order: OrderId,
        lines: &[OrderLine],
        units: &[LineUnits],
        reason: &str,
    ) -> Result<(), OrderHandlingError> {
        Ok(self.inventory.write_off_in(conn, order, &items(lines, units), reason).await?)
    }

    /// What is promised to the order, and where.
    pub(super) async fn promised(
        &self,
        conn: &Conn,
        order: OrderId,
    ) -> Result<Vec<(InventoryItemId, LocationId, i32)>, OrderHandlingError> {
        Ok(self.inventory.promised_to(conn, order).await?)
    }
}

/// What units of lines take from stock, each item once.
fn items(lines: &[OrderLine], units: &[LineUnits]) -> Vec<(InventoryItemId, i32)> {
    let mut sums = std::collections::BTreeMap::<InventoryItemId, i32>::new();
    for part in units {
        let line = lines.iter().find(|line| line.id == part.line_id);
        for (item, quantity) in line.iter().flat_map(|line| line.components.of(part.quantity)) {
            *sums.entry(item).or_default() += quantity;
        }
    }
    sums.into_iter().collect()
}
