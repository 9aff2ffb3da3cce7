//! Making, changing and deleting shipping options.

use rust_decimal::Decimal;

use super::{Fulfilment, FulfilmentError, ShippingOption, repo};
use crate::db::Conn;
use crate::kernel::ids::{RegionId, ShippingOptionId, TaxClassId, distinct};
use crate::kernel::text::Checks;

/// A shipping option to make.
#[derive(Clone, Debug)]
pub struct NewShippingOption {
    /// The region that it serves.
    pub region_id: RegionId,
    /// Name, for shoppers.
    pub name: String,
    /// What shoppers should know.
    pub description: String,
    /// Its price in the region's currency.
    pub amount: Decimal,
    /// Its tax class; `None` is taxed by default.
    pub tax_class_id: Option<TaxClassId>,
}

/// What to change of a shipping option; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default)]
pub struct ShippingOptionChanges {
    /// Name, for shoppers.
    pub name: Option<String>,
    /// What shoppers should know.
    pub description: Option<String>,
    /// Its price in the region's currency.
    pub amount: Option<Decimal>,
    /// Its place among the region's options.
    pub position: Option<i32>,
    /// Whether it is offered.
    pub active: Option<bool>,
    /// Its tax class; `Some(None)` takes it away.
    pub tax_class_id: Option<Option<TaxClassId>>,
}

impl Fulfilment {
    /// Makes a shipping option, last among its region's.
    pub async fn create_option(&self, new: NewShippingOption) -> Result<ShippingOption, FulfilmentError> {
        let tx = self.db.begin().await?;
        let others = repo::of_regions(&tx, &[new.region_id], true).await?;
        let option = ShippingOption {
            id: ShippingOptionId::new(),
            region_id: new.region_id,
            name: new.name,
            description: new.description,
            amount: new.amount,
            position: others.last().map_or(0, |last| last.position.saturating_add(1)),
            active: true,
            created_at: self.clock.now(),
            tax_class_id: new.tax_class_id,
        };
        self.check(&tx, &option).await?;
        repo::insert(&tx, &option).await?;
        tx.commit().await?;
        Ok(option)
    }

    /// Changes a shipping option. Carts show it when they are next changed or completed.
    pub async fn update_option(
        &self,
        id: ShippingOptionId,
        changes: ShippingOptionChanges,
    ) -> Result<ShippingOption, FulfilmentError> {
        let tx = self.db.begin().await?;
        let mut option = repo::lock(&tx, id).await?.ok_or(FulfilmentError::NotFound)?;
        option.name = changes.name.unwrap_or(option.name);
        option.description = changes.description.unwrap_or(option.description);
        option.amount = changes.amount.unwrap_or(option.amount);
        option.position = changes.position.unwrap_or(option.position);
        option.active = changes.active.unwrap_or(option.active);
        option.tax_class_id = changes.tax_class_id.unwrap_or(option.tax_class_id);
        self.check(&tx, &option).await?;
        repo::update(&tx, &option).await?;
        tx.commit().await?;
        Ok(option)
    }

    /// Deletes shipping options, all of them or none. Orders keep what they were sent with.
    pub async fn delete_options(&self, ids: &[ShippingOptionId]) -> Result<Vec<ShippingOptionId>, FulfilmentError> {
        let tx = self.db.begin().await?;
        let gone = repo::delete(&tx, ids).await?;
        if gone.len() < distinct(ids) {
            return Err(FulfilmentError::NotFound);
        }
        tx.commit().await?;
        Ok(gone)
    }

    async fn check(&self, conn: &Conn, option: &ShippingOption) -> Result<(), FulfilmentError> {
        let region = self.regions.find(conn, option.region_id).await?.ok_or(FulfilmentError::RegionNotFound)?;
        let mut checks = Checks::new();
        checks.line("input.name", &option.name, 100);
        checks.required("input.name", &option.name);
        checks.paragraph("input.description", &option.description, 1_000);
        checks.price("input.amount", option.amount, region.currency);
        checks.finish().map_err(FulfilmentError::Invalid)
    }
}
