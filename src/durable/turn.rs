//! A turn of a worker: the changes it makes, and how it ends.

use super::failure::StepFailure;
use super::model::{Run, RunStatus, RunStep};
use super::repo::Lease;
use crate::db;
use crate::kernel::clock::Timestamp;

/// The changes of a transaction that is not committed yet.
pub(super) struct RunUpdate<S> {
    pub(super) run: Run,
    pub(super) rows: Vec<RunStep>,
    pub(super) state: S,
    pub(super) at: usize,
    pub(super) called: bool,
    pub(super) lease: Lease,
}

impl<S> RunUpdate<S> {
    /// Moves to another step.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
        self.called = false;
        self.run.called = false;
        self.run.attempt = 0;
    }

    /// Finishes the run.
    pub(super) fn finish(&mut self, status: RunStatus, now: Timestamp) {
        self.run.finish(status, now);
        self.lease = Lease::Free;
    }
}

/// What to do after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Take another turn.
    Continue,
    /// Stop, for now or for good.
    Stop,
}

/// Why a worker stops before the run ends.
#[derive(Debug)]
pub(super) enum StopReason {
    /// Another process has claimed the run.
    Lost,
    /// A test injected a crash.
    Crashed,
    /// The run could not be saved. It is resumed when the lease expires.
    Db(db::Error),
}

impl From<db::Error> for StopReason {
    fn from(error: db::Error) -> Self {
        Self::Db(error)
    }
}

/// Why a transaction was rolled back.
pub(super) enum StepError {
    StopReason(StopReason),
    Db(db::Error),
    Step(usize, StepFailure),
}

impl StepError {
    /// Returns which step of the transaction failed and why. `here` is the current step.
    pub(super) fn failure(self, here: usize) -> Result<(usize, StepFailure), StopReason> {
        match self {
            Self::StopReason(reason) => Err(reason),
            Self::Db(error) => Ok((here, StepFailure::of_db(&error))),
            Self::Step(at, failure) => Ok((at, failure)),
        }
    }
}

impl From<db::Error> for StepError {
    fn from(error: db::Error) -> Self {
        Self::Db(error)
    }
}

impl From<StopReason> for StepError {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::Db(error) => Self::Db(error),
            other => Self::StopReason(other),
        }
    }
}
