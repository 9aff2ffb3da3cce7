use graphql_plan::{Cx, Found, Result, object};

use super::fulfillments::Fulfillment;
use super::lines::{OrderLine, lines_of};
use super::sources::{BILL_OF_ORDER, Bill, FULFILLMENTS_OF_ORDER, LINES_OF_ORDER, ORDER_MONEY, OrderMoney, TIMELINE};
use super::timeline::TimelineEntry;
use crate::domain::orders::{self, Timeline, fulfillment_status};
use crate::domain::payments::{
    ChargeStatus, Payment as Paid, PaymentStatus, charge_status, covered, goodwill, status_of,
};
use crate::domain::pricing::TaxRow;
use crate::domain::tax::Taxed;
use crate::graphql::account::sources::VISIBLE_CUSTOMER;
use crate::graphql::account::{Address, Customer};
use crate::graphql::context::Asked;
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
    /// What was sold. It is a snapshot: it never changes with the catalogue.
    pub Order for orders::Order, implements Node {
        /// Id.
        id;
        /// Its number: what people say on the phone. Unique in its sales channel.
        number;
        /// Where it stands.
        status;
        /// How far it is paid. What was cancelled need not be paid.
        payment_status: from(BILL_OF_ORDER, |order| order.id, |order, bill| payment_status(order, bill));
        /// How far it was sent. What was cancelled need not be sent.
        fulfillment_status: from(LINES_OF_ORDER, |order| order.id, |_, lines| fulfillment_status(&lines.to_vec()));
        /// Where its news go.
        email;
        /// The customer, for themselves and for staff; null for a guest's order.
        customer: option(Customer, VISIBLE_CUSTOMER, |order| order.customer_id);
        /// The currency of every amount.
        currency_code: field(|order| &order.currency);
        /// Whether unit prices include tax.
        prices_include_tax;
        /// What the shopper wanted to say.
        note;
        /// Where parcels go.
        shipping_address: embed(Address, |order| order.shipping_address.clone());
        /// Where bills go.
        billing_address: embed(Address, |order| order.billing_address.clone());
        /// How it is sent; null when nothing has to be.
        shipping_name;
        /// What was sold.
        lines: pick(OrderLine, LINES_OF_ORDER, |order| order.id, |order, lines| lines_of(order, lines));
        /// The promotions that applied, and what each took off lines and shipping together.
        discounts: embed(DiscountAllocation, |order| discounts_of_all(&order.promotions.applied, order.currency));
        /// What each promotion took off shipping.
        shipping_discount_allocations: embed(DiscountAllocation, |order| {
            discounts_of(&order.shipping_discounts, order.currency)
        });
        /// The sum of the lines, without discounts.
        subtotal: embed(TaxedMoney, |order| order.subtotal());
        /// What promotions took off lines and shipping.
        discount_total: embed(TaxedMoney, |order| order.discount());
        /// Shipping, without discounts.
        shipping_total: embed(TaxedMoney, |order| order.shipping());
        /// All tax.
        tax_total: embed(Money, |order| order.total().tax);
        /// The tax by rate, over lines and shipping together. They add up to `taxTotal`.
        tax_lines: pick(TaxLine, LINES_OF_ORDER, |order| order.id, |order, lines| taxes(order, lines));
        /// Whether the customer paid no tax.
        tax_exempt;
        /// Where every total came from, as it was sold; with a path, such as `total` or `lines.0`, only that one and what is
        /// below it. Empty for orders of before there were explanations.
        explain(ExplainArgs): embed(Explanation, |order, args| {
            explanations(order.explanation.0.clone(), args.path.as_deref(), order.currency)
        });
        /// What was to be paid: the subtotal and shipping, less discounts.
        total: embed(TaxedMoney, |order| order.total());
        /// What of the total need not be paid any more, because it was cancelled: all of it for a cancelled order, else what
        /// was to be paid for the cancelled units, discounts and tax included.
        total_cancelled: pick(TaxedMoney, LINES_OF_ORDER, |order| order.id, |order, lines| cancelled(order, lines));
        /// What was taken by payments, and neither given back nor charged back, in major units.
        received: pick(Money, PAYMENTS_OF_ORDER, |order| order.id, |order, payments| {
            money::Money::new(charged(payments.iter()), order.currency)
        });
        /// What is still to be paid: the total, less what was cancelled, what was received, and what was given back although
        /// nothing was cancelled. Money that is only held does not count. Never below zero.
        due: pick(Money, ORDER_MONEY, |order| order.id, |order, money| due(order, money));
        /// Its payments, oldest first.
        payments: many(Payment, PAYMENTS_OF_ORDER, |order| order.id);
        /// What the shop has of its total, less what was cancelled and the refunds that were granted beyond that.
        charge_status: from(ORDER_MONEY, |order| order.id, |order, money| how_charged(order, money));
        /// The refunds that were granted, oldest first.
        refunds: many(Refund, REFUNDS_OF_ORDER, |order| order.id);
        /// What was packed to be sent, oldest first, with what was cancelled of it.
        fulfillments: many(Fulfillment, FULFILLMENTS_OF_ORDER, |order| order.id);
        /// Counts the changes.
        version;
        /// When it was placed.
        placed_at;
        /// When it was last changed.
        updated_at;
        /// When it was cancelled.
        cancelled_at;
        /// Why staff cancelled it; null when they did not say, and for anybody but staff.
        cancel_reason: value(|order, cx| order.cancel_reason.clone().filter(|_| handles(cx))).visible(staff);
        /// Why staff hold it back; null when they do not, and for anybody but staff.
        hold_reason: value(|order, cx| order.hold_reason.clone().filter(|_| handles(cx))).visible(staff);
        /// When it was completed; null before.
        completed_at;
        /// When it was put away; null before.
        archived_at;
        /// What happened to it, oldest first. Shoppers see what concerns them, and the notes that are written for them.
        timeline(PageArgs): page(TimelineEntry, TIMELINE, |order, args, cx| timeline(order, args, cx));
    }
}

/// Whether who asks is staff that handle orders.
pub(super) fn handles(cx: &Cx<'_>) -> bool {
    cx.actor().may(Permission::Orders)
}

fn payment_status(order: &orders::Order, found: Found<'_, Bill>) -> Result<PaymentStatus> {
    let none = Bill::default();
    let Bill { lines, payments } = found.first().unwrap_or(&none);
    let left = order.total_left(lines)?.amount;
    Ok(status_of(if left.is_zero() { order.total_gross } else { left }, payments))
}

fn taxes(order: &orders::Order, lines: Found<'_, orders::OrderLine>) -> Result<Vec<TaxRow>> {
    Ok(order.tax_rows(&lines.to_vec())?)
}

fn cancelled(order: &orders::Order, lines: Found<'_, orders::OrderLine>) -> Result<Taxed> {
    Ok(order.total_cancelled(&lines.to_vec())?)
}

/// What was taken, and neither given back nor charged back.
fn charged<'a>(payments: impl Iterator<Item = &'a Paid>) -> rust_decimal::Decimal {
    payments.map(Paid::charged).sum()
}

fn due(order: &orders::Order, found: Found<'_, OrderMoney>) -> Result<money::Money> {
    let none = OrderMoney::default();
    let OrderMoney { bill, refunds } = found.first().unwrap_or(&none);
    let covered = covered(bill.payments.iter(), refunds.iter().map(|refund| &**refund));
    Ok(order.due(&bill.lines, covered)?)
}

fn how_charged(order: &orders::Order, found: Found<'_, OrderMoney>) -> Result<ChargeStatus> {
    let none = OrderMoney::default();
    let OrderMoney { bill, refunds } = found.first().unwrap_or(&none);
    let left = order.total_left(&bill.lines)?.amount;
    let goodwill = goodwill(refunds.iter().map(|refund| &**refund));
    Ok(charge_status(left, goodwill, charged(bill.payments.iter())))
}

fn timeline(order: &orders::Order, page: &PageArgs, cx: &Cx<'_>) -> Result<Timeline> {
    Ok(Timeline::new(order.id, handles(cx), page)?)
}
