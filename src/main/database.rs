//! The PostgreSQL that a command uses: the operator's, or a private one that runs as long as the command.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cartwright::app::App;
use cartwright::config::{Config, DatabaseConfig, Source};
use cartwright::db::migrations::{self, MigrationError};
use cartwright::db::{self, Db};
use cartwright::domain::auth::Keys;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use private_postgres::{Cluster, ClusterError, ClusterOptions};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::failure::{CommandError, line};

/// The name of the user and the database in a private cluster, and of its folders.
pub(crate) const APP: &str = "cartwright";
/// How long interrupted transactions may take to roll back.
const IDLE_WITHIN: Duration = Duration::from_secs(5);

/// A PostgreSQL server.
pub(crate) struct Database {
    cluster: Option<Cluster>,
    url: String,
}

impl Database {
    /// Opens the database for the server, which needs a private cluster for itself.
    pub(crate) async fn own(config: &DatabaseConfig) -> Result<Self, CommandError> {
        Self::open(config, Cluster::start).await
    }

    /// Opens the database for a command. A private cluster may belong to a running server. It must exist: otherwise a
    /// command run in the wrong folder would create a new shop that nobody asked for.
    pub(crate) async fn borrow(config: &DatabaseConfig) -> Result<Self, CommandError> {
        if config.is_private() && !Cluster::exists(&config.data_dir) {
            return Err(CommandError::new(no_shop_in(&config.data_dir)));
        }
        Self::borrow_or_create(config).await
    }

    /// Opens the database for a command that may create a shop.
    pub(crate) async fn borrow_or_create(config: &DatabaseConfig) -> Result<Self, CommandError> {
        Self::open(config, Cluster::start_or_attach).await
    }

    /// Fails if the database has never contained a shop: given the URL of another database, a command would leave its
    /// tables there.
    pub(crate) async fn require_shop(&self) -> Result<(), CommandError> {
        let all = self.explained(migrations::status(&self.url).await).await?;
        if all.iter().any(|migration| migration.applied) {
            return Ok(());
        }
        Err(CommandError::new(
            "the database of DATABASE_URL has no shop yet: start `cartwright` on it once, or check DATABASE_URL",
        ))
    }

    async fn open(
        config: &DatabaseConfig,
        start: fn(&ClusterOptions) -> Result<Cluster, ClusterError>,
    ) -> Result<Self, CommandError> {
        let pg_bin = match &config.source {
            Source::Url(url) => return Ok(Self { cluster: None, url: url.expose().to_owned() }),
            Source::Private { pg_bin } => pg_bin.clone(),
        };
        let cluster = private(ClusterOptions { pg_bin, ..ClusterOptions::new(APP, &config.data_dir) }, start).await?;
        Ok(Self { url: cluster.url(APP), cluster: Some(cluster) })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether this is a private cluster run by another process.
    pub(crate) fn is_attached(&self) -> bool {
        self.cluster.as_ref().is_some_and(Cluster::is_attached)
    }

    /// Returns the folder with the files of a private cluster, or `None` for the operator's PostgreSQL.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.cluster.as_ref().map(|cluster| cluster.home().to_owned())
    }

    /// Migrates the tables to this version.
    pub(crate) async fn migrate(&self) -> Result<(), CommandError> {
        let ran = self.explained(migrations::run(&self.url).await).await?;
        if let Some(newest) = ran.last() {
            info!(newest, "Ran {} migrations", ran.len());
        }
        Ok(())
    }

    /// Converts a migration error into one that says what to do.
    pub(crate) async fn explained<T>(&self, outcome: Result<T, MigrationError>) -> Result<T, CommandError> {
        match outcome {
            Ok(outcome) => Ok(outcome),
            Err(MigrationError::Connect(_)) => Err(CommandError::new(unreachable(&self.url).await)),
            Err(error) => Err(error.into()),
        }
    }

    /// Builds the application for a command: it signs no tokens, so it neither needs nor creates the secret.
    pub(crate) fn app_for_command(&self, config: &Config) -> Result<App, CommandError> {
        let db = Db::new(&self.url, config.database.pool_size)?;
        Ok(App::builder(db, Keys::new(uuid::Uuid::new_v4().as_bytes())).payments(&config.payments)?.build())
    }

    /// Builds the application for the server.
    pub(crate) fn app(&self, config: &Config, public_url: &str) -> Result<App, CommandError> {
        let secret = config.auth.secret(&config.database.data_dir)?;
        let db = Db::new(&self.url, config.database.pool_size)?;
        let builder = App::builder(db, Keys::new(secret.expose().as_bytes())).public_url(public_url);
        Ok(builder.payments(&config.payments)?.build())
    }

    /// Stops a private cluster that we started, once nothing uses it.
    pub(crate) async fn close(self) -> Result<(), CommandError> {
        if let Some(mut cluster) = self.cluster {
            spawn_blocking(move || cluster.stop()).await??;
        }
        Ok(())
    }
}

/// The error message for a data folder without a shop.
pub(crate) fn no_shop_in(data_dir: &Path) -> String {
    format!(
        "there is no shop in {}: start `cartwright` once, which creates one there, or say where your shop is with --data-dir \
         or --database-url",
        data_dir.display()
    )
}

/// Starts a private cluster. This blocks, and may download PostgreSQL first.
pub(crate) async fn private(
    options: ClusterOptions,
    start: fn(&ClusterOptions) -> Result<Cluster, ClusterError>,
) -> Result<Cluster, CommandError> {
    spawn_blocking(move || start(&options)).await?.map_err(|error| advised(&error))
}

/// Adds the setting that solves the problem: the cluster does not know the names of our settings.
fn advised(error: &ClusterError) -> CommandError {
    let setting = match error {
        ClusterError::Unsupported | ClusterError::NoPostgres { .. } | ClusterError::NoServerUser => {
            " (set DATABASE_URL)"
        }
        ClusterError::BadPgBin { .. } | ClusterError::WrongMajor { .. } => " (in PG_BIN)",
        _ => "",
    };
    CommandError::new(format!("{}{setting}", line(error)))
}

/// Returns the version of the PostgreSQL behind a pool.
pub(crate) async fn version(db: &Db) -> db::Result<String> {
    let conn = db.conn().await?;
    let setting: String =
        diesel::select(sql::<Text>("current_setting('server_version')")).get_result(&mut &*conn).await?;
    Ok(setting.split_whitespace().next().unwrap_or_default().to_owned())
}

/// Waits until no connection is in use, so that nothing is interrupted.
pub(crate) async fn idle(db: &Db) {
    let deadline = Instant::now() + IDLE_WITHIN;
    loop {
        let (open, idle) = db.connections();
        if open == idle {
            return;
        }
        if Instant::now() > deadline {
            warn!("{} connections to the database are still in use after {IDLE_WITHIN:?}; closing them", open - idle);
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// Says why the server at a URL does not respond, and what to do. Diesel hides the cause, so this connects again with
/// the driver.
pub(crate) async fn unreachable(url: &str) -> String {
    let reason = match tokio_postgres::connect(url, tokio_postgres::NoTls).await {
        Ok(_) => "the connection was lost".to_owned(),
        Err(error) => line(&error),
    };
    format!("no database: {reason}: check DATABASE_URL, and that PostgreSQL runs there and has this database")
}

#[cfg(test)]
mod tests {
    use cartwright::config::{DatabaseConfig, Source};

    use super::Database;

    #[tokio::test]
    async fn a_command_in_a_folder_without_a_shop_creates_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let data_dir = folder.path().join(".cartwright");
        let config = DatabaseConfig { source: Source::Private { pg_bin: None }, data_dir, pool_size: 1 };
        let failure = Database::borrow(&config).await.err().expect("a failure").to_string();
        assert!(
            failure.contains(".cartwright: start `cartwright` once") && failure.contains("--data-dir"),
            "{failure}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing is left behind");
    }
}
