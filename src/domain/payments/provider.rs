//! What a payment provider has to do, and what it can say.

use async_trait::async_trait;
use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fact::{Fact, MoneyKind};
use super::model::{Action, Failure};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::CustomerId;
use crate::kernel::money::{Currency, Money};

/// Somebody who moves money. Every call carries a key: the same key never moves money twice. A call that is not answered
/// within nine seconds counts as [`ProviderError::Unknown`].
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// The name under which it is chosen and stored.
    fn name(&self) -> &'static str;

    /// Whether it is asked over a network. One that is not answers inside of the caller's transaction.
    fn outside(&self) -> bool {
        true
    }

    /// Gets ready to take an amount, and gives what the client needs for its part.
    async fn open(&self, ask: &Open<'_>) -> Result<Opened, ProviderError>;

    /// Has the amount held, as far as that is for us to do, and says where it stands.
    async fn authorize(&self, ask: &Ask<'_>) -> Result<Standing, ProviderError>;

    /// Where it stands, changing nothing.
    async fn find(&self, reference: &str) -> Result<Standing, ProviderError>;

    /// Takes a part of what is held.
    async fn capture(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError>;

    /// Lets go what is held and was not taken.
    async fn void(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError>;

    /// Gives back a part of what was taken.
    async fn refund(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError>;

    /// What came of an earlier capture, void or refund with this key; `None` when there was none (rule F11).
    async fn find_move(&self, _kind: MoneyKind, _ask: &Ask<'_>) -> Result<Option<Moved>, ProviderError> {
        Ok(None)
    }

    /// What a call of the provider's own tells, once its signature over the raw body and its age are right.
    fn notices(&self, _headers: &HeaderMap, _body: &[u8], _now: Timestamp) -> Result<Vec<Notice>, HookError> {
        Err(HookError::UnknownProvider)
    }

    /// Reads a notice that was kept.
    fn read(&self, _payload: &Value) -> Result<Notice, HookError> {
        Err(HookError::UnknownProvider)
    }

    /// Keeps a payment method of a customer for later.
    async fn save_method(&self, _ask: &SaveMethod<'_>) -> Result<Saved, ProviderError> {
        Err(ProviderError::Misuse("payment methods cannot be saved with this provider".to_owned()))
    }

    /// Forgets a payment method.
    async fn forget_method(&self, _reference: &str) -> Result<(), ProviderError> {
        Err(ProviderError::Misuse("payment methods cannot be saved with this provider".to_owned()))
    }
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct Open<'a> {
    /// What is to be paid.
    pub amount: Money,
    /// The session's id: the same for every attempt.
    pub key: &'a str,
    /// What the provider calls the customer, when it knows them.
    pub customer: Option<&'a str>,
    /// What the client told.
    pub data: &'a Value,
    /// Where the shopper comes back to.
    pub return_url: Option<&'a str>,
}

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What the provider calls it.
    pub reference: String,
    /// What the client needs, such as a client secret. Its fields are added to the session's data.
    pub data: Value,
    /// Where it stands.
    pub standing: Standing,
}

/// A call about a session or a payment.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// What the provider calls it.
    pub reference: &'a str,
    /// How much.
    pub amount: Money,
    /// The same for every attempt.
    pub key: &'a str,
    /// The request as it is written down, for a provider that can tell it back in its notices; empty for a session.
    pub request: &'a str,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// The session's data.
    pub data: &'a Value,
    /// Where the shopper comes back to.
    pub return_url: Option<&'a str>,
}

/// Where a session stands with its provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It waits for the shopper's means of payment, or for us to confirm.
    Open,
    /// The shopper has to do something.
    ActionRequired(Action),
    /// The provider has not decided yet.
    Pending,
    /// The money is held, or taken at once.
    Authorized {
        /// How much is promised, in major units.
        amount: Decimal,
        /// How much of it was taken at once, without being asked.
        captured: Decimal,
    },
    /// It was declined.
    Failed(Failure),
    /// It was given up.
    Cancelled,
}

/// Money that was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What the provider calls this move.
    pub reference: String,
    /// Whether it is done or on its way.
    pub result: MoveResult,
    /// What the provider let go with it: the rest of a promise that can be captured only once. In major units.
    pub released: Decimal,
    /// How much was moved, where that is not what was asked for. In major units.
    #[serde(default)]
    pub amount: Option<Decimal>,
}

impl Moved {
    /// A move that is done.
    pub fn done(reference: impl Into<String>) -> Self {
        Self { reference: reference.into(), result: MoveResult::Success, released: Decimal::ZERO, amount: None }
    }
}

/// Whether a move is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoveResult {
    /// It is done.
    Success,
    /// It is on its way: a notice will tell.
    Pending,
}

/// Something that a provider told on its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What the provider calls it.
    pub event_id: String,
    /// The provider's word for what happened.
    pub kind: String,
    /// The session's reference; empty when it is about no payment.
    pub reference: String,
    /// Where the session stands, when it tells.
    pub standing: Option<Standing>,
    /// What happened to money.
    pub facts: Vec<Fact>,
    /// In which currency, when it tells.
    pub currency: Option<Currency>,
    /// When.
    pub occurred_at: Timestamp,
    /// As it was told.
    pub payload: Value,
}

/// A payment method to be kept.
#[derive(Clone, Debug)]
pub struct SaveMethod<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// What the provider calls them, when it knows them.
    pub known_as: Option<&'a str>,
    /// What the client got from the provider.
    pub token: &'a str,
}

/// A payment method that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// What the provider calls the customer.
    pub customer: String,
    /// What the provider calls the method.
    pub reference: String,
    /// Such as `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// Until which month, as `2030-12`.
    pub expires: Option<String>,
}

/// Why a provider did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It refused, for good.
    #[error("declined: {}", .0.message)]
    Declined(Failure),
    /// It cannot be reached. Certainly nothing happened.
    #[error("not available: {0}")]
    Unavailable(String),
    /// It did not answer, or not clearly. It may have happened.
    #[error("no clear answer: {0}")]
    Unknown(String),
    /// It was asked in a way that makes no sense: a fault on our side, or in the client's data.
    #[error("misused: {0}")]
    Misuse(String),
}

impl ProviderError {
    /// Whether it may pass by itself.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unknown(_))
    }
}

/// Why a notice was not taken.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// There is no such provider, or it tells nothing.
    #[error("there is no such payment provider")]
    UnknownProvider,
    /// It is not signed by the provider, or was changed.
    #[error("the signature is missing or wrong")]
    BadSignature,
    /// It was signed more than five minutes ago.
    #[error("the signature is too old")]
    TooOld,
    /// It is signed, and no notice.
    #[error("the body is no notice: {0}")]
    Malformed(String),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] crate::db::Error),
}

impl HookError {
    /// The status of HTTP and the code that its sender is answered with.
    pub const fn answer(&self) -> (u16, &'static str) {
        match self {
            Self::UnknownProvider => (404, "NOT_FOUND"),
            Self::BadSignature => (400, "BAD_SIGNATURE"),
            Self::TooOld => (400, "TOO_OLD"),
            Self::Malformed(_) => (400, "INVALID"),
            Self::Db(_) => (503, "UNAVAILABLE"),
        }
    }

    /// What its sender is told.
    pub const fn told(&self) -> &'static str {
        match self {
            Self::UnknownProvider => "There is no such payment provider, or it does not send webhooks.",
            Self::BadSignature => "The signature is missing or wrong.",
            Self::TooOld => "The timestamp of the signature must be within five minutes.",
            Self::Malformed(_) => "The body must be a webhook event of this provider.",
            Self::Db(_) => "The event cannot be processed at the moment: send it again.",
        }
    }
}
