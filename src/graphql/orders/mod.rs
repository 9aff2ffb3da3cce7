//! Orders.

mod fulfillment_mutations;
mod fulfillments;
mod lines;
mod mutations;
mod objects;
pub mod sources;
mod subscriptions;
mod timeline;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::{Many, One};

pub use fulfillment_mutations::FulfillmentMutation;
use fulfillments::{Fulfillment, FulfillmentPlan};
pub use mutations::OrderMutation;
pub use objects::Order;
use sources::ORDER_LIST;
pub use subscriptions::OrderSubscription;

use super::connection::Paged;
use super::context::RequestExt;
use super::errors::{Result, refused};
use crate::domain::orders::{OrderFilter, OrderList, OrderSort};
use crate::kernel::ids::{FulfillmentId, OrderId};
use crate::kernel::page::PageArgs;

#[queries]
impl OrderQuery {
    /// Returns an order by id: to the customer who placed it, to anyone with the `guestToken` that `cartComplete`
    /// returned, and to staff. Null for any other caller.
    async fn order(
        ctx: &Context<'_>,
        /// The id of the order.
        id: OrderId,
        /// The `guestToken` of the order; not needed by its customer and by staff.
        guest_token: Option<String>,
    ) -> Result<Option<One<Order>>> {
        let loaders = ctx.loaders();
        let found = loaders.app.orders.find(loaders.conn().await?, ctx.actor(), id, guest_token.as_deref()).await?;
        Ok(found.map(One::new))
    }

    /// Returns a guest's order by its number and the email address it was placed with; null unless both match.
    /// Customers find their orders under `me`.
    async fn order_by_number(
        ctx: &Context<'_>,
        /// The number of the order.
        number: i64,
        /// The email address the order was placed with.
        email: String,
    ) -> Result<Option<One<Order>>> {
        let channel = ctx.channel().await?.id;
        let loaders = ctx.loaders();
        let orders = &loaders.app.orders;
        Ok(orders.by_number(loaders.conn().await?, ctx.actor(), channel, number, &email).await?.map(One::new))
    }

    /// Returns a fulfillment by id, or null if there is none.
    #[staff(ORDERS)]
    async fn fulfillment(
        ctx: &Context<'_>,
        /// The id of the fulfillment.
        id: FulfillmentId,
    ) -> Result<Option<One<Fulfillment>>> {
        let loaders = ctx.loaders();
        Ok(loaders.app.orders.fulfillments(loaders.conn().await?, &[id]).await?.pop().map(One::new))
    }

    /// The locations from which the unfulfilled units of an order would be shipped: those where its units are reserved.
    /// Empty if nothing is left to fulfill; null if there is no such order.
    #[staff(ORDERS)]
    async fn fulfillment_plan(
        ctx: &Context<'_>,
        /// The id of the order.
        order_id: OrderId,
    ) -> Result<Option<Many<FulfillmentPlan>>> {
        let loaders = ctx.loaders();
        let planned = loaders.app.order_workflows.plan(loaders.conn().await?, order_id).await.map_err(refused)?;
        Ok(planned.map(Many::new))
    }

    /// All orders, newest first unless `sort` is given. Customers find their own orders under `me`.
    #[staff(ORDERS)]
    async fn orders(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: OrderFilter,
        /// How the list is sorted.
        #[default(OrderSort::Newest)]
        sort: OrderSort,
        /// An order number, or a part of the email address.
        query: Option<String>,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<Order>> {
        let list = OrderList::new(OrderFilter { query, ..filter }, sort, &page)?;
        Ok(One(ctx.loaders().load(&ORDER_LIST, list).await?.unwrap_or_default()))
    }
}
