//! The notices of the test provider: `{id, type, reference, amount, occurred_at}`, and for moves `move` and `request`. Pure.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::payments::provider::{HookError, Notice, Standing};
use crate::domain::payments::{Action, Fact, Failure, MoneyKind, MoneyResult};

pub(super) fn read(event: &Value) -> Result<Notice, HookError> {
    let text = |field: &str| event[field].as_str().unwrap_or_default();
    let malformed = |what: &str| HookError::Malformed(what.to_owned());
    if text("id").is_empty() || text("type").is_empty() {
        return Err(malformed("a notice has an id and a type"));
    }
    let occurred_at = text("occurred_at").parse().map_err(|_| malformed("a notice has occurred_at"))?;
    let amount = match &event["amount"] {
        Value::String(amount) => amount.parse().ok(),
        Value::Number(amount) => amount.to_string().parse().ok(),
        _ => None,
    };
    let amount = amount.filter(|amount: &Decimal| !amount.is_sign_negative()).unwrap_or_default();
    let moved = [text("move"), text("reference")].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let fact = |kind, result| vec![Fact::new(kind, result, amount, moved).answering(text("request"))];
    let (standing, facts) = match text("type") {
        "payment.authorized" => (Some(Standing::Authorized { amount, captured: Decimal::ZERO }), Vec::new()),
        "payment.captured" => (Some(Standing::Authorized { amount, captured: amount }), Vec::new()),
        "payment.pending" => (Some(Standing::Pending), Vec::new()),
        "payment.action" => (Some(Standing::ActionRequired(Action::default())), Vec::new()),
        "payment.failed" => {
            (Some(Standing::Failed(Failure::new("card_declined", "The card was declined."))), Vec::new())
        }
        "payment.cancelled" => (Some(Standing::Cancelled), Vec::new()),
        "authorization.adjusted" => (None, fact(MoneyKind::Adjust, MoneyResult::Success)),
        "capture.succeeded" => (None, fact(MoneyKind::Capture, MoneyResult::Success)),
        "capture.failed" => (None, fact(MoneyKind::Capture, MoneyResult::Failure)),
        "void.succeeded" => (None, fact(MoneyKind::Void, MoneyResult::Success)),
        "refund.succeeded" => (None, fact(MoneyKind::Refund, MoneyResult::Success)),
        "refund.failed" => (None, fact(MoneyKind::Refund, MoneyResult::Failure)),
        "refund.reversed" => (None, fact(MoneyKind::Refund, MoneyResult::Reverse)),
        "dispute.opened" => (None, fact(MoneyKind::Chargeback, MoneyResult::Success)),
        "dispute.won" => (None, fact(MoneyKind::Chargeback, MoneyResult::Reverse)),
        _ => (None, Vec::new()),
    };
    Ok(Notice {
        event_id: text("id").to_owned(),
        kind: text("type").to_owned(),
        reference: text("reference").to_owned(),
        standing,
        facts,
        currency: text("currency").parse().ok(),
        occurred_at,
        payload: event.clone(),
    })
}
