use async_graphql::{Context, Object};

use super::objects::{Payment, PaymentNotice, Refund};
use crate::domain::payments::GrantRefund;
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::graphql::orders::Order;
use crate::graphql::scalars::Decimal;
use crate::kernel::actor::Permission;
use crate::kernel::ids::{OrderId, PaymentId, PaymentNoticeId};

payloads! {
    PaymentCapturePayload {
        /// The order after the change.
        order: Order,
        /// The payment after the change.
        payment: Payment,
    }
    PaymentVoidPayload {
        /// The order after the change.
        order: Order,
        /// The payment after the change.
        payment: Payment,
    }
    RefundCreatePayload {
        /// The order after the change.
        order: Order,
        /// The refund.
        refund: Refund,
    }
    OrderMarkPaidPayload {
        /// The order after the change.
        order: Order,
        /// The payment that stands for the money.
        payment: Payment,
    }
    PaymentNoticeRetryPayload {
        /// The notice after the try.
        payment_notice: PaymentNotice,
    }
}

#[derive(Default)]
pub struct PaymentMutation;

#[Object]
impl PaymentMutation {
    /// Takes a part of a payment that is held, or all that can still be taken. When the provider has not answered, it shows
    /// as pending until it does. `expectedVersion` is the order's: with it, asking twice captures once.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, INVALID_STATE for one without an order, STALE_VERSION, PAYMENT_DECLINED,
    /// PAYMENT_UNAVAILABLE.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn payment_capture(
        &self,
        ctx: &Context<'_>,
        id: PaymentId,
        amount: Option<Decimal>,
        expected_version: Option<i32>,
    ) -> Result<PaymentCapturePayload> {
        let staff = ctx.staff_id()?;
        let amount = amount.map(|amount| amount.0);
        let outcome = ctx.for_write().payment_handling.capture(id, amount, expected_version, Some(staff)).await;
        PaymentCapturePayload::of(outcome, |(order, payment)| PaymentCapturePayload {
            order: Some(Order(order)),
            payment: Some(Payment(payment)),
            ..Default::default()
        })
    }

    /// Lets go what is held of a payment and was not taken. What was taken is refunded instead.
    /// Codes: NOT_FOUND, INVALID_AMOUNT when nothing is held, INVALID_STATE for one without an order, PAYMENT_DECLINED,
    /// PAYMENT_UNAVAILABLE.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn payment_void(&self, ctx: &Context<'_>, id: PaymentId) -> Result<PaymentVoidPayload> {
        let staff = ctx.staff_id()?;
        let outcome = ctx.for_write().payment_handling.void(id, Some(staff)).await;
        PaymentVoidPayload::of(outcome, |(order, payment)| PaymentVoidPayload {
            order: Some(Order(order)),
            payment: Some(Payment(payment)),
            ..Default::default()
        })
    }

    /// Gives back a part of what was taken for an order, or all of it: from one payment, or from several, the newest first.
    /// When a provider has not answered, the refund is PENDING until it does. `expectedVersion` is the order's: with it,
    /// asking twice gives back once.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, STALE_VERSION, TOO_LONG, INVALID_TEXT, PAYMENT_DECLINED, PAYMENT_UNAVAILABLE.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn refund_create(
        &self,
        ctx: &Context<'_>,
        order_id: OrderId,
        amount: Option<Decimal>,
        payment_id: Option<PaymentId>,
        #[graphql(default)] reason: String,
        expected_version: Option<i32>,
    ) -> Result<RefundCreatePayload> {
        let staff = Some(ctx.staff_id()?);
        let amount = amount.map(|amount| amount.0);
        let grant = GrantRefund { order: order_id, amount, payment: payment_id, reason, staff };
        let outcome = ctx.for_write().payment_handling.refund(grant, expected_version).await;
        RefundCreatePayload::of(outcome, |(order, refund)| RefundCreatePayload {
            order: Some(Order(order)),
            refund: Some(Refund(refund)),
            ..Default::default()
        })
    }

    /// Writes down that money for an order came by another way, such as a bank transfer: all that is due, or a part of it.
    /// `reference` is how it can be found. Codes: NOT_FOUND, INVALID_AMOUNT, STALE_VERSION, TOO_LONG, INVALID_TEXT.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn order_mark_paid(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        amount: Option<Decimal>,
        #[graphql(default)] reference: String,
        expected_version: Option<i32>,
    ) -> Result<OrderMarkPaidPayload> {
        let staff = ctx.staff_id()?;
        let amount = amount.map(|amount| amount.0);
        let outcome = ctx.for_write().payment_handling.mark_paid(id, amount, reference, expected_version, staff).await;
        OrderMarkPaidPayload::of(outcome, |(order, payment)| OrderMarkPaidPayload {
            order: Some(Order(order)),
            payment: Some(Payment(payment)),
            ..Default::default()
        })
    }

    /// Tries once more to apply a notice that was parked. It stays parked when it is still about something unknown.
    /// Codes: NOT_FOUND, INVALID_STATE for one that is not parked.
    #[graphql(guard = "Needs(Permission::Orders)", visible = "staff", directive = requires::apply("ORDERS".into()))]
    async fn payment_notice_retry(&self, ctx: &Context<'_>, id: PaymentNoticeId) -> Result<PaymentNoticeRetryPayload> {
        let outcome = ctx.for_write().payment_handling.retry_notice(id).await;
        PaymentNoticeRetryPayload::of(outcome, |row| PaymentNoticeRetryPayload {
            payment_notice: Some(PaymentNotice(row)),
            ..Default::default()
        })
    }
}
