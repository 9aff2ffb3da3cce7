//! How far a shop is set up: what a merchant has to do before it sells, in the order of `docs/your-shop.md`. It changes
//! nothing; the index of prices is filled if nobody needed it before.

use crate::db::{self, Conn};
use crate::domain::auth::Auth;
use crate::domain::catalog::Audience;
use crate::domain::fulfilment::Fulfilment;
use crate::domain::inventory::Inventory;
use crate::domain::pricing::Pricing;
use crate::domain::regions::{Channel, Region, Regions};
use crate::domain::search::{ProductQuery, Search};
use crate::kernel::ids::RegionId;

/// Looks at how far a shop is set up.
#[derive(Clone)]
pub struct Setup {
    pub(crate) auth: Auth,
    pub(crate) regions: Regions,
    pub(crate) inventory: Inventory,
    pub(crate) fulfilment: Fulfilment,
    pub(crate) pricing: Pricing,
    pub(crate) search: Search,
}

/// How far a shop is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct SetupState {
    /// The sales channel; `None` before the first start of the server.
    pub channel: Option<Channel>,
    /// Whether anybody can log in as staff.
    pub has_staff: bool,
    /// Every region, by name.
    pub regions: Vec<RegionState>,
    /// The names of the stock locations, in their order.
    pub locations: Vec<String>,
    /// How many products shoppers see.
    pub published: i64,
}

/// What shoppers find in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionState {
    /// The region.
    pub region: Region,
    /// How many shipping options are offered.
    pub shipping_options: usize,
    /// How many published products have a price there.
    pub priced: i64,
    /// How many of them can be bought: units of them are in stock, or not counted.
    pub available: i64,
}

impl SetupState {
    /// The default region of the sales channel.
    pub fn default_region(&self) -> Option<&Region> {
        let id: RegionId = self.channel.as_ref()?.default_region_id?;
        self.regions.iter().map(|state| &state.region).find(|region| region.id == id)
    }
}

impl Setup {
    /// How far the shop is set up now.
    pub async fn state(&self, conn: &Conn) -> db::Result<SetupState> {
        let all = self.regions.list(conn).await?;
        let ids: Vec<_> = all.iter().map(|region| region.id).collect();
        let options = self.fulfilment.options_of(conn, &ids, false).await?;
        let mut regions = Vec::with_capacity(all.len());
        for region in all {
            let mut query = ProductQuery::all(Audience::Shoppers);
            query.prices_for = Some(self.pricing.context(conn, &region.buyer(None)).await?);
            query.filter.price_min = Some(rust_decimal::Decimal::ZERO.into());
            let priced = self.search.count_products(conn, &query).await?;
            query.filter.available = Some(true);
            let available = self.search.count_products(conn, &query).await?;
            let shipping_options = options.iter().filter(|option| option.region_id == region.id).count();
            regions.push(RegionState { region, shipping_options, priced, available });
        }
        let locations = self.inventory.locations(conn).await?;
        Ok(SetupState {
            channel: self.regions.first_channel(conn).await?,
            has_staff: self.auth.has_staff(conn).await?,
            regions,
            locations: locations.into_iter().map(|location| location.name).collect(),
            published: self.search.count_products(conn, &ProductQuery::all(Audience::Shoppers)).await?,
        })
    }
}
