//! Tax: who levies which taxes where, on what and since when; how an amount splits into net, taxes and gross; and
//! whom the shop asks instead when it has a tax provider.
//!
//! # Decisions
//! - A place is taxed by every jurisdiction that it lies in: a country, a province, a list of postcodes. Their rates add
//!   up, unless a narrower jurisdiction replaces the wider ones, as in places outside of a country's tax territory.
//! - A place that no jurisdiction contains is taxed by its region's rate, so that a small shop needs no jurisdictions.
//! - A provider that fails never stops a sale: the rates here are used instead, and the log says so.

mod classes;
mod compute;
mod error;
mod jurisdictions;
mod model;
mod postcodes;
mod preview;
pub mod provider;
mod quote;
mod rates;
mod repo;
mod select;

use std::sync::Arc;
use std::time::Duration;

pub use classes::{CreateTaxClass, UpdateTaxClass};
pub use compute::{Split, Taxable, Taxed, combined_rate, split};
pub use error::TaxError;
pub use jurisdictions::{CreateTaxJurisdiction, UpdateTaxJurisdiction};
pub use model::{AppliedRate, AppliedRates, TaxClass, TaxJurisdiction, TaxPlace, TaxRate};
pub use postcodes::{BadPattern, Postcodes};
pub use preview::{Preview, PreviewLine, PreviewTaxes};
pub use rates::{CreateTaxRate, UpdateTaxRate};

use self::provider::TaxProvider;
use crate::db::{self, Conn, Db};
use crate::domain::regions::Regions;
use crate::kernel::clock::{SharedClock, Timestamp};
use crate::kernel::country::Country;
use crate::kernel::ids::TaxClassId;
use crate::kernel::page::{Page, Window};

/// Who is asked for taxes instead, and how long an answer is waited for.
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
    /// The facade over this database. Without a provider, taxes come from the shop's own jurisdictions.
    pub fn new(db: Db, clock: SharedClock, regions: Regions, provider: Option<ConfiguredProvider>) -> Self {
        Self { db, clock, regions, provider }
    }

    /// A page of the jurisdictions, by name: of one country, or of all.
    pub async fn list_jurisdictions(
        &self,
        conn: &Conn,
        country: Option<Country>,
        window: &Window,
    ) -> Result<Page<TaxJurisdiction>, TaxError> {
        let rows = repo::list_jurisdictions(conn, country, window, window.key()?).await?;
        Ok(window.page(rows, |row| (row.name.clone(), row.id.0)))
    }

    /// The rates that hold at a place and a moment for each of these classes (`None` is what has no class), in the
    /// order in which they are levied. `None` when no jurisdiction contains the place: then the region's rate holds.
    pub async fn rates(
        &self,
        conn: &Conn,
        place: &TaxPlace,
        classes: &[Option<TaxClassId>],
        at: Timestamp,
    ) -> db::Result<Option<Vec<Vec<AppliedRate>>>> {
        let known = repo::of_country(conn, place.country).await?;
        let around = select::around(&known, place);
        Ok(around.map(|around| classes.iter().map(|class| around.rates(*class, at)).collect()))
    }

    /// The name of the provider that is asked for taxes; `None` when there is none.
    pub fn provider_name(&self) -> Option<&str> {
        self.provider.as_ref().map(|(provider, _)| provider.name())
    }
}
