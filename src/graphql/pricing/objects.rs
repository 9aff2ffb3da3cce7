use graphql_plan::object;

use super::sources::{LOWEST_PRICE_OF_VARIANT, PRICE, PRICE_LIST, PRICES_OF_LIST, PricesOfList, ShownPrice};
use crate::domain::pricing::{self, Tier};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::catalog::sources::VARIANT;
use crate::graphql::context::CxExt;
use crate::graphql::scalars::Money;
use crate::kernel::actor::Permission;
use crate::kernel::ids::PriceListId;
use crate::kernel::money::{self, Currency};
use crate::kernel::page::{PageArgs, PageRequest};

object! {
    /// The price of one unit.
    pub VariantPrice for ShownPrice {
        /// The price.
        amount: embed(Money, |price| price.amount);
        /// The price before the reduction; null if it is not reduced.
        compare_at_price: embed(Money, |price| price.before);
        /// Whether the price includes tax. This follows the setting of the region, unless there is a preference for the
        /// currency.
        includes_tax: field(|price| &price.resolved.selected.includes_tax);
        /// The price list that set the price, such as a sale; null for a base price.
        price_list: embed(AppliedPriceList, |price| price.resolved.selected.price_list.clone());
        /// The lowest price in the 30 days before the reduction; in the last 30 days if the price is not reduced. Null
        /// if there was no price in that period.
        lowest_price_30_days: option(Money, LOWEST_PRICE_OF_VARIANT, |price| price.resolved.variant_id);
    }
}

object! {
    /// The price list that set a price, as shoppers see it.
    pub AppliedPriceList for (PriceListId, String) {
        /// Id; null unless the caller may see price lists.
        id: value(|(id, _), cx| cx.actor().may(Permission::Pricing).then_some(*id));
        /// Name.
        name: field(|(_, name)| name);
    }
}

object! {
    /// The price of one unit for a range of quantities.
    pub PriceTier for (Tier, Currency) {
        /// The minimum quantity.
        min_quantity: field(|(tier, _)| &tier.from);
        /// The maximum quantity, inclusive; null means no maximum.
        max_quantity: field(|(tier, _)| &tier.to);
        /// The price of one unit.
        price: embed(Money, |(tier, currency)| money::Money::new(tier.amount, *currency));
    }
}

/// The price tiers of a variant, for [`PriceTier`].
pub(in crate::graphql) fn tiers_in(currency: Currency, tiers: &[Tier]) -> Vec<(Tier, Currency)> {
    tiers.iter().map(|tier| (*tier, currency)).collect()
}

object! {
    /// A price as it was set: for certain buyers, quantities and times.
    pub Price for pricing::Price {
        /// Id. Setting a price again gives it a new id.
        id;
        /// The variant.
        variant: option(ProductVariant, VARIANT, |price| price.variant_id);
        /// The price of one unit.
        amount: embed(Money, |price| money::Money::new(price.amount, price.currency));
        /// The price before a reduction; null if it is not reduced. Prices of price lists have none.
        compare_at_price: embed(Money, |price| price.compare_at_price.map(|before| money::Money::new(before, price.currency)));
        /// The minimum quantity.
        min_quantity;
        /// The maximum quantity, inclusive; null means no maximum.
        max_quantity;
        /// Only for buyers in this region; null means all regions.
        region_id: field(|price| &price.rules.region_id);
        /// Only for buyers in this country; null means all countries.
        country: field(|price| &price.rules.country);
        /// Only for customers in this group; null means everyone.
        customer_group_id: field(|price| &price.rules.customer_group_id);
        /// Only for buyers in this sales channel; null means all sales channels.
        channel_id: field(|price| &price.rules.channel_id);
        /// The price list it belongs to; null for a base price.
        price_list: option(PriceList, PRICE_LIST, |price, cx| {
            price.price_list_id.filter(|_| cx.actor().may(Permission::Pricing))
        });
        /// Time from which it is valid (UTC).
        valid_from;
        /// Time until which it was valid (UTC); null while it is current.
        valid_until;
    }
}

object! {
    /// A price list: prices that apply in addition to the base prices or instead of them, for a certain time and
    /// certain buyers, such as a sale.
    pub PriceList for pricing::PriceList {
        /// Id.
        id;
        /// Name, unique. Shoppers may see it.
        name;
        /// Description, for staff.
        description;
        /// How it affects other prices.
        kind;
        /// Status. The prices of an active list apply from its start to its end.
        status;
        /// Time at which it starts (UTC); null means when it is activated.
        starts_at;
        /// Time from which it is no longer valid (UTC); null means that it has no end.
        ends_at;
        /// Only for buyers in one of these regions; empty means all regions.
        region_ids: field(|list| &list.rules.region_ids);
        /// Only for buyers in one of these countries; empty means all countries.
        countries: field(|list| &list.rules.countries);
        /// Only for customers in one of these groups; empty means everyone.
        customer_group_ids: field(|list| &list.rules.customer_group_ids);
        /// Only for buyers in one of these sales channels; empty means all sales channels.
        channel_ids: field(|list| &list.rules.channel_ids);
        /// The version, incremented by each change. Pass it as `expectedVersion` to refuse an update if the price list
        /// has changed.
        version;
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which it was last updated (UTC).
        updated_at;
        /// The current prices, in the order in which they were set.
        prices(PageArgs): page(Price, PRICES_OF_LIST, |list, args| prices_of(list, args));
    }
}

fn prices_of(list: &pricing::PriceList, args: &PageArgs) -> graphql_plan::Result<PricesOfList> {
    Ok(PricesOfList { list: list.id, paging: PageRequest::new(args, "OLDEST")? })
}

object! {
    /// The price that a buyer pays for a variant, and why.
    pub ResolvedPrice for ShownPrice {
        /// The variant.
        variant: option(ProductVariant, VARIANT, |price| price.resolved.variant_id);
        /// The number of units.
        quantity: field(|price| &price.resolved.quantity);
        /// The price of one unit.
        amount: embed(Money, |price| price.amount);
        /// Whether `amount` includes tax.
        includes_tax: field(|price| &price.resolved.selected.includes_tax);
        /// The price of one unit without sales.
        original: embed(Money, |price| {
            money::Money::new(price.resolved.selected.original_amount, price.amount.currency)
        });
        /// Whether `original` includes tax. It can differ from `includesTax` if one of the two prices is for a region.
        original_includes_tax: field(|price| &price.resolved.selected.original_includes_tax);
        /// The previous price that shoppers are shown, with or without tax as `amount` is; null if it is not reduced.
        compare_at_price: embed(Money, |price| price.before);
        /// The price that was selected.
        price: option(Price, PRICE, |price| price.resolved.selected.price_id);
        /// The price list that set the price; null for a base price.
        price_list: option(PriceList, PRICE_LIST, |price| {
            price.resolved.selected.price_list.as_ref().map(|(id, _)| *id)
        });
        /// The buyer attributes that the price requires, followed by those that its price list requires; the buyer has
        /// all of them.
        matched_rules: field(|price| &price.resolved.selected.matched);
    }
}

object! {
    /// Whether prices in a currency include tax.
    pub CurrencyPreference for pricing::CurrencyPreference {
        /// The currency.
        currency_code: field(|preference| &preference.currency);
        /// Whether prices in the currency include tax, unless they are for a region.
        prices_include_tax;
    }
}
