use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::InputObject;
use graphql_plan::{Found, Result, object};

use crate::domain::orders;
use crate::domain::tax::{Taxed, combined_rate};
use crate::graphql::cart::Property;
use crate::graphql::catalog::sources::VARIANT;
use crate::graphql::catalog::{ProductVariant, absolute};
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::totals::{DiscountAllocation, TaxLine, discounts_of, taxes_of};
use crate::kernel::error::ErrorCode;
use crate::kernel::money;

/// A line with the order that it is in.
#[derive(Clone, Debug)]
pub struct LineInOrder {
    order: Arc<orders::Order>,
    line: orders::OrderLine,
}

object! {
    /// Something that was sold, as it was then.
    pub OrderLine for LineInOrder {
        /// Id.
        id: field(|row| &row.line.id);
        /// The product's title when it was sold.
        product_title: field(|row| &row.line.product_title);
        /// The variant's title when it was sold.
        variant_title: field(|row| &row.line.variant_title);
        /// The stock-keeping unit when it was sold.
        sku: field(|row| &row.line.sku);
        /// The picture when it was sold: a whole web address.
        image_url: value(|row, cx| row.line.image_url.as_deref().map(|url| absolute(cx, url)));
        /// The variant as it is now; null when the catalogue does not show it any more.
        variant: option(ProductVariant, VARIANT, |row| row.line.variant_id);
        /// How the shopper wanted it.
        properties: embed(Property, |row| properties(&row.line));
        /// How many.
        quantity: field(|row| &row.line.quantity);
        /// How many of these were not there when it was sold, and were promised for later.
        backordered_quantity: field(|row| &row.line.backordered);
        /// How many of these were packed or sent.
        fulfilled_quantity: field(|row| &row.line.fulfilled_quantity);
        /// How many of these have arrived.
        delivered_quantity: field(|row| &row.line.delivered_quantity);
        /// How many were cancelled before they were sent.
        cancelled_quantity: field(|row| &row.line.cancelled_quantity);
        /// How many are neither packed, sent nor cancelled.
        unfulfilled_quantity: value(|row| row.line.left());
        /// What one unit cost.
        unit_price: embed(Money, |row| money::Money::new(row.line.unit_price, row.order.currency));
        /// What one unit cost without the sale or the price that was set by hand; null when it was not reduced.
        compare_at: embed(Money, |row| row.line.compare_at.map(|amount| money::Money::new(amount, row.order.currency)));
        /// Whether the unit price included tax.
        includes_tax: field(|row| &row.line.includes_tax);
        /// The price list that the unit price was from; null for a base price.
        price_list: field(|row| &row.line.price_list);
        /// From how many units on the unit price counted; null for a price of any quantity.
        tier_from: field(|row| &row.line.tier_from);
        /// Why staff had set the unit price by hand; null when they had not.
        price_override_reason: field(|row| &row.line.override_reason);
        /// All its rates of tax together, as a fraction.
        tax_rate: value(|row| Decimal(combined_rate(&row.line.taxes.0).normalize()));
        /// Its taxes. They add up to the total's tax.
        tax_lines: embed(TaxLine, |row| {
            taxes_of(&row.line.taxes.0, money::Money::new(row.line.net, row.order.currency))
        });
        /// What promotions took off it.
        discount_allocations: embed(DiscountAllocation, |row| discounts_of(&row.line.discounts, row.order.currency));
        /// What all units cost, without discounts.
        subtotal: embed(TaxedMoney, |row| {
            let line = &row.line;
            row.order.taxed(line.net + line.discount_net, line.tax + line.discount_tax)
        });
        /// What promotions took off it, with its tax.
        discount_total: embed(TaxedMoney, |row| row.order.taxed(row.line.discount_net, row.line.discount_tax));
        /// What was to be paid for it: the subtotal less discounts.
        total: embed(TaxedMoney, |row| row.order.taxed(row.line.net, row.line.tax));
        /// What was to be paid for so many of its units that are not cancelled: their share of the total, discounts and tax
        /// included. It is what they are worth when they are cancelled or come back. Code: INVALID_QUANTITY.
        paid_value(PaidValueArgs): embed(TaxedMoney, |row, args| paid_value(row, args.quantity));
    }
}

/// Of how many units the value is told.
#[derive(InputObject)]
pub struct PaidValueArgs {
    #[graphql(default = 1)]
    quantity: i32,
}

/// The lines of an order.
pub(super) fn lines_of(order: &orders::Order, lines: Found<'_, orders::OrderLine>) -> Vec<LineInOrder> {
    let order = Arc::new(order.clone());
    lines.iter().map(|line| LineInOrder { order: order.clone(), line: line.clone() }).collect()
}

fn properties(line: &orders::OrderLine) -> Vec<(String, String)> {
    let pairs: BTreeMap<String, String> = serde_json::from_value(line.properties.clone()).unwrap_or_default();
    pairs.into_iter().collect()
}

fn paid_value(row: &LineInOrder, quantity: i32) -> Result<Taxed> {
    let most = row.line.quantity - row.line.cancelled_quantity;
    if !(1..=most).contains(&quantity) {
        let message = format!("A quantity is from 1 to {most}.");
        return Err(ApiError::new(ErrorCode::InvalidQuantity, message).into());
    }
    Ok(row.line.worth(&row.order, quantity)?)
}
