//! Creating, updating and deleting shipping options.

use async_graphql::InputObject;

use super::{Fulfilment, FulfilmentError, ShippingOption, repo};
use crate::db::Conn;
use crate::kernel::decimal::Decimal;
use crate::kernel::ids::{RegionId, ShippingOptionId, TaxClassId, distinct};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::Checks;

/// A shipping option to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "ShippingOptionCreateInput")]
pub struct CreateShippingOption {
    /// The id of the region it serves.
    pub region_id: RegionId,
    /// Name: at most 100 characters.
    pub name: String,
    /// Description for shoppers.
    #[graphql(default)]
    pub description: String,
    /// The price in the region's currency, in major units.
    pub amount: Decimal,
    /// The tax class of the shipping; without one, default rates apply.
    pub tax_class_id: Option<TaxClassId>,
}

/// The changes to a shipping option. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "ShippingOptionUpdateInput")]
pub struct UpdateShippingOption {
    /// Name.
    pub name: Option<String>,
    /// Description for shoppers.
    pub description: Option<String>,
    /// The price in the region's currency, in major units.
    pub amount: Option<Decimal>,
    /// The position among the region's shipping options: lower positions come first.
    pub position: Option<i32>,
    /// Whether it is offered.
    pub active: Option<bool>,
    /// The tax class of the shipping; null removes it, so that default rates apply.
    pub tax_class_id: Patch<TaxClassId>,
}

impl Fulfilment {
    /// Creates a shipping option, last among its region's.
    pub async fn create_option(&self, command: CreateShippingOption) -> Result<ShippingOption, FulfilmentError> {
        let tx = self.db.begin().await?;
        let others = self.options_of(&tx, &[command.region_id], true).await?;
        let option = ShippingOption {
            id: ShippingOptionId::new(),
            region_id: command.region_id,
            name: command.name,
            description: command.description,
            amount: command.amount.0,
            position: others.last().map_or(0, |last| last.position.saturating_add(1)),
            active: true,
            created_at: self.clock.now(),
            tax_class_id: command.tax_class_id,
        };
        self.check(&tx, &option).await?;
        repo::insert(&tx, &option).await?;
        tx.commit().await?;
        Ok(option)
    }

    /// Updates a shipping option. Carts show it when they are next changed or completed.
    pub async fn update_option(
        &self,
        id: ShippingOptionId,
        command: UpdateShippingOption,
    ) -> Result<ShippingOption, FulfilmentError> {
        let tx = self.db.begin().await?;
        let mut option = repo::lock(&tx, id).await?.ok_or(FulfilmentError::NotFound)?;
        set(&mut option.name, command.name);
        set(&mut option.description, command.description);
        set(&mut option.amount, command.amount.map(|amount| amount.0));
        set(&mut option.position, command.position);
        set(&mut option.active, command.active);
        command.tax_class_id.apply(&mut option.tax_class_id);
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
