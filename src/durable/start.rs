//! Starts runs in the caller's transaction.

use diesel::result::Error as DieselError;
use serde::Serialize;
use serde_json::Value;

use super::Engine;
use super::model::{Run, RunStatus, RunStep, StepStatus};
use super::repo::{self, Lease};
use super::workflow::{Next, Workflow};
use crate::db::{self, Conn};
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::WorkflowRunId;

/// The result of starting a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started<S> {
    /// No external call was needed: the workflow is done once the caller's transaction commits.
    Done(S),
    /// Continue with [`Engine::drive`] after the caller's transaction commits.
    Run(WorkflowRunId),
}

/// How far the write-only steps got.
struct LocalSteps {
    at: usize,
    waiting_until: Option<Timestamp>,
    rows: Vec<RunStep>,
}

impl Engine {
    /// Starts a workflow in the caller's transaction and runs its first steps, up to the first external call. If no
    /// step makes an external call, the whole workflow is done and no run is stored. If a step fails, its error is
    /// returned and the caller must roll back the transaction.
    ///
    /// Starting this workflow with a key that was used in the last 30 days returns the existing run, finished or not,
    /// and changes nothing. A workflow without external calls does not store keys: the caller must hold a lock and
    /// check whether the work is already done.
    pub async fn start_in<W: Workflow>(
        &self,
        conn: &Conn,
        key: &str,
        mut state: W::State,
    ) -> Result<Started<W::State>, W::Error> {
        let workflow = self.0.registry.typed::<W>()?;
        let mut run = new_run(&*workflow, key, &state, self.0.clock.now())?;
        let foreseen = workflow.steps().iter().any(|step| step.outside(&workflow, &state));
        if foreseen && !repo::insert(conn, &run, self.lease()).await? {
            return Ok(Started::Run(repo::by_key(conn, W::NAME, key).await?));
        }
        let LocalSteps { at, waiting_until, rows } = self.run_local_steps(&*workflow, conn, run.id, &mut state).await?;
        let Some(step) = workflow.steps().get(at) else {
            if foreseen {
                repo::delete(conn, run.id).await?;
            }
            return Ok(Started::Done(state));
        };
        step.name().clone_into(&mut run.step);
        run.state = json(&state)?;
        run.subject = workflow.subject(&state);
        let lease = match waiting_until {
            Some(until) => {
                (run.status, run.due_at) = (RunStatus::Waiting, Some(until));
                Lease::Free
            }
            None => self.lease(),
        };
        if foreseen {
            run.version += 1;
            repo::save(conn, &run, lease).await?;
        } else if !repo::insert(conn, &run, lease).await? {
            // The writes of the first steps must be rolled back, so that only the other run remains.
            return Err(db::Error::Unavailable(format!("a run of {} with this key was just started", W::NAME)).into());
        }
        repo::save_steps(conn, &rows).await?;
        Ok(Started::Run(run.id))
    }

    async fn run_local_steps<W: Workflow>(
        &self,
        workflow: &W,
        conn: &Conn,
        id: WorkflowRunId,
        state: &mut W::State,
    ) -> Result<LocalSteps, W::Error> {
        let steps = workflow.steps();
        let mut rows = pending(workflow, id);
        let mut at = 0;
        while let Some(step) = steps.get(at).filter(|step| !step.outside(workflow, state)) {
            let next = step.write(workflow, conn, state).await?;
            let now = self.0.clock.now();
            if let Next::Wait { until } = next {
                rows[at].mark_written(StepStatus::Waiting, now);
                return Ok(LocalSteps { at, waiting_until: Some(until), rows });
            }
            rows[at].mark_written(StepStatus::Done, now);
            at += 1;
        }
        Ok(LocalSteps { at, waiting_until: None, rows })
    }

    /// Returns a lease held by this process.
    pub(super) fn lease(&self) -> Lease {
        Lease::Held(self.0.owner)
    }
}

/// Enqueues a run for any process to pick up shortly after the caller's transaction commits. Use it for work that
/// nobody waits for, and from steps of other workflows, which have no engine. If the key was already used for this
/// workflow, nothing changes. All steps of the run are still pending.
pub async fn enqueue_in<W: Workflow>(
    conn: &Conn,
    workflow: &W,
    key: &str,
    state: &W::State,
    now: Timestamp,
) -> db::Result<()> {
    let run = new_run(workflow, key, state, now)?;
    if repo::insert(conn, &run, Lease::Free).await? {
        repo::save_steps(conn, &pending(workflow, run.id)).await?;
    }
    Ok(())
}

/// Returns those of these subjects that have an unfinished run of the workflow: one in progress, or waiting for staff.
pub async fn unfinished<W: Workflow>(conn: &Conn, subjects: &[String]) -> db::Result<Vec<String>> {
    repo::unfinished(conn, W::NAME, subjects).await
}

fn new_run<W: Workflow>(workflow: &W, key: &str, state: &W::State, now: Timestamp) -> db::Result<Run> {
    Ok(Run {
        id: WorkflowRunId::new(),
        workflow: W::NAME.to_owned(),
        key: key.to_owned(),
        subject: workflow.subject(state),
        state: json(state)?,
        status: RunStatus::Pending,
        undoing: false,
        step: workflow.steps().first().map(|step| step.name().to_owned()).unwrap_or_default(),
        attempt: 0,
        called: false,
        signals: 0,
        error: None,
        lease_owner: None,
        lease_until: None,
        due_at: Some(now),
        version: 1,
        created_at: now,
        updated_at: now,
        finished_at: None,
    })
}

/// The steps of a run that has not started.
pub(super) fn pending<W: Workflow>(workflow: &W, id: WorkflowRunId) -> Vec<RunStep> {
    workflow.steps().iter().enumerate().map(|(at, step)| RunStep::pending(id, at, step.name())).collect()
}

/// Serializes a state for storage.
pub(super) fn json<S: Serialize>(state: &S) -> db::Result<Value> {
    serde_json::to_value(state).map_err(|error| db::Error::Statement(DieselError::SerializationError(error.into())))
}
