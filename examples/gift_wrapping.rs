//! A custom workflow: gifts are wrapped by an external workshop, and none is wrapped twice or forgotten.
//!
//! ```text
//! export DATABASE_URL=postgres://localhost/cartwright
//! cargo run --example gift_wrapping                  # wraps a gift
//! cargo run --example gift_wrapping -- --refuse      # the workshop is out of ribbon: everything is compensated
//! cargo run --example gift_wrapping -- --die         # the program dies while the workshop wraps
//! cargo run --example gift_wrapping                  # finds the unfinished run (once its lease has expired, after
//!                                                    # at most 15 s), finishes it, then wraps another gift
//! ```
//!
//! The workflow has three steps. `take_paper` only writes, so it needs no care: it shares a transaction with the start
//! of the run. `wrap` makes an external call: it may be repeated with the same key, and defines its compensation.
//! `label` only writes, in one transaction with the result of `wrap`.
//!
//! A shop registers such a workflow with `App::builder(db, keys).workflow(GiftWrapping { .. })`, starts it with
//! `app.durable.start_in(..)` and drives it with `app.durable.drive(..)`; its worker resumes unfinished runs, and staff
//! see the runs as `workflowRuns`. This program uses the engine alone.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cartwright::db::{self, Conn, Db, migrations};
use cartwright::durable::{Call, Engine, Next, Outcome, Policy, Started, Step, Transient, Workflow};
use cartwright::kernel::clock::SystemClock;
use cartwright::kernel::error::{ErrorCode, UserError, UserFacing};
use diesel::sql_types::{Integer, Text};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

/// How long the program waits for a gift.
const WAIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How many seconds it looks for unfinished runs: longer than a lease.
const LEASE: u32 = 16;

/// The workflow, with what its steps need: here the folder that represents the workshop. It has a file for each wrapped
/// gift, named by the key of the call.
struct GiftWrapping {
    workshop: PathBuf,
}

/// The state of the steps, saved as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Gift {
    order: String,
    centimetres: i32,
    /// For this example: the failure to simulate.
    #[serde(default)]
    mishap: SimulatedFailure,
    /// The workshop's ticket for the wrapped gift.
    #[serde(default)]
    ticket: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum SimulatedFailure {
    #[default]
    None,
    Refuse,
    Die,
}

/// Why a gift is not wrapped.
#[derive(Debug, thiserror::Error)]
enum WrappingError {
    #[error("there is not enough paper")]
    NoPaper,
    #[error("the workshop has no ribbon left")]
    NoRibbon,
    #[error("the workshop does not answer")]
    Workshop(#[from] io::Error),
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl UserFacing for WrappingError {
    fn user_errors(&self) -> Vec<UserError> {
        match self {
            Self::NoPaper | Self::NoRibbon => vec![UserError::new(ErrorCode::InsufficientStock, self.to_string())],
            // Internal failures: the caller cannot fix them.
            Self::Workshop(_) | Self::Db(_) => Vec::new(),
        }
    }
}

impl Transient for WrappingError {
    fn is_transient(&self) -> bool {
        match self {
            Self::NoPaper | Self::NoRibbon => false,
            Self::Workshop(_) => true,
            Self::Db(error) => error.is_transient(),
        }
    }
}

impl Workflow for GiftWrapping {
    const NAME: &'static str = "gift_wrapping";
    type State = Gift;
    type Error = WrappingError;

    fn steps(&self) -> &'static [&'static dyn Step<Self>] {
        &[&TakePaper, &Wrap, &Label]
    }

    fn subject(&self, gift: &Gift) -> String {
        gift.order.clone()
    }
}

struct TakePaper;
struct Wrap;
struct Label;

#[async_trait]
impl Step<GiftWrapping> for TakePaper {
    fn name(&self) -> &'static str {
        "take_paper"
    }

    async fn write(&self, _: &GiftWrapping, conn: &Conn, gift: &mut Gift) -> Result<Next, WrappingError> {
        if use_paper(conn, gift.centimetres).await? { Ok(Next::Step) } else { Err(WrappingError::NoPaper) }
    }

    async fn undo_write(
        &self,
        _: &GiftWrapping,
        conn: &Conn,
        gift: &mut Gift,
        _cause: &UserError,
    ) -> Result<(), WrappingError> {
        use_paper(conn, -gift.centimetres).await?;
        Ok(())
    }
}

#[async_trait]
impl Step<GiftWrapping> for Wrap {
    fn name(&self) -> &'static str {
        "wrap"
    }

    fn outside(&self, _: &GiftWrapping, _: &Gift) -> bool {
        true
    }

    fn policy(&self) -> Policy {
        Policy { timeout: Duration::from_secs(5), attempts: 3, ..Policy::default() }
    }

    /// Creates a file named by the key, which exists once however often this is repeated.
    async fn call(&self, wrapping: &GiftWrapping, gift: &mut Gift, call: &Call) -> Result<(), WrappingError> {
        if gift.mishap == SimulatedFailure::Refuse {
            return Err(WrappingError::NoRibbon);
        }
        fs::write(wrapping.file(&call.key), &gift.order)?;
        if gift.mishap == SimulatedFailure::Die && call.attempt == 1 {
            println!("The workshop has wrapped the gift of {}, and this program dies before it knows.", gift.order);
            std::process::abort();
        }
        gift.ticket = Some(format!("ticket for {} (attempt {})", call.key, call.attempt));
        Ok(())
    }

    /// Deletes the file, if it exists.
    async fn undo_call(&self, wrapping: &GiftWrapping, _: &mut Gift, call: &Call) -> Result<(), WrappingError> {
        match fs::remove_file(wrapping.file(&call.key)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Step<GiftWrapping> for Label {
    fn name(&self) -> &'static str {
        "label"
    }

    async fn write(&self, _: &GiftWrapping, mut conn: &Conn, gift: &mut Gift) -> Result<Next, WrappingError> {
        let label = diesel::sql_query("INSERT INTO gift_labels (order_number, ticket) VALUES ($1, $2)")
            .bind::<Text, _>(&gift.order)
            .bind::<Text, _>(gift.ticket.as_deref().unwrap_or_default());
        label.execute(&mut conn).await.map_err(db::Error::from)?;
        Ok(Next::Step)
    }
}

impl GiftWrapping {
    fn file(&self, key: &str) -> PathBuf {
        self.workshop.join(key.replace('/', "_"))
    }
}

/// Takes paper from the roll, or puts it back; `false` if there is too little.
async fn use_paper(mut conn: &Conn, centimetres: i32) -> Result<bool, WrappingError> {
    let take = "UPDATE gift_paper SET centimetres = centimetres - $1 WHERE centimetres >= $1";
    let taken = diesel::sql_query(take).bind::<Integer, _>(centimetres);
    Ok(taken.execute(&mut conn).await.map_err(db::Error::from)? == 1)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mishap = match std::env::args().nth(1).as_deref() {
        None => SimulatedFailure::None,
        Some("--refuse") => SimulatedFailure::Refuse,
        Some("--die") => SimulatedFailure::Die,
        Some(other) => return Err(format!("{other} is neither --refuse nor --die").into()),
    };
    let url = std::env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL to a database of your own")?;
    migrations::run(&url).await?;
    let db = Db::new(&url, 4)?;
    set_up(&db).await?;
    let workshop = std::env::temp_dir().join("cartwright-gift-wrapping");
    fs::create_dir_all(&workshop)?;
    let engine = Engine::builder(db.clone(), Arc::new(SystemClock)).register(GiftWrapping { workshop }).build();

    resume_unfinished(&engine).await?;
    let order = format!("order {}", uuid::Uuid::now_v7().simple());
    let gift = Gift { order: order.clone(), centimetres: 60, mishap, ticket: None };

    // A use case of the shop would do more in this transaction.
    let tx = db.begin().await?;
    let started = engine.start_in::<GiftWrapping>(&tx, &order, gift).await?;
    tx.commit().await?;
    // Only a workflow without external calls is done by now.
    let Started::Run(id) = started else { return Ok(()) };
    match engine.drive::<GiftWrapping>(id, WAIT_TIMEOUT).await? {
        Outcome::Done(gift) => println!("The gift of {order} is wrapped: {}.", gift.ticket.unwrap_or_default()),
        Outcome::Undone { cause, .. } => println!("The gift of {order} is not wrapped: {}.", cause.message),
        Outcome::InProgress(_) | Outcome::Waiting(_) => println!("The gift of {order} is being wrapped."),
        Outcome::Stuck(_, cause) => println!("Somebody has to look after {order}: {}.", cause.message),
    }
    Ok(())
}

/// What the worker of a shop does every second.
async fn resume_unfinished(engine: &Engine) -> Result<(), db::Error> {
    for _ in 0..LEASE {
        let unfinished =
            diesel::sql_query("SELECT 1 FROM workflow_runs WHERE workflow = 'gift_wrapping' AND due_at IS NOT NULL");
        if unfinished.execute(&mut &*engine.db().conn().await?).await? == 0 {
            return Ok(());
        }
        match engine.recover().await? {
            0 => {
                println!("A gift was left; its lease has not ended yet.");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            found => println!("Took up {found} that were left."),
        }
    }
    Ok(())
}

async fn set_up(db: &Db) -> Result<(), db::Error> {
    let conn = db.conn().await?;
    for statement in [
        "CREATE TABLE IF NOT EXISTS gift_paper (centimetres integer NOT NULL)",
        "CREATE TABLE IF NOT EXISTS gift_labels (order_number text PRIMARY KEY, ticket text NOT NULL)",
        "INSERT INTO gift_paper SELECT 10000 WHERE NOT EXISTS (SELECT FROM gift_paper)",
    ] {
        diesel::sql_query(statement).execute(&mut &*conn).await?;
    }
    Ok(())
}
