//! A running cluster.

use crate::data_dir::DataDir;
use crate::lock::{Holder, Lock};
use crate::pidfile::{self, PidFile};
use crate::search::Search;
use crate::server::{READY_TIMEOUT, Server};
use crate::{ClusterError, ClusterOptions, MIN_MAJOR, initdb};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use tracing::info;

#[cfg(test)]
mod tests;

/// A killed process holds its lock for a short time, until the kernel has cleaned up.
const RELEASE_TIMEOUT: Duration = Duration::from_millis(500);

/// All characters that have, or might have, a meaning in a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A running private PostgreSQL. Dropping it stops the server if this process started it.
#[derive(Debug)]
pub struct Cluster {
    data_dir: DataDir,
    socket_dir: PathBuf,
    pid: u32,
    version: String,
    was_created: bool,
    /// Declared before the lock: fields drop in order, and the folder must stay locked until the server has ended.
    server: Option<Server>,
    lock: Option<Lock>,
}

impl Cluster {
    /// Whether a cluster exists in this data folder, so that a start would not create one.
    #[must_use]
    pub fn exists(data_dir: &Path) -> bool {
        DataDir::exists(data_dir)
    }

    /// Locks the folder, creates the cluster if it does not exist, starts the server, and waits until it is ready.
    ///
    /// # Errors
    /// [`ClusterError::InUse`] if another instance owns the folder; otherwise the error that occurred, in one line.
    pub fn start(options: &ClusterOptions) -> Result<Self, ClusterError> {
        Self::start_with(options, &Search::usual(options.app, options.pg_bin.as_deref()))
    }

    /// For one-off commands: uses the server of the instance that owns the folder, or starts one like
    /// [`Cluster::start`]. A borrowed server ends when its owner does.
    ///
    /// # Errors
    /// As for [`Cluster::start`], but [`ClusterError::InUse`] only if the owner's server does not become ready.
    pub fn start_or_attach(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let deadline = Instant::now() + READY_TIMEOUT;
        loop {
            let data_dir = DataDir::find(options.app, &options.data_dir)?;
            let holder = match Lock::try_acquire(&data_dir.home)? {
                Ok(lock) => {
                    return Self::own(data_dir, lock, options, &Search::usual(options.app, options.pg_bin.as_deref()));
                }
                Err(holder) => holder,
            };
            // The owner may still be starting, or about to end.
            if let Some(running) = ready_server(&data_dir.pgdata()) {
                return Ok(Self::attached(data_dir, holder, running));
            }
            if Instant::now() > deadline {
                return Err(ClusterError::InUse { dir: data_dir.path, pid: holder.pid });
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn start_with(options: &ClusterOptions, search: &Search) -> Result<Self, ClusterError> {
        let data_dir = DataDir::find(options.app, &options.data_dir)?;
        let deadline = Instant::now() + RELEASE_TIMEOUT;
        loop {
            match Lock::try_acquire(&data_dir.home)? {
                Ok(lock) => return Self::own(data_dir, lock, options, search),
                Err(_) if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
                Err(holder) => {
                    return Err(ClusterError::InUse { dir: data_dir.path, pid: holder.pid });
                }
            }
        }
    }

    fn own(data_dir: DataDir, mut lock: Lock, options: &ClusterOptions, search: &Search) -> Result<Self, ClusterError> {
        let pgdata = data_dir.pgdata();
        pidfile::stop_orphan(&pgdata)?;
        let major = initdb::existing_major(&pgdata)?;
        if let Some(data) = major.filter(|major| *major < MIN_MAJOR) {
            return Err(ClusterError::TooOld { dir: pgdata, data });
        }
        let binaries = search.find(major.map(|major| (&*pgdata, major)), &data_dir.account)?;
        lock.record_version(&binaries.version)?;
        let was_created = major.is_none();
        if was_created {
            initdb::create(&data_dir, &binaries, options.durable)?;
            info!(dir = %pgdata.display(), "Created a PostgreSQL {} cluster in {}", binaries.version, pgdata.display());
        }
        initdb::restore_ownership(&pgdata, &data_dir.account)?;
        let socket_dir = data_dir.socket_dir()?;
        let server = Server::start(&data_dir, &binaries, &socket_dir, options.durable)?;
        Ok(Self {
            data_dir,
            socket_dir,
            pid: server.pid(),
            version: binaries.version,
            was_created,
            server: Some(server),
            lock: Some(lock),
        })
    }

    fn attached(data_dir: DataDir, holder: Holder, running: PidFile) -> Self {
        let version = holder.version.unwrap_or_else(|| "of unknown version".to_owned());
        Self {
            data_dir,
            socket_dir: running.socket_dir,
            pid: running.pid,
            version,
            was_created: false,
            server: None,
            lock: None,
        }
    }

    /// Returns the URL of a database of this cluster, for libpq and tokio-postgres: over the socket, as the superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url(&self.socket_dir, self.data_dir.app, database)
    }

    /// Whether this start created the cluster, so that it is still empty.
    #[must_use]
    pub fn was_created(&self) -> bool {
        self.was_created
    }

    /// Whether the server belongs to another process and ends with it.
    #[must_use]
    pub fn is_attached(&self) -> bool {
        self.lock.is_none()
    }

    /// Returns the absolute path of the data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir.path
    }

    /// Returns the actual location of cluster, log and lock: the data folder or, for root, possibly a folder under
    /// `/var/lib/<app>`.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.data_dir.home
    }

    /// Returns the process id of the server's main process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Returns the version of the server, such as `15.18`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Shuts the server down (ending its sessions), waits until it has stopped, and unlocks the folder. Does nothing if
    /// it is already stopped or belongs to another process.
    ///
    /// # Errors
    /// [`ClusterError::DoesNotStop`] if the server is still running after more than a minute.
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
