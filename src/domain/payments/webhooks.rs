//! Webhook events of providers: deduplicated, applied in any order, unmatched while their session is unknown.

use axum::http::HeaderMap;
use chrono::TimeDelta;

use super::event::EventOrigin;
use super::model::{PaymentSession, PaymentWebhookEvent, SessionStatus, TransactionSource, WebhookEventStatus};
use super::provider::{ProviderStatus, WebhookError, WebhookEvent};
use super::{Payment, PaymentError, Payments, repo};
use crate::db::{self, Conn};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{CartId, OrderId, PaymentId, PaymentSessionId, PaymentWebhookEventId};
use rust_decimal::Decimal;

/// How long webhook events are kept for deduplication: longer than providers retry.
const RETENTION: TimeDelta = TimeDelta::days(30);

/// The result of an applied webhook event.
#[derive(Clone, Debug, PartialEq)]
pub struct AppliedWebhookEvent {
    /// The session it is about.
    pub session: PaymentSessionId,
    /// Its cart.
    pub cart: CartId,
    /// The payment it is about.
    pub payment: PaymentId,
    /// The payment's order, once it is attached.
    pub order: Option<OrderId>,
    /// The session's new status.
    pub status: SessionStatus,
    /// Whether the session became authorized with this event: the cart may be completed.
    pub became_authorized: bool,
    /// Whether an abandoned session has authorized or captured funds: release them with [`Payments::release`].
    pub needs_release: bool,
}

/// The result of applying a webhook event.
enum ApplyResult {
    Applied(Box<AppliedWebhookEvent>),
    Unmatched(String),
}

impl Payments {
    /// Receives a webhook request and processes each event once, in a transaction of its own. Events for an unknown
    /// session are unmatched.
    pub async fn receive(
        &self,
        provider: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Vec<AppliedWebhookEvent>, WebhookError> {
        let known = self.providers.get(provider).ok_or(WebhookError::UnknownProvider)?;
        let mut applied = Vec::new();
        for event in known.webhook_events(headers, body, self.clock.now())? {
            applied.extend(self.take(provider, event).await.map_err(webhook_error)?);
        }
        Ok(applied)
    }

    async fn take(&self, provider: &str, event: WebhookEvent) -> Result<Option<AppliedWebhookEvent>, PaymentError> {
        let tx = self.db.begin().await?;
        let now = self.clock.now();
        repo::webhooks::lock_reference(&tx, provider, &event.reference).await?;
        let mut row = PaymentWebhookEvent {
            id: PaymentWebhookEventId::new(),
            provider: provider.to_owned(),
            event_id: event.event_id.clone(),
            kind: event.kind.clone(),
            reference: event.reference.clone(),
            payload: event.payload.clone(),
            status: WebhookEventStatus::Ignored,
            problem: None,
            received_at: now,
            applied_at: None,
        };
        if event.provider_status.is_none() && event.payment_events.is_empty() {
            repo::webhooks::insert(&tx, &row).await?;
            tx.commit().await?;
            return Ok(None);
        }
        row.status = WebhookEventStatus::Applied;
        row.applied_at = Some(now);
        if !repo::webhooks::insert(&tx, &row).await? {
            return Ok(None);
        }
        let verdict = self.apply(&tx, provider, &event).await?;
        let applied = match verdict {
            ApplyResult::Applied(applied) => Some(*applied),
            ApplyResult::Unmatched(problem) => {
                repo::webhooks::settle(&tx, row.id, WebhookEventStatus::Unmatched, Some(&problem), now).await?;
                tracing::warn!(provider, kind = event.kind, problem, "A payment webhook event matched no payment");
                None
            }
        };
        tx.commit().await?;
        Ok(applied)
    }

    /// Deletes webhook events that were applied or ignored long ago, because they reveal who has paid. Unmatched events
    /// stay. Returns the number of deleted events.
    pub async fn delete_old_webhook_events(&self) -> db::Result<usize> {
        repo::webhooks::delete_before(&*self.db.conn().await?, self.clock.now() - RETENTION).await
    }

    /// Applies the events that arrived before their session was stored, in the caller's transaction.
    pub async fn apply_unmatched_in(&self, conn: &Conn, provider: &str, reference: &str) -> Result<(), PaymentError> {
        if reference.is_empty() {
            return Ok(());
        }
        let Some(known) = self.providers.get(provider) else { return Ok(()) };
        for unmatched in repo::webhooks::lock_unmatched(conn, provider, reference).await? {
            let Ok(event) = known.read(&unmatched.payload) else { continue };
            self.retry(conn, &unmatched, &event).await?;
        }
        Ok(())
    }

    /// Retries an unmatched webhook event, and returns its updated state.
    pub async fn retry_webhook_event(
        &self,
        id: PaymentWebhookEventId,
    ) -> Result<(PaymentWebhookEvent, Option<AppliedWebhookEvent>), PaymentError> {
        let tx = self.db.begin().await?;
        let unmatched = repo::webhooks::lock(&tx, id).await?.ok_or(PaymentError::NotFound)?;
        if unmatched.status != WebhookEventStatus::Unmatched {
            let message =
                format!("Only an UNMATCHED webhook event can be retried; this one is {}.", unmatched.status.as_str());
            return Err(UserError::new(ErrorCode::InvalidState, message).at("id").into());
        }
        let known = self.providers.get(unmatched.provider.as_str()).ok_or(PaymentError::UnknownProvider)?;
        let event = known.read(&unmatched.payload).map_err(|error| {
            UserError::new(ErrorCode::InvalidState, format!("The webhook event cannot be read: {error}.")).at("id")
        })?;
        let applied = self.retry(&tx, &unmatched, &event).await?;
        let now = repo::webhooks::find(&tx, id).await?.unwrap_or(unmatched);
        tx.commit().await?;
        Ok((now, applied))
    }

    async fn retry(
        &self,
        conn: &Conn,
        unmatched: &PaymentWebhookEvent,
        event: &WebhookEvent,
    ) -> Result<Option<AppliedWebhookEvent>, PaymentError> {
        let now = self.clock.now();
        match self.apply(conn, &unmatched.provider, event).await? {
            ApplyResult::Applied(applied) => {
                repo::webhooks::settle(conn, unmatched.id, WebhookEventStatus::Applied, None, now).await?;
                Ok(Some(*applied))
            }
            ApplyResult::Unmatched(problem) => {
                repo::webhooks::settle(conn, unmatched.id, WebhookEventStatus::Unmatched, Some(&problem), now).await?;
                Ok(None)
            }
        }
    }

    async fn apply(&self, conn: &Conn, provider: &str, event: &WebhookEvent) -> Result<ApplyResult, PaymentError> {
        let Some(mut session) = repo::sessions::lock_by_reference(conn, provider, &event.reference).await? else {
            return Ok(ApplyResult::Unmatched("no payment session has this reference".to_owned()));
        };
        if let Some(currency) = event.currency.filter(|currency| *currency != session.currency) {
            return Ok(ApplyResult::Unmatched(format!("it is in {currency}, the session in {}", session.currency)));
        }
        let (before, origin) = (session.status, origin(event.occurred_at));
        let (mut provider_status, mut payment_events) = (event.provider_status.clone(), event.payment_events.clone());
        if let Some(failed @ ProviderStatus::Failed(failure)) = &provider_status
            && session.status.is_open()
            && session.status != SessionStatus::Authorized
        {
            // The shopper may try another card in the same form. A run waiting for this payment asks the provider
            // itself.
            payment_events.extend(failed.payment_events(&session));
            session.failure = Some(failure.clone());
            repo::sessions::update(conn, &session).await?;
            provider_status = None;
        }
        match self.apply_provider_status(conn, session, provider_status.as_ref(), payment_events, origin).await {
            Ok((session, payment)) => Ok(ApplyResult::Applied(Box::new(applied(before, &session, &payment)))),
            Err(PaymentError::NotFound) => Ok(ApplyResult::Unmatched("the payment session has no payment".to_owned())),
            Err(error) => Err(error),
        }
    }
}

fn origin(occurred_at: Timestamp) -> EventOrigin {
    EventOrigin { source: TransactionSource::Webhook, ..EventOrigin::by_api(occurred_at) }
}

fn applied(before: SessionStatus, session: &PaymentSession, payment: &Payment) -> AppliedWebhookEvent {
    let is = |status: SessionStatus| session.status == status && before != status;
    let held = payment.capturable() + payment.refundable() > Decimal::ZERO;
    AppliedWebhookEvent {
        session: session.id,
        cart: session.cart_id,
        payment: payment.id,
        order: payment.order_id,
        status: session.status,
        became_authorized: is(SessionStatus::Authorized),
        needs_release: held && payment.order_id.is_none() && !session.status.is_open(),
    }
}

/// Any error while an event is applied is a fault on our side: the provider sends it again later.
fn webhook_error(error: PaymentError) -> WebhookError {
    match error {
        PaymentError::Db(error) => WebhookError::Db(error),
        other => WebhookError::Malformed(other.to_string()),
    }
}
