//! The words of this domain.

use std::collections::BTreeMap;

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::db::schema::{cart_lines, carts};
use crate::domain::pricing::{Item, Quote, Totals, totals};
use crate::domain::regions::TaxRounding;
use crate::kernel::address::Address;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CartId, CartLineId, ChannelId, CustomerId, OrderId, RegionId, ShippingOptionId, VariantId};
use crate::kernel::money::{Currency, MoneyError};
use crate::kernel::stored_as;

/// What a shopper is about to buy, quoted.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = carts, treat_none_as_null = true)]
pub struct Cart {
    /// Id. Whoever knows a guest's cart by it may change it.
    pub id: CartId,
    /// Where it was made.
    pub channel_id: ChannelId,
    /// The market whose prices it has.
    pub region_id: RegionId,
    /// Whose it is; `None` for a guest's.
    pub customer_id: Option<CustomerId>,
    /// The region's currency.
    pub currency: Currency,
    /// Whether its prices include tax.
    pub prices_include_tax: bool,
    /// Where its tax is rounded.
    pub tax_rounding: TaxRounding,
    /// The rate of tax on shipping as a fraction.
    pub shipping_tax_rate: Decimal,
    /// Where the order's news go.
    pub email: Option<String>,
    /// What the shopper wants to say.
    pub note: String,
    /// Where parcels go.
    pub shipping_address: Option<Address>,
    /// Where bills go; `None` means to the shipping address.
    pub billing_address: Option<Address>,
    /// The chosen way of shipping, with its name and price at that moment.
    pub shipping_option_id: Option<ShippingOptionId>,
    /// Its name.
    pub shipping_name: Option<String>,
    /// Its price in major units.
    pub shipping_amount: Option<Decimal>,
    /// The order that it became. Once there is one, the cart never changes again (rule D13).
    pub order_id: Option<OrderId>,
    /// Counts the changes.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// So many units of a variant, as the shopper wants them.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = cart_lines)]
pub struct CartLine {
    /// Id.
    pub id: CartLineId,
    /// Whose.
    pub cart_id: CartId,
    /// Of what.
    pub variant_id: VariantId,
    /// How the shopper wants it, such as an engraving.
    pub properties: Properties,
    /// How many.
    pub quantity: i32,
    /// The price of one unit when it was last quoted; `None` when it cannot be bought any more.
    pub unit_price: Option<Decimal>,
    /// The rate of tax as a fraction.
    pub tax_rate: Decimal,
    /// Whether it has to be sent.
    pub requires_shipping: bool,
}

/// How a shopper wants something, by name. Lines of one variant with the same properties are one line (rule D7).
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct Properties(pub BTreeMap<String, String>);

stored_as!(
    Properties,
    diesel::sql_types::Jsonb,
    serde_json::Value,
    |properties: &Properties| serde_json::to_value(properties).unwrap_or_default(),
    |value: serde_json::Value| Ok(serde_json::from_value(value)?)
);

impl CartLine {
    /// What this line adds to the totals; one that cannot be bought adds nothing.
    fn item(&self) -> Item {
        Item { unit_price: self.unit_price.unwrap_or_default(), quantity: self.quantity, tax_rate: self.tax_rate }
    }
}

impl Cart {
    /// What is to be paid, from the cart's own numbers and its lines.
    pub fn totals(&self, lines: &[CartLine]) -> Result<Totals, MoneyError> {
        let lines: Vec<_> = lines.iter().map(CartLine::item).collect();
        let shipping = self.shipping_amount.map(|amount| Item {
            unit_price: amount,
            quantity: 1,
            tax_rate: self.shipping_tax_rate,
        });
        totals(&Quote {
            currency: self.currency,
            prices_include_tax: self.prices_include_tax,
            tax_rounding: self.tax_rounding,
            lines: &lines,
            shipping,
        })
    }
}
