//! Operations on runs: find, signal and cancel; for staff, also retry and resolve.

use std::time::Duration;

use serde_json::Value;
use tracing::info;

use super::Engine;
use super::error::DurableError;
use super::failure::StepFailure;
use super::model::{Cause, Run, RunFilter, RunStatus, StepStatus};
use super::repo::{self, Lease};
use crate::db::{self, Conn};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::WorkflowRunId;
use crate::kernel::page::{Page, PageRequest};

/// How long a staff member waits for the result of a retry.
const WAIT_TIMEOUT: Duration = Duration::from_secs(2);

/// How a staff member resolves the step at which a run is stuck.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolution {
    /// The name of the step, so that nobody resolves a step other than the one they reviewed.
    pub step: String,
    /// Changes to the run's state: an object whose fields replace those of the state.
    pub output: Option<Value>,
    /// Whether the call had no effect or was undone manually, so that the run is undone. Otherwise it counts as done,
    /// and the run continues.
    pub undone: bool,
}

impl Engine {
    /// Returns the run.
    pub async fn find(&self, conn: &Conn, id: WorkflowRunId) -> db::Result<Option<Run>> {
        Ok(self.by_ids(conn, &[id]).await?.pop())
    }

    /// Returns a page of runs, newest first.
    pub async fn list(&self, conn: &Conn, filter: &RunFilter, paging: &PageRequest) -> Result<Page<Run>, DurableError> {
        let cursor = paging.key::<Timestamp>()?;
        let rows = repo::list(conn, filter, paging, cursor).await?;
        Ok(paging.page(rows, |run| (run.created_at.to_rfc3339(), run.id.0)))
    }

    /// Signals a run in the caller's transaction: a waiting run continues with the waiting step, and one that is about
    /// to wait does not. Returns `false` if the run is past that. This locks the run: call it before taking other
    /// locks, as the run's own steps do. After the commit, [`Engine::drive`] the run, or leave it to the worker.
    pub async fn signal_in(&self, conn: &Conn, id: WorkflowRunId) -> db::Result<bool> {
        match repo::lock(conn, id).await? {
            Some(mut run) if run.status == RunStatus::Waiting => {
                run.status = RunStatus::Running;
                run.due_at = Some(self.0.clock.now());
                run.attempt = 0;
                run.signals += 1;
                self.save(conn, run).await?;
                Ok(true)
            }
            Some(run) if matches!(run.status, RunStatus::Pending | RunStatus::Running) => {
                repo::add_signal(conn, id).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Cancels a waiting run in the caller's transaction: it is undone for this reason. Returns `false` and changes
    /// nothing if the run is not waiting. As with [`Engine::signal_in`], call it before taking other locks, and drive
    /// the run afterwards.
    pub async fn cancel_in(&self, conn: &Conn, id: WorkflowRunId, cause: UserError) -> db::Result<bool> {
        let found = repo::lock(conn, id).await?;
        let Some(mut run) = found.filter(|run| run.status == RunStatus::Waiting) else { return Ok(false) };
        let mut steps = self.steps_of(conn, &[id]).await?;
        let failure = StepFailure::canceled(cause);
        let waiting = steps.iter_mut().filter(|step| step.name == run.step);
        for step in waiting {
            step.status = StepStatus::Failed;
            step.error = Some(failure.detailed());
        }
        info!(run.id = %id, subject = run.subject, why = failure.detail, "The run {id} was canceled and is being undone");
        run.compensate(&steps, Cause::from(failure.problem), self.0.clock.now());
        repo::save_steps(conn, &steps).await?;
        self.save(conn, run).await?;
        Ok(true)
    }

    /// Retries the step at which a run is stuck, with a full set of attempts.
    pub async fn retry(&self, id: WorkflowRunId) -> Result<Run, DurableError> {
        let tx = self.0.db.begin().await?;
        let run = lock_stuck(&tx, id).await?;
        let now = self.0.clock.now();
        let mut steps = self.steps_of(&tx, &[id]).await?;
        for step in steps.iter_mut().filter(|step| step.name == run.step && step.status == StepStatus::Failed) {
            step.status = StepStatus::Running;
        }
        repo::save_steps(&tx, &steps).await?;
        self.save(&tx, resumed(run, now)).await?;
        tx.commit().await?;
        Ok(self.drive_any(id, WAIT_TIMEOUT).await?)
    }

    /// Resolves a stuck run as the staff member decided.
    pub async fn resolve(&self, id: WorkflowRunId, resolution: Resolution) -> Result<Run, DurableError> {
        let Resolution { step, output, undone } = resolution;
        let tx = self.0.db.begin().await?;
        let mut run = lock_stuck(&tx, id).await?;
        if run.step != step {
            return Err(DurableError::StepMismatch { step: run.step });
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
                    step.mark_undone(now);
                }
            }
            run.compensate(&steps, cause, now);
        } else {
            // Only the write is left, forward or backward.
            run = Run { called: true, ..resumed(run, now) };
        }
        repo::save_steps(&tx, &steps).await?;
        self.save(&tx, run).await?;
        tx.commit().await?;
        Ok(self.drive_any(id, WAIT_TIMEOUT).await?)
    }

    /// Returns the state with some fields replaced, if the workflow can read the result.
    fn patched(&self, run: &Run, output: Value) -> Result<Value, DurableError> {
        let wrong = |why: &str| {
            UserError::new(ErrorCode::Invalid, format!("The output does not fit the state of the run: {why}."))
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
        let checked = self.0.registry.erased(&run.workflow)?.check_state(&state);
        checked.map_err(|why| wrong(&why))?;
        Ok(state)
    }

    async fn save(&self, conn: &Conn, mut run: Run) -> db::Result<()> {
        run.version += 1;
        run.updated_at = self.0.clock.now();
        repo::save(conn, &run, Lease::Free).await
    }
}

async fn lock_stuck(conn: &Conn, id: WorkflowRunId) -> Result<Run, DurableError> {
    let run = repo::lock(conn, id).await?.ok_or(DurableError::NotFound)?;
    if run.status == RunStatus::Stuck { Ok(run) } else { Err(DurableError::InvalidState(run.status)) }
}

/// Resumes a stuck run at its current step.
fn resumed(run: Run, now: Timestamp) -> Run {
    let status = if run.undoing { RunStatus::Compensating } else { RunStatus::Running };
    let error = run.error.clone().filter(|_| run.undoing);
    Run { status, error, attempt: 0, due_at: Some(now), ..run }
}
