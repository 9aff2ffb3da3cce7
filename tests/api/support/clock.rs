//! A clock that tests turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cartwright::kernel::clock::{Clock, SystemClock, Timestamp};
use chrono::TimeDelta;

/// A clock that runs as the machine's does, ahead of it by what a test has turned it.
#[derive(Clone, Default)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_microseconds().expect("a short time"), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        SystemClock.now() + TimeDelta::microseconds(self.0.load(Ordering::SeqCst))
    }
}
