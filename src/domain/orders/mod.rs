//! Orders: what was sold, to whom and for how much, and its progress.
//!
//! # Decisions
//! - An order is a snapshot (rule G11): titles, prices, rates and totals are stored as they were at the time of sale.
//! - Payment and fulfillment status are derived from payments and lines, never set.
//! - Every change locks the order first, so that concurrent changes see each other's units (rule G1), and adds timeline
//!   entries in the same transaction. The first entry is written by a trigger when the order is inserted.
//! - Canceled units stay on their lines: totals are those of the sale, and canceled amounts are shown separately.
//! - A guest accesses their order with a token; customers see their own; staff need the permission.

mod amounts;
mod cancel;
mod error;
mod fulfill;
mod lifecycle;
mod list;
mod model;
mod place;
mod repo;
mod status;
mod timeline;

pub use cancel::{CancelLine, CancelOrder, Canceled};
pub use error::OrderError;
pub use fulfill::{FulfillLine, LockedFulfillment, NewFulfillment, Tracking, check_packing, units_to_fulfill};
pub use lifecycle::{UpdateOrder, is_done};
pub use list::{OrderFilter, OrderList, OrderSort, Timeline};
pub use model::{
    AllocatedStock, Fulfillment, FulfillmentLine, LineUnits, Order, OrderLine, Shipment, TimelineEntry,
    fulfillment_status,
};
pub use place::{NewOrder, SoldLine};
pub use status::{FulfillmentStatus, OrderFulfillmentStatus, OrderStatus, TimelineKind};
pub use timeline::{NewTimelineEntry, PaymentAction};

use crate::db::{self, Conn, Db};
use crate::domain::auth::Auth;
use crate::kernel::actor::{Actor, Permission};
use crate::kernel::clock::SharedClock;
use crate::kernel::ids::{ChannelId, OrderId};
use crate::kernel::page::Page;
use crate::kernel::text::{normalize_email, strip_nul};

/// Orders.
#[derive(Clone)]
pub struct Orders {
    db: Db,
    clock: SharedClock,
    auth: Auth,
}

impl Orders {
    /// Creates the facade for this database.
    pub fn new(db: Db, clock: SharedClock, auth: Auth) -> Self {
        Self { db, clock, auth }
    }

    /// The order, without an access check.
    pub async fn get(&self, conn: &Conn, id: OrderId) -> Result<Order, OrderError> {
        self.by_ids(conn, &[id]).await?.pop().ok_or(OrderError::NotFound)
    }

    /// The order, if the actor may see it or presents the guest token of the order.
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
                || guest_token.is_some_and(|token| self.auth.grants_order_access(token, order.id, &order.email))
        }))
    }

    /// The order with this number and email address in a channel: for guests, who know both. Customers log in to see
    /// theirs.
    pub async fn by_number(
        &self,
        conn: &Conn,
        actor: &Actor,
        channel: ChannelId,
        number: i64,
        email: &str,
    ) -> db::Result<Option<Order>> {
        let email = strip_nul(normalize_email(email));
        let found = repo::orders::by_number(conn, channel, number, &email).await?;
        Ok(found.filter(|order| order.customer_id.is_none() || may_see(actor, order)))
    }

    /// A page of each list, in the same order, in one statement.
    pub async fn lists(&self, conn: &Conn, lists: &[OrderList]) -> db::Result<Vec<Page<Order>>> {
        let found = repo::orders::lists(conn, lists).await?;
        let page =
            |(list, rows): (&OrderList, Vec<Order>)| list.paging.page(rows, |order| (list.sort.key(order), order.id.0));
        Ok(lists.iter().zip(found).map(page).collect())
    }
}

fn may_see(actor: &Actor, order: &Order) -> bool {
    actor.may(Permission::Orders) || (order.customer_id.is_some() && order.customer_id == actor.customer())
}
