//! Placing an order.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::{Order, OrderLine};
use super::status::OrderStatus;
use super::{OrderError, Orders, repo};
use crate::db::Conn;
use crate::domain::inventory::Components;
use crate::domain::pricing::{Explanation, Explanations, LineTotals, Totals};
use crate::domain::promotions::{Allocations, AppliedPromotions};
use crate::domain::regions::TaxRounding;
use crate::domain::tax::AppliedRates;
use crate::events::{Event, publish};
use crate::kernel::address::Address;
use crate::kernel::ids::{CartId, ChannelId, CustomerId, OrderId, OrderLineId, ProductId, RegionId, VariantId};
use crate::kernel::money::Currency;

/// An order to place: facts, and the totals computed from them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewOrder {
    /// Its id, which stock and payment know already.
    pub id: OrderId,
    /// Where it is placed.
    pub channel_id: ChannelId,
    /// The channel's next number.
    pub number: i64,
    /// The cart that it was.
    pub cart_id: CartId,
    /// Whose it is.
    pub customer_id: Option<CustomerId>,
    /// The market that it is bought in.
    pub region_id: RegionId,
    /// Where its news go.
    pub email: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether unit prices include tax.
    pub prices_include_tax: bool,
    /// Where tax was rounded.
    pub tax_rounding: TaxRounding,
    /// What the shopper wants to say.
    pub note: String,
    /// Where parcels go.
    pub shipping_address: Option<Address>,
    /// Where bills go.
    pub billing_address: Option<Address>,
    /// How it is sent.
    pub shipping_name: Option<String>,
    /// The promotions that apply.
    pub promotions: AppliedPromotions,
    /// What promotions take off shipping.
    pub shipping_discounts: Allocations,
    /// Whether the customer pays no tax.
    pub tax_exempt: bool,
    /// Where the totals come from.
    pub explanation: Vec<Explanation>,
    /// What is sold.
    pub lines: Vec<SoldLine>,
    /// What it comes to; one entry of `totals.lines` for each of `lines`.
    pub totals: Totals,
}

/// A line of an order to place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SoldLine {
    /// The variant.
    pub variant_id: VariantId,
    /// The product.
    pub product_id: ProductId,
    /// The product's title.
    pub product_title: String,
    /// The variant's title.
    pub variant_title: String,
    /// The stock-keeping unit.
    pub sku: Option<String>,
    /// The picture.
    pub image_url: Option<String>,
    /// How the shopper wants it.
    pub properties: serde_json::Value,
    /// How many.
    pub quantity: i32,
    /// The price of one.
    pub unit_price: Decimal,
    /// Whether it includes tax.
    pub includes_tax: bool,
    /// What one unit costs without a sale.
    pub compare_at: Option<Decimal>,
    /// The price list that the price is from.
    pub price_list: Option<String>,
    /// From how many units on the price counts.
    pub tier_from: Option<i32>,
    /// Why staff set the price by hand, when they did.
    pub override_reason: Option<String>,
    /// What promotions take off.
    pub discounts: Allocations,
    /// What one unit of it takes out of stock.
    pub components: Components,
    /// How many of its units are not there yet.
    pub backordered: i32,
}

impl Orders {
    /// Places an order in the caller's transaction, which keeps those of its variants that are `there` from being deleted.
    /// What was deleted since it was agreed is sold all the same (rule G11); its lines name no variant.
    pub async fn place_in(&self, conn: &Conn, new: NewOrder, there: &[VariantId]) -> Result<Order, OrderError> {
        let now = self.clock.now();
        let (lines, totals) = (new.lines, new.totals);
        let is_there = |line: &SoldLine| there.contains(&line.variant_id);
        let order = Order {
            id: new.id,
            channel_id: new.channel_id,
            number: new.number,
            cart_id: new.cart_id,
            customer_id: new.customer_id,
            region_id: Some(new.region_id),
            email: new.email,
            currency: new.currency,
            prices_include_tax: new.prices_include_tax,
            tax_rounding: new.tax_rounding,
            note: new.note,
            billing_address: new.billing_address.or_else(|| new.shipping_address.clone()),
            shipping_address: new.shipping_address,
            shipping_name: new.shipping_name,
            subtotal_net: totals.subtotal.net.amount,
            subtotal_tax: totals.subtotal.tax.amount,
            shipping_net: totals.shipping.subtotal.net.amount,
            shipping_tax: totals.shipping.subtotal.tax.amount,
            discount_net: totals.discount.net.amount,
            discount_tax: totals.discount.tax.amount,
            promotions: new.promotions,
            shipping_discounts: new.shipping_discounts,
            shipping_taxes: AppliedRates(totals.shipping.taxes),
            tax_exempt: new.tax_exempt,
            explanation: Explanations(new.explanation),
            total_gross: totals.total.gross.amount,
            status: OrderStatus::Placed,
            cancel_reason: None,
            version: 1,
            placed_at: now,
            updated_at: now,
            cancelled_at: None,
            hold_reason: None,
            completed_at: None,
            archived_at: None,
        };
        let row = |(position, (line, totals)): (usize, (SoldLine, LineTotals))| OrderLine {
            id: OrderLineId::new(),
            order_id: order.id,
            position: i32::try_from(position).unwrap_or(i32::MAX),
            variant_id: is_there(&line).then_some(line.variant_id),
            product_id: is_there(&line).then_some(line.product_id),
            product_title: line.product_title,
            variant_title: line.variant_title,
            sku: line.sku,
            image_url: line.image_url,
            properties: line.properties,
            quantity: line.quantity,
            fulfilled_quantity: 0,
            unit_price: line.unit_price,
            includes_tax: line.includes_tax,
            compare_at: line.compare_at,
            price_list: line.price_list,
            tier_from: line.tier_from,
            override_reason: line.override_reason,
            discount_net: totals.discount.net.amount,
            discount_tax: totals.discount.tax.amount,
            taxes: AppliedRates(totals.taxes),
            discounts: line.discounts,
            net: totals.total.net.amount,
            tax: totals.total.tax.amount,
            cancelled_quantity: 0,
            awaiting_quantity: 0,
            delivered_quantity: 0,
            components: line.components,
            backordered: line.backordered,
        };
        let rows: Vec<_> = lines.into_iter().zip(totals.lines).enumerate().map(row).collect();
        repo::orders::insert(conn, &order).await?;
        repo::orders::insert_lines(conn, &rows).await?;
        publish(conn, Event::OrderPlaced(order.id), now).await?;
        tracing::info!(order.id = %order.id, order.number, "Order {} placed", order.number);
        Ok(order)
    }
}
