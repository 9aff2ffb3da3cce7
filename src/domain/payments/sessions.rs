//! Payment sessions.

use super::model::{Payment, PaymentSession, SessionStatus};
use super::{PaymentError, Payments, repo};
use crate::db::Conn;
use crate::kernel::ids::{CartId, OrderId, PaymentId, PaymentSessionId};
use crate::kernel::money::Money;

impl Payments {
    /// Has a provider hold a cart's total. The session is not kept yet: see [`Self::keep_in`] and [`Self::let_go`].
    pub async fn authorize(
        &self,
        cart: CartId,
        cart_version: i32,
        provider: &str,
        total: Money,
    ) -> Result<PaymentSession, PaymentError> {
        let provider = self.provider(provider)?;
        if total.amount.is_zero() {
            return Err(PaymentError::NothingToPay);
        }
        let now = self.clock.now();
        let id = PaymentSessionId::new();
        let reference = provider.authorize(total, &id.to_string()).await?;
        Ok(PaymentSession {
            id,
            cart_id: cart,
            provider: provider.name().to_owned(),
            currency: total.currency,
            amount: total.amount,
            cart_version,
            status: SessionStatus::Authorized,
            reference,
            created_at: now,
            updated_at: now,
        })
    }

    /// Keeps a session as its cart's only open one, in the caller's transaction, which holds the cart's lock. Gives
    /// the ones that it replaces (rule D3): let them go after the commit.
    pub async fn keep_in(&self, conn: &Conn, session: &PaymentSession) -> Result<Vec<PaymentSession>, PaymentError> {
        let replaced = self.give_up_in(conn, session.cart_id).await?;
        repo::insert_session(conn, session).await?;
        Ok(replaced)
    }

    /// Gives up a cart's open session, in the caller's transaction, and gives it: let it go after the commit.
    pub async fn give_up_in(&self, conn: &Conn, cart: CartId) -> Result<Vec<PaymentSession>, PaymentError> {
        Ok(repo::cancel_open_sessions(conn, cart, self.clock.now()).await?)
    }

    /// The cart's open session, which has to promise exactly what is due, locked until the caller's transaction ends.
    pub async fn lock_session_in(&self, conn: &Conn, cart: CartId, due: Money) -> Result<PaymentSession, PaymentError> {
        let session = repo::lock_open_session(conn, cart).await?.ok_or(PaymentError::Required)?;
        if (session.amount, session.currency) != (due.amount, due.currency) {
            return Err(PaymentError::AmountMismatch { promised: session.amount, due: due.amount });
        }
        Ok(session)
    }

    /// Makes a session the payment of an order, in the caller's transaction.
    pub async fn bind_in(
        &self,
        conn: &Conn,
        session: &PaymentSession,
        order: OrderId,
    ) -> Result<Payment, PaymentError> {
        let now = self.clock.now();
        let payment = Payment {
            id: PaymentId::new(),
            order_id: order,
            session_id: session.id,
            provider: session.provider.clone(),
            reference: session.reference.clone(),
            currency: session.currency,
            authorized: session.amount,
            captured: rust_decimal::Decimal::ZERO,
            voided: rust_decimal::Decimal::ZERO,
            refunded: rust_decimal::Decimal::ZERO,
            created_at: now,
            updated_at: now,
        };
        repo::bind_session(conn, session.id, now).await?;
        repo::insert(conn, &payment).await?;
        Ok(payment)
    }

    /// Tells the providers that sessions were given up. One that cannot be told lets the money go by itself in time.
    pub async fn let_go(&self, sessions: &[PaymentSession]) {
        for session in sessions {
            let Ok(provider) = self.provider(&session.provider) else { continue };
            if let Err(error) = provider.void(&session.reference, &format!("{}-void", session.id)).await {
                tracing::warn!(session.id = %session.id, %error, "A payment session that was given up could not be voided");
            }
        }
    }
}
