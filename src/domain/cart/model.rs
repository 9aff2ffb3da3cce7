//! The words of this domain.

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
use crate::kernel::{stored_json, words};

words! {
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
    /// Where the shopper was when the cart was made: their prices, until there is a shipping address.
    pub country: Option<Country>,
    /// The region's currency.
    pub currency: Currency,
    /// Whether its prices include tax.
    pub prices_include_tax: bool,
    /// Where its tax is rounded.
    pub tax_rounding: TaxRounding,
    /// How shipping is taxed.
    pub shipping_tax: ShippingTax,
    /// The rates of tax on shipping.
    pub shipping_taxes: AppliedRates,
    /// Whether the customer pays no tax.
    pub tax_exempt: bool,
    /// What the tax provider was asked when it gave these taxes; empty when they are the shop's own.
    pub tax_quote: String,
    /// The codes that the shopper has given, as they were typed.
    pub codes: Vec<String>,
    /// The promotions that apply, and why others do not.
    pub promotions: AppliedPromotions,
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
    /// What promotions take off it.
    pub shipping_discounts: Allocations,
    /// The order that it became. Once there is one, the cart never changes again (rule D13).
    pub order_id: Option<OrderId>,
    /// The run that is completing it. While there is one, the cart does not change.
    pub completing_run_id: Option<WorkflowRunId>,
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
    /// Whether the unit price includes tax.
    pub includes_tax: bool,
    /// What one unit costs without a sale; `None` when it is not reduced.
    pub compare_at: Option<Decimal>,
    /// The price list that the unit price is from; `None` for a base price.
    pub price_list: Option<String>,
    /// From how many units on the unit price counts; `None` for a price of any quantity.
    pub tier_from: Option<i32>,
    /// The unit price that staff has set by hand.
    pub override_price: Option<Decimal>,
    /// Why.
    pub override_reason: Option<String>,
    /// Its rates of tax.
    pub taxes: AppliedRates,
    /// What promotions take off it.
    pub discounts: Allocations,
    /// Whether it has to be sent.
    pub requires_shipping: bool,
}

/// A price that staff set by hand, for the record.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = price_overrides)]
pub struct PriceOverride {
    /// Id.
    pub id: PriceOverrideId,
    /// In which cart.
    pub cart_id: CartId,
    /// On which line.
    pub line_id: CartLineId,
    /// Of what.
    pub variant_id: VariantId,
    /// Who did it.
    pub staff_id: StaffId,
    /// The currency of both prices.
    pub currency: Currency,
    /// What one unit cost before.
    pub before: Option<Decimal>,
    /// What it was set to; `None` when it was given back to its listed price.
    pub after: Option<Decimal>,
    /// Why.
    pub reason: String,
    /// When.
    pub created_at: Timestamp,
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

stored_json!(Properties);

impl CartLine {
    /// What this line adds to the totals; one that cannot be bought adds nothing.
    pub(super) fn item(&self) -> Item<'_> {
        Item {
            unit_price: self.unit_price.unwrap_or_default(),
            quantity: self.quantity,
            includes_tax: self.includes_tax,
            rates: &self.taxes.0,
            discount: self.discounts.total(),
        }
    }

    /// Whether units of this variant, wanted so, go onto this line (rule D7).
    pub(super) fn takes(&self, variant: VariantId, properties: &Properties) -> bool {
        self.variant_id == variant && self.properties == *properties
    }

    /// Has another number of units. More of them are had at the listed price.
    pub(super) fn set_quantity(&mut self, quantity: i32) {
        if quantity > self.quantity {
            self.forget_override();
        }
        self.quantity = quantity;
    }

    /// Gives the line back to its listed price.
    pub(super) fn forget_override(&mut self) {
        self.override_price = None;
        self.override_reason = None;
    }

    /// Where its price and discounts come from.
    fn origin(&self) -> Origin<'_> {
        Origin {
            price_list: self.price_list.as_deref(),
            tier_from: self.tier_from,
            compare_at: self.compare_at,
            set_by_hand: self.override_reason.as_deref(),
            discounts: self.discounts.0.iter().map(named).collect(),
        }
    }
}

fn named(discount: &Allocation) -> (&str, Decimal) {
    (&discount.title, discount.amount)
}

impl Cart {
    /// Whether it is the actor's to change and to pay: a guest's cart is anybody's who knows its id.
    pub fn is_own_of(&self, actor: &Actor) -> bool {
        self.customer_id.is_none_or(|owner| actor.customer() == Some(owner))
    }

    /// Remembers a code, once.
    pub(super) fn add_code(&mut self, code: &str) {
        if !self.codes.iter().any(|known| code_key(known) == code_key(code)) {
            self.codes.push(code.trim().to_owned());
        }
    }

    /// Where it stands.
    pub const fn status(&self) -> CartStatus {
        match (self.order_id, self.completing_run_id) {
            (Some(_), _) => CartStatus::Completed,
            (None, Some(_)) => CartStatus::Completing,
            (None, None) => CartStatus::Active,
        }
    }

    /// What is to be paid, from the cart's own numbers and its lines.
    pub fn totals<L: Borrow<CartLine>>(&self, lines: &[L]) -> Result<Totals, MoneyError> {
        totals(&self.quote(lines))
    }

    /// Where every total comes from.
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
