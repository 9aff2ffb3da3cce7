//! Payment sessions.

use super::model::{Payment, PaymentSession, SessionStatus};
use super::{PaymentError, Payments, repo};
use crate::db::Conn;
use crate::kernel::ids::{CartId, OrderId, PaymentId, PaymentSessionId};
use crate::kernel::money::Money;

impl Payments {
    /// Opens a session for a cart's total and gives up the one that was open before (rule D3).
    pub async fn open_session(
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
        let session = PaymentSession {
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
        };
        let tx = self.db.begin().await?;
        repo::lock_cart_sessions(&tx, cart).await?;
        let replaced = repo::cancel_open_sessions(&tx, cart, now).await?;
        repo::insert_session(&tx, &session).await?;
        tx.commit().await?;
        for old in replaced {
            self.let_go(&old).await;
        }
        Ok(session)
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

    /// Tells the provider that a session was given up. When it cannot be told, the promise ends there by itself.
    async fn let_go(&self, session: &PaymentSession) {
        let Ok(provider) = self.provider(&session.provider) else { return };
        if let Err(error) = provider.void(&session.reference, &format!("{}-void", session.id)).await {
            tracing::warn!(session.id = %session.id, %error, "A replaced payment session could not be voided");
        }
    }
}
