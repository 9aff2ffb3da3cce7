//! The setup status of a shop: what a merchant must do before it sells, in the order of `docs/your-shop.md`. It changes
//! nothing, except that the price index is built if nothing has needed it before.

use crate::db::{self, Conn};
use crate::domain::auth::Auth;
use crate::domain::catalog::Audience;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::inventory::Inventory;
use crate::domain::pricing::Pricing;
use crate::domain::regions::{Channel, Region, Regions};
use crate::domain::search::{ProductQuery, Search};
use crate::kernel::ids::RegionId;

/// Reports the setup status of a shop.
#[derive(Clone)]
pub struct Setup {
    pub(crate) auth: Auth,
    pub(crate) regions: Regions,
    pub(crate) inventory: Inventory,
    pub(crate) fulfillment: Fulfillment,
    pub(crate) pricing: Pricing,
    pub(crate) search: Search,
}

/// The setup status of a shop.
#[derive(Clone, Debug, PartialEq)]
pub struct SetupState {
    /// The sales channel; `None` before the first start of the server.
    pub channel: Option<Channel>,
    /// Whether there is a staff user who can log in.
    pub has_staff: bool,
    /// All regions, by name.
    pub regions: Vec<RegionState>,
    /// The names of the stock locations, in order.
    pub locations: Vec<String>,
    /// The number of published products.
    pub published: i64,
}

/// The setup status of a region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionState {
    /// The region.
    pub region: Region,
    /// The number of enabled shipping options.
    pub shipping_options: usize,
    /// The number of published products with a price in the region.
    pub priced: i64,
    /// The number of those that can be bought: in stock, or with untracked stock.
    pub available: i64,
}

impl SetupState {
    /// Returns the default region of the sales channel.
    pub fn default_region(&self) -> Option<&Region> {
        let id: RegionId = self.channel.as_ref()?.default_region_id?;
        self.regions.iter().map(|state| &state.region).find(|region| region.id == id)
    }
}

impl Setup {
    /// Returns the current setup status.
    pub async fn state(&self, conn: &Conn) -> db::Result<SetupState> {
        let all = self.regions.list(conn).await?;
        let ids: Vec<_> = all.iter().map(|region| region.id).collect();
        let options = self.fulfillment.options_of(conn, &ids, false).await?;
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
