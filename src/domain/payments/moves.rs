//! Taking money, letting it go and giving it back: asked for, performed, settled.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::fact::{Fact, MoneyKind, MoneyResult, MoneySource, Told};
use super::model::{Failure, Payment};
use super::provider::{MoveResult, Moved};
use super::{PaymentError, Payments, repo};
use crate::db::{self, Conn};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{MoneyEventId, OrderId, PaymentId, RefundId, StaffId};
use crate::kernel::money::{Currency, Money};

/// Money to be moved.
#[derive(Clone, Debug)]
pub struct MoveMoney {
    /// Of which payment.
    pub payment: PaymentId,
    /// CAPTURE, VOID or REFUND.
    pub kind: MoneyKind,
    /// How much, in major units; `None` for all that is left.
    pub amount: Option<Decimal>,
    /// For which refund.
    pub refund_id: Option<RefundId>,
    /// Who wants it; `None` for the shop itself.
    pub staff: Option<StaffId>,
}

/// Money that was asked to be moved, and counts as such until it is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedMove {
    /// The request.
    pub id: MoneyEventId,
    /// Of which payment.
    pub payment: PaymentId,
    /// Of which order, once it is bound.
    pub order: Option<OrderId>,
    /// Who moves it.
    pub provider: String,
    /// What they call the payment.
    pub reference: String,
    /// CAPTURE, VOID or REFUND.
    pub kind: MoneyKind,
    /// How much, in major units.
    pub amount: Decimal,
    /// Of which currency.
    pub currency: Currency,
    /// For which refund.
    pub refund_id: Option<RefundId>,
    /// Who wants it.
    pub staff: Option<StaffId>,
}

impl AskedMove {
    /// From whom an answer to it comes.
    fn told(&self, now: Timestamp) -> Told {
        Told { staff: self.staff, refund: self.refund_id, ..Told::by_api(now) }
    }

    fn fact(&self, result: MoneyResult, reference: &str) -> Fact {
        Fact::new(self.kind, result, self.amount, reference).answering(&self.id.to_string())
    }
}

impl Payments {
    /// Asks for money to be moved, in the caller's transaction: refused unless so much is left under the payment's lock
    /// (rules F1 to F3). Then [`Self::perform`] it, outside, and [`Self::settle_in`] what came of it.
    pub async fn ask_in(&self, conn: &Conn, wanted: MoveMoney) -> Result<AskedMove, PaymentError> {
        let mut payment = repo::payments::lock(conn, wanted.payment).await?.ok_or(PaymentError::NotFound)?;
        self.ask_locked(conn, &mut payment, &wanted).await
    }

    /// Asks for money of a locked payment to be moved.
    pub(super) async fn ask_locked(
        &self,
        conn: &Conn,
        payment: &mut Payment,
        wanted: &MoveMoney,
    ) -> Result<AskedMove, PaymentError> {
        let amount = amount_of(payment, wanted)?;
        let asked = AskedMove {
            id: MoneyEventId::new(),
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
        let source = if wanted.staff.is_some() { MoneySource::Staff } else { MoneySource::Api };
        let told = Told { source, ..asked.told(self.clock.now()) };
        self.record(conn, payment, told, vec![asked.fact(MoneyResult::Request, "")]).await?;
        Ok(asked)
    }

    /// Writes down what came of a request, in the caller's transaction: it is done, it is on its way, or it was refused.
    pub async fn settle_in(
        &self,
        conn: &Conn,
        asked: &AskedMove,
        outcome: &Result<Moved, Failure>,
    ) -> Result<Payment, PaymentError> {
        let mut payment = repo::payments::lock(conn, asked.payment).await?.ok_or(PaymentError::NotFound)?;
        if outcome.is_err() && self.was_done(conn, asked).await? {
            // The provider has told of it on its own, and knows better than an answer that was lost.
            return Ok(payment);
        }
        let told = asked.told(self.clock.now());
        let facts = match outcome {
            Ok(moved) if moved.result == MoveResult::Success => {
                let amount = moved.amount.unwrap_or(asked.amount);
                let mut facts = vec![Fact { amount, ..asked.fact(MoneyResult::Success, &moved.reference) }];
                if moved.released > Decimal::ZERO {
                    facts.push(Fact::new(MoneyKind::Void, MoneyResult::Success, moved.released, &moved.reference));
                }
                facts
            }
            Ok(moved) => vec![asked.fact(MoneyResult::Request, &moved.reference)],
            Err(failure) => vec![asked.fact(MoneyResult::Failure, "").saying(&failure.message)],
        };
        let expected = facts.len();
        let new = self.record(conn, &mut payment, told, facts).await?;
        if let Ok(moved) = outcome
            && new < expected
        {
            // The provider had told of it on its own, not knowing the request: name the two together.
            self.record(conn, &mut payment, told, vec![asked.fact(MoneyResult::Request, &moved.reference)]).await?;
        }
        Ok(payment)
    }

    /// Whether it is known already that a request was done.
    async fn was_done(&self, conn: &Conn, asked: &AskedMove) -> db::Result<bool> {
        let (key, events) = (asked.id.to_string(), self.events_of(conn, &[asked.payment]).await?);
        Ok(events.iter().any(|event| event.key == key && event.result == MoneyResult::Success))
    }

    /// Performs and settles a request of a provider that is not outside, in the caller's transaction.
    pub async fn settle_inside(&self, conn: &Conn, asked: &AskedMove) -> Result<Payment, PaymentError> {
        let outcome = match self.perform(asked, &asked.id.to_string(), 1).await {
            Ok(moved) => Ok(moved),
            Err(error) => Err(error.into_failure()?),
        };
        let payment = self.settle_in(conn, asked, &outcome).await?;
        match outcome {
            Ok(_) => Ok(payment),
            Err(failure) => Err(PaymentError::declined(failure)),
        }
    }
}

/// How much is to be moved, when so much is left.
fn amount_of(payment: &Payment, wanted: &MoveMoney) -> Result<Decimal, PaymentError> {
    let (left, refused) = match wanted.kind {
        MoneyKind::Refund => {
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
    let fits = amount <= left && (wanted.kind != MoneyKind::Void || amount == left);
    if is_amount && fits { Ok(amount) } else { Err(refused) }
}
