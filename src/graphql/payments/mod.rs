//! Payment sessions, payments, refunds, saved payment methods, and what payment providers told.

mod mutations;
mod objects;
mod sessions;
pub mod sources;

use async_graphql::{Context, InputObject};
use cartwright_macros::queries;
use graphql_plan::{Connection, Many, One};

pub use mutations::PaymentMutation;
pub use objects::{Payment, PaymentMethod, PaymentNotice, PaymentProvider, PaymentSession, Refund};
pub use sessions::SessionMutation;

use super::connection::{connection, counted};
use super::context::Requested;
use super::errors::{Result, refused};
use crate::domain::payments::{NoticeFilter, NoticeStatus, PaymentFilter, PaymentList, PaymentSort};
use crate::kernel::ids::{CartId, OrderId, PaymentId, PaymentSessionId};
use crate::kernel::page::{PageArgs, Window};
use crate::kernel::text::storable;

/// A filter for payments. Omitted fields do not restrict the list.
#[derive(InputObject, Default)]
pub struct PaymentFilterInput {
    /// Only payments of this provider.
    provider: Option<String>,
    /// Only payments of this order.
    order_id: Option<OrderId>,
    /// True: only payments with an amount that can be captured; false: only payments without one.
    capturable: Option<bool>,
    /// True: only payments with a request that the provider has not answered; false: only payments without one.
    pending: Option<bool>,
}

/// A filter for webhook events. Omitted fields do not restrict the list.
#[derive(InputObject, Default)]
pub struct PaymentNoticeFilterInput {
    /// Only events of this provider.
    provider: Option<String>,
    /// Only events with this status.
    status: Option<NoticeStatus>,
}

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
        filter: PaymentFilterInput,
        /// How the list is sorted.
        #[default(PaymentSort::Newest)]
        sort: PaymentSort,
        /// The provider's reference of a payment.
        query: Option<String>,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<Payment>>> {
        let PaymentFilterInput { provider, order_id, capturable, pending } = filter;
        let reference = query.map(storable).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let filter = PaymentFilter { provider: provider.map(storable), order_id, capturable, pending, reference };
        let list = PaymentList::new(filter, sort, &page)?;
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
        filter: PaymentNoticeFilterInput,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<PaymentNotice>>> {
        let filter = NoticeFilter { provider: filter.provider.map(storable), status: filter.status };
        let window = Window::new(&page, "NEWEST")?;
        let reads = ctx.reads();
        let page = reads.app.payments.notices(reads.conn().await?, &filter, &window).await.map_err(refused)?;
        let total = counted!(filter, |scope, conn| scope.app.payments.count_notices(conn, &filter));
        Ok(connection(page, total).into())
    }
}
