//! Making, changing and deleting tax jurisdictions.

use super::{Postcodes, TaxError, TaxJurisdiction, Taxes, repo};
use crate::kernel::country::Country;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{TaxJurisdictionId, distinct};
use crate::kernel::text::Checks;

/// How long a list of postcodes may be, in characters.
const MOST_POSTCODES: usize = 10_000;

/// A jurisdiction to make.
#[derive(Clone, Debug)]
pub struct NewJurisdiction {
    /// Name, for people.
    pub name: String,
    /// The country.
    pub country: Country,
    /// The province, as addresses have it; `None` or blank means the whole country.
    pub province: Option<String>,
    /// A list of postcodes, such as `27498, 80*, 10000-10999`; `None` or blank means all of them.
    pub postcodes: Option<String>,
    /// Whether its rates stand instead of those of the wider jurisdictions around it.
    pub replaces: bool,
}

/// What to change of a jurisdiction; `None` leaves a thing as it is, `Some(None)` takes it away.
#[derive(Clone, Debug, Default)]
pub struct JurisdictionChanges {
    /// Name, for people.
    pub name: Option<String>,
    /// The country.
    pub country: Option<Country>,
    /// The province.
    pub province: Option<Option<String>>,
    /// The list of postcodes.
    pub postcodes: Option<Option<String>>,
    /// Whether its rates stand instead of those of the wider jurisdictions around it.
    pub replaces: Option<bool>,
}

impl Taxes {
    /// Makes a jurisdiction, without rates yet.
    pub async fn create_jurisdiction(&self, new: NewJurisdiction) -> Result<TaxJurisdiction, TaxError> {
        let (now, mut checks) = (self.clock.now(), Checks::new());
        let jurisdiction = TaxJurisdiction {
            id: TaxJurisdictionId::new(),
            name: new.name,
            country: new.country,
            province: filled(new.province),
            postcodes: postcodes(&mut checks, new.postcodes),
            replaces: new.replaces,
            created_at: now,
            updated_at: now,
        };
        check(checks, &jurisdiction)?;
        repo::insert_jurisdiction(&*self.db.conn().await?, &jurisdiction).await?;
        Ok(jurisdiction)
    }

    /// Changes a jurisdiction. Carts show it when they are next changed or completed.
    pub async fn update_jurisdiction(
        &self,
        id: TaxJurisdictionId,
        changes: JurisdictionChanges,
    ) -> Result<TaxJurisdiction, TaxError> {
        let (tx, mut checks) = (self.db.begin().await?, Checks::new());
        let missing = TaxError::NotFound { what: "tax jurisdiction", path: "id" };
        let mut jurisdiction = repo::lock_jurisdiction(&tx, id).await?.ok_or(missing)?;
        jurisdiction.name = changes.name.unwrap_or(jurisdiction.name);
        jurisdiction.country = changes.country.unwrap_or(jurisdiction.country);
        jurisdiction.province = changes.province.map_or(jurisdiction.province, filled);
        if let Some(list) = changes.postcodes {
            jurisdiction.postcodes = postcodes(&mut checks, list);
        }
        jurisdiction.replaces = changes.replaces.unwrap_or(jurisdiction.replaces);
        jurisdiction.updated_at = self.clock.now();
        check(checks, &jurisdiction)?;
        repo::update_jurisdiction(&tx, &jurisdiction).await?;
        tx.commit().await?;
        Ok(jurisdiction)
    }

    /// Deletes jurisdictions with their rates, all of them or none. Orders keep what they were taxed with.
    pub async fn delete_jurisdictions(&self, ids: &[TaxJurisdictionId]) -> Result<Vec<TaxJurisdictionId>, TaxError> {
        let tx = self.db.begin().await?;
        let gone = repo::delete_jurisdictions(&tx, ids).await?;
        if gone.len() < distinct(ids) {
            return Err(TaxError::NotFound { what: "tax jurisdiction", path: "ids" });
        }
        tx.commit().await?;
        Ok(gone)
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn postcodes(checks: &mut Checks, list: Option<String>) -> Option<Postcodes> {
    let list = filled(list)?;
    checks.line("input.postcodes", &list, MOST_POSTCODES);
    match list.parse() {
        Ok(postcodes) => Some(postcodes),
        Err(bad) => {
            checks.add("input.postcodes", ErrorCode::Invalid, format!("{bad}."));
            None
        }
    }
}

fn check(mut checks: Checks, jurisdiction: &TaxJurisdiction) -> Result<(), TaxError> {
    checks.line("input.name", &jurisdiction.name, 100);
    checks.required("input.name", &jurisdiction.name);
    checks.line("input.province", jurisdiction.province.as_deref().unwrap_or_default(), 100);
    checks.finish().map_err(TaxError::Invalid)
}
