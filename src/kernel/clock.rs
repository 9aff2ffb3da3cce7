//! Time is injected: use cases read the clock they were built with.

use std::sync::Arc;

use chrono::{DateTime, Datelike, TimeZone, Utc};

/// A point in time, UTC.
pub type Timestamp = DateTime<Utc>;

/// Clamps a time to the years 1 to 9999, which PostgreSQL can store and every client can read.
pub fn clamp_to_storable(time: Timestamp) -> Timestamp {
    if time.year() < 1 {
        Utc.with_ymd_and_hms(1, 1, 1, 0, 0, 0).single().unwrap_or(time)
    } else if time.year() > 9_999 {
        Utc.with_ymd_and_hms(9_999, 12, 31, 23, 59, 59).single().unwrap_or(time)
    } else {
        time
    }
}

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// Returns the current time in UTC, truncated to the microseconds that PostgreSQL stores.
    fn now(&self) -> Timestamp;
}

/// A shared clock.
pub type SharedClock = Arc<dyn Clock>;

/// The system clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        to_micros(Utc::now())
    }
}

fn to_micros(time: Timestamp) -> Timestamp {
    DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}
