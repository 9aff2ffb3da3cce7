//! Payment events, from which a payment's balances are computed.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::{TransactionEvent, TransactionKind, TransactionResult, TransactionSource};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PaymentId, RefundId, StaffId, TransactionEventId};

/// An event as reported: duplicates have the same kind, result and reference (rule F4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentEvent {
    /// The kind.
    pub kind: TransactionKind,
    /// The result.
    pub result: TransactionResult,
    /// The amount, in major units.
    pub amount: Decimal,
    /// The provider's reference; empty when it has none.
    pub reference: String,
    /// The key of the request that it answers; empty when unknown.
    pub key: String,
    /// The human-readable message.
    pub message: String,
}

impl PaymentEvent {
    /// Creates an event with the provider's reference.
    pub fn new(kind: TransactionKind, result: TransactionResult, amount: Decimal, reference: &str) -> Self {
        let reference = reference.to_owned();
        Self { kind, result, amount, reference, key: String::new(), message: String::new() }
    }

    /// Sets the key of the request that it answers.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    /// Sets the message.
    #[must_use]
    pub fn with_message(mut self, message: &str) -> Self {
        self.message = message.chars().take(500).collect();
        self
    }
}

/// The source of events, and when they happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventOrigin {
    pub(super) source: TransactionSource,
    pub(super) staff: Option<StaffId>,
    pub(super) refund: Option<RefundId>,
    pub(super) occurred_at: Timestamp,
}

impl EventOrigin {
    /// Reported by a provider's response now.
    pub(super) const fn by_api(now: Timestamp) -> Self {
        Self { source: TransactionSource::Api, staff: None, refund: None, occurred_at: now }
    }

    /// Creates the row of an event.
    pub(super) fn row(&self, payment: PaymentId, event: PaymentEvent, now: Timestamp) -> TransactionEvent {
        let PaymentEvent { kind, result, amount, reference, key, message } = event;
        TransactionEvent {
            id: TransactionEventId::new(),
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
