//! What one operation may take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Error;

/// What one operation may take, over all its root fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects in the answer.
    pub objects: u64,
    /// Rows held in memory. Fewer than objects where the same row is shown many times.
    pub rows: u64,
    /// Bytes of the answer's JSON.
    pub bytes: u64,
    /// How long reading and writing may take; `None` without a limit.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { objects: 100_000, rows: 100_000, bytes: 8 << 20, time: None }
    }
}

/// What an operation has taken of its limits. Its root fields share one.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    objects: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    ends: Option<Instant>,
}

impl Budget {
    /// A budget of which nothing is taken; its time begins now.
    pub fn new(limits: Limits) -> Self {
        let ends = limits.time.map(|time| Instant::now() + time);
        Self { limits, objects: AtomicU64::new(0), rows: AtomicU64::new(0), bytes: AtomicU64::new(0), ends }
    }

    /// How many objects were counted so far. They are counted before they are written.
    pub fn objects(&self) -> u64 {
        self.objects.load(Ordering::Relaxed)
    }

    /// How many bytes of JSON were counted so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn take_objects(&self, count: u64) -> Result<(), Error> {
        take(&self.objects, count, self.limits.objects, "objects")
    }

    pub(crate) fn take_rows(&self, count: u64) -> Result<(), Error> {
        take(&self.rows, count, self.limits.rows, "rows")
    }

    pub(crate) fn take_bytes(&self, count: u64) -> Result<(), Error> {
        take(&self.bytes, count, self.limits.bytes, "bytes")
    }

    pub(crate) fn bytes_left(&self) -> u64 {
        self.limits.bytes.saturating_sub(self.bytes())
    }

    pub(crate) fn in_time(&self) -> Result<(), Error> {
        match self.ends {
            Some(ends) if Instant::now() > ends => {
                Err(costly("The operation takes too long: request less.".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

fn take(taken: &AtomicU64, count: u64, most: u64, what: &str) -> Result<(), Error> {
    // Saturating, so that the product of many levels cannot come out small.
    let before = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_add(count)));
    let now = before.unwrap_or(u64::MAX).saturating_add(count);
    if now > most {
        return Err(costly(format!("The answer has more than {most} {what}: request less.")));
    }
    Ok(())
}

pub(crate) fn costly(message: String) -> Error {
    Error::coded("TOO_COSTLY", message)
}
