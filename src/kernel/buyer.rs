//! The buyer, as far as prices and promotions depend on it.

use rust_decimal::Decimal;

use super::country::Country;
use super::ids::{ChannelId, CustomerGroupId, RegionId};
use super::money::Currency;

/// A shopper's market, country, channel and groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// The market.
    pub region_id: RegionId,
    /// The market's currency.
    pub currency: Currency,
    /// Whether the market shows prices with tax included.
    pub prices_include_tax: bool,
    /// The market's own tax rate as a fraction, used to compare prices with and without tax.
    pub tax_rate: Decimal,
    /// The country, if known.
    pub country: Option<Country>,
    /// The sales channel, if known.
    pub channel_id: Option<ChannelId>,
    /// The customer's groups.
    pub groups: Vec<CustomerGroupId>,
}
