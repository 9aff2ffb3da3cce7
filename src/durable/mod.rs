//! Durable workflows: something in several steps that ends finished or undone, whatever crashes in between.
//!
//! # Decisions
//! - **What is local is one transaction.** Steps that only write are done together, in one transaction with the saved
//!   state of the run, so that each of them happens exactly once and needs no undo of its own after a crash.
//! - **What is outside is bracketed by two commits**: before it the run says that it is about to call, after it what came
//!   of it. A crash in between repeats the call with the same key; whoever is called does nothing twice for one key.
//! - **A run that calls nobody outside leaves no trace**: it was a transaction.
//! - A process works on a run under a lease. One that dies loses it, and another one carries on from the saved step.
//! - **Every write first locks the run and looks whether it is still the version that the worker knows** (fencing): one
//!   that was thought dead and wakes up writes nothing. Because of that lock, whoever wakes or gives up a run does it
//!   before taking other locks.
//! - **Undoing goes backwards**: the call of a step is undone first, then, in one transaction, what it wrote and what the
//!   local steps before it wrote. A call that failed is undone too, unless it is known to have had no effect.
//! - Leases are told by PostgreSQL's clock, waits and pauses by the shop's.

mod drive;
mod error;
mod failure;
mod model;
mod pace;
mod recover;
mod registry;
mod repo;
mod save;
mod staff;
mod start;
pub mod testing;
mod undo;
mod work;
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
use testing::{Fault, Moment, SharedFaults};

/// Runs workflows; cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Parts>);

struct Parts {
    db: Db,
    clock: SharedClock,
    registry: Registry,
    owner: Uuid,
    faults: Option<SharedFaults>,
}

/// Puts an [`Engine`] together.
pub struct EngineBuilder {
    db: Db,
    clock: SharedClock,
    registry: Registry,
    faults: Option<SharedFaults>,
}

impl Engine {
    /// Begins to build an engine that keeps its runs in this database.
    pub fn builder(db: Db, clock: SharedClock) -> EngineBuilder {
        EngineBuilder { db, clock, registry: Registry::new(), faults: None }
    }

    /// The database that the runs are kept in.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    fn fault(&self, moment: &Moment<'_>) -> Fault {
        self.0.faults.as_ref().map_or(Fault::None, |faults| faults.at(moment))
    }
}

impl EngineBuilder {
    /// Adds a workflow, or replaces the one of that name.
    #[must_use]
    pub fn register<W: Workflow>(mut self, workflow: W) -> Self {
        self.registry = self.registry.register(workflow);
        self
    }

    /// Adds the workflows of a registry.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = self.registry.with(registry);
        self
    }

    /// Lets things go wrong: see [`testing`].
    #[must_use]
    pub fn faults(mut self, faults: Option<SharedFaults>) -> Self {
        self.faults = faults;
        self
    }

    /// Builds the engine. It counts as a process of its own: what another one works on, it leaves alone.
    pub fn build(self) -> Engine {
        let Self { db, clock, registry, faults } = self;
        Engine(Arc::new(Parts { db, clock, registry, owner: Uuid::now_v7(), faults }))
    }
}
