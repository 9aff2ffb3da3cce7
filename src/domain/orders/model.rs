//! The rows of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::status::{FulfillmentStatus, OrderFulfillmentStatus, OrderStatus, TimelineKind};
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

/// A sold order. Amounts are in major units of the order's currency.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = orders, treat_none_as_null = true)]
pub struct Order {
    /// The id.
    pub id: OrderId,
    /// The sales channel in which it was placed.
    pub channel_id: ChannelId,
    /// The order number, unique in its channel and shown to people.
    pub number: i64,
    /// The cart it was placed from.
    pub cart_id: CartId,
    /// The customer; `None` for a guest's order.
    pub customer_id: Option<CustomerId>,
    /// The region it was placed in, as long as the region exists.
    pub region_id: Option<RegionId>,
    /// The email address for notifications.
    pub email: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether unit prices include tax.
    pub prices_include_tax: bool,
    /// The level at which tax was rounded.
    pub tax_rounding: TaxRounding,
    /// The shopper's note.
    pub note: String,
    /// The shipping address.
    pub shipping_address: Option<Address>,
    /// The billing address.
    pub billing_address: Option<Address>,
    /// The name of the shipping option.
    pub shipping_name: Option<String>,
    /// The lines, without tax and before discounts.
    pub subtotal_net: Decimal,
    /// The tax on the lines.
    pub subtotal_tax: Decimal,
    /// Shipping, without tax and before discounts.
    pub shipping_net: Decimal,
    /// The tax on shipping.
    pub shipping_tax: Decimal,
    /// The discounts on lines and shipping, without tax.
    pub discount_net: Decimal,
    /// The tax on the discounts.
    pub discount_tax: Decimal,
    /// Whether the customer was exempt from tax.
    pub tax_exempt: bool,
    /// The order total.
    pub total_gross: Decimal,
    /// The status.
    pub status: OrderStatus,
    /// The reason for the cancellation.
    pub cancel_reason: Option<String>,
    /// The version, incremented by each change.
    pub version: i32,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
    /// When it was canceled.
    pub canceled_at: Option<Timestamp>,
    /// The reason for the hold; `None` if it is not on hold.
    pub hold_reason: Option<String>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
    /// How it was priced.
    pub pricing: OrderPricing,
}

/// How an order was priced: what its totals consist of.
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
#[serde(rename_all = "camelCase")]
pub struct OrderPricing {
    /// The promotions that applied.
    pub promotions: AppliedPromotions,
    /// The promotions' discounts on shipping.
    pub shipping_discounts: Allocations,
    /// The taxes on shipping.
    pub shipping_taxes: AppliedRates,
    /// How the totals were calculated.
    pub explanation: Explanations,
}
stored_json!(OrderPricing);

impl Order {
    /// An amount in the order's currency, with its tax.
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

    /// The discounts on lines and shipping.
    pub fn discount(&self) -> Taxed {
        self.taxed(self.discount_net, self.discount_tax)
    }

    /// The order total.
    pub fn total(&self) -> Taxed {
        let net = self.subtotal_net + self.shipping_net - self.discount_net;
        self.taxed(net, self.subtotal_tax + self.shipping_tax - self.discount_tax)
    }

    /// The tax by rate, on lines and shipping together.
    pub fn tax_rows(&self, lines: &[OrderLine]) -> Result<Vec<TaxRow>, MoneyError> {
        let net = |net| Money::new(net, self.currency);
        let of_lines: Decimal = lines.iter().map(|line| line.net).sum();
        let shipping = net(self.total().net.amount - of_lines);
        let charged = lines.iter().map(|line| (net(line.net), line.taxes.0.as_slice()));
        tax_rows(charged.chain([(shipping, self.pricing.shipping_taxes.0.as_slice())]), self.currency)
    }
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_lines)]
pub struct OrderLine {
    /// The id.
    pub id: OrderLineId,
    /// The order it belongs to.
    pub order_id: OrderId,
    /// The position in the order, from 0.
    pub position: i32,
    /// The variant, as long as it is in the catalog.
    pub variant_id: Option<VariantId>,
    /// The product, as long as it is in the catalog.
    pub product_id: Option<ProductId>,
    /// The product's title when it was sold.
    pub product_title: String,
    /// The variant's title when it was sold.
    pub variant_title: String,
    /// The stock-keeping unit when it was sold.
    pub sku: Option<String>,
    /// The image when it was sold.
    pub image_url: Option<String>,
    /// Custom attributes.
    pub attributes: serde_json::Value,
    /// The number of units.
    pub quantity: i32,
    /// The number of units that have been packed or shipped.
    pub fulfilled_quantity: i32,
    /// The price of one unit.
    pub unit_price: Decimal,
    /// Whether the unit price included tax.
    pub includes_tax: bool,
    /// The price of one unit without the sale; `None` if it was not reduced.
    pub compare_at_price: Option<Decimal>,
    /// The name of the price list that set the unit price; `None` for a base price.
    pub price_list: Option<String>,
    /// The minimum quantity of the unit price; `None` for a price of any quantity.
    pub min_quantity: Option<i32>,
    /// Why staff overrode the unit price, if they did.
    pub override_reason: Option<String>,
    /// The discounts on the line, without tax.
    pub discount_net: Decimal,
    /// The tax on the discounts.
    pub discount_tax: Decimal,
    /// Its taxes, with their amounts.
    pub taxes: AppliedRates,
    /// The promotions' discounts.
    pub discounts: Allocations,
    /// The total of the line, without tax.
    pub net: Decimal,
    /// The tax on the line.
    pub tax: Decimal,
    /// The number of canceled units.
    pub canceled_quantity: i32,
    /// The number of fulfilled units in fulfillments that await approval.
    pub awaiting_quantity: i32,
    /// The number of delivered units.
    pub delivered_quantity: i32,
    /// The items that one unit of it uses, as they were when it was sold.
    pub components: Components,
    /// The number of units that were backordered when it was sold (rule E13).
    pub backordered: i32,
}

impl OrderLine {
    /// The number of units that are neither fulfilled nor canceled.
    pub const fn left(&self) -> i32 {
        self.quantity - self.fulfilled_quantity - self.canceled_quantity
    }
}

/// The fulfillment status of these lines (rule G5).
pub fn fulfillment_status(lines: &[OrderLine]) -> OrderFulfillmentStatus {
    let sum = |units: fn(&OrderLine) -> i32| lines.iter().map(|line| i64::from(units(line))).sum::<i64>();
    let wanted = sum(|line| line.quantity - line.canceled_quantity);
    OrderFulfillmentStatus::of_units(
        wanted,
        sum(|line| line.fulfilled_quantity - line.awaiting_quantity),
        sum(|line| line.delivered_quantity),
    )
}

/// Units of a line, to fulfill or to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineUnits {
    /// The line.
    pub line_id: OrderLineId,
    /// The number of units, at least 1.
    pub quantity: i32,
}

impl LineUnits {
    /// The units as timeline data.
    pub(super) fn to_json(units: &[Self]) -> Vec<serde_json::Value> {
        units.iter().map(|part| json!({ "lineId": part.line_id, "quantity": part.quantity })).collect()
    }
}

/// Units of an order that were taken from the shelf to be shipped together.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = fulfillments, treat_none_as_null = true)]
pub struct Fulfillment {
    /// The id.
    pub id: FulfillmentId,
    /// The order.
    pub order_id: OrderId,
    /// The status.
    pub status: FulfillmentStatus,
    /// The units taken from each location.
    pub stock: AllocatedStocks,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
    /// When it was handed to the carrier.
    pub shipped_at: Option<Timestamp>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// When it was canceled.
    pub canceled_at: Option<Timestamp>,
}

impl Fulfillment {
    /// The location that all units were taken from; `None` if there are several, or none.
    pub fn location(&self) -> Option<LocationId> {
        let first = self.stock.0.first()?.location_id;
        self.stock.0.iter().all(|taken| taken.location_id == first).then_some(first)
    }
}

/// Units of an item that were taken from a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AllocatedStock {
    /// The item.
    pub item_id: InventoryItemId,
    /// The location.
    pub location_id: LocationId,
    /// The number of units.
    pub quantity: i32,
}

/// All units taken from the shelves for a fulfillment, stored as one JSON value.
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
pub struct AllocatedStocks(pub Vec<AllocatedStock>);

stored_json!(AllocatedStocks);

/// Units of a line in a fulfillment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = fulfillment_lines)]
pub struct FulfillmentLine {
    /// The fulfillment.
    pub fulfillment_id: FulfillmentId,
    /// The order line.
    pub order_line_id: OrderLineId,
    /// The number of units.
    pub quantity: i32,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shipments)]
pub struct Shipment {
    /// The id.
    pub id: ShipmentId,
    /// The fulfillment.
    pub fulfillment_id: FulfillmentId,
    /// The carrier's tracking number; empty if there is none.
    pub tracking_number: String,
    /// The tracking URL; empty if there is none.
    pub tracking_url: String,
    /// When it was handed to the carrier.
    pub created_at: Timestamp,
    /// When its tracking was last updated.
    pub updated_at: Timestamp,
}

/// An entry of an order's timeline.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_timeline)]
pub struct TimelineEntry {
    /// The id.
    pub id: TimelineEntryId,
    /// The order.
    pub order_id: OrderId,
    /// The kind.
    pub kind: TimelineKind,
    /// A human-readable sentence; for a note, its text.
    pub message: String,
    /// Machine-readable details.
    pub data: serde_json::Value,
    /// The staff user who did it; `None` for the shopper or the engine itself.
    pub staff_id: Option<StaffId>,
    /// Whether the shopper can see it.
    pub customer_visible: bool,
    /// When it happened.
    pub created_at: Timestamp,
}
