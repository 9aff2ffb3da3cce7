//! Payment sessions, payments, refunds, saved payment methods and webhook events of payment providers.

mod mutations;
mod objects;
mod sessions;
pub mod sources;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::{Many, One};

pub use mutations::PaymentMutation;
pub use objects::{Payment, PaymentMethod, PaymentProvider, PaymentSession, PaymentWebhookEvent, Refund};
pub use sessions::SessionMutation;

use super::connection::{Paged, connection, counted};
use super::context::RequestExt;
use super::errors::{Result, refused};
use crate::domain::payments::{PaymentFilter, PaymentList, PaymentSort, WebhookEventFilter};
use crate::kernel::ids::{CartId, PaymentId, PaymentSessionId};
use crate::kernel::page::{PageArgs, PageRequest};

#[queries]
impl PaymentQuery {
    /// The available payment providers for a cart.
    async fn payment_providers(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
    ) -> Result<Many<PaymentProvider>> {
        let loaders = ctx.loaders();
        let found = loaders.app.carts.find(loaders.conn().await?, ctx.actor(), cart_id).await?;
        Ok(Many::new(found.map(|_| PaymentProvider::all(&loaders.app)).unwrap_or_default()))
    }

    /// Returns a payment session by id, if the caller may see its cart; otherwise null.
    async fn payment_session(
        ctx: &Context<'_>,
        /// The id of the payment session.
        id: PaymentSessionId,
    ) -> Result<Option<One<PaymentSession>>> {
        let loaders = ctx.loaders();
        let found = loaders.app.payment_workflows.find_session(loaders.conn().await?, ctx.actor(), id).await?;
        Ok(found.map(One::new))
    }

    /// All payments, newest first unless `sort` is given, including those of payment sessions that did not lead to an
    /// order.
    #[staff(ORDERS)]
    async fn payments(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: PaymentFilter,
        /// How the list is sorted.
        #[default(PaymentSort::Newest)]
        sort: PaymentSort,
        /// The provider's reference of a payment.
        query: Option<String>,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<Payment>> {
        let list = PaymentList::new(filter, query, sort, &page)?;
        let loaders = ctx.loaders();
        let page = loaders.app.payments.list(loaders.conn().await?, &list).await?;
        let filter = list.filter;
        let total = counted!(filter, |scope, conn| scope.app.payments.count(conn, &filter));
        Ok(connection(page, total).into())
    }

    /// Returns a payment by id, or null if there is none.
    #[staff(ORDERS)]
    async fn payment(
        ctx: &Context<'_>,
        /// The id of the payment.
        id: PaymentId,
    ) -> Result<Option<One<Payment>>> {
        let loaders = ctx.loaders();
        Ok(loaders.app.payments.by_ids(loaders.conn().await?, &[id]).await?.pop().map(One::new))
    }

    /// All webhook events received from payment providers, newest first. UNMATCHED events are about a payment that is
    /// not known.
    #[staff(ORDERS)]
    async fn payment_webhook_events(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: WebhookEventFilter,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<PaymentWebhookEvent>> {
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let page =
            loaders.app.payments.webhook_events(loaders.conn().await?, &filter, &paging).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.payments.count_webhook_events(conn, &filter));
        Ok(connection(page, total).into())
    }
}
