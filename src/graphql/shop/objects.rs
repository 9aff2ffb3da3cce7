use graphql_plan::object;

use super::sources::{COUNTRIES_OF_REGION, MARKET, REGION, SHIPPING_OPTIONS_OF_REGION};
use crate::domain::{fulfilment, regions};
use crate::graphql::node::Node;
use crate::graphql::scalars::{Decimal, Money};
use crate::graphql::tax::TaxClass;
use crate::graphql::tax::sources::TAX_CLASS;
use crate::kernel::{country, money};

object! {
    /// The shop, as a sales channel shows it.
    pub Shop for regions::Channel {
        /// The sales channel's name.
        name;
        /// The region whose prices this request shows: see `@inContext`. Null when no region serves the place.
        region: option(Region, MARKET, |channel| channel.id);
        /// The version of Cartwright.
        version: value(|_| env!("CARGO_PKG_VERSION"));
    }
}

object! {
    /// A place where the shop sells: a web shop, an app, a marketplace.
    pub SalesChannel for regions::Channel {
        /// Id.
        id;
        /// Name, for people.
        name;
        /// What its front ends send as `X-Publishable-Key`. It is no secret.
        publishable_key;
        /// The region of shoppers who have not said where they are; null when they have to say.
        default_region: option(Region, REGION, |channel| channel.default_region_id);
        /// From which locations its orders take what they need.
        stock_allocation;
        /// Whether `cartReserve` keeps units for its carts.
        cart_holds;
        /// When it was made, UTC.
        created_at;
    }
}

object! {
    /// A market: a currency, the countries it serves, and how tax is shown there.
    pub Region for regions::Region, implements Node {
        /// Id.
        id;
        /// Name, for people.
        name;
        /// The currency of every price and total here.
        currency_code: field(|region| &region.currency);
        /// The rate of tax as a fraction: `"0.19"` is 19 %.
        tax_rate: value(|region| Decimal(region.tax_rate.normalize()));
        /// Whether prices shown here include tax.
        prices_include_tax;
        /// Where tax is rounded.
        tax_rounding;
        /// How shipping is taxed.
        shipping_tax;
        /// The countries that it serves, by code.
        countries: many(Country, COUNTRIES_OF_REGION, |region| region.id);
        /// The ways to send an order here.
        shipping_options: many(ShippingOption, SHIPPING_OPTIONS_OF_REGION, |region| region.id);
    }
}

object! {
    /// A country.
    pub Country for country::Country {
        /// The two letters of ISO 3166-1.
        code: value(|country| *country);
        /// The English name.
        name: value(|country| country.name());
    }
}

object! {
    /// A way to send an order.
    pub ShippingOption for fulfilment::ShippingOption {
        /// Id.
        id;
        /// Name.
        name;
        /// What shoppers should know, such as how long it takes.
        description;
        /// Its price, with or without tax as the region's prices are.
        price: pick(Money, REGION, |option| option.region_id, |option, found| {
            found.first().map(|region| money::Money::new(option.amount, region.currency))
        });
        /// The region that it serves.
        region_id;
        /// Its place among the region's options: low ones first.
        position;
        /// Whether it is offered.
        active;
        /// The tax class of the shipping; null when it is taxed by default.
        tax_class: option(TaxClass, TAX_CLASS, |option| option.tax_class_id);
    }
}
