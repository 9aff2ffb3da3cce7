//! `stripe`: cards through Stripe's PaymentIntents.
//!
//! # Decisions
//! - **The client confirms, or we do.** With a `paymentMethod` in the session's data we confirm when the cart is completed;
//!   without one the client's library confirms with the `clientSecret`, and we look where that has led.
//! - **An intent is captured once**: what is not taken then is let go, as with Stripe itself.
//! - **A capture and a void are named by their intent**, so that what a webhook tells of them is the same fact.

mod client;
mod minor;
mod read;

use async_trait::async_trait;
use axum::http::HeaderMap;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::signature;
use crate::config::{Secret, StripeConfig};
use crate::domain::payments::MoneyKind;
use crate::domain::payments::provider::{
    Ask, HookError, Moved, Notice, Open, Opened, PaymentProvider, ProviderError, SaveMethod, Saved, Standing,
};
use crate::kernel::clock::Timestamp;
use client::Client;
use minor::to_minor;
use read::text;

/// The header that carries the signature of a notice.
const SIGNATURE: &str = "stripe-signature";

/// Payments through Stripe.
pub struct Stripe {
    client: Client,
    webhook_secrets: Vec<Secret>,
    automatic: bool,
}

impl Stripe {
    /// The provider with these settings.
    ///
    /// # Errors
    /// The machine offers no TLS.
    pub fn new(config: &StripeConfig) -> Result<Self, ProviderError> {
        let client = Client::new(&config.api_base, config.secret_key.clone())?;
        Ok(Self { client, webhook_secrets: config.webhook_secrets.clone(), automatic: config.automatic })
    }

    /// What was refused because it had been done before, or because the intent had ended by itself, is done.
    async fn or_done_before(
        &self,
        kind: MoneyKind,
        ask: &Ask<'_>,
        refused: ProviderError,
    ) -> Result<Moved, ProviderError> {
        match refused {
            ProviderError::Declined(_) => self.find_move(kind, ask).await?.ok_or(refused),
            other => Err(other),
        }
    }

    async fn intent(&self, reference: &str) -> Result<Value, ProviderError> {
        self.client.get(&format!("payment_intents/{}", named(reference)?)).await
    }
}

/// A key of the attempt's own, for what an intent can have done only once: under one key Stripe would repeat an answer of
/// 500 for a day.
fn once_more(ask: &Ask<'_>) -> String {
    format!("{}-{}", ask.key, ask.attempt)
}

/// A name that Stripe gave, fit to stand in a path.
fn named(reference: &str) -> Result<&str, ProviderError> {
    let fits = !reference.is_empty() && reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if fits { Ok(reference) } else { Err(ProviderError::Misuse("this is no name of Stripe's".to_owned())) }
}

#[async_trait]
impl PaymentProvider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    async fn open(&self, ask: &Open<'_>) -> Result<Opened, ProviderError> {
        let (amount, currency) = (to_minor(ask.amount)?, ask.amount.currency.code().to_ascii_lowercase());
        let capture = if self.automatic { "automatic" } else { "manual" };
        let mut form = vec![
            ("amount", amount.as_str()),
            ("currency", &currency),
            ("capture_method", capture),
            ("payment_method_types[]", "card"),
            ("metadata[session]", ask.key),
        ];
        form.extend(ask.customer.map(|customer| ("customer", customer)));
        if let Some(method) = ask.data["paymentMethod"].as_str() {
            form.push(("payment_method", named(method)?));
        }
        let intent = self.client.post("payment_intents", &form, &format!("{}-open", ask.key)).await?;
        let data = json!({ "clientSecret": intent["client_secret"] });
        Ok(Opened { reference: text(&intent, "id").to_owned(), data, standing: Standing::Open })
    }

    async fn authorize(&self, ask: &Ask<'_>) -> Result<Standing, ProviderError> {
        let intent = self.intent(ask.reference).await?;
        let standing = read::standing(&intent)?;
        let Some(method) = ask.data["paymentMethod"].as_str() else {
            // The shopper has not confirmed it in the client yet.
            let open = standing == Standing::Open;
            return Ok(if open { Standing::ActionRequired(read::action(&intent)) } else { standing });
        };
        let failed_with = text(&intent["last_payment_error"]["payment_method"], "id");
        let another = matches!(standing, Standing::Failed(_)) && !failed_with.is_empty() && failed_with != method;
        if standing != Standing::Open && !another {
            return Ok(standing);
        }
        let path = format!("payment_intents/{}", ask.reference);
        if text(&intent, "payment_method") != method {
            let form = [("payment_method", named(method)?)];
            self.client.post(&path, &form, &format!("{}-with-{method}", ask.key)).await?;
        }
        let form: Vec<_> = ask.return_url.map(|url| ("return_url", url)).into_iter().collect();
        let key = format!("{}-confirm-{method}", ask.key);
        read::standing(&self.client.post(&format!("{path}/confirm"), &form, &key).await?)
    }

    async fn find(&self, reference: &str) -> Result<Standing, ProviderError> {
        read::standing(&self.intent(reference).await?)
    }

    async fn capture(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        let amount = to_minor(ask.amount)?;
        let path = format!("payment_intents/{}/capture", named(ask.reference)?);
        match self.client.post(&path, &[("amount_to_capture", &amount)], &once_more(ask)).await {
            Ok(intent) => Ok(Moved { released: read::released(&intent), ..Moved::done(ask.reference) }),
            Err(refused) => self.or_done_before(MoneyKind::Capture, ask, refused).await,
        }
    }

    async fn void(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        let path = format!("payment_intents/{}/cancel", named(ask.reference)?);
        match self.client.post(&path, &[], &once_more(ask)).await {
            Ok(_) => Ok(Moved::done(ask.reference)),
            Err(refused) => self.or_done_before(MoneyKind::Void, ask, refused).await,
        }
    }

    async fn refund(&self, ask: &Ask<'_>) -> Result<Moved, ProviderError> {
        let (amount, reference) = (to_minor(ask.amount)?, named(ask.reference)?);
        let mut form = vec![("payment_intent", reference), ("amount", &amount), ("metadata[key]", ask.key)];
        if !ask.request.is_empty() {
            form.push(("metadata[request]", ask.request));
        }
        read::refunded(&self.client.post("refunds", &form, ask.key).await?)
    }

    async fn find_move(&self, kind: MoneyKind, ask: &Ask<'_>) -> Result<Option<Moved>, ProviderError> {
        if kind == MoneyKind::Refund {
            let found = self.client.get(&format!("refunds?payment_intent={}&limit=100", named(ask.reference)?)).await?;
            let refunds = found["data"].as_array().cloned().unwrap_or_default();
            let ours = refunds.iter().find(|refund| text(&refund["metadata"], "key") == ask.key);
            return ours.map(read::refunded).transpose();
        }
        let intent = self.intent(ask.reference).await?;
        let done = Moved::done(ask.reference);
        Ok(match (kind, read::standing(&intent)?) {
            (MoneyKind::Capture, Standing::Authorized { captured, .. }) if captured > Decimal::ZERO => {
                Some(Moved { released: read::released(&intent), amount: Some(captured), ..done })
            }
            (MoneyKind::Void, Standing::Cancelled) => Some(done),
            _ => None,
        })
    }

    fn notices(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Vec<Notice>, HookError> {
        signature::check(&self.webhook_secrets, headers, SIGNATURE, body, now)?;
        let event: Value = serde_json::from_slice(body).map_err(|error| HookError::Malformed(error.to_string()))?;
        Ok(vec![self.read(&event)?])
    }

    fn read(&self, payload: &Value) -> Result<Notice, HookError> {
        read::notice(payload)
    }

    async fn save_method(&self, ask: &SaveMethod<'_>) -> Result<Saved, ProviderError> {
        let (token, id) = (named(ask.token)?, ask.customer.to_string());
        let customer = match ask.known_as {
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

    async fn forget_method(&self, reference: &str) -> Result<(), ProviderError> {
        let path = format!("payment_methods/{}/detach", named(reference)?);
        let key = format!("{reference}-detach");
        match self.client.post(&path, &[], &key).await {
            // Stripe may have forgotten it before.
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
