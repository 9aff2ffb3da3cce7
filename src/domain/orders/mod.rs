//! Orders: what was sold, to whom, for how much, and what became of it.
//!
//! # Decisions
//! - An order is a snapshot (rule G11): titles, prices, rates and totals are kept as they were sold.
//! - How far it is paid and sent is derived from its payments and lines, never set.
//! - Whatever changes an order locks it first, so that two at once see each other's units (rule G1), and writes into
//!   the timeline in the same transaction. The first entry is written by a trigger with the order itself.
//! - Cancelled units stay on their lines: totals are those of the sale, and what was cancelled is shown beside them.
//! - Whoever placed it as a guest sees it with a token; a customer sees their own; staff need the permission.

mod amounts;
mod cancel;
mod error;
mod fulfil;
mod handle;
mod list;
mod model;
mod place;
mod repo;
mod status;
mod timeline;

pub use cancel::{CancelLine, CancelOrder, Cancelled};
pub use error::OrderError;
pub use fulfil::{FulfillLine, LockedFulfillment, Packing, Tracking, check_packing, to_send};
pub use handle::{UpdateOrder, is_done};
pub use list::{OrderFilter, OrderList, OrderSort, Timeline};
pub use model::{Fulfillment, FulfillmentLine, Order, OrderLine, Shipment, Taken, TimelineEntry};
pub use place::{NewOrder, SoldLine};
pub use status::{FulfillmentState, FulfillmentStatus, OrderStatus, TimelineKind, fulfillment_status};
pub use timeline::{Entry, MoneyMove};

use serde_json::{Value, json};

use crate::db::{self, Conn, Db};
use crate::domain::auth::Auth;
use crate::kernel::actor::{Actor, Permission};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{ChannelId, OrderId, OrderLineId};
use crate::kernel::page::Page;
use crate::kernel::text::{normal_email, storable};

/// Units of a line: to send, or to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineUnits {
    /// Which line.
    pub line_id: OrderLineId,
    /// How many, from 1.
    pub quantity: i32,
}

impl LineUnits {
    /// Units as the timeline tells of them.
    fn told(units: &[Self]) -> Vec<Value> {
        units.iter().map(|part| json!({ "lineId": part.line_id, "quantity": part.quantity })).collect()
    }
}

/// Orders.
#[derive(Clone)]
pub struct Orders {
    db: Db,
    clock: SharedClock,
    auth: Auth,
}

impl Orders {
    /// The facade.
    pub fn new(db: Db, clock: SharedClock, auth: Auth) -> Self {
        Self { db, clock, auth }
    }

    /// The order, whoever asks.
    pub async fn get(&self, conn: &Conn, id: OrderId) -> Result<Order, OrderError> {
        self.by_ids(conn, &[id]).await?.pop().ok_or(OrderError::NotFound)
    }

    /// The order, when the actor may see it, or shows the token of whoever placed it.
    pub async fn find(
        &self,
        conn: &Conn,
        actor: &Actor,
        id: OrderId,
        guest_token: Option<&str>,
    ) -> db::Result<Option<Order>> {
        let found = self.by_ids(conn, &[id]).await?.pop();
        Ok(found.filter(|order| {
            may_see(actor, order)
                || guest_token.is_some_and(|token| self.auth.opens_order(token, order.id, &order.email))
        }))
    }

    /// The order with this number and e-mail address in a channel: for guests, who know both. Customers see theirs by
    /// logging in.
    pub async fn by_number(
        &self,
        conn: &Conn,
        actor: &Actor,
        channel: ChannelId,
        number: i64,
        email: &str,
    ) -> db::Result<Option<Order>> {
        let email = storable(normal_email(email));
        let found = repo::orders::by_number(conn, channel, number, &email).await?;
        Ok(found.filter(|order| order.customer_id.is_none() || may_see(actor, order)))
    }

    /// A page of each list, in their order, in one statement.
    pub async fn lists(&self, conn: &Conn, lists: &[OrderList]) -> db::Result<Vec<Page<Order>>> {
        let found = repo::orders::lists(conn, lists).await?;
        let page =
            |(list, rows): (&OrderList, Vec<Order>)| list.window.page(rows, |order| (list.sort.key(order), order.id.0));
        Ok(lists.iter().zip(found).map(page).collect())
    }
}

fn may_see(actor: &Actor, order: &Order) -> bool {
    actor.may(Permission::Orders) || (order.customer_id.is_some() && order.customer_id == actor.customer())
}
