//! Who buys, as far as prices and promotions depend on it.

use rust_decimal::Decimal;

use super::country::Country;
use super::ids::{ChannelId, CustomerGroupId, RegionId};
use super::money::Currency;

/// A shopper's market, place, channel and groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// The market.
    pub region_id: RegionId,
    /// The market's currency.
    pub currency: Currency,
    /// Whether prices are shown with tax in that market.
    pub prices_include_tax: bool,
    /// The market's own rate of tax as a fraction, by which prices with and without tax are compared.
    pub tax_rate: Decimal,
    /// Where they are, when that is known.
    pub country: Option<Country>,
    /// Through which sales channel, when that is known.
    pub channel_id: Option<ChannelId>,
    /// The customer's groups.
    pub groups: Vec<CustomerGroupId>,
}
