//! Saves a worker's progress and renews its lease.

use std::time::Duration;

use tokio::time::sleep;
use tracing::{error, info};

use super::failure::StepFailure;
use super::faults::{Fault, Moment, When};
use super::model::{Cause, RunStatus, StepStatus};
use super::pace;
use super::repo::{self, Lease};
use super::start::json;
use super::turn::{Progress, RunUpdate, StopReason};
use super::worker::Worker;
use super::workflow::Workflow;
use crate::db::Tx;

/// The heartbeat interval of a worker. A lease outlasts two missed heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(5);

impl<W: Workflow> Worker<W> {
    /// Saves the time of the next attempt, and waits for it if the budget allows.
    pub(super) async fn pause(
        &mut self,
        at: usize,
        failure: &StepFailure,
        tried: i32,
        pause: Duration,
    ) -> Result<Progress, StopReason> {
        let here = pause <= self.budget.left();
        let (id, step, seconds) = (self.run.id, self.step(at).name(), pause.as_secs_f64());
        info!(run.id = %id, subject = self.run.subject, workflow = W::NAME, step, tried, seconds, why = failure.detail,
            "The run {id} tries again later");
        let (tx, mut draft) = self.begin().await?;
        draft.rows[at].error = Some(failure.detailed());
        draft.run.attempt = tried;
        draft.run.status = if draft.run.undoing { RunStatus::Compensating } else { RunStatus::Running };
        draft.run.due_at = Some(pace::after(self.now(), pause));
        if !here {
            draft.lease = Lease::Free;
        }
        self.commit(tx, draft).await?;
        if !here {
            return Ok(Progress::Stop);
        }
        self.with_heartbeat(sleep(pause)).await?;
        Ok(Progress::Continue)
    }

    /// Marks the run as stuck, for staff.
    pub(super) async fn mark_stuck(&mut self, at: usize, failure: &StepFailure) -> Result<Progress, StopReason> {
        let (tx, mut draft) = self.begin().await?;
        let row = &mut draft.rows[at];
        row.error = Some(failure.detailed());
        if !draft.run.undoing {
            row.status = StepStatus::Failed;
            draft.run.error = Some(Cause::from(failure.problem.clone()));
        }
        draft.run.status = RunStatus::Stuck;
        draft.run.due_at = None;
        draft.lease = Lease::Free;
        let (id, name) = (self.run.id, self.step(at).name());
        error!(run.id = %id, subject = draft.run.subject, workflow = W::NAME, step = name, why = failure.detail, "The run {id} is stuck");
        self.commit(tx, draft).await?;
        Ok(Progress::Stop)
    }

    /// Begins a transaction with the run locked and still leased by this worker.
    pub(super) async fn begin(&self) -> Result<(Tx, RunUpdate<W::State>), StopReason> {
        let tx = self.engine.0.db.begin().await?;
        let locked = repo::lock_owned(&tx, &self.run, self.engine.0.owner).await?.ok_or(StopReason::Lost)?;
        let draft = RunUpdate {
            run: locked,
            rows: self.rows.clone(),
            state: self.state.clone(),
            at: self.at,
            called: self.called,
            lease: self.engine.lease(),
        };
        Ok((tx, draft))
    }

    /// Saves the changes and commits.
    pub(super) async fn commit(&mut self, tx: Tx, mut draft: RunUpdate<W::State>) -> Result<(), StopReason> {
        draft.run.version += 1;
        draft.run.updated_at = self.now();
        draft.run.state = json(&draft.state)?;
        draft.run.subject = self.workflow.subject(&draft.state);
        self.step(draft.at).name().clone_into(&mut draft.run.step);
        let pairs = draft.rows.iter().zip(&self.rows);
        let changed: Vec<_> = pairs.filter(|(new, old)| new != old).map(|(new, _)| new.clone()).collect();
        repo::save(&tx, &draft.run, draft.lease).await?;
        repo::save_steps(&tx, &changed).await?;
        tx.commit().await?;
        let RunUpdate { run, rows, state, at, called, lease: _ } = draft;
        (self.run, self.rows, self.state, self.at, self.called) = (run, rows, state, at, called);
        self.fault(When::AfterCommit).map(drop)
    }

    /// Runs a future while renewing the lease.
    pub(super) async fn with_heartbeat<T>(&self, doing: impl Future<Output = T>) -> Result<T, StopReason> {
        tokio::select! {
            done = doing => Ok(done),
            () = self.heartbeat() => Err(StopReason::Lost),
        }
    }

    /// Returns when the lease is lost.
    async fn heartbeat(&self) {
        loop {
            sleep(HEARTBEAT).await;
            let Ok(conn) = self.engine.0.db.conn().await else { continue };
            // A short database outage is no reason to stop: the next write detects whether the lease is lost.
            if let Ok(false) = repo::renew(&conn, &self.run, self.engine.0.owner).await {
                return;
            }
        }
    }

    /// Returns the fault that a test injects at this point of the current step.
    pub(super) fn fault(&self, when: When) -> Result<Fault, StopReason> {
        self.fault_at(self.at, when)
    }

    /// Returns the fault that a test injects at this point of a step.
    pub(super) fn fault_at(&self, at: usize, when: When) -> Result<Fault, StopReason> {
        let step = self.step(at).name();
        let moment = Moment { workflow: W::NAME, run: self.run.id, step, undoing: self.run.undoing, when };
        match self.engine.fault(&moment) {
            Fault::Crash => Err(StopReason::Crashed),
            other => Ok(other),
        }
    }
}
