//! Creates, renames and deletes tax classes.

use async_graphql::InputObject;

use super::{TaxClass, TaxError, Taxes, repo};
use crate::kernel::error::{UserError, all_found};
use crate::kernel::ids::TaxClassId;
use crate::kernel::patch::set;
use crate::kernel::text::Validator;

const WHAT: &str = "tax class";

/// A tax class to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "TaxClassCreateInput")]
pub struct CreateTaxClass {
    /// Name, unique: at most 100 characters.
    pub name: String,
}

/// The changes to a tax class. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "TaxClassUpdateInput")]
pub struct UpdateTaxClass {
    /// Name, unique: at most 100 characters.
    pub name: Option<String>,
}

impl Taxes {
    /// Creates a tax class.
    pub async fn create_class(&self, command: CreateTaxClass) -> Result<TaxClass, TaxError> {
        let class = TaxClass { id: TaxClassId::new(), name: command.name, created_at: self.clock.now() };
        check(&class)?;
        repo::classes::insert(&*self.db.conn().await?, &class).await?;
        Ok(class)
    }

    /// Renames a tax class.
    pub async fn update_class(&self, id: TaxClassId, command: UpdateTaxClass) -> Result<TaxClass, TaxError> {
        let tx = self.db.begin().await?;
        let mut class = repo::classes::lock(&tx, id).await?.ok_or_else(|| UserError::not_found(WHAT, "id"))?;
        set(&mut class.name, command.name);
        check(&class)?;
        repo::classes::update(&tx, &class).await?;
        tx.commit().await?;
        Ok(class)
    }

    /// Deletes unused tax classes, all of them or none.
    pub async fn delete_classes(&self, ids: &[TaxClassId]) -> Result<Vec<TaxClassId>, TaxError> {
        let tx = self.db.begin().await?;
        let gone = repo::classes::delete(&tx, ids).await.map_err(TaxError::of_class_delete)?;
        all_found(WHAT, ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn check(class: &TaxClass) -> Result<(), TaxError> {
    let mut validator = Validator::new();
    validator.line("input.name", &class.name, 100);
    validator.required("input.name", &class.name);
    validator.finish().map_err(TaxError::Invalid)
}
