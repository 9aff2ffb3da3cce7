//! Taking money, letting it go and giving it back.

use rust_decimal::Decimal;

use super::model::Payment;
use super::{PaymentError, Payments, repo};
use crate::db::Conn;
use crate::kernel::ids::{OrderId, PaymentId};
use crate::kernel::money::Money;

impl Payments {
    /// Takes a part of a payment, or all that can still be taken, in the caller's transaction (rule F1).
    ///
    /// The provider is asked while the payment is locked. `manual`, the only one there is, needs no network; one that
    /// does will be asked by a workflow.
    pub async fn capture_in(
        &self,
        conn: &Conn,
        id: PaymentId,
        amount: Option<Decimal>,
    ) -> Result<Payment, PaymentError> {
        let mut payment = repo::lock(conn, id).await?.ok_or(PaymentError::NotFound)?;
        let capturable = payment.capturable();
        let amount = amount.unwrap_or(capturable);
        let valid = Money::price(amount, payment.currency).is_ok() && amount > Decimal::ZERO;
        if !valid || amount > capturable {
            return Err(PaymentError::OverCapture { capturable });
        }
        let key = format!("{id}-capture-{}", payment.captured);
        let provider = self.provider(&payment.provider)?;
        provider.capture(&payment.reference, Money::new(amount, payment.currency), &key).await?;
        payment.captured += amount;
        payment.updated_at = self.clock.now();
        repo::update(conn, &payment).await?;
        Ok(payment)
    }

    /// Lets go what is held for an order and gives back what was taken, in the caller's transaction.
    pub async fn undo_in(&self, conn: &Conn, order: OrderId) -> Result<(), PaymentError> {
        for mut payment in repo::lock_of_order(conn, order).await? {
            let provider = self.provider(&payment.provider)?;
            let (held, taken) = (payment.capturable(), payment.captured - payment.refunded);
            if held > Decimal::ZERO {
                provider.void(&payment.reference, &format!("{}-void", payment.id)).await?;
            }
            if taken > Decimal::ZERO {
                let amount = Money::new(taken, payment.currency);
                provider.refund(&payment.reference, amount, &format!("{}-refund", payment.id)).await?;
            }
            payment.voided += held;
            payment.refunded += taken;
            payment.updated_at = self.clock.now();
            repo::update(conn, &payment).await?;
        }
        Ok(())
    }
}
