//! Releases the funds of sessions that were not completed.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::event::{EventOrigin, PaymentEvent};
use super::model::{
    Payment, PaymentFailure, PaymentSession, SessionStatus, TransactionEvent, TransactionKind, TransactionResult,
};
use super::provider::{OperationResult, OperationStatus, ProviderError, ProviderRequest, ProviderStatus};
use super::provider_calls::session_request;
use super::{PaymentError, Payments, repo};
use crate::db::Conn;
use crate::kernel::ids::{CartId, PaymentSessionId};
use crate::kernel::money::Money;

/// The maximum number of sessions per sweep.
const SWEEP_LIMIT: i64 = 100;
/// How long a shopper may take to complete a cart whose payment is authorized, before the system does it.
const GRACE_PERIOD: TimeDelta = TimeDelta::minutes(1);

impl Payments {
    /// Voids or refunds what a session has authorized or captured, and records it, in transactions of its own. The
    /// effect of an earlier unanswered call is looked up first, so it is safe to retry.
    pub async fn release(&self, session: &PaymentSession, attempt: u32) -> Result<(), PaymentError> {
        let provider_status = self.find(session).await?;
        let payment = self.record_provider_status(session.id, &provider_status).await?;
        match provider_status {
            ProviderStatus::Canceled => Ok(()),
            ProviderStatus::Authorized { captured, .. } if captured > Decimal::ZERO => {
                self.give_back(session, captured, payment, attempt).await
            }
            _ => {
                // A second void, after new events, needs another key.
                let version = payment.map_or(0, |payment| payment.version);
                let key = format!("{}-void-{version}", session.id);
                let request = session_request(session, &key, attempt);
                let voiding = self.available_provider(&session.provider)?.void(&request);
                let result = self.answer(&session.provider, voiding).await?;
                let tx = self.db.begin().await?;
                self.record_void_in(&tx, session).await?;
                tx.commit().await?;
                tracing::debug!(session.id = %session.id, reference = result.reference, "The authorization of a payment session was released");
                Ok(())
            }
        }
    }

    /// Records the provider's status of a session to be released, unless it is completed, and returns its payment. A
    /// session that was opened but never stored has none.
    async fn record_provider_status(
        &self,
        id: PaymentSessionId,
        provider_status: &ProviderStatus,
    ) -> Result<Option<Payment>, PaymentError> {
        let tx = self.db.begin().await?;
        let Some(session) = repo::sessions::lock(&tx, id).await? else { return Ok(None) };
        if session.status == SessionStatus::Completed {
            return Err(PaymentError::InvalidState(SessionStatus::Completed));
        }
        let origin = EventOrigin::by_api(self.clock.now());
        let (_, payment) = self.apply_provider_status(&tx, session, Some(provider_status), Vec::new(), origin).await?;
        tx.commit().await?;
        Ok(Some(payment))
    }

    async fn give_back(
        &self,
        session: &PaymentSession,
        captured: Decimal,
        payment: Option<Payment>,
        attempt: u32,
    ) -> Result<(), PaymentError> {
        let (left, refunded) =
            payment.map_or((captured, Decimal::ZERO), |payment| (payment.refundable(), payment.refunded));
        let taken = left.min(captured);
        if taken.is_zero() {
            return Ok(());
        }
        // The same for every attempt, until a refund or its failure is recorded.
        let failed = self.failed_refunds(session.id).await?;
        let key = format!("{}-refund-{}-{failed}", session.id, refunded.normalize());
        let request =
            ProviderRequest { amount: Money::new(taken, session.currency), ..session_request(session, &key, attempt) };
        let provider = self.available_provider(&session.provider)?;
        let known = if attempt > 1 {
            self.answer(&session.provider, provider.find_operation(TransactionKind::Refund, &request)).await?
        } else {
            None
        };
        let outcome = match known {
            Some(known) => Ok(known),
            None => self.answer(&session.provider, provider.refund(&request)).await,
        };
        let (result, reference) = match &outcome {
            Ok(OperationResult { result: OperationStatus::Success, reference, .. }) => {
                (TransactionResult::Success, reference.as_str())
            }
            Ok(OperationResult { result: OperationStatus::Pending, reference, .. }) => {
                (TransactionResult::Request, reference.as_str())
            }
            Err(PaymentError::Provider(ProviderError::Declined(_))) => (TransactionResult::Failure, ""),
            Err(_) => return outcome.map(drop),
        };
        let tx = self.db.begin().await?;
        if let Some(mut payment) = repo::payments::lock_of_session(&tx, session.id).await? {
            let event = PaymentEvent::new(TransactionKind::Refund, result, taken, reference).with_key(&key);
            self.record(&tx, &mut payment, EventOrigin::by_api(self.clock.now()), vec![event]).await?;
        }
        tx.commit().await?;
        outcome.map(drop)
    }

    /// The number of failed refunds of a session.
    async fn failed_refunds(&self, session: PaymentSessionId) -> Result<usize, PaymentError> {
        let conn = self.db.conn().await?;
        let Some(payment) = repo::payments::of_session(&conn, session).await? else { return Ok(0) };
        let events = self.events_of(&conn, &[payment.id]).await?;
        let failed = |event: &&TransactionEvent| {
            (event.kind, event.result) == (TransactionKind::Refund, TransactionResult::Failure)
        };
        Ok(events.iter().filter(failed).count())
    }

    /// Expires overdue sessions, in the caller's transaction, and returns them: release them after the commit.
    pub async fn expire_in(&self, conn: &Conn) -> Result<Vec<PaymentSession>, PaymentError> {
        let ended = repo::sessions::expire(conn, self.clock.now(), SWEEP_LIMIT).await?;
        for session in ended.iter().filter(|session| !self.is_remote(&session.provider)) {
            self.record_void_in(conn, session).await?;
        }
        Ok(ended)
    }

    /// Cancels a cart's open session if a remote provider has already authorized the amount, in the caller's
    /// transaction, and returns it: release it after the commit.
    pub async fn cancel_held_in(
        &self,
        conn: &Conn,
        cart: CartId,
        why: Option<PaymentFailure>,
    ) -> Result<Vec<PaymentSession>, PaymentError> {
        let open = repo::sessions::lock_open(conn, cart).await?;
        let held = open.is_some_and(|open| open.status == SessionStatus::Authorized && self.is_remote(&open.provider));
        if held { self.cancel_in(conn, cart, SessionStatus::Canceled, why).await } else { Ok(Vec::new()) }
    }

    /// Returns open sessions of remote providers that are due for polling: get each one's status with [`Self::find`].
    /// Each is returned once, and less often the longer it is open.
    pub async fn due_for_polling(&self) -> Result<Vec<PaymentSession>, PaymentError> {
        let conn = self.db.conn().await?;
        Ok(repo::sessions::due_for_polling(&conn, self.clock.now(), &self.inside(), SWEEP_LIMIT).await?)
    }

    /// Returns sessions after this one that have been authorized for longer than the grace period, with their carts,
    /// which are not completed.
    pub async fn authorized_carts(
        &self,
        conn: &Conn,
        after: Option<PaymentSessionId>,
    ) -> Result<Vec<(PaymentSessionId, CartId)>, PaymentError> {
        let before = self.clock.now() - GRACE_PERIOD;
        Ok(repo::sessions::authorized_since(conn, before, &self.inside(), after, SWEEP_LIMIT).await?)
    }

    /// Returns sessions after this one that were closed longer than the grace period ago and still have authorized or
    /// captured funds, each with its payment's version.
    pub async fn unreleased(
        &self,
        conn: &Conn,
        after: Option<PaymentSessionId>,
    ) -> Result<Vec<(PaymentSession, i32)>, PaymentError> {
        let before = self.clock.now() - GRACE_PERIOD;
        Ok(repo::sessions::closed_with_funds(conn, before, &self.inside(), after, SWEEP_LIMIT).await?)
    }

    /// The providers that are not remote.
    fn inside(&self) -> Vec<&'static str> {
        self.provider_names().into_iter().filter(|name| !self.is_remote(name)).collect()
    }
}
