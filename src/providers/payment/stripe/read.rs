//! Maps Stripe's objects to ours. Pure.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::Value;

use super::minor::from_minor;
use crate::domain::payments::provider::{
    OperationResult, OperationStatus, ProviderError, ProviderStatus, WebhookError, WebhookEvent,
};
use crate::domain::payments::{Action, PaymentEvent, PaymentFailure, TransactionKind, TransactionResult};
use crate::kernel::clock::Timestamp;
use crate::kernel::money::Currency;

/// A string field of an object; empty if it is missing.
pub(super) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

fn currency(object: &Value) -> Option<Currency> {
    text(object, "currency").to_ascii_uppercase().parse().ok()
}

fn amount(object: &Value, field: &str) -> Option<Decimal> {
    Some(from_minor(object[field].as_i64()?, currency(object)?))
}

/// The authorized and the captured amount of an intent.
fn amounts(intent: &Value) -> Option<(Decimal, Decimal)> {
    let charge = &intent["latest_charge"];
    // Stripe mocks omit `amount_received`; then the charge has it.
    let taken = amount(intent, "amount_received")
        .or_else(|| Some(amount(charge, "amount")? - amount(charge, "amount_refunded").unwrap_or_default()));
    let promised = amount(intent, "amount")?;
    Some((promised, taken.unwrap_or(promised)))
}

/// The status of an intent.
pub(super) fn provider_status(intent: &Value) -> Result<ProviderStatus, ProviderError> {
    let unclear = || ProviderError::Unknown("an intent without amount or status".to_owned());
    let (promised, taken) = amounts(intent).ok_or_else(unclear)?;
    Ok(match text(intent, "status") {
        "requires_payment_method" => match failure(intent) {
            Some(failure) => ProviderStatus::Failed(failure),
            None => ProviderStatus::Open,
        },
        "requires_confirmation" => ProviderStatus::Open,
        "requires_action" => ProviderStatus::ActionRequired(action(intent)),
        "processing" => ProviderStatus::Pending,
        "requires_capture" => ProviderStatus::Authorized { amount: promised, captured: Decimal::ZERO },
        "succeeded" => ProviderStatus::Authorized { amount: promised, captured: taken },
        "canceled" => ProviderStatus::Canceled,
        _ => return Err(unclear()),
    })
}

fn failure(intent: &Value) -> Option<PaymentFailure> {
    let error = &intent["last_payment_error"];
    let code = [text(error, "decline_code"), text(error, "code")].into_iter().find(|code| !code.is_empty());
    error.is_object().then(|| PaymentFailure::new(code.unwrap_or("declined"), text(error, "message")))
}

/// The action that the shopper must take: follow a redirect, or confirm in the client with the secret.
pub(super) fn action(intent: &Value) -> Action {
    let url = intent["next_action"]["redirect_to_url"]["url"].as_str().map(str::to_owned);
    let kind = if url.is_some() { "redirect" } else { "sdk" };
    Action { kind: kind.to_owned(), url, client_secret: intent["client_secret"].as_str().map(str::to_owned) }
}

/// The amount released by a partial capture: an intent is captured once.
pub(super) fn released(intent: &Value) -> Decimal {
    amounts(intent).map_or(Decimal::ZERO, |(promised, taken)| (promised - taken).max(Decimal::ZERO))
}

/// The result of a refund; `Err` if it failed.
pub(super) fn refunded(refund: &Value) -> Result<OperationResult, ProviderError> {
    let result = match text(refund, "status") {
        "succeeded" => OperationStatus::Success,
        "pending" | "requires_action" => OperationStatus::Pending,
        _ => {
            let reason = text(refund, "failure_reason");
            return Err(ProviderError::Declined(PaymentFailure::new(reason, "The refund failed.")));
        }
    };
    Ok(OperationResult { result, ..OperationResult::done(text(refund, "id")) })
}

/// Parses a webhook event.
pub(super) fn webhook_event(event: &Value) -> Result<WebhookEvent, WebhookError> {
    let malformed = |what: &str| WebhookError::Malformed(what.to_owned());
    let (event_id, kind, object) = (text(event, "id"), text(event, "type"), &event["data"]["object"]);
    if event_id.is_empty() || kind.is_empty() {
        return Err(malformed("an event has an id and a type"));
    }
    let created = event["created"].as_i64().and_then(|seconds| Timestamp::from_timestamp(seconds, 0));
    let (provider_status, payment_events, reference) = match kind {
        "payment_intent.amount_capturable_updated"
        | "payment_intent.succeeded"
        | "payment_intent.payment_failed"
        | "payment_intent.canceled"
        | "payment_intent.requires_action"
        | "payment_intent.processing" => {
            let provider_status =
                provider_status(object).map_err(|_| malformed("an intent without amount or status"))?;
            (Some(provider_status), rest_of(kind, object), text(object, "id"))
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            (None, refund_event(object).into_iter().collect(), text(object, "payment_intent"))
        }
        "charge.refunded" => {
            let refunds = object["refunds"]["data"].as_array();
            let payment_events = refunds.into_iter().flatten().filter_map(refund_event).collect();
            (None, payment_events, text(object, "payment_intent"))
        }
        "charge.dispute.created"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated"
        | "charge.dispute.closed" => {
            (None, dispute_event(kind, object).into_iter().collect(), text(object, "payment_intent"))
        }
        _ => (None, Vec::new(), ""),
    };
    Ok(WebhookEvent {
        event_id: event_id.to_owned(),
        kind: kind.to_owned(),
        reference: reference.to_owned(),
        provider_status,
        payment_events,
        currency: currency(object),
        // Stripe's timestamps are whole seconds: everything in a second has happened by its end.
        occurred_at: created.ok_or_else(|| malformed("the event has no creation time"))? + TimeDelta::milliseconds(999),
        payload: event.clone(),
    })
}

fn rest_of(kind: &str, intent: &Value) -> Vec<PaymentEvent> {
    let rest = released(intent);
    let released = kind == "payment_intent.succeeded" && rest > Decimal::ZERO;
    let event = || PaymentEvent::new(TransactionKind::Void, TransactionResult::Success, rest, text(intent, "id"));
    released.then(event).into_iter().collect()
}

fn refund_event(refund: &Value) -> Option<PaymentEvent> {
    let result = match text(refund, "status") {
        "succeeded" => TransactionResult::Success,
        "failed" | "canceled" => TransactionResult::Failure,
        _ => TransactionResult::Request,
    };
    let event = PaymentEvent::new(TransactionKind::Refund, result, amount(refund, "amount")?, text(refund, "id"));
    Some(event.with_key(text(&refund["metadata"], "request")).with_message(text(refund, "failure_reason")))
}

/// A dispute withdraws the funds when it is opened, and reinstates them when it is won. An inquiry withdraws nothing
/// until it becomes a dispute, which sends `funds_withdrawn`.
fn dispute_event(kind: &str, dispute: &Value) -> Option<PaymentEvent> {
    let status = text(dispute, "status");
    let result = match kind {
        "charge.dispute.created" if !status.starts_with("warning") => TransactionResult::Success,
        "charge.dispute.funds_withdrawn" => TransactionResult::Success,
        "charge.dispute.closed" if status == "won" => TransactionResult::Reverse,
        "charge.dispute.funds_reinstated" => TransactionResult::Reverse,
        _ => return None,
    };
    let event = PaymentEvent::new(TransactionKind::Chargeback, result, amount(dispute, "amount")?, text(dispute, "id"));
    Some(event.with_message(text(dispute, "reason")))
}

#[cfg(test)]
mod tests {
    use super::{provider_status, webhook_event};
    use crate::domain::payments::provider::ProviderStatus;
    use crate::domain::payments::{PaymentEvent, TransactionKind, TransactionResult};
    use rust_decimal::Decimal;
    use serde_json::{Value, json};

    fn event(kind: &str, object: Value) -> Value {
        json!({ "id": "evt_1", "type": kind, "created": 1_700_000_000, "data": { "object": object } })
    }

    #[test]
    fn intents_map_to_provider_statuses() {
        let intent = |status: &str| {
            json!({ "id": "pi_1", "amount": 1940, "amount_received": 1000, "currency": "eur",
            "status": status, "client_secret": "s" })
        };
        let held =
            |captured: i64| ProviderStatus::Authorized { amount: Decimal::new(1940, 2), captured: captured.into() };
        assert_eq!(provider_status(&intent("requires_capture")).unwrap(), held(0));
        assert_eq!(provider_status(&intent("succeeded")).unwrap(), held(10));
        assert_eq!(provider_status(&intent("requires_confirmation")).unwrap(), ProviderStatus::Open);
        assert_eq!(provider_status(&intent("canceled")).unwrap(), ProviderStatus::Canceled);
        assert!(matches!(provider_status(&intent("requires_action")).unwrap(), ProviderStatus::ActionRequired(_)));
        assert!(provider_status(&intent("new_word")).is_err());
    }

    #[test]
    fn webhook_events_become_payment_events() {
        let partly =
            json!({ "id": "pi_1", "amount": 1000, "amount_received": 600, "currency": "eur", "status": "succeeded" });
        let told = webhook_event(&event("payment_intent.succeeded", partly)).unwrap();
        assert_eq!(
            told.payment_events,
            [PaymentEvent::new(TransactionKind::Void, TransactionResult::Success, Decimal::from(4), "pi_1")]
        );
        let refund = json!({ "id": "re_1", "payment_intent": "pi_1", "amount": 500, "currency": "jpy", "status": "failed",
            "metadata": { "request": "mevt_1" } });
        let told = webhook_event(&event("refund.updated", refund)).unwrap();
        let failed = PaymentEvent::new(TransactionKind::Refund, TransactionResult::Failure, Decimal::from(500), "re_1")
            .with_key("mevt_1");
        assert_eq!((told.payment_events, told.reference.as_str()), (vec![failed], "pi_1"));
        let dispute = |status: &str| {
            json!({ "id": "dp_1", "payment_intent": "pi_1", "amount": 100, "currency": "eur",
            "status": status })
        };
        let payment_events =
            |kind: &str, status: &str| webhook_event(&event(kind, dispute(status))).unwrap().payment_events;
        assert_eq!(payment_events("charge.dispute.created", "needs_response")[0].result, TransactionResult::Success);
        assert_eq!(payment_events("charge.dispute.closed", "won")[0].result, TransactionResult::Reverse);
        assert!(payment_events("charge.dispute.closed", "lost").is_empty());
        assert!(payment_events("charge.dispute.created", "warning_needs_response").is_empty());
        let escalated = payment_events("charge.dispute.funds_withdrawn", "needs_response");
        assert_eq!(escalated, payment_events("charge.dispute.created", "needs_response"), "the same event");
        let back = payment_events("charge.dispute.funds_reinstated", "won");
        assert_eq!(back, payment_events("charge.dispute.closed", "won"), "the same event");
        let unknown = webhook_event(&event("invoice.paid", json!({}))).unwrap();
        assert!(unknown.provider_status.is_none() && unknown.payment_events.is_empty());
        assert!(webhook_event(&json!({ "id": "evt_1" })).is_err());
    }
}
