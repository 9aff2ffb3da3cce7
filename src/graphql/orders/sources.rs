//! Batch sources for orders.

use std::sync::Arc;

use graphql_plan::{Loads, Page};

use crate::db::{self, Conn};
use crate::domain::orders::{
    Fulfillment, FulfillmentLine, Order, OrderLine, OrderList, Shipment, Timeline, TimelineEntry,
};
use crate::domain::payments::{GrantedRefund, Payment};
use crate::graphql::connection::{connection, counted};
use crate::graphql::context::Scope;
use crate::graphql::payments::sources::{PAYMENTS_OF_ORDER, REFUNDS_OF_ORDER};
use crate::graphql::sources::{keys, source};
use crate::kernel::ids::{FulfillmentId, OrderId};

keys!(OrderList, Timeline);

source! {
    pub ORDER: OrderId => Order = |scope, conn, ids| scope.app.orders.by_ids(conn, ids), by |row| row.id
}
source! {
    /// A page of orders, such as the newest of a customer. All lists of a query level are loaded by one statement.
    pub ORDER_LIST: OrderList => Page<Order> = |scope, conn, lists| order_pages(scope, conn, lists)
}
source! {
    pub LINES_OF_ORDER: OrderId => OrderLine =
        |scope, conn, ids| scope.app.orders.lines_of(conn, ids), by |row| row.order_id
}
source! {
    pub FULFILLMENTS_OF_ORDER: OrderId => Fulfillment =
        |scope, conn, ids| scope.app.orders.fulfillments_of(conn, ids), by |row| row.order_id
}
source! {
    pub LINES_OF_FULFILLMENT: FulfillmentId => FulfillmentLine =
        |scope, conn, ids| scope.app.orders.fulfillment_lines_of(conn, ids), by |row| row.fulfillment_id
}
source! {
    pub SHIPMENTS_OF_FULFILLMENT: FulfillmentId => Shipment =
        |scope, conn, ids| scope.app.orders.shipments_of(conn, ids), by |row| row.fulfillment_id
}
source! {
    /// A page of an order's timeline. All timelines of a query level are loaded by one statement.
    pub TIMELINE: Timeline => Page<TimelineEntry> = |scope, conn, lists| timelines(scope, conn, lists)
}
graphql_plan::source! {
    /// An order's lines and payments.
    pub PAYMENTS_AND_LINES_OF_ORDER: OrderId => OrderPayments = |loads, ids| bills(loads, ids)
}
graphql_plan::source! {
    /// Everything that an order's balance depends on.
    pub ORDER_MONEY: OrderId => OrderMoney = |loads, ids| money(loads, ids)
}

/// The lines and the payments of an order.
#[derive(Clone, Debug, Default)]
pub struct OrderPayments {
    pub(super) lines: Vec<OrderLine>,
    pub(super) payments: Vec<Payment>,
}

/// The lines, the payments and the refunds of an order.
#[derive(Clone, Debug, Default)]
pub struct OrderMoney {
    pub(super) bill: Arc<OrderPayments>,
    pub(super) refunds: Vec<Arc<GrantedRefund>>,
}

async fn order_pages(scope: &Scope, conn: &Conn, lists: &[OrderList]) -> db::Result<Vec<(OrderList, Page<Order>)>> {
    let found = scope.app.orders.lists(conn, lists).await?;
    let pages = lists.iter().zip(found).map(|(list, page)| {
        let filter = list.filter.clone();
        let total = counted!(filter, |scope, conn| scope.app.orders.count(conn, &filter));
        (list.clone(), connection(page, total))
    });
    Ok(pages.collect())
}

async fn timelines(scope: &Scope, conn: &Conn, lists: &[Timeline]) -> db::Result<Vec<(Timeline, Page<TimelineEntry>)>> {
    let found = scope.app.orders.timelines(conn, lists).await?;
    let pages = lists.iter().zip(found).map(|(list, page)| {
        let (order, internal) = (list.order_id, list.internal);
        let total = counted!(|scope, conn| scope.app.orders.count_timeline(conn, order, internal));
        (list.clone(), connection(page, total))
    });
    Ok(pages.collect())
}

async fn bills(loads: &Loads, ids: &[OrderId]) -> graphql_plan::Result<Vec<(OrderId, OrderPayments)>> {
    let lines = loads.load_many(&LINES_OF_ORDER, ids);
    let (lines, payments) = tokio::try_join!(lines, loads.load_many(&PAYMENTS_OF_ORDER, ids))?;
    let bills = ids.iter().zip(lines).zip(payments).map(|((id, lines), payments)| {
        let bill = OrderPayments { lines: copies(&lines), payments: copies(&payments) };
        (*id, bill)
    });
    Ok(bills.collect())
}

fn copies<T: Clone>(rows: &[Arc<T>]) -> Vec<T> {
    rows.iter().map(|row| T::clone(row)).collect()
}

async fn money(loads: &Loads, ids: &[OrderId]) -> graphql_plan::Result<Vec<(OrderId, OrderMoney)>> {
    let bills = loads.load_many(&PAYMENTS_AND_LINES_OF_ORDER, ids);
    let (bills, refunds) = tokio::try_join!(bills, loads.load_many(&REFUNDS_OF_ORDER, ids))?;
    let money = ids.iter().zip(bills).zip(refunds).map(|((id, bill), refunds)| {
        let bill = bill.into_iter().next().unwrap_or_default();
        (*id, OrderMoney { bill, refunds })
    });
    Ok(money.collect())
}
