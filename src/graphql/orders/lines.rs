use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::InputObject;
use graphql_plan::{Found, Result, object};

use crate::domain::orders;
use crate::domain::tax::{Taxed, combined_rate};
use crate::graphql::cart::Attribute;
use crate::graphql::catalog::sources::VARIANT;
use crate::graphql::catalog::{ProductVariant, absolute};
use crate::graphql::errors::ApiError;
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::totals::{DiscountAllocation, TaxLine, discounts_of, taxes_of};
use crate::kernel::error::ErrorCode;
use crate::kernel::money;

/// A line with its order.
#[derive(Clone, Debug)]
pub struct LineInOrder {
    order: Arc<orders::Order>,
    line: Arc<orders::OrderLine>,
}

object! {
    /// A line of an order: what was sold, as it was at that time.
    pub OrderLine for LineInOrder {
        /// Id.
        id: field(|row| &row.line.id);
        /// The title of the product when it was sold.
        product_title: field(|row| &row.line.product_title);
        /// The title of the variant when it was sold.
        variant_title: field(|row| &row.line.variant_title);
        /// The stock-keeping unit (SKU) when it was sold.
        sku: field(|row| &row.line.sku);
        /// The absolute URL of the image when it was sold.
        image_url: value(|row, cx| row.line.image_url.as_deref().map(|url| absolute(cx, url)));
        /// The variant as it is now; null if the catalog no longer shows it.
        variant: option(ProductVariant, VARIANT, |row| row.line.variant_id);
        /// Custom attributes, such as an engraving.
        attributes: embed(Attribute, |row| attributes(&row.line));
        /// The number of units.
        quantity: field(|row| &row.line.quantity);
        /// The number of units that were out of stock when they were sold, and were backordered.
        backordered_quantity: field(|row| &row.line.backordered);
        /// The number of units that have been packed or shipped.
        fulfilled_quantity: field(|row| &row.line.fulfilled_quantity);
        /// The number of units that have been delivered.
        delivered_quantity: field(|row| &row.line.delivered_quantity);
        /// The number of units that were canceled before they were shipped.
        canceled_quantity: field(|row| &row.line.canceled_quantity);
        /// The number of units that are neither packed, shipped nor canceled.
        unfulfilled_quantity: value(|row| row.line.left());
        /// The price of one unit.
        unit_price: embed(Money, |row| money::Money::new(row.line.unit_price, row.order.currency));
        /// The price of one unit without the sale or the price override; null if it was not reduced.
        compare_at_price: embed(Money, |row| row.line.compare_at_price.map(|amount| money::Money::new(amount, row.order.currency)));
        /// Whether the unit price included tax.
        includes_tax: field(|row| &row.line.includes_tax);
        /// The name of the price list that set the unit price; null for a base price.
        price_list: field(|row| &row.line.price_list);
        /// The minimum quantity of the unit price; null for a price of any quantity.
        min_quantity: field(|row| &row.line.min_quantity);
        /// Why staff had overridden the unit price; null if they had not.
        price_override_reason: field(|row| &row.line.override_reason);
        /// The combined tax rate, as a fraction: `"0.19"` is 19%.
        tax_rate: value(|row| Decimal(combined_rate(&row.line.taxes.0).normalize()));
        /// The taxes on the line. They add up to the tax of `total`.
        tax_lines: embed(TaxLine, |row| {
            taxes_of(&row.line.taxes.0, money::Money::new(row.line.net, row.order.currency))
        });
        /// The discount of each promotion on the line.
        discount_allocations: embed(DiscountAllocation, |row| discounts_of(&row.line.discounts, row.order.currency));
        /// The price of all units, before discounts.
        subtotal: embed(TaxedMoney, |row| {
            let line = &row.line;
            row.order.taxed(line.net + line.discount_net, line.tax + line.discount_tax)
        });
        /// The total discount on the line, with its tax.
        discount_total: embed(TaxedMoney, |row| row.order.taxed(row.line.discount_net, row.line.discount_tax));
        /// The amount to pay for the line: the subtotal less discounts.
        total: embed(TaxedMoney, |row| row.order.taxed(row.line.net, row.line.tax));
        /// The refundable value of units that are not canceled: their share of the total, including discounts and tax.
        /// It is what they are worth if they are canceled or returned.
        /// Code: INVALID_QUANTITY.
        refundable_value(RefundableValueArgs): embed(TaxedMoney, |row, args| refundable_value(row, args.quantity));
    }
}

/// The arguments of `refundableValue`.
#[derive(InputObject)]
pub struct RefundableValueArgs {
    /// The number of units.
    #[graphql(default = 1)]
    quantity: i32,
}

/// The lines of an order.
pub(super) fn lines_of(order: &orders::Order, lines: Found<'_, orders::OrderLine>) -> Vec<LineInOrder> {
    let order = Arc::new(order.clone());
    lines.shared().into_iter().map(|line| LineInOrder { order: order.clone(), line }).collect()
}

fn attributes(line: &orders::OrderLine) -> Vec<(String, String)> {
    let pairs: BTreeMap<String, String> = serde_json::from_value(line.attributes.clone()).unwrap_or_default();
    pairs.into_iter().collect()
}

fn refundable_value(row: &LineInOrder, quantity: i32) -> Result<Taxed> {
    let most = row.line.quantity - row.line.canceled_quantity;
    if !(1..=most).contains(&quantity) {
        let message = format!("The quantity must be from 1 to {most}.");
        return Err(ApiError::new(ErrorCode::InvalidQuantity, message).into());
    }
    Ok(row.line.worth(&row.order, quantity)?)
}
