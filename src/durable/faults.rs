//! The points of a run at which tests inject faults. Without the feature `testing` there are none.

use std::sync::Arc;

use crate::kernel::ids::WorkflowRunId;

/// A point in a run at which a fault can be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment<'a> {
    /// The name of the workflow.
    pub workflow: &'a str,
    /// The run.
    pub run: WorkflowRunId,
    /// The current step.
    pub step: &'a str,
    /// Whether the run is being undone.
    pub undoing: bool,
    /// Which point it is.
    pub when: When,
}

/// The points at which faults can be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A step is about to make an external call, or to undo one.
    BeforeCall,
    /// The call, or its undo, has succeeded, but nothing has been saved yet.
    AfterCall,
    /// A step has written, but nothing has been committed yet. Not during compensation, nor for steps that run in the
    /// transaction that starts the run.
    AfterWrite,
    /// A transaction was committed.
    AfterCommit,
}

/// A fault to inject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// No fault.
    #[default]
    None,
    /// The step fails permanently. Before the call: the call had no effect. After the call: it took effect. After a
    /// write: the write is rolled back. Not available after a commit.
    Fail,
    /// The process crashes: it does nothing more for the run, and its lease expires immediately.
    Crash,
    /// The call is made twice. Only available before a call.
    Twice,
}

/// Decides which faults to inject.
pub trait Faults: Send + Sync + 'static {
    /// Returns the fault to inject at this point.
    fn at(&self, moment: &Moment<'_>) -> Fault;
}

/// [`Faults`] shared between processes.
pub type SharedFaults = Arc<dyn Faults>;
