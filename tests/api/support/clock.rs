//! A clock that tests control.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cartwright::kernel::clock::{Clock, SystemClock, Timestamp};
use chrono::TimeDelta;

/// A clock that runs at normal speed, ahead of the system clock by what a test has added.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_microseconds().expect("a short time"), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + TimeDelta::microseconds(self.0.load(Ordering::SeqCst))
    }
}
