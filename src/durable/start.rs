//! Starting a run, in the transaction of whoever starts it.

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

/// What starting a workflow came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started<S> {
    /// Nothing had to be called: it is done as soon as the caller's transaction is committed.
    Done(S),
    /// It goes on with [`Engine::drive`], once the caller's transaction is committed.
    Run(WorkflowRunId),
}

/// How far the steps came that only write.
struct Led {
    at: usize,
    waiting_until: Option<Timestamp>,
    rows: Vec<RunStep>,
}

impl Engine {
    /// Starts a workflow in the caller's transaction and does what its first steps write, up to the one that calls outside.
    /// When no step does, the whole workflow is done, and no run is kept. An error of a step is the caller's, whose
    /// transaction is to roll back.
    ///
    /// Starting with a key that was used for this workflow in the last 30 days gives that run, finished or not, and changes
    /// nothing. A
    /// workflow that calls nobody knows no keys: whoever starts it holds a lock and looks whether it was done already.
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
        let Led { at, waiting_until, rows } = self.lead(&*workflow, conn, run.id, &mut state).await?;
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
            // What the first steps wrote has to be taken back, so that the other run is the only one.
            return Err(db::Error::Unavailable(format!("a run of {} with this key was just started", W::NAME)).into());
        }
        repo::save_steps(conn, &rows).await?;
        Ok(Started::Run(run.id))
    }

    async fn lead<W: Workflow>(
        &self,
        workflow: &W,
        conn: &Conn,
        id: WorkflowRunId,
        state: &mut W::State,
    ) -> Result<Led, W::Error> {
        let steps = workflow.steps();
        let mut rows = pending(workflow, id);
        let mut at = 0;
        while let Some(step) = steps.get(at).filter(|step| !step.outside(workflow, state)) {
            let next = step.write(workflow, conn, state).await?;
            let now = self.0.clock.now();
            if let Next::Wait { until } = next {
                rows[at].wrote(StepStatus::Waiting, now);
                return Ok(Led { at, waiting_until: Some(until), rows });
            }
            rows[at].wrote(StepStatus::Done, now);
            at += 1;
        }
        Ok(Led { at, waiting_until: None, rows })
    }

    /// This process works on it.
    pub(super) fn lease(&self) -> Lease {
        Lease::Held(self.0.owner)
    }
}

/// Leaves a run for whichever process takes it up, a moment after the caller's transaction is committed: for what nobody
/// waits for, and for steps of other workflows, which know no engine. A key that was used for this workflow before changes
/// nothing. All steps of the run are still to be done.
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

/// Of these subjects, those of which a run of the workflow has not ended: it is under way, or waits for staff.
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
        wakes: 0,
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

/// The steps of a run of which none was done yet.
pub(super) fn pending<W: Workflow>(workflow: &W, id: WorkflowRunId) -> Vec<RunStep> {
    workflow.steps().iter().enumerate().map(|(at, step)| RunStep::pending(id, at, step.name())).collect()
}

/// A state as it is kept.
pub(super) fn json<S: Serialize>(state: &S) -> db::Result<Value> {
    serde_json::to_value(state).map_err(|error| db::Error::Statement(DieselError::SerializationError(error.into())))
}
