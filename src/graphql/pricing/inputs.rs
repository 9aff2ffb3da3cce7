use async_graphql::{InputObject, MaybeUndefined};

use crate::domain::pricing::{
    ListRules, NewPriceList, PriceListChanges, PriceListFilter, PriceListKind, PriceListStatus, PriceRow, PriceRules,
};
use crate::graphql::scalars::Decimal;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, CustomerGroupId, RegionId, VariantId};
use crate::kernel::money::Currency;

/// A filter for price lists. Omitted fields do not restrict the list.
#[derive(InputObject, Default)]
pub struct PriceListFilterInput {
    /// Only price lists of this kind.
    kind: Option<PriceListKind>,
    /// Only price lists with this status.
    status: Option<PriceListStatus>,
}

impl From<PriceListFilterInput> for PriceListFilter {
    fn from(input: PriceListFilterInput) -> Self {
        Self { kind: input.kind, status: input.status }
    }
}

/// The buyer, as far as prices depend on it.
#[derive(InputObject)]
pub struct BuyingContextInput {
    /// The id of the region. Defaults to the region of the request.
    pub(super) region_id: Option<RegionId>,
    /// The country; if omitted, it is unknown.
    pub(super) country: Option<Country>,
    /// The ids of the customer's groups.
    #[graphql(default)]
    pub(super) customer_group_ids: Vec<CustomerGroupId>,
    /// The id of the sales channel. Defaults to the sales channel of the request.
    pub(super) channel_id: Option<ChannelId>,
    /// The number of units that are bought together.
    #[graphql(default = 1)]
    pub(super) quantity: i32,
}

impl Default for BuyingContextInput {
    fn default() -> Self {
        Self { region_id: None, country: None, customer_group_ids: Vec::new(), channel_id: None, quantity: 1 }
    }
}

/// A price list to create.
#[derive(InputObject)]
pub struct PriceListCreateInput {
    /// Name, unique: at most 100 characters. Shoppers may see it.
    name: String,
    /// Description, for staff: at most 1,000 characters.
    #[graphql(default)]
    description: String,
    /// How it affects other prices; it cannot be changed later.
    kind: PriceListKind,
    /// Time at which it starts (UTC). If omitted, it starts when it is activated.
    starts_at: Option<Timestamp>,
    /// Time from which it is no longer valid (UTC). If omitted, it has no end.
    ends_at: Option<Timestamp>,
    /// Only for buyers in one of these regions; empty means all regions.
    #[graphql(default)]
    region_ids: Vec<RegionId>,
    /// Only for buyers in one of these countries; empty means all countries.
    #[graphql(default)]
    countries: Vec<Country>,
    /// Only for customers in one of these groups; empty means everyone.
    #[graphql(default)]
    customer_group_ids: Vec<CustomerGroupId>,
    /// Only for buyers in one of these sales channels; empty means all sales channels.
    #[graphql(default)]
    channel_ids: Vec<ChannelId>,
}

impl From<PriceListCreateInput> for NewPriceList {
    fn from(input: PriceListCreateInput) -> Self {
        Self {
            name: input.name,
            description: input.description,
            kind: input.kind,
            starts_at: input.starts_at.map(within_years),
            ends_at: input.ends_at.map(within_years),
            rules: ListRules {
                region_ids: input.region_ids,
                countries: input.countries,
                customer_group_ids: input.customer_group_ids,
                channel_ids: input.channel_ids,
            },
        }
    }
}

/// The changes to a price list. Omitted fields keep their values.
#[derive(InputObject)]
pub struct PriceListUpdateInput {
    /// Name.
    name: Option<String>,
    /// Description, for staff.
    description: Option<String>,
    /// Time at which it starts (UTC); null means when it is activated.
    starts_at: MaybeUndefined<Timestamp>,
    /// Time from which it is no longer valid (UTC); null means that it has no end.
    ends_at: MaybeUndefined<Timestamp>,
    /// The regions it is for; the list replaces the current regions.
    region_ids: Option<Vec<RegionId>>,
    /// The countries it is for; the list replaces the current countries.
    countries: Option<Vec<Country>>,
    /// The customer groups it is for; the list replaces the current groups.
    customer_group_ids: Option<Vec<CustomerGroupId>>,
    /// The sales channels it is for; the list replaces the current sales channels.
    channel_ids: Option<Vec<ChannelId>>,
}

impl From<PriceListUpdateInput> for PriceListChanges {
    fn from(input: PriceListUpdateInput) -> Self {
        Self {
            name: input.name,
            description: input.description,
            starts_at: moment(input.starts_at),
            ends_at: moment(input.ends_at),
            region_ids: input.region_ids,
            countries: input.countries,
            customer_group_ids: input.customer_group_ids,
            channel_ids: input.channel_ids,
        }
    }
}

/// `None`: leave it; `Some(None)`: take it away; `Some(Some(_))`: set it.
fn moment(value: MaybeUndefined<Timestamp>) -> Option<Option<Timestamp>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(within_years(value))),
    }
}

/// A price of a price list.
#[derive(InputObject)]
pub struct PriceListPriceInput {
    /// The id of the variant.
    variant_id: VariantId,
    /// The currency.
    currency_code: Currency,
    /// The price of one unit, in major units.
    amount: Decimal,
    /// The minimum quantity. A row replaces the price of the list with the same variant, currency, buyer rules and
    /// `minQuantity`.
    #[graphql(default = 1)]
    min_quantity: i32,
    /// The maximum quantity, inclusive; null means no maximum.
    max_quantity: Option<i32>,
    /// Only for buyers in this region.
    region_id: Option<RegionId>,
    /// Only for buyers in this country.
    country: Option<Country>,
    /// Only for customers in this group.
    customer_group_id: Option<CustomerGroupId>,
    /// Only for buyers in this sales channel.
    channel_id: Option<ChannelId>,
}

impl From<PriceListPriceInput> for PriceRow {
    fn from(input: PriceListPriceInput) -> Self {
        Self {
            variant_id: input.variant_id,
            currency: input.currency_code,
            amount: Some(input.amount.0),
            compare_at: None,
            min_quantity: input.min_quantity,
            max_quantity: input.max_quantity,
            rules: PriceRules {
                region_id: input.region_id,
                country: input.country,
                customer_group_id: input.customer_group_id,
                channel_id: input.channel_id,
            },
        }
    }
}
