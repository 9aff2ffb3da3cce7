//! `test`: a provider that does what it is told to, well or badly. Never for real money, and only on demand.
//!
//! It does what the session's data says: `{"behaviour": "approve"}` (the default), or
//!
//! | behaviour | what happens |
//! |---|---|
//! | `decline` | it refuses |
//! | `action` | the shopper has to act: it authorises once the data has `"confirmed": true`, or a notice says so |
//! | `pending` | it decides later: a notice says how |
//! | `slow` | it approves after `ms` milliseconds |
//! | `unavailable` | it cannot be reached; nothing happens |
//! | `timeout_before` | nothing happens, and it does not answer |
//! | `timeout_after` | it does it, and does not answer |
//! | `fail_after` | it does it, and answers with an error |
//! | `capture_fails`, `refund_fails` | it authorises, and refuses the capture or the refund |
//! | `automatic` | it takes the money at once |
//!
//! With `"times": n` only the first n calls are like that. `"on"` names the call that is: `open`, `authorize` (the
//! default), `capture`, `void`, `refund` or `find`.
//!
//! # Decisions
//! - **Its books are its own**: tables that nobody else writes, on a connection that none of our transactions uses. They
//!   outlive the process, and are what our own books are compared with.
//! - **It enforces what a real one does**: a key that comes again with other figures is misuse, and nobody captures or
//!   refunds more than there is.

mod bank;
mod behaviour;
mod notice;

use std::time::Duration;

use async_trait::async_trait;
use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::signature;
use crate::config::Secret;
use crate::domain::payments::provider::{
    Ask, HookError, Moved, Notice, Open, Opened, PaymentProvider, ProviderError, SaveMethod, Saved, Standing,
};
use crate::domain::payments::{Action, Failure, MoneyKind};
use crate::kernel::clock::Timestamp;
use bank::{Bank, Charge};
use behaviour::{Behaviour, Conduct};

/// The header that carries the signature of a notice.
const SIGNATURE: &str = "x-test-signature";
/// How long it does not answer, unless the data says so.
const SILENCE: Duration = Duration::from_millis(50);

/// The provider that misbehaves on demand.
pub struct TestBank {
    bank: Bank,
    secret: Secret,
}

impl TestBank {
    /// The secret that notices are signed with unless another one is set.
    pub const SECRET: &'static str = "test-webhook-secret";

    /// A bank with its books in the database at `url`, whose notices are signed with `secret`.
    pub fn new(url: &str, secret: Secret) -> Self {
        Self { bank: Bank::new(url), secret }
    }

    /// The value of the header `x-test-signature` for a notice that is sent at a moment.
    pub fn sign(secret: &str, body: &[u8], at: Timestamp) -> String {
        signature::sign(secret, body, at)
    }

    /// Decides what was left open by `action` or `pending`, in the bank's books. Its notice is the caller's to send.
    ///
    /// # Errors
    /// The books cannot be reached, or there is no such charge.
    pub async fn decide(&self, reference: &str, approve: bool) -> Result<(), ProviderError> {
        if approve { self.bank.hold(reference, false).await } else { self.bank.put(reference, "DECLINED").await }
    }

    /// Does what was asked, as the charge's data says that it is done.
    async fn conduct<T>(
        &self,
        charge: &Charge,
        operation: &str,
        key: &str,
        act: impl Future<Output = Result<T, ProviderError>> + Send,
    ) -> Result<T, ProviderError> {
        let calls = self.bank.call(operation, key, &charge.reference).await?;
        let conduct = Conduct::of(&charge.data, operation, calls);
        let pause = conduct.pause.unwrap_or(SILENCE);
        match conduct.behaviour {
            Behaviour::Unavailable => Err(ProviderError::Unavailable("the bank is closed".to_owned())),
            Behaviour::Declines => {
                Err(ProviderError::Declined(Failure::new("card_declined", "The card was declined.")))
            }
            Behaviour::TimesOutBefore => {
                tokio::time::sleep(pause).await;
                Err(ProviderError::Unknown("no answer in time".to_owned()))
            }
            Behaviour::TimesOutAfter => {
                act.await?;
                tokio::time::sleep(pause).await;
                Err(ProviderError::Unknown("no answer in time".to_owned()))
            }
            Behaviour::FailsAfter => {
                act.await?;
                Err(ProviderError::Unknown("status 500".to_owned()))
            }
            Behaviour::Slow => {
                tokio::time::sleep(pause).await;
                act.await
            }
            Behaviour::Plain => act.await,
        }
    }

    async fn shift(&self, kind: MoneyKind, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        let charge = self.bank.charge(ask.reference).await?;
        let operation = kind.word().to_ascii_lowercase();
        let act = async { self.bank.shift(kind, &charge, ask.amount, ask.key).await.map(Moved::done) };
        self.conduct(&charge, &operation, ask.key, act).await
    }

    async fn decision(&self, charge: &Charge, data: &Value) -> Result<Standing, ProviderError> {
        if charge.state != "OPEN" && !(charge.state == "ACTION" && data["confirmed"] == true) {
            return Ok(stands(charge));
        }
        let automatic = data["behaviour"] == "automatic";
        match data["behaviour"].as_str() {
            Some("action") if data["confirmed"] != true => self.bank.put(&charge.reference, "ACTION").await?,
            Some("pending") => self.bank.put(&charge.reference, "PENDING").await?,
            _ => self.bank.hold(&charge.reference, automatic).await?,
        }
        Ok(stands(&self.bank.charge(&charge.reference).await?))
    }
}

/// Where a charge stands.
fn stands(charge: &Charge) -> Standing {
    match charge.state.as_str() {
        "ACTION" => Standing::ActionRequired(Action {
            kind: "redirect".to_owned(),
            url: Some(format!("https://bank.test/confirm/{}", charge.reference)),
            client_secret: None,
        }),
        "PENDING" => Standing::Pending,
        "AUTHORIZED" => {
            let captured = if charge.automatic { charge.authorized } else { Decimal::ZERO };
            Standing::Authorized { amount: charge.authorized, captured }
        }
        "DECLINED" => Standing::Failed(Failure::new("card_declined", "The card was declined.")),
        "CANCELLED" => Standing::Cancelled,
        _ => Standing::Open,
    }
}

#[async_trait]
impl PaymentProvider for TestBank {
    fn name(&self) -> &'static str {
        "test"
    }

    async fn open(&self, ask: &Open<'_>) -> Result<Opened, ProviderError> {
        let reference = format!("tch_{}", ask.key);
        let ahead = Charge::named(&reference, ask.data);
        let charge = self.conduct(&ahead, "open", ask.key, self.bank.open(&ahead, ask.amount, ask.key)).await?;
        Ok(Opened { reference: charge.reference.clone(), data: json!({}), standing: stands(&charge) })
    }

    async fn authorize(&self, ask: &Ask<'_>) -> Result<Standing, ProviderError> {
        self.bank.learn(ask.reference, ask.data).await?;
        let charge = self.bank.charge(ask.reference).await?;
        self.conduct(&charge, "authorize", ask.key, self.decision(&charge, ask.data)).await
    }

    async fn find(&self, reference: &str) -> Result<Standing, ProviderError> {
        let charge = self.bank.charge(reference).await?;
        let answer = async { Ok(stands(&charge)) };
        self.conduct(&charge, "find", "", answer).await
    }

    async fn capture(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        self.shift(MoneyKind::Capture, ask).await
    }

    async fn void(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        self.shift(MoneyKind::Void, ask).await
    }

    async fn refund(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        self.shift(MoneyKind::Refund, ask).await
    }

    async fn find_move(&self, kind: MoneyKind, ask: &Ask<'_>) -> Result<Option<Moved>, ProviderError> {
        Ok(self.bank.known(kind, ask.reference, ask.amount, ask.key).await?.map(Moved::done))
    }

    fn notices(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Vec<Notice>, HookError> {
        signature::check(std::slice::from_ref(&self.secret), headers, SIGNATURE, body, now)?;
        let event: Value = serde_json::from_slice(body).map_err(|error| HookError::Malformed(error.to_string()))?;
        Ok(vec![self.read(&event)?])
    }

    fn read(&self, payload: &Value) -> Result<Notice, HookError> {
        notice::read(payload)
    }

    async fn save_method(&self, ask: &SaveMethod<'_>) -> Result<Saved, ProviderError> {
        let customer = ask.known_as.map_or_else(|| format!("tcus_{}", ask.customer), str::to_owned);
        let last4: String = ask.token.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        Ok(Saved { customer, reference: ask.token.to_owned(), brand: "test".to_owned(), last4, expires: None })
    }

    async fn forget_method(&self, _reference: &str) -> Result<(), ProviderError> {
        Ok(())
    }
}
