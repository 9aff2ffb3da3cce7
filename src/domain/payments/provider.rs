//! The interface of payment providers.

use async_trait::async_trait;
use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::PaymentEvent;
use super::model::{Action, PaymentFailure, TransactionKind};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::CustomerId;
use crate::kernel::money::{Currency, Money};

/// A payment provider. Every call carries an idempotency key: the same key never moves money twice. A call that is not
/// answered within nine seconds counts as [`ProviderError::Unknown`].
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// Returns the name that identifies the provider in requests and storage.
    fn name(&self) -> &'static str;

    /// Returns whether it is called over a network. A provider that is not is called inside the caller's transaction.
    fn is_remote(&self) -> bool {
        true
    }

    /// Prepares to charge an amount, and returns what the client needs to continue.
    async fn open(&self, request: &Open<'_>) -> Result<Opened, ProviderError>;

    /// Authorizes the amount as far as the server can, and returns the status.
    async fn authorize(&self, request: &ProviderRequest<'_>) -> Result<ProviderStatus, ProviderError>;

    /// Returns the status without changing anything.
    async fn find(&self, reference: &str) -> Result<ProviderStatus, ProviderError>;

    /// Captures a part of the authorized amount.
    async fn capture(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError>;

    /// Voids the amount that is authorized and not captured.
    async fn void(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError>;

    /// Refunds a part of the captured amount.
    async fn refund(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError>;

    /// Returns the result of an earlier capture, void or refund with this key; `None` if there was none (rule F11).
    async fn find_operation(
        &self,
        _kind: TransactionKind,
        _ask: &ProviderRequest<'_>,
    ) -> Result<Option<OperationResult>, ProviderError> {
        Ok(None)
    }

    /// Returns the events of a webhook request after verifying the signature over the raw body and its age.
    fn webhook_events(
        &self,
        _headers: &HeaderMap,
        _body: &[u8],
        _now: Timestamp,
    ) -> Result<Vec<WebhookEvent>, WebhookError> {
        Err(WebhookError::UnknownProvider)
    }

    /// Parses a stored webhook event.
    fn read(&self, _payload: &Value) -> Result<WebhookEvent, WebhookError> {
        Err(WebhookError::UnknownProvider)
    }

    /// Saves a payment method of a customer for later use.
    async fn save_method(&self, _ask: &SaveMethod<'_>) -> Result<Saved, ProviderError> {
        Err(ProviderError::Misuse("payment methods cannot be saved with this provider".to_owned()))
    }

    /// Deletes a saved payment method.
    async fn delete_method(&self, _reference: &str) -> Result<(), ProviderError> {
        Err(ProviderError::Misuse("payment methods cannot be saved with this provider".to_owned()))
    }
}

/// A request to open a session.
#[derive(Clone, Debug)]
pub struct Open<'a> {
    /// The amount to pay.
    pub amount: Money,
    /// The idempotency key: the session's ID, the same for every attempt.
    pub key: &'a str,
    /// The provider's reference for the customer, if known.
    pub customer: Option<&'a str>,
    /// The data sent by the client.
    pub data: &'a Value,
    /// The URL that the shopper returns to.
    pub return_url: Option<&'a str>,
}

/// An opened session.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The provider's reference.
    pub reference: String,
    /// The data that the client needs, such as a client secret. Its fields are added to the session's data.
    pub data: Value,
    /// The status reported by the provider.
    pub provider_status: ProviderStatus,
}

/// A request about a session or a payment.
#[derive(Clone, Debug)]
pub struct ProviderRequest<'a> {
    /// The provider's reference.
    pub reference: &'a str,
    /// The amount.
    pub amount: Money,
    /// The idempotency key, the same for every attempt.
    pub key: &'a str,
    /// The ID of the stored request, for a provider that can include it in its webhook events; empty for a session.
    pub operation_id: &'a str,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The session's data.
    pub data: &'a Value,
    /// The URL that the shopper returns to.
    pub return_url: Option<&'a str>,
}

/// The status of a session as reported by its provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProviderStatus {
    /// It waits for the shopper's payment method or for the server's confirmation.
    Open,
    /// The shopper must take an action.
    ActionRequired(Action),
    /// The provider has not decided yet.
    Pending,
    /// The amount is authorized, or was captured immediately.
    Authorized {
        /// The authorized amount, in major units.
        amount: Decimal,
        /// The part that was captured immediately, without a capture request.
        captured: Decimal,
    },
    /// It was declined.
    Failed(PaymentFailure),
    /// It was canceled.
    Canceled,
}

/// The result of a capture, void or refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationResult {
    /// The provider's reference for the operation.
    pub reference: String,
    /// Whether it is completed or pending.
    pub result: OperationStatus,
    /// The rest of the authorization, released by a provider that can capture it only once. In major units.
    pub released: Decimal,
    /// The amount that was moved, if it differs from the requested amount. In major units.
    #[serde(default)]
    pub amount: Option<Decimal>,
}

impl OperationResult {
    /// Creates the result of a completed operation.
    pub fn done(reference: impl Into<String>) -> Self {
        Self { reference: reference.into(), result: OperationStatus::Success, released: Decimal::ZERO, amount: None }
    }
}

/// Whether an operation is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationStatus {
    /// It is completed.
    Success,
    /// It is in progress: a webhook event reports the result.
    Pending,
}

/// A webhook event, as parsed by its provider.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookEvent {
    /// The provider's ID of the event.
    pub event_id: String,
    /// The provider's event type.
    pub kind: String,
    /// The session's reference; empty when the event is not about a payment.
    pub reference: String,
    /// The status of the session, if the event reports it.
    pub provider_status: Option<ProviderStatus>,
    /// The money movements it reports.
    pub payment_events: Vec<PaymentEvent>,
    /// The currency, if the event reports it.
    pub currency: Option<Currency>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The payload, as received.
    pub payload: Value,
}

/// A request to save a payment method.
#[derive(Clone, Debug)]
pub struct SaveMethod<'a> {
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The provider's reference for the customer, if known.
    pub known_as: Option<&'a str>,
    /// The token that the client received from the provider.
    pub token: &'a str,
}

/// A saved payment method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The provider's reference for the customer.
    pub customer: String,
    /// The provider's reference for the method.
    pub reference: String,
    /// The brand, such as `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// The expiry month, as `2030-12`.
    pub expires: Option<String>,
}

/// Why a provider did not perform a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It was declined, permanently.
    #[error("declined: {}", .0.message)]
    Declined(PaymentFailure),
    /// The provider cannot be reached. The request certainly had no effect.
    #[error("not available: {0}")]
    Unavailable(String),
    /// There was no answer, or no clear one. The request may have had an effect.
    #[error("no clear answer: {0}")]
    Unknown(String),
    /// The request was invalid: a bug on our side, or an error in the client's data.
    #[error("the request was invalid: {0}")]
    Misuse(String),
}

impl ProviderError {
    /// Returns whether a retry may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unknown(_))
    }
}

/// Why a webhook event was rejected.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The provider does not exist or does not send webhooks.
    #[error("there is no such payment provider")]
    UnknownProvider,
    /// The signature is missing or invalid.
    #[error("the signature is missing or wrong")]
    BadSignature,
    /// It was signed more than five minutes ago.
    #[error("the signature is too old")]
    TooOld,
    /// The signature is valid, but the body is not a webhook event.
    #[error("the body is no event: {0}")]
    Malformed(String),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] crate::db::Error),
}

impl WebhookError {
    /// Returns the HTTP status and the error code of the response to the sender.
    pub const fn answer(&self) -> (u16, &'static str) {
        match self {
            Self::UnknownProvider => (404, "NOT_FOUND"),
            Self::BadSignature => (400, "BAD_SIGNATURE"),
            Self::TooOld => (400, "TOO_OLD"),
            Self::Malformed(_) => (400, "INVALID"),
            Self::Db(_) => (503, "UNAVAILABLE"),
        }
    }

    /// Returns the message of the response to the sender.
    pub const fn public_message(&self) -> &'static str {
        match self {
            Self::UnknownProvider => "There is no such payment provider, or it does not send webhooks.",
            Self::BadSignature => "The signature is missing or wrong.",
            Self::TooOld => "The timestamp of the signature must be within five minutes.",
            Self::Malformed(_) => "The body must be a webhook event of this provider.",
            Self::Db(_) => "The event cannot be processed at the moment: send it again.",
        }
    }
}
