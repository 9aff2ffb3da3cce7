//! What providers tell on their own: taken once each, applied in any order, parked while it is about nothing known.

use axum::http::HeaderMap;
use chrono::TimeDelta;

use super::fact::{MoneySource, Told};
use super::model::{NoticeStatus, PaymentNotice, PaymentSession, SessionStatus};
use super::provider::{HookError, Notice, Standing};
use super::{Payment, PaymentError, Payments, repo};
use crate::db::{self, Conn};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{CartId, OrderId, PaymentId, PaymentNoticeId, PaymentSessionId};
use rust_decimal::Decimal;

/// For how long a notice is known, so that the same one is not taken twice: longer than providers go on telling.
const KEPT: TimeDelta = TimeDelta::days(30);

/// What came of a notice that was applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The session that it was about.
    pub session: PaymentSessionId,
    /// Its cart.
    pub cart: CartId,
    /// The payment that it was about.
    pub payment: PaymentId,
    /// The payment's order, once it is bound.
    pub order: Option<OrderId>,
    /// Where the session stands now.
    pub status: SessionStatus,
    /// Whether the session's amount is held from now on: the cart may be completed.
    pub became_authorized: bool,
    /// Whether money is held or was taken for a session that was given up: let it go with [`Payments::release`].
    pub unwanted: bool,
}

/// What is to be done with a notice.
enum Verdict {
    Applied(Box<Applied>),
    Parked(String),
}

impl Payments {
    /// Takes what a provider tells on its own: each notice once, in a transaction of its own. What is about an unknown
    /// session is parked.
    pub async fn receive(&self, provider: &str, headers: &HeaderMap, body: &[u8]) -> Result<Vec<Applied>, HookError> {
        let known = self.providers.get(provider).ok_or(HookError::UnknownProvider)?;
        let mut applied = Vec::new();
        for notice in known.notices(headers, body, self.clock.now())? {
            applied.extend(self.take(provider, notice).await.map_err(in_hook)?);
        }
        Ok(applied)
    }

    async fn take(&self, provider: &str, notice: Notice) -> Result<Option<Applied>, PaymentError> {
        let tx = self.db.begin().await?;
        let now = self.clock.now();
        repo::notices::take_turns(&tx, provider, &notice.reference).await?;
        let mut row = PaymentNotice {
            id: PaymentNoticeId::new(),
            provider: provider.to_owned(),
            event_id: notice.event_id.clone(),
            kind: notice.kind.clone(),
            reference: notice.reference.clone(),
            payload: notice.payload.clone(),
            status: NoticeStatus::Ignored,
            problem: None,
            received_at: now,
            applied_at: None,
        };
        if notice.standing.is_none() && notice.facts.is_empty() {
            repo::notices::insert(&tx, &row).await?;
            tx.commit().await?;
            return Ok(None);
        }
        row.status = NoticeStatus::Applied;
        row.applied_at = Some(now);
        if !repo::notices::insert(&tx, &row).await? {
            return Ok(None);
        }
        let verdict = self.apply(&tx, provider, &notice).await?;
        let applied = match verdict {
            Verdict::Applied(applied) => Some(*applied),
            Verdict::Parked(problem) => {
                repo::notices::settle(&tx, row.id, NoticeStatus::Parked, Some(&problem), now).await?;
                tracing::warn!(provider, kind = notice.kind, problem, "A payment notice was parked");
                None
            }
        };
        tx.commit().await?;
        Ok(applied)
    }

    /// Forgets notices that were applied or ignored long ago: they say who has paid. Those that are parked stay. Says how
    /// many there were.
    pub async fn forget_notices(&self) -> db::Result<usize> {
        repo::notices::forget(&*self.db.conn().await?, self.clock.now() - KEPT).await
    }

    /// Applies what was told of a session before it was known, in the caller's transaction.
    pub async fn apply_parked_in(&self, conn: &Conn, provider: &str, reference: &str) -> Result<(), PaymentError> {
        if reference.is_empty() {
            return Ok(());
        }
        let Some(known) = self.providers.get(provider) else { return Ok(()) };
        for parked in repo::notices::lock_parked(conn, provider, reference).await? {
            let Ok(notice) = known.read(&parked.payload) else { continue };
            self.retry(conn, &parked, &notice).await?;
        }
        Ok(())
    }

    /// Tries once more to apply a notice that was parked, and gives it as it is then.
    pub async fn retry_notice(&self, id: PaymentNoticeId) -> Result<(PaymentNotice, Option<Applied>), PaymentError> {
        let tx = self.db.begin().await?;
        let parked = repo::notices::lock(&tx, id).await?.ok_or(PaymentError::NotFound)?;
        if parked.status != NoticeStatus::Parked {
            let message = format!("Only a PARKED webhook event can be retried; this one is {}.", parked.status.word());
            return Err(Problem::new(ErrorCode::InvalidState, message).at("id").into());
        }
        let known = self.providers.get(parked.provider.as_str()).ok_or(PaymentError::UnknownProvider)?;
        let notice = known.read(&parked.payload).map_err(|error| {
            Problem::new(ErrorCode::InvalidState, format!("The webhook event cannot be read: {error}.")).at("id")
        })?;
        let applied = self.retry(&tx, &parked, &notice).await?;
        let now = repo::notices::find(&tx, id).await?.unwrap_or(parked);
        tx.commit().await?;
        Ok((now, applied))
    }

    async fn retry(
        &self,
        conn: &Conn,
        parked: &PaymentNotice,
        notice: &Notice,
    ) -> Result<Option<Applied>, PaymentError> {
        let now = self.clock.now();
        match self.apply(conn, &parked.provider, notice).await? {
            Verdict::Applied(applied) => {
                repo::notices::settle(conn, parked.id, NoticeStatus::Applied, None, now).await?;
                Ok(Some(*applied))
            }
            Verdict::Parked(problem) => {
                repo::notices::settle(conn, parked.id, NoticeStatus::Parked, Some(&problem), now).await?;
                Ok(None)
            }
        }
    }

    async fn apply(&self, conn: &Conn, provider: &str, notice: &Notice) -> Result<Verdict, PaymentError> {
        let Some(mut session) = repo::sessions::lock_by_reference(conn, provider, &notice.reference).await? else {
            return Ok(Verdict::Parked("no payment session has this reference".to_owned()));
        };
        if let Some(currency) = notice.currency.filter(|currency| *currency != session.currency) {
            return Ok(Verdict::Parked(format!("it is in {currency}, the session in {}", session.currency)));
        }
        let (before, told) = (session.status, told(notice.occurred_at));
        let (mut standing, mut facts) = (notice.standing.clone(), notice.facts.clone());
        if let Some(failed @ Standing::Failed(failure)) = &standing
            && session.status.is_open()
            && session.status != SessionStatus::Authorized
        {
            // The shopper tries the next card in the same form. A run that waits for this one asks the provider itself.
            facts.extend(failed.facts(&session));
            session.failure = Some(failure.clone());
            repo::sessions::update(conn, &session).await?;
            standing = None;
        }
        match self.stand_in(conn, session, standing.as_ref(), facts, told).await {
            Ok((session, payment)) => Ok(Verdict::Applied(Box::new(applied(before, &session, &payment)))),
            Err(PaymentError::NotFound) => Ok(Verdict::Parked("the payment session has no payment".to_owned())),
            Err(error) => Err(error),
        }
    }
}

fn told(occurred_at: Timestamp) -> Told {
    Told { source: MoneySource::Webhook, ..Told::by_api(occurred_at) }
}

fn applied(before: SessionStatus, session: &PaymentSession, payment: &Payment) -> Applied {
    let is = |status: SessionStatus| session.status == status && before != status;
    let held = payment.capturable() + payment.refundable() > Decimal::ZERO;
    Applied {
        session: session.id,
        cart: session.cart_id,
        payment: payment.id,
        order: payment.order_id,
        status: session.status,
        became_authorized: is(SessionStatus::Authorized),
        unwanted: held && payment.order_id.is_none() && !session.status.is_open(),
    }
}

/// Whatever goes wrong while a notice is applied is a fault on our side: the provider tells it again later.
fn in_hook(error: PaymentError) -> HookError {
    match error {
        PaymentError::Db(error) => HookError::Db(error),
        other => HookError::Malformed(other.to_string()),
    }
}
