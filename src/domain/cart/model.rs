//! The types of this domain.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::db::schema::{cart_lines, carts, price_overrides};
use crate::domain::pricing::{Explanation, Item, Origin, Quote, Totals, explain, totals};
use crate::domain::promotions::{Allocation, Allocations, AppliedPromotions, code_key};
use crate::domain::regions::{ShippingTax, TaxRounding};
use crate::domain::tax::AppliedRates;
use crate::kernel::actor::Actor;
use crate::kernel::address::Address;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{
    CartId, CartLineId, ChannelId, CustomerId, OrderId, PriceOverrideId, RegionId, ShippingOptionId, StaffId,
    VariantId, WorkflowRunId,
};
use crate::kernel::money::{Currency, MoneyError};
use crate::kernel::{stored_json, string_enum};

string_enum! {
    /// The status of a cart.
    CartStatus {
        /// It can be changed.
        Active = "ACTIVE",
        /// It is being completed: it cannot be changed until its payment has succeeded, failed or been canceled.
        Completing = "COMPLETING",
        /// It has become an order and cannot be changed.
        Completed = "COMPLETED",
    }
}

/// A quoted cart: what a shopper is about to buy.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = carts, treat_none_as_null = true)]
pub struct Cart {
    /// The id. Anyone who knows it can change a guest's cart.
    pub id: CartId,
    /// The sales channel in which it was created.
    pub channel_id: ChannelId,
    /// The region that determines its prices.
    pub region_id: RegionId,
    /// The owner; `None` for a guest's cart.
    pub customer_id: Option<CustomerId>,
    /// The shopper's country when the cart was created: determines prices until there is a shipping address.
    pub country: Option<Country>,
    /// The region's currency.
    pub currency: Currency,
    /// Whether its prices include tax.
    pub prices_include_tax: bool,
    /// The level at which tax is rounded.
    pub tax_rounding: TaxRounding,
    /// How shipping is taxed.
    pub shipping_tax: ShippingTax,
    /// The tax rates on shipping.
    pub shipping_taxes: AppliedRates,
    /// Whether the customer is exempt from tax.
    pub tax_exempt: bool,
    /// The fingerprint of the tax provider request that these taxes answer; empty if they are the shop's own.
    pub tax_quote: String,
    /// The discount codes, as the shopper entered them.
    pub codes: Vec<String>,
    /// The promotions that apply, and why others do not.
    pub promotions: AppliedPromotions,
    /// The email address for notifications about the order.
    pub email: Option<String>,
    /// The shopper's note.
    pub note: String,
    /// The shipping address.
    pub shipping_address: Option<Address>,
    /// The billing address; `None` if it is the shipping address.
    pub billing_address: Option<Address>,
    /// The selected shipping option, with its name and price at the time of the last quote.
    pub shipping_option_id: Option<ShippingOptionId>,
    /// Its name.
    pub shipping_name: Option<String>,
    /// Its price in major units.
    pub shipping_amount: Option<Decimal>,
    /// The promotions' discounts on shipping.
    pub shipping_discounts: Allocations,
    /// The order it became. A cart with an order never changes again (rule D13).
    pub order_id: Option<OrderId>,
    /// The run that is completing it. The cart cannot change until the run ends.
    pub completing_run_id: Option<WorkflowRunId>,
    /// The version, incremented by each change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
}

/// A quantity of a variant in a cart.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = cart_lines)]
pub struct CartLine {
    /// The id.
    pub id: CartLineId,
    /// The cart it belongs to.
    pub cart_id: CartId,
    /// The variant.
    pub variant_id: VariantId,
    /// Custom attributes, such as an engraving.
    pub attributes: Attributes,
    /// The number of units.
    pub quantity: i32,
    /// The price of one unit at the last quote; `None` if the variant can no longer be bought.
    pub unit_price: Option<Decimal>,
    /// Whether the unit price includes tax.
    pub includes_tax: bool,
    /// The price of one unit without the sale; `None` if it is not reduced.
    pub compare_at_price: Option<Decimal>,
    /// The name of the price list that set the unit price; `None` for a base price.
    pub price_list: Option<String>,
    /// The minimum quantity of the unit price; `None` for a price of any quantity.
    pub min_quantity: Option<i32>,
    /// The unit price set by staff.
    pub override_price: Option<Decimal>,
    /// The reason for the price override.
    pub override_reason: Option<String>,
    /// Its tax rates.
    pub taxes: AppliedRates,
    /// The promotions' discounts on the line.
    pub discounts: Allocations,
    /// Whether it must be shipped.
    pub requires_shipping: bool,
}

/// The record of a price override by staff.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = price_overrides)]
pub struct PriceOverride {
    /// The id.
    pub id: PriceOverrideId,
    /// The cart.
    pub cart_id: CartId,
    /// The line.
    pub line_id: CartLineId,
    /// The variant.
    pub variant_id: VariantId,
    /// The staff user who set the price.
    pub staff_id: StaffId,
    /// The currency of both prices.
    pub currency: Currency,
    /// The price of one unit before the override.
    pub before: Option<Decimal>,
    /// The overridden price of one unit; `None` if the listed price was restored.
    pub after: Option<Decimal>,
    /// The reason.
    pub reason: String,
    /// When it was set.
    pub created_at: Timestamp,
}

/// Custom attributes of a line, by name. Lines with the same variant and attributes are merged (rule D7).
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
pub struct Attributes(pub BTreeMap<String, String>);

stored_json!(Attributes);

impl CartLine {
    /// The line as input to the totals; a line that cannot be bought contributes nothing.
    pub(super) fn item(&self) -> Item<'_> {
        Item {
            unit_price: self.unit_price.unwrap_or_default(),
            quantity: self.quantity,
            includes_tax: self.includes_tax,
            rates: &self.taxes.0,
            discount: self.discounts.total(),
        }
    }

    /// Whether units of this variant with these attributes are added to this line (rule D7).
    pub(super) fn matches(&self, variant: VariantId, attributes: &Attributes) -> bool {
        self.variant_id == variant && self.attributes == *attributes
    }

    /// Sets the number of units. A higher quantity is sold at the listed price.
    pub(super) fn set_quantity(&mut self, quantity: i32) {
        if quantity > self.quantity {
            self.clear_override();
        }
        self.quantity = quantity;
    }

    /// Restores the listed price.
    pub(super) fn clear_override(&mut self) {
        self.override_price = None;
        self.override_reason = None;
    }

    /// The origin of its price and discounts.
    fn origin(&self) -> Origin<'_> {
        Origin {
            price_list: self.price_list.as_deref(),
            min_quantity: self.min_quantity,
            compare_at_price: self.compare_at_price,
            override_reason: self.override_reason.as_deref(),
            discounts: self.discounts.0.iter().map(named).collect(),
        }
    }
}

fn named(discount: &Allocation) -> (&str, Decimal) {
    (&discount.title, discount.amount)
}

impl Cart {
    /// Whether the actor may change and pay for it: anyone who knows its id may access a guest's cart.
    pub fn is_accessible_by(&self, actor: &Actor) -> bool {
        self.customer_id.is_none_or(|owner| actor.customer() == Some(owner))
    }

    /// Adds a code, unless it is already in the cart.
    pub(super) fn add_code(&mut self, code: &str) {
        if !self.codes.iter().any(|known| code_key(known) == code_key(code)) {
            self.codes.push(code.trim().to_owned());
        }
    }

    /// The status.
    pub const fn status(&self) -> CartStatus {
        match (self.order_id, self.completing_run_id) {
            (Some(_), _) => CartStatus::Completed,
            (None, Some(_)) => CartStatus::Completing,
            (None, None) => CartStatus::Active,
        }
    }

    /// The totals, computed from the cart's own amounts and its lines.
    pub fn totals<L: Borrow<CartLine>>(&self, lines: &[L]) -> Result<Totals, MoneyError> {
        totals(&self.quote(lines))
    }

    /// How each total is calculated.
    pub fn explain<L: Borrow<CartLine>>(&self, lines: &[L]) -> Result<Vec<Explanation>, MoneyError> {
        let quote = self.quote(lines);
        let shipping = Origin { discounts: self.shipping_discounts.0.iter().map(named).collect(), ..Origin::default() };
        let origins: Vec<_> = lines.iter().map(|line| line.borrow().origin()).chain([shipping]).collect();
        Ok(explain(&quote, &origins, &totals(&quote)?))
    }

    pub(super) fn quote<'a, L: Borrow<CartLine>>(&'a self, lines: &'a [L]) -> Quote<'a> {
        let shipping = self.shipping_amount.map(|amount| Item {
            unit_price: amount,
            quantity: 1,
            includes_tax: self.prices_include_tax,
            rates: &self.shipping_taxes.0,
            discount: self.shipping_discounts.total(),
        });
        Quote {
            currency: self.currency,
            prices_include_tax: self.prices_include_tax,
            tax_rounding: self.tax_rounding,
            shipping_tax: self.shipping_tax,
            tax_exempt: self.tax_exempt,
            lines: lines.iter().map(|line| line.borrow().item()).collect(),
            shipping,
        }
    }
}
