//! Orders: what was sold, to whom, for how much, and what became of it.
//!
//! # Decisions
//! - An order is a snapshot (rule G11): titles, prices, rates and totals are kept as they were sold.
//! - How far it is paid and sent is derived from its payments and lines, never set.
//! - Whoever placed it as a guest sees it with a token; a customer sees their own; staff need the permission.

mod change;
mod error;
mod model;
mod place;
mod repo;

pub use change::{FulfillLine, Tracking};
pub use error::OrderError;
pub use model::{
    Fulfillment, FulfillmentLine, FulfillmentStatus, Order, OrderFilter, OrderLine, OrderList, OrderSort, OrderStatus,
    fulfillment_status,
};
pub use place::{NewOrder, SoldLine};

use crate::db::{self, Conn};
use crate::domain::auth::Auth;
use crate::kernel::actor::{Actor, Permission};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{CartId, FulfillmentId, OrderId};
use crate::kernel::page::Page;

/// Orders.
#[derive(Clone)]
pub struct Orders {
    clock: SharedClock,
    auth: Auth,
}

impl Orders {
    /// The facade.
    pub fn new(clock: SharedClock, auth: Auth) -> Self {
        Self { clock, auth }
    }

    /// The order, when the actor may see it, or shows the token of whoever placed it.
    pub async fn find(
        &self,
        conn: &Conn,
        actor: &Actor,
        id: OrderId,
        guest_token: Option<&str>,
    ) -> db::Result<Option<Order>> {
        let found = repo::by_ids(conn, &[id]).await?.pop();
        Ok(found.filter(|order| {
            may_see(actor, order) || guest_token.is_some_and(|token| self.auth.opens_order(token, order.id))
        }))
    }

    /// The orders with these ids, whoever may see them, in no order.
    pub async fn by_ids(&self, conn: &Conn, ids: &[OrderId]) -> db::Result<Vec<Order>> {
        repo::by_ids(conn, ids).await
    }

    /// The order that a cart became.
    pub async fn of_cart(&self, conn: &Conn, cart: CartId) -> db::Result<Option<Order>> {
        repo::of_cart(conn, cart).await
    }

    /// A page of each list, in their order, in one statement.
    pub async fn lists(&self, conn: &Conn, lists: &[OrderList]) -> db::Result<Vec<Page<Order>>> {
        let found = repo::lists(conn, lists).await?;
        let page =
            |(list, rows): (&OrderList, Vec<Order>)| list.window.page(rows, |order| (list.sort.key(order), order.id.0));
        Ok(lists.iter().zip(found).map(page).collect())
    }

    /// How many orders the filter leaves.
    pub async fn count(&self, conn: &Conn, filter: &OrderFilter) -> db::Result<i64> {
        repo::count(conn, filter).await
    }

    /// The lines of these orders, in their order.
    pub async fn lines_of(&self, conn: &Conn, ids: &[OrderId]) -> db::Result<Vec<OrderLine>> {
        repo::lines_of(conn, ids).await
    }

    /// The fulfillments of these orders, oldest first.
    pub async fn fulfillments_of(&self, conn: &Conn, ids: &[OrderId]) -> db::Result<Vec<Fulfillment>> {
        repo::fulfillments_of(conn, ids).await
    }

    /// What was in these fulfillments.
    pub async fn fulfillment_lines_of(&self, conn: &Conn, ids: &[FulfillmentId]) -> db::Result<Vec<FulfillmentLine>> {
        repo::fulfillment_lines_of(conn, ids).await
    }
}

fn may_see(actor: &Actor, order: &Order) -> bool {
    actor.may(Permission::Orders) || (order.customer_id.is_some() && order.customer_id == actor.customer())
}
