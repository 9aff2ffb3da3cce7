//! Payment sessions, payments, refunds, saved payment methods, and what payment providers told.

mod mutations;
mod objects;
mod sessions;

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object};

pub use mutations::PaymentMutation;
pub use objects::{Payment, PaymentMethod, PaymentNotice, PaymentProvider, PaymentSession, Refund};
pub use sessions::SessionMutation;

use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::{Result, refused};
use super::guards::{Needs, requires, staff};
use crate::domain::payments::{NoticeFilter, NoticeStatus, PaymentFilter, PaymentList, PaymentSort};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{CartId, OrderId, PaymentId, PaymentSessionId};
use crate::kernel::page::Window;
use crate::kernel::text::storable;
use objects::{NoticeTotal, PaymentTotal};

type PaymentConnection = Connection<String, Payment, PaymentTotal>;
type PaymentNoticeConnection = Connection<String, PaymentNotice, NoticeTotal>;

/// Which payments to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct PaymentFilterInput {
    /// Of this provider.
    provider: Option<String>,
    /// Of this order.
    order_id: Option<OrderId>,
    /// True: with something that can be captured; false: with nothing left.
    capturable: Option<bool>,
    /// True: with something that was asked for and not answered yet; false: with nothing pending.
    pending: Option<bool>,
}

/// Which notices to list; what is left out does not narrow the list.
#[derive(InputObject, Default)]
pub struct PaymentNoticeFilterInput {
    /// Of this provider.
    provider: Option<String>,
    /// With this outcome.
    status: Option<NoticeStatus>,
}

#[derive(Default)]
pub struct PaymentQuery;

#[Object]
impl PaymentQuery {
    /// The ways to pay for a cart.
    async fn payment_providers(&self, ctx: &Context<'_>, cart_id: CartId) -> Result<Vec<PaymentProvider>> {
        let reads = ctx.reads();
        let found = ctx.app().carts.find(reads.conn().await?, ctx.actor(), cart_id).await?;
        Ok(found.map(|_| PaymentProvider::all(ctx)).unwrap_or_default())
    }

    /// One payment session, for whoever sees its cart.
    async fn payment_session(&self, ctx: &Context<'_>, id: PaymentSessionId) -> Result<Option<PaymentSession>> {
        let reads = ctx.reads();
        let found = ctx.app().payment_handling.find_session(reads.conn().await?, ctx.actor(), id).await?;
        Ok(found.map(PaymentSession))
    }

    /// Every payment, newest first unless sorted otherwise; those of sessions that came to nothing included. `query` is the
    /// provider's reference.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    async fn payments(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: PaymentFilterInput,
        #[graphql(default_with = "PaymentSort::Newest")] sort: PaymentSort,
        query: Option<String>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<PaymentConnection> {
        let PaymentFilterInput { provider, order_id, capturable, pending } = filter;
        let reference = query.map(storable).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let filter = PaymentFilter { provider: provider.map(storable), order_id, capturable, pending, reference };
        let list = PaymentList::new(filter, sort, &page_args(first, after, last, before))?;
        let reads = ctx.reads();
        let page = ctx.app().payments.list(reads.conn().await?, &list).await?;
        Ok(connection(page, PaymentTotal(list.filter), Payment))
    }

    /// One payment.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn payment(&self, ctx: &Context<'_>, id: PaymentId) -> Result<Option<Payment>> {
        let reads = ctx.reads();
        Ok(ctx.app().payments.by_ids(reads.conn().await?, &[id]).await?.pop().map(Payment))
    }

    /// What payment providers told on their own, newest first. Those that are parked are about something unknown here.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn payment_notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: PaymentNoticeFilterInput,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<PaymentNoticeConnection> {
        let filter = NoticeFilter { provider: filter.provider.map(storable), status: filter.status };
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let reads = ctx.reads();
        let page = ctx.app().payments.notices(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        Ok(connection(page, NoticeTotal(filter), PaymentNotice))
    }
}
