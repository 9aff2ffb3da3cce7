//! The behavior of the test provider in one call. Pure.

use std::time::Duration;

use serde_json::Value;

/// The longest delay that the data may set.
const MAX_DELAY: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behavior {
    Plain,
    Slow,
    Declines,
    Unavailable,
    TimesOutBefore,
    TimesOutAfter,
    FailsAfter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BankResponse {
    pub(super) behavior: Behavior,
    pub(super) pause: Option<Duration>,
}

impl BankResponse {
    /// Returns the behavior of the nth call of an operation, counted from 1.
    pub(super) fn of(data: &Value, operation: &str, calls: i64) -> Self {
        let pause = data["ms"].as_u64().map(|ms| Duration::from_millis(ms).min(MAX_DELAY));
        let word = data["behavior"].as_str().unwrap_or("approve");
        let (named, behavior) = match word {
            "slow" => ("authorize", Behavior::Slow),
            "decline" => ("authorize", Behavior::Declines),
            "unavailable" => ("authorize", Behavior::Unavailable),
            "timeout_before" => ("authorize", Behavior::TimesOutBefore),
            "timeout_after" => ("authorize", Behavior::TimesOutAfter),
            "fail_after" => ("authorize", Behavior::FailsAfter),
            "capture_fails" => ("capture", Behavior::Declines),
            "refund_fails" => ("refund", Behavior::Declines),
            _ => ("", Behavior::Plain),
        };
        let on = data["on"].as_str().unwrap_or(named);
        let still = data["times"].as_i64().is_none_or(|times| calls <= times);
        let behavior = if on == operation && still { behavior } else { Behavior::Plain };
        Self { behavior, pause }
    }
}

#[cfg(test)]
mod tests {
    use super::{BankResponse, Behavior};
    use serde_json::json;

    #[test]
    fn a_call_is_answered_as_the_data_says() {
        let behavior = |data, operation, calls| BankResponse::of(&data, operation, calls).behavior;
        assert_eq!(behavior(json!({}), "authorize", 1), Behavior::Plain);
        assert_eq!(behavior(json!({ "behavior": "decline" }), "authorize", 1), Behavior::Declines);
        assert_eq!(behavior(json!({ "behavior": "decline" }), "capture", 1), Behavior::Plain);
        assert_eq!(behavior(json!({ "behavior": "refund_fails" }), "refund", 1), Behavior::Declines);
        let once = json!({ "behavior": "timeout_after", "on": "capture", "times": 1 });
        assert_eq!(behavior(once.clone(), "capture", 1), Behavior::TimesOutAfter);
        assert_eq!(behavior(once, "capture", 2), Behavior::Plain);
    }
}
