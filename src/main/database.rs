//! The PostgreSQL that a command works on: the operator's, or ours while the command runs.

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

use super::failure::{Failure, line};

/// The name of the user and the database in a private cluster, and of folders for it.
pub(crate) const APP: &str = "cartwright";
/// How long transactions that were cut off may take to roll back.
const IDLE_WITHIN: Duration = Duration::from_secs(5);

/// A PostgreSQL that answers, or should.
pub(crate) struct Database {
    cluster: Option<Cluster>,
    url: String,
}

impl Database {
    /// For the server: a private cluster is ours alone.
    pub(crate) async fn own(config: &DatabaseConfig) -> Result<Self, Failure> {
        Self::open(config, Cluster::start).await
    }

    /// For a command: a private cluster may be that of a running server. It has to be there: a command in a wrong folder would
    /// work on a new shop that nobody asked for.
    pub(crate) async fn borrow(config: &DatabaseConfig) -> Result<Self, Failure> {
        if config.is_private() && !Cluster::exists(&config.data_dir) {
            return Err(Failure::new(no_shop_in(&config.data_dir)));
        }
        Self::borrow_or_create(config).await
    }

    /// For a command that may create a shop.
    pub(crate) async fn borrow_or_create(config: &DatabaseConfig) -> Result<Self, Failure> {
        Self::open(config, Cluster::start_or_attach).await
    }

    /// Refuses a database in which no shop has ever been: a command that was given the address of another one would leave its
    /// tables there.
    pub(crate) async fn require_shop(&self) -> Result<(), Failure> {
        let all = self.explained(migrations::status(&self.url).await).await?;
        if all.iter().any(|migration| migration.applied) {
            return Ok(());
        }
        Err(Failure::new(
            "the database of DATABASE_URL has no shop yet: start `cartwright` on it once, or check DATABASE_URL",
        ))
    }

    async fn open(
        config: &DatabaseConfig,
        start: fn(&ClusterOptions) -> Result<Cluster, ClusterError>,
    ) -> Result<Self, Failure> {
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

    /// Whether it is a private cluster that another process runs.
    pub(crate) fn is_attached(&self) -> bool {
        self.cluster.as_ref().is_some_and(Cluster::is_attached)
    }

    /// Where a private cluster's files are; `None` for the operator's.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.cluster.as_ref().map(|cluster| cluster.home().to_owned())
    }

    /// Brings the tables to this version.
    pub(crate) async fn migrate(&self) -> Result<(), Failure> {
        let ran = self.explained(migrations::run(&self.url).await).await?;
        if let Some(newest) = ran.last() {
            info!(newest, "Ran {} migrations", ran.len());
        }
        Ok(())
    }

    /// What came of migrations, a failure with the way out.
    pub(crate) async fn explained<T>(&self, outcome: Result<T, MigrationError>) -> Result<T, Failure> {
        match outcome {
            Ok(outcome) => Ok(outcome),
            Err(MigrationError::Connect(_)) => Err(Failure::new(unreachable(&self.url).await)),
            Err(error) => Err(error.into()),
        }
    }

    /// The application over this database, for a command: it signs no tokens, so it neither needs nor creates the secret.
    pub(crate) fn app_for_command(&self, config: &Config) -> Result<App, Failure> {
        let db = Db::new(&self.url, config.database.pool_size)?;
        Ok(App::builder(db, Keys::new(uuid::Uuid::new_v4().as_bytes())).payments(&config.payments)?.build())
    }

    /// The application over this database, for the server.
    pub(crate) fn app(&self, config: &Config, public_url: &str) -> Result<App, Failure> {
        let secret = config.auth.secret(&config.database.data_dir)?;
        let db = Db::new(&self.url, config.database.pool_size)?;
        let builder = App::builder(db, Keys::new(secret.expose().as_bytes())).public_url(public_url);
        Ok(builder.payments(&config.payments)?.build())
    }

    /// Stops a private cluster that is ours, once nothing uses it.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        if let Some(mut cluster) = self.cluster {
            spawn_blocking(move || cluster.stop()).await??;
        }
        Ok(())
    }
}

/// What to do when there is no shop in the data folder.
pub(crate) fn no_shop_in(data_dir: &Path) -> String {
    format!(
        "there is no shop in {}: start `cartwright` once, which creates one there, or say where your shop is with --data-dir \
         or --database-url",
        data_dir.display()
    )
}

/// A private cluster. Starting one blocks, and may fetch PostgreSQL first.
pub(crate) async fn private(
    options: ClusterOptions,
    start: fn(&ClusterOptions) -> Result<Cluster, ClusterError>,
) -> Result<Cluster, Failure> {
    spawn_blocking(move || start(&options)).await?.map_err(|error| advised(&error))
}

/// The failure, with the setting that is the way out: the cluster does not know how ours are called.
fn advised(error: &ClusterError) -> Failure {
    let setting = match error {
        ClusterError::Unsupported | ClusterError::NoPostgres { .. } | ClusterError::NoServerUser => {
            " (set DATABASE_URL)"
        }
        ClusterError::BadPgBin { .. } | ClusterError::WrongMajor { .. } => " (in PG_BIN)",
        _ => "",
    };
    Failure::new(format!("{}{setting}", line(error)))
}

/// The version of the PostgreSQL behind a pool.
pub(crate) async fn version(db: &Db) -> db::Result<String> {
    let conn = db.conn().await?;
    let setting: String =
        diesel::select(sql::<Text>("current_setting('server_version')")).get_result(&mut &*conn).await?;
    Ok(setting.split_whitespace().next().unwrap_or_default().to_owned())
}

/// Waits until no connection is in use, so that nothing is cut off in the middle.
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

/// Why nobody answers at a URL, and what to do. Diesel keeps the cause to itself, so the driver is asked again.
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
