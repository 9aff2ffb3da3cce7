//! Batch sources for customers.

use std::sync::Arc;

use graphql_plan::{Loads, Page, Result};

use crate::domain::customers::{Customer, CustomerAddress, CustomerGroup};
use crate::domain::orders::{Order, OrderList};
use crate::graphql::context::Scope;
use crate::graphql::orders::sources::ORDER_LIST;
use crate::graphql::sources::{keys, source};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{CustomerGroupId, CustomerId};

source! {
    pub CUSTOMER: CustomerId => Customer = |scope, conn, ids| scope.app.customers.by_ids(conn, ids), by |row| row.id
}
source! {
    pub CUSTOMER_GROUP: CustomerGroupId => CustomerGroup =
        |scope, conn, ids| scope.app.customers.groups(conn, ids), by |row| row.id
}
source! {
    pub MEMBERS_OF_GROUP: CustomerGroupId => i64 = |scope, conn, ids| scope.app.customers.member_counts(conn, ids)
}
source! {
    pub ADDRESSES_OF_CUSTOMER: CustomerId => CustomerAddress =
        |scope, conn, ids| scope.app.customers.addresses(conn, ids), by |row| row.customer_id
}
source! {
    pub GROUPS_OF_CUSTOMER: CustomerId => CustomerGroup = |scope, conn, ids| scope.app.customers.groups_of(conn, ids)
}

graphql_plan::source! {
    /// A customer referenced by another object, such as an order: visible to that customer and to staff who may see
    /// customers.
    pub VISIBLE_CUSTOMER: CustomerId => Customer = |loads, ids| visible(loads, ids)
}

async fn visible(loads: &Arc<Loads>, ids: &[CustomerId]) -> Result<Vec<(CustomerId, Customer)>> {
    let actor = &loads.scope::<Scope>().actor;
    let seen = |id: &CustomerId| actor.customer() == Some(*id) || actor.may(Permission::Customers);
    let ids: Vec<_> = ids.iter().copied().filter(seen).collect();
    let found = loads.load_many(&CUSTOMER, &ids).await?;
    Ok(found.iter().flatten().map(|row| (row.id, Customer::clone(row))).collect())
}

/// A page of a customer's orders; empty for callers who may not see them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomerOrders(pub Option<OrderList>);

keys!(CustomerOrders);

graphql_plan::source! {
    /// A page of a customer's orders.
    pub ORDERS_OF_CUSTOMER: CustomerOrders => Page<Order> = |loads, pages| orders(loads, pages)
}

async fn orders(loads: &Arc<Loads>, pages: &[CustomerOrders]) -> Result<Vec<(CustomerOrders, Page<Order>)>> {
    let lists: Vec<OrderList> = pages.iter().filter_map(|page| page.0.clone()).collect();
    let found = loads.load_many(&ORDER_LIST, &lists).await?;
    let seen = lists.into_iter().zip(found).filter_map(|(list, page)| {
        let page = page.into_iter().next()?;
        Some((CustomerOrders(Some(list)), (*page).clone()))
    });
    let unseen = pages.iter().filter(|page| page.0.is_none()).map(|_| (CustomerOrders(None), Page::default()));
    Ok(seen.chain(unseen).collect())
}
