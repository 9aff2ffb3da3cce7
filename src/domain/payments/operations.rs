//! Captures, voids and refunds: requested, performed, settled.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::event::{EventOrigin, PaymentEvent};
use super::model::{Payment, PaymentFailure, TransactionKind, TransactionResult, TransactionSource};
use super::provider::{OperationResult, OperationStatus};
use super::{PaymentError, Payments, repo};
use crate::db::{self, Conn};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId, RefundId, StaffId, TransactionEventId};
use crate::kernel::money::{Currency, Money};

/// An operation to request.
#[derive(Clone, Debug)]
pub struct NewPaymentOperation {
    /// The payment.
    pub payment: PaymentId,
    /// CAPTURE, VOID or REFUND.
    pub kind: TransactionKind,
    /// The amount, in major units; `None` for the whole remaining amount.
    pub amount: Option<Decimal>,
    /// The refund it belongs to.
    pub refund_id: Option<RefundId>,
    /// The staff user who requests it; `None` for the system.
    pub staff: Option<StaffId>,
}

/// A requested operation, which counts against the balances until it is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentOperation {
    /// The ID of the request event.
    pub id: TransactionEventId,
    /// The payment.
    pub payment: PaymentId,
    /// The payment's order, once it is attached.
    pub order: Option<OrderId>,
    /// The provider's name.
    pub provider: String,
    /// The provider's reference for the payment.
    pub reference: String,
    /// CAPTURE, VOID or REFUND.
    pub kind: TransactionKind,
    /// The amount, in major units.
    pub amount: Decimal,
    /// The currency.
    pub currency: Currency,
    /// The refund it belongs to.
    pub refund_id: Option<RefundId>,
    /// The staff user who requested it.
    pub staff: Option<StaffId>,
}

impl PaymentOperation {
    /// The origin of an answer to it.
    fn origin(&self, now: Timestamp) -> EventOrigin {
        EventOrigin { staff: self.staff, refund: self.refund_id, ..EventOrigin::by_api(now) }
    }

    fn event(&self, result: TransactionResult, reference: &str) -> PaymentEvent {
        PaymentEvent::new(self.kind, result, self.amount, reference).with_key(&self.id.to_string())
    }
}

impl Payments {
    /// Requests an operation, in the caller's transaction; fails unless the remaining amount under the payment's lock
    /// covers it (rules F1 to F3). Then [`Self::perform`] it outside, and [`Self::settle_in`] its result.
    pub async fn request_in(&self, conn: &Conn, wanted: NewPaymentOperation) -> Result<PaymentOperation, PaymentError> {
        let mut payment = repo::payments::lock(conn, wanted.payment).await?.ok_or(PaymentError::NotFound)?;
        self.request_locked(conn, &mut payment, &wanted).await
    }

    /// Requests an operation on a locked payment.
    pub(super) async fn request_locked(
        &self,
        conn: &Conn,
        payment: &mut Payment,
        wanted: &NewPaymentOperation,
    ) -> Result<PaymentOperation, PaymentError> {
        let amount = amount_of(payment, wanted)?;
        let operation = PaymentOperation {
            id: TransactionEventId::new(),
            payment: payment.id,
            order: payment.order_id,
            provider: payment.provider.clone(),
            reference: payment.reference.clone(),
            kind: wanted.kind,
            amount,
            currency: payment.currency,
            refund_id: wanted.refund_id,
            staff: wanted.staff,
        };
        let source = if wanted.staff.is_some() { TransactionSource::Staff } else { TransactionSource::Api };
        let origin = EventOrigin { source, ..operation.origin(self.clock.now()) };
        self.record(conn, payment, origin, vec![operation.event(TransactionResult::Request, "")]).await?;
        Ok(operation)
    }

    /// Records the result of an operation, in the caller's transaction: completed, pending or refused.
    pub async fn settle_in(
        &self,
        conn: &Conn,
        operation: &PaymentOperation,
        outcome: &Result<OperationResult, PaymentFailure>,
    ) -> Result<Payment, PaymentError> {
        let mut payment = repo::payments::lock(conn, operation.payment).await?.ok_or(PaymentError::NotFound)?;
        if outcome.is_err() && self.was_done(conn, operation).await? {
            // A webhook event has reported it, which overrides an answer that was lost.
            return Ok(payment);
        }
        let origin = operation.origin(self.clock.now());
        let payment_events = match outcome {
            Ok(result) if result.result == OperationStatus::Success => {
                let amount = result.amount.unwrap_or(operation.amount);
                let mut payment_events =
                    vec![PaymentEvent { amount, ..operation.event(TransactionResult::Success, &result.reference) }];
                if result.released > Decimal::ZERO {
                    payment_events.push(PaymentEvent::new(
                        TransactionKind::Void,
                        TransactionResult::Success,
                        result.released,
                        &result.reference,
                    ));
                }
                payment_events
            }
            Ok(result) => vec![operation.event(TransactionResult::Request, &result.reference)],
            Err(failure) => vec![operation.event(TransactionResult::Failure, "").with_message(&failure.message)],
        };
        let expected = payment_events.len();
        let new = self.record(conn, &mut payment, origin, payment_events).await?;
        if let Ok(result) = outcome
            && new < expected
        {
            // A webhook event had reported it without the request's key: link the two.
            self.record(
                conn,
                &mut payment,
                origin,
                vec![operation.event(TransactionResult::Request, &result.reference)],
            )
            .await?;
        }
        Ok(payment)
    }

    /// Returns whether the operation is already known to have succeeded.
    async fn was_done(&self, conn: &Conn, operation: &PaymentOperation) -> db::Result<bool> {
        let (key, events) = (operation.id.to_string(), self.events_of(conn, &[operation.payment]).await?);
        Ok(events.iter().any(|event| event.key == key && event.result == TransactionResult::Success))
    }

    /// Performs and settles an operation of an in-process provider, in the caller's transaction.
    pub async fn settle_inside(&self, conn: &Conn, operation: &PaymentOperation) -> Result<Payment, PaymentError> {
        let outcome = match self.perform(operation, &operation.id.to_string(), 1).await {
            Ok(result) => Ok(result),
            Err(error) => Err(error.into_failure()?),
        };
        let payment = self.settle_in(conn, operation, &outcome).await?;
        match outcome {
            Ok(_) => Ok(payment),
            Err(failure) => Err(PaymentError::declined(failure)),
        }
    }
}

/// Returns the amount of the operation if the remaining amount covers it.
fn amount_of(payment: &Payment, wanted: &NewPaymentOperation) -> Result<Decimal, PaymentError> {
    let (left, refused) = match wanted.kind {
        TransactionKind::Refund => {
            let refundable = payment.refundable();
            (refundable, PaymentError::OverRefund { refundable })
        }
        _ => {
            let capturable = payment.capturable();
            (capturable, PaymentError::OverCapture { capturable })
        }
    };
    let amount = wanted.amount.unwrap_or(left);
    let is_amount = amount > Decimal::ZERO && Money::price(amount, payment.currency).is_ok();
    let fits = amount <= left && (wanted.kind != TransactionKind::Void || amount == left);
    if is_amount && fits { Ok(amount) } else { Err(refused) }
}
