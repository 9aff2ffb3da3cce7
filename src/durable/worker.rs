//! Executes a claimed run step by step.

use std::sync::Arc;

use tokio::time::timeout;
use tracing::{Instrument, info, info_span};

use super::Engine;
use super::failure::{StepFailure, catch_panic};
use super::faults::{Fault, When};
use super::model::{Run, RunStatus, RunStep, StepStatus};
use super::pace::{self, Budget};
use super::repo::{self, Lease};
use super::start::pending;
use super::turn::{Progress, RunUpdate, StepError, StopReason};
use super::workflow::{Call, Next, Step, WhenExhausted, Workflow};
use crate::db;
use crate::kernel::clock::Timestamp;

/// Works on a claimed run.
pub(super) struct Worker<W: Workflow> {
    pub(super) engine: Engine,
    pub(super) workflow: Arc<W>,
    /// The run as last saved.
    pub(super) run: Run,
    /// The steps as last saved.
    pub(super) rows: Vec<RunStep>,
    /// The state as last saved, plus the results of the last call.
    pub(super) state: W::State,
    /// The index of the current step.
    pub(super) at: usize,
    /// Whether the step's call (or its undo, during compensation) has succeeded, so that only the write is left.
    pub(super) called: bool,
    /// Whether the wait has timed out: the step checks once more and does not wait again.
    pub(super) is_due: bool,
    pub(super) budget: Budget,
}

impl<W: Workflow> Worker<W> {
    /// Resumes a run from its saved step. Returns `Err` with the reason if this version of the program cannot read the
    /// run.
    pub(super) async fn open(
        engine: Engine,
        workflow: Arc<W>,
        run: Run,
        budget: Budget,
    ) -> db::Result<Result<Self, (Run, String)>> {
        let stored = engine.steps_of(&*engine.0.db.conn().await?, &[run.id]).await?;
        let Some(at) = workflow.steps().iter().position(|step| step.name() == run.step) else {
            let why = format!("This version of the program knows no step {} of {}.", run.step, W::NAME);
            return Ok(Err((run, why)));
        };
        let state = match serde_json::from_value(run.state.clone()) {
            Ok(state) => state,
            Err(error) => {
                let why = format!("This version of the program cannot read the state: {error}.");
                return Ok(Err((run, why)));
            }
        };
        let mut rows = pending(&*workflow, run.id);
        for row in stored {
            // Steps added to the workflow since then are pending.
            if let Some(known) = rows.iter_mut().find(|known| known.name == row.name) {
                *known = RunStep { position: known.position, ..row };
            }
        }
        let (called, is_due) = (run.called, run.status == RunStatus::Waiting);
        Ok(Ok(Self { engine, workflow, run, rows, state, at, called, is_due, budget }))
    }

    /// Works until the run ends, waits, is stuck, or has to pause for longer than the budget allows. Returns `None` if
    /// another process has claimed it.
    pub(super) async fn run(self) -> db::Result<Option<Run>> {
        let span = info_span!("run", id = %self.run.id, workflow = W::NAME, subject = self.run.subject);
        self.work().instrument(span).await
    }

    async fn work(mut self) -> db::Result<Option<Run>> {
        loop {
            let progress = if self.run.undoing { self.undo().await } else { self.forward().await };
            match progress {
                Ok(Progress::Continue) => {}
                Ok(Progress::Stop) => return Ok(Some(self.run)),
                Err(StopReason::Lost) => {
                    info!(run.id = %self.run.id, "Another process has taken the run {}", self.run.id);
                    return Ok(None);
                }
                Err(StopReason::Crashed) => {
                    repo::expire(&*self.engine.0.db.conn().await?, self.run.id).await?;
                    return Ok(Some(self.run));
                }
                Err(StopReason::Db(error)) => return Err(error),
            }
        }
    }

    async fn forward(&mut self) -> Result<Progress, StopReason> {
        let outside = self.step(self.at).outside(&self.workflow, &self.state);
        if outside
            && !self.called
            && let Err(failure) = self.call().await?
        {
            return self.failed(self.at, failure, self.run.attempt).await;
        }
        match self.write().await {
            Ok(progress) => Ok(progress),
            Err(error) => {
                let (at, failure) = error.failure(self.at)?;
                self.failed(at, failure, self.run.attempt + 1).await
            }
        }
    }

    /// Records the upcoming external call, then makes it.
    async fn call(&mut self) -> Result<Result<(), StepFailure>, StopReason> {
        let step = self.step(self.at);
        let policy = step.policy();
        if self.run.attempt >= to_attempts(policy.attempts) {
            return Ok(Err(StepFailure::interrupted()));
        }
        let attempt = self.mark_started().await?;
        let call = self.call_of(attempt);
        let fault = self.fault(When::BeforeCall)?;
        if fault == Fault::Fail {
            return Ok(Err(StepFailure::injected(false)));
        }
        let times = if fault == Fault::Twice { 2 } else { 1 };
        for _ in 0..times {
            let mut state = self.state.clone();
            let calling = timeout(policy.timeout, catch_panic(step.call(&self.workflow, &mut state, &call)));
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

    /// Marks the call as done. Attempts to write are counted from zero.
    pub(super) const fn mark_called(&mut self) {
        self.called = true;
        self.run.attempt = 0;
    }

    /// Records that the step is about to make its call. Returns the number of the attempt.
    async fn mark_started(&mut self) -> Result<u32, StopReason> {
        let (tx, mut draft) = self.begin().await?;
        let now = self.now();
        let row = &mut draft.rows[self.at];
        row.status = StepStatus::Running;
        row.called = true;
        row.attempts += 1;
        row.started_at = row.started_at.or(Some(now));
        let attempt = u32::try_from(row.attempts).unwrap_or(1);
        draft.run.attempt += 1;
        draft.run.status = RunStatus::Running;
        self.commit(tx, draft).await?;
        Ok(attempt)
    }

    /// Runs the step's write and those of the following steps, up to the next external call.
    async fn write(&mut self) -> Result<Progress, StepError> {
        let (tx, mut draft) = self.begin().await?;
        let (steps, now) = (self.workflow.steps(), self.now());
        let signaled = draft.run.signals != self.run.signals;
        let progress = loop {
            let at = draft.at;
            let writing = steps[at].write(&self.workflow, &tx, &mut draft.state);
            let next = catch_panic(writing).await.map_err(|failure| StepError::Step(at, failure))?;
            if self.fault_at(at, When::AfterWrite)? == Fault::Fail {
                return Err(StepError::Step(at, StepFailure::injected(true)));
            }
            if let Next::Wait { until } = next {
                if !signaled && (self.is_due || until <= now) {
                    return Err(StepError::Step(at, StepFailure::wait_timed_out()));
                }
                draft.rows[at].mark_written(StepStatus::Waiting, now);
                draft.go_to(at);
                break Self::wait(&mut draft, until, signaled, now);
            }
            draft.rows[at].mark_written(StepStatus::Done, now);
            draft.run.status = RunStatus::Running;
            draft.run.due_at = Some(now);
            let Some(following) = steps.get(at + 1) else {
                draft.finish(RunStatus::Done, now);
                break Progress::Stop;
            };
            draft.go_to(at + 1);
            if following.outside(&self.workflow, &draft.state) {
                break Progress::Continue;
            }
        };
        self.commit(tx, draft).await?;
        Ok(progress)
    }

    /// Waits for a signal, unless one has arrived since the call started.
    fn wait(draft: &mut RunUpdate<W::State>, until: Timestamp, signaled: bool, now: Timestamp) -> Progress {
        if signaled {
            (draft.run.status, draft.run.due_at) = (RunStatus::Running, Some(now));
            return Progress::Continue;
        }
        (draft.run.status, draft.run.due_at, draft.lease) = (RunStatus::Waiting, Some(until), Lease::Free);
        Progress::Stop
    }

    /// Handles the failure of the current step, or of a later one in the same transaction, after `tried` attempts. A
    /// call counts as an attempt when it starts, a write when it fails.
    async fn failed(&mut self, at: usize, failure: StepFailure, tried: i32) -> Result<Progress, StopReason> {
        let policy = self.step(at).policy();
        if !failure.transient {
            self.begin_undo(at, failure).await
        } else if tried < to_attempts(policy.attempts) {
            let pause = pace::pause(&policy, tried, &mut rand::rng());
            self.pause(at, &failure, tried, pause).await
        } else if policy.when_exhausted == WhenExhausted::Stuck {
            self.mark_stuck(at, &failure).await
        } else {
            self.begin_undo(at, failure).await
        }
    }

    pub(super) fn call_of(&self, attempt: u32) -> Call {
        Call { key: format!("{}/{}", self.run.id, self.step(self.at).name()), attempt }
    }

    pub(super) fn step(&self, at: usize) -> &'static dyn Step<W> {
        self.workflow.steps()[at]
    }

    pub(super) fn now(&self) -> Timestamp {
        self.engine.0.clock.now()
    }
}

/// Converts a number of attempts to its stored type.
pub(super) fn to_attempts(attempts: u32) -> i32 {
    i32::try_from(attempts).unwrap_or(i32::MAX)
}
