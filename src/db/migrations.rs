//! Migrations: embedded in the binary, each in its own transaction, run by one process at a time.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

/// The migrations of this version.
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The advisory lock that serializes processes. Any number works that nothing else uses.
const LOCK: i64 = 0x6361_7274_7772_6974;

/// Why migrations could not be read or run.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The connection failed.
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// A migration failed and was rolled back.
    #[error("a migration failed: {0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
    /// The database is newer than this binary.
    #[error("the database has migration {0}, which this version of Cartwright does not know: run a newer version")]
    Newer(String),
}

/// A migration and whether it has been applied.
#[derive(Debug)]
pub struct Status {
    /// The name of its folder.
    pub name: String,
    /// Whether it has been applied.
    pub applied: bool,
}

/// Runs the pending migrations and returns their names.
pub async fn run(url: &str) -> Result<Vec<String>, MigrationError> {
    with_harness(url, |harness| {
        let known = names()?;
        if let Some(unknown) = applied(harness)?.into_iter().find(|version| !known.iter().any(|name| is(name, version)))
        {
            return Err(MigrationError::Newer(unknown));
        }
        let ran = harness.run_pending_migrations(MIGRATIONS).map_err(MigrationError::Failed)?;
        Ok(ran.iter().filter_map(|version| named(&known, &version.to_string())).collect())
    })
    .await
}

/// Reverts the newest migration and returns its name, or `None` if there is none.
pub async fn revert(url: &str) -> Result<Option<String>, MigrationError> {
    with_harness(url, |harness| {
        if applied(harness)?.is_empty() {
            return Ok(None);
        }
        let version = harness.revert_last_migration(MIGRATIONS).map_err(MigrationError::Failed)?;
        Ok(named(&names()?, &version.to_string()))
    })
    .await
}

/// Returns every migration of this version and whether it has been applied.
pub async fn status(url: &str) -> Result<Vec<Status>, MigrationError> {
    with_harness(url, |harness| {
        let applied = applied(harness)?;
        let status = |name: String| Status { applied: applied.iter().any(|version| is(&name, version)), name };
        Ok(names()?.into_iter().map(status).collect())
    })
    .await
}

async fn with_harness<T: Send + 'static>(
    url: &str,
    work: impl FnOnce(&mut AsyncMigrationHarness<AsyncPgConnection>) -> Result<T, MigrationError> + Send + 'static,
) -> Result<T, MigrationError> {
    let mut conn = AsyncPgConnection::establish(url).await?;
    // Serializes processes that start together. The lock is released with the connection.
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<diesel::sql_types::BigInt, _>(LOCK)
        .execute(&mut conn)
        .await
        .map_err(|error| MigrationError::Failed(error.into()))?;
    tokio::task::spawn_blocking(move || work(&mut AsyncMigrationHarness::new(conn)))
        .await
        .map_err(|error| MigrationError::Failed(error.into()))?
}

fn applied(harness: &mut AsyncMigrationHarness<AsyncPgConnection>) -> Result<Vec<String>, MigrationError> {
    let versions = harness.applied_migrations().map_err(MigrationError::Failed)?;
    Ok(versions.iter().map(ToString::to_string).collect())
}

fn names() -> Result<Vec<String>, MigrationError> {
    let all: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations().map_err(MigrationError::Failed)?;
    let mut names: Vec<_> = all.iter().map(|migration| migration.name().to_string()).collect();
    names.sort();
    Ok(names)
}

fn named(names: &[String], version: &str) -> Option<String> {
    names.iter().find(|name| is(name, version)).cloned()
}

/// Whether the name of a folder starts with this version.
fn is(name: &str, version: &str) -> bool {
    name.split('_').next() == Some(version)
}
