//! Payment sessions, payments, refunds, saved payment methods, and what payment providers told.

mod mutations;
mod objects;
mod sessions;
pub mod sources;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::{Connection, Many, One};

pub use mutations::PaymentMutation;
pub use objects::{Payment, PaymentMethod, PaymentNotice, PaymentProvider, PaymentSession, Refund};
pub use sessions::SessionMutation;

use super::connection::{connection, counted};
use super::context::Requested;
use super::errors::{Result, refused};
use crate::domain::payments::{NoticeFilter, PaymentFilter, PaymentList, PaymentSort};
use crate::kernel::ids::{CartId, PaymentId, PaymentSessionId};
use crate::kernel::page::{PageArgs, Window};

#[queries]
impl PaymentQuery {
    /// The available payment providers for a cart.
    async fn payment_providers(
        ctx: &Context<'_>,
        /// The id of the cart.
        cart_id: CartId,
    ) -> Result<Many<PaymentProvider>> {
        let reads = ctx.reads();
        let found = reads.app.carts.find(reads.conn().await?, ctx.actor(), cart_id).await?;
        Ok(Many::new(found.map(|_| PaymentProvider::all(&reads.app)).unwrap_or_default()))
    }

    /// Returns a payment session by id, if the caller may see its cart; otherwise null.
    async fn payment_session(
        ctx: &Context<'_>,
        /// The id of the payment session.
        id: PaymentSessionId,
    ) -> Result<Option<One<PaymentSession>>> {
        let reads = ctx.reads();
        let found = reads.app.payment_handling.find_session(reads.conn().await?, ctx.actor(), id).await?;
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
    ) -> Result<One<Connection<Payment>>> {
        let list = PaymentList::new(filter, query, sort, &page)?;
        let reads = ctx.reads();
        let page = reads.app.payments.list(reads.conn().await?, &list).await?;
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
        let reads = ctx.reads();
        Ok(reads.app.payments.by_ids(reads.conn().await?, &[id]).await?.pop().map(One::new))
    }

    /// All webhook events received from payment providers, newest first. PARKED events are about a payment that is not
    /// known.
    #[staff(ORDERS)]
    async fn payment_notices(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: NoticeFilter,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<PaymentNotice>>> {
        let window = Window::new(&page, "NEWEST")?;
        let reads = ctx.reads();
        let page = reads.app.payments.notices(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.payments.count_notices(conn, &filter));
        Ok(connection(page, total).into())
    }
}
