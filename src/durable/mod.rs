//! Durable workflows: multi-step processes that end either completed or undone, even if a process crashes in between.
//!
//! # Decisions
//! - **Local work is one transaction.** Consecutive steps that only write run in one transaction with the saved state
//!   of the run, so each of them happens exactly once and needs no undo of its own after a crash.
//! - **An external call is bracketed by two commits**: one before it to record that it is about to be made, and one
//!   after it to record the result. A crash in between repeats the call with the same key; the external service must
//!   not act twice on one key.
//! - **A run without external calls leaves no trace**: it was a transaction.
//! - A process works on a run under a lease. If the process dies, the lease expires and another process continues from
//!   the saved step.
//! - **Every write first locks the run and checks that its version is still the one the worker knows** (fencing): a
//!   worker that was presumed dead writes nothing when it wakes up. Because of that lock, code that signals or cancels
//!   a run must do so before it takes other locks.
//! - **Compensation runs backwards**: a step's call is undone first, then, in one transaction, what it wrote and what
//!   the local steps before it wrote. A failed call is undone too, unless it is known to have had no effect.
//! - Leases use PostgreSQL's clock; waits and pauses use the shop's clock.

mod drive;
mod error;
mod failure;
#[cfg_attr(not(feature = "testing"), expect(dead_code, reason = "only tests inject faults"))]
mod faults;
mod model;
mod pace;
mod recover;
mod registry;
mod repo;
mod save;
mod staff;
mod start;
#[cfg(feature = "testing")]
pub mod testing;
mod turn;
mod undo;
mod worker;
mod workflow;

use std::sync::Arc;

use uuid::Uuid;

pub use drive::Outcome;
pub use error::DurableError;
pub use model::{Cause, Run, RunFilter, RunStatus, RunStep, StepStatus};
pub use registry::Registry;
pub use staff::Resolution;
pub use start::{Started, enqueue_in, unfinished};
pub use workflow::{Call, Next, Policy, Step, Transient, WhenExhausted, Workflow};

use crate::db::Db;
use crate::kernel::clock::SharedClock;
use faults::{Fault, Moment};

/// Runs workflows. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<EngineInner>);

struct EngineInner {
    db: Db,
    clock: SharedClock,
    registry: Registry,
    owner: Uuid,
    #[cfg(feature = "testing")]
    faults: Option<testing::SharedFaults>,
}

/// Builds an [`Engine`].
pub struct EngineBuilder {
    db: Db,
    clock: SharedClock,
    registry: Registry,
    #[cfg(feature = "testing")]
    faults: Option<testing::SharedFaults>,
}

impl Engine {
    /// Creates a builder for an engine that stores its runs in this database.
    pub fn builder(db: Db, clock: SharedClock) -> EngineBuilder {
        EngineBuilder {
            db,
            clock,
            registry: Registry::new(),
            #[cfg(feature = "testing")]
            faults: None,
        }
    }

    /// The database that stores the runs.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    #[cfg(feature = "testing")]
    fn fault(&self, moment: &Moment<'_>) -> Fault {
        self.0.faults.as_ref().map_or(Fault::None, |faults| faults.at(moment))
    }

    #[cfg(not(feature = "testing"))]
    #[expect(clippy::unused_self, reason = "the engine of tests has faults")]
    const fn fault(&self, _: &Moment<'_>) -> Fault {
        Fault::None
    }
}

impl EngineBuilder {
    /// Adds a workflow. Replaces an existing one with the same name.
    #[must_use]
    pub fn register<W: Workflow>(mut self, workflow: W) -> Self {
        self.registry = self.registry.register(workflow);
        self
    }

    /// Adds all workflows of a registry.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = self.registry.with(registry);
        self
    }

    /// Injects faults, for tests: see [`testing`].
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn faults(mut self, faults: Option<testing::SharedFaults>) -> Self {
        self.faults = faults;
        self
    }

    /// Builds the engine. It acts as a separate process: it does not touch runs that another engine has leased.
    pub fn build(self) -> Engine {
        Engine(Arc::new(EngineInner {
            db: self.db,
            clock: self.clock,
            registry: self.registry,
            owner: Uuid::now_v7(),
            #[cfg(feature = "testing")]
            faults: self.faults,
        }))
    }
}
