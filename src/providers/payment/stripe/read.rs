//! What Stripe's objects mean to us. Pure.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::Value;

use super::minor::from_minor;
use crate::domain::payments::provider::{HookError, MoveResult, Moved, Notice, ProviderError, Standing};
use crate::domain::payments::{Action, Fact, Failure, MoneyKind, MoneyResult};
use crate::kernel::clock::Timestamp;
use crate::kernel::money::Currency;

/// A text of an object; empty when there is none.
pub(super) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

fn currency(object: &Value) -> Option<Currency> {
    text(object, "currency").to_ascii_uppercase().parse().ok()
}

fn amount(object: &Value, field: &str) -> Option<Decimal> {
    Some(from_minor(object[field].as_i64()?, currency(object)?))
}

/// What an intent was promised, and what was taken of it.
fn amounts(intent: &Value) -> Option<(Decimal, Decimal)> {
    let charge = &intent["latest_charge"];
    // Stand-ins for Stripe leave out what was received; then the charge tells.
    let taken = amount(intent, "amount_received")
        .or_else(|| Some(amount(charge, "amount")? - amount(charge, "amount_refunded").unwrap_or_default()));
    let promised = amount(intent, "amount")?;
    Some((promised, taken.unwrap_or(promised)))
}

/// Where an intent stands.
pub(super) fn standing(intent: &Value) -> Result<Standing, ProviderError> {
    let unclear = || ProviderError::Unknown("an intent without amount or status".to_owned());
    let (promised, taken) = amounts(intent).ok_or_else(unclear)?;
    Ok(match text(intent, "status") {
        "requires_payment_method" => match failure(intent) {
            Some(failure) => Standing::Failed(failure),
            None => Standing::Open,
        },
        "requires_confirmation" => Standing::Open,
        "requires_action" => Standing::ActionRequired(action(intent)),
        "processing" => Standing::Pending,
        "requires_capture" => Standing::Authorized { amount: promised, captured: Decimal::ZERO },
        "succeeded" => Standing::Authorized { amount: promised, captured: taken },
        "canceled" => Standing::Cancelled,
        _ => return Err(unclear()),
    })
}

fn failure(intent: &Value) -> Option<Failure> {
    let error = &intent["last_payment_error"];
    let code = [text(error, "decline_code"), text(error, "code")].into_iter().find(|code| !code.is_empty());
    error.is_object().then(|| Failure::new(code.unwrap_or("declined"), text(error, "message")))
}

/// What the shopper has to do: go somewhere, or confirm in the client with the secret.
pub(super) fn action(intent: &Value) -> Action {
    let url = intent["next_action"]["redirect_to_url"]["url"].as_str().map(str::to_owned);
    let kind = if url.is_some() { "redirect" } else { "sdk" };
    Action { kind: kind.to_owned(), url, client_secret: intent["client_secret"].as_str().map(str::to_owned) }
}

/// What was let go when a part was taken: an intent is captured once.
pub(super) fn released(intent: &Value) -> Decimal {
    amounts(intent).map_or(Decimal::ZERO, |(promised, taken)| (promised - taken).max(Decimal::ZERO))
}

/// Where a refund stands; `Err` when it failed.
pub(super) fn refunded(refund: &Value) -> Result<Moved, ProviderError> {
    let result = match text(refund, "status") {
        "succeeded" => MoveResult::Success,
        "pending" | "requires_action" => MoveResult::Pending,
        _ => {
            let reason = text(refund, "failure_reason");
            return Err(ProviderError::Declined(Failure::new(reason, "The refund failed.")));
        }
    };
    Ok(Moved { result, ..Moved::done(text(refund, "id")) })
}

/// What an event tells.
pub(super) fn notice(event: &Value) -> Result<Notice, HookError> {
    let malformed = |what: &str| HookError::Malformed(what.to_owned());
    let (event_id, kind, object) = (text(event, "id"), text(event, "type"), &event["data"]["object"]);
    if event_id.is_empty() || kind.is_empty() {
        return Err(malformed("an event has an id and a type"));
    }
    let created = event["created"].as_i64().and_then(|seconds| Timestamp::from_timestamp(seconds, 0));
    let (standing, facts, reference) = match kind {
        "payment_intent.amount_capturable_updated"
        | "payment_intent.succeeded"
        | "payment_intent.payment_failed"
        | "payment_intent.canceled"
        | "payment_intent.requires_action"
        | "payment_intent.processing" => {
            let standing = standing(object).map_err(|_| malformed("an intent without amount or status"))?;
            (Some(standing), rest_of(kind, object), text(object, "id"))
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            (None, refund_fact(object).into_iter().collect(), text(object, "payment_intent"))
        }
        "charge.refunded" => {
            let refunds = object["refunds"]["data"].as_array();
            let facts = refunds.into_iter().flatten().filter_map(refund_fact).collect();
            (None, facts, text(object, "payment_intent"))
        }
        "charge.dispute.created"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated"
        | "charge.dispute.closed" => {
            (None, dispute_fact(kind, object).into_iter().collect(), text(object, "payment_intent"))
        }
        _ => (None, Vec::new(), ""),
    };
    Ok(Notice {
        event_id: event_id.to_owned(),
        kind: kind.to_owned(),
        reference: reference.to_owned(),
        standing,
        facts,
        currency: currency(object),
        // Seconds without fractions: whatever happened in that second did so by its end.
        occurred_at: created.ok_or_else(|| malformed("an event has a moment"))? + TimeDelta::milliseconds(999),
        payload: event.clone(),
    })
}

fn rest_of(kind: &str, intent: &Value) -> Vec<Fact> {
    let rest = released(intent);
    let released = kind == "payment_intent.succeeded" && rest > Decimal::ZERO;
    let fact = || Fact::new(MoneyKind::Void, MoneyResult::Success, rest, text(intent, "id"));
    released.then(fact).into_iter().collect()
}

fn refund_fact(refund: &Value) -> Option<Fact> {
    let result = match text(refund, "status") {
        "succeeded" => MoneyResult::Success,
        "failed" | "canceled" => MoneyResult::Failure,
        _ => MoneyResult::Request,
    };
    let fact = Fact::new(MoneyKind::Refund, result, amount(refund, "amount")?, text(refund, "id"));
    Some(fact.answering(text(&refund["metadata"], "request")).saying(text(refund, "failure_reason")))
}

/// A dispute takes the money away when it is opened, and gives it back when it is won. An inquiry takes nothing, until it
/// becomes a dispute: then the money is told to be withdrawn.
fn dispute_fact(kind: &str, dispute: &Value) -> Option<Fact> {
    let status = text(dispute, "status");
    let result = match kind {
        "charge.dispute.created" if !status.starts_with("warning") => MoneyResult::Success,
        "charge.dispute.funds_withdrawn" => MoneyResult::Success,
        "charge.dispute.closed" if status == "won" => MoneyResult::Reverse,
        "charge.dispute.funds_reinstated" => MoneyResult::Reverse,
        _ => return None,
    };
    let fact = Fact::new(MoneyKind::Chargeback, result, amount(dispute, "amount")?, text(dispute, "id"));
    Some(fact.saying(text(dispute, "reason")))
}

#[cfg(test)]
mod tests {
    use super::{notice, standing};
    use crate::domain::payments::provider::Standing;
    use crate::domain::payments::{Fact, MoneyKind, MoneyResult};
    use rust_decimal::Decimal;
    use serde_json::{Value, json};

    fn event(kind: &str, object: Value) -> Value {
        json!({ "id": "evt_1", "type": kind, "created": 1_700_000_000, "data": { "object": object } })
    }

    #[test]
    fn an_intent_stands_where_its_status_says() {
        let intent = |status: &str| {
            json!({ "id": "pi_1", "amount": 1940, "amount_received": 1000, "currency": "eur",
            "status": status, "client_secret": "s" })
        };
        let held = |captured: i64| Standing::Authorized { amount: Decimal::new(1940, 2), captured: captured.into() };
        assert_eq!(standing(&intent("requires_capture")).unwrap(), held(0));
        assert_eq!(standing(&intent("succeeded")).unwrap(), held(10));
        assert_eq!(standing(&intent("requires_confirmation")).unwrap(), Standing::Open);
        assert_eq!(standing(&intent("canceled")).unwrap(), Standing::Cancelled);
        assert!(matches!(standing(&intent("requires_action")).unwrap(), Standing::ActionRequired(_)));
        assert!(standing(&intent("new_word")).is_err());
    }

    #[test]
    fn events_tell_facts() {
        let partly =
            json!({ "id": "pi_1", "amount": 1000, "amount_received": 600, "currency": "eur", "status": "succeeded" });
        let told = notice(&event("payment_intent.succeeded", partly)).unwrap();
        assert_eq!(told.facts, [Fact::new(MoneyKind::Void, MoneyResult::Success, Decimal::from(4), "pi_1")]);
        let refund = json!({ "id": "re_1", "payment_intent": "pi_1", "amount": 500, "currency": "jpy", "status": "failed",
            "metadata": { "request": "mevt_1" } });
        let told = notice(&event("refund.updated", refund)).unwrap();
        let fact = Fact::new(MoneyKind::Refund, MoneyResult::Failure, Decimal::from(500), "re_1").answering("mevt_1");
        assert_eq!((told.facts, told.reference.as_str()), (vec![fact], "pi_1"));
        let dispute = |status: &str| {
            json!({ "id": "dp_1", "payment_intent": "pi_1", "amount": 100, "currency": "eur",
            "status": status })
        };
        let facts = |kind: &str, status: &str| notice(&event(kind, dispute(status))).unwrap().facts;
        assert_eq!(facts("charge.dispute.created", "needs_response")[0].result, MoneyResult::Success);
        assert_eq!(facts("charge.dispute.closed", "won")[0].result, MoneyResult::Reverse);
        assert!(facts("charge.dispute.closed", "lost").is_empty());
        assert!(facts("charge.dispute.created", "warning_needs_response").is_empty());
        let escalated = facts("charge.dispute.funds_withdrawn", "needs_response");
        assert_eq!(escalated, facts("charge.dispute.created", "needs_response"), "the same fact");
        let back = facts("charge.dispute.funds_reinstated", "won");
        assert_eq!(back, facts("charge.dispute.closed", "won"), "the same fact");
        let unknown = notice(&event("invoice.paid", json!({}))).unwrap();
        assert!(unknown.standing.is_none() && unknown.facts.is_empty());
        assert!(notice(&json!({ "id": "evt_1" })).is_err());
    }
}
