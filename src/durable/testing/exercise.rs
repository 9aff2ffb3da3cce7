//! The tests that every workflow must pass.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use crate::db;
use crate::durable::faults::{Fault, Faults, Moment, SharedFaults, When};
use crate::durable::model::{Run, RunStatus};
use crate::durable::{Engine, Started, Workflow, repo};
use crate::kernel::ids::WorkflowRunId;

/// How long a run may take, including pauses.
const WAIT_TIMEOUT: Duration = Duration::from_secs(20);
/// How many times another process looks for abandoned runs.
const MAX_ROUNDS: usize = 100;

/// What is needed to exercise a workflow.
#[async_trait]
pub trait Fixture<W: Workflow>: Send + Sync {
    /// Returns a separate process on the test's database, with the workflow registered and these faults injected.
    async fn process(&self, faults: SharedFaults) -> Engine;

    /// Prepares a separate case in which the workflow would succeed. Returns its initial state.
    async fn given(&self) -> W::State;

    /// Starts a run and commits. It must not drive the run.
    async fn start(&self, engine: &Engine, state: W::State) -> Result<Started<W::State>, W::Error> {
        let tx = engine.db().begin().await?;
        let started = engine.start_in::<W>(&tx, &Uuid::now_v7().to_string(), state).await?;
        tx.commit().await?;
        Ok(started)
    }

    /// Checks that everything was done exactly once. `Err` describes what is wrong.
    async fn is_done(&self, state: &W::State) -> Result<(), String>;

    /// Checks that everything was undone. `Err` describes what is wrong.
    async fn is_undone(&self, state: &W::State) -> Result<(), String>;
}

/// A summary of the test runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exercised {
    /// The number of runs.
    pub runs: usize,
    /// The number of runs that ended as done.
    pub done: usize,
    /// The number of runs that ended as undone.
    pub undone: usize,
    /// The number of crashes.
    pub crashes: usize,
    /// The steps with external calls.
    pub outside: Vec<String>,
    /// The steps that a worker writes: those with external calls, and those after them.
    pub written: Vec<String>,
}

/// The faults of one run.
#[derive(Clone, Debug, Default)]
struct Plan {
    fails: Option<(String, When)>,
    crash_at: Option<usize>,
    twice: bool,
    undriven: bool,
}

/// A plan being executed by several processes in turn.
#[derive(Default)]
struct Script {
    plan: Plan,
    moments: AtomicUsize,
    crashed: AtomicBool,
    failable: Mutex<Vec<(String, When)>>,
}

impl Faults for Script {
    fn at(&self, moment: &Moment<'_>) -> Fault {
        let number = self.moments.fetch_add(1, Ordering::SeqCst);
        if moment.when != When::AfterCommit && !moment.undoing {
            self.saw(moment);
        }
        if self.plan.crash_at == Some(number) && !self.crashed.swap(true, Ordering::SeqCst) {
            return Fault::Crash;
        }
        let fails = self.plan.fails.as_ref();
        if !moment.undoing && fails.is_some_and(|(step, when)| step == moment.step && *when == moment.when) {
            return Fault::Fail;
        }
        if self.plan.twice && moment.when == When::BeforeCall { Fault::Twice } else { Fault::None }
    }
}

/// The expected end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Undone,
}

/// Runs a workflow in every way in which it can fail, each time on a separate case, and checks the result:
/// - it succeeds;
/// - each step with an external call fails, before and after the call takes effect: everything is undone;
/// - each step written by a worker fails after its write: everything is undone;
/// - every call is made twice: the result is the same;
/// - the process crashes after the start, before and after every commit, and before and after every call, forward and
///   during compensation: another process finishes the run.
///
/// `Err` describes which case failed and why. Production runs use the same code.
pub async fn exercise<W: Workflow>(fixture: &impl Fixture<W>) -> Result<Exercised, String> {
    let mut all = Exercised::default();
    let failable = run(fixture, &mut all, Plan::default(), End::Done).await?.failable();
    let at = |when: When| failable.iter().filter(move |moment| moment.1 == when).map(|(step, _)| step.clone());
    (all.outside, all.written) = (at(When::BeforeCall).collect(), at(When::AfterWrite).collect());
    if all.outside.is_empty() {
        return Ok(all);
    }
    run(fixture, &mut all, Plan { twice: true, ..Plan::default() }, End::Done).await?;
    run(fixture, &mut all, Plan { undriven: true, ..Plan::default() }, End::Done).await?;
    crash_everywhere(fixture, &mut all, &Plan::default(), End::Done).await?;
    for moment in failable {
        let plan = Plan { fails: Some(moment), ..Plan::default() };
        run(fixture, &mut all, plan.clone(), End::Undone).await?;
        run(fixture, &mut all, Plan { twice: true, ..plan.clone() }, End::Undone).await?;
        crash_everywhere(fixture, &mut all, &plan, End::Undone).await?;
    }
    Ok(all)
}

/// Crashes the process at the first point, then at the second, and so on, until the run ends before the crash.
async fn crash_everywhere<W: Workflow>(
    fixture: &impl Fixture<W>,
    all: &mut Exercised,
    plan: &Plan,
    end: End,
) -> Result<(), String> {
    for moment in 0.. {
        let script = run(fixture, all, Plan { crash_at: Some(moment), ..plan.clone() }, end).await?;
        if !script.has_crashed() {
            break;
        }
        all.crashes += 1;
    }
    Ok(())
}

impl Script {
    fn has_crashed(&self) -> bool {
        self.crashed.load(Ordering::SeqCst)
    }

    fn saw(&self, moment: &Moment<'_>) {
        let mut seen = self.failable.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.iter().any(|(step, when)| step == moment.step && *when == moment.when) {
            seen.push((moment.step.to_owned(), moment.when));
        }
    }

    /// Returns the distinct points at which a step could have failed.
    fn failable(&self) -> Vec<(String, When)> {
        self.failable.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn run<W: Workflow>(
    fixture: &impl Fixture<W>,
    all: &mut Exercised,
    plan: Plan,
    end: End,
) -> Result<Arc<Script>, String> {
    let script = Arc::new(Script { plan, ..Script::default() });
    let wrong = |why: String| format!("{} {:?}: {why}", W::NAME, script.plan);
    let engine = fixture.process(script.clone()).await;
    let started = fixture.start(&engine, fixture.given().await).await;
    let (found, state) = match started.map_err(|error| wrong(format!("it did not start: {error}")))? {
        Started::Done(state) => (End::Done, state),
        Started::Run(id) => {
            let run = run_to_end(fixture, &engine, &script, id).await.map_err(&wrong)?;
            let state = serde_json::from_value(run.state.clone()).map_err(|error| wrong(error.to_string()))?;
            match run.status {
                RunStatus::Done => (End::Done, state),
                RunStatus::Compensated => (End::Undone, state),
                _ => return Err(wrong(format!("it is {:?} at the step {}: {:?}", run.status, run.step, run.error))),
            }
        }
    };
    if found != end {
        return Err(wrong(format!("it ended {found:?}, not {end:?}")));
    }
    all.runs += 1;
    let looked = match end {
        End::Done => {
            all.done += 1;
            fixture.is_done(&state).await
        }
        End::Undone => {
            all.undone += 1;
            fixture.is_undone(&state).await
        }
    };
    looked.map_err(wrong)?;
    Ok(script)
}

/// Drives the run in the first process and, if it crashes, recovers it in another one.
async fn run_to_end<W: Workflow>(
    fixture: &impl Fixture<W>,
    engine: &Engine,
    script: &Arc<Script>,
    id: WorkflowRunId,
) -> Result<Run, String> {
    let text = |error: db::Error| format!("{error:?}");
    if script.plan.undriven {
        repo::expire(&*engine.db().conn().await.map_err(text)?, id).await.map_err(text)?;
    } else {
        let run = engine.drive_any(id, WAIT_TIMEOUT).await.map_err(text)?;
        if !script.has_crashed() || run.status.is_finished() {
            return Ok(run);
        }
    }
    let another = fixture.process(script.clone()).await;
    for _ in 0..MAX_ROUNDS {
        another.recover().await.map_err(text)?;
        let found = another.find(&*another.db().conn().await.map_err(text)?, id).await.map_err(text)?;
        let run = found.ok_or("the run is gone")?;
        if !run.status.is_under_way() {
            return Ok(run);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err("nobody took the run up".to_owned())
}
