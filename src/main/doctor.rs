//! `cartwright doctor`: checks the installation and says what is wrong and what to do next. The merchant's steps are in
//! the order of `docs/your-shop.md`.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use cartwright::app::App;
use cartwright::config::{AuthConfig, Config, DatabaseConfig, Source};
use cartwright::db::{Db, migrations};
use cartwright::domain::auth::Keys;
use private_postgres::{Cluster, ClusterOptions, MIN_MAJOR};
use tokio::task::spawn_blocking;

use super::database::{APP, Database, no_shop_in, private, unreachable, version};
use super::failure::CommandError;
use super::serve::secret_warning;
use super::{setup, staff};

/// With less free space than this, in MB, the shop will soon stop.
const CRITICAL_SPACE: u64 = 200;
/// With less free space than this, in MB, an operator should take a look.
const LOW_SPACE: u64 = 2_000;
/// How long a server on our port may take to identify itself.
const PEER_TIMEOUT: Duration = Duration::from_secs(2);

/// The result of a check.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Fine(String),
    Warn(String),
    Fail(String),
}
use Finding::{Fail, Fine, Warn};

/// Prints findings and records whether any of them failed.
#[derive(Default)]
struct Report {
    failed: bool,
}

impl Report {
    fn add(&mut self, what: &str, finding: Finding) {
        let (mark, text) = match finding {
            Fine(text) => ("ok", text),
            Warn(text) => ("warn", text),
            Fail(text) => {
                self.failed = true;
                ("FAIL", text)
            }
        };
        println!("{mark:<5} {what:<14} {text}");
    }
}

/// `cartwright doctor`.
pub(crate) async fn examine(config: &Config) -> Result<ExitCode, CommandError> {
    let mut report = Report::default();
    let data_dir = &config.database.data_dir;
    report.add("data folder", writable(data_dir));
    report.add("disk", space(data_dir));
    report.add("secret", secret(config));
    report.add("payments", payments(config));
    let bind = config.server.bind;
    report.add("port", spawn_blocking(move || port(bind)).await?);
    match open(&config.database).await {
        Ok(Some(database)) => {
            check_database(&mut report, &database, config).await;
            database.close().await?;
        }
        Ok(None) => {
            report.add("postgresql", check_temporary_cluster(&config.database).await);
            report.add("shop", Fail(no_shop_in(data_dir)));
        }
        Err(failure) => report.add("postgresql", Fail(failure.to_string())),
    }
    Ok(if report.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Opens the database. Returns `None` if a private one does not exist yet: the doctor must not create it.
async fn open(config: &DatabaseConfig) -> Result<Option<Database>, CommandError> {
    if config.is_private() && !Cluster::exists(&config.data_dir) {
        return Ok(None);
    }
    Database::borrow(config).await.map(Some)
}

/// Checks whether PostgreSQL works here at all, with a temporary cluster.
async fn check_temporary_cluster(config: &DatabaseConfig) -> Finding {
    let Source::Private { pg_bin } = &config.source else { return Fine(String::new()) };
    let folder = std::env::temp_dir().join(format!("cartwright-doctor-{}", std::process::id()));
    let options = ClusterOptions { durable: false, pg_bin: pg_bin.clone(), ..ClusterOptions::new(APP, &folder) };
    let version = start_and_stop(options).await;
    let _ = fs::remove_dir_all(folder);
    match version {
        Ok(version) => Fine(format!("{version} works (tried with a cluster that is gone again)")),
        Err(failure) => Fail(failure.to_string()),
    }
}

/// Starts and stops a cluster. Returns the version of its PostgreSQL.
async fn start_and_stop(options: ClusterOptions) -> Result<String, CommandError> {
    let mut cluster = private(options, Cluster::start).await?;
    let version = cluster.version().to_owned();
    spawn_blocking(move || cluster.stop()).await??;
    Ok(version)
}

/// Lists the payment providers, and what is missing for them.
fn payments(config: &Config) -> Finding {
    let payments = &config.payments;
    if payments.test.is_some() {
        return Warn("TEST_PAYMENTS is set: anybody can pay with `test`, which moves no money".to_owned());
    }
    match &payments.stripe {
        None => Fine("manual".to_owned()),
        Some(stripe) if stripe.webhook_secrets.is_empty() => {
            Warn("manual, stripe; without STRIPE_WEBHOOK_SECRETS what Stripe decides later is not seen".to_owned())
        }
        Some(_) => Fine("manual, stripe".to_owned()),
    }
}

async fn check_database(report: &mut Report, database: &Database, config: &Config) {
    // No tokens are signed here, so any key works.
    let app = match Db::new(database.url(), 1) {
        Ok(db) => App::builder(db, Keys::new(b"doctor")).build(),
        Err(error) => return report.add("postgresql", Fail(error.to_string())),
    };
    let version = match version(&app.db).await {
        Ok(version) => version,
        Err(_) => return report.add("postgresql", Fail(unreachable(database.url()).await)),
    };
    report.add("postgresql", supported(&version, database));
    let migrated = migrations(database.url()).await;
    let is_migrated = matches!(migrated, Fine(_));
    report.add("migrations", migrated);
    if is_migrated {
        match shop(&app).await {
            Ok(findings) => findings.into_iter().for_each(|(what, finding)| report.add(what, finding)),
            Err(failure) => report.add("tables", Fail(failure.to_string())),
        }
    }
    if config.database.is_private() {
        report.add("staff login", first_password(&config.database.data_dir));
    }
}

fn supported(version: &str, database: &Database) -> Finding {
    let place = match database.home() {
        Some(home) if database.is_attached() => format!("runs for another Cartwright on {}", home.display()),
        Some(home) => format!("starts on {}", home.display()),
        None => "answers at DATABASE_URL".to_owned(),
    };
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major < MIN_MAJOR) {
        return Warn(format!("{version} {place}, but {MIN_MAJOR} is the oldest that is tested: plan an upgrade"));
    }
    Fine(format!("{version} {place}"))
}

async fn migrations(url: &str) -> Finding {
    let all = match migrations::status(url).await {
        Ok(all) => all,
        Err(error) => return Fail(error.to_string()),
    };
    let pending = all.iter().filter(|migration| !migration.applied).count();
    if pending == 0 {
        return Fine(format!("all {} have run", all.len()));
    }
    if pending == all.len() {
        return Fail("there is no shop in this database yet: start `cartwright` on it once".to_owned());
    }
    Warn(format!(
        "{pending} of {} have not run: the next start of `cartwright` runs them, or `cartwright migrate run`",
        all.len()
    ))
}

async fn shop(app: &App) -> Result<Vec<(&'static str, Finding)>, CommandError> {
    let conn = app.db.conn().await?;
    Ok(setup::findings(&app.setup.state(&conn).await?))
}

/// Checks for the file with the initial password, which is only for the first login.
fn first_password(data_dir: &Path) -> Finding {
    let file = staff::login_file(data_dir);
    match file.exists() {
        true => Warn(format!(
            "the first password is still in {0}: keep it elsewhere, and delete the file; until then every start shows it",
            file.display()
        )),
        false => Fine("the file with the first password is gone".to_owned()),
    }
}

fn writable(data_dir: &Path) -> Finding {
    let there = existing(data_dir);
    let is_there = data_dir.is_dir();
    let probe = there.join(format!(".cartwright-doctor-{}", std::process::id()));
    let written = fs::write(&probe, "probe");
    let _ = fs::remove_file(&probe);
    match written {
        Ok(()) if is_there => Fine(format!("{} can be written", data_dir.display())),
        Ok(()) => Fine(format!("{} can be made", data_dir.display())),
        Err(error) => Fail(format!("{} cannot be written ({error}): choose another --data-dir", there.display())),
    }
}

/// Returns the folder, or its nearest existing ancestor.
fn existing(folder: &Path) -> PathBuf {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

fn space(data_dir: &Path) -> Finding {
    match free_megabytes(&existing(data_dir)) {
        None => Warn("free space is unknown: `df` did not tell".to_owned()),
        Some(free) if free < CRITICAL_SPACE => Fail(format!("{free} MB free: make room, or move the data folder")),
        Some(free) if free < LOW_SPACE => Warn(format!("{free} MB free: make room soon")),
        Some(free) => Fine(format!("{} GB free", free / 1_000)),
    }
}

/// Reads the POSIX output of `df`: the fourth column of the second line, in kB.
fn free_megabytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let kilobytes: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kilobytes / 1_000)
}

fn secret(config: &Config) -> Finding {
    let file = AuthConfig::file(&config.database.data_dir);
    if config.auth.is_given() {
        return Fine("tokens are signed with CARTWRIGHT_JWT_SECRET".to_owned());
    }
    if let Some(warning) = secret_warning(config) {
        return Warn(warning);
    }
    if !file.exists() {
        return Fine("created at the first start".to_owned());
    }
    match config.auth.secret(&config.database.data_dir) {
        Err(error) => Fail(error.to_string()),
        Ok(_) if is_open_to_others(&file) => Warn(format!("others can read {0}: `chmod 600 {0}`", file.display())),
        Ok(_) => Fine(format!("tokens are signed with {}", file.display())),
    }
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

fn port(address: SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Fine(format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_cartwright(address) => {
            Fine(format!("a running Cartwright answers at {address}"))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            Fail(format!("{address} is used by another program: stop it, or choose another --bind"))
        }
        Err(error) => Fail(format!("cannot listen on {address} ({error}): choose another --bind")),
    }
}

/// Whether a Cartwright server responds at the address.
fn is_cartwright(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, PEER_TIMEOUT)?;
        stream.set_read_timeout(Some(PEER_TIMEOUT))?;
        stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.take(10_000).read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains("\"status\":\"live\""))
}
