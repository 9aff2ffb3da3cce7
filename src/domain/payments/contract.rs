//! The contract that every payment provider fulfills, as a test for its author.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::TransactionKind;
use super::provider::{
    Open, OperationResult, OperationStatus, PaymentProvider, ProviderError, ProviderRequest, ProviderStatus,
    WebhookError,
};
use crate::kernel::clock::{Clock, SystemClock};
use crate::kernel::money::Money;

/// A provider with what its sessions need.
struct Case<'a> {
    provider: &'a dyn PaymentProvider,
    data: &'a Value,
    /// Makes the keys of this run unique, for providers that remember them.
    run: String,
}

/// Checks that a provider fulfills the contract that payments rely on:
///
/// - a repeated request with the same key has the same answer and no other effect;
/// - an operation is found by its key, and only if it took place;
/// - looking at a session changes nothing;
/// - no capture or refund exceeds what was authorized, and what is refused is not transient;
/// - unsigned webhook requests are rejected.
///
/// `data` is the data of a session whose payment is approved without the shopper, in euros, and not captured
/// immediately. A provider that is not remote keeps no records, so only its answers are checked.
///
/// # Panics
/// If the provider breaks the contract.
pub async fn assert_fulfilled(provider: &dyn PaymentProvider, data: &Value) {
    let case = Case { provider, data, run: uuid::Uuid::now_v7().simple().to_string() };
    let name = provider.name();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    assert!(!name.is_empty() && name.bytes().all(plain), "{name:?} is stored and appears in URLs");
    case.assert_captures_and_refunds().await;
    case.assert_voids().await;
    case.assert_unknown_references_are_rejected().await;
    case.assert_unsigned_webhooks_are_rejected();
}

fn euros(amount: i64) -> Money {
    Money::new(Decimal::from(amount), "EUR".parse().expect("a currency"))
}

/// What a repeated request must answer again.
fn effect(result: &OperationResult) -> (&str, OperationStatus) {
    (&result.reference, result.result)
}

impl Case<'_> {
    /// Opens and authorizes a session of 10 euros, each twice, and returns its reference.
    async fn authorized(&self, session: &str) -> String {
        let key = format!("{}-{session}", self.run);
        let open = Open { amount: euros(10), key: &key, customer: None, data: self.data, return_url: None };
        let opened = self.provider.open(&open).await.expect("a session opens");
        assert!(!opened.reference.is_empty(), "a session has a reference");
        let again = self.provider.open(&open).await.expect("a session opens again");
        assert_eq!(again.reference, opened.reference, "the same key opens one session");
        let reference = opened.reference;
        let authorize = self.request(&reference, 10, &key);
        let authorized = ProviderStatus::Authorized { amount: Decimal::TEN, captured: Decimal::ZERO };
        for attempt in 1..=2 {
            let status = self.provider.authorize(&ProviderRequest { attempt, ..authorize.clone() }).await;
            assert_eq!(status.as_ref(), Ok(&authorized), "attempt {attempt} to authorize");
        }
        if self.provider.is_remote() {
            for _ in 0..2 {
                assert_eq!(self.provider.find(&reference).await.as_ref(), Ok(&authorized), "looking changes nothing");
            }
        }
        reference
    }

    fn request<'a>(&'a self, reference: &'a str, amount: i64, key: &'a str) -> ProviderRequest<'a> {
        ProviderRequest {
            reference,
            amount: euros(amount),
            key,
            operation_id: "",
            attempt: 1,
            data: self.data,
            return_url: None,
        }
    }

    async fn run(
        &self,
        kind: TransactionKind,
        request: &ProviderRequest<'_>,
    ) -> Result<OperationResult, ProviderError> {
        match kind {
            TransactionKind::Capture => self.provider.capture(request).await,
            TransactionKind::Void => self.provider.void(request).await,
            _ => self.provider.refund(request).await,
        }
    }

    /// Runs an operation twice, and looks it up before and after.
    async fn assert_once(&self, kind: TransactionKind, reference: &str, amount: i64) {
        let key = format!("{}-{reference}-{}", self.run, kind.as_str());
        let request = self.request(reference, amount, &key);
        let found = self.provider.find_operation(kind, &request).await;
        assert_eq!(found, Ok(None), "{kind:?} is not found before it took place");
        let first = self.run(kind, &request).await.unwrap_or_else(|error| panic!("{kind:?} fails: {error}"));
        let again = self.run(kind, &request).await.unwrap_or_else(|error| panic!("{kind:?} fails again: {error}"));
        assert_eq!(effect(&again), effect(&first), "{kind:?} with the same key takes place once");
        if self.provider.is_remote() {
            let found = self.provider.find_operation(kind, &request).await.expect("it can be looked up");
            assert_eq!(found.as_ref().map(effect), Some(effect(&first)), "{kind:?} is found by its key");
        }
    }

    /// Asserts that an operation is refused for good, which needs a provider with records.
    async fn assert_refused(&self, kind: TransactionKind, reference: &str, amount: i64) {
        if self.provider.is_remote() {
            let key = format!("{}-{reference}-{}-{amount}-too-much", self.run, kind.as_str());
            let refused = self.run(kind, &self.request(reference, amount, &key)).await;
            let error = refused.expect_err("more than there is must be refused");
            assert!(!error.is_transient(), "{kind:?} of {amount} is refused for good: {error}");
        }
    }

    async fn assert_captures_and_refunds(&self) {
        let reference = self.authorized("capture").await;
        self.assert_refused(TransactionKind::Capture, &reference, 11).await;
        self.assert_once(TransactionKind::Capture, &reference, 6).await;
        self.assert_refused(TransactionKind::Refund, &reference, 11).await;
        self.assert_once(TransactionKind::Refund, &reference, 2).await;
        if self.provider.is_remote() {
            let status = self.provider.find(&reference).await;
            assert!(matches!(status, Ok(ProviderStatus::Authorized { .. })), "a refund leaves the payment: {status:?}");
        }
    }

    async fn assert_voids(&self) {
        let reference = self.authorized("void").await;
        self.assert_once(TransactionKind::Void, &reference, 10).await;
        self.assert_refused(TransactionKind::Capture, &reference, 1).await;
    }

    async fn assert_unknown_references_are_rejected(&self) {
        if self.provider.is_remote() {
            let error = self.provider.find("unknown_reference").await.expect_err("there is no such session");
            assert!(!error.is_transient(), "an unknown reference stays unknown: {error}");
        }
    }

    fn assert_unsigned_webhooks_are_rejected(&self) {
        let body = br#"{"id":"evt_1","type":"payment_intent.succeeded"}"#;
        let events = self.provider.webhook_events(&axum::http::HeaderMap::new(), body, SystemClock.now());
        assert!(matches!(events, Err(WebhookError::BadSignature | WebhookError::UnknownProvider)), "{events:?}");
        assert!(self.provider.read(&json!({})).is_err(), "an empty payload is no event");
    }
}
