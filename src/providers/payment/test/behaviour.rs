//! The behavior of the test provider in one call. Pure.

use std::time::Duration;

use serde_json::Value;

/// The longest delay that the data may set.
const MAX_DELAY: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    Plain,
    Slow,
    Declines,
    Unavailable,
    TimesOutBefore,
    TimesOutAfter,
    FailsAfter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Conduct {
    pub(super) behaviour: Behaviour,
    pub(super) pause: Option<Duration>,
}

impl Conduct {
    /// Returns the behavior of the nth call of an operation, counted from 1.
    pub(super) fn of(data: &Value, operation: &str, calls: i64) -> Self {
        let pause = data["ms"].as_u64().map(|ms| Duration::from_millis(ms).min(MAX_DELAY));
        let word = data["behaviour"].as_str().unwrap_or("approve");
        let (named, behaviour) = match word {
            "slow" => ("authorize", Behaviour::Slow),
            "decline" => ("authorize", Behaviour::Declines),
            "unavailable" => ("authorize", Behaviour::Unavailable),
            "timeout_before" => ("authorize", Behaviour::TimesOutBefore),
            "timeout_after" => ("authorize", Behaviour::TimesOutAfter),
            "fail_after" => ("authorize", Behaviour::FailsAfter),
            "capture_fails" => ("capture", Behaviour::Declines),
            "refund_fails" => ("refund", Behaviour::Declines),
            _ => ("", Behaviour::Plain),
        };
        let on = data["on"].as_str().unwrap_or(named);
        let still = data["times"].as_i64().is_none_or(|times| calls <= times);
        let behaviour = if on == operation && still { behaviour } else { Behaviour::Plain };
        Self { behaviour, pause }
    }
}

#[cfg(test)]
mod tests {
    use super::{Behaviour, Conduct};
    use serde_json::json;

    #[test]
    fn a_call_is_answered_as_the_data_says() {
        let behaviour = |data, operation, calls| Conduct::of(&data, operation, calls).behaviour;
        assert_eq!(behaviour(json!({}), "authorize", 1), Behaviour::Plain);
        assert_eq!(behaviour(json!({ "behaviour": "decline" }), "authorize", 1), Behaviour::Declines);
        assert_eq!(behaviour(json!({ "behaviour": "decline" }), "capture", 1), Behaviour::Plain);
        assert_eq!(behaviour(json!({ "behaviour": "refund_fails" }), "refund", 1), Behaviour::Declines);
        let once = json!({ "behaviour": "timeout_after", "on": "capture", "times": 1 });
        assert_eq!(behaviour(once.clone(), "capture", 1), Behaviour::TimesOutAfter);
        assert_eq!(behaviour(once, "capture", 2), Behaviour::Plain);
    }
}
