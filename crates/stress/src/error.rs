//! Errors that prevent the stress test from running, in one line.

use std::error::Error;
use std::fmt;

/// Why the stress test could not run: one line that says what to do.
#[derive(Debug)]
pub(crate) struct StressError(String);

impl StressError {
    pub(crate) fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }
}

impl fmt::Display for StressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// The error with its cause, unless its message includes it.
impl<E: Error> From<E> for StressError {
    fn from(error: E) -> Self {
        let mut line = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !line.contains(&text) {
                line = format!("{line}: {text}");
            }
            cause = error.source();
        }
        Self(line)
    }
}
