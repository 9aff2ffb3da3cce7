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

/// Which orders to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct OrderFilterInput {
    /// Of this customer.
    customer_id: Option<CustomerId>,
    /// In one of these states.
    status: Option<Vec<OrderStatus>>,
    /// True: held back by staff; false: not.
    on_hold: Option<bool>,
    /// True: with nothing left to send, and not cancelled; false: with something left.
    fulfilled: Option<bool>,
    /// With this number.
    number: Option<i64>,
    /// With exactly this e-mail address.
    email: Option<String>,
    /// Placed at or after this moment.
    placed_from: Option<Timestamp>,
    /// Placed before this moment.
    placed_before: Option<Timestamp>,
}

#[queries]
impl OrderQuery {
    /// One order: for the customer who placed it, for whoever shows the `guestToken` that completing the cart gave,
    /// and for staff. Null for anybody else.
    async fn order(ctx: &Context<'_>, id: OrderId, guest_token: Option<String>) -> Result<Option<One<Order>>> {
        let reads = ctx.reads();
        let found = reads.app.orders.find(reads.conn().await?, ctx.actor(), id, guest_token.as_deref()).await?;
        Ok(found.map(One::new))
    }

    /// A guest's order, by its number and the e-mail address that it was placed with; null unless both are right.
    /// Customers find theirs under `me`.
    async fn order_by_number(ctx: &Context<'_>, number: i64, email: String) -> Result<Option<One<Order>>> {
        let channel = ctx.channel().await?.id;
        let reads = ctx.reads();
        let orders = &reads.app.orders;
        Ok(orders.by_number(reads.conn().await?, ctx.actor(), channel, number, &email).await?.map(One::new))
    }

    /// One fulfillment; null when there is none with this id.
    #[staff(ORDERS)]
    async fn fulfillment(ctx: &Context<'_>, id: FulfillmentId) -> Result<Option<One<Fulfillment>>> {
        let reads = ctx.reads();
        Ok(reads.app.orders.fulfillments(reads.conn().await?, &[id]).await?.pop().map(One::new))
    }

    /// From where what is left of an order would be sent: from where its units are promised. Empty when nothing is left;
    /// null when there is no such order.
    #[staff(ORDERS)]
    async fn fulfillment_plan(ctx: &Context<'_>, order_id: OrderId) -> Result<Option<Many<FulfillmentPlan>>> {
        let reads = ctx.reads();
        let planned = reads.app.order_handling.plan(reads.conn().await?, order_id).await.map_err(refused)?;
        Ok(planned.map(Many::new))
    }

    /// Every order, newest first unless sorted otherwise. `query` is an order's number or a piece of the e-mail
    /// address. Customers find their own under `me`.
    #[staff(ORDERS)]
    async fn orders(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: OrderFilterInput,
        /// How the list is sorted.
        #[default(OrderSort::Newest)]
        sort: OrderSort,
        /// Free text to search for.
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
