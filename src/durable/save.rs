//! A worker on a run: what it saves, and how it stays in possession of the run.

use std::time::Duration;

use tokio::time::sleep;
use tracing::{error, info};

use super::failure::Failure;
use super::model::{Cause, Run, RunStatus, RunStep, StepStatus};
use super::pace;
use super::repo::{self, Lease};
use super::start::json;
use super::testing::{Fault, Moment, When};
use super::work::{Halt, Turn, Work};
use super::workflow::Workflow;
use crate::db::Tx;
use crate::kernel::clock::Timestamp;

/// How often a worker says that it is alive. A lease outlasts two beats that were missed.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What a transaction will have changed when it is committed.
pub(super) struct Draft<S> {
    pub(super) run: Run,
    pub(super) rows: Vec<RunStep>,
    pub(super) state: S,
    pub(super) at: usize,
    pub(super) called: bool,
    pub(super) lease: Lease,
}

impl<S> Draft<S> {
    /// Goes to another step.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
        self.called = false;
        self.run.called = false;
        self.run.attempt = 0;
    }

    /// Ends the run.
    pub(super) fn finish(&mut self, status: RunStatus, now: Timestamp) {
        self.run.finish(status, now);
        self.lease = Lease::Free;
    }
}

impl<W: Workflow> Work<W> {
    /// Saves when the step is to be tried again, and waits for that moment if it is near.
    pub(super) async fn pause(
        &mut self,
        at: usize,
        failure: &Failure,
        tried: i32,
        pause: Duration,
    ) -> Result<Turn, Halt> {
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
            return Ok(Turn::Stop);
        }
        self.holding(sleep(pause)).await?;
        Ok(Turn::On)
    }

    /// Leaves the run to the staff.
    pub(super) async fn stick(&mut self, at: usize, failure: &Failure) -> Result<Turn, Halt> {
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
        Ok(Turn::Stop)
    }

    /// Begins a transaction in which the run is locked and still this worker's.
    pub(super) async fn begin(&self) -> Result<(Tx, Draft<W::State>), Halt> {
        let tx = self.engine.0.db.begin().await?;
        let locked = repo::lock_mine(&tx, &self.run, self.engine.0.owner).await?.ok_or(Halt::Lost)?;
        let draft = Draft {
            run: locked,
            rows: self.rows.clone(),
            state: self.state.clone(),
            at: self.at,
            called: self.called,
            lease: self.engine.lease(),
        };
        Ok((tx, draft))
    }

    /// Saves and commits.
    pub(super) async fn commit(&mut self, tx: Tx, mut draft: Draft<W::State>) -> Result<(), Halt> {
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
        let Draft { run, rows, state, at, called, lease: _ } = draft;
        (self.run, self.rows, self.state, self.at, self.called) = (run, rows, state, at, called);
        self.fault(When::AfterCommit).map(drop)
    }

    /// Does something that takes time, and stays in possession of the run meanwhile.
    pub(super) async fn holding<T>(&self, doing: impl Future<Output = T>) -> Result<T, Halt> {
        tokio::select! {
            done = doing => Ok(done),
            () = self.heartbeat() => Err(Halt::Lost),
        }
    }

    /// Ends when the run is lost.
    async fn heartbeat(&self) {
        loop {
            sleep(HEARTBEAT).await;
            let Ok(conn) = self.engine.0.db.conn().await else { continue };
            // A database that is away for a moment is no reason to give up: whether the run is lost is seen when writing.
            if let Ok(false) = repo::renew(&conn, &self.run, self.engine.0.owner).await {
                return;
            }
        }
    }

    /// What a test lets happen at this moment of the step that the run stands at.
    pub(super) fn fault(&self, when: When) -> Result<Fault, Halt> {
        self.fault_at(self.at, when)
    }

    /// What a test lets happen at this moment of a step.
    pub(super) fn fault_at(&self, at: usize, when: When) -> Result<Fault, Halt> {
        let step = self.step(at).name();
        let moment = Moment { workflow: W::NAME, run: self.run.id, step, undoing: self.run.undoing, when };
        match self.engine.fault(&moment) {
            Fault::Crash => Err(Halt::Crashed),
            other => Ok(other),
        }
    }
}
