//! The workflows known to a process, by name.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::Engine;
use super::model::Run;
use super::pace::Budget;
use super::worker::Worker;
use super::workflow::Workflow;
use crate::db;

/// The workflows known to a process.
#[derive(Clone, Default)]
pub struct Registry(BTreeMap<&'static str, RegisteredWorkflow>);

#[derive(Clone)]
struct RegisteredWorkflow {
    typed: Arc<dyn Any + Send + Sync>,
    known: Arc<dyn ErasedWorkflow>,
}

/// A workflow whose type is erased.
#[async_trait]
pub(super) trait ErasedWorkflow: Send + Sync {
    /// Works on a run claimed by this process until it ends or has to pause for longer than the budget allows. Returns
    /// `None` if another process has claimed it in the meantime.
    async fn work(&self, engine: &Engine, run: Run, budget: Budget) -> db::Result<Option<Run>>;

    /// Checks that this is a valid state of the workflow. Returns the reason if it is not.
    fn check_state(&self, state: &Value) -> Result<(), String>;
}

struct Typed<W>(Arc<W>);

#[async_trait]
impl<W: Workflow> ErasedWorkflow for Typed<W> {
    async fn work(&self, engine: &Engine, run: Run, budget: Budget) -> db::Result<Option<Run>> {
        match Worker::open(engine.clone(), self.0.clone(), run, budget).await? {
            Ok(work) => work.run().await,
            Err((run, why)) => engine.mark_unreadable(&run, &why).await,
        }
    }

    fn check_state(&self, state: &Value) -> Result<(), String> {
        serde_json::from_value::<W::State>(state.clone()).map(drop).map_err(|error| error.to_string())
    }
}

impl Registry {
    /// Creates an empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a workflow. Replaces an existing one with the same name.
    #[must_use]
    pub fn register<W: Workflow>(mut self, workflow: W) -> Self {
        let workflow = Arc::new(workflow);
        self.0.insert(W::NAME, RegisteredWorkflow { typed: workflow.clone(), known: Arc::new(Typed(workflow)) });
        self
    }

    /// Adds all workflows of another registry.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }

    pub(super) fn typed<W: Workflow>(&self) -> db::Result<Arc<W>> {
        let found = self.0.get(W::NAME).and_then(|entry| entry.typed.clone().downcast().ok());
        found.ok_or_else(|| unknown(W::NAME))
    }

    pub(super) fn erased(&self, name: &str) -> db::Result<Arc<dyn ErasedWorkflow>> {
        self.0.get(name).map(|entry| entry.known.clone()).ok_or_else(|| unknown(name))
    }
}

fn unknown(name: &str) -> db::Error {
    let message = format!("the workflow {name} is not registered in this process");
    db::Error::Statement(diesel::result::Error::QueryBuilderError(message.into()))
}
