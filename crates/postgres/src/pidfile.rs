//! `postmaster.pid`: the file with a server's process id, location and status.

use crate::os::Signal;
use crate::{ClusterError, os};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use tracing::info;

/// The content of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) pid: u32,
    pub(crate) socket_dir: PathBuf,
    pub(crate) ready: bool,
}

impl PidFile {
    pub(crate) fn read(pgdata: &Path) -> Option<Self> {
        fs::read_to_string(path(pgdata)).ok().and_then(|text| Self::parse(&text))
    }

    /// Lines: process, cluster, start time, port, socket folder, address, shared memory, status. A recent file may be
    /// incomplete.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let line = |number: usize| lines.get(number - 1).copied().unwrap_or_default();
        Some(Self { pid: line(1).parse().ok()?, socket_dir: line(5).into(), ready: line(8) == "ready" })
    }

    /// Whether the process is still the server of this cluster: after a reboot the id may belong to any process.
    pub(crate) fn is_live(&self, pgdata: &Path) -> bool {
        os::exists(self.pid) && arguments(self.pid).is_some_and(|line| names(&line, pgdata))
    }
}

fn path(pgdata: &Path) -> PathBuf {
    pgdata.join("postmaster.pid")
}

/// Stops an earlier server of this cluster, if there is one. Only the owner of the folder may call this.
pub(crate) fn stop_orphan(pgdata: &Path) -> Result<(), ClusterError> {
    let Some(old) = PidFile::read(pgdata).filter(|old| os::exists(old.pid)) else {
        return Ok(()); // PostgreSQL handles a file whose process no longer exists.
    };
    if !old.is_live(pgdata) {
        // The id now belongs to another process, which PostgreSQL would mistake for a server and refuse to start.
        let path = path(pgdata);
        return fs::remove_file(&path).map_err(|error| ClusterError::io("remove", &path, error));
    }
    info!(pid = old.pid, "Waiting for an earlier PostgreSQL (process {}) to end", old.pid);
    for (signal, timeout) in [(Signal::SIGINT, 10), (Signal::SIGQUIT, 5)] {
        os::send(old.pid, signal);
        if exits_within(&old, pgdata, Duration::from_secs(timeout)) {
            return Ok(());
        }
    }
    Err(ClusterError::DoesNotStop { dir: pgdata.to_owned(), pid: old.pid })
}

fn exits_within(old: &PidFile, pgdata: &Path, timeout: Duration) -> bool {
    let deadline = Instant::now() + timeout;
    while old.is_live(pgdata) {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    true
}

/// Returns the command line of a process. (Its working folder would do too, but containers often forbid reading it.)
fn arguments(pid: u32) -> Option<Vec<u8>> {
    if cfg!(target_os = "linux") {
        return fs::read(format!("/proc/{pid}/cmdline")).ok();
    }
    let output = std::process::Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output();
    output.ok().map(|output| output.stdout)
}

/// Whether the command line contains the folder as a separate argument.
fn names(line: &[u8], pgdata: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let wanted = pgdata.as_os_str().as_bytes();
    let ends = |at: usize| line.get(at).is_none_or(|byte| [0, b' ', b'\n'].contains(byte));
    line.windows(wanted.len()).enumerate().any(|(at, found)| found == wanted && ends(at + wanted.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE_FILE: &str = "4711\n/data/postgres\n1700000000\n5432\n/data/run\n\n  123 456\nready   \n";

    #[test]
    fn a_complete_file_is_parsed() {
        let expected = PidFile { pid: 4711, socket_dir: "/data/run".into(), ready: true };
        assert_eq!(PidFile::parse(COMPLETE_FILE), Some(expected));
    }

    #[test]
    fn incomplete_and_invalid_files_are_handled() {
        assert!(!PidFile::parse("4711\n/data/postgres\n").unwrap().ready);
        assert!(!PidFile::parse(&COMPLETE_FILE.replace("ready", "starting")).unwrap().ready);
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("-1\n"), None);
    }

    #[test]
    fn the_folder_must_be_a_separate_argument() {
        let dir = Path::new("/data/postgres");
        assert!(names(b"postgres\0-D\0/data/postgres\0-c\0x=y\0", dir));
        assert!(names(b"postgres -D /data/postgres", dir));
        assert!(!names(b"initdb\0-D\0/data/postgres.new\0", dir));
        assert!(!names(b"", dir));
    }

    #[test]
    fn a_file_that_names_another_process_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(path(dir.path()), format!("{}\n{}\n", std::process::id(), dir.path().display())).unwrap();
        stop_orphan(dir.path()).unwrap();
        assert!(!path(dir.path()).exists());
    }
}
