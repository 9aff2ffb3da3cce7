//! The words of this domain.

use async_graphql::InputObject;
use diesel::prelude::*;
use rust_decimal::Decimal;

use super::select::Selected;
use crate::db::schema::{price_lists, prices};
use crate::domain::regions::Region;
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, CustomerGroupId, PriceId, PriceListId, ProductId, RegionId, VariantId};
use crate::kernel::money::Currency;
use crate::kernel::words;

words! {
    /// How a price list affects other prices.
    PriceListKind {
        /// Its prices apply if they are lower, and the price without the sale is shown as the previous price.
        Sale = "SALE",
        /// Its prices replace the base prices, whether they are lower or higher.
        Override = "OVERRIDE",
    }
}

words! {
    /// The status of a price list.
    PriceListStatus {
        /// It is a draft: its prices do not apply.
        Draft = "DRAFT",
        /// It is active: its prices apply from its start to its end.
        Active = "ACTIVE",
    }
}

words! {
    /// An attribute of the buyer that a price can require.
    PriceAttribute {
        /// The region.
        Region = "REGION",
        /// The country.
        Country = "COUNTRY",
        /// A group of the customer.
        CustomerGroup = "CUSTOMER_GROUP",
        /// The sales channel.
        Channel = "CHANNEL",
    }
}

/// What a price asks of a buyer; all that is not `None` has to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Queryable, Selectable, InputObject)]
#[diesel(table_name = prices)]
pub struct PriceRules {
    /// Only for buyers in this region.
    pub region_id: Option<RegionId>,
    /// Only for buyers in this country.
    pub country: Option<Country>,
    /// Only for customers in this group.
    pub customer_group_id: Option<CustomerGroupId>,
    /// Only for buyers in this sales channel.
    pub channel_id: Option<ChannelId>,
}

/// What one unit of a variant costs in a currency, for some buyers, some numbers of units and some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = prices)]
pub struct Price {
    /// Id.
    pub id: PriceId,
    /// Which variant.
    pub variant_id: VariantId,
    /// In which currency.
    pub currency: Currency,
    /// The price, in major units.
    pub amount: Decimal,
    /// What it cost before, always higher; `None` when it is not reduced. Only base prices have it.
    pub compare_at: Option<Decimal>,
    /// The list that it belongs to; `None` for a base price.
    pub price_list_id: Option<PriceListId>,
    /// From so many units on.
    pub min_quantity: i32,
    /// Up to so many units, these included; `None` means without end.
    pub max_quantity: Option<i32>,
    /// For whom.
    #[diesel(embed)]
    pub rules: PriceRules,
    /// Since when it holds.
    pub valid_from: Timestamp,
    /// Until when it held; `None` while it does.
    pub valid_until: Option<Timestamp>,
}

/// What a price list asks of a buyer: one of the values of every attribute that has any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, InputObject)]
#[diesel(table_name = price_lists)]
pub struct ListRules {
    /// Only for buyers in one of these regions; empty means all regions.
    #[graphql(default)]
    pub region_ids: Vec<RegionId>,
    /// Only for buyers in one of these countries; empty means all countries.
    #[graphql(default)]
    pub countries: Vec<Country>,
    /// Only for customers in one of these groups; empty means everyone.
    #[graphql(default)]
    pub customer_group_ids: Vec<CustomerGroupId>,
    /// Only for buyers in one of these sales channels; empty means all sales channels.
    #[graphql(default)]
    pub channel_ids: Vec<ChannelId>,
}

/// Prices beside the base prices, for a time and for some buyers.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = price_lists, treat_none_as_null = true)]
pub struct PriceList {
    /// Id.
    pub id: PriceListId,
    /// Name, unique. Shoppers may see it.
    pub name: String,
    /// What it is for, for staff.
    pub description: String,
    /// What it does to the prices that are there without it.
    pub kind: PriceListKind,
    /// Whether it is used.
    pub status: PriceListStatus,
    /// When it begins; `None` means as soon as it is active.
    pub starts_at: Option<Timestamp>,
    /// When it ends: from this moment on it is over; `None` means never.
    pub ends_at: Option<Timestamp>,
    /// For whom.
    #[diesel(embed)]
    pub rules: ListRules,
    /// Counts the changes.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A filter for price lists. Omitted fields do not restrict the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, InputObject)]
#[graphql(name = "PriceListFilterInput")]
pub struct PriceListFilter {
    /// Only price lists of this kind.
    pub kind: Option<PriceListKind>,
    /// Only price lists with this status.
    pub status: Option<PriceListStatus>,
}

/// The buyer, as far as prices depend on it.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "BuyingContextInput")]
pub struct BuyingContext {
    /// The id of the region. Defaults to the region of the request.
    pub region_id: Option<RegionId>,
    /// The country; if omitted, it is unknown.
    pub country: Option<Country>,
    /// The ids of the customer's groups.
    #[graphql(default)]
    pub customer_group_ids: Vec<CustomerGroupId>,
    /// The id of the sales channel. Defaults to the sales channel of the request.
    pub channel_id: Option<ChannelId>,
    /// The number of units that are bought together.
    #[graphql(default = 1)]
    pub quantity: i32,
}

impl Default for BuyingContext {
    fn default() -> Self {
        Self { region_id: None, country: None, customer_group_ids: Vec::new(), channel_id: None, quantity: 1 }
    }
}

impl BuyingContext {
    /// The buyer in the region; through the channel that it names, else through `own_channel`.
    pub fn buyer(self, region: &Region, own_channel: Option<ChannelId>) -> Buyer {
        let channel_id = self.channel_id.or(own_channel);
        Buyer { channel_id, groups: self.customer_group_ids, ..region.buyer(self.country) }
    }
}

/// The price that a buyer sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Of which variant.
    pub variant_id: VariantId,
    /// For how many units.
    pub quantity: i32,
    /// The price.
    pub selected: Selected,
}

/// The lowest and highest price of one unit over a product's variants, as a buyer sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRange {
    /// Which product.
    pub product_id: ProductId,
    /// In which currency.
    pub currency: Currency,
    /// The lowest price.
    pub min_amount: Decimal,
    /// The highest price.
    pub max_amount: Decimal,
}

/// What one unit costs when so many are bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// From so many units on.
    pub from: i32,
    /// Up to so many units, these included; `None` means without end.
    pub to: Option<i32>,
    /// The price of one unit.
    pub amount: Decimal,
}

/// Whether prices in a currency include tax, unless they are for a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = crate::db::schema::currency_preferences)]
pub struct CurrencyPreference {
    /// The currency.
    pub currency: Currency,
    /// Whether its prices include tax.
    pub prices_include_tax: bool,
}
