//! Creating, updating and deleting shipping options.

use async_graphql::InputObject;

use super::{Fulfillment, FulfillmentError, ShippingOption, repo};
use crate::db::Conn;
use crate::kernel::decimal::Decimal;
use crate::kernel::ids::{RegionId, ShippingOptionId, TaxClassId, distinct};
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::Validator;

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

impl Fulfillment {
    /// Creates a shipping option, as the last one in its region.
    pub async fn create_option(&self, command: CreateShippingOption) -> Result<ShippingOption, FulfillmentError> {
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

    /// Updates a shipping option. Carts reflect it when they are next changed or completed.
    pub async fn update_option(
        &self,
        id: ShippingOptionId,
        command: UpdateShippingOption,
    ) -> Result<ShippingOption, FulfillmentError> {
        let tx = self.db.begin().await?;
        let mut option = repo::lock(&tx, id).await?.ok_or(FulfillmentError::NotFound)?;
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

    /// Deletes shipping options, all or none. Orders keep the option they were placed with.
    pub async fn delete_options(&self, ids: &[ShippingOptionId]) -> Result<Vec<ShippingOptionId>, FulfillmentError> {
        let tx = self.db.begin().await?;
        let gone = repo::delete(&tx, ids).await?;
        if gone.len() < distinct(ids) {
            return Err(FulfillmentError::NotFound);
        }
        tx.commit().await?;
        Ok(gone)
    }

    async fn check(&self, conn: &Conn, option: &ShippingOption) -> Result<(), FulfillmentError> {
        let region = self.regions.find(conn, option.region_id).await?.ok_or(FulfillmentError::RegionNotFound)?;
        let mut validator = Validator::new();
        validator.line("input.name", &option.name, 100);
        validator.required("input.name", &option.name);
        validator.paragraph("input.description", &option.description, 1_000);
        validator.price("input.amount", option.amount, region.currency);
        validator.finish().map_err(FulfillmentError::Invalid)
    }
}
