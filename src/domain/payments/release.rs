//! Letting go what sessions hold that came to nothing.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::ask::ask_of;
use super::fact::{Fact, MoneyKind, MoneyResult, Told};
use super::model::{Failure, MoneyEvent, Payment, PaymentSession, SessionStatus};
use super::provider::{Ask, MoveResult, Moved, ProviderError, Standing};
use super::{PaymentError, Payments, repo};
use crate::db::Conn;
use crate::kernel::ids::{CartId, PaymentSessionId};
use crate::kernel::money::Money;

/// How many sessions are ended in one sweep.
const MOST: i64 = 100;
/// How long a shopper may take to complete a cart whose payment is held, before the shop does it.
const A_MOMENT: TimeDelta = TimeDelta::minutes(1);

impl Payments {
    /// Has a session's provider let go what it holds, or give back what it took, and writes that down, in transactions of
    /// its own. What an earlier call did without an answer is found out first, so that it can be repeated.
    pub async fn release(&self, session: &PaymentSession, attempt: u32) -> Result<(), PaymentError> {
        let standing = self.find(session).await?;
        let payment = self.learn_standing(session.id, &standing).await?;
        match standing {
            Standing::Cancelled => Ok(()),
            Standing::Authorized { captured, .. } if captured > Decimal::ZERO => {
                self.give_back(session, captured, payment, attempt).await
            }
            _ => {
                // What is let go once more, because something new was told, needs another key.
                let version = payment.map_or(0, |payment| payment.version);
                let key = format!("{}-void-{version}", session.id);
                let ask = ask_of(session, &key, attempt);
                let voiding = self.admitted(&session.provider)?.void(&ask);
                let moved = self.answer(&session.provider, voiding).await?;
                let tx = self.db.begin().await?;
                self.free_in(&tx, session).await?;
                tx.commit().await?;
                tracing::debug!(session.id = %session.id, reference = moved.reference, "A payment session was let go");
                Ok(())
            }
        }
    }

    /// Writes down where a session stands that is to be let go, unless it has come to pay an order, and gives its payment.
    /// One that was opened and never kept has none.
    async fn learn_standing(&self, id: PaymentSessionId, standing: &Standing) -> Result<Option<Payment>, PaymentError> {
        let tx = self.db.begin().await?;
        let Some(session) = repo::sessions::lock(&tx, id).await? else { return Ok(None) };
        if session.status == SessionStatus::Bound {
            return Err(PaymentError::InvalidState(SessionStatus::Bound));
        }
        let told = Told::by_api(self.clock.now());
        let (_, payment) = self.stand_in(&tx, session, Some(standing), Vec::new(), told).await?;
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
        // The same for every attempt, until it is written down that it was given back, or that the provider failed to.
        let failed = self.failed_refunds(session.id).await?;
        let key = format!("{}-refund-{}-{failed}", session.id, refunded.normalize());
        let ask = Ask { amount: Money::new(taken, session.currency), ..ask_of(session, &key, attempt) };
        let provider = self.admitted(&session.provider)?;
        let known = if attempt > 1 {
            self.answer(&session.provider, provider.find_move(MoneyKind::Refund, &ask)).await?
        } else {
            None
        };
        let moved = match known {
            Some(moved) => Ok(moved),
            None => self.answer(&session.provider, provider.refund(&ask)).await,
        };
        let (result, reference) = match &moved {
            Ok(Moved { result: MoveResult::Success, reference, .. }) => (MoneyResult::Success, reference.as_str()),
            Ok(Moved { result: MoveResult::Pending, reference, .. }) => (MoneyResult::Request, reference.as_str()),
            Err(PaymentError::Provider(ProviderError::Declined(_))) => (MoneyResult::Failure, ""),
            Err(_) => return moved.map(drop),
        };
        let tx = self.db.begin().await?;
        if let Some(mut payment) = repo::payments::lock_of_session(&tx, session.id).await? {
            let fact = Fact::new(MoneyKind::Refund, result, taken, reference).answering(&key);
            self.record(&tx, &mut payment, Told::by_api(self.clock.now()), vec![fact]).await?;
        }
        tx.commit().await?;
        moved.map(drop)
    }

    /// How often its provider has failed to give back what a session took.
    async fn failed_refunds(&self, session: PaymentSessionId) -> Result<usize, PaymentError> {
        let conn = self.db.conn().await?;
        let Some(payment) = repo::payments::of_session(&conn, session).await? else { return Ok(0) };
        let events = self.events_of(&conn, &[payment.id]).await?;
        let failed = |event: &&MoneyEvent| (event.kind, event.result) == (MoneyKind::Refund, MoneyResult::Failure);
        Ok(events.iter().filter(failed).count())
    }

    /// Ends the sessions whose time is over, in the caller's transaction, and gives them: let them go after the commit.
    pub async fn expire_in(&self, conn: &Conn) -> Result<Vec<PaymentSession>, PaymentError> {
        let ended = repo::sessions::expire(conn, self.clock.now(), MOST).await?;
        for session in ended.iter().filter(|session| !self.is_outside(&session.provider)) {
            self.free_in(conn, session).await?;
        }
        Ok(ended)
    }

    /// Gives up a cart's open session when its provider outside holds the money already, in the caller's transaction, and
    /// gives it: let it go after the commit.
    pub async fn give_up_held_in(
        &self,
        conn: &Conn,
        cart: CartId,
        why: Option<Failure>,
    ) -> Result<Vec<PaymentSession>, PaymentError> {
        let open = repo::sessions::lock_open(conn, cart).await?;
        let held = open.is_some_and(|open| open.status == SessionStatus::Authorized && self.is_outside(&open.provider));
        if held { self.give_up_in(conn, cart, SessionStatus::Cancelled, why).await } else { Ok(Vec::new()) }
    }

    /// Some open sessions of providers outside of which nothing was heard for a while: where each stands is to be asked for
    /// with [`Self::find`]. Each is given once, and later the less often, the longer it is open.
    pub async fn unheard_of(&self) -> Result<Vec<PaymentSession>, PaymentError> {
        let conn = self.db.conn().await?;
        Ok(repo::sessions::due_for_a_look(&conn, self.clock.now(), &self.inside(), MOST).await?)
    }

    /// Some sessions that come after this one and whose payment has been held for longer than a moment, with their carts,
    /// which are no orders.
    pub async fn paid_carts(
        &self,
        conn: &Conn,
        after: Option<PaymentSessionId>,
    ) -> Result<Vec<(PaymentSessionId, CartId)>, PaymentError> {
        let before = self.clock.now() - A_MOMENT;
        Ok(repo::sessions::held_since(conn, before, &self.inside(), after, MOST).await?)
    }

    /// Some sessions that come after this one, were closed longer than a moment ago, and of whose money something is still
    /// held or taken, each with its payment's version.
    pub async fn left_holding(
        &self,
        conn: &Conn,
        after: Option<PaymentSessionId>,
    ) -> Result<Vec<(PaymentSession, i32)>, PaymentError> {
        let before = self.clock.now() - A_MOMENT;
        Ok(repo::sessions::closed_and_holding(conn, before, &self.inside(), after, MOST).await?)
    }

    /// The providers that are not outside.
    fn inside(&self) -> Vec<&'static str> {
        self.provider_names().into_iter().filter(|name| !self.is_outside(name)).collect()
    }
}
