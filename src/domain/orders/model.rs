//! The rows of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::status::{FulfillmentState, OrderStatus, TimelineKind};
use crate::db::schema::{fulfillment_lines, fulfillments, order_lines, order_timeline, orders, shipments};
use crate::domain::inventory::Components;
use crate::domain::pricing::{Explanations, TaxRow, tax_rows};
use crate::domain::promotions::{Allocations, AppliedPromotions};
use crate::domain::regions::TaxRounding;
use crate::domain::tax::{AppliedRates, Taxed};
use crate::kernel::address::Address;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{
    CartId, ChannelId, CustomerId, FulfillmentId, InventoryItemId, LocationId, OrderId, OrderLineId, ProductId,
    RegionId, ShipmentId, StaffId, TimelineEntryId, VariantId,
};
use crate::kernel::money::{Currency, Money, MoneyError};
use crate::kernel::stored_json;

/// What was sold. Amounts in major units of the order's currency.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = orders, treat_none_as_null = true)]
pub struct Order {
    /// Id.
    pub id: OrderId,
    /// Where it was placed.
    pub channel_id: ChannelId,
    /// Its number, unique in its channel: what people say on the phone.
    pub number: i64,
    /// The cart that it was.
    pub cart_id: CartId,
    /// Whose it is; `None` for a guest's.
    pub customer_id: Option<CustomerId>,
    /// The market that it was bought in, while that exists.
    pub region_id: Option<RegionId>,
    /// Where its news go.
    pub email: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether unit prices include tax.
    pub prices_include_tax: bool,
    /// Where tax was rounded.
    pub tax_rounding: TaxRounding,
    /// What the shopper wanted to say.
    pub note: String,
    /// Where parcels go.
    pub shipping_address: Option<Address>,
    /// Where bills go.
    pub billing_address: Option<Address>,
    /// How it is sent.
    pub shipping_name: Option<String>,
    /// The lines without tax and without discounts.
    pub subtotal_net: Decimal,
    /// The lines' tax.
    pub subtotal_tax: Decimal,
    /// Shipping without tax and without discounts.
    pub shipping_net: Decimal,
    /// Shipping's tax.
    pub shipping_tax: Decimal,
    /// What was taken off lines and shipping, without tax.
    pub discount_net: Decimal,
    /// The tax on what was taken off.
    pub discount_tax: Decimal,
    /// The promotions that applied.
    pub promotions: AppliedPromotions,
    /// What promotions took off shipping.
    pub shipping_discounts: Allocations,
    /// The taxes on shipping.
    pub shipping_taxes: AppliedRates,
    /// Whether the customer paid no tax.
    pub tax_exempt: bool,
    /// Where its totals came from.
    pub explanation: Explanations,
    /// What was to be paid.
    pub total_gross: Decimal,
    /// Where it stands.
    pub status: OrderStatus,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// Counts the changes.
    pub version: i32,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// Why it is on hold; `None` when it is not.
    pub hold_reason: Option<String>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// When it was put away.
    pub archived_at: Option<Timestamp>,
}

impl Order {
    /// An amount in the order's currency, split.
    pub fn taxed(&self, net: Decimal, tax: Decimal) -> Taxed {
        let money = |amount| Money::new(amount, self.currency).rounded();
        Taxed { net: money(net), tax: money(tax), gross: money(net + tax) }
    }

    /// The sum of the lines.
    pub fn subtotal(&self) -> Taxed {
        self.taxed(self.subtotal_net, self.subtotal_tax)
    }

    /// Shipping.
    pub fn shipping(&self) -> Taxed {
        self.taxed(self.shipping_net, self.shipping_tax)
    }

    /// What was taken off lines and shipping.
    pub fn discount(&self) -> Taxed {
        self.taxed(self.discount_net, self.discount_tax)
    }

    /// What was to be paid.
    pub fn total(&self) -> Taxed {
        let net = self.subtotal_net + self.shipping_net - self.discount_net;
        self.taxed(net, self.subtotal_tax + self.shipping_tax - self.discount_tax)
    }

    /// What was charged at each rate, lines and shipping together.
    pub fn tax_rows(&self, lines: &[OrderLine]) -> Result<Vec<TaxRow>, MoneyError> {
        let net = |net| Money::new(net, self.currency);
        let of_lines: Decimal = lines.iter().map(|line| line.net).sum();
        let shipping = net(self.total().net.amount - of_lines);
        let charged = lines.iter().map(|line| (net(line.net), line.taxes.0.as_slice()));
        tax_rows(charged.chain([(shipping, self.shipping_taxes.0.as_slice())]), self.currency)
    }
}

/// Something that was sold.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_lines)]
pub struct OrderLine {
    /// Id.
    pub id: OrderLineId,
    /// Whose.
    pub order_id: OrderId,
    /// Its place in the order, from 0.
    pub position: i32,
    /// The variant, while the catalogue has it.
    pub variant_id: Option<VariantId>,
    /// The product, while the catalogue has it.
    pub product_id: Option<ProductId>,
    /// The product's title when it was sold.
    pub product_title: String,
    /// The variant's title when it was sold.
    pub variant_title: String,
    /// The stock-keeping unit when it was sold.
    pub sku: Option<String>,
    /// The picture when it was sold.
    pub image_url: Option<String>,
    /// How the shopper wanted it.
    pub properties: serde_json::Value,
    /// How many.
    pub quantity: i32,
    /// How many were sent.
    pub fulfilled_quantity: i32,
    /// The price of one.
    pub unit_price: Decimal,
    /// Whether the unit price included tax.
    pub includes_tax: bool,
    /// What one unit cost without a sale; `None` when it was not reduced.
    pub compare_at: Option<Decimal>,
    /// The price list that the unit price was from; `None` for a base price.
    pub price_list: Option<String>,
    /// From how many units on the unit price counted; `None` for a price of any quantity.
    pub tier_from: Option<i32>,
    /// Why staff set the unit price by hand, when they did.
    pub override_reason: Option<String>,
    /// What was taken off, without tax.
    pub discount_net: Decimal,
    /// The tax on what was taken off.
    pub discount_tax: Decimal,
    /// Its taxes, with their amounts.
    pub taxes: AppliedRates,
    /// What promotions took off.
    pub discounts: Allocations,
    /// What was paid for the line, without tax.
    pub net: Decimal,
    /// The line's tax.
    pub tax: Decimal,
    /// How many were cancelled.
    pub cancelled_quantity: i32,
    /// How many of those that were sent are in fulfillments that still have to be approved.
    pub awaiting_quantity: i32,
    /// How many of those that were sent have arrived.
    pub delivered_quantity: i32,
    /// What one unit of it takes out of stock, as it was when it was sold.
    pub components: Components,
    /// How many of its units were not there when it was sold (rule E13).
    pub backordered: i32,
}

impl OrderLine {
    /// How many are neither sent nor cancelled.
    pub const fn left(&self) -> i32 {
        self.quantity - self.fulfilled_quantity - self.cancelled_quantity
    }
}

/// Units of an order that were taken from the shelf to be sent together.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = fulfillments)]
pub struct Fulfillment {
    /// Id.
    pub id: FulfillmentId,
    /// Of which order.
    pub order_id: OrderId,
    /// Where it stands.
    pub status: FulfillmentState,
    /// What left which shelf.
    pub stock: TakenStock,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was handed to the carrier.
    pub shipped_at: Option<Timestamp>,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
}

impl Fulfillment {
    /// The location that all of it was taken from; `None` when there are several, or none.
    pub fn location(&self) -> Option<LocationId> {
        let first = self.stock.0.first()?.location_id;
        self.stock.0.iter().all(|taken| taken.location_id == first).then_some(first)
    }
}

/// Units of an item that left a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// Of which item.
    pub item_id: InventoryItemId,
    /// From where.
    pub location_id: LocationId,
    /// How many.
    pub quantity: i32,
}

/// All that left the shelves for a fulfillment, stored as one JSON value.
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
pub struct TakenStock(pub Vec<Taken>);

stored_json!(TakenStock);

/// Units of a line in a fulfillment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = fulfillment_lines)]
pub struct FulfillmentLine {
    /// Which fulfillment.
    pub fulfillment_id: FulfillmentId,
    /// Of which line.
    pub order_line_id: OrderLineId,
    /// How many.
    pub quantity: i32,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shipments)]
pub struct Shipment {
    /// Id.
    pub id: ShipmentId,
    /// Of which fulfillment.
    pub fulfillment_id: FulfillmentId,
    /// The carrier's number; empty when there is none.
    pub tracking_number: String,
    /// Where its way can be followed; empty when that is nowhere.
    pub tracking_url: String,
    /// When it was handed to the carrier.
    pub created_at: Timestamp,
    /// When its tracking was last changed.
    pub updated_at: Timestamp,
}

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_timeline)]
pub struct TimelineEntry {
    /// Id.
    pub id: TimelineEntryId,
    /// To which order.
    pub order_id: OrderId,
    /// What happened.
    pub kind: TimelineKind,
    /// What happened, for people, in one sentence; for a note, its text.
    pub message: String,
    /// What happened, for programs.
    pub data: serde_json::Value,
    /// Who did it; `None` when it was the shopper or the shop itself.
    pub staff_id: Option<StaffId>,
    /// Whether the shopper sees it.
    pub customer_visible: bool,
    /// When.
    pub created_at: Timestamp,
}
