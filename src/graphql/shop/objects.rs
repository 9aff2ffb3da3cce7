use graphql_plan::object;

use super::sources::{COUNTRIES_OF_REGION, MARKET, REGION, SHIPPING_OPTIONS_OF_REGION};
use crate::domain::{fulfillment, regions};
use crate::graphql::node::Node;
use crate::graphql::scalars::{Decimal, Money};
use crate::graphql::tax::TaxClass;
use crate::graphql::tax::sources::TAX_CLASS;
use crate::kernel::{country, money};

object! {
    /// The shop, in the context of a sales channel.
    pub Shop for regions::Channel {
        /// The name of the sales channel.
        name;
        /// The region whose prices this request shows: see `@inContext`. Null if no region applies.
        region: option(Region, MARKET, |channel| channel.id);
        /// The version of Cartwright.
        version: value(|_| env!("CARGO_PKG_VERSION"));
    }
}

object! {
    /// A channel through which the shop sells, such as a web shop, an app or a marketplace.
    pub SalesChannel for regions::Channel {
        /// Id.
        id;
        /// Name, shown to people.
        name;
        /// The publishable key that front ends send in the header `X-Publishable-Key`. It is not a secret.
        publishable_key;
        /// The region of requests that name neither a region nor a country; null if there is none. The first region that is
        /// created becomes the default region, and `salesChannelUpdate` changes it.
        default_region: option(Region, REGION, |channel| channel.default_region_id);
        /// How the stock of its orders is allocated to locations.
        stock_allocation;
        /// Whether carts can reserve stock with `cartReserve`.
        cart_holds;
        /// Time at which it was created (UTC).
        created_at;
    }
}

object! {
    /// A market: a currency, the countries it serves, and how tax is calculated and shown there.
    pub Region for regions::Region, implements Node {
        /// Id.
        id;
        /// Name, shown to people.
        name;
        /// The currency of every price and total.
        currency_code: field(|region| &region.currency);
        /// The default tax rate as a fraction: `"0.19"` is 19%.
        tax_rate: value(|region| Decimal(region.tax_rate.normalize()));
        /// Whether prices include tax.
        prices_include_tax;
        /// How tax is rounded.
        tax_rounding;
        /// How shipping is taxed.
        shipping_tax;
        /// The countries the region serves, sorted by code.
        countries: many(Country, COUNTRIES_OF_REGION, |region| region.id);
        /// The available shipping options.
        shipping_options: many(ShippingOption, SHIPPING_OPTIONS_OF_REGION, |region| region.id);
        /// The version, which grows with each change. Pass it as `expectedVersion` to update only if nobody else has.
        version;
    }
}

object! {
    /// A country.
    pub Country for country::Country {
        /// The two-letter code of ISO 3166-1.
        code: value(|country| *country);
        /// The English name.
        name: value(|country| country.name());
    }
}

object! {
    /// A way to ship an order.
    pub ShippingOption for fulfillment::ShippingOption {
        /// Id.
        id;
        /// Name.
        name;
        /// Description for shoppers, such as the delivery time.
        description;
        /// The price, with or without tax as the region's prices are.
        price: pick(Money, REGION, |option| option.region_id, |option, found| {
            found.first().map(|region| money::Money::new(option.amount, region.currency))
        });
        /// The id of the region it serves.
        region_id;
        /// The position among the region's shipping options: lower positions come first.
        position;
        /// Whether it is offered.
        active;
        /// The tax class of the shipping; null if default rates apply.
        tax_class: option(TaxClass, TAX_CLASS, |option| option.tax_class_id);
    }
}
