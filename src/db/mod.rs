//! The database: the pool, transactions, migrations and errors.
//!
//! # Decisions
//! - **Few connections.** The pool is the admission control: two for each core, and requests queue for one.
//! - **A transaction is a value**, [`Tx`], that its use case begins and commits. One that is dropped rolls back.
//! - **Reads take `&Conn`**, because a shared connection pipelines the statements of futures that are polled together.

mod error;
pub(crate) mod keyset;
pub mod migrations;
pub(crate) mod per_group;
pub(crate) mod rows;
pub(crate) mod schema;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::InstrumentationEvent;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};
use futures_util::FutureExt;

pub use error::Error;

/// A connection to PostgreSQL.
pub type Conn = AsyncPgConnection;
/// A connection that goes back to the pool when it is dropped.
pub type Pooled = Object<AsyncPgConnection>;
/// What a database call gives.
pub type Result<T> = std::result::Result<T, Error>;

/// How long a request waits for a connection before it is told that the shop is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// What every connection is told when it is made: nothing may wait or run for ever, and days begin in UTC.
/// Statements are short and many: compiling them in PostgreSQL takes longer than running them (`jit`).
const SESSION: &str = "SET timezone = 'UTC'; SET lock_timeout = '10s'; SET statement_timeout = '60s'; \
                       SET idle_in_transaction_session_timeout = '60s'; SET jit = off";

/// The database of the shop; cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    url: Arc<str>,
    statements: Arc<AtomicU64>,
}

impl Db {
    /// A pool of at most `size` connections to the database at `url`. Nothing is connected before it is needed.
    pub fn new(url: &str, size: usize) -> Result<Self> {
        let statements = Arc::new(AtomicU64::new(0));
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let counter = statements.clone();
        config.custom_setup = Box::new(move |url| connect(url.to_owned(), counter.clone()).boxed());
        let manager = AsyncDieselConnectionManager::new_with_config(url, config);
        let pool = Pool::builder(manager)
            .max_size(size)
            .wait_timeout(Some(ACQUIRE_TIMEOUT))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { pool, url: url.into(), statements })
    }

    /// Where the database is. It may hold a password: never log it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection for reads.
    pub async fn conn(&self) -> Result<Pooled> {
        self.pool.get().await.map_err(|error| Error::Unavailable(error.to_string()))
    }

    /// Begins a transaction (READ COMMITTED).
    pub async fn begin(&self) -> Result<Tx> {
        let mut conn = self.conn().await?;
        AnsiTransactionManager::begin_transaction(&mut *conn).await?;
        Ok(Tx(Some(conn)))
    }

    /// A connection of one's own, for work that lasts longer than a request should hold one of the pool's.
    pub async fn dedicated(&self) -> Result<Dedicated> {
        let conn = connect(self.url.to_string(), self.statements.clone()).await;
        Ok(Dedicated(conn.map_err(|error| Error::Unavailable(error.to_string()))?))
    }

    /// How many statements were sent since the start, `BEGIN` and `COMMIT` included.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// How many connections are open, and how many of them are idle.
    pub fn connections(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size, status.available)
    }
}

async fn connect(url: String, statements: Arc<AtomicU64>) -> diesel::ConnectionResult<AsyncPgConnection> {
    let mut conn = AsyncPgConnection::establish(&url).await?;
    conn.batch_execute(SESSION).await.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            statements.fetch_add(1, Ordering::Relaxed);
            if tracing::enabled!(target: "cartwright::sql", tracing::Level::TRACE) {
                // Without what is bound: that may be a password's hash or an address.
                let text = query.to_string();
                let sql = text.split(" -- binds").next().unwrap_or_default();
                tracing::trace!(target: "cartwright::sql", sql);
            }
        }
    });
    Ok(conn)
}

/// A connection that is not the pool's. It is closed when it is dropped, and with it what was not committed is undone.
pub struct Dedicated(Conn);

impl Dedicated {
    /// Begins a transaction (READ COMMITTED).
    pub async fn begin(&mut self) -> Result<()> {
        Ok(AnsiTransactionManager::begin_transaction(&mut self.0).await?)
    }

    /// Makes everything that was done in the transaction true.
    pub async fn commit(&mut self) -> Result<()> {
        Ok(AnsiTransactionManager::commit_transaction(&mut self.0).await?)
    }
}

impl Deref for Dedicated {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

/// A transaction. It ends with [`Tx::commit`], or is rolled back when it is dropped.
pub struct Tx(Option<Pooled>);

impl Tx {
    /// Makes everything that was done in it true, and visible to others.
    pub async fn commit(mut self) -> Result<()> {
        let Some(mut conn) = self.0.take() else { return Ok(()) };
        Ok(AnsiTransactionManager::commit_transaction(&mut *conn).await?)
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.0.as_ref().expect("a transaction has its connection until it ends")
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let (Some(mut conn), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) else { return };
        runtime.spawn(async move {
            // A connection that cannot even roll back is found broken by the pool and thrown away.
            if let Err(error) = AnsiTransactionManager::rollback_transaction(&mut *conn).await {
                tracing::debug!(%error, "A transaction could not be rolled back");
            }
        });
    }
}
