//! Durable workflows: something in several steps that ends finished or undone, whatever crashes in between.
//!
//! # Decisions
//! - **What is local is one transaction.** Steps that only write are done together, in one transaction with the saved
//!   state of the run, so that each of them happens exactly once and needs no undo of its own after a crash.
//! - **What is outside is bracketed by two commits**: before it the run says that it is about to call, after it what came
//!   of it. A crash in between repeats the call with the same key; whoever is called does nothing twice for one key.
//! - **A run that calls nobody outside leaves no trace**: it was a transaction.
//! - A process works on a run under a lease. One that dies loses it, and another one carries on from the saved step.

mod workflow;

pub use workflow::{Call, Next, Policy, Step, Transient, WhenExhausted, Workflow};
