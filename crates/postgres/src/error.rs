//! The errors of the private cluster, each in one line with its solution.

use std::io;
#[cfg(any(unix, test))]
use std::path::Path;
use std::path::PathBuf;

/// Why there is no private PostgreSQL, in one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// This operating system lacks the Unix sockets and users that we need.
    #[error("a private PostgreSQL does not run on this operating system: use a server of your own")]
    Unsupported,
    /// The app's name cannot be used for a user, a database and folders.
    #[error(
        "`{app}` cannot be the name of a cluster's user and database: take up to 40 lower-case letters, digits, _ and -, and no name that is PostgreSQL's own"
    )]
    BadApp {
        /// The name.
        app: String,
    },
    /// Another process has locked the folder.
    #[error("{} is using {}: stop it, or choose another data folder", process(*pid), dir.display())]
    InUse {
        /// The folder.
        dir: PathBuf,
        /// The process that has locked it, if known.
        pid: Option<u32>,
    },
    /// No PostgreSQL was found, and it could not be downloaded.
    #[error(
        "no PostgreSQL {} or newer was found ({reason}): install it (e.g. apt-get install postgresql, brew install \
         postgresql), or use a server of your own",
        MIN_MAJOR
    )]
    NoPostgres {
        /// Why the download failed.
        reason: String,
    },
    /// The folder set by the operator does not contain the programs.
    #[error("{} does not hold a working `postgres` and `initdb` of PostgreSQL {} or newer: name another folder, or none", dir.display(), MIN_MAJOR)]
    BadPgBin {
        /// The folder.
        dir: PathBuf,
    },
    /// The cluster was created by another major version than those on this machine.
    #[error(
        "the cluster in {} was created by PostgreSQL {data}, but this machine has {found}: install PostgreSQL {data} (e.g. \
         apt-get install postgresql-{data}), choose another data folder, or name the folder with its programs", dir.display()
    )]
    WrongMajor {
        /// The cluster.
        dir: PathBuf,
        /// The major version in its `PG_VERSION`.
        data: u32,
        /// The versions found on this machine.
        found: String,
    },
    /// The cluster was created by a major version that we do not support.
    #[error("the cluster in {} was created by PostgreSQL {data}, but {MIN_MAJOR} is the oldest supported: bring it over with pg_upgrade, or choose another data folder", dir.display())]
    TooOld {
        /// The cluster.
        dir: PathBuf,
        /// The major version in its `PG_VERSION`.
        data: u32,
    },
    /// The folder `postgres` contains files but is not a cluster.
    #[error("{} is not a PostgreSQL cluster (no valid PG_VERSION in it): move it away, or choose another data folder", dir.display())]
    NotACluster {
        /// The folder.
        dir: PathBuf,
    },
    /// The disk has no space (or inodes, or quota) left.
    #[error("the disk that holds {} is full: free some space (a new cluster needs about 100 MB), then start again", path.display())]
    DiskFull {
        /// The file or folder that could not be written.
        path: PathBuf,
    },
    /// The file system is mounted read-only.
    #[error("{} is on a read-only file system: choose a data folder that can be written", path.display())]
    ReadOnly {
        /// The file or folder that could not be written.
        path: PathBuf,
    },
    /// Our user does not have the permission.
    #[error("no permission to {doing} {}: give it to the user who runs this program, or choose another data folder", path.display())]
    NoPermission {
        /// The operation: a verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
    },
    /// We are root, and the user who must run the server cannot reach the existing cluster.
    #[error("the user {user}, who runs PostgreSQL for root, cannot enter {}: run `chmod o+x` on the folders above it, or move the data folder", dir.display())]
    OutOfReach {
        /// The cluster.
        dir: PathBuf,
        /// The user's name.
        user: String,
    },
    /// We are root, and there is no other user to run the server.
    #[error(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody: become another user, or use a server of your own"
    )]
    NoServerUser,
    /// A folder in a public place is not private to the server's user.
    #[error("{} belongs to another user or is open to others: remove it, then start again", dir.display())]
    NotPrivate {
        /// The folder.
        dir: PathBuf,
    },
    /// `initdb` failed for another reason.
    #[error("could not create a PostgreSQL cluster in {}: {reason}", dir.display())]
    InitFailed {
        /// The intended folder of the cluster.
        dir: PathBuf,
        /// The line in which `initdb` gives the reason.
        reason: String,
    },
    /// The server exited immediately, or did not become ready in time.
    #[error("PostgreSQL did not become ready: {reason} (more in {})", log.display())]
    NotReady {
        /// The line of the log with the reason.
        reason: String,
        /// The server's log.
        log: PathBuf,
    },
    /// A server could not be stopped.
    #[error("the PostgreSQL of {} (process {pid}) does not end: end it with `kill -QUIT {pid}`, then start again", dir.display())]
    DoesNotStop {
        /// The cluster.
        dir: PathBuf,
        /// The process id.
        pid: u32,
    },
    /// Any other operating system error.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// The operation: a verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

/// The oldest supported major version of PostgreSQL.
pub const MIN_MAJOR: u32 = 15;

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(|| "an unknown process".to_owned(), |pid| format!("process {pid}"))
}

impl ClusterError {
    /// Converts an I/O error on a path, with a specific variant where the operator can do something about it.
    #[cfg(any(unix, test))]
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            io::ErrorKind::PermissionDenied => Self::NoPermission { doing, path },
            _ => Self::Io { doing, path, source },
        }
    }

    /// Detects a full or read-only disk in the output of `initdb` and `postgres` (they run in the C locale).
    #[cfg(any(unix, test))]
    pub(crate) fn in_output(text: &str, path: &Path) -> Option<Self> {
        let says = |words: &str| text.contains(words);
        // The third is PostgreSQL's hint after an incomplete write.
        if says("No space left on device") || says("Disk quota exceeded") || says("Check free disk space") {
            Some(Self::DiskFull { path: path.to_owned() })
        } else if says("Read-only file system") {
            Some(Self::ReadOnly { path: path.to_owned() })
        } else {
            None
        }
    }
}

/// Returns the line in the output of a PostgreSQL program that says what went wrong.
#[cfg(any(unix, test))]
pub(crate) fn reason_in(text: &str) -> String {
    let marked = |line: &str| {
        let marks = ["PANIC:", "FATAL:", "ERROR:", "error:"];
        marks.iter().find_map(|mark| line.split_once(mark)).map(|(_, rest)| rest.trim().to_owned())
    };
    let last_line = || text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    text.lines().rev().find_map(marked).or_else(last_line).unwrap_or_else(|| "it gave no reason".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_and_read_only_disks_are_recognized_in_output() {
        let dir = Path::new("/data");
        let full = "initdb: error: could not write file \"x\": No space left on device";
        let locked = "FATAL:  could not create lock file \"postmaster.pid\": Read-only file system";
        assert!(matches!(ClusterError::in_output(full, dir), Some(ClusterError::DiskFull { .. })));
        assert!(matches!(ClusterError::in_output(locked, dir), Some(ClusterError::ReadOnly { .. })));
        assert!(ClusterError::in_output("FATAL:  could not bind", dir).is_none());
    }

    #[test]
    fn io_errors_become_actionable_errors() {
        let error = |kind: io::ErrorKind| ClusterError::io("write", Path::new("/data"), kind.into());
        assert!(matches!(error(io::ErrorKind::StorageFull), ClusterError::DiskFull { .. }));
        assert!(matches!(error(io::ErrorKind::ReadOnlyFilesystem), ClusterError::ReadOnly { .. }));
        assert!(matches!(error(io::ErrorKind::PermissionDenied), ClusterError::NoPermission { .. }));
        assert!(matches!(error(io::ErrorKind::NotFound), ClusterError::Io { .. }));
    }

    #[test]
    fn the_reason_is_the_last_error_or_the_last_line() {
        let log = "2026-01-01 00:00:00 UTC [7] LOG:  starting\n2026-01-01 00:00:00 UTC [7] FATAL:  no room\n\
                   2026-01-01 00:00:00 UTC [7] LOG:  database system is shut down\n";
        assert_eq!(reason_in(log), "no room");
        assert_eq!(reason_in("one\ntwo\n\n"), "two");
        assert_eq!(reason_in(""), "it gave no reason");
    }

    #[test]
    fn every_message_is_one_line() {
        let message = ClusterError::NoPostgres { reason: "npm is not installed".into() }.to_string();
        assert!(!message.contains('\n') && message.contains("npm is not installed") && message.contains("15"));
        let message = ClusterError::InUse { dir: "/data".into(), pid: Some(7) }.to_string();
        assert_eq!(message, "process 7 is using /data: stop it, or choose another data folder");
    }
}
