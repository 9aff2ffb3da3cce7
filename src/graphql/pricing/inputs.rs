use async_graphql::{InputObject, MaybeUndefined};

use crate::domain::pricing::{
    ListRules, NewPriceList, PriceListChanges, PriceListFilter, PriceListKind, PriceListStatus, PriceRow, PriceRules,
};
use crate::graphql::scalars::Decimal;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, CustomerGroupId, RegionId, VariantId};
use crate::kernel::money::Currency;

/// Which price lists to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct PriceListFilterInput {
    /// Of this kind.
    kind: Option<PriceListKind>,
    /// In this state.
    status: Option<PriceListStatus>,
}

impl From<PriceListFilterInput> for PriceListFilter {
    fn from(input: PriceListFilterInput) -> Self {
        Self { kind: input.kind, status: input.status }
    }
}

/// Who buys, as far as prices depend on it.
#[derive(InputObject)]
pub struct BuyingContextInput {
    /// The region; left out, the request's.
    pub(super) region_id: Option<RegionId>,
    /// The country; left out, it is not known.
    pub(super) country: Option<Country>,
    /// The customer's groups.
    #[graphql(default)]
    pub(super) customer_group_ids: Vec<CustomerGroupId>,
    /// The sales channel; left out, the request's.
    pub(super) channel_id: Option<ChannelId>,
    /// How many units are bought at once.
    #[graphql(default = 1)]
    pub(super) quantity: i32,
}

impl Default for BuyingContextInput {
    fn default() -> Self {
        Self { region_id: None, country: None, customer_group_ids: Vec::new(), channel_id: None, quantity: 1 }
    }
}

/// A price list to make.
#[derive(InputObject)]
pub struct PriceListCreateInput {
    /// Name, unique: at most 100 characters. Shoppers may see it.
    name: String,
    /// What it is for, for staff: at most 1,000 characters.
    #[graphql(default)]
    description: String,
    /// What it does to the prices that are there without it, for good.
    kind: PriceListKind,
    /// When it begins; left out, as soon as it is active.
    starts_at: Option<Timestamp>,
    /// When it ends: from this moment on it is over. Left out, never.
    ends_at: Option<Timestamp>,
    /// Only for who buys in one of these regions; empty means in any.
    #[graphql(default)]
    region_ids: Vec<RegionId>,
    /// Only for who is in one of these countries; empty means in any.
    #[graphql(default)]
    countries: Vec<Country>,
    /// Only for customers in one of these groups; empty means for everybody.
    #[graphql(default)]
    customer_group_ids: Vec<CustomerGroupId>,
    /// Only for who buys through one of these sales channels; empty means through any.
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

/// What to change of a price list; what is left out stays.
#[derive(InputObject)]
pub struct PriceListUpdateInput {
    /// Name.
    name: Option<String>,
    /// What it is for, for staff.
    description: Option<String>,
    /// When it begins; null means as soon as it is active.
    starts_at: MaybeUndefined<Timestamp>,
    /// When it ends; null means never.
    ends_at: MaybeUndefined<Timestamp>,
    /// The regions that it is for, all of them.
    region_ids: Option<Vec<RegionId>>,
    /// The countries that it is for, all of them.
    countries: Option<Vec<Country>>,
    /// The groups that it is for, all of them.
    customer_group_ids: Option<Vec<CustomerGroupId>>,
    /// The sales channels that it is for, all of them.
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

/// A price of a list.
#[derive(InputObject)]
pub struct PriceListPriceInput {
    /// Of which variant.
    variant_id: VariantId,
    /// In which currency.
    currency_code: Currency,
    /// The price of one unit.
    amount: Decimal,
    /// From so many units on. A row takes the place of the list's price that has the same variant, currency, buyers and
    /// `minQuantity`.
    #[graphql(default = 1)]
    min_quantity: i32,
    /// Up to so many units, these included; null means without end.
    max_quantity: Option<i32>,
    /// Only for who buys in this region.
    region_id: Option<RegionId>,
    /// Only for who is in this country.
    country: Option<Country>,
    /// Only for customers in this group.
    customer_group_id: Option<CustomerGroupId>,
    /// Only for who buys through this sales channel.
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
