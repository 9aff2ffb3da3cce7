//! What a workflow is made of.

use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::{self, Conn};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{Explain, Problem};

/// Something in several steps that survives a crash.
pub trait Workflow: Send + Sync + Sized + 'static {
    /// The name under which runs are stored. It never changes while there are unfinished runs.
    const NAME: &'static str;
    /// What the steps know and find out. It is saved as JSON at every step.
    type State: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    /// Why a step failed.
    type Error: Explain + Transient + From<db::Error>;

    /// The steps, in their order. Steps are added at the end or given new names while there are unfinished runs.
    fn steps(&self) -> &'static [&'static dyn Step<Self>];

    /// What a run is about, for staff: an id, such as an order's.
    fn subject(&self, state: &Self::State) -> String;
}

/// A step of a workflow. A step that only writes needs [`Self::write`] and [`Self::undo_write`]; one that calls outside
/// says so with [`Self::outside`].
#[async_trait]
pub trait Step<W: Workflow>: Send + Sync {
    /// Its name, unique in the workflow.
    fn name(&self) -> &'static str;

    /// Whether this run's step calls outside of the database. When no step does, the run is one transaction.
    fn outside(&self, _workflow: &W, _state: &W::State) -> bool {
        false
    }

    /// How often a call is tried, and how long it may take.
    fn policy(&self) -> Policy {
        Policy::default()
    }

    /// Calls outside, in no transaction. It may be called several times with the same key: after a crash, or after an
    /// error that may pass.
    async fn call(&self, _workflow: &W, _state: &mut W::State, _call: &Call) -> Result<(), W::Error> {
        Ok(())
    }

    /// Writes what the step does, in one transaction with the saved state of the run: exactly once.
    async fn write(&self, _workflow: &W, _conn: &Conn, _state: &mut W::State) -> Result<Next, W::Error> {
        Ok(Next::Step)
    }

    /// Undoes what [`Self::call`] did or may have done outside. Like it, it may be called several times with one key,
    /// which is that of the call to undo. Nothing else can be done about its errors than trying again: it should find
    /// that there is nothing to undo rather than fail.
    async fn undo_call(&self, _workflow: &W, _state: &mut W::State, _call: &Call) -> Result<(), W::Error> {
        Ok(())
    }

    /// Undoes what [`Self::write`] wrote, and learns why. It comes after [`Self::undo_call`], in one transaction with
    /// what the local steps before it undo, and only when something that the step wrote was committed.
    async fn undo_write(
        &self,
        _workflow: &W,
        _conn: &Conn,
        _state: &mut W::State,
        _cause: &Problem,
    ) -> Result<(), W::Error> {
        Ok(())
    }
}

/// A call of a step.
#[derive(Clone, Debug)]
pub struct Call {
    /// The same for every attempt of this step in this run, also when it is undone: what makes repeating harmless. At
    /// most 100 letters, digits, `_`, `-` and `/`, if the step's name keeps to them.
    pub key: String,
    /// Which attempt it is, from 1, counted over the whole run. From 2 on, an earlier one may have had its effect.
    pub attempt: u32,
}

impl Call {
    /// The key for undoing the call, for whoever takes a key for one thing only.
    pub fn undo_key(&self) -> String {
        format!("{}/undo", self.key)
    }
}

/// What comes after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next step, or the end.
    Step,
    /// The same step once more, when somebody wakes the run. When nobody does until then, the run is undone.
    Wait {
        /// Until when.
        until: Timestamp,
    },
}

/// How often a call is tried, and how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How many attempts there are.
    pub attempts: u32,
    /// The pause after the first attempt; it doubles with every further one.
    pub backoff: Duration,
    /// The longest pause.
    pub longest_backoff: Duration,
    /// What happens when no attempt is left and it is not known whether the last one had its effect.
    pub when_exhausted: WhenExhausted,
}

/// What happens when no attempt is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenExhausted {
    /// The run is undone, this step included.
    Undo,
    /// The run waits for a member of staff.
    Stuck,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            attempts: 5,
            backoff: Duration::from_millis(200),
            longest_backoff: Duration::from_secs(60),
            when_exhausted: WhenExhausted::Undo,
        }
    }
}

/// An error that says whether trying again may help.
pub trait Transient {
    /// Whether it may pass by itself, so that the call is tried again. Any other error undoes the run.
    fn is_transient(&self) -> bool;
}
