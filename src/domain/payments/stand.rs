//! What a provider says of a session, written down: facts for the payment, and the session's state.

use rust_decimal::Decimal;

use super::fact::{Fact, MoneyKind, MoneyResult, MoneySource, Told};
use super::fold::fold;
use super::machine::advance;
use super::model::{Failure, Payment, PaymentSession, SessionStatus};
use super::provider::Standing;
use super::{PaymentError, Payments, repo};
use crate::db::{self, Conn};
use crate::kernel::ids::PaymentSessionId;

impl PaymentSession {
    /// Moves the session to where its provider says that it stands: forwards only.
    pub(super) fn stand(&mut self, standing: &Standing) {
        let too_little = match standing {
            Standing::Authorized { amount, .. } if *amount < self.amount => {
                let message = format!("Only {} of {} were authorized.", amount.normalize(), self.amount.normalize());
                Some(Standing::Failed(Failure::new("partially_authorized", message)))
            }
            _ => None,
        };
        let standing = too_little.as_ref().unwrap_or(standing);
        let status = advance(self.status, standing);
        match standing {
            Standing::ActionRequired(action) if status == self.status || status != self.status && status.is_open() => {
                self.action = Some(action.clone());
            }
            Standing::Failed(failure) if status != self.status => self.failure = Some(failure.clone()),
            _ => {}
        }
        if !matches!(standing, Standing::ActionRequired(_)) && status != self.status {
            self.action = None;
        }
        self.status = status;
    }
}

impl Standing {
    /// What it says of the money of a session.
    pub(super) fn facts(&self, session: &PaymentSession) -> Vec<Fact> {
        let fact = |kind, result, amount: Decimal| Fact::new(kind, result, amount, &session.reference);
        match self {
            Self::Authorized { amount, captured } => {
                let mut facts = vec![fact(MoneyKind::Authorize, MoneyResult::Success, *amount)];
                if *captured > Decimal::ZERO {
                    facts.push(fact(MoneyKind::Capture, MoneyResult::Success, *captured));
                }
                facts
            }
            Self::Pending => vec![fact(MoneyKind::Authorize, MoneyResult::Request, session.amount)],
            Self::Failed(failure) => {
                vec![fact(MoneyKind::Authorize, MoneyResult::Failure, session.amount).saying(&failure.message)]
            }
            Self::Open | Self::ActionRequired(_) | Self::Cancelled => Vec::new(),
        }
    }
}

impl Payments {
    /// Writes down where a session stands, in the caller's transaction, and gives the session as it is then. A session that
    /// has ended stays so, and what it holds by then is to be let go: see [`Self::release`].
    pub async fn stands_in(
        &self,
        conn: &Conn,
        id: PaymentSessionId,
        standing: &Standing,
    ) -> Result<PaymentSession, PaymentError> {
        let session = repo::sessions::lock(conn, id).await?.ok_or(PaymentError::NotFound)?;
        let told = Told::by_api(self.clock.now());
        Ok(self.stand_in(conn, session, Some(standing), Vec::new(), told).await?.0)
    }

    /// Writes down what was told of a locked session, and gives it with its payment.
    pub(super) async fn stand_in(
        &self,
        conn: &Conn,
        mut session: PaymentSession,
        standing: Option<&Standing>,
        facts: Vec<Fact>,
        told: Told,
    ) -> Result<(PaymentSession, Payment), PaymentError> {
        let before = session.clone();
        let mut payment = repo::payments::lock_of_session(conn, session.id).await?.ok_or(PaymentError::NotFound)?;
        let mut all = facts;
        let mut told = told;
        if let Some(standing) = standing {
            let is_held = matches!(session.status, SessionStatus::Authorized | SessionStatus::Bound);
            // What failed before the money was held is told late.
            if !(is_held && matches!(standing, Standing::Failed(_))) {
                all.extend(standing.facts(&session));
            }
            if told.source == MoneySource::Api {
                // The provider says where it stands now: that is after all that it told, whatever our clocks say.
                let latest = repo::events::latest(conn, payment.id).await?;
                told.occurred_at = latest.map_or(told.occurred_at, |latest| latest.max(told.occurred_at));
            }
            let held = payment.authorized - payment.voided - payment.captured;
            if *standing == Standing::Cancelled && held > Decimal::ZERO {
                all.push(Fact::new(MoneyKind::Void, MoneyResult::Success, held, &session.reference));
            }
            session.stand(standing);
        }
        self.record(conn, &mut payment, told, all).await?;
        if session != before {
            session.updated_at = self.clock.now();
            repo::sessions::update(conn, &session).await?;
        }
        Ok((session, payment))
    }

    /// Adds facts to a locked payment, each once, and folds its balances anew.
    pub(super) async fn record(
        &self,
        conn: &Conn,
        payment: &mut Payment,
        told: Told,
        facts: Vec<Fact>,
    ) -> db::Result<usize> {
        let now = self.clock.now();
        let rows: Vec<_> = facts.into_iter().map(|fact| told.row(payment.id, fact, now)).collect();
        if rows.is_empty() {
            return Ok(0);
        }
        let new = repo::events::insert_new(conn, &rows).await?;
        if new > 0 {
            fold(&self.events_of(conn, &[payment.id]).await?).put(payment);
            payment.version += 1;
            payment.updated_at = now;
            repo::payments::update(conn, payment).await?;
        }
        Ok(new)
    }
}
