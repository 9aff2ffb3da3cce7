//! Making, renaming and deleting tax classes.

use super::{TaxClass, TaxError, Taxes, repo};
use crate::kernel::ids::{TaxClassId, distinct};
use crate::kernel::text::Checks;

const MISSING: TaxError = TaxError::NotFound { what: "tax class", path: "id" };

impl Taxes {
    /// Makes a tax class.
    pub async fn create_class(&self, name: String) -> Result<TaxClass, TaxError> {
        let class = TaxClass { id: TaxClassId::new(), name, created_at: self.clock.now() };
        check(&class)?;
        repo::insert_class(&*self.db.conn().await?, &class).await?;
        Ok(class)
    }

    /// Renames a tax class; without a name it stays as it is.
    pub async fn update_class(&self, id: TaxClassId, name: Option<String>) -> Result<TaxClass, TaxError> {
        let tx = self.db.begin().await?;
        let mut class = repo::lock_class(&tx, id).await?.ok_or(MISSING)?;
        class.name = name.unwrap_or(class.name);
        check(&class)?;
        repo::update_class(&tx, &class).await?;
        tx.commit().await?;
        Ok(class)
    }

    /// Deletes tax classes that nothing has, all of them or none.
    pub async fn delete_classes(&self, ids: &[TaxClassId]) -> Result<Vec<TaxClassId>, TaxError> {
        let tx = self.db.begin().await?;
        let gone = repo::delete_classes(&tx, ids).await.map_err(TaxError::of_class_delete)?;
        if gone.len() < distinct(ids) {
            return Err(TaxError::NotFound { what: "tax class", path: "ids" });
        }
        tx.commit().await?;
        Ok(gone)
    }
}

fn check(class: &TaxClass) -> Result<(), TaxError> {
    let mut checks = Checks::new();
    checks.line("input.name", &class.name, 100);
    checks.required("input.name", &class.name);
    checks.finish().map_err(TaxError::Invalid)
}
