//! Placing an order.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::{Order, OrderLine, OrderPricing};
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

/// An order to place: its data, and the totals computed from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewOrder {
    /// The id, which stock and payment already refer to.
    pub id: OrderId,
    /// The sales channel.
    pub channel_id: ChannelId,
    /// The channel's next number.
    pub number: i64,
    /// The cart it is placed from.
    pub cart_id: CartId,
    /// The customer.
    pub customer_id: Option<CustomerId>,
    /// The region it is placed in.
    pub region_id: RegionId,
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
    /// The promotions that apply.
    pub promotions: AppliedPromotions,
    /// The promotions' discounts on shipping.
    pub shipping_discounts: Allocations,
    /// Whether the customer is exempt from tax.
    pub tax_exempt: bool,
    /// How the totals are calculated.
    pub explanation: Vec<Explanation>,
    /// The lines.
    pub lines: Vec<SoldLine>,
    /// The totals, with one entry of `totals.lines` for each of `lines`.
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
    /// The image.
    pub image_url: Option<String>,
    /// Custom attributes.
    pub attributes: serde_json::Value,
    /// The number of units.
    pub quantity: i32,
    /// The price of one unit.
    pub unit_price: Decimal,
    /// Whether the unit price includes tax.
    pub includes_tax: bool,
    /// The price of one unit without the sale.
    pub compare_at_price: Option<Decimal>,
    /// The name of the price list that set the unit price.
    pub price_list: Option<String>,
    /// The minimum quantity of the unit price.
    pub min_quantity: Option<i32>,
    /// Why staff overrode the unit price, if they did.
    pub override_reason: Option<String>,
    /// The promotions' discounts.
    pub discounts: Allocations,
    /// The items that one unit of it uses.
    pub components: Components,
    /// The number of backordered units.
    pub backordered: i32,
}

impl Orders {
    /// Places an order in the caller's transaction, which prevents the variants in `there` from being deleted. Variants
    /// deleted since the order was agreed are still sold (rule G11), but their lines have no variant.
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
            tax_exempt: new.tax_exempt,
            total_gross: totals.total.gross.amount,
            status: OrderStatus::Placed,
            cancel_reason: None,
            version: 1,
            placed_at: now,
            updated_at: now,
            canceled_at: None,
            hold_reason: None,
            completed_at: None,
            archived_at: None,
            pricing: OrderPricing {
                promotions: new.promotions,
                shipping_discounts: new.shipping_discounts,
                shipping_taxes: AppliedRates(totals.shipping.taxes),
                explanation: Explanations(new.explanation),
            },
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
            attributes: line.attributes,
            quantity: line.quantity,
            fulfilled_quantity: 0,
            unit_price: line.unit_price,
            includes_tax: line.includes_tax,
            compare_at_price: line.compare_at_price,
            price_list: line.price_list,
            min_quantity: line.min_quantity,
            override_reason: line.override_reason,
            discount_net: totals.discount.net.amount,
            discount_tax: totals.discount.tax.amount,
            taxes: AppliedRates(totals.taxes),
            discounts: line.discounts,
            net: totals.total.net.amount,
            tax: totals.total.tax.amount,
            canceled_quantity: 0,
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
