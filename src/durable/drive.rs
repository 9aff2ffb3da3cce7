//! Driving a run on, until it ends, waits, or has to pause.

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
use crate::kernel::error::Problem;
use crate::kernel::ids::WorkflowRunId;

/// How often is looked whether another process is done with a run: at first, and at last.
const LOOKS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));

/// What driving a run came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<S> {
    /// Every step was done.
    Done(S),
    /// It waits to be woken.
    Waiting(S),
    /// It goes on by itself: it is to be tried again later, or another process has it.
    Going(S),
    /// A step failed, and everything was undone.
    Undone {
        /// The state at the end.
        state: S,
        /// Why the step failed.
        cause: Problem,
    },
    /// It waits for a member of staff.
    Stuck(S, Problem),
}

impl<S: DeserializeOwned> Outcome<S> {
    /// What the stored run came to.
    pub fn of(run: &Run) -> db::Result<Self> {
        let read = serde_json::from_value(run.state.clone());
        let state = read.map_err(|error| db::Error::Statement(DieselError::DeserializationError(error.into())))?;
        Ok(match run.status {
            RunStatus::Done => Self::Done(state),
            RunStatus::Waiting => Self::Waiting(state),
            RunStatus::Compensated => Self::Undone { state, cause: run.cause() },
            RunStatus::Stuck => Self::Stuck(state, run.cause()),
            RunStatus::Pending | RunStatus::Running | RunStatus::Compensating => Self::Going(state),
        })
    }
}

impl<S> Outcome<S> {
    /// What the steps know and found out.
    pub const fn state(&self) -> &S {
        match self {
            Self::Done(state) | Self::Waiting(state) | Self::Going(state) | Self::Stuck(state, _) => state,
            Self::Undone { state, .. } => state,
        }
    }
}

impl Engine {
    /// Works on a run until it ends, waits, or has to pause for longer than the rest of `patience`. When another process
    /// works on it, waits so long for what comes of that. Called after the commit of the transaction that started the run;
    /// no connection is held while a step calls outside. Whoever stops waiting for it does not stop the work.
    pub async fn drive<W: Workflow>(&self, id: WorkflowRunId, patience: Duration) -> db::Result<Outcome<W::State>> {
        Outcome::of(&self.drive_any(id, patience).await?)
    }

    /// The same for a run of whatever workflow.
    pub async fn drive_any(&self, id: WorkflowRunId, patience: Duration) -> db::Result<Run> {
        let (engine, budget) = (self.clone(), Budget::new(patience));
        let driving = tokio::spawn(async move { engine.claim_and_work(id, budget).await });
        driving.await.unwrap_or_else(|ended| Err(db::Error::Unavailable(format!("the run {id} was left: {ended}"))))
    }

    async fn claim_and_work(&self, id: WorkflowRunId, budget: Budget) -> db::Result<Run> {
        let (mut pause, longest) = LOOKS;
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

    /// Takes the run, or gives it as it is.
    async fn claim(&self, id: WorkflowRunId) -> db::Result<Result<Run, Run>> {
        let conn = self.0.db.conn().await?;
        if let Some(taken) = repo::claim(&conn, id, self.0.owner, self.0.clock.now()).await? {
            return Ok(Ok(taken));
        }
        let found = self.by_ids(&conn, &[id]).await?.pop();
        found.map(Err).ok_or(db::Error::Statement(DieselError::NotFound))
    }

    pub(super) async fn work_on(&self, taken: Run, budget: Budget) -> db::Result<Option<Run>> {
        let workflow = self.0.registry.known(&taken.workflow)?;
        workflow.work(self, taken, budget).await
    }
}
