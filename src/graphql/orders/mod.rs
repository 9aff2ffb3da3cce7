//! Orders.

mod fulfillments;
mod inputs;
mod lines;
mod mutations;
mod objects;
mod sending;
pub mod sources;
mod subscriptions;
mod timeline;

use async_graphql::{Context, InputObject};
use cartwright_macros::queries;
use graphql_plan::{Connection, Many, One};

use fulfillments::{Fulfillment, FulfillmentPlan};
pub use mutations::OrderMutation;
pub use objects::Order;
pub use sending::FulfillmentMutation;
use sources::ORDER_LIST;
pub use subscriptions::OrderSubscription;

use super::context::Requested;
use super::errors::{Result, refused};
use crate::domain::orders::{OrderFilter, OrderList, OrderSort, OrderStatus};
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::ids::{CustomerId, FulfillmentId, OrderId};
use crate::kernel::page::PageArgs;
use crate::kernel::text::{normal_email, storable};

/// A filter for orders. Omitted fields do not restrict the list.
#[derive(InputObject, Default)]
pub struct OrderFilterInput {
    /// Only orders of this customer.
    customer_id: Option<CustomerId>,
    /// Only orders with one of these statuses.
    status: Option<Vec<OrderStatus>>,
    /// True: only orders that are on hold; false: only orders that are not.
    on_hold: Option<bool>,
    /// True: only orders with nothing left to fulfill, except canceled ones; false: only orders with something left.
    fulfilled: Option<bool>,
    /// Only the order with this number.
    number: Option<i64>,
    /// Only orders with exactly this e-mail address.
    email: Option<String>,
    /// Only orders placed at or after this time.
    placed_from: Option<Timestamp>,
    /// Only orders placed before this time.
    placed_before: Option<Timestamp>,
}

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
        let reads = ctx.reads();
        let found = reads.app.orders.find(reads.conn().await?, ctx.actor(), id, guest_token.as_deref()).await?;
        Ok(found.map(One::new))
    }

    /// Returns a guest's order by its number and the e-mail address it was placed with; null unless both match.
    /// Customers find their orders under `me`.
    async fn order_by_number(
        ctx: &Context<'_>,
        /// The number of the order.
        number: i64,
        /// The e-mail address the order was placed with.
        email: String,
    ) -> Result<Option<One<Order>>> {
        let channel = ctx.channel().await?.id;
        let reads = ctx.reads();
        let orders = &reads.app.orders;
        Ok(orders.by_number(reads.conn().await?, ctx.actor(), channel, number, &email).await?.map(One::new))
    }

    /// Returns a fulfillment by id, or null if there is none.
    #[staff(ORDERS)]
    async fn fulfillment(
        ctx: &Context<'_>,
        /// The id of the fulfillment.
        id: FulfillmentId,
    ) -> Result<Option<One<Fulfillment>>> {
        let reads = ctx.reads();
        Ok(reads.app.orders.fulfillments(reads.conn().await?, &[id]).await?.pop().map(One::new))
    }

    /// The locations from which the unfulfilled units of an order would be shipped: those where its units are reserved.
    /// Empty if nothing is left to fulfill; null if there is no such order.
    #[staff(ORDERS)]
    async fn fulfillment_plan(
        ctx: &Context<'_>,
        /// The id of the order.
        order_id: OrderId,
    ) -> Result<Option<Many<FulfillmentPlan>>> {
        let reads = ctx.reads();
        let planned = reads.app.order_handling.plan(reads.conn().await?, order_id).await.map_err(refused)?;
        Ok(planned.map(Many::new))
    }

    /// All orders, newest first unless `sort` is given. Customers find their own orders under `me`.
    #[staff(ORDERS)]
    async fn orders(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: OrderFilterInput,
        /// How the list is sorted.
        #[default(OrderSort::Newest)]
        sort: OrderSort,
        /// An order number, or a part of the e-mail address.
        query: Option<String>,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<Order>>> {
        let filter = OrderFilter {
            customer_id: filter.customer_id,
            statuses: filter.status,
            on_hold: filter.on_hold,
            number: filter.number,
            email: filter.email.map(|email| storable(normal_email(&email))),
            fulfilled: filter.fulfilled,
            placed_from: filter.placed_from.map(within_years),
            placed_before: filter.placed_before.map(within_years),
            query: query.map(storable),
        };
        let list = OrderList::new(filter, sort, &page)?;
        Ok(One(ctx.reads().load(&ORDER_LIST, list).await?.unwrap_or_default()))
    }
}
