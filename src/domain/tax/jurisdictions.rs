//! Creating, updating and deleting tax jurisdictions.

use async_graphql::InputObject;

use super::{Postcodes, TaxError, TaxJurisdiction, Taxes, repo};
use crate::kernel::country::Country;
use crate::kernel::error::{ErrorCode, Problem, all_found};
use crate::kernel::ids::TaxJurisdictionId;
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::{Checks, filled};

const WHAT: &str = "tax region";
/// How long a list of postcodes may be, in characters.
const MAX_POSTCODES: usize = 10_000;

/// A tax region to create. Another one with the same country, province and postal codes is refused with TAKEN.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "TaxJurisdictionCreateInput")]
pub struct CreateTaxJurisdiction {
    /// Name, shown to staff: at most 100 characters.
    pub name: String,
    /// The country.
    pub country: Country,
    /// The province, as written in addresses; case-insensitive. Omit it for the whole country.
    pub province: Option<String>,
    /// The postal codes: a list of codes, prefixes and ranges such as `27498, 80*, 10000-10999`. Write codes without
    /// hyphens. Omit it for all postal codes.
    pub postcodes: Option<String>,
    /// Whether its rates replace those of the wider tax regions around it instead of being added to them. A tax region
    /// that does so without having rates is tax-free.
    #[graphql(default)]
    pub replaces: bool,
}

/// The changes to a tax region. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "TaxJurisdictionUpdateInput")]
pub struct UpdateTaxJurisdiction {
    /// Name, shown to staff: at most 100 characters.
    pub name: Option<String>,
    /// The country.
    pub country: Option<Country>,
    /// The province; null means the whole country.
    pub province: Patch<String>,
    /// The postal codes; null means all of them.
    pub postcodes: Patch<String>,
    /// Whether its rates replace those of the wider tax regions around it.
    pub replaces: Option<bool>,
}

impl Taxes {
    /// Creates a jurisdiction, without rates yet.
    pub async fn create_jurisdiction(&self, command: CreateTaxJurisdiction) -> Result<TaxJurisdiction, TaxError> {
        let (now, mut checks) = (self.clock.now(), Checks::new());
        let jurisdiction = TaxJurisdiction {
            id: TaxJurisdictionId::new(),
            name: command.name,
            country: command.country,
            province: filled(command.province),
            postcodes: postcodes(&mut checks, command.postcodes),
            replaces: command.replaces,
            created_at: now,
            updated_at: now,
        };
        check(checks, &jurisdiction)?;
        repo::jurisdictions::insert(&*self.db.conn().await?, &jurisdiction).await?;
        Ok(jurisdiction)
    }

    /// Updates a jurisdiction. Carts show it when they are next changed or completed.
    pub async fn update_jurisdiction(
        &self,
        id: TaxJurisdictionId,
        command: UpdateTaxJurisdiction,
    ) -> Result<TaxJurisdiction, TaxError> {
        let (tx, mut checks) = (self.db.begin().await?, Checks::new());
        let mut jurisdiction =
            repo::jurisdictions::lock(&tx, id).await?.ok_or_else(|| Problem::not_found(WHAT, "id"))?;
        set(&mut jurisdiction.name, command.name);
        set(&mut jurisdiction.country, command.country);
        set(&mut jurisdiction.replaces, command.replaces);
        command.province.apply(&mut jurisdiction.province);
        jurisdiction.province = filled(jurisdiction.province);
        match command.postcodes {
            Patch::Keep => {}
            Patch::Clear => jurisdiction.postcodes = None,
            Patch::Set(list) => jurisdiction.postcodes = postcodes(&mut checks, Some(list)),
        }
        jurisdiction.updated_at = self.clock.now();
        check(checks, &jurisdiction)?;
        repo::jurisdictions::update(&tx, &jurisdiction).await?;
        tx.commit().await?;
        Ok(jurisdiction)
    }

    /// Deletes jurisdictions with their rates, all of them or none. Orders keep what they were taxed with.
    pub async fn delete_jurisdictions(&self, ids: &[TaxJurisdictionId]) -> Result<Vec<TaxJurisdictionId>, TaxError> {
        let tx = self.db.begin().await?;
        let gone = repo::jurisdictions::delete(&tx, ids).await?;
        all_found(WHAT, ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn postcodes(checks: &mut Checks, list: Option<String>) -> Option<Postcodes> {
    let list = filled(list)?;
    checks.line("input.postcodes", &list, MAX_POSTCODES);
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
