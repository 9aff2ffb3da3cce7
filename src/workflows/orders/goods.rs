//! The effects of orders on stock: the only calls of the inventory.

use super::{OrderWorkflowError, OrderWorkflows};
use crate::db::Conn;
use crate::domain::inventory::InventoryError;
use crate::domain::orders::{AllocatedStock, LineUnits, OrderLine};
use crate::kernel::ids::{InventoryItemId, LocationId, OrderId};

impl OrderWorkflows {
    /// Ships units from a location, or from where they are reserved (rule E9).
    pub(super) async fn ship_units(
        &self,
        conn: &Conn,
        order: OrderId,
        lines: &[OrderLine],
        units: &[LineUnits],
        location: Option<LocationId>,
    ) -> Result<Vec<AllocatedStock>, OrderWorkflowError> {
        if let Some(id) = location
            && self.inventory.locations_by_ids(conn, &[id]).await?.is_empty()
        {
            return Err(InventoryError::NotFound { what: "location", path: "locationId".to_owned() }.into());
        }
        let taken = self.inventory.fulfill_in(conn, order, location, &items(lines, units)).await?;
        let row = |(item_id, location_id, quantity)| AllocatedStock { item_id, location_id, quantity };
        Ok(taken.into_iter().map(row).collect())
    }

    /// Returns shipped units to stock and reserves them for the order again (rule E10).
    pub(super) async fn return_units(
        &self,
        conn: &Conn,
        order: OrderId,
        stock: &[AllocatedStock],
    ) -> Result<(), OrderWorkflowError> {
        let parts: Vec<_> = stock.iter().map(|taken| (taken.item_id, taken.location_id, taken.quantity)).collect();
        Ok(self.inventory.unfulfill_in(conn, order, &parts).await?)
    }

    /// Makes units reserved for the order available again.
    pub(super) async fn release_units(
        &self,
        conn: &Conn,
        order: OrderId,
        lines: &[OrderLine],
        units: &[LineUnits],
    ) -> Result<(), OrderWorkflowError> {
        Ok(self.inventory.release_part_in(conn, order, &items(lines, units)).await?)
    }

    /// Writes off units reserved for the order: they leave stock without being shipped and cannot be sold.
    pub(super) async fn write_off_units(
        &self,
        conn: &Conn,
        order: OrderId,
        lines: &[OrderLine],
        units: &[LineUnits],
        reason: &str,
    ) -> Result<(), OrderWorkflowError> {
        Ok(self.inventory.write_off_in(conn, order, &items(lines, units), reason).await?)
    }

    /// Returns the quantities reserved for the order, by location.
    pub(super) async fn promised(
        &self,
        conn: &Conn,
        order: OrderId,
    ) -> Result<Vec<(InventoryItemId, LocationId, i32)>, OrderWorkflowError> {
        Ok(self.inventory.reservations_of_order(conn, order).await?)
    }
}

/// The stock that units of lines need, each item once.
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
