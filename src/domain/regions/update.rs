//! Creates, updates and deletes regions.

use async_graphql::InputObject;
use serde_json::json;

use super::model::{Region, ShippingTax, TaxRounding};
use super::{RegionError, Regions, repo};
use crate::db::Conn;
use crate::kernel::country::Country;
use crate::kernel::decimal::Decimal;
use crate::kernel::error::{ErrorCode, UserError, unchanged};
use crate::kernel::ids::{RegionId, distinct};
use crate::kernel::money::Currency;
use crate::kernel::patch::set;
use crate::kernel::text::Validator;

/// A region to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "RegionCreateInput")]
pub struct CreateRegion {
    /// Name, shown to people: at most 100 characters.
    pub name: String,
    /// The currency; it cannot be changed later.
    #[graphql(name = "currencyCode")]
    pub currency: Currency,
    /// The countries the region serves: at least one, and none that another region serves.
    pub countries: Vec<Country>,
    /// The default tax rate as a fraction from 0 to 1: `"0.19"` is 19%.
    pub tax_rate: Decimal,
    /// Whether prices include tax.
    pub prices_include_tax: bool,
    /// How tax is rounded.
    #[graphql(default_with = "TaxRounding::Line")]
    pub tax_rounding: TaxRounding,
    /// How shipping is taxed.
    #[graphql(default_with = "ShippingTax::Own")]
    pub shipping_tax: ShippingTax,
}

/// The changes to a region. Omitted fields keep their values.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "RegionUpdateInput")]
pub struct UpdateRegion {
    /// Name, shown to people: at most 100 characters.
    pub name: Option<String>,
    /// The countries the region serves; the list replaces the current countries.
    pub countries: Option<Vec<Country>>,
    /// The default tax rate as a fraction from 0 to 1: `"0.19"` is 19%.
    pub tax_rate: Option<Decimal>,
    /// Whether prices include tax.
    pub prices_include_tax: Option<bool>,
    /// How tax is rounded.
    pub tax_rounding: Option<TaxRounding>,
    /// How shipping is taxed.
    pub shipping_tax: Option<ShippingTax>,
}

impl Regions {
    /// Creates a region. The first one becomes the default region of the sales channels.
    pub async fn create(&self, command: CreateRegion) -> Result<Region, RegionError> {
        let now = self.clock.now();
        let region = Region {
            id: RegionId::new(),
            name: command.name,
            currency: command.currency,
            tax_rate: command.tax_rate.0,
            prices_include_tax: command.prices_include_tax,
            tax_rounding: command.tax_rounding,
            shipping_tax: command.shipping_tax,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        check(&region, Some(&command.countries))?;
        let tx = self.db.begin().await?;
        repo::insert(&tx, &region).await?;
        serve(&tx, region.id, &command.countries).await?;
        self.set_first_default_in(&tx, &region).await?;
        tx.commit().await?;
        Ok(region)
    }

    /// Updates a region. With `expected`, fails if its version differs. Carts reflect the change when they are next
    /// changed or completed.
    pub async fn update(
        &self,
        id: RegionId,
        command: UpdateRegion,
        expected: Option<i32>,
    ) -> Result<Region, RegionError> {
        let tx = self.db.begin().await?;
        let mut region = repo::lock(&tx, id).await?.ok_or(RegionError::NotFound)?;
        unchanged(expected, region.version)?;
        set(&mut region.name, command.name);
        set(&mut region.tax_rate, command.tax_rate.map(|rate| rate.0));
        set(&mut region.prices_include_tax, command.prices_include_tax);
        set(&mut region.tax_rounding, command.tax_rounding);
        set(&mut region.shipping_tax, command.shipping_tax);
        region.version += 1;
        region.updated_at = self.clock.now();
        check(&region, command.countries.as_deref())?;
        repo::update(&tx, &region).await?;
        if let Some(countries) = &command.countries {
            serve(&tx, id, countries).await?;
        }
        tx.commit().await?;
        Ok(region)
    }

    /// Deletes unused regions, all of them or none.
    pub async fn delete(&self, ids: &[RegionId]) -> Result<Vec<RegionId>, RegionError> {
        let tx = self.db.begin().await?;
        let gone = repo::delete(&tx, ids).await?;
        if gone.len() < distinct(ids) {
            return Err(RegionError::NotFound);
        }
        tx.commit().await?;
        Ok(gone)
    }
}

/// Sets the countries that a region serves. The check reports the conflicting region; the database rejects concurrent
/// conflicts.
async fn serve(conn: &Conn, id: RegionId, countries: &[Country]) -> Result<(), RegionError> {
    let taken = repo::served_by_others(conn, id, countries).await?;
    if !taken.is_empty() {
        let problems = taken.iter().map(|(country, region)| {
            let message = format!("{} is served by the region \"{}\" already.", country.name(), region.name);
            let details = json!({ "country": country, "regionId": region.id, "regionName": region.name });
            UserError::new(ErrorCode::Taken, message).at("input.countries").with(details)
        });
        return Err(RegionError::Invalid(problems.collect()));
    }
    Ok(repo::set_countries(conn, id, countries).await?)
}

fn check(region: &Region, countries: Option<&[Country]>) -> Result<(), RegionError> {
    let mut validator = Validator::new();
    validator.line("input.name", &region.name, 100);
    validator.required("input.name", &region.name);
    let fraction = rust_decimal::Decimal::ZERO..=rust_decimal::Decimal::ONE;
    if !fraction.contains(&region.tax_rate) || region.tax_rate.normalize().scale() > 6 {
        let message = "A tax rate must be a fraction from 0 to 1 with at most 6 decimals: 0.19 is 19%.";
        validator.add("input.taxRate", ErrorCode::Invalid, message);
    }
    if let Some(countries) = countries {
        let mut unique = countries.to_vec();
        unique.sort_unstable();
        unique.dedup();
        if countries.is_empty() {
            validator.add("input.countries", ErrorCode::Required, "A region must serve at least one country.");
        } else if unique.len() < countries.len() {
            validator.add("input.countries", ErrorCode::Invalid, "Specify each country only once.");
        }
    }
    validator.finish().map_err(RegionError::Invalid)
}
