//! The types of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::{regions, sales_channels};
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, RegionId};
use crate::kernel::money::Currency;
use crate::kernel::string_enum;

string_enum! {
    /// How tax is rounded: rule A4.
    TaxRounding {
        /// On each line. The default.
        Line = "LINE",
        /// On the sum for each tax rate over the whole order.
        Order = "ORDER",
    }
}

string_enum! {
    /// How shipping is taxed: rule A13.
    ShippingTax {
        /// At the rates of its own tax class. The default.
        Own = "OWN",
        /// At the average rate of the shipped lines, weighted by their net amounts.
        Weighted = "WEIGHTED",
    }
}

string_enum! {
    /// How the stock of an order is allocated to locations.
    StockAllocation {
        /// From one location that has everything, otherwise from as few as possible, lower positions first: rule E7.
        /// The default.
        FewestLocations = "FEWEST_LOCATIONS",
        /// As much as possible from the location with the lowest position, then from the next one: rule E6.
        Priority = "PRIORITY",
    }
}

/// A market: a currency, countries and tax settings.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = regions)]
pub struct Region {
    /// The id.
    pub id: RegionId,
    /// The human-readable name.
    pub name: String,
    /// The currency of all prices and totals.
    pub currency: Currency,
    /// The tax rate as a fraction: 0.19 is 19%.
    pub tax_rate: Decimal,
    /// Whether prices include tax.
    pub prices_include_tax: bool,
    /// The level at which tax is rounded.
    pub tax_rounding: TaxRounding,
    /// How shipping is taxed.
    pub shipping_tax: ShippingTax,
    /// The version, incremented by each change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
}

impl Region {
    /// Returns a buyer of whom only the region and the country are known.
    pub const fn buyer(&self, country: Option<Country>) -> Buyer {
        Buyer {
            region_id: self.id,
            currency: self.currency,
            prices_include_tax: self.prices_include_tax,
            tax_rate: self.tax_rate,
            country,
            channel_id: None,
            groups: Vec::new(),
        }
    }
}

/// A sales channel: a web shop, an app, a marketplace.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sales_channels)]
pub struct Channel {
    /// The id.
    pub id: ChannelId,
    /// The human-readable name.
    pub name: String,
    /// The key that its storefronts send as `X-Publishable-Key`. It is not secret.
    pub publishable_key: String,
    /// The default region of shoppers whose location is unknown.
    pub default_region_id: Option<RegionId>,
    /// The number of the latest order.
    pub last_order_number: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// How the stock of its orders is allocated to locations.
    pub stock_allocation: StockAllocation,
    /// Whether its carts can temporarily reserve stock.
    pub cart_holds: bool,
}
