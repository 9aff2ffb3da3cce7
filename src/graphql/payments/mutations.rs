use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::objects::{Payment, PaymentWebhookEvent, Refund};
use crate::domain::orders;
use crate::domain::payments::{self, GrantRefund, GrantedRefund};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Outcome, Refusal, Result, UserError};
use crate::graphql::orders::Order;
use crate::graphql::scalars::Decimal;
use crate::kernel::ids::{OrderId, PaymentId, PaymentWebhookEventId};

/// An order and one of its payments.
type OfPayment = (orders::Order, payments::Payment);
/// An order and one of its refunds.
type OfRefund = (orders::Order, GrantedRefund);

object! {
    /// The result of `paymentCapture`.
    pub PaymentCapturePayload for Outcome<OfPayment> {
        /// The updated order.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The updated payment.
        payment: embed(Payment, |outcome| outcome.done().map(|(_, payment)| payment.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `paymentVoid`.
    pub PaymentVoidPayload for Outcome<OfPayment> {
        /// The updated order.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The updated payment.
        payment: embed(Payment, |outcome| outcome.done().map(|(_, payment)| payment.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `refundCreate`.
    pub RefundCreatePayload for Outcome<OfRefund> {
        /// The updated order.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The refund.
        refund: embed(Refund, |outcome| outcome.done().map(|(_, refund)| refund.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `orderMarkPaid`.
    pub OrderMarkPaidPayload for Outcome<OfPayment> {
        /// The updated order.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The payment that represents the money.
        payment: embed(Payment, |outcome| outcome.done().map(|(_, payment)| payment.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

#[mutations(staff = ORDERS)]
impl PaymentMutation {
    /// Captures an authorized payment, in full or in part. If the provider does not answer, the capture is shown as
    /// pending until it does.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, INVALID_STATE for a payment without an order, STALE_VERSION, PAYMENT_DECLINED,
    /// PAYMENT_UNAVAILABLE.
    #[returns(PaymentCapturePayload)]
    async fn payment_capture(
        ctx: &Context<'_>,
        /// The id of the payment.
        id: PaymentId,
        /// The amount in major units; if omitted, everything that can be captured.
        amount: Option<Decimal>,
        /// The current version of the order; the capture is refused with STALE_VERSION if it has changed, so that a
        /// repeated call captures only once.
        expected_version: Option<i32>,
    ) -> Result<OfPayment, Refusal> {
        let staff = ctx.staff_id()?;
        let amount = amount.map(|amount| amount.0);
        Ok(ctx.writer().payment_workflows.capture(id, amount, expected_version, Some(staff)).await?)
    }

    /// Voids the amount of a payment that is authorized but not captured. Refund captured amounts instead.
    /// Codes: NOT_FOUND, INVALID_AMOUNT if nothing is authorized, INVALID_STATE for a payment without an order,
    /// PAYMENT_DECLINED, PAYMENT_UNAVAILABLE.
    #[returns(PaymentVoidPayload)]
    async fn payment_void(
        ctx: &Context<'_>,
        /// The id of the payment.
        id: PaymentId,
    ) -> Result<OfPayment, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.writer().payment_workflows.void(id, Some(staff)).await?)
    }

    /// Refunds what was captured for an order, in full or in part. If a provider does not answer, the refund is PENDING
    /// until it does.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, STALE_VERSION, TOO_LONG, INVALID_TEXT, PAYMENT_DECLINED, PAYMENT_UNAVAILABLE.
    #[returns(RefundCreatePayload)]
    async fn refund_create(
        ctx: &Context<'_>,
        /// The id of the order.
        order_id: OrderId,
        /// The amount in major units; if omitted, everything that can be refunded.
        amount: Option<Decimal>,
        /// The id of the payment to refund; if omitted, several payments may be refunded, the newest first.
        payment_id: Option<PaymentId>,
        /// The reason for the refund, for staff.
        #[default(String::new())]
        reason: String,
        /// The current version of the order; the refund is refused with STALE_VERSION if it has changed, so that a
        /// repeated call refunds only once.
        expected_version: Option<i32>,
    ) -> Result<OfRefund, Refusal> {
        let staff = Some(ctx.staff_id()?);
        let amount = amount.map(|amount| amount.0);
        let grant = GrantRefund { order: order_id, amount, payment: payment_id, reason, staff };
        Ok(ctx.writer().payment_workflows.refund(grant, expected_version).await?)
    }

    /// Records that an order was paid in another way, such as a bank transfer.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, STALE_VERSION, TOO_LONG, INVALID_TEXT.
    #[returns(OrderMarkPaidPayload)]
    async fn order_mark_paid(
        ctx: &Context<'_>,
        /// The id of the order.
        id: OrderId,
        /// The amount in major units; if omitted, the whole amount due.
        amount: Option<Decimal>,
        /// A reference that identifies the payment, such as a transfer number.
        #[default(String::new())]
        reference: String,
        /// The current version of the order; the call is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Result<OfPayment, Refusal> {
        let staff = ctx.staff_id()?;
        let amount = amount.map(|amount| amount.0);
        Ok(ctx.writer().payment_workflows.mark_paid(id, amount, reference, expected_version, staff).await?)
    }

    /// Tries again to apply an unmatched webhook event. It stays unmatched if the payment is still unknown.
    /// Codes: NOT_FOUND, INVALID_STATE for an event that is not unmatched.
    #[returns(payment_webhook_event: PaymentWebhookEvent, "The webhook event after the retry.")]
    async fn payment_webhook_event_retry(
        ctx: &Context<'_>,
        /// The id of the webhook event.
        id: PaymentWebhookEventId,
    ) -> Done<PaymentWebhookEvent> {
        Ok(ctx.writer().payment_workflows.retry_webhook_event(id).await?)
    }
}
