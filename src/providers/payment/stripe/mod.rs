//! `stripe`: cards through Stripe's PaymentIntents.
//!
//! # Decisions
//! - **The client or the server confirms.** With a `paymentMethod` in the session's data the server confirms when the
//!   cart is completed; without one the client's SDK confirms with the `clientSecret`, and the server reads the result.
//! - **An intent is captured once**: the uncaptured rest is released, as Stripe does.
//! - **A capture and a void use the intent's ID as reference**, so that webhook events for them are recognized as
//!   duplicates.

mod client;
mod minor;
mod read;

use async_trait::async_trait;
use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::signature;
use crate::config::{Secret, StripeConfig};
use crate::domain::payments::TransactionKind;
use crate::domain::payments::provider::{
    Open, Opened, OperationResult, PaymentProvider, ProviderError, ProviderRequest, ProviderStatus, SaveMethod, Saved,
    WebhookError, WebhookEvent,
};
use crate::kernel::clock::Timestamp;
use client::Client;
use minor::to_minor;
use read::text;

/// The header that carries the signature of a webhook event.
const SIGNATURE: &str = "stripe-signature";

/// The Stripe payment provider.
pub struct Stripe {
    client: Client,
    webhook_secrets: Vec<Secret>,
    automatic: bool,
}

impl Stripe {
    /// Creates the provider from its configuration.
    ///
    /// # Errors
    /// TLS is not available.
    pub fn new(config: &StripeConfig) -> Result<Self, ProviderError> {
        let client = Client::new(&config.api_base, config.secret_key.clone())?;
        Ok(Self { client, webhook_secrets: config.webhook_secrets.clone(), automatic: config.automatic })
    }

    /// Treats a request as successful that was refused because it, or the end of the intent, had already taken effect.
    async fn or_done_before(
        &self,
        kind: TransactionKind,
        request: &ProviderRequest<'_>,
        refused: ProviderError,
    ) -> Result<OperationResult, ProviderError> {
        match refused {
            ProviderError::Declined(_) => self.find_operation(kind, request).await?.ok_or(refused),
            other => Err(other),
        }
    }

    async fn intent(&self, reference: &str) -> Result<Value, ProviderError> {
        self.client.get(&format!("payment_intents/{}", named(reference)?)).await
    }
}

/// An idempotency key per attempt, for operations that an intent allows only once: with one key Stripe would replay a
/// 500 response for a day.
fn attempt_key(request: &ProviderRequest<'_>) -> String {
    format!("{}-{}", request.key, request.attempt)
}

/// Validates a Stripe ID for use in a path.
fn named(reference: &str) -> Result<&str, ProviderError> {
    let fits = !reference.is_empty() && reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if fits { Ok(reference) } else { Err(ProviderError::Misuse("this is no name of Stripe's".to_owned())) }
}

#[async_trait]
impl PaymentProvider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    async fn open(&self, request: &Open<'_>) -> Result<Opened, ProviderError> {
        let (amount, currency) = (to_minor(request.amount)?, request.amount.currency.code().to_ascii_lowercase());
        let capture = if self.automatic { "automatic" } else { "manual" };
        let mut form = vec![
            ("amount", amount.as_str()),
            ("currency", &currency),
            ("capture_method", capture),
            ("payment_method_types[]", "card"),
            ("metadata[session]", request.key),
        ];
        form.extend(request.customer.map(|customer| ("customer", customer)));
        if let Some(method) = request.data["paymentMethod"].as_str() {
            form.push(("payment_method", named(method)?));
        }
        let intent = self.client.post("payment_intents", &form, &format!("{}-open", request.key)).await?;
        let data = json!({ "clientSecret": intent["client_secret"] });
        Ok(Opened { reference: text(&intent, "id").to_owned(), data, provider_status: ProviderStatus::Open })
    }

    async fn authorize(&self, request: &ProviderRequest<'_>) -> Result<ProviderStatus, ProviderError> {
        let intent = self.intent(request.reference).await?;
        let provider_status = read::provider_status(&intent)?;
        let Some(method) = request.data["paymentMethod"].as_str() else {
            // The shopper has not confirmed the payment in the client yet.
            let open = provider_status == ProviderStatus::Open;
            return Ok(if open { ProviderStatus::ActionRequired(read::action(&intent)) } else { provider_status });
        };
        let failed_with = text(&intent["last_payment_error"]["payment_method"], "id");
        let another =
            matches!(provider_status, ProviderStatus::Failed(_)) && !failed_with.is_empty() && failed_with != method;
        if provider_status != ProviderStatus::Open && !another {
            return Ok(provider_status);
        }
        let path = format!("payment_intents/{}", request.reference);
        if text(&intent, "payment_method") != method {
            let form = [("payment_method", named(method)?)];
            self.client.post(&path, &form, &format!("{}-with-{method}", request.key)).await?;
        }
        let form: Vec<_> = request.return_url.map(|url| ("return_url", url)).into_iter().collect();
        let key = format!("{}-confirm-{method}", request.key);
        read::provider_status(&self.client.post(&format!("{path}/confirm"), &form, &key).await?)
    }

    async fn find(&self, reference: &str) -> Result<ProviderStatus, ProviderError> {
        read::provider_status(&self.intent(reference).await?)
    }

    async fn capture(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        let amount = to_minor(request.amount)?;
        let path = format!("payment_intents/{}/capture", named(request.reference)?);
        match self.client.post(&path, &[("amount_to_capture", &amount)], &attempt_key(request)).await {
            Ok(intent) => {
                Ok(OperationResult { released: read::released(&intent), ..OperationResult::done(request.reference) })
            }
            Err(refused) => self.or_done_before(TransactionKind::Capture, request, refused).await,
        }
    }

    async fn void(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        let path = format!("payment_intents/{}/cancel", named(request.reference)?);
        match self.client.post(&path, &[], &attempt_key(request)).await {
            Ok(_) => Ok(OperationResult::done(request.reference)),
            Err(refused) => self.or_done_before(TransactionKind::Void, request, refused).await,
        }
    }

    async fn refund(&self, request: &ProviderRequest<'_>) -> Result<OperationResult, ProviderError> {
        let (amount, reference) = (to_minor(request.amount)?, named(request.reference)?);
        let mut form = vec![("payment_intent", reference), ("amount", &amount), ("metadata[key]", request.key)];
        if !request.operation_id.is_empty() {
            form.push(("metadata[request]", request.operation_id));
        }
        read::refunded(&self.client.post("refunds", &form, request.key).await?)
    }

    async fn find_operation(
        &self,
        kind: TransactionKind,
        request: &ProviderRequest<'_>,
    ) -> Result<Option<OperationResult>, ProviderError> {
        if kind == TransactionKind::Refund {
            let found =
                self.client.get(&format!("refunds?payment_intent={}&limit=100", named(request.reference)?)).await?;
            let refunds = found["data"].as_array().cloned().unwrap_or_default();
            let ours = refunds.iter().find(|refund| text(&refund["metadata"], "key") == request.key);
            return ours.map(read::refunded).transpose();
        }
        let intent = self.intent(request.reference).await?;
        let done = OperationResult::done(request.reference);
        Ok(match (kind, read::provider_status(&intent)?) {
            (TransactionKind::Capture, ProviderStatus::Authorized { captured, .. }) if captured > Decimal::ZERO => {
                Some(OperationResult { released: read::released(&intent), amount: Some(captured), ..done })
            }
            (TransactionKind::Void, ProviderStatus::Canceled) => Some(done),
            _ => None,
        })
    }

    fn webhook_events(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Vec<WebhookEvent>, WebhookError> {
        signature::check(&self.webhook_secrets, headers, SIGNATURE, body, now)?;
        let event: Value = serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
        Ok(vec![self.read(&event)?])
    }

    fn read(&self, payload: &Value) -> Result<WebhookEvent, WebhookError> {
        read::webhook_event(payload)
    }

    async fn save_method(&self, request: &SaveMethod<'_>) -> Result<Saved, ProviderError> {
        let (token, id) = (named(request.token)?, request.customer.to_string());
        let customer = match request.known_as {
            Some(known) => known.to_owned(),
            None => {
                let form = [("metadata[customer]", id.as_str())];
                text(&self.client.post("customers", &form, &format!("{id}-customer")).await?, "id").to_owned()
            }
        };
        let path = format!("payment_methods/{token}/attach");
        let key = format!("{id}-{token}-attach");
        let method = self.client.post(&path, &[("customer", &customer)], &key).await?;
        let card = &method["card"];
        let expires = card["exp_year"].as_i64().zip(card["exp_month"].as_i64());
        Ok(Saved {
            customer,
            reference: text(&method, "id").to_owned(),
            brand: text(card, "brand").to_owned(),
            last4: text(card, "last4").to_owned(),
            expires: expires.map(|(year, month)| format!("{year}-{month:02}")),
        })
    }

    async fn delete_method(&self, reference: &str) -> Result<(), ProviderError> {
        let path = format!("payment_methods/{}/detach", named(reference)?);
        let key = format!("{reference}-detach");
        match self.client.post(&path, &[], &key).await {
            // It may already be deleted at Stripe.
            Err(ProviderError::Misuse(reason)) => {
                match self.client.get(&format!("payment_methods/{reference}")).await {
                    Ok(method) if text(&method, "customer").is_empty() => Ok(()),
                    Err(ProviderError::Misuse(gone)) if gone.starts_with("status 404") => Ok(()),
                    _ => Err(ProviderError::Misuse(reason)),
                }
            }
            outcome => outcome.map(drop),
        }
    }
}
