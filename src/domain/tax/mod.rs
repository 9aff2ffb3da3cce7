//! Tax: which rates apply where, to what and when; how an amount splits into net, taxes and gross; and the optional tax
//! provider.
//!
//! # Decisions
//! - A place is taxed by every tax region that contains it: a country, a province, a list of postal codes. Their rates
//!   add up, unless a narrower tax region overrides the wider ones, as for places outside a country's tax territory.
//! - A place that no tax region contains is taxed at its region's rate, so that a small shop needs no tax regions.
//! - A failing provider never prevents a sale: the shop's own rates are used instead, and a warning is logged.

mod classes;
mod compute;
#[cfg(feature = "testing")]
pub mod contract;
mod error;
mod model;
mod postcodes;
mod preview;
pub mod provider;
mod quote;
mod rates;
mod regions;
mod repo;
mod select;

use std::sync::Arc;
use std::time::Duration;

pub use classes::{CreateTaxClass, UpdateTaxClass};
pub use compute::{Split, Taxable, Taxed, combined_rate, split};
pub use error::TaxError;
pub use model::{AppliedRate, AppliedRates, TaxClass, TaxPlace, TaxRate, TaxRegion};
pub use postcodes::{BadPattern, Postcodes};
pub use preview::{Preview, PreviewLine, PreviewTaxes};
pub use rates::{CreateTaxRate, UpdateTaxRate};
pub use regions::{CreateTaxRegion, UpdateTaxRegion};

use self::provider::TaxProvider;
use crate::db::{self, Conn, Db};
use crate::domain::regions::Regions;
use crate::kernel::clock::{SharedClock, Timestamp};
use crate::kernel::country::Country;
use crate::kernel::ids::TaxClassId;
use crate::kernel::page::{Page, PageRequest};

/// The tax provider and its timeout.
pub type ConfiguredProvider = (Arc<dyn TaxProvider>, Duration);

/// Taxes.
#[derive(Clone)]
pub struct Taxes {
    db: Db,
    clock: SharedClock,
    regions: Regions,
    provider: Option<ConfiguredProvider>,
}

impl Taxes {
    /// Creates the facade for this database. Without a provider, taxes come from the shop's own tax regions.
    pub fn new(db: Db, clock: SharedClock, regions: Regions, provider: Option<ConfiguredProvider>) -> Self {
        Self { db, clock, regions, provider }
    }

    /// Returns a page of tax regions, by name: of one country, or of all.
    pub async fn list_tax_regions(
        &self,
        conn: &Conn,
        country: Option<Country>,
        paging: &PageRequest,
    ) -> Result<Page<TaxRegion>, TaxError> {
        let rows = repo::list_tax_regions(conn, country, paging, paging.key()?).await?;
        Ok(paging.page(rows, |row| (row.name.clone(), row.id.0)))
    }

    /// Returns the rates that apply at a place and time to each of these classes (`None` is no class), in the order of
    /// application; `None` if no tax region contains the place: the region's rate applies then.
    pub async fn rates(
        &self,
        conn: &Conn,
        place: &TaxPlace,
        classes: &[Option<TaxClassId>],
        at: Timestamp,
    ) -> db::Result<Option<Vec<Vec<AppliedRate>>>> {
        let known = repo::of_country(conn, place.country).await?;
        let regions = select::applicable_regions(&known, place);
        Ok(regions.map(|regions| classes.iter().map(|class| regions.rates(*class, at)).collect()))
    }

    /// The name of the tax provider, if there is one.
    pub fn provider_name(&self) -> Option<&str> {
        self.provider.as_ref().map(|(provider, _)| provider.name())
    }
}
