//! Applies the status reported by a provider: adds events to the payment and updates the session's status.

use rust_decimal::Decimal;

use super::balances::balances_of;
use super::event::{EventOrigin, PaymentEvent};
use super::model::{
    Payment, PaymentFailure, PaymentSession, SessionStatus, TransactionKind, TransactionResult, TransactionSource,
};
use super::provider::ProviderStatus;
use super::session_state::advance;
use super::{PaymentError, Payments, repo};
use crate::db::{self, Conn};
use crate::kernel::ids::PaymentSessionId;

impl PaymentSession {
    /// Advances the session to the status reported by its provider; it never moves backward.
    pub(super) fn apply_status(&mut self, provider_status: &ProviderStatus) {
        let too_little = match provider_status {
            ProviderStatus::Authorized { amount, .. } if *amount < self.amount => {
                let message = format!("Only {} of {} were authorized.", amount.normalize(), self.amount.normalize());
                Some(ProviderStatus::Failed(PaymentFailure::new("partially_authorized", message)))
            }
            _ => None,
        };
        let provider_status = too_little.as_ref().unwrap_or(provider_status);
        let status = advance(self.status, provider_status);
        match provider_status {
            ProviderStatus::ActionRequired(action)
                if status == self.status || status != self.status && status.is_open() =>
            {
                self.action = Some(action.clone());
            }
            ProviderStatus::Failed(failure) if status != self.status => self.failure = Some(failure.clone()),
            _ => {}
        }
        if !matches!(provider_status, ProviderStatus::ActionRequired(_)) && status != self.status {
            self.action = None;
        }
        self.status = status;
    }
}

impl ProviderStatus {
    /// Returns the events that the status implies for the payment of a session.
    pub(super) fn payment_events(&self, session: &PaymentSession) -> Vec<PaymentEvent> {
        let event = |kind, result, amount: Decimal| PaymentEvent::new(kind, result, amount, &session.reference);
        match self {
            Self::Authorized { amount, captured } => {
                let mut payment_events = vec![event(TransactionKind::Authorize, TransactionResult::Success, *amount)];
                if *captured > Decimal::ZERO {
                    payment_events.push(event(TransactionKind::Capture, TransactionResult::Success, *captured));
                }
                payment_events
            }
            Self::Pending => vec![event(TransactionKind::Authorize, TransactionResult::Request, session.amount)],
            Self::Failed(failure) => {
                vec![
                    event(TransactionKind::Authorize, TransactionResult::Failure, session.amount)
                        .with_message(&failure.message),
                ]
            }
            Self::Open | Self::ActionRequired(_) | Self::Canceled => Vec::new(),
        }
    }
}

impl Payments {
    /// Stores the status reported for a session, in the caller's transaction, and returns the updated session. A
    /// session that has ended stays so; release the funds it then holds with [`Self::release`].
    pub async fn record_provider_status_in(
        &self,
        conn: &Conn,
        id: PaymentSessionId,
        provider_status: &ProviderStatus,
    ) -> Result<PaymentSession, PaymentError> {
        let session = repo::sessions::lock(conn, id).await?.ok_or(PaymentError::NotFound)?;
        let origin = EventOrigin::by_api(self.clock.now());
        Ok(self.apply_provider_status(conn, session, Some(provider_status), Vec::new(), origin).await?.0)
    }

    /// Applies a reported status and events to a locked session, and returns it with its payment.
    pub(super) async fn apply_provider_status(
        &self,
        conn: &Conn,
        mut session: PaymentSession,
        provider_status: Option<&ProviderStatus>,
        payment_events: Vec<PaymentEvent>,
        origin: EventOrigin,
    ) -> Result<(PaymentSession, Payment), PaymentError> {
        let before = session.clone();
        let mut payment = repo::payments::lock_of_session(conn, session.id).await?.ok_or(PaymentError::NotFound)?;
        let mut all = payment_events;
        let mut origin = origin;
        if let Some(provider_status) = provider_status {
            let is_held = matches!(session.status, SessionStatus::Authorized | SessionStatus::Completed);
            // A failure from before the authorization arrives late.
            if !(is_held && matches!(provider_status, ProviderStatus::Failed(_))) {
                all.extend(provider_status.payment_events(&session));
            }
            if origin.source == TransactionSource::Api {
                // The provider's current status is newer than all earlier events, whatever our clocks say.
                let latest = repo::events::latest(conn, payment.id).await?;
                origin.occurred_at = latest.map_or(origin.occurred_at, |latest| latest.max(origin.occurred_at));
            }
            let held = payment.authorized - payment.voided - payment.captured;
            if *provider_status == ProviderStatus::Canceled && held > Decimal::ZERO {
                all.push(PaymentEvent::new(
                    TransactionKind::Void,
                    TransactionResult::Success,
                    held,
                    &session.reference,
                ));
            }
            session.apply_status(provider_status);
        }
        self.record(conn, &mut payment, origin, all).await?;
        if session != before {
            session.updated_at = self.clock.now();
            repo::sessions::update(conn, &session).await?;
        }
        Ok((session, payment))
    }

    /// Adds events to a locked payment, each once, and recomputes its balances.
    pub(super) async fn record(
        &self,
        conn: &Conn,
        payment: &mut Payment,
        origin: EventOrigin,
        payment_events: Vec<PaymentEvent>,
    ) -> db::Result<usize> {
        let now = self.clock.now();
        let rows: Vec<_> = payment_events.into_iter().map(|event| origin.row(payment.id, event, now)).collect();
        if rows.is_empty() {
            return Ok(0);
        }
        let new = repo::events::insert_new(conn, &rows).await?;
        if new > 0 {
            balances_of(&self.events_of(conn, &[payment.id]).await?).put(payment);
            payment.version += 1;
            payment.updated_at = now;
            repo::payments::update(conn, payment).await?;
        }
        Ok(new)
    }
}
