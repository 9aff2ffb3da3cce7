//! The types of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::db::schema::{
    payment_sessions, payment_webhook_events, payments, refunds, saved_payment_methods, transaction_events,
};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::UserError;
use crate::kernel::ids::{
    CartId, CustomerId, OrderId, PaymentId, PaymentMethodId, PaymentSessionId, PaymentWebhookEventId, RefundId,
    StaffId, TransactionEventId,
};
use crate::kernel::money::{Currency, Money};
use crate::kernel::{stored_json, string_enum};

string_enum! {
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
        Completed = "COMPLETED",
        /// It was replaced or canceled.
        Canceled = "CANCELED",
        /// The provider declined the payment.
        Failed = "FAILED",
        /// The cart was not completed in time.
        Expired = "EXPIRED",
    }
}

impl SessionStatus {
    /// The statuses in which a session can still be completed.
    pub const OPEN: [Self; 4] = [Self::Created, Self::ActionRequired, Self::Pending, Self::Authorized];

    /// Returns whether the session can still be completed.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

string_enum! {
    /// The status of a webhook event.
    WebhookEventStatus {
        /// It was applied to the payment.
        Applied = "APPLIED",
        /// It is about a payment that is not known yet: it is applied once the payment is known, or when staff retry
        /// it.
        Unmatched = "UNMATCHED",
        /// It does not concern a payment.
        Ignored = "IGNORED",
    }
}

/// The action that the shopper must take before the payment can continue.
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
    /// `redirect`: open the URL; `sdk`: pass the secret to the provider's SDK; other values are provider-specific.
    pub kind: String,
    /// The URL to open.
    pub url: Option<String>,
    /// The client secret for the provider's SDK.
    pub client_secret: Option<String>,
}
stored_json!(Action);

/// The reason a provider did not perform a request.
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
pub struct PaymentFailure {
    /// The provider's error code, such as `card_declined`.
    pub code: String,
    /// The human-readable message, safe to show to the shopper.
    pub message: String,
}
stored_json!(PaymentFailure);

impl PaymentFailure {
    /// Creates a failure from its code and message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// Creates the failure of a session that could not be completed for a reason other than its provider.
    pub fn of(problem: &UserError) -> Self {
        Self::new(problem.code.as_str().to_ascii_lowercase(), &problem.message)
    }
}

/// A shopper's commitment to pay one amount for one version of a cart.
#[derive(
    Clone, Debug, PartialEq, Queryable, QueryableByName, Selectable, Insertable, AsChangeset, Serialize, Deserialize,
)]
#[diesel(table_name = payment_sessions, treat_none_as_null = true)]
pub struct PaymentSession {
    /// The ID.
    pub id: PaymentSessionId,
    /// The cart it pays for.
    pub cart_id: CartId,
    /// The provider's name.
    pub provider: String,
    /// The cart's currency.
    pub currency: Currency,
    /// The cart's total when the session was opened, in major units.
    pub amount: Decimal,
    /// The cart's version when the session was opened.
    pub cart_version: i32,
    /// The status.
    pub status: SessionStatus,
    /// The provider's reference.
    pub reference: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The customer who pays; `None` for a guest.
    pub customer_id: Option<CustomerId>,
    /// The data sent by the client to the provider, and returned by the provider to the client.
    pub data: Value,
    /// The action that the shopper must take.
    pub action: Option<Action>,
    /// Why the last payment attempt failed.
    pub failure: Option<PaymentFailure>,
    /// The URL that the shopper returns to.
    pub return_url: Option<String>,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl PaymentSession {
    /// Returns the amount to pay.
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// Returns the status at a point in time: an open session expires by the clock.
    pub fn status_at(&self, now: Timestamp) -> SessionStatus {
        if self.status.is_open() && self.expires_at <= now { SessionStatus::Expired } else { self.status }
    }
}

/// The authorized, captured, voided and refunded amounts of a payment, in major units, computed from its events.
#[derive(Clone, Debug, PartialEq, Queryable, QueryableByName, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments, treat_none_as_null = true)]
pub struct Payment {
    /// The ID.
    pub id: PaymentId,
    /// The order it pays for; `None` until the cart is completed.
    pub order_id: Option<OrderId>,
    /// The session it was created with; `None` when staff marked the order as paid.
    pub session_id: Option<PaymentSessionId>,
    /// The provider's name.
    pub provider: String,
    /// The provider's reference.
    pub reference: String,
    /// The order's currency.
    pub currency: Currency,
    /// The authorized amount.
    pub authorized: Decimal,
    /// The captured amount.
    pub captured: Decimal,
    /// The voided amount.
    pub voided: Decimal,
    /// The refunded amount.
    pub refunded: Decimal,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The amount charged back by the shopper's bank.
    pub charged_back: Decimal,
    /// The amount whose authorization is pending.
    pub pending_authorize: Decimal,
    /// The amount of unanswered capture requests.
    pub pending_capture: Decimal,
    /// The amount of unanswered void requests.
    pub pending_void: Decimal,
    /// The amount of unanswered refund requests.
    pub pending_refund: Decimal,
    /// Incremented with each change.
    pub version: i32,
}

impl Payment {
    /// Creates a payment with zero balances.
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

    /// Returns the amount that can still be captured or voided (rules F1 and F3).
    pub fn capturable(&self) -> Decimal {
        let left = self.authorized - self.voided - self.captured - self.pending_capture - self.pending_void;
        left.max(Decimal::ZERO)
    }

    /// Returns the amount that can still be refunded (rule F2).
    pub fn refundable(&self) -> Decimal {
        self.kept().max(Decimal::ZERO)
    }

    /// The charged amount, less pending refunds.
    pub(super) fn kept(&self) -> Decimal {
        self.charged() - self.pending_refund
    }

    /// Returns the captured amount, less refunds and chargebacks.
    pub fn charged(&self) -> Decimal {
        self.captured - self.refunded - self.charged_back
    }
}

string_enum! {
    /// The kind of a transaction event.
    TransactionKind {
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

string_enum! {
    /// The result of a transaction event.
    TransactionResult {
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

string_enum! {
    /// The source of a transaction event.
    TransactionSource {
        /// The response of the provider.
        Api = "API",
        /// A webhook event of the provider.
        Webhook = "WEBHOOK",
        /// A staff user.
        Staff = "STAFF",
    }
}

/// A stored payment event. It is never changed.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = transaction_events)]
pub struct TransactionEvent {
    /// The ID.
    pub id: TransactionEventId,
    /// The payment it belongs to.
    pub payment_id: PaymentId,
    /// The kind.
    pub kind: TransactionKind,
    /// The result.
    pub result: TransactionResult,
    /// The amount, in major units.
    pub amount: Decimal,
    /// The provider's reference; empty when it has none.
    pub reference: String,
    /// The key of the request that it is or answers; empty when unknown.
    pub key: String,
    /// The human-readable message.
    pub message: String,
    /// The source.
    pub source: TransactionSource,
    /// The staff user who requested it.
    pub staff_id: Option<StaffId>,
    /// The refund it belongs to.
    pub refund_id: Option<RefundId>,
    /// When it happened, by the provider's clock.
    pub occurred_at: Timestamp,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// A granted refund.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = refunds)]
pub struct Refund {
    /// The ID.
    pub id: RefundId,
    /// The order it belongs to.
    pub order_id: OrderId,
    /// The order's currency.
    pub currency: Currency,
    /// The amount, in major units.
    pub amount: Decimal,
    /// The reason.
    pub reason: String,
    /// The staff user who granted it; `None` for the system.
    pub created_by: Option<StaffId>,
    /// When it was granted.
    pub created_at: Timestamp,
    /// The part that no longer has to be paid: the part that was not overpaid when the refund was granted.
    pub goodwill: Decimal,
}

/// A stored webhook event of a provider.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = payment_webhook_events)]
pub struct PaymentWebhookEvent {
    /// The ID.
    pub id: PaymentWebhookEventId,
    /// The provider's name.
    pub provider: String,
    /// The provider's ID of the event, used for deduplication.
    pub event_id: String,
    /// The provider's event type.
    pub kind: String,
    /// The reference of the session it is about.
    pub reference: String,
    /// The payload, as received.
    pub payload: Value,
    /// The result of processing it.
    pub status: WebhookEventStatus,
    /// Why it is unmatched.
    pub problem: Option<String>,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was applied.
    pub applied_at: Option<Timestamp>,
}

/// A payment method that a customer has saved with a provider.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = saved_payment_methods)]
pub struct SavedMethod {
    /// The ID.
    pub id: PaymentMethodId,
    /// The customer it belongs to.
    pub customer_id: CustomerId,
    /// The provider's name.
    pub provider: String,
    /// The provider's reference.
    pub reference: String,
    /// The brand, such as `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// The expiry month, as `2030-12`.
    pub expires: Option<String>,
    /// When it was saved.
    pub created_at: Timestamp,
}
