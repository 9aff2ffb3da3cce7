//! Stripe's API over HTTP: requests, and the meaning of responses.

use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

use crate::config::Secret;
use crate::domain::payments::PaymentFailure;
use crate::domain::payments::provider::ProviderError;

/// The connection timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The API version that [`super::read`] parses, whatever the account's default is.
const VERSION: &str = "2024-06-20";
/// Declines that Stripe reports as invalid requests.
const DECLINES: [&str; 6] = [
    "charge_already_captured",
    "charge_already_refunded",
    "charge_disputed",
    "amount_too_large",
    "insufficient_funds",
    "payment_intent_unexpected_state",
];

pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    key: Secret,
}

impl Client {
    pub(super) fn new(base: &str, key: Secret) -> Result<Self, ProviderError> {
        let http = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let http = http.map_err(|error| ProviderError::Misuse(error.to_string()))?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), key })
    }

    /// Posts a form. The same idempotency key never takes effect twice.
    pub(super) async fn post(
        &self,
        path: &str,
        form: &[(&str, &str)],
        idempotency_key: &str,
    ) -> Result<Value, ProviderError> {
        let request = self.http.post(format!("{}/v1/{path}", self.base)).form(form);
        self.send(request.header("Idempotency-Key", idempotency_key)).await
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, ProviderError> {
        self.send(self.http.get(format!("{}/v1/{path}", self.base))).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, ProviderError> {
        let sent = request.bearer_auth(self.key.expose()).header("Stripe-Version", VERSION).send().await;
        let answer = sent.map_err(|error| no_answer(&error))?;
        let status = answer.status();
        let body = answer.text().await.map_err(|error| no_answer(&error))?;
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        if status.is_success() && body.is_object() { Ok(body) } else { Err(refusal(status, &body)) }
    }
}

/// If no connection was made, nothing was sent; any later failure may have had an effect.
fn no_answer(error: &reqwest::Error) -> ProviderError {
    let what = if error.is_timeout() { "no answer in time" } else { "the connection failed" };
    if error.is_builder() {
        ProviderError::Misuse("the request could not be made".to_owned())
    } else if error.is_connect() {
        ProviderError::Unavailable(what.to_owned())
    } else {
        ProviderError::Unknown(what.to_owned())
    }
}

/// Maps an unsuccessful response to an error.
fn refusal(status: StatusCode, body: &Value) -> ProviderError {
    let error = &body["error"];
    let text = |field: &str| error[field].as_str().unwrap_or_default();
    let code = text("decline_code");
    let code = if code.is_empty() { text("code") } else { code };
    let card = status == StatusCode::PAYMENT_REQUIRED || text("type") == "card_error";
    if card || DECLINES.contains(&text("code")) {
        return ProviderError::Declined(PaymentFailure::new(code, text("message")));
    }
    match status.as_u16() {
        401 | 403 => {
            let told = text("message");
            tracing::error!(status = status.as_u16(), told, "Stripe does not take our secret key");
            ProviderError::Unavailable("it does not take our secret key".to_owned())
        }
        429 => ProviderError::Unavailable("too many requests".to_owned()),
        // A conflict means that another attempt with the same key is still running.
        409 | 500..=599 | 200..=299 => ProviderError::Unknown(format!("status {status}")),
        _ => {
            ProviderError::Misuse(format!("status {status}, {}", if code.is_empty() { text("message") } else { code }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::refusal;
    use crate::domain::payments::PaymentFailure;
    use crate::domain::payments::provider::ProviderError;
    use reqwest::StatusCode;
    use serde_json::json;

    #[test]
    fn responses_map_to_errors() {
        let declined = json!({ "error": { "type": "card_error", "code": "card_declined",
            "decline_code": "insufficient_funds", "message": "No." } });
        let failure = PaymentFailure::new("insufficient_funds", "No.");
        assert_eq!(refusal(StatusCode::PAYMENT_REQUIRED, &declined), ProviderError::Declined(failure));
        let captured = json!({ "error": { "type": "invalid_request_error", "code": "charge_already_captured" } });
        assert!(matches!(refusal(StatusCode::BAD_REQUEST, &captured), ProviderError::Declined(_)));
        for status in [409, 500, 503] {
            let status = StatusCode::from_u16(status).unwrap();
            assert!(matches!(refusal(status, &json!({})), ProviderError::Unknown(_)), "{status}");
        }
        assert!(matches!(refusal(StatusCode::TOO_MANY_REQUESTS, &json!({})), ProviderError::Unavailable(_)));
        // The operator must fix the key: Stripe's message about it is not shown to shoppers.
        assert!(matches!(refusal(StatusCode::UNAUTHORIZED, &json!({})), ProviderError::Unavailable(_)));
    }
}
