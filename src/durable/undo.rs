//! The worker's compensation path.

use tokio::time::timeout;
use tracing::warn;

use super::failure::{StepFailure, catch_panic};
use super::faults::{Fault, When};
use super::model::{Cause, RunStatus, StepStatus};
use super::pace;
use super::repo::Lease;
use super::turn::{Progress, StepError, StopReason};
use super::worker::{Worker, to_attempts};
use super::workflow::Workflow;

/// How many times more attempts an undo gets than a call before the run is stuck.
const UNDO_ATTEMPTS: i32 = 4;

impl<W: Workflow> Worker<W> {
    /// Starts compensation after a failure of the current step, or of a later one in the same transaction.
    pub(super) async fn begin_undo(&mut self, at: usize, failure: StepFailure) -> Result<Progress, StopReason> {
        let (tx, mut draft) = self.begin().await?;
        let now = self.now();
        let row = &mut draft.rows[at];
        row.status = StepStatus::Failed;
        row.error = Some(failure.detailed());
        row.started_at = row.started_at.or(Some(now));
        let here = &mut draft.rows[self.at];
        let harmless = !failure.uncertain && !self.called && here.attempts <= 1 && !here.written;
        here.called &= !harmless;
        let (id, step) = (self.run.id, self.step(at).name());
        warn!(run.id = %id, subject = self.run.subject, workflow = W::NAME, step, why = failure.detail, "The run {id} is being undone");
        draft.run.compensate(&draft.rows, Cause::from(failure.problem), now);
        let last = draft.rows.iter().rposition(|row| row.needs_undo());
        let progress = match last {
            Some(last) => {
                draft.go_to(last);
                Progress::Continue
            }
            None => {
                draft.lease = Lease::Free;
                Progress::Stop
            }
        };
        self.commit(tx, draft).await?;
        Ok(progress)
    }

    /// Undoes the current step and the writes of the local steps before it.
    pub(super) async fn undo(&mut self) -> Result<Progress, StopReason> {
        if self.rows[self.at].called
            && !self.called
            && let Err(failure) = self.undo_call().await?
        {
            return self.undo_failed(self.at, failure, self.run.attempt).await;
        }
        match self.undo_writes().await {
            Ok(progress) => Ok(progress),
            Err(error) => {
                let (at, failure) = error.failure(self.at)?;
                self.undo_failed(at, failure, self.run.attempt + 1).await
            }
        }
    }

    async fn undo_call(&mut self) -> Result<Result<(), StepFailure>, StopReason> {
        let step = self.step(self.at);
        let policy = step.policy();
        let (tx, mut draft) = self.begin().await?;
        draft.run.attempt += 1;
        let call = self.call_of(u32::try_from(draft.run.attempt).unwrap_or(1));
        self.commit(tx, draft).await?;
        let fault = self.fault(When::BeforeCall)?;
        if fault == Fault::Fail {
            return Ok(Err(StepFailure::injected(false)));
        }
        let times = if fault == Fault::Twice { 2 } else { 1 };
        for _ in 0..times {
            let mut state = self.state.clone();
            let calling = timeout(policy.timeout, catch_panic(step.undo_call(&self.workflow, &mut state, &call)));
            let answered = self.with_heartbeat(calling).await?;
            if let Err(failure) = answered.unwrap_or_else(|_| Err(StepFailure::timed_out(policy.timeout))) {
                return Ok(Err(failure));
            }
            self.state = state;
        }
        if self.fault(When::AfterCall)? == Fault::Fail {
            return Ok(Err(StepFailure::injected(true)));
        }
        self.mark_called();
        Ok(Ok(()))
    }

    /// Undoes the step's writes and those of the steps before it, down to the next one with an external call.
    async fn undo_writes(&mut self) -> Result<Progress, StepError> {
        let (tx, mut draft) = self.begin().await?;
        let now = self.now();
        let cause = draft.run.cause();
        let progress = loop {
            let at = draft.at;
            if draft.rows[at].written {
                let undoing = self.step(at).undo_write(&self.workflow, &tx, &mut draft.state, &cause);
                catch_panic(undoing).await.map_err(|failure| StepError::Step(at, failure))?;
            }
            draft.rows[at].mark_undone(now);
            let Some(before) = draft.rows.iter().rposition(|row| row.needs_undo()) else {
                draft.finish(RunStatus::Compensated, now);
                break Progress::Stop;
            };
            draft.go_to(before);
            if draft.rows[before].called {
                break Progress::Continue;
            }
        };
        self.commit(tx, draft).await?;
        Ok(progress)
    }

    /// An undo can only be retried, whatever the reason for the failure.
    async fn undo_failed(&mut self, at: usize, failure: StepFailure, tried: i32) -> Result<Progress, StopReason> {
        let policy = self.step(at).policy();
        if tried < to_attempts(policy.attempts).saturating_mul(UNDO_ATTEMPTS) {
            let pause = pace::undo_pause(&policy, tried, &mut rand::rng());
            self.pause(at, &failure, tried, pause).await
        } else {
            self.mark_stuck(at, &failure).await
        }
    }
}
