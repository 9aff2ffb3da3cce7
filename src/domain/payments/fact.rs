//! What happens to money: facts, of which a payment's balances are the fold.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::MoneyEvent;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{MoneyEventId, PaymentId, RefundId, StaffId};
use crate::kernel::words;

words! {
    /// What happens to money.
    MoneyKind {
        /// It is promised.
        Authorize = "AUTHORIZE",
        /// It is taken.
        Capture = "CAPTURE",
        /// It is given back.
        Refund = "REFUND",
        /// A promise is let go.
        Void = "VOID",
        /// The shopper's bank takes it back.
        Chargeback = "CHARGEBACK",
        /// The provider says anew how much is promised.
        Adjust = "ADJUST",
    }
}

words! {
    /// How far it happened.
    MoneyResult {
        /// It was asked for.
        Request = "REQUEST",
        /// It happened.
        Success = "SUCCESS",
        /// It did not happen, or did not last.
        Failure = "FAILURE",
        /// What had happened was reversed.
        Reverse = "REVERSE",
    }
}

words! {
    /// From where a fact is known.
    MoneySource {
        /// The provider answered it.
        Api = "API",
        /// The provider told it on its own.
        Webhook = "WEBHOOK",
        /// Staff said so.
        Staff = "STAFF",
    }
}

/// A fact as it is told: the same one has the same kind, result and reference however often it is told (rule F4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What happened.
    pub kind: MoneyKind,
    /// How far.
    pub result: MoneyResult,
    /// How much, in major units.
    pub amount: Decimal,
    /// What the provider calls it; empty when it has no name for it.
    pub reference: String,
    /// The request that it answers; empty when that is not known.
    pub key: String,
    /// For people.
    pub message: String,
}

impl Fact {
    /// Something that happened under the provider's name for it.
    pub fn new(kind: MoneyKind, result: MoneyResult, amount: Decimal, reference: &str) -> Self {
        let reference = reference.to_owned();
        Self { kind, result, amount, reference, key: String::new(), message: String::new() }
    }

    /// The same fact as the answer to a request.
    #[must_use]
    pub fn answering(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    /// The same fact with a sentence.
    #[must_use]
    pub fn saying(mut self, message: &str) -> Self {
        self.message = message.chars().take(500).collect();
        self
    }
}

/// From whom facts come, and when they happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) source: MoneySource,
    pub(super) staff: Option<StaffId>,
    pub(super) refund: Option<RefundId>,
    pub(super) occurred_at: Timestamp,
}

impl Told {
    /// Answered by a provider now.
    pub(super) const fn by_api(now: Timestamp) -> Self {
        Self { source: MoneySource::Api, staff: None, refund: None, occurred_at: now }
    }

    /// The row of a fact.
    pub(super) fn row(&self, payment: PaymentId, fact: Fact, now: Timestamp) -> MoneyEvent {
        let Fact { kind, result, amount, reference, key, message } = fact;
        MoneyEvent {
            id: MoneyEventId::new(),
            payment_id: payment,
            kind,
            result,
            amount,
            reference,
            key,
            message,
            source: self.source,
            staff_id: self.staff,
            refund_id: self.refund,
            occurred_at: self.occurred_at,
            created_at: now,
        }
    }
}
