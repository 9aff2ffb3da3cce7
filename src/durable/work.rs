//! A worker on a run, which it has taken: forward, step by step.

use std::sync::Arc;

use tokio::time::timeout;
use tracing::info;

use super::Engine;
use super::failure::{Failure, calmly};
use super::model::{Run, RunStatus, RunStep, StepStatus};
use super::pace::{self, Budget};
use super::repo::{self, Lease};
use super::save::Draft;
use super::start::pending;
use super::testing::{Fault, When};
use super::workflow::{Call, Next, Step, WhenExhausted, Workflow};
use crate::db;
use crate::kernel::clock::Timestamp;

/// A worker on a run.
pub(super) struct Work<W: Workflow> {
    pub(super) engine: Engine,
    pub(super) workflow: Arc<W>,
    /// As it was last saved.
    pub(super) run: Run,
    /// As they were last saved.
    pub(super) rows: Vec<RunStep>,
    /// As it was last saved, and what the last call found out.
    pub(super) state: W::State,
    /// At which step.
    pub(super) at: usize,
    /// Whether its call (or, backwards, its undoing) has succeeded, so that only writing is left.
    pub(super) called: bool,
    /// Whether nobody woke the run in time: it looks once more, and does not wait again.
    pub(super) overdue: bool,
    pub(super) budget: Budget,
}

/// What comes after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Another one.
    On,
    /// Nothing, for now or for good.
    Stop,
}

/// Why a worker stops in the middle.
#[derive(Debug)]
pub(super) enum Halt {
    /// Another process has taken the run.
    Lost,
    /// A test lets the process die.
    Crashed,
    /// What became of the run could not be saved. It is taken up again when the lease ends.
    Db(db::Error),
}

impl From<db::Error> for Halt {
    fn from(error: db::Error) -> Self {
        Self::Db(error)
    }
}

/// Why a transaction came to nothing.
pub(super) enum Trouble {
    Halt(Halt),
    Db(db::Error),
    Step(usize, Failure),
}

impl Trouble {
    /// Which step failed, of those that are written with the one that the run stands at, and why.
    pub(super) fn failure(self, here: usize) -> Result<(usize, Failure), Halt> {
        match self {
            Self::Halt(halt) => Err(halt),
            Self::Db(error) => Ok((here, Failure::of_db(&error))),
            Self::Step(at, failure) => Ok((at, failure)),
        }
    }
}

impl From<db::Error> for Trouble {
    fn from(error: db::Error) -> Self {
        Self::Db(error)
    }
}

impl From<Halt> for Trouble {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Db(error) => Self::Db(error),
            other => Self::Halt(other),
        }
    }
}

impl<W: Workflow> Work<W> {
    /// Takes up a run where it was left. A run that this version of the program cannot read is stuck.
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
            // Steps that were added to the workflow meanwhile are pending.
            if let Some(known) = rows.iter_mut().find(|known| known.name == row.name) {
                *known = RunStep { position: known.position, ..row };
            }
        }
        let (called, overdue) = (run.called, run.status == RunStatus::Waiting);
        Ok(Ok(Self { engine, workflow, run, rows, state, at, called, overdue, budget }))
    }

    /// Works until the run ends, waits, is stuck, or has to pause for longer than the budget allows. `None` when another
    /// process has taken it.
    pub(super) async fn go_on(mut self) -> db::Result<Option<Run>> {
        loop {
            let turn = if self.run.undoing { self.undo().await } else { self.forward().await };
            match turn {
                Ok(Turn::On) => {}
                Ok(Turn::Stop) => return Ok(Some(self.run)),
                Err(Halt::Lost) => {
                    info!(run.id = %self.run.id, "Another process has taken the run {}", self.run.id);
                    return Ok(None);
                }
                Err(Halt::Crashed) => {
                    repo::expire(&*self.engine.0.db.conn().await?, self.run.id).await?;
                    return Ok(Some(self.run));
                }
                Err(Halt::Db(error)) => return Err(error),
            }
        }
    }

    async fn forward(&mut self) -> Result<Turn, Halt> {
        let outside = self.step(self.at).outside(&self.workflow, &self.state);
        if outside
            && !self.called
            && let Err(failure) = self.call().await?
        {
            return self.failed(self.at, failure, self.run.attempt).await;
        }
        match self.write().await {
            Ok(turn) => Ok(turn),
            Err(trouble) => {
                let (at, failure) = trouble.failure(self.at)?;
                self.failed(at, failure, self.run.attempt + 1).await
            }
        }
    }

    /// Calls outside, after having saved that it will.
    async fn call(&mut self) -> Result<Result<(), Failure>, Halt> {
        let step = self.step(self.at);
        let policy = step.policy();
        if self.run.attempt >= tries(policy.attempts) {
            return Ok(Err(Failure::interrupted()));
        }
        let attempt = self.intend().await?;
        let call = self.call_of(attempt);
        let fault = self.fault(When::BeforeCall)?;
        if fault == Fault::Fail {
            return Ok(Err(Failure::injected(false)));
        }
        let times = if fault == Fault::Twice { 2 } else { 1 };
        for _ in 0..times {
            let mut state = self.state.clone();
            let calling = timeout(policy.timeout, calmly(step.call(&self.workflow, &mut state, &call)));
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

    /// Only writing is left, whose attempts are counted anew.
    pub(super) const fn has_called(&mut self) {
        self.called = true;
        self.run.attempt = 0;
    }

    /// Saves that the step is about to call, and gives the number of the attempt.
    async fn intend(&mut self) -> Result<u32, Halt> {
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

    /// Writes what the step does, and what the ones after it do up to the next that calls outside.
    async fn write(&mut self) -> Result<Turn, Trouble> {
        let (tx, mut draft) = self.begin().await?;
        let (steps, now) = (self.workflow.steps(), self.now());
        let news = draft.run.wakes != self.run.wakes;
        let turn = loop {
            let at = draft.at;
            let writing = steps[at].write(&self.workflow, &tx, &mut draft.state);
            let next = calmly(writing).await.map_err(|failure| Trouble::Step(at, failure))?;
            if self.fault_at(at, When::AfterWrite)? == Fault::Fail {
                return Err(Trouble::Step(at, Failure::injected(true)));
            }
            if let Next::Wait { until } = next {
                if !news && (self.overdue || until <= now) {
                    return Err(Trouble::Step(at, Failure::waited_in_vain()));
                }
                draft.rows[at].wrote(StepStatus::Waiting, now);
                draft.go_to(at);
                break Self::wait(&mut draft, until, news, now);
            }
            draft.rows[at].wrote(StepStatus::Done, now);
            draft.run.status = RunStatus::Running;
            draft.run.due_at = Some(now);
            let Some(following) = steps.get(at + 1) else {
                draft.finish(RunStatus::Done, now);
                break Turn::Stop;
            };
            draft.go_to(at + 1);
            if following.outside(&self.workflow, &draft.state) {
                break Turn::On;
            }
        };
        self.commit(tx, draft).await?;
        Ok(turn)
    }

    /// Waits for news, unless some came since the call was begun.
    fn wait(draft: &mut Draft<W::State>, until: Timestamp, news: bool, now: Timestamp) -> Turn {
        if news {
            (draft.run.status, draft.run.due_at) = (RunStatus::Running, Some(now));
            return Turn::On;
        }
        (draft.run.status, draft.run.due_at, draft.lease) = (RunStatus::Waiting, Some(until), Lease::Free);
        Turn::Stop
    }

    /// The step failed, or one after it that is written with it, for so many times. A call is counted when it is begun,
    /// writing when it fails.
    async fn failed(&mut self, at: usize, failure: Failure, tried: i32) -> Result<Turn, Halt> {
        let policy = self.step(at).policy();
        if !failure.transient {
            self.begin_undo(at, failure).await
        } else if tried < tries(policy.attempts) {
            self.pause(at, &failure, tried, pace::pause(&policy, tried)).await
        } else if policy.when_exhausted == WhenExhausted::Stuck {
            self.stick(at, &failure).await
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

/// A number of attempts as it is stored.
pub(super) fn tries(attempts: u32) -> i32 {
    i32::try_from(attempts).unwrap_or(i32::MAX)
}
