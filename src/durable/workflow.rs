//! The traits and types that define a workflow.

use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::{self, Conn};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{UserError, UserFacing};

/// A multi-step process that survives crashes.
pub trait Workflow: Send + Sync + Sized + 'static {
    /// The name under which runs are stored. It must not change while there are unfinished runs.
    const NAME: &'static str;
    /// The state that the steps read and update. It is saved as JSON after every step.
    type State: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    /// The error of a failed step.
    type Error: UserFacing + Transient + From<db::Error>;

    /// Returns the steps, in order. While there are unfinished runs, append steps or give new steps new names.
    fn steps(&self) -> &'static [&'static dyn Step<Self>];

    /// Returns the id of the object that a run is about, such as an order, for staff.
    fn subject(&self, state: &Self::State) -> String;
}

/// A step of a workflow. A step that only writes implements [`Self::write`] and [`Self::undo_write`]; one that makes an
/// external call also implements [`Self::outside`].
#[async_trait]
pub trait Step<W: Workflow>: Send + Sync {
    /// Returns the name, unique in the workflow.
    fn name(&self) -> &'static str;

    /// Whether this step makes an external call for this state. If no step does, the run is a single transaction.
    fn outside(&self, _workflow: &W, _state: &W::State) -> bool {
        false
    }

    /// Returns the retry policy and the timeout of the call.
    fn policy(&self) -> Policy {
        Policy::default()
    }

    /// Makes the external call, outside of any transaction. It may be called several times with the same key, after a
    /// crash or a transient error.
    async fn call(&self, _workflow: &W, _state: &mut W::State, _call: &Call) -> Result<(), W::Error> {
        Ok(())
    }

    /// Writes to the database exactly once, in one transaction with the saved state of the run.
    async fn write(&self, _workflow: &W, _conn: &Conn, _state: &mut W::State) -> Result<Next, W::Error> {
        Ok(Next::Step)
    }

    /// Undoes the actual or possible external effects of [`Self::call`]. It may be called several times with the same
    /// key, which is that of the original call. Its errors can only be retried: if there is nothing to undo, it should
    /// succeed rather than fail.
    async fn undo_call(&self, _workflow: &W, _state: &mut W::State, _call: &Call) -> Result<(), W::Error> {
        Ok(())
    }

    /// Undoes what [`Self::write`] wrote, given the cause of the failure. It runs after [`Self::undo_call`], in one
    /// transaction with the undo of the local steps before it, and only if any of the step's writes were committed.
    async fn undo_write(
        &self,
        _workflow: &W,
        _conn: &Conn,
        _state: &mut W::State,
        _cause: &UserError,
    ) -> Result<(), W::Error> {
        Ok(())
    }
}

/// A call of a step.
#[derive(Clone, Debug)]
pub struct Call {
    /// The idempotency key: the same for every attempt of this step in this run, including its undo. At most 100
    /// letters, digits, `_`, `-` and `/`, if the step's name uses only these.
    pub key: String,
    /// The number of the attempt, from 1, counted over the whole run. From 2 on, an earlier attempt may have taken
    /// effect.
    pub attempt: u32,
}

impl Call {
    /// Returns a key for undoing the call, for services that accept a key for one operation only.
    pub fn undo_key(&self) -> String {
        format!("{}/undo", self.key)
    }
}

/// What to do after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Continue with the next step, or finish the run.
    Step,
    /// Repeat this step when the run is signaled. If no signal arrives in time, the run is undone.
    Wait {
        /// The deadline.
        until: Timestamp,
    },
}

/// The retry policy and the timeout of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The timeout of one attempt.
    pub timeout: Duration,
    /// The maximum number of attempts.
    pub attempts: u32,
    /// The pause after the first attempt; it doubles with every further one.
    pub backoff: Duration,
    /// The longest pause.
    pub max_backoff: Duration,
    /// What to do when the attempts are exhausted and it is unknown whether the last one took effect.
    pub when_exhausted: WhenExhausted,
}

/// What to do when the attempts are exhausted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenExhausted {
    /// Undo the run, including this step.
    Undo,
    /// Mark the run as stuck until a staff member handles it.
    Stuck,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            attempts: 5,
            backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(60),
            when_exhausted: WhenExhausted::Undo,
        }
    }
}

/// An error that is either transient or permanent.
pub trait Transient {
    /// Whether a retry may succeed. Any other error undoes the run.
    fn is_transient(&self) -> bool;
}
