//! Placing an order.

use rust_decimal::Decimal;

use super::model::{Order, OrderLine, OrderStatus};
use super::{OrderError, Orders, repo};
use crate::db::Conn;
use crate::domain::pricing::Totals;
use crate::domain::regions::TaxRounding;
use crate::events::{Event, publish};
use crate::kernel::address::Address;
use crate::kernel::ids::{CartId, ChannelId, CustomerId, OrderId, OrderLineId, ProductId, RegionId, VariantId};
use crate::kernel::money::Currency;

/// An order to place: facts, and the totals computed from them.
#[derive(Clone, Debug)]
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
    /// The rate of tax on shipping as a fraction.
    pub shipping_tax_rate: Decimal,
    /// What is sold.
    pub lines: Vec<SoldLine>,
    /// What it comes to; one entry of `totals.lines` for each of `lines`.
    pub totals: Totals,
}

/// A line of an order to place.
#[derive(Clone, Debug)]
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
    /// The rate of tax as a fraction.
    pub tax_rate: Decimal,
}

impl Orders {
    /// Places an order in the caller's transaction.
    pub async fn place_in(&self, conn: &Conn, new: NewOrder) -> Result<Order, OrderError> {
        let now = self.clock.now();
        let (lines, totals) = (new.lines, new.totals);
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
            shipping_net: totals.shipping.net.amount,
            shipping_tax: totals.shipping.tax.amount,
            shipping_tax_rate: new.shipping_tax_rate,
            total_gross: totals.total.gross.amount,
            status: OrderStatus::Placed,
            cancel_reason: None,
            version: 1,
            placed_at: now,
            updated_at: now,
            cancelled_at: None,
        };
        let row = |(position, (line, taxed)): (usize, (SoldLine, &crate::domain::tax::Taxed))| OrderLine {
            id: OrderLineId::new(),
            order_id: order.id,
            position: i32::try_from(position).unwrap_or(i32::MAX),
            variant_id: Some(line.variant_id),
            product_id: Some(line.product_id),
            product_title: line.product_title,
            variant_title: line.variant_title,
            sku: line.sku,
            image_url: line.image_url,
            properties: line.properties,
            quantity: line.quantity,
            fulfilled_quantity: 0,
            unit_price: line.unit_price,
            tax_rate: line.tax_rate,
            net: taxed.net.amount,
            tax: taxed.tax.amount,
        };
        let rows: Vec<_> = lines.into_iter().zip(&totals.lines).enumerate().map(row).collect();
        repo::insert(conn, &order).await?;
        repo::insert_lines(conn, &rows).await?;
        publish(conn, Event::OrderPlaced(order.id), now).await?;
        tracing::info!(order.id = %order.id, order.number, "Order {} placed", order.number);
        Ok(order)
    }
}
