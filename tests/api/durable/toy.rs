//! A workflow for tests: it takes a toy off the shelf, charges for it, notes that, sends it, and books it. External
//! effects are counted by a [`World`].

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

/// The state of the workflow, and how the world treats it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ToyState {
    pub(super) toy: String,
    #[serde(default)]
    pub(super) how: How,
    #[serde(default)]
    pub(super) receipt: Option<String>,
    #[serde(default)]
    pub(super) parcel: Option<String>,
}

/// How the world treats a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct How {
    /// Nothing needs to be paid or sent.
    pub(super) free: bool,
    /// The charge is declined.
    pub(super) declined: bool,
    /// The charge is made, but the call times out, this many times.
    pub(super) charge_timeouts: u32,
    /// The charge fails with a transient error, this many times.
    pub(super) charge_failures: u32,
    /// The charge panics after its effect.
    pub(super) charge_panics: bool,
    /// The charge waits at the world's gate.
    pub(super) gate: bool,
    /// Noting the charge waits for a signal until then.
    pub(super) wait_until: Option<Timestamp>,
    /// Sending fails with a transient error, this many times.
    pub(super) send_failures: u32,
    /// Booking is refused.
    pub(super) unbookable: bool,
    /// Undoing the charge fails.
    pub(super) refund_fails: bool,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum ToyError {
    #[error("it was declined")]
    Declined,
    #[error("it is booked out")]
    BookedOut,
    #[error("the line is busy")]
    Busy,
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl UserFacing for ToyError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::Declined => vec![UserError::new(ErrorCode::PaymentDeclined, "The card was declined.").at("payment")],
            Self::BookedOut => vec![UserError::new(ErrorCode::Taken, "It is booked out.")],
            Self::Busy => vec![UserError::new(ErrorCode::Unavailable, "The line is busy.")],
            Self::Db(_) => Vec::new(),
        }
    }
}

impl Transient for ToyError {
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
pub(super) struct World {
    effects: Mutex<HashMap<String, Effect>>,
    /// Opened by the test.
    pub(super) gate: Notify,
    /// Whether a call is waiting at the gate.
    pub(super) at_gate: AtomicBool,
    /// Whether waiting runs may continue.
    pub(super) paid_up: AtomicBool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Effect {
    pub(super) toy: String,
    pub(super) made: u32,
    pub(super) calls: u32,
    pub(super) undone: bool,
}

impl World {
    fn effects(&self) -> MutexGuard<'_, HashMap<String, Effect>> {
        self.effects.lock().expect("no panic")
    }

    /// Has its effect once per key, and never again after it was undone.
    fn make(&self, key: &str, toy: &str) {
        let mut effects = self.effects();
        let effect = effects.entry(key.to_owned()).or_default();
        toy.clone_into(&mut effect.toy);
        effect.calls += 1;
        effect.made = 1;
    }

    fn unmake(&self, key: &str) {
        let mut effects = self.effects();
        effects.entry(key.to_owned()).or_default().undone = true;
    }

    /// The effects for a toy that were not undone, by step, with the number of calls.
    pub(super) fn of(&self, toy: &str) -> Vec<(String, u32)> {
        let effects = self.effects();
        let own = effects.iter().filter(|(_, effect)| effect.toy == toy && effect.made > 0 && !effect.undone);
        let mut found: Vec<_> =
            own.map(|(key, effect)| (key.rsplit('/').next().expect("a step").to_owned(), effect.calls)).collect();
        found.sort();
        found
    }

    pub(super) fn steps_of(&self, toy: &str) -> Vec<String> {
        self.of(toy).into_iter().map(|(step, _)| step).collect()
    }

    pub(super) fn calls(&self, toy: &str, step: &str) -> u32 {
        let effects = self.effects();
        effects.iter().filter(|(key, e)| e.toy == toy && key.ends_with(step)).map(|(_, effect)| effect.calls).sum()
    }
}

pub(super) struct Toys(pub(super) Arc<World>);

struct Take;
struct Charge;
struct Note;
struct Send;
struct Book;

impl Workflow for Toys {
    const NAME: &'static str = "toys";
    type State = ToyState;
    type Error = ToyError;

    fn steps(&self) -> &'static [&'static dyn Step<Self>] {
        &[&Take, &Charge, &Note, &Send, &Book]
    }

    fn subject(&self, state: &ToyState) -> String {
        state.toy.clone()
    }
}

/// Sets the place of a toy, and counts the writes.
async fn put(mut conn: &Conn, toy: &str, place: &str) -> Result<(), ToyError> {
    use diesel_async::RunQueryDsl as _;
    let sql = "INSERT INTO toys (toy, place, writes) VALUES ($1, $2, 1)
        ON CONFLICT (toy) DO UPDATE SET place = excluded.place, writes = toys.writes + 1";
    let put = diesel::sql_query(sql).bind::<Text, _>(toy).bind::<Text, _>(place);
    put.execute(&mut conn).await.map_err(db::Error::from)?;
    Ok(())
}

#[async_trait]
impl Step<Toys> for Take {
    fn name(&self) -> &'static str {
        "take"
    }

    async fn write(&self, _: &Toys, conn: &Conn, state: &mut ToyState) -> Result<Next, ToyError> {
        put(conn, &state.toy, "TAKEN").await?;
        Ok(Next::Step)
    }

    async fn undo_write(&self, _: &Toys, conn: &Conn, state: &mut ToyState, _: &UserError) -> Result<(), ToyError> {
        put(conn, &state.toy, "SHELF").await
    }
}

#[async_trait]
impl Step<Toys> for Charge {
    fn name(&self) -> &'static str {
        "charge"
    }

    fn outside(&self, _: &Toys, state: &ToyState) -> bool {
        !state.how.free
    }

    fn policy(&self) -> Policy {
        Policy { timeout: TIMEOUT, attempts: 3, backoff: Duration::from_millis(40), ..Policy::default() }
    }

    async fn call(&self, toys: &Toys, state: &mut ToyState, call: &Call) -> Result<(), ToyError> {
        if state.how.declined {
            return Err(ToyError::Declined);
        }
        if call.attempt <= state.how.charge_failures {
            return Err(ToyError::Busy);
        }
        if state.how.gate && call.attempt == 1 {
            toys.0.at_gate.store(true, Ordering::SeqCst);
            toys.0.gate.notified().await;
        }
        toys.0.make(&call.key, &state.toy);
        if call.attempt <= state.how.charge_timeouts {
            std::future::pending::<()>().await;
        }
        assert!(!state.how.charge_panics, "the charge was told to panic");
        state.receipt = Some(format!("receipt of {}", call.key));
        Ok(())
    }

    async fn write(&self, _: &Toys, conn: &Conn, state: &mut ToyState) -> Result<Next, ToyError> {
        put(conn, &state.toy, "CHARGED").await?;
        Ok(Next::Step)
    }

    async fn undo_call(&self, toys: &Toys, state: &mut ToyState, call: &Call) -> Result<(), ToyError> {
        if state.how.refund_fails {
            return Err(ToyError::Declined);
        }
        toys.0.unmake(&call.key);
        Ok(())
    }
}

#[async_trait]
impl Step<Toys> for Note {
    fn name(&self) -> &'static str {
        "note"
    }

    async fn write(&self, toys: &Toys, conn: &Conn, state: &mut ToyState) -> Result<Next, ToyError> {
        put(conn, &state.toy, "NOTED").await?;
        match state.how.wait_until {
            Some(until) if !toys.0.paid_up.load(Ordering::SeqCst) => Ok(Next::Wait { until }),
            _ => Ok(Next::Step),
        }
    }
}

#[async_trait]
impl Step<Toys> for Send {
    fn name(&self) -> &'static str {
        "send"
    }

    fn outside(&self, _: &Toys, state: &ToyState) -> bool {
        !state.how.free
    }

    fn policy(&self) -> Policy {
        Policy { attempts: 2, when_exhausted: WhenExhausted::Stuck, ..Charge.policy() }
    }

    async fn call(&self, toys: &Toys, state: &mut ToyState, call: &Call) -> Result<(), ToyError> {
        if call.attempt <= state.how.send_failures {
            return Err(ToyError::Busy);
        }
        toys.0.make(&call.key, &state.toy);
        state.parcel = Some("P1".to_owned());
        Ok(())
    }

    async fn undo_call(&self, toys: &Toys, _: &mut ToyState, call: &Call) -> Result<(), ToyError> {
        toys.0.unmake(&call.key);
        Ok(())
    }
}

#[async_trait]
impl Step<Toys> for Book {
    fn name(&self) -> &'static str {
        "book"
    }

    async fn write(&self, _: &Toys, conn: &Conn, state: &mut ToyState) -> Result<Next, ToyError> {
        if state.how.unbookable {
            return Err(ToyError::BookedOut);
        }
        put(conn, &state.toy, "SOLD").await?;
        Ok(Next::Step)
    }
}

/// A database with toys, a world, and a clock.
pub(super) struct Play {
    pub(super) db: Db,
    pub(super) world: Arc<World>,
    pub(super) clock: TestClock,
}

#[derive(diesel::QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Int4)]
    writes: i32,
}

impl Play {
    pub(super) async fn over(url: &str) -> Self {
        use diesel_async::RunQueryDsl as _;
        let db = Db::new(url, 8).expect("a pool");
        let table = "CREATE TABLE toys (toy text PRIMARY KEY, place text NOT NULL, writes integer NOT NULL)";
        diesel::sql_query(table).execute(&mut &*db.conn().await.expect("a connection")).await.expect("a table");
        Self { db, world: Arc::default(), clock: TestClock::default() }
    }

    /// An engine, as in another process.
    pub(super) fn engine(&self) -> Engine {
        self.engine_with(None)
    }

    fn engine_with(&self, faults: Option<SharedFaults>) -> Engine {
        let builder = Engine::builder(self.db.clone(), Arc::new(self.clock.clone())).faults(faults);
        builder.register(Toys(self.world.clone())).build()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now().duration_trunc(TimeDelta::milliseconds(1)).expect("a time")
    }

    /// The place of a toy, and how often it was written.
    pub(super) async fn place(&self, toy: &str) -> Option<(String, i32)> {
        use diesel_async::RunQueryDsl as _;
        let conn = self.db.conn().await.expect("a connection");
        let found = diesel::sql_query("SELECT place, writes FROM toys WHERE toy = $1").bind::<Text, _>(toy);
        let rows: Vec<Place> = found.load(&mut &*conn).await.expect("places");
        rows.into_iter().next().map(|row| (row.place, row.writes))
    }

    pub(super) async fn sql(&self, sql: &str) {
        use diesel_async::RunQueryDsl as _;
        let conn = self.db.conn().await.expect("a connection");
        diesel::sql_query(sql).execute(&mut &*conn).await.expect(sql);
    }
}

pub(super) fn toy(name: &str, how: How) -> ToyState {
    ToyState { toy: name.to_owned(), how, ..ToyState::default() }
}

#[async_trait]
impl Fixture<Toys> for Play {
    async fn process(&self, faults: SharedFaults) -> Engine {
        self.engine_with(Some(faults))
    }

    async fn given(&self) -> ToyState {
        toy(&uuid::Uuid::now_v7().to_string(), How::default())
    }

    async fn is_done(&self, state: &ToyState) -> Result<(), String> {
        let (place, effects) = (self.place(&state.toy).await, self.world.steps_of(&state.toy));
        let right = place == Some(("SOLD".to_owned(), 4)) && effects == ["charge", "send"] && state.receipt.is_some();
        if right { Ok(()) } else { Err(format!("{place:?} {effects:?} {state:?}")) }
    }

    async fn is_undone(&self, state: &ToyState) -> Result<(), String> {
        let (place, effects) = (self.place(&state.toy).await, self.world.steps_of(&state.toy));
        let shelf = place.as_ref().is_some_and(|(place, _)| place == "SHELF");
        if shelf && effects.is_empty() { Ok(()) } else { Err(format!("{place:?} {effects:?} {state:?}")) }
    }
}
