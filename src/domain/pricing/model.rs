//! The types of this domain.

use async_graphql::InputObject;
use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::{price_lists, prices};
use crate::domain::regions::Region;
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{ChannelId, CustomerGroupId, PriceId, PriceListId, ProductId, RegionId, VariantId};
use crate::kernel::money::Currency;
use crate::kernel::string_enum;

string_enum! {
    /// How a price list affects other prices.
    PriceListKind {
        /// Its prices apply if they are lower, and the price without the sale is shown as the previous price.
        Sale = "SALE",
        /// Its prices replace the base prices, whether they are lower or higher.
        Override = "OVERRIDE",
    }
}

string_enum! {
    /// The status of a price list.
    PriceListStatus {
        /// It is a draft: its prices do not apply.
        Draft = "DRAFT",
        /// It is active: its prices apply from its start to its end.
        Active = "ACTIVE",
    }
}

string_enum! {
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

/// The price of one unit of a variant in a currency, for certain buyers, quantities and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = prices)]
pub struct Price {
    /// The id.
    pub id: PriceId,
    /// The variant.
    pub variant_id: VariantId,
    /// The currency.
    pub currency: Currency,
    /// The price in major units.
    pub amount: Decimal,
    /// The price before a reduction, always higher; `None` if it is not reduced. Only base prices have it.
    pub compare_at_price: Option<Decimal>,
    /// The list it belongs to; `None` for a base price.
    pub price_list_id: Option<PriceListId>,
    /// The minimum quantity.
    pub min_quantity: i32,
    /// The maximum quantity, inclusive; `None` means no maximum.
    pub max_quantity: Option<i32>,
    /// The buyers it applies to.
    #[diesel(embed)]
    pub rules: PriceRules,
    /// When it became valid.
    pub valid_from: Timestamp,
    /// When it ended; `None` while it is valid.
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

/// Prices in addition to the base prices, for certain times and buyers.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = price_lists, treat_none_as_null = true)]
pub struct PriceList {
    /// The id.
    pub id: PriceListId,
    /// The name, unique. Shoppers may see it.
    pub name: String,
    /// The description, for staff.
    pub description: String,
    /// How it affects other prices.
    pub kind: PriceListKind,
    /// The status.
    pub status: PriceListStatus,
    /// When it starts; `None` means as soon as it is active.
    pub starts_at: Option<Timestamp>,
    /// When it ends, exclusive; `None` means never.
    pub ends_at: Option<Timestamp>,
    /// The buyers it applies to.
    #[diesel(embed)]
    pub rules: ListRules,
    /// The version, incremented by each change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
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
    /// Returns the buyer in the region, through the specified channel or otherwise `own_channel`.
    pub fn buyer(self, region: &Region, own_channel: Option<ChannelId>) -> Buyer {
        let channel_id = self.channel_id.or(own_channel);
        Buyer { channel_id, groups: self.customer_group_ids, ..region.buyer(self.country) }
    }
}

/// The price selected for a buyer.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The price.
    pub price_id: PriceId,
    /// The unit price.
    pub amount: Decimal,
    /// Whether it includes tax (rule C12).
    pub includes_tax: bool,
    /// The minimum quantity of the price.
    pub min_quantity: i32,
    /// The unit price without sales.
    pub original_amount: Decimal,
    /// Whether that price includes tax.
    pub original_includes_tax: bool,
    /// The price before a reduction, as set on a base price; `None` for list prices.
    pub compare_at_price: Option<Decimal>,
    /// The id and name of the price's list; `None` for a base price.
    pub price_list: Option<(PriceListId, String)>,
    /// The buyer attributes that the price and its list require.
    pub matched: Vec<PriceAttribute>,
}

/// The price selected for a buyer.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The variant.
    pub variant_id: VariantId,
    /// The quantity.
    pub quantity: i32,
    /// The price.
    pub selected: Selected,
}

/// The lowest and highest unit price over a product's variants for a buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRange {
    /// The product.
    pub product_id: ProductId,
    /// The currency.
    pub currency: Currency,
    /// The lowest price.
    pub min_amount: Decimal,
    /// The highest price.
    pub max_amount: Decimal,
}

/// A unit price for a range of quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The minimum quantity.
    pub from: i32,
    /// The maximum quantity, inclusive; `None` means no maximum.
    pub to: Option<i32>,
    /// The unit price.
    pub amount: Decimal,
}

/// Whether prices in a currency include tax, except prices for a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = crate::db::schema::currency_preferences)]
pub struct CurrencyPreference {
    /// The currency.
    pub currency: Currency,
    /// Whether its prices include tax.
    pub prices_include_tax: bool,
}
