//! The payment providers, besides `manual`.

use axum::http::Uri;

use super::args::{STRIPE_API_BASE, STRIPE_CAPTURE};
use super::reader::{Reader, given};
use super::{Secret, Settings};

/// The payment providers, besides `manual`.
pub struct PaymentsConfig {
    /// Stripe, if its key is set.
    pub stripe: Option<StripeConfig>,
    /// The webhook secret of the provider `test`, if it is enabled.
    pub test: Option<Secret>,
}

/// Stripe settings.
#[derive(Clone)]
pub struct StripeConfig {
    /// The secret key of the account.
    pub secret_key: Secret,
    /// The secrets that sign its webhooks. Any of them is accepted.
    pub webhook_secrets: Vec<Secret>,
    /// The base URL of the API, without a trailing slash.
    pub api_base: String,
    /// Whether payments are captured immediately.
    pub automatic: bool,
}

impl PaymentsConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Option<Self> {
        let base = given(settings.stripe_api_base.as_ref()).unwrap_or(STRIPE_API_BASE);
        let base = reader.read("stripe-api-base", base, "a URL such as https://api.stripe.com", parse_base);
        let capture = given(settings.stripe_capture.as_ref()).unwrap_or(STRIPE_CAPTURE);
        let automatic = reader.read("stripe-capture", capture, "manual or automatic", |text| match text {
            "manual" => Some(false),
            "automatic" => Some(true),
            _ => None,
        });
        let test = given(settings.test_payments.as_ref()).unwrap_or("false");
        let test =
            reader.read("test-payments", test, "true or false", |text| match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(true),
                "false" | "0" | "no" | "off" => Some(false),
                _ => None,
            });
        if test == Some(true) && cfg!(not(feature = "test-payments")) {
            reader.problem("test-payments", "this build does not have it: build with the feature `test-payments`");
        }
        let key = given(settings.stripe_secret_key.as_ref());
        if key.is_some_and(|key| !key.starts_with("sk_") && !key.starts_with("rk_")) {
            reader.problem("stripe-secret-key", "expected a key that begins with sk_ or rk_");
            return None;
        }
        let secrets = given(settings.stripe_webhook_secrets.as_ref()).unwrap_or_default();
        let secrets = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty()).map(Secret::new);
        let webhook_secrets: Vec<_> = secrets.collect();
        let (api_base, automatic) = (base?, automatic?);
        let stripe = key.map(Secret::new);
        let stripe = stripe.map(|secret_key| StripeConfig { secret_key, webhook_secrets, api_base, automatic });
        let secret = given(settings.test_webhook_secret.as_ref()).unwrap_or("test-webhook-secret");
        Some(Self { stripe, test: test?.then(|| Secret::new(secret)) })
    }
}

fn parse_base(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let is_http_url =
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
    (is_http_url && uri.query().is_none()).then(|| text.trim_end_matches('/').to_owned())
}
