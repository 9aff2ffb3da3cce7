//! Drives a run until it ends, waits, or has to pause.

use std::time::Duration;

use diesel::result::Error as DieselError;
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use super::Engine;
use super::model::{Run, RunStatus};
use super::pace::Budget;
use super::repo;
use super::workflow::Workflow;
use crate::db;
use crate::kernel::error::UserError;
use crate::kernel::ids::WorkflowRunId;

/// The first and the longest interval for checking whether another process has finished with a run.
const POLL_INTERVAL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));

/// The result of driving a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<S> {
    /// All steps are done.
    Done(S),
    /// It waits for a signal.
    Waiting(S),
    /// It continues on its own: it will be retried later, or another process is working on it.
    InProgress(S),
    /// A step failed, and all steps were undone.
    Undone {
        /// The final state.
        state: S,
        /// Why the step failed.
        cause: UserError,
    },
    /// It waits for a staff member.
    Stuck(S, UserError),
}

impl<S: DeserializeOwned> Outcome<S> {
    /// Reads the outcome of a stored run.
    pub fn of(run: &Run) -> db::Result<Self> {
        let read = serde_json::from_value(run.state.clone());
        let state = read.map_err(|error| db::Error::Statement(DieselError::DeserializationError(error.into())))?;
        Ok(match run.status {
            RunStatus::Done => Self::Done(state),
            RunStatus::Waiting => Self::Waiting(state),
            RunStatus::Compensated => Self::Undone { state, cause: run.cause() },
            RunStatus::Stuck => Self::Stuck(state, run.cause()),
            RunStatus::Pending | RunStatus::Running | RunStatus::Compensating => Self::InProgress(state),
        })
    }
}

impl<S> Outcome<S> {
    /// Returns the state of the workflow.
    pub const fn state(&self) -> &S {
        match self {
            Self::Done(state) | Self::Waiting(state) | Self::InProgress(state) | Self::Stuck(state, _) => state,
            Self::Undone { state, .. } => state,
        }
    }
}

impl Engine {
    /// Works on a run until it ends, waits, or has to pause for longer than what is left of `wait_timeout`. If another
    /// process works on the run, waits up to `wait_timeout` for the result. Call this after committing the transaction
    /// that started the run. No connection is held during external calls. Dropping the future does not stop the work.
    pub async fn drive<W: Workflow>(&self, id: WorkflowRunId, wait_timeout: Duration) -> db::Result<Outcome<W::State>> {
        Outcome::of(&self.drive_any(id, wait_timeout).await?)
    }

    /// The same for a run of any workflow.
    pub async fn drive_any(&self, id: WorkflowRunId, wait_timeout: Duration) -> db::Result<Run> {
        let (engine, budget) = (self.clone(), Budget::new(wait_timeout));
        let driving = tokio::spawn(async move { engine.claim_and_work(id, budget).await });
        driving.await.unwrap_or_else(|ended| Err(db::Error::Unavailable(format!("the run {id} was left: {ended}"))))
    }

    async fn claim_and_work(&self, id: WorkflowRunId, budget: Budget) -> db::Result<Run> {
        let (mut pause, longest) = POLL_INTERVAL;
        loop {
            let run = match self.claim(id).await? {
                Ok(taken) => match self.work_on(taken, budget).await? {
                    Some(run) => return Ok(run),
                    None => continue,
                },
                Err(run) => run,
            };
            let left = budget.left();
            if !run.status.is_under_way() || left.is_zero() {
                return Ok(run);
            }
            sleep(pause.min(left)).await;
            pause = pause.saturating_mul(2).min(longest);
        }
    }

    /// Claims the run. Returns it unchanged in `Err` if it cannot be claimed.
    async fn claim(&self, id: WorkflowRunId) -> db::Result<Result<Run, Run>> {
        let conn = self.0.db.conn().await?;
        if let Some(taken) = repo::claim(&conn, id, self.0.owner, self.0.clock.now()).await? {
            return Ok(Ok(taken));
        }
        let found = self.by_ids(&conn, &[id]).await?.pop();
        found.map(Err).ok_or(db::Error::Statement(DieselError::NotFound))
    }

    pub(super) async fn work_on(&self, taken: Run, budget: Budget) -> db::Result<Option<Run>> {
        let workflow = self.0.registry.erased(&taken.workflow)?;
        workflow.work(self, taken, budget).await
    }
}
