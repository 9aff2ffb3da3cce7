//! The demo shop, which `cargo run` shows before a shop is set up.
//!
//! # Decisions
//! - The sales channel is created last, and [`Demo::is_pending`] looks for one: an existing shop is never touched, and
//!   interrupted loading can be resumed, because every earlier step finds what exists.
//! - The products go through the importer, so that the demo shop and an imported one are the same.

mod offers;

use rust_decimal::Decimal;

use crate::db::{self, Db};
use crate::domain::catalog::{Catalog, CatalogError};
use crate::domain::fulfillment::{CreateShippingOption, Fulfillment, FulfillmentError};
use crate::domain::inventory::{CreateLocation, Inventory, InventoryError};
use crate::domain::pricing::{Pricing, PricingError};
use crate::domain::promotions::{PromotionError, Promotions};
use crate::domain::regions::{
    Channel, CreateChannel, CreateRegion, Region, RegionError, Regions, ShippingTax, TaxRounding,
};
use crate::domain::tax::{TaxError, Taxes};
use crate::kernel::country::UnknownCountry;
use crate::kernel::error::UserError;
use crate::kernel::ids::RegionId;
use crate::kernel::money::UnknownCurrency;
use crate::workflows::import::{ImportError, ImportReport, Importer};

/// The products, as Shopify would export them; their images are in `images/`.
const PRODUCTS: &[u8] = include_bytes!("products.csv");
/// The currency of `Variant Price` in it.
const CURRENCY: &str = "EUR";
/// The name of the sales channel.
const CHANNEL: &str = "Online store";
/// The first location gets the stock: a new database already has it.
const LOCATIONS: [&str; 2] = ["Main warehouse", "Shop floor"];

/// A region of the demo shop.
struct DemoRegion {
    name: &'static str,
    currency: &'static str,
    countries: &'static str,
    tax_rate: Decimal,
    prices_include_tax: bool,
    shipping: [(&'static str, &'static str, Decimal); 2],
}

/// The regions, the default one first.
fn demo_regions() -> [DemoRegion; 2] {
    let cents = |cents| Decimal::new(cents, 2);
    [
        DemoRegion {
            name: "Europe",
            currency: CURRENCY,
            countries: "AT BE CZ DE DK EE ES FI FR GR HR IE IT LT LU LV NL PL PT SE SI SK",
            tax_rate: Decimal::new(19, 2),
            prices_include_tax: true,
            shipping: [
                ("Standard", "Two to four working days", cents(490)),
                ("Express", "The next working day", cents(1290)),
            ],
        },
        DemoRegion {
            name: "United States",
            currency: "USD",
            countries: "US",
            tax_rate: Decimal::new(8_875, 5),
            prices_include_tax: false,
            shipping: [
                ("Ground", "Three to six working days", cents(595)),
                ("Express", "Two working days", cents(1995)),
            ],
        },
    ]
}

/// Sets up the demo shop.
#[derive(Clone)]
pub struct Demo {
    db: Db,
    regions: Regions,
    inventory: Inventory,
    fulfillment: Fulfillment,
    importer: Importer,
    catalog: Catalog,
    pricing: Pricing,
    promotions: Promotions,
    taxes: Taxes,
}

/// The services that set up the demo shop.
pub struct DemoParts {
    /// Regions and the sales channel.
    pub regions: Regions,
    /// Locations.
    pub inventory: Inventory,
    /// Shipping options.
    pub fulfillment: Fulfillment,
    /// Products.
    pub importer: Importer,
    /// Tax classes.
    pub catalog: Catalog,
    /// The sale and the quantity discount.
    pub pricing: Pricing,
    /// Promotions.
    pub promotions: Promotions,
    /// Taxes.
    pub taxes: Taxes,
}

impl From<UserError> for DemoError {
    fn from(problem: UserError) -> Self {
        Self::List(problem)
    }
}

/// Why the demo shop could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// An error of a region or the channel.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// An error of a location.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// An error of a shipping option.
    #[error(transparent)]
    Fulfillment(#[from] FulfillmentError),
    /// An error of the product import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// An error of a product's tax class.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A pricing error.
    #[error(transparent)]
    Pricing(#[from] PricingError),
    /// An error of a promotion.
    #[error(transparent)]
    Promotion(#[from] PromotionError),
    /// An error of a tax.
    #[error(transparent)]
    Tax(#[from] TaxError),
    /// A list could not be read.
    #[error("{}", .0.message)]
    List(UserError),
    /// The demo has an unknown country.
    #[error(transparent)]
    Country(#[from] UnknownCountry),
    /// The demo has an unknown currency.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl Demo {
    /// Creates the workflow over these domains.
    pub fn new(db: Db, parts: DemoParts) -> Self {
        let DemoParts { regions, inventory, fulfillment, importer, catalog, pricing, promotions, taxes } = parts;
        Self { db, regions, inventory, fulfillment, importer, catalog, pricing, promotions, taxes }
    }

    /// Returns whether the shop has not been set up: it has no sales channel.
    pub async fn is_pending(&self) -> Result<bool, DemoError> {
        let conn = self.db.conn().await?;
        Ok(self.regions.first_channel(&conn).await?.is_none())
    }

    /// Sets up the demo shop and returns its sales channel, with a report on the products.
    pub async fn load(&self) -> Result<(Channel, ImportReport), DemoError> {
        self.add_locations().await?;
        let mut default_region_id = None;
        for wanted in demo_regions() {
            let region = self.region(&wanted).await?;
            self.add_shipping(region, &wanted).await?;
            default_region_id = default_region_id.or(Some(region));
        }
        let report = self.importer.shopify(PRODUCTS, CURRENCY.parse()?, |_| ()).await?;
        self.add_offers().await?;
        let channel = CreateChannel { name: CHANNEL.to_owned(), default_region_id };
        Ok((self.regions.create_channel(channel).await?, report))
    }

    /// Sets up a shop without the demo: only a sales channel, which is required for selling. Regions, shipping and
    /// products are up to the merchant.
    pub async fn skip(&self) -> Result<Channel, DemoError> {
        let channel = CreateChannel { name: CHANNEL.to_owned(), default_region_id: None };
        Ok(self.regions.create_channel(channel).await?)
    }

    async fn add_locations(&self) -> Result<(), DemoError> {
        let known = {
            let conn = self.db.conn().await?;
            self.inventory.locations(&conn).await?
        };
        for name in LOCATIONS {
            if known.iter().all(|location| location.name != name) {
                self.inventory.create_location(CreateLocation { name: name.to_owned() }).await?;
            }
        }
        Ok(())
    }

    async fn region(&self, wanted: &DemoRegion) -> Result<RegionId, DemoError> {
        let known: Vec<Region> = {
            let conn = self.db.conn().await?;
            self.regions.list(&conn).await?
        };
        if let Some(region) = known.iter().find(|region| region.name == wanted.name) {
            return Ok(region.id);
        }
        let command = CreateRegion {
            name: wanted.name.to_owned(),
            currency: wanted.currency.parse()?,
            countries: wanted.countries.split(' ').map(str::parse).collect::<Result<_, _>>()?,
            tax_rate: wanted.tax_rate.into(),
            prices_include_tax: wanted.prices_include_tax,
            tax_rounding: TaxRounding::Line,
            shipping_tax: ShippingTax::Own,
        };
        Ok(self.regions.create(command).await?.id)
    }

    async fn add_shipping(&self, region_id: RegionId, wanted: &DemoRegion) -> Result<(), DemoError> {
        let known = {
            let conn = self.db.conn().await?;
            self.fulfillment.options_of(&conn, &[region_id], true).await?
        };
        for (name, description, amount) in wanted.shipping {
            if known.iter().all(|option| option.name != name) {
                let (name, description) = (name.to_owned(), description.to_owned());
                let (amount, tax_class_id) = (amount.into(), None);
                let command = CreateShippingOption { region_id, name, description, amount, tax_class_id };
                self.fulfillment.create_option(command).await?;
            }
        }
        Ok(())
    }
}
