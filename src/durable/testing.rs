//! For tests of workflows, one's own included: lets things go wrong at every moment at which they can.
//!
//! [`exercise`] generates the tests that every workflow has to pass. [`Faults`] is what it is made of.

mod exercise;

use std::sync::Arc;

pub use exercise::{Exercised, Fixture, exercise};

use crate::kernel::ids::WorkflowRunId;

/// A moment of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment<'a> {
    /// The workflow's name.
    pub workflow: &'a str,
    /// The run.
    pub run: WorkflowRunId,
    /// The step that it stands at.
    pub step: &'a str,
    /// Whether it is being undone.
    pub undoing: bool,
    /// Which moment it is.
    pub when: When,
}

/// Which moments there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A step is about to call outside, or to undo what it called.
    BeforeCall,
    /// The call, or its undoing, has succeeded, and nothing of it was saved yet.
    AfterCall,
    /// A step has written what it does, and nothing of it was committed yet. Not while undoing, nor for the steps that are
    /// written by whoever starts the run.
    AfterWrite,
    /// A transaction was committed.
    AfterCommit,
}

/// What happens at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The step fails, and trying again does not help. Before the call: it had no effect; after it: it had; after writing:
    /// what was written is rolled back. Not after a commit.
    Fail,
    /// The process dies: it does nothing more for the run, and its lease ends at once.
    Crash,
    /// The call is made twice. Only before it.
    Twice,
}

/// Decides what goes wrong.
pub trait Faults: Send + Sync + 'static {
    /// What happens at this moment.
    fn at(&self, moment: &Moment<'_>) -> Fault;
}

/// [`Faults`] that processes share.
pub type SharedFaults = Arc<dyn Faults>;
