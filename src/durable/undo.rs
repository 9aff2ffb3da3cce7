//! A worker on a run: backwards.

use tokio::time::timeout;
use tracing::warn;

use super::failure::{Failure, calmly};
use super::model::{Cause, RunStatus, StepStatus};
use super::pace;
use super::repo::Lease;
use super::testing::{Fault, When};
use super::work::{Halt, Trouble, Turn, Work, tries};
use super::workflow::Workflow;

/// How many times as often as a call its undoing is tried before staff have to look at it.
const UNDO_ATTEMPTS: i32 = 4;

impl<W: Workflow> Work<W> {
    /// Turns round, because a step failed: the one that the run stands at, or one after it that is written with it.
    pub(super) async fn begin_undo(&mut self, at: usize, failure: Failure) -> Result<Turn, Halt> {
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
        draft.run.turn_back(&draft.rows, Cause::from(failure.problem), now);
        let last = draft.rows.iter().rposition(|row| row.leaves_something());
        let turn = match last {
            Some(last) => {
                draft.go_to(last);
                Turn::On
            }
            None => {
                draft.lease = Lease::Free;
                Turn::Stop
            }
        };
        self.commit(tx, draft).await?;
        Ok(turn)
    }

    /// Undoes the step that the run stands at, and what the local ones before it wrote.
    pub(super) async fn undo(&mut self) -> Result<Turn, Halt> {
        if self.rows[self.at].called
            && !self.called
            && let Err(failure) = self.undo_call().await?
        {
            return self.undo_failed(self.at, failure, self.run.attempt).await;
        }
        match self.undo_writes().await {
            Ok(turn) => Ok(turn),
            Err(trouble) => {
                let (at, failure) = trouble.failure(self.at)?;
                self.undo_failed(at, failure, self.run.attempt + 1).await
            }
        }
    }

    async fn undo_call(&mut self) -> Result<Result<(), Failure>, Halt> {
        let step = self.step(self.at);
        let policy = step.policy();
        let (tx, mut draft) = self.begin().await?;
        draft.run.attempt += 1;
        let call = self.call_of(u32::try_from(draft.run.attempt).unwrap_or(1));
        self.commit(tx, draft).await?;
        let fault = self.fault(When::BeforeCall)?;
        if fault == Fault::Fail {
            return Ok(Err(Failure::injected(false)));
        }
        let times = if fault == Fault::Twice { 2 } else { 1 };
        for _ in 0..times {
            let mut state = self.state.clone();
            let calling = timeout(policy.timeout, calmly(step.undo_call(&self.workflow, &mut state, &call)));
            let answered = self.holding(calling).await?;
            if let Err(failure) = answered.unwrap_or_else(|_| Err(Failure::timed_out(policy.timeout))) {
                return Ok(Err(failure));
            }
            self.state = state;
        }
        if self.fault(When::AfterCall)? == Fault::Fail {
            return Ok(Err(Failure::injected(true)));
        }
        self.has_called();
        Ok(Ok(()))
    }

    /// Undoes what the step wrote, and what the ones before it wrote down to the next that has called outside.
    async fn undo_writes(&mut self) -> Result<Turn, Trouble> {
        let (tx, mut draft) = self.begin().await?;
        let now = self.now();
        let cause = draft.run.cause();
        let turn = loop {
            let at = draft.at;
            if draft.rows[at].written {
                let undoing = self.step(at).undo_write(&self.workflow, &tx, &mut draft.state, &cause);
                calmly(undoing).await.map_err(|failure| Trouble::Step(at, failure))?;
            }
            draft.rows[at].undone(now);
            let Some(before) = draft.rows.iter().rposition(|row| row.leaves_something()) else {
                draft.finish(RunStatus::Compensated, now);
                break Turn::Stop;
            };
            draft.go_to(before);
            if draft.rows[before].called {
                break Turn::On;
            }
        };
        self.commit(tx, draft).await?;
        Ok(turn)
    }

    /// Whatever the reason, there is nothing else to do about it than trying again.
    async fn undo_failed(&mut self, at: usize, failure: Failure, tried: i32) -> Result<Turn, Halt> {
        let policy = self.step(at).policy();
        if tried < tries(policy.attempts).saturating_mul(UNDO_ATTEMPTS) {
            self.pause(at, &failure, tried, pace::undo_pause(&policy, tried)).await
        } else {
            self.stick(at, &failure).await
        }
    }
}
