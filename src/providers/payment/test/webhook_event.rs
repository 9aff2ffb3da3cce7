//! Webhook events of the test provider: `{id, type, reference, amount, occurred_at}`, and for operations also `move`
//! and `request`. Pure.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::payments::provider::{ProviderStatus, WebhookError, WebhookEvent};
use crate::domain::payments::{Action, PaymentEvent, PaymentFailure, TransactionKind, TransactionResult};

pub(super) fn read(event: &Value) -> Result<WebhookEvent, WebhookError> {
    let text = |field: &str| event[field].as_str().unwrap_or_default();
    let malformed = |what: &str| WebhookError::Malformed(what.to_owned());
    if text("id").is_empty() || text("type").is_empty() {
        return Err(malformed("a webhook event has an id and a type"));
    }
    let occurred_at = text("occurred_at").parse().map_err(|_| malformed("a webhook event has occurred_at"))?;
    let amount = match &event["amount"] {
        Value::String(amount) => amount.parse().ok(),
        Value::Number(amount) => amount.to_string().parse().ok(),
        _ => None,
    };
    let amount = amount.filter(|amount: &Decimal| !amount.is_sign_negative()).unwrap_or_default();
    let moved = [text("move"), text("reference")].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let reported = |kind, result| vec![PaymentEvent::new(kind, result, amount, moved).with_key(text("request"))];
    let (provider_status, payment_events) = match text("type") {
        "payment.authorized" => (Some(ProviderStatus::Authorized { amount, captured: Decimal::ZERO }), Vec::new()),
        "payment.captured" => (Some(ProviderStatus::Authorized { amount, captured: amount }), Vec::new()),
        "payment.pending" => (Some(ProviderStatus::Pending), Vec::new()),
        "payment.action" => (Some(ProviderStatus::ActionRequired(Action::default())), Vec::new()),
        "payment.failed" => {
            (Some(ProviderStatus::Failed(PaymentFailure::new("card_declined", "The card was declined."))), Vec::new())
        }
        "payment.canceled" => (Some(ProviderStatus::Canceled), Vec::new()),
        "authorization.adjusted" => (None, reported(TransactionKind::Adjust, TransactionResult::Success)),
        "capture.succeeded" => (None, reported(TransactionKind::Capture, TransactionResult::Success)),
        "capture.failed" => (None, reported(TransactionKind::Capture, TransactionResult::Failure)),
        "void.succeeded" => (None, reported(TransactionKind::Void, TransactionResult::Success)),
        "refund.succeeded" => (None, reported(TransactionKind::Refund, TransactionResult::Success)),
        "refund.failed" => (None, reported(TransactionKind::Refund, TransactionResult::Failure)),
        "refund.reversed" => (None, reported(TransactionKind::Refund, TransactionResult::Reverse)),
        "dispute.opened" => (None, reported(TransactionKind::Chargeback, TransactionResult::Success)),
        "dispute.won" => (None, reported(TransactionKind::Chargeback, TransactionResult::Reverse)),
        _ => (None, Vec::new()),
    };
    Ok(WebhookEvent {
        event_id: text("id").to_owned(),
        kind: text("type").to_owned(),
        reference: text("reference").to_owned(),
        provider_status,
        payment_events,
        currency: text("currency").parse().ok(),
        occurred_at,
        payload: event.clone(),
    })
}
