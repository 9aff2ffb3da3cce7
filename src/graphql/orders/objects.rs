use graphql_plan::{Cx, Found, Result, object};

use super::fulfillments::Fulfillment;
use super::lines::{OrderLine, lines_of};
use super::sources::{
    FULFILLMENTS_OF_ORDER, LINES_OF_ORDER, ORDER_MONEY, OrderMoney, OrderPayments, PAYMENTS_AND_LINES_OF_ORDER,
    TIMELINE,
};
use super::timeline::TimelineEntry;
use crate::domain::orders::{self, Timeline, fulfillment_status};
use crate::domain::payments::{
    ChargeStatus, Payment as Paid, PaymentStatus, charge_status, covered, goodwill, status_of,
};
use crate::domain::pricing::TaxRow;
use crate::domain::tax::Taxed;
use crate::graphql::account::sources::VISIBLE_CUSTOMER;
use crate::graphql::account::{Address, Customer};
use crate::graphql::context::CxExt;
use crate::graphql::guards::staff;
use crate::graphql::node::Node;
use crate::graphql::payments::sources::{PAYMENTS_OF_ORDER, REFUNDS_OF_ORDER};
use crate::graphql::payments::{Payment, Refund};
use crate::graphql::scalars::{Money, TaxedMoney};
use crate::graphql::totals::{
    DiscountAllocation, ExplainArgs, Explanation, TaxLine, discounts_of, discounts_of_all, explanations,
};
use crate::kernel::actor::Permission;
use crate::kernel::money;
use crate::kernel::page::PageArgs;

object! {
    /// A placed order. It is a snapshot: changes in the catalog do not affect it.
    pub Order for orders::Order, implements Node {
        /// Id.
        id;
        /// The order number, shown to people. Unique in its sales channel.
        number;
        /// Status.
        status;
        /// The payment status. Canceled units do not need to be paid for.
        payment_status: from(PAYMENTS_AND_LINES_OF_ORDER, |order| order.id, |order, bill| payment_status(order, bill));
        /// The fulfillment status. Canceled units do not need to be shipped.
        fulfillment_status: from(LINES_OF_ORDER, |order| order.id, |_, lines| fulfillment_status(&lines.to_vec()));
        /// The email address for notifications.
        email;
        /// The customer, visible to that customer and to staff; null for a guest's order.
        customer: option(Customer, VISIBLE_CUSTOMER, |order| order.customer_id);
        /// The currency of every amount.
        currency_code: field(|order| &order.currency);
        /// Whether unit prices include tax.
        prices_include_tax;
        /// The shopper's note.
        note;
        /// The shipping address.
        shipping_address: embed(Address, |order| order.shipping_address.clone());
        /// The billing address.
        billing_address: embed(Address, |order| order.billing_address.clone());
        /// The name of the shipping option; null if nothing needs to be shipped.
        shipping_name;
        /// The lines.
        lines: pick(OrderLine, LINES_OF_ORDER, |order| order.id, |order, lines| lines_of(order, lines));
        /// The promotions that applied, and the discount of each on lines and shipping together.
        discounts: embed(DiscountAllocation, |order| discounts_of_all(&order.pricing.promotions.applied, order.currency));
        /// The discount of each promotion on shipping.
        shipping_discount_allocations: embed(DiscountAllocation, |order| {
            discounts_of(&order.pricing.shipping_discounts, order.currency)
        });
        /// The sum of the lines, before discounts.
        subtotal: embed(TaxedMoney, |order| order.subtotal());
        /// The discounts on lines and shipping.
        discount_total: embed(TaxedMoney, |order| order.discount());
        /// The shipping costs, before discounts.
        shipping_total: embed(TaxedMoney, |order| order.shipping());
        /// The total tax.
        tax_total: embed(Money, |order| order.total().tax);
        /// The tax by rate, on lines and shipping together. The entries add up to `taxTotal`.
        tax_lines: pick(TaxLine, LINES_OF_ORDER, |order| order.id, |order, lines| taxes(order, lines));
        /// Whether the customer was exempt from tax.
        tax_exempt;
        /// How each total was calculated when the order was placed. With a path, such as `total` or `lines.0`, only
        /// that total and those below it. Empty for orders that were placed before explanations were stored.
        explain(ExplainArgs): embed(Explanation, |order, args| {
            explanations(order.pricing.explanation.0.clone(), args.path.as_deref(), order.currency)
        });
        /// The order total: the subtotal and shipping, less discounts.
        total: embed(TaxedMoney, |order| order.total());
        /// The part of the total that was canceled and does not need to be paid: the whole total for a canceled order,
        /// otherwise the price of the canceled units, including discounts and tax.
        total_canceled: pick(TaxedMoney, LINES_OF_ORDER, |order| order.id, |order, lines| canceled(order, lines));
        /// The amount received: captured payments, less refunds and chargebacks.
        amount_received: pick(Money, PAYMENTS_OF_ORDER, |order| order.id, |order, payments| {
            money::Money::new(charged(payments.iter()), order.currency)
        });
        /// The amount due: the total, less canceled units, the amount received, and refunds that were not for canceled
        /// units. Authorized amounts do not count as received. Never below zero.
        amount_due: pick(Money, ORDER_MONEY, |order| order.id, |order, money| due(order, money));
        /// The payments, oldest first.
        payments: many(Payment, PAYMENTS_OF_ORDER, |order| order.id);
        /// How much of the total has been charged, after canceled units and refunds granted beyond those are subtracted
        /// from the total.
        charge_status: from(ORDER_MONEY, |order| order.id, |order, money| charge_status_of(order, money));
        /// The refunds, oldest first.
        refunds: many(Refund, REFUNDS_OF_ORDER, |order| order.id);
        /// The fulfillments, oldest first, including canceled ones.
        fulfillments: many(Fulfillment, FULFILLMENTS_OF_ORDER, |order| order.id);
        /// The version, incremented by each change. Pass it as `expectedVersion` to refuse a mutation if the order has
        /// changed.
        version;
        /// Time at which it was placed (UTC).
        placed_at;
        /// Time at which it was last updated (UTC).
        updated_at;
        /// Time at which it was canceled (UTC); null if it was not.
        canceled_at;
        /// Why staff canceled the order. Null if they gave no reason, and null unless the caller is staff.
        cancel_reason: value(|order, cx| order.cancel_reason.clone().filter(|_| handles(cx))).visible(staff);
        /// Why the order is on hold. Null if it is not, and null unless the caller is staff.
        hold_reason: value(|order, cx| order.hold_reason.clone().filter(|_| handles(cx))).visible(staff);
        /// Time at which it was completed (UTC); null until then.
        completed_at;
        /// Time at which it was archived (UTC); null until then.
        archived_at;
        /// The events of the order, oldest first. Shoppers see the events that concern them, and the notes that are
        /// visible to them.
        timeline(PageArgs): page(TimelineEntry, TIMELINE, |order, args, cx| timeline(order, args, cx));
    }
}

/// Whether the caller is staff with the permission ORDERS.
pub(super) fn handles(cx: &Cx<'_>) -> bool {
    cx.actor().may(Permission::Orders)
}

fn payment_status(order: &orders::Order, found: Found<'_, OrderPayments>) -> Result<PaymentStatus> {
    let none = OrderPayments::default();
    let OrderPayments { lines, payments } = found.first().unwrap_or(&none);
    let left = order.total_remaining(lines)?.amount;
    Ok(status_of(if left.is_zero() { order.total_gross } else { left }, payments))
}

fn taxes(order: &orders::Order, lines: Found<'_, orders::OrderLine>) -> Result<Vec<TaxRow>> {
    Ok(order.tax_rows(&lines.to_vec())?)
}

fn canceled(order: &orders::Order, lines: Found<'_, orders::OrderLine>) -> Result<Taxed> {
    Ok(order.total_canceled(&lines.to_vec())?)
}

/// The amount captured, less refunds and chargebacks.
fn charged<'a>(payments: impl Iterator<Item = &'a Paid>) -> rust_decimal::Decimal {
    payments.map(Paid::charged).sum()
}

fn due(order: &orders::Order, found: Found<'_, OrderMoney>) -> Result<money::Money> {
    let none = OrderMoney::default();
    let OrderMoney { bill, refunds } = found.first().unwrap_or(&none);
    let covered = covered(bill.payments.iter(), refunds.iter().map(|refund| &**refund));
    Ok(order.due(&bill.lines, covered)?)
}

fn charge_status_of(order: &orders::Order, found: Found<'_, OrderMoney>) -> Result<ChargeStatus> {
    let none = OrderMoney::default();
    let OrderMoney { bill, refunds } = found.first().unwrap_or(&none);
    let left = order.total_remaining(&bill.lines)?.amount;
    let goodwill = goodwill(refunds.iter().map(|refund| &**refund));
    Ok(charge_status(left, goodwill, charged(bill.payments.iter())))
}

fn timeline(order: &orders::Order, page: &PageArgs, cx: &Cx<'_>) -> Result<Timeline> {
    Ok(Timeline::new(order.id, handles(cx), page)?)
}
