//! Backoff between attempts, and how long a caller waits.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use rand::Rng;

use super::workflow::Policy;
use crate::kernel::clock::Timestamp;

/// The longest pause between two attempts to undo a call.
const MAX_UNDO_PAUSE: Duration = Duration::from_secs(60);

/// The deadline until which the driver of a run waits through pauses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget(Option<Instant>);

impl Budget {
    pub(super) fn new(wait_timeout: Duration) -> Self {
        Self(Instant::now().checked_add(wait_timeout))
    }

    pub(super) fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()))
    }
}

/// Returns the pause after this attempt (from 1), with up to 25% jitter, so that runs that failed together do not retry
/// together.
pub(super) fn pause(policy: &Policy, attempt: i32, rng: &mut impl Rng) -> Duration {
    doubled(policy.backoff, attempt).min(policy.max_backoff).mul_f64(rng.random_range(0.75..1.25))
}

/// Returns the pause after this attempt to undo.
pub(super) fn undo_pause(policy: &Policy, attempt: i32, rng: &mut impl Rng) -> Duration {
    doubled(policy.backoff, attempt).min(MAX_UNDO_PAUSE).mul_f64(rng.random_range(0.75..1.25))
}

fn doubled(first: Duration, attempt: i32) -> Duration {
    let times = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0).min(20);
    first.saturating_mul(1 << times)
}

/// Returns the time after a pause.
pub(super) fn after(now: Timestamp, pause: Duration) -> Timestamp {
    TimeDelta::from_std(pause).ok().and_then(|pause| now.checked_add_signed(pause)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::{doubled, pause};
    use crate::durable::Policy;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let first = Duration::from_millis(200);
        let found: Vec<_> = [0, 1, 2, 3, 4].map(|attempt| doubled(first, attempt).as_millis()).into();
        assert_eq!(found, [200, 200, 400, 800, 1_600]);
        assert_eq!(doubled(first, i32::MAX), doubled(first, 21));
        let policy = Policy { max_backoff: Duration::from_secs(1), ..Policy::default() };
        let (least, most) = (Duration::from_millis(750), Duration::from_millis(1_250));
        let mut rng = StdRng::seed_from_u64(7);
        let pauses: BTreeSet<_> = (0..100).map(|_| pause(&policy, 9, &mut rng)).collect();
        assert!(pauses.iter().all(|pause| (least..=most).contains(pause)));
        assert!(pauses.len() > 90, "runs that failed together retry at different times");
    }
}
