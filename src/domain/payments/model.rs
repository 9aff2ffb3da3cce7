//! The words of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fact::{MoneyKind, MoneyResult, MoneySource};
use crate::db::schema::{money_events, payment_notices, payment_sessions, payments, refunds, saved_payment_methods};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Problem;
use crate::kernel::ids::{
    CartId, CustomerId, MoneyEventId, OrderId, PaymentId, PaymentMethodId, PaymentNoticeId, PaymentSessionId, RefundId,
    StaffId,
};
use crate::kernel::money::{Currency, Money};
use crate::kernel::{stored_json, words};

words! {
    /// The status of a payment session.
    SessionStatus {
        /// It was created at the provider, and waits for the shopper or for the completion of the cart.
        Created = "CREATED",
        /// The shopper has to take an action: see the action of the session.
        ActionRequired = "ACTION_REQUIRED",
        /// The provider has not decided yet.
        Pending = "PENDING",
        /// The amount is authorized or captured.
        Authorized = "AUTHORIZED",
        /// It is attached to an order, which it pays for.
        Bound = "BOUND",
        /// It was replaced or canceled.
        Cancelled = "CANCELLED",
        /// The provider declined the payment.
        Failed = "FAILED",
        /// The cart was not completed in time.
        Expired = "EXPIRED",
    }
}

impl SessionStatus {
    /// Those in which it can still come to pay an order.
    pub const OPEN: [Self; 4] = [Self::Created, Self::ActionRequired, Self::Pending, Self::Authorized];

    /// Whether it can still come to pay an order.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

words! {
    /// The status of a webhook event.
    NoticeStatus {
        /// It was applied to the payment.
        Applied = "APPLIED",
        /// It is about a payment that is not known yet: it is applied once the payment is known, or when staff retry
        /// it.
        Parked = "PARKED",
        /// It does not concern a payment.
        Ignored = "IGNORED",
    }
}

/// What the shopper has to do before a payment can go on.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct Action {
    /// `redirect`: go to the address; `sdk`: hand the secret to the provider's own library; other words are a provider's.
    pub kind: String,
    /// Where to go.
    pub url: Option<String>,
    /// What the provider's library needs.
    pub client_secret: Option<String>,
}
stored_json!(Action);

/// Why a provider did not do what was asked.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct Failure {
    /// The provider's word for it, such as `card_declined`.
    pub code: String,
    /// For people; fit to be shown to the shopper.
    pub message: String,
}
stored_json!(Failure);

impl Failure {
    /// A failure with its code and its sentence.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// What kept a session from becoming an order, when it was not its provider.
    pub fn of(problem: &Problem) -> Self {
        Self::new(problem.code.word().to_ascii_lowercase(), &problem.message)
    }
}

/// A shopper's promise to pay one amount for one version of a cart.
#[derive(
    Clone, Debug, PartialEq, Queryable, QueryableByName, Selectable, Insertable, AsChangeset, Serialize, Deserialize,
)]
#[diesel(table_name = payment_sessions, treat_none_as_null = true)]
pub struct PaymentSession {
    /// Id.
    pub id: PaymentSessionId,
    /// For which cart.
    pub cart_id: CartId,
    /// The provider's name.
    pub provider: String,
    /// The cart's currency.
    pub currency: Currency,
    /// The cart's total when the session was opened, in major units.
    pub amount: Decimal,
    /// The cart's version then.
    pub cart_version: i32,
    /// Where it stands.
    pub status: SessionStatus,
    /// What the provider calls it.
    pub reference: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who pays; `None` for a guest.
    pub customer_id: Option<CustomerId>,
    /// What the client told the provider, and what the client needs of it.
    pub data: Value,
    /// What the shopper has to do.
    pub action: Option<Action>,
    /// Why the last try to pay failed.
    pub failure: Option<Failure>,
    /// Where the shopper comes back to.
    pub return_url: Option<String>,
    /// From when on it counts as expired.
    pub expires_at: Timestamp,
}

impl PaymentSession {
    /// What is to be paid.
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// Where it stands at a moment: an open one expires by the clock.
    pub fn status_at(&self, now: Timestamp) -> SessionStatus {
        if self.status.is_open() && self.expires_at <= now { SessionStatus::Expired } else { self.status }
    }
}

/// Money held, taken, let go and given back. All amounts in major units; the balances are the fold of its events.
#[derive(Clone, Debug, PartialEq, Queryable, QueryableByName, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments)]
pub struct Payment {
    /// Id.
    pub id: PaymentId,
    /// For which order; `None` while the cart is not completed.
    pub order_id: Option<OrderId>,
    /// From which session; `None` when staff marked the order as paid.
    pub session_id: Option<PaymentSessionId>,
    /// The provider's name.
    pub provider: String,
    /// What the provider calls it.
    pub reference: String,
    /// The order's currency.
    pub currency: Currency,
    /// What was promised.
    pub authorized: Decimal,
    /// What was taken of it.
    pub captured: Decimal,
    /// What was let go of it.
    pub voided: Decimal,
    /// What was given back of what was taken.
    pub refunded: Decimal,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What the shopper's bank took back.
    pub charged_back: Decimal,
    /// What may yet be promised.
    pub pending_authorize: Decimal,
    /// What was asked to be taken, without an answer yet.
    pub pending_capture: Decimal,
    /// What was asked to be let go, without an answer yet.
    pub pending_void: Decimal,
    /// What was asked to be given back, without an answer yet.
    pub pending_refund: Decimal,
    /// Counts the changes.
    pub version: i32,
}

impl Payment {
    /// A payment of nothing yet.
    pub(super) fn new(currency: Currency, now: Timestamp) -> Self {
        Self {
            id: PaymentId::new(),
            order_id: None,
            session_id: None,
            provider: String::new(),
            reference: String::new(),
            currency,
            authorized: Decimal::ZERO,
            captured: Decimal::ZERO,
            voided: Decimal::ZERO,
            refunded: Decimal::ZERO,
            created_at: now,
            updated_at: now,
            charged_back: Decimal::ZERO,
            pending_authorize: Decimal::ZERO,
            pending_capture: Decimal::ZERO,
            pending_void: Decimal::ZERO,
            pending_refund: Decimal::ZERO,
            version: 1,
        }
    }

    /// What can still be taken, or let go (rules F1 and F3).
    pub fn capturable(&self) -> Decimal {
        let left = self.authorized - self.voided - self.captured - self.pending_capture - self.pending_void;
        left.max(Decimal::ZERO)
    }

    /// What can still be given back (rule F2).
    pub fn refundable(&self) -> Decimal {
        self.kept().max(Decimal::ZERO)
    }

    /// What the shop has of it and was not asked to give back.
    pub(super) fn kept(&self) -> Decimal {
        self.charged() - self.pending_refund
    }

    /// What the shop has of it.
    pub fn charged(&self) -> Decimal {
        self.captured - self.refunded - self.charged_back
    }
}

/// A fact of a payment, as it was written down. It is never changed.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = money_events)]
pub struct MoneyEvent {
    /// Id.
    pub id: MoneyEventId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// What happened.
    pub kind: MoneyKind,
    /// How far.
    pub result: MoneyResult,
    /// How much, in major units.
    pub amount: Decimal,
    /// What the provider calls it; empty when it has no name for it.
    pub reference: String,
    /// The request that it is or answers; empty when that is not known.
    pub key: String,
    /// For people.
    pub message: String,
    /// From where it is known.
    pub source: MoneySource,
    /// Who asked for it.
    pub staff_id: Option<StaffId>,
    /// For which refund.
    pub refund_id: Option<RefundId>,
    /// When it happened, by the provider's clock.
    pub occurred_at: Timestamp,
    /// When it was written down.
    pub created_at: Timestamp,
}

/// A refund that was granted.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = refunds)]
pub struct Refund {
    /// Id.
    pub id: RefundId,
    /// Of which order.
    pub order_id: OrderId,
    /// The order's currency.
    pub currency: Currency,
    /// How much, in major units.
    pub amount: Decimal,
    /// Why.
    pub reason: String,
    /// Who granted it; `None` for the shop itself.
    pub created_by: Option<StaffId>,
    /// When.
    pub created_at: Timestamp,
    /// How much of it need not be paid any more: what was not overpaid when it was granted.
    pub goodwill: Decimal,
}

/// Something that a provider told on its own.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = payment_notices)]
pub struct PaymentNotice {
    /// Id.
    pub id: PaymentNoticeId,
    /// The provider's name.
    pub provider: String,
    /// What the provider calls it: the same notice is taken once.
    pub event_id: String,
    /// The provider's word for what happened.
    pub kind: String,
    /// About what.
    pub reference: String,
    /// As it was told.
    pub payload: Value,
    /// What came of it.
    pub status: NoticeStatus,
    /// Why it was parked.
    pub problem: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
    /// When it was applied.
    pub applied_at: Option<Timestamp>,
}

/// A payment method that a customer has saved at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = saved_payment_methods)]
pub struct SavedMethod {
    /// Id.
    pub id: PaymentMethodId,
    /// Whose.
    pub customer_id: CustomerId,
    /// The provider's name.
    pub provider: String,
    /// What the provider calls it.
    pub reference: String,
    /// Such as `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// Until which month, as `2030-12`.
    pub expires: Option<String>,
    /// When it was saved.
    pub created_at: Timestamp,
}
