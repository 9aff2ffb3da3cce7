//! The words of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::{fulfillment_lines, fulfillments, order_lines, orders};
use crate::domain::pricing::{Explanations, TaxRow, tax_rows};
use crate::domain::promotions::{Allocations, AppliedPromotions};
use crate::domain::regions::TaxRounding;
use crate::domain::tax::{AppliedRates, Taxed};
use crate::kernel::address::Address;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Problem;
use crate::kernel::ids::{
    CartId, ChannelId, CustomerId, FulfillmentId, OrderId, OrderLineId, ProductId, RegionId, VariantId,
};
use crate::kernel::money::{Currency, Money, MoneyError};
use crate::kernel::page::{Key, PageArgs, Window};
use crate::kernel::words;

words! {
    /// Where an order stands.
    OrderStatus {
        /// It was placed.
        Placed = "PLACED",
        /// It was cancelled: stock and money went back.
        Cancelled = "CANCELLED",
    }
}

words! {
    /// How far an order was sent. Derived from its lines, never set.
    FulfillmentStatus {
        /// Nothing was sent.
        Unfulfilled = "UNFULFILLED",
        /// A part was sent.
        PartiallyFulfilled = "PARTIALLY_FULFILLED",
        /// All was sent.
        Fulfilled = "FULFILLED",
    }
}

words! {
    /// How a list of orders is sorted.
    OrderSort {
        /// The newest first.
        Newest = "NEWEST",
        /// The oldest first.
        Oldest = "OLDEST",
        /// The largest total first.
        TotalDesc = "TOTAL_DESC",
        /// The smallest total first.
        TotalAsc = "TOTAL_ASC",
    }
}

impl OrderSort {
    pub(super) fn key(self, order: &Order) -> String {
        match self {
            Self::Newest | Self::Oldest => order.placed_at.to_rfc3339(),
            Self::TotalDesc | Self::TotalAsc => order.total_gross.to_string(),
        }
    }
}

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
}

/// How far lines were sent.
pub fn fulfillment_status(lines: &[OrderLine]) -> FulfillmentStatus {
    let sent: i64 = lines.iter().map(|line| i64::from(line.fulfilled_quantity)).sum();
    let sold: i64 = lines.iter().map(|line| i64::from(line.quantity)).sum();
    match sent {
        0 => FulfillmentStatus::Unfulfilled,
        sent if sent < sold => FulfillmentStatus::PartiallyFulfilled,
        _ => FulfillmentStatus::Fulfilled,
    }
}

/// A parcel that has left.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = fulfillments)]
pub struct Fulfillment {
    /// Id.
    pub id: FulfillmentId,
    /// Of which order.
    pub order_id: OrderId,
    /// The carrier's number; empty when there is none.
    pub tracking_number: String,
    /// Where its way can be followed; empty when that is nowhere.
    pub tracking_url: String,
    /// When it left.
    pub created_at: Timestamp,
}

/// What was in a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = fulfillment_lines)]
pub struct FulfillmentLine {
    /// Which parcel.
    pub fulfillment_id: FulfillmentId,
    /// Of which line.
    pub order_line_id: OrderLineId,
    /// How many.
    pub quantity: i32,
}

/// A page of a list of orders.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderList {
    /// Which orders.
    pub filter: OrderFilter,
    pub(super) sort: OrderSort,
    pub(super) window: Window,
}

impl OrderList {
    /// The page that is asked for. Refused are cursors that do not belong to the sort.
    pub fn new(filter: OrderFilter, sort: OrderSort, args: &PageArgs) -> Result<Self, Problem> {
        let window = Window::new(args, sort.word())?;
        match sort {
            OrderSort::Newest | OrderSort::Oldest => window.key::<Timestamp>().map(drop)?,
            OrderSort::TotalDesc | OrderSort::TotalAsc => window.key::<Decimal>().map(drop)?,
        }
        Ok(Self { filter, sort, window })
    }

    /// The cursor's key and order, which `new` has read before.
    pub(super) fn beyond<K: Key>(&self) -> Option<(K, OrderId)> {
        self.window.key().ok().flatten().map(|(key, id)| (key, OrderId(id)))
    }
}

/// Which orders a list shows; what is `None` does not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrderFilter {
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// In this state.
    pub status: Option<OrderStatus>,
    /// With something left to send, or with nothing.
    pub fulfilled: Option<bool>,
    /// Placed at or after this moment.
    pub placed_from: Option<Timestamp>,
    /// Placed before this moment.
    pub placed_before: Option<Timestamp>,
    /// The number, or a piece of the e-mail address.
    pub query: Option<String>,
}
