//! A sample workflow for tests: it takes an item from the shelf, charges for it, records that, ships the item, and books
//! the sale. External effects are counted by [`ExternalServices`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use cartwright::db::{self, Conn, Db};
use cartwright::durable::testing::{Fixture, SharedFaults};
use cartwright::durable::{Call, Engine, Next, Policy, Step, Transient, WhenExhausted, Workflow};
use cartwright::kernel::clock::{Clock, Timestamp};
use cartwright::kernel::error::{ErrorCode, UserError, UserFacing};
use chrono::{DurationRound, TimeDelta};
use diesel::sql_types::{Int4, Text};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::support::TestClock;

/// The timeout of a call.
pub(super) const TIMEOUT: Duration = Duration::from_secs(1);

/// The state of the workflow, and how external services behave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SampleState {
    pub(super) item: String,
    #[serde(default)]
    pub(super) behavior: Behavior,
    #[serde(default)]
    pub(super) receipt: Option<String>,
    #[serde(default)]
    pub(super) parcel: Option<String>,
}

/// How external services behave for a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Behavior {
    /// Nothing needs to be paid or shipped.
    pub(super) free: bool,
    /// The charge is declined.
    pub(super) declined: bool,
    /// The number of times that the charge takes effect but the call times out.
    pub(super) charge_timeouts: u32,
    /// The number of times that the charge fails with a transient error.
    pub(super) charge_failures: u32,
    /// The charge panics after taking effect.
    pub(super) charge_panics: bool,
    /// The charge waits at the gate.
    pub(super) gate: bool,
    /// Recording the charge waits for a signal until this time.
    pub(super) wait_until: Option<Timestamp>,
    /// The number of times that shipping fails with a transient error.
    pub(super) send_failures: u32,
    /// Booking fails permanently.
    pub(super) unbookable: bool,
    /// Undoing the charge fails.
    pub(super) refund_fails: bool,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum SampleError {
    #[error("it was declined")]
    Declined,
    #[error("it is booked out")]
    BookedOut,
    #[error("the line is busy")]
    Busy,
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl UserFacing for SampleError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Declined => vec![UserError::new(ErrorCode::PaymentDeclined, "The card was declined.").at("payment")],
            Self::BookedOut => vec![UserError::new(ErrorCode::Taken, "It is booked out.")],
            Self::Busy => vec![UserError::new(ErrorCode::Unavailable, "The line is busy.")],
            Self::Db(_) => Vec::new(),
        }
    }
}

impl Transient for SampleError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Busy => true,
            Self::Declined | Self::BookedOut => false,
            Self::Db(error) => error.is_transient(),
        }
    }
}

/// External effects, by idempotency key.
#[derive(Default)]
pub(super) struct ExternalServices {
    effects: Mutex<HashMap<String, Effect>>,
    /// Opened by the test.
    pub(super) gate: Notify,
    /// Whether a call is waiting at the gate.
    pub(super) at_gate: AtomicBool,
    /// Whether waiting runs may continue.
    pub(super) may_continue: AtomicBool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Effect {
    pub(super) item: String,
    pub(super) created: u32,
    pub(super) calls: u32,
    pub(super) undone: bool,
}

impl ExternalServices {
    fn effects(&self) -> MutexGuard<'_, HashMap<String, Effect>> {
        self.effects.lock().expect("no panic")
    }

    /// Records an effect once per key.
    fn record(&self, key: &str, item: &str) {
        let mut effects = self.effects();
        let effect = effects.entry(key.to_owned()).or_default();
        item.clone_into(&mut effect.item);
        effect.calls += 1;
        effect.created = 1;
    }

    fn undo(&self, key: &str) {
        let mut effects = self.effects();
        effects.entry(key.to_owned()).or_default().undone = true;
    }

    /// The effects for an item that were not undone, by step, with the number of calls.
    pub(super) fn of(&self, item: &str) -> Vec<(String, u32)> {
        let effects = self.effects();
        let own = effects.iter().filter(|(_, effect)| effect.item == item && effect.created > 0 && !effect.undone);
        let mut found: Vec<_> =
            own.map(|(key, effect)| (key.rsplit('/').next().expect("a step").to_owned(), effect.calls)).collect();
        found.sort();
        found
    }

    pub(super) fn steps_of(&self, item: &str) -> Vec<String> {
        self.of(item).into_iter().map(|(step, _)| step).collect()
    }

    pub(super) fn calls(&self, item: &str, step: &str) -> u32 {
        let effects = self.effects();
        effects.iter().filter(|(key, e)| e.item == item && key.ends_with(step)).map(|(_, effect)| effect.calls).sum()
    }
}

pub(super) struct SampleWorkflow(pub(super) Arc<ExternalServices>);

struct Take;
struct Charge;
struct Note;
struct Send;
struct Book;

impl Workflow for SampleWorkflow {
    const NAME: &'static str = "toys";
    type State = SampleState;
    type Error = SampleError;

    fn steps(&self) -> &'static [&'static dyn Step<Self>] {
        &[&Take, &Charge, &Note, &Send, &Book]
    }

    fn subject(&self, state: &SampleState) -> String {
        state.item.clone()
    }
}

/// Sets the place of an item, and counts the writes.
async fn set_place(mut conn: &Conn, item: &str, place: &str) -> Result<(), SampleError> {
    use diesel_async::RunQueryDsl as _;
    let sql = "INSERT INTO toys (toy, place, writes) VALUES ($1, $2, 1)
        ON CONFLICT (toy) DO UPDATE SET place = excluded.place, writes = toys.writes + 1";
    let statement = diesel::sql_query(sql).bind::<Text, _>(item).bind::<Text, _>(place);
    statement.execute(&mut conn).await.map_err(db::Error::from)?;
    Ok(())
}

#[async_trait]
impl Step<SampleWorkflow> for Take {
    fn name(&self) -> &'static str {
        "take"
    }

    async fn write(&self, _: &SampleWorkflow, conn: &Conn, state: &mut SampleState) -> Result<Next, SampleError> {
        set_place(conn, &state.item, "TAKEN").await?;
        Ok(Next::Step)
    }

    async fn undo_write(
        &self,
        _: &SampleWorkflow,
        conn: &Conn,
        state: &mut SampleState,
        _: &UserError,
    ) -> Result<(), SampleError> {
        set_place(conn, &state.item, "SHELF").await
    }
}

#[async_trait]
impl Step<SampleWorkflow> for Charge {
    fn name(&self) -> &'static str {
        "charge"
    }

    fn outside(&self, _: &SampleWorkflow, state: &SampleState) -> bool {
        !state.behavior.free
    }

    fn policy(&self) -> Policy {
        Policy { timeout: TIMEOUT, attempts: 3, backoff: Duration::from_millis(40), ..Policy::default() }
    }

    async fn call(&self, workflow: &SampleWorkflow, state: &mut SampleState, call: &Call) -> Result<(), SampleError> {
        if state.behavior.declined {
            return Err(SampleError::Declined);
        }
        if call.attempt <= state.behavior.charge_failures {
            return Err(SampleError::Busy);
        }
        if state.behavior.gate && call.attempt == 1 {
            workflow.0.at_gate.store(true, Ordering::SeqCst);
            workflow.0.gate.notified().await;
        }
        workflow.0.record(&call.key, &state.item);
        if call.attempt <= state.behavior.charge_timeouts {
            std::future::pending::<()>().await;
        }
        assert!(!state.behavior.charge_panics, "the charge is configured to panic");
        state.receipt = Some(format!("receipt of {}", call.key));
        Ok(())
    }

    async fn write(&self, _: &SampleWorkflow, conn: &Conn, state: &mut SampleState) -> Result<Next, SampleError> {
        set_place(conn, &state.item, "CHARGED").await?;
        Ok(Next::Step)
    }

    async fn undo_call(
        &self,
        workflow: &SampleWorkflow,
        state: &mut SampleState,
        call: &Call,
    ) -> Result<(), SampleError> {
        if state.behavior.refund_fails {
            return Err(SampleError::Declined);
        }
        workflow.0.undo(&call.key);
        Ok(())
    }
}

#[async_trait]
impl Step<SampleWorkflow> for Note {
    fn name(&self) -> &'static str {
        "note"
    }

    async fn write(
        &self,
        workflow: &SampleWorkflow,
        conn: &Conn,
        state: &mut SampleState,
    ) -> Result<Next, SampleError> {
        set_place(conn, &state.item, "NOTED").await?;
        match state.behavior.wait_until {
            Some(until) if !workflow.0.may_continue.load(Ordering::SeqCst) => Ok(Next::Wait { until }),
            _ => Ok(Next::Step),
        }
    }
}

#[async_trait]
impl Step<SampleWorkflow> for Send {
    fn name(&self) -> &'static str {
        "send"
    }

    fn outside(&self, _: &SampleWorkflow, state: &SampleState) -> bool {
        !state.behavior.free
    }

    fn policy(&self) -> Policy {
        Policy { attempts: 2, when_exhausted: WhenExhausted::Stuck, ..Charge.policy() }
    }

    async fn call(&self, workflow: &SampleWorkflow, state: &mut SampleState, call: &Call) -> Result<(), SampleError> {
        if call.attempt <= state.behavior.send_failures {
            return Err(SampleError::Busy);
        }
        workflow.0.record(&call.key, &state.item);
        state.parcel = Some("P1".to_owned());
        Ok(())
    }

    async fn undo_call(&self, workflow: &SampleWorkflow, _: &mut SampleState, call: &Call) -> Result<(), SampleError> {
        workflow.0.undo(&call.key);
        Ok(())
    }
}

#[async_trait]
impl Step<SampleWorkflow> for Book {
    fn name(&self) -> &'static str {
        "book"
    }

    async fn write(&self, _: &SampleWorkflow, conn: &Conn, state: &mut SampleState) -> Result<Next, SampleError> {
        if state.behavior.unbookable {
            return Err(SampleError::BookedOut);
        }
        set_place(conn, &state.item, "SOLD").await?;
        Ok(Next::Step)
    }
}

/// A database with items, external services, and a clock.
pub(super) struct Harness {
    pub(super) db: Db,
    pub(super) services: Arc<ExternalServices>,
    pub(super) clock: TestClock,
}

#[derive(diesel::QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Int4)]
    writes: i32,
}

impl Harness {
    pub(super) async fn new(url: &str) -> Self {
        use diesel_async::RunQueryDsl as _;
        let db = Db::new(url, 8).expect("a pool");
        let table = "CREATE TABLE toys (toy text PRIMARY KEY, place text NOT NULL, writes integer NOT NULL)";
        diesel::sql_query(table).execute(&mut &*db.conn().await.expect("a connection")).await.expect("a table");
        Self { db, services: Arc::default(), clock: TestClock::default() }
    }

    /// An engine, as in another process.
    pub(super) fn engine(&self) -> Engine {
        self.engine_with(None)
    }

    fn engine_with(&self, faults: Option<SharedFaults>) -> Engine {
        let builder = Engine::builder(self.db.clone(), Arc::new(self.clock.clone())).faults(faults);
        builder.register(SampleWorkflow(self.services.clone())).build()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now().duration_trunc(TimeDelta::milliseconds(1)).expect("a time")
    }

    /// The place of an item, and how often it was written.
    pub(super) async fn place(&self, item: &str) -> Option<(String, i32)> {
        use diesel_async::RunQueryDsl as _;
        let conn = self.db.conn().await.expect("a connection");
        let found = diesel::sql_query("SELECT place, writes FROM toys WHERE toy = $1").bind::<Text, _>(item);
        let rows: Vec<Place> = found.load(&mut &*conn).await.expect("places");
        rows.into_iter().next().map(|row| (row.place, row.writes))
    }

    pub(super) async fn sql(&self, sql: &str) {
        use diesel_async::RunQueryDsl as _;
        let conn = self.db.conn().await.expect("a connection");
        diesel::sql_query(sql).execute(&mut &*conn).await.expect(sql);
    }
}

pub(super) fn sample_state(name: &str, behavior: Behavior) -> SampleState {
    SampleState { item: name.to_owned(), behavior, ..SampleState::default() }
}

#[async_trait]
impl Fixture<SampleWorkflow> for Harness {
    async fn process(&self, faults: SharedFaults) -> Engine {
        self.engine_with(Some(faults))
    }

    async fn given(&self) -> SampleState {
        sample_state(&uuid::Uuid::now_v7().to_string(), Behavior::default())
    }

    async fn is_done(&self, state: &SampleState) -> Result<(), String> {
        let (place, effects) = (self.place(&state.item).await, self.services.steps_of(&state.item));
        let right = place == Some(("SOLD".to_owned(), 4)) && effects == ["charge", "send"] && state.receipt.is_some();
        if right { Ok(()) } else { Err(format!("{place:?} {effects:?} {state:?}")) }
    }

    async fn is_undone(&self, state: &SampleState) -> Result<(), String> {
        let (place, effects) = (self.place(&state.item).await, self.services.steps_of(&state.item));
        let shelf = place.as_ref().is_some_and(|(place, _)| place == "SHELF");
        if shelf && effects.is_empty() { Ok(()) } else { Err(format!("{place:?} {effects:?} {state:?}")) }
    }
}
