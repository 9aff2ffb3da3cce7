//! Locations.

use super::model::Location;
use super::{Inventory, InventoryError, repo};
use crate::kernel::ids::LocationId;
use crate::kernel::text::Checks;

impl Inventory {
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
        let mut location = repo::lock_location(&tx, id).await?.ok_or_else(missing)?;
        location.name = name.unwrap_or(location.name);
        location.position = position.unwrap_or(location.position);
        check_name(&location.name)?;
        repo::update_location(&tx, &location).await?;
        tx.commit().await?;
        Ok(location)
    }
}

fn check_name(name: &str) -> Result<(), InventoryError> {
    let mut checks = Checks::new();
    checks.line("input.name", name, 100);
    checks.required("input.name", name);
    checks.finish().map_err(InventoryError::Invalid)
}
