//! Orders.

mod fulfillments;
mod inputs;
mod lines;
mod mutations;
mod objects;
mod sending;
mod subscriptions;
mod timeline;

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object};

use fulfillments::{Fulfillment, FulfillmentPlan};
pub use mutations::OrderMutation;
pub use objects::{Order, OrderTotal};
pub use sending::FulfillmentMutation;
pub use subscriptions::OrderSubscription;

use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::{Result, refused};
use super::guards::{Needs, requires, staff};
use crate::domain::orders::{OrderFilter, OrderList, OrderSort, OrderStatus};
use crate::kernel::actor::Permission;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::ids::{CustomerId, FulfillmentId, OrderId};
use crate::kernel::text::{normal_email, storable};

pub(super) type OrderConnection = Connection<String, Order, OrderTotal>;

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

    /// A guest's order, by its number and the e-mail address that it was placed with; null unless both are right.
    /// Customers find theirs under `me`.
    async fn order_by_number(&self, ctx: &Context<'_>, number: i64, email: String) -> Result<Option<Order>> {
        let channel = ctx.channel().await?.id;
        let reads = ctx.reads();
        let orders = &ctx.app().orders;
        Ok(orders.by_number(reads.conn().await?, ctx.actor(), channel, number, &email).await?.map(Order))
    }

    /// One fulfillment; null when there is none with this id.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn fulfillment(&self, ctx: &Context<'_>, id: FulfillmentId) -> Result<Option<Fulfillment>> {
        let reads = ctx.reads();
        Ok(ctx.app().orders.fulfillments(reads.conn().await?, &[id]).await?.pop().map(Fulfillment))
    }

    /// From where what is left of an order would be sent: from where its units are promised. Empty when nothing is left;
    /// null when there is no such order.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn fulfillment_plan(&self, ctx: &Context<'_>, order_id: OrderId) -> Result<Option<Vec<FulfillmentPlan>>> {
        let reads = ctx.reads();
        let planned = ctx.app().order_handling.plan(reads.conn().await?, order_id).await.map_err(refused)?;
        Ok(planned.map(|parts| parts.into_iter().map(FulfillmentPlan).collect()))
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
            statuses: filter.status,
            on_hold: filter.on_hold,
            number: filter.number,
            email: filter.email.map(|email| storable(normal_email(&email))),
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
