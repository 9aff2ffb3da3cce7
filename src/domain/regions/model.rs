//! The words of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::{regions, sales_channels};
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, RegionId};
use crate::kernel::money::Currency;
use crate::kernel::words;

words! {
    /// How tax is rounded: rule A4.
    TaxRounding {
        /// On each line. The default.
        Line = "LINE",
        /// On the sum for each tax rate over the whole order.
        Order = "ORDER",
    }
}

words! {
    /// How shipping is taxed: rule A13.
    ShippingTax {
        /// At the rates of its own tax class. The default.
        Own = "OWN",
        /// At the average rate of the shipped lines, weighted by their net amounts.
        Weighted = "WEIGHTED",
    }
}

words! {
    /// How the stock of an order is allocated to locations.
    StockAllocation {
        /// From one location that has everything, otherwise from as few as possible, lower positions first: rule E7.
        /// The default.
        FewestLocations = "FEWEST_LOCATIONS",
        /// As much as possible from the location with the lowest position, then from the next one: rule E6.
        Priority = "PRIORITY",
    }
}

/// A market: a currency, countries, and how tax is shown there.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = regions)]
pub struct Region {
    /// Id.
    pub id: RegionId,
    /// Name, for people.
    pub name: String,
    /// The currency of every price and total here.
    pub currency: Currency,
    /// The rate of tax as a fraction: 0.19 is 19 %.
    pub tax_rate: Decimal,
    /// Whether prices shown here include tax.
    pub prices_include_tax: bool,
    /// Where tax is rounded.
    pub tax_rounding: TaxRounding,
    /// How shipping is taxed.
    pub shipping_tax: ShippingTax,
    /// Counts the changes.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Region {
    /// Somebody of whom no more is known than that they buy here, and in which country.
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

/// A place where the shop sells: a web shop, an app, a marketplace.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sales_channels)]
pub struct Channel {
    /// Id.
    pub id: ChannelId,
    /// Name, for people.
    pub name: String,
    /// The key that its front ends send as `X-Publishable-Key`. It is no secret.
    pub publishable_key: String,
    /// The region of shoppers who have not said where they are.
    pub default_region_id: Option<RegionId>,
    /// The newest order's number.
    pub last_order_number: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// From which locations its orders take what they need.
    pub stock_allocation: StockAllocation,
    /// Whether its carts may keep units for a while before they are bought.
    pub cart_holds: bool,
}
