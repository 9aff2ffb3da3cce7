//! `test`: a provider with scripted successes and failures. Never for real money, and only if enabled.
//!
//! The session's data controls it: `{"behavior": "approve"}` (the default), or
//!
//! | behavior | what happens |
//! |---|---|
//! | `decline` | it declines |
//! | `action` | the shopper must act: it authorizes once the data has `"confirmed": true`, or a webhook event says so |
//! | `pending` | it decides later: a webhook event reports the decision |
//! | `slow` | it approves after `ms` milliseconds |
//! | `unavailable` | it cannot be reached; the call has no effect |
//! | `timeout_before` | the call has no effect, and times out |
//! | `timeout_after` | the call takes effect, and times out |
//! | `fail_after` | the call takes effect, and returns an error |
//! | `capture_fails`, `refund_fails` | it authorizes, and declines the capture or the refund |
//! | `automatic` | it captures immediately |
//!
//! With `"times": n` only the first n calls are affected. `"on"` names the affected call: `open`, `authorize` (the
//! default), `capture`, `void`, `refund` or `find`.
//!
//! # Decisions
//! - **Its records are separate**: tables that nothing else writes, on a connection that none of our transactions uses.
//!   They outlive the process, and our own records are compared with them.
//! - **It enforces what a real provider does**: reusing a key with other parameters is misuse, and no capture or refund
//!   exceeds the available amount.

mod bank;
mod behavior;
mod webhook_event;

use std::time::Duration;

use async_trait::async_trait;
use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::signature;
use crate::config::Secret;
use crate::domain::payments::provider::{
    Open, Opened, OperationResult, PaymentProvider, ProviderError, ProviderRequest, ProviderStatus, SaveMethod, Saved,
    WebhookError, WebhookEvent,
};
use crate::domain::payments::{Action, PaymentFailure, TransactionKind};
use crate::kernel::clock::Timestamp;
use bank::{Bank, Charge};
use behavior::{BankResponse, Behavior};

/// The header that carries the signature of a webhook event.
const SIGNATURE: &str = "x-test-signature";
/// How long a timed-out call takes, unless the data says otherwise.
const SILENCE: Duration = Duration::from_millis(50);

/// The scriptable test provider.
pub struct TestBank {
    bank: Bank,
    secret: Secret,
}

impl TestBank {
    /// The default secret for signing webhook events.
    pub const SECRET: &'static str = "test-webhook-secret";

    /// Creates a provider with its records in the database at `url`, whose webhook events are signed with `secret`.
    pub fn new(url: &str, secret: Secret) -> Self {
        Self { bank: Bank::new(url), secret }
    }

    /// Returns the value of the `x-test-signature` header for a webhook event sent at this time.
    pub fn sign(secret: &str, body: &[u8], at: Timestamp) -> String {
        signature::sign(secret, body, at)
    }

    /// Decides a charge that `action` or `pending` left open, in the provider's records. The caller sends the webhook
    /// event.
    ///
    /// # Errors
    /// The database cannot be reached, or the charge does not exist.
    pub async fn decide(&self, reference: &str, approve: bool) -> Result<(), ProviderError> {
        if approve { self.bank.hold(reference, false).await } else { self.bank.put(reference, "DECLINED").await }
    }

    /// Performs a call the way the charge's data prescribes.
    async fn conduct<T>(
        &self,
        charge: &Charge,
        operation: &str,
        key: &str,
        act: impl Future<Output = Result<T, ProviderError>> + Send,
    ) -> Result<T, ProviderError> {
        let calls = self.bank.call(operation, key, &charge.reference).await?;
        let conduct = BankResponse::of(&charge.data, operation, calls);
        let pause = conduct.pause.unwrap_or(SILENCE);
        match conduct.behavior {
            Behavior::Unavailable => Err(ProviderError::Unavailable("the bank is closed".to_owned())),
            Behavior::Declines => {
                Err(ProviderError::Declined(PaymentFailure::new("card_declined", "The card was declined.")))
            }
            Behavior::TimesOutBefore => {
                tokio::time::sleep(pause).await;
                Err(ProviderError::Unknown("no answer in time".to_owned()))
            }
            Behavior::TimesOutAfter => {
                act.await?;
                tokio::time::sleep(pause).await;
                Err(ProviderError::Unknown("no answer in time".to_owned()))
            }
            Behavior::FailsAfter => {
                act.await?;
                Err(ProviderError::Unknown("status 500".to_owned()))
            }
            Behavior::Slow => {
                tokio::time::sleep(pause).await;
                act.await
            }
            Behavior::Plain => act.await,
        }
    }

    async fn execute(
        &self,
        kind: TransactionKind,
        request: &ProviderRequest<'_>,
    ) -> Result<OperationResult, ProviderError> {
        let charge = self.bank.charge(request.reference).await?;
        let operation = kind.as_str().to_ascii_lowercase();
        let act =
            async { self.bank.execute(kind, &charge, request.amount, request.key).await.map(OperationResult::done) };
        self.conduct(&charge, &operation, request.key, act).await
    }

    async fn decision(&self, charge: &Charge, data: &Value) -> Result<ProviderStatus, ProviderError> {
        if charge.state != "OPEN" && !(charge.state == "ACTION" && data["confirmed"] == true) {
            return Ok(status_of(charge));
        }
        let automatic = data["behavior"] == "automatic";
        match data["behavior"].as_str() {
            Some("action") if data["confirmed"] != true => self.bank.put(&charge.reference, "ACTION").await?,
            Some("pending") => self.bank.put(&charge.reference, "PENDING").await?,
            _ => self.bank.hold(&charge.reference, automatic).await?,
        }
        Ok(status_of(&self.bank.charge(&charge.reference).await?))
    }
}

/// The status of a charge.
fn status_of(charge: &Charge) -> ProviderStatus {
    match charge.state.as_str() {
        "ACTION" => ProviderStatus::ActionRequired(Action {
            kind: "redirect".to_owned(),
            url: Some(format!("https://bank.test/confirm/{}", charge.reference)),
            client_secret: None,
        }),
        "PENDING" => ProviderStatus::Pending,
        "AUTHORIZED" => {
            let captured = if charge.automatic { charge.authorized } else { Decimal::ZERO };
            ProviderStatus::Authorized { amount: charge.authorized, captured }
        }
        "DECLINED" => ProviderStatus::Failed(PaymentFailure::new("card_declined", "The card was declined.")),
        "CANCELED" => ProviderStatus::Canceled,
        _ => ProviderStatus::Open,
    }
}

#[async_trait]
impl PaymentProvider for TestBank {
    fn name(&self) -> &'static str {
        "test"
    }

    async fn open(&self, request: &Open<'_>) -> Result<Opened, ProviderError> {
        let reference = format!("tch_{}", request.key);
        let ahead = Charge::named(&reference, request.data);
        let charge =
            self.conduct(&ahead, "open", request.key, self.bank.open(&ahead, request.amount, request.key)).await?;
        Ok(Opened { reference: charge.reference.clone(), data: json!({}), provider_status: status_of(&charge) })
    }

    async fn authorize(&self, request: &ProviderRequest<'_>) -> Result<ProviderStatus, ProviderError> {
        self.bank.learn(request.reference, request.data).await?;
        let charge = self.bank.charge(request.reference).await?;
        self.conduct(&charge, "authorize", request.key, self.decision(&charge, request.data)).await
    }

    async fn find(&self, reference: &str) -> Result<ProviderStatus, ProviderError> {
        let charge = self.bank.charge(reference).await?;
        let answer = async { Ok(status_of(&charge)) };
        self.conduct(&charge, "find", "", answer).await
    }

    async fn capture(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        self.execute(TransactionKind::Capture, request).await
    }

    async fn void(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        self.execute(TransactionKind::Void, request).await
    }

    async fn refund(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        self.execute(TransactionKind::Refund, request).await
    }

    async fn find_operation(
        &self,
        kind: TransactionKind,
        request: &ProviderRequest<'_>,
    ) -> Result<Option<OperationResult>, ProviderError> {
        Ok(self.bank.known(kind, request.reference, request.amount, request.key).await?.map(OperationResult::done))
    }

    fn webhook_events(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Vec<WebhookEvent>, WebhookError> {
        signature::check(std::slice::from_ref(&self.secret), headers, SIGNATURE, body, now)?;
        let event: Value = serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
        Ok(vec![self.read(&event)?])
    }

    fn read(&self, payload: &Value) -> Result<WebhookEvent, WebhookError> {
        webhook_event::read(payload)
    }

    async fn save_method(&self, request: &SaveMethod<'_>) -> Result<Saved, ProviderError> {
        let customer = request.known_as.map_or_else(|| format!("tcus_{}", request.customer), str::to_owned);
        let last4: String = request.token.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        Ok(Saved { customer, reference: request.token.to_owned(), brand: "test".to_owned(), last4, expires: None })
    }

    async fn delete_method(&self, _reference: &str) -> Result<(), ProviderError> {
        Ok(())
    }
}
