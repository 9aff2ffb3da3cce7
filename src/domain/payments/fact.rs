//! What happens to money: facts, of which a payment's balances are the fold.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::MoneyEvent;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{MoneyEventId, PaymentId, RefundId, StaffId};
use crate::kernel::words;

words! {
    /// The kind of a transaction event.
    MoneyKind {
        /// An amount is authorized.
        Authorize = "AUTHORIZE",
        /// An amount is captured.
        Capture = "CAPTURE",
        /// An amount is refunded.
        Refund = "REFUND",
        /// An authorized amount is voided.
        Void = "VOID",
        /// An amount is charged back by the shopper's bank.
        Chargeback = "CHARGEBACK",
        /// The provider changes the authorized amount.
        Adjust = "ADJUST",
    }
}

words! {
    /// The result of a transaction event.
    MoneyResult {
        /// It was requested.
        Request = "REQUEST",
        /// It succeeded.
        Success = "SUCCESS",
        /// It failed, or did not last.
        Failure = "FAILURE",
        /// It had succeeded, and was reversed.
        Reverse = "REVERSE",
    }
}

words! {
    /// The source of a transaction event.
    MoneySource {
        /// The response of the provider.
        Api = "API",
        /// A webhook event of the provider.
        Webhook = "WEBHOOK",
        /// A staff user.
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
