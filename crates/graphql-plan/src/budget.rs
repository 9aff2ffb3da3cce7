//! The limits of an operation, and what it has used of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Error;

/// The limits of one operation, over all its root fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The number of objects in the response.
    pub objects: u64,
    /// The number of rows held in memory, which is lower than that of objects if the same row is shown many times.
    pub rows: u64,
    /// The size of the response's JSON, in bytes.
    pub bytes: u64,
    /// How long reading and writing may take, or `None` for no limit.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { objects: 100_000, rows: 100_000, bytes: 8 << 20, time: None }
    }
}

/// What an operation has used of its limits, shared by its root fields.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    objects: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    deadline: Option<Instant>,
}

impl Budget {
    /// Creates an unused budget. Its time starts now.
    pub fn new(limits: Limits) -> Self {
        let deadline = limits.time.map(|time| Instant::now() + time);
        Self { limits, objects: AtomicU64::new(0), rows: AtomicU64::new(0), bytes: AtomicU64::new(0), deadline }
    }

    /// Returns the number of objects counted so far. They are counted before they are written.
    pub fn objects(&self) -> u64 {
        self.objects.load(Ordering::Relaxed)
    }

    /// Returns the number of bytes of JSON counted so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn charge_objects(&self, count: u64) -> Result<(), Error> {
        charge(&self.objects, count, self.limits.objects, "objects")
    }

    pub(crate) fn charge_rows(&self, count: u64) -> Result<(), Error> {
        charge(&self.rows, count, self.limits.rows, "rows")
    }

    pub(crate) fn charge_bytes(&self, count: u64) -> Result<(), Error> {
        charge(&self.bytes, count, self.limits.bytes, "bytes")
    }

    pub(crate) fn bytes_left(&self) -> u64 {
        self.limits.bytes.saturating_sub(self.bytes())
    }

    pub(crate) fn check_deadline(&self) -> Result<(), Error> {
        match self.deadline {
            Some(deadline) if Instant::now() > deadline => {
                Err(too_costly("The operation takes too long: request less.".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

fn charge(used: &AtomicU64, count: u64, limit: u64, what: &str) -> Result<(), Error> {
    // Saturating, so that the product of many levels cannot overflow to a small number.
    let before = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_add(count)));
    let now = before.unwrap_or(u64::MAX).saturating_add(count);
    if now > limit {
        return Err(too_costly(format!("The answer has more than {limit} {what}: request less.")));
    }
    Ok(())
}

pub(crate) fn too_costly(message: String) -> Error {
    Error::coded("TOO_COSTLY", message)
}
