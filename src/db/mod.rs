//! The database: the pool, transactions, migrations and errors.
//!
//! # Decisions
//! - **Few connections.** The pool is the admission control: two connections per core, and requests queue for them.
//! - **A transaction is a value**, [`Tx`], that a use case begins and commits. Dropping it rolls it back.
//! - **Reads take `&Conn`**, because a shared connection pipelines the statements of futures that are polled together.

mod error;
pub(crate) mod keyset;
pub(crate) mod lateral_union;
pub mod migrations;
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

pub use error::{Error, PageError};

/// A connection to PostgreSQL.
pub type Conn = AsyncPgConnection;
/// A connection that is returned to the pool when dropped.
pub type Pooled = Object<AsyncPgConnection>;
/// The result of a database call.
pub type Result<T> = std::result::Result<T, Error>;

/// How long a request waits for a connection before it fails because the shop is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The settings of every new connection: nothing waits or runs forever, and days start at midnight UTC. JIT is off
/// because statements are short and many: compiling them takes PostgreSQL longer than running them.
const SESSION: &str = "SET timezone = 'UTC'; SET lock_timeout = '10s'; SET statement_timeout = '60s'; \
                       SET idle_in_transaction_session_timeout = '60s'; SET jit = off";

/// The shop's database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    url: Arc<str>,
    statements: Arc<AtomicU64>,
}

impl Db {
    /// Creates a pool of at most `size` connections to the database at `url`. Connections are opened on demand.
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

    /// The URL of the database. It may contain a password: never log it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns a connection for reads.
    pub async fn conn(&self) -> Result<Pooled> {
        self.pool.get().await.map_err(|error| Error::Unavailable(error.to_string()))
    }

    /// Begins a transaction (READ COMMITTED).
    pub async fn begin(&self) -> Result<Tx> {
        let mut conn = self.conn().await?;
        AnsiTransactionManager::begin_transaction(&mut *conn).await?;
        Ok(Tx(Some(conn)))
    }

    /// Opens a connection outside the pool, for work that takes longer than a request should hold a pooled connection.
    pub async fn dedicated(&self) -> Result<OwnedConn> {
        let conn = connect(self.url.to_string(), self.statements.clone()).await;
        Ok(OwnedConn(conn.map_err(|error| Error::Unavailable(error.to_string()))?))
    }

    /// The number of statements sent since the start, including `BEGIN` and `COMMIT`.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The number of open connections, and how many of them are idle.
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
                // Omits the bind parameters, which may contain a password hash or an address.
                let text = query.to_string();
                let sql = text.split(" -- binds").next().unwrap_or_default();
                tracing::trace!(target: "cartwright::sql", sql);
            }
        }
    });
    Ok(conn)
}

/// A connection outside the pool. Dropping it closes it and rolls back what was not committed.
pub struct OwnedConn(Conn);

impl OwnedConn {
    /// Begins a transaction (READ COMMITTED).
    pub async fn begin(&mut self) -> Result<()> {
        Ok(AnsiTransactionManager::begin_transaction(&mut self.0).await?)
    }

    /// Commits the transaction.
    pub async fn commit(&mut self) -> Result<()> {
        Ok(AnsiTransactionManager::commit_transaction(&mut self.0).await?)
    }
}

impl Deref for OwnedConn {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

/// A transaction. Commit it with [`Tx::commit`]; dropping it rolls it back.
pub struct Tx(Option<Pooled>);

impl Tx {
    /// Commits the transaction and makes its changes visible to others.
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
            // A connection that cannot even roll back is detected as broken by the pool and discarded.
            if let Err(error) = AnsiTransactionManager::rollback_transaction(&mut *conn).await {
                tracing::debug!(%error, "A transaction could not be rolled back");
            }
        });
    }
}
