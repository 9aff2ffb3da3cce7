//! Making, changing and deleting regions.

use rust_decimal::Decimal;
use serde_json::json;

use super::model::{Region, ShippingTax, TaxRounding};
use super::{RegionError, Regions, repo};
use crate::db::Conn;
use crate::kernel::country::Country;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{RegionId, distinct};
use crate::kernel::money::Currency;
use crate::kernel::text::Checks;

/// A region to make.
#[derive(Clone, Debug)]
pub struct NewRegion {
    /// Name, for people.
    pub name: String,
    /// Its currency, for good.
    pub currency: Currency,
    /// The countries that it serves: at least one.
    pub countries: Vec<Country>,
    /// The rate of tax as a fraction.
    pub tax_rate: Decimal,
    /// Whether prices shown here include tax.
    pub prices_include_tax: bool,
    /// Where tax is rounded.
    pub tax_rounding: TaxRounding,
    /// How shipping is taxed.
    pub shipping_tax: ShippingTax,
}

/// What to change of a region; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default)]
pub struct RegionChanges {
    /// Name, for people.
    pub name: Option<String>,
    /// The countries that it serves, all of them.
    pub countries: Option<Vec<Country>>,
    /// The rate of tax as a fraction.
    pub tax_rate: Option<Decimal>,
    /// Whether prices shown here include tax.
    pub prices_include_tax: Option<bool>,
    /// Where tax is rounded.
    pub tax_rounding: Option<TaxRounding>,
    /// How shipping is taxed.
    pub shipping_tax: Option<ShippingTax>,
}

impl Regions {
    /// Creates a region. The first one becomes the default region of the sales channels.
    pub async fn create(&self, new: NewRegion) -> Result<Region, RegionError> {
        let now = self.clock.now();
        let region = Region {
            id: RegionId::new(),
            name: new.name,
            currency: new.currency,
            tax_rate: new.tax_rate,
            prices_include_tax: new.prices_include_tax,
            tax_rounding: new.tax_rounding,
            shipping_tax: new.shipping_tax,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        check(&region, Some(&new.countries))?;
        let tx = self.db.begin().await?;
        repo::insert(&tx, &region).await?;
        serve(&tx, region.id, &new.countries).await?;
        self.adopt_first_in(&tx, &region).await?;
        tx.commit().await?;
        Ok(region)
    }

    /// Changes a region. Carts show the change when they are next changed or completed.
    pub async fn update(&self, id: RegionId, changes: RegionChanges) -> Result<Region, RegionError> {
        let tx = self.db.begin().await?;
        let mut region = repo::lock(&tx, id).await?.ok_or(RegionError::NotFound)?;
        region.name = changes.name.unwrap_or(region.name);
        region.tax_rate = changes.tax_rate.unwrap_or(region.tax_rate);
        region.prices_include_tax = changes.prices_include_tax.unwrap_or(region.prices_include_tax);
        region.tax_rounding = changes.tax_rounding.unwrap_or(region.tax_rounding);
        region.shipping_tax = changes.shipping_tax.unwrap_or(region.shipping_tax);
        region.version += 1;
        region.updated_at = self.clock.now();
        check(&region, changes.countries.as_deref())?;
        repo::update(&tx, &region).await?;
        if let Some(countries) = &changes.countries {
            serve(&tx, id, countries).await?;
        }
        tx.commit().await?;
        Ok(region)
    }

    /// Deletes regions that nothing uses, all of them or none.
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

/// Says which countries a region serves. The check names the region that is in the way; the database refuses what another
/// transaction takes at the same time.
async fn serve(conn: &Conn, id: RegionId, countries: &[Country]) -> Result<(), RegionError> {
    let taken = repo::served_by_others(conn, id, countries).await?;
    if !taken.is_empty() {
        let problems = taken.iter().map(|(country, region)| {
            let message = format!("{} is served by the region \"{}\" already.", country.name(), region.name);
            let details = json!({ "country": country, "regionId": region.id, "regionName": region.name });
            Problem::new(ErrorCode::Taken, message).at("input.countries").with(details)
        });
        return Err(RegionError::Invalid(problems.collect()));
    }
    Ok(repo::set_countries(conn, id, countries).await?)
}

fn check(region: &Region, countries: Option<&[Country]>) -> Result<(), RegionError> {
    let mut checks = Checks::new();
    checks.line("input.name", &region.name, 100);
    checks.required("input.name", &region.name);
    if region.tax_rate < Decimal::ZERO || region.tax_rate > Decimal::ONE || region.tax_rate.normalize().scale() > 6 {
        let message = "A tax rate must be a fraction from 0 to 1 with at most 6 decimals: 0.19 is 19%.";
        checks.add("input.taxRate", ErrorCode::Invalid, message);
    }
    if let Some(countries) = countries {
        let mut unique = countries.to_vec();
        unique.sort_unstable();
        unique.dedup();
        if countries.is_empty() {
            checks.add("input.countries", ErrorCode::Required, "A region must serve at least one country.");
        } else if unique.len() < countries.len() {
            checks.add("input.countries", ErrorCode::Invalid, "Specify each country only once.");
        }
    }
    checks.finish().map_err(RegionError::Invalid)
}
