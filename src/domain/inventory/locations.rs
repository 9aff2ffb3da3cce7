//! Stock locations.

use async_graphql::InputObject;

use super::model::Location;
use super::{Inventory, InventoryError, repo};
use crate::kernel::ids::LocationId;
use crate::kernel::patch::set;
use crate::kernel::text::Validator;

/// A stock location to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "StockLocationCreateInput")]
pub struct CreateLocation {
    /// Name, unique: at most 100 characters.
    pub name: String,
}

/// The changes to a stock location. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "StockLocationUpdateInput")]
pub struct UpdateLocation {
    /// Name, unique.
    pub name: Option<String>,
    /// The position in the allocation order: stock is allocated from locations with lower positions first.
    pub position: Option<i32>,
}

impl Inventory {
    /// Creates a location, as the last one in the allocation order.
    pub async fn create_location(&self, command: CreateLocation) -> Result<Location, InventoryError> {
        let CreateLocation { name } = command;
        check_name(&name)?;
        let tx = self.db.begin().await?;
        let position = self.locations(&tx).await?.last().map_or(0, |last| last.position.saturating_add(1));
        let location = Location { id: LocationId::new(), name, position, created_at: self.clock.now() };
        repo::locations::insert(&tx, &location).await?;
        tx.commit().await?;
        Ok(location)
    }

    /// Updates a location's name or position.
    pub async fn update_location(&self, id: LocationId, command: UpdateLocation) -> Result<Location, InventoryError> {
        let missing = || InventoryError::NotFound { what: "location", path: "id".to_owned() };
        let tx = self.db.begin().await?;
        let mut location = repo::locations::lock(&tx, id).await?.ok_or_else(missing)?;
        set(&mut location.name, command.name);
        set(&mut location.position, command.position);
        check_name(&location.name)?;
        repo::locations::update(&tx, &location).await?;
        tx.commit().await?;
        Ok(location)
    }
}

fn check_name(name: &str) -> Result<(), InventoryError> {
    let mut validator = Validator::new();
    validator.line("input.name", name, 100);
    validator.required("input.name", name);
    validator.finish().map_err(InventoryError::Invalid)
}
