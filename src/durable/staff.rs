//! What others do to a run: look at it, wake it, give it up; and for staff, try again or say what became of a step.

use std::time::Duration;

use serde_json::Value;
use tracing::info;

use super::Engine;
use super::error::DurableError;
use super::failure::Failure;
use super::model::{Cause, Run, RunFilter, RunStatus, StepStatus};
use super::repo::{self, Lease};
use crate::db::{self, Conn};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::page::{Page, Window};

/// How long a member of staff waits for what comes of trying again.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a member of staff says became of the step at which a run is stuck.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolution {
    /// The step's name, so that nobody resolves another one than they looked at.
    pub step: String,
    /// What is to be changed of the run's state: an object, of which each field replaces the state's.
    pub output: Option<Value>,
    /// Whether the call had no effect, or was undone by hand: the run is undone. Else it was done, and the run goes on.
    pub undone: bool,
}

impl Engine {
    /// The run.
    pub async fn find(&self, conn: &Conn, id: WorkflowRunId) -> db::Result<Option<Run>> {
        Ok(self.by_ids(conn, &[id]).await?.pop())
    }

    /// A page of the runs, newest first.
    pub async fn list(&self, conn: &Conn, filter: &RunFilter, window: &Window) -> Result<Page<Run>, DurableError> {
        let beyond = window.key::<Timestamp>()?;
        let rows = repo::list(conn, filter, window, beyond).await?;
        Ok(window.page(rows, |run| (run.created_at.to_rfc3339(), run.id.0)))
    }

    /// Tells a run, in the caller's transaction, that there is news: one that waits goes on with the step that waits, and
    /// one that is about to wait does not. `false` when it is past that. The run is locked: call it before other locks are
    /// taken, as the run's own steps do. After the commit, [`Engine::drive`] it, or leave that to the worker.
    pub async fn wake_in(&self, conn: &Conn, id: WorkflowRunId) -> db::Result<bool> {
        match repo::lock(conn, id).await? {
            Some(mut run) if run.status == RunStatus::Waiting => {
                run.status = RunStatus::Running;
                run.due_at = Some(self.0.clock.now());
                run.attempt = 0;
                run.wakes += 1;
                self.save(conn, run).await?;
                Ok(true)
            }
            Some(run) if matches!(run.status, RunStatus::Pending | RunStatus::Running) => {
                repo::add_wake(conn, id).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Has a run that waits undone, in the caller's transaction, for this reason. `false`, and nothing is changed, when it
    /// does not wait. As with [`Engine::wake_in`], call it before other locks are taken, and drive the run afterwards.
    pub async fn give_up_in(&self, conn: &Conn, id: WorkflowRunId, cause: Problem) -> db::Result<bool> {
        let found = repo::lock(conn, id).await?;
        let Some(mut run) = found.filter(|run| run.status == RunStatus::Waiting) else { return Ok(false) };
        let mut steps = self.steps_of(conn, &[id]).await?;
        let failure = Failure::given_up(cause);
        let waiting = steps.iter_mut().filter(|step| step.name == run.step);
        for step in waiting {
            step.status = StepStatus::Failed;
            step.error = Some(failure.detailed());
        }
        info!(run.id = %id, subject = run.subject, why = failure.detail, "The run {id} was given up and is being undone");
        run.turn_back(&steps, Cause::from(failure.problem), self.0.clock.now());
        repo::save_steps(conn, &steps).await?;
        self.save(conn, run).await?;
        Ok(true)
    }

    /// Tries the step again at which a run is stuck, as often as if it had never been tried.
    pub async fn retry(&self, id: WorkflowRunId) -> Result<Run, DurableError> {
        let tx = self.0.db.begin().await?;
        let run = stuck(&tx, id).await?;
        let now = self.0.clock.now();
        let mut steps = self.steps_of(&tx, &[id]).await?;
        for step in steps.iter_mut().filter(|step| step.name == run.step && step.status == StepStatus::Failed) {
            step.status = StepStatus::Running;
        }
        repo::save_steps(&tx, &steps).await?;
        self.save(&tx, on_its_way(run, now)).await?;
        tx.commit().await?;
        Ok(self.drive_any(id, PATIENCE).await?)
    }

    /// Goes on with a stuck run as a member of staff says.
    pub async fn resolve(&self, id: WorkflowRunId, resolution: Resolution) -> Result<Run, DurableError> {
        let Resolution { step, output, undone } = resolution;
        let tx = self.0.db.begin().await?;
        let mut run = stuck(&tx, id).await?;
        if run.step != step {
            return Err(DurableError::OtherStep { step: run.step });
        }
        if run.undoing && !undone {
            return Err(DurableError::Undoing);
        }
        if let Some(output) = output {
            run.state = self.patched(&run, output)?;
        }
        let now = self.0.clock.now();
        let mut steps = self.steps_of(&tx, &[id]).await?;
        if undone && !run.undoing {
            let cause = run.error.clone().unwrap_or_else(|| Cause::from(run.cause()));
            for step in steps.iter_mut().filter(|step| step.name == run.step) {
                step.called = false;
                if !step.written {
                    step.undone(now);
                }
            }
            run.turn_back(&steps, cause, now);
        } else {
            // Only writing is left, forward or backwards.
            run = Run { called: true, ..on_its_way(run, now) };
        }
        repo::save_steps(&tx, &steps).await?;
        self.save(&tx, run).await?;
        tx.commit().await?;
        Ok(self.drive_any(id, PATIENCE).await?)
    }

    /// The state with some fields changed, if the workflow can read it then.
    fn patched(&self, run: &Run, output: Value) -> Result<Value, DurableError> {
        let wrong = |why: &str| {
            Problem::new(ErrorCode::Invalid, format!("The output does not fit the state of the run: {why}."))
                .at("output")
        };
        let mut state = run.state.clone();
        let (Some(fields), Value::Object(output)) = (state.as_object_mut(), output) else {
            return Err(wrong("it is not an object").into());
        };
        if Value::Object(output.clone()).to_string().contains("\\u0000") {
            return Err(wrong("NUL characters are not allowed").into());
        }
        fields.extend(output);
        let checked = self.0.registry.known(&run.workflow)?.check_state(&state);
        checked.map_err(|why| wrong(&why))?;
        Ok(state)
    }

    async fn save(&self, conn: &Conn, mut run: Run) -> db::Result<()> {
        run.version += 1;
        run.updated_at = self.0.clock.now();
        repo::save(conn, &run, Lease::Free).await
    }
}

async fn stuck(conn: &Conn, id: WorkflowRunId) -> Result<Run, DurableError> {
    let run = repo::lock(conn, id).await?.ok_or(DurableError::NotFound)?;
    if run.status == RunStatus::Stuck { Ok(run) } else { Err(DurableError::InvalidState(run.status)) }
}

/// A stuck run that goes on where it stood.
fn on_its_way(run: Run, now: Timestamp) -> Run {
    let status = if run.undoing { RunStatus::Compensating } else { RunStatus::Running };
    let error = run.error.clone().filter(|_| run.undoing);
    Run { status, error, attempt: 0, due_at: Some(now), ..run }
}
