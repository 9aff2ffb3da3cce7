//! Creates, updates and deletes tax regions.

use async_graphql::InputObject;

use super::{Postcodes, TaxError, TaxRegion, Taxes, repo};
use crate::kernel::country::Country;
use crate::kernel::error::{ErrorCode, UserError, all_found};
use crate::kernel::ids::TaxRegionId;
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::{Validator, non_blank};

const WHAT: &str = "tax region";
/// The maximum length of a list of postal codes, in characters.
const MAX_POSTCODES: usize = 10_000;

/// A tax region to create. Another one with the same country, province and postal codes is refused with TAKEN.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "TaxRegionCreateInput")]
pub struct CreateTaxRegion {
    /// Name, shown to staff: at most 100 characters.
    pub name: String,
    /// The country.
    pub country: Country,
    /// The province, as written in addresses; case-insensitive. Omit it for the whole country.
    pub province: Option<String>,
    /// The postal codes: a list of codes, prefixes and ranges such as `27498, 80*, 10000-10999`. Write codes without
    /// hyphens. Omit it for all postal codes.
    pub postcodes: Option<String>,
    /// Whether its rates override those of the wider tax regions around it instead of being added to them. A tax region
    /// that does so without having rates is tax-free.
    #[graphql(default)]
    pub overrides_parent: bool,
}

/// The changes to a tax region. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "TaxRegionUpdateInput")]
pub struct UpdateTaxRegion {
    /// Name, shown to staff: at most 100 characters.
    pub name: Option<String>,
    /// The country.
    pub country: Option<Country>,
    /// The province; null means the whole country.
    pub province: Patch<String>,
    /// The postal codes; null means all of them.
    pub postcodes: Patch<String>,
    /// Whether its rates override those of the wider tax regions around it.
    pub overrides_parent: Option<bool>,
}

impl Taxes {
    /// Creates a tax region without rates.
    pub async fn create_tax_region(&self, command: CreateTaxRegion) -> Result<TaxRegion, TaxError> {
        let (now, mut validator) = (self.clock.now(), Validator::new());
        let tax_region = TaxRegion {
            id: TaxRegionId::new(),
            name: command.name,
            country: command.country,
            province: non_blank(command.province),
            postcodes: postcodes(&mut validator, command.postcodes),
            overrides_parent: command.overrides_parent,
            created_at: now,
            updated_at: now,
        };
        check(validator, &tax_region)?;
        repo::regions::insert(&*self.db.conn().await?, &tax_region).await?;
        Ok(tax_region)
    }

    /// Updates a tax region. Carts reflect it when they are next changed or completed.
    pub async fn update_tax_region(&self, id: TaxRegionId, command: UpdateTaxRegion) -> Result<TaxRegion, TaxError> {
        let (tx, mut validator) = (self.db.begin().await?, Validator::new());
        let mut tax_region = repo::regions::lock(&tx, id).await?.ok_or_else(|| UserError::not_found(WHAT, "id"))?;
        set(&mut tax_region.name, command.name);
        set(&mut tax_region.country, command.country);
        set(&mut tax_region.overrides_parent, command.overrides_parent);
        command.province.apply(&mut tax_region.province);
        tax_region.province = non_blank(tax_region.province);
        match command.postcodes {
            Patch::Keep => {}
            Patch::Clear => tax_region.postcodes = None,
            Patch::Set(list) => tax_region.postcodes = postcodes(&mut validator, Some(list)),
        }
        tax_region.updated_at = self.clock.now();
        check(validator, &tax_region)?;
        repo::regions::update(&tx, &tax_region).await?;
        tx.commit().await?;
        Ok(tax_region)
    }

    /// Deletes tax regions with their rates, all of them or none. Orders keep their taxes.
    pub async fn delete_tax_regions(&self, ids: &[TaxRegionId]) -> Result<Vec<TaxRegionId>, TaxError> {
        let tx = self.db.begin().await?;
        let gone = repo::regions::delete(&tx, ids).await?;
        all_found(WHAT, ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn postcodes(validator: &mut Validator, list: Option<String>) -> Option<Postcodes> {
    let list = non_blank(list)?;
    validator.line("input.postcodes", &list, MAX_POSTCODES);
    match list.parse() {
        Ok(postcodes) => Some(postcodes),
        Err(bad) => {
            validator.add("input.postcodes", ErrorCode::Invalid, format!("{bad}."));
            None
        }
    }
}

fn check(mut validator: Validator, tax_region: &TaxRegion) -> Result<(), TaxError> {
    validator.line("input.name", &tax_region.name, 100);
    validator.required("input.name", &tax_region.name);
    validator.line("input.province", tax_region.province.as_deref().unwrap_or_default(), 100);
    validator.finish().map_err(TaxError::Invalid)
}
