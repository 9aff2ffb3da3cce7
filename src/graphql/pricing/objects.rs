use graphql_plan::object;

use super::sources::{LOWEST_PRICE_OF_VARIANT, PRICE, PRICE_LIST, PRICES_OF_LIST, PricesOfList, ShownPrice};
use crate::domain::pricing::{self, Tier};
use crate::graphql::catalog::ProductVariant;
use crate::graphql::catalog::sources::VARIANT;
use crate::graphql::context::Asked;
use crate::graphql::scalars::Money;
use crate::kernel::actor::Permission;
use crate::kernel::ids::PriceListId;
use crate::kernel::money::{self, Currency};
use crate::kernel::page::{PageArgs, Window};

object! {
    /// What one unit costs.
    pub VariantPrice for ShownPrice {
        /// The price.
        amount: embed(Money, |price| price.amount);
        /// What it cost before; null when it is not reduced.
        compare_at: embed(Money, |price| price.before);
        /// Whether the price includes tax: as the region's prices do, unless the shop says otherwise for the currency.
        includes_tax: field(|price| &price.resolved.selected.includes_tax);
        /// The list that the price is from, such as a sale; null for the usual price.
        price_list: embed(AppliedPriceList, |price| price.resolved.selected.price_list.clone());
        /// The lowest price of the 30 days before it was reduced; of the last 30 days when it is not reduced. Null when it
        /// had no price in that time.
        lowest_price_30_days: option(Money, LOWEST_PRICE_OF_VARIANT, |price| price.resolved.variant_id);
    }
}

object! {
    /// The list that a price is from, as shoppers see it.
    pub AppliedPriceList for (PriceListId, String) {
        /// Id; null for who may not see price lists.
        id: value(|(id, _), cx| cx.actor().may(Permission::Pricing).then_some(*id));
        /// Name.
        name: field(|(_, name)| name);
    }
}

object! {
    /// What one unit costs when so many are bought at once.
    pub PriceTier for (Tier, Currency) {
        /// From so many units on.
        min_quantity: field(|(tier, _)| &tier.from);
        /// Up to so many units, these included; null means without end.
        max_quantity: field(|(tier, _)| &tier.to);
        /// The price of one unit.
        price: embed(Money, |(tier, currency)| money::Money::new(tier.amount, *currency));
    }
}

/// The tiers of one variant, for [`PriceTier`].
pub(in crate::graphql) fn tiers_in(currency: Currency, tiers: &[Tier]) -> Vec<(Tier, Currency)> {
    tiers.iter().map(|tier| (*tier, currency)).collect()
}

object! {
    /// A price as it was set: for some buyers, some numbers of units and some time.
    pub Price for pricing::Price {
        /// Id. A price that is set anew has a new one.
        id;
        /// What is priced.
        variant: option(ProductVariant, VARIANT, |price| price.variant_id);
        /// The price of one unit.
        amount: embed(Money, |price| money::Money::new(price.amount, price.currency));
        /// What it cost before; null when it is not reduced. Prices of lists have none.
        compare_at: embed(Money, |price| price.compare_at.map(|before| money::Money::new(before, price.currency)));
        /// From so many units on.
        min_quantity;
        /// Up to so many units, these included; null means without end.
        max_quantity;
        /// Only for who buys in this region; null means in any.
        region_id: field(|price| &price.rules.region_id);
        /// Only for who is in this country; null means in any.
        country: field(|price| &price.rules.country);
        /// Only for customers in this group; null means for everybody.
        customer_group_id: field(|price| &price.rules.customer_group_id);
        /// Only for who buys through this sales channel; null means through any.
        channel_id: field(|price| &price.rules.channel_id);
        /// The list that it belongs to; null for a base price.
        price_list: option(PriceList, PRICE_LIST, |price, cx| {
            price.price_list_id.filter(|_| cx.actor().may(Permission::Pricing))
        });
        /// Since when it holds.
        valid_from;
        /// Until when it held; null while it does.
        valid_until;
    }
}

object! {
    /// Prices beside the base prices, for a time and for some buyers: a sale, or prices that take the base's place.
    pub PriceList for pricing::PriceList {
        /// Id.
        id;
        /// Name, unique. Shoppers may see it.
        name;
        /// What it is for, for staff.
        description;
        /// What it does to the prices that are there without it.
        kind;
        /// Whether it is used. An active one counts from its start to its end.
        status;
        /// When it begins; null means as soon as it is active.
        starts_at;
        /// When it ends: from this moment on it is over; null means never.
        ends_at;
        /// Only for who buys in one of these regions; empty means in any.
        region_ids: field(|list| &list.rules.region_ids);
        /// Only for who is in one of these countries; empty means in any.
        countries: field(|list| &list.rules.countries);
        /// Only for customers in one of these groups; empty means for everybody.
        customer_group_ids: field(|list| &list.rules.customer_group_ids);
        /// Only for who buys through one of these sales channels; empty means through any.
        channel_ids: field(|list| &list.rules.channel_ids);
        /// Counts the changes: give it as `expectedVersion` to be sure that nobody changed it in between.
        version;
        /// When it was made.
        created_at;
        /// When it was last changed.
        updated_at;
        /// Its current prices, in the order in which they were set.
        prices(PageArgs): page(Price, PRICES_OF_LIST, |list, args| prices_of(list, args));
    }
}

fn prices_of(list: &pricing::PriceList, args: &PageArgs) -> graphql_plan::Result<PricesOfList> {
    Ok(PricesOfList { list: list.id, window: Window::new(args, "OLDEST")? })
}

object! {
    /// What a buyer pays for a variant, and why.
    pub ResolvedPrice for ShownPrice {
        /// Of what.
        variant: option(ProductVariant, VARIANT, |price| price.resolved.variant_id);
        /// For how many units.
        quantity: field(|price| &price.resolved.quantity);
        /// The price of one unit.
        amount: embed(Money, |price| price.amount);
        /// Whether `amount` includes tax.
        includes_tax: field(|price| &price.resolved.selected.includes_tax);
        /// What one unit would cost without sales.
        original: embed(Money, |price| {
            money::Money::new(price.resolved.selected.original_amount, price.amount.currency)
        });
        /// Whether `original` includes tax. It may differ, when one of the two prices is for a region.
        original_includes_tax: field(|price| &price.resolved.selected.original_includes_tax);
        /// What shoppers are shown as the price before, with or without tax as `amount` is; null when it is not reduced.
        compare_at: embed(Money, |price| price.before);
        /// The price that counts.
        price: option(Price, PRICE, |price| price.resolved.selected.price_id);
        /// The list that it is from; null for a base price.
        price_list: option(PriceList, PRICE_LIST, |price| {
            price.resolved.selected.price_list.as_ref().map(|(id, _)| *id)
        });
        /// What the price asks of the buyer, and then what its list asks; all of it holds.
        matched_rules: field(|price| &price.resolved.selected.matched);
    }
}

object! {
    /// Whether prices in a currency include tax.
    pub CurrencyPreference for pricing::CurrencyPreference {
        /// The currency.
        currency_code: field(|preference| &preference.currency);
        /// Whether its prices include tax, unless they are for a region.
        prices_include_tax;
    }
}
