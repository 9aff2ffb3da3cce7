use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use super::objects::{Payment, PaymentNotice, Refund};
use crate::domain::orders;
use crate::domain::payments::{self, GrantRefund, GrantedRefund};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Outcome, Refusal, Result, UserError};
use crate::graphql::orders::Order;
use crate::graphql::scalars::Decimal;
use crate::kernel::ids::{OrderId, PaymentId, PaymentNoticeId};

/// An order, and one of its payments.
type OfPayment = (orders::Order, payments::Payment);
/// An order, and one of its refunds.
type OfRefund = (orders::Order, GrantedRefund);

object! {
    /// The result of `paymentCapture`.
    pub PaymentCapturePayload for Outcome<OfPayment> {
        /// The order after the change.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The payment after the change.
        payment: embed(Payment, |outcome| outcome.done().map(|(_, payment)| payment.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `paymentVoid`.
    pub PaymentVoidPayload for Outcome<OfPayment> {
        /// The order after the change.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The payment after the change.
        payment: embed(Payment, |outcome| outcome.done().map(|(_, payment)| payment.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

object! {
    /// The result of `refundCreate`.
    pub RefundCreatePayload for Outcome<OfRefund> {
        /// The order after the change.
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
        /// The order after the change.
        order: embed(Order, |outcome| outcome.done().map(|(order, _)| order.clone()));
        /// The payment that stands for the money.
        payment: embed(Payment, |outcome| outcome.done().map(|(_, payment)| payment.clone()));
        /// Why the mutation was refused; empty when it succeeded.
        user_errors: embed(UserError, |outcome| outcome.user_errors.clone());
    }
}

#[mutations(staff = ORDERS)]
impl PaymentMutation {
    /// Takes a part of a payment that is held, or all that can still be taken. When the provider has not answered, it shows
    /// as pending until it does. `expectedVersion` is the order's: with it, asking twice captures once.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, INVALID_STATE for one without an order, STALE_VERSION, PAYMENT_DECLINED,
    /// PAYMENT_UNAVAILABLE.
    #[returns(PaymentCapturePayload)]
    async fn payment_capture(
        ctx: &Context<'_>,
        id: PaymentId,
        amount: Option<Decimal>,
        expected_version: Option<i32>,
    ) -> Result<OfPayment, Refusal> {
        let staff = ctx.staff_id()?;
        let amount = amount.map(|amount| amount.0);
        Ok(ctx.for_write().payment_handling.capture(id, amount, expected_version, Some(staff)).await?)
    }

    /// Lets go what is held of a payment and was not taken. What was taken is refunded instead.
    /// Codes: NOT_FOUND, INVALID_AMOUNT when nothing is held, INVALID_STATE for one without an order, PAYMENT_DECLINED,
    /// PAYMENT_UNAVAILABLE.
    #[returns(PaymentVoidPayload)]
    async fn payment_void(ctx: &Context<'_>, id: PaymentId) -> Result<OfPayment, Refusal> {
        let staff = ctx.staff_id()?;
        Ok(ctx.for_write().payment_handling.void(id, Some(staff)).await?)
    }

    /// Gives back a part of what was taken for an order, or all of it: from one payment, or from several, the newest first.
    /// When a provider has not answered, the refund is PENDING until it does. `expectedVersion` is the order's: with it,
    /// asking twice gives back once.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, STALE_VERSION, TOO_LONG, INVALID_TEXT, PAYMENT_DECLINED, PAYMENT_UNAVAILABLE.
    #[returns(RefundCreatePayload)]
    async fn refund_create(
        ctx: &Context<'_>,
        order_id: OrderId,
        amount: Option<Decimal>,
        payment_id: Option<PaymentId>,
        #[default(String::new())] reason: String,
        expected_version: Option<i32>,
    ) -> Result<OfRefund, Refusal> {
        let staff = Some(ctx.staff_id()?);
        let amount = amount.map(|amount| amount.0);
        let grant = GrantRefund { order: order_id, amount, payment: payment_id, reason, staff };
        Ok(ctx.for_write().payment_handling.refund(grant, expected_version).await?)
    }

    /// Writes down that money for an order came by another way, such as a bank transfer: all that is due, or a part of it.
    /// `reference` is how it can be found. Codes: NOT_FOUND, INVALID_AMOUNT, STALE_VERSION, TOO_LONG, INVALID_TEXT.
    #[returns(OrderMarkPaidPayload)]
    async fn order_mark_paid(
        ctx: &Context<'_>,
        id: OrderId,
        amount: Option<Decimal>,
        #[default(String::new())] reference: String,
        expected_version: Option<i32>,
    ) -> Result<OfPayment, Refusal> {
        let staff = ctx.staff_id()?;
        let amount = amount.map(|amount| amount.0);
        Ok(ctx.for_write().payment_handling.mark_paid(id, amount, reference, expected_version, staff).await?)
    }

    /// Tries once more to apply a notice that was parked. It stays parked when it is still about something unknown.
    /// Codes: NOT_FOUND, INVALID_STATE for one that is not parked.
    #[returns(payment_notice: PaymentNotice, "The notice after the try.")]
    async fn payment_notice_retry(ctx: &Context<'_>, id: PaymentNoticeId) -> Done<PaymentNotice> {
        Ok(ctx.for_write().payment_handling.retry_notice(id).await?)
    }
}
