//! Orders.

mod mutations;
mod objects;
mod subscriptions;

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object};

pub use mutations::OrderMutation;
pub use objects::{Order, OrderTotal};
pub use subscriptions::OrderSubscription;

use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::Result;
use super::guards::{Needs, requires, staff};
use crate::domain::orders::{OrderFilter, OrderList, OrderSort, OrderStatus};
use crate::kernel::actor::Permission;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::ids::{CustomerId, OrderId};
use crate::kernel::text::storable;

pub(super) type OrderConnection = Connection<String, Order, OrderTotal>;

/// Which orders to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct OrderFilterInput {
    /// Of this customer.
    customer_id: Option<CustomerId>,
    /// In this state.
    status: Option<OrderStatus>,
    /// True: with nothing left to send; false: with something left.
    fulfilled: Option<bool>,
    /// Placed at or after this moment.
    placed_from: Option<Timestamp>,
    /// Placed before this moment.
    placed_before: Option<Timestamp>,
}

#[derive(Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    /// One order: for the customer who placed it, for whoever shows the `guestToken` that completing the cart gave,
    /// and for staff. Null for anybody else.
    async fn order(&self, ctx: &Context<'_>, id: OrderId, guest_token: Option<String>) -> Result<Option<Order>> {
        let reads = ctx.reads();
        let found = ctx.app().orders.find(reads.conn().await?, ctx.actor(), id, guest_token.as_deref()).await?;
        Ok(found.map(Order))
    }

    /// Every order, newest first unless sorted otherwise. `query` is an order's number or a piece of the e-mail
    /// address. Customers find their own under `me`.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: OrderFilterInput,
        #[graphql(default_with = "OrderSort::Newest")] sort: OrderSort,
        query: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<OrderConnection> {
        let filter = OrderFilter {
            customer_id: filter.customer_id,
            status: filter.status,
            fulfilled: filter.fulfilled,
            placed_from: filter.placed_from.map(within_years),
            placed_before: filter.placed_before.map(within_years),
            query: query.map(storable),
        };
        list_orders(ctx, OrderList::new(filter, sort, &page_args(first, after, last, before))?).await
    }
}

/// A list of orders, wherever it hangs.
pub(super) async fn list_orders(ctx: &Context<'_>, list: OrderList) -> Result<OrderConnection> {
    let page = ctx.reads().loaders.order_list.load(list.clone()).await?.unwrap_or_default();
    Ok(connection(page, OrderTotal(Some(list.filter)), Order))
}
