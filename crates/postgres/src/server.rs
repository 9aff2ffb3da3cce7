//! The server process: start, readiness, shutdown.

use crate::binaries::Binaries;
use crate::data_dir::DataDir;
use crate::error::reason_in;
use crate::os::Signal;
use crate::pidfile::PidFile;
use crate::{ClusterError, child, os};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tracing::{error, info, warn};

/// The slowest start: recovery after a power failure reads up to a gigabyte of log.
pub(crate) const READY_TIMEOUT: Duration = Duration::from_secs(180);

/// A fast shutdown writes all data in memory to disk. If it takes longer than this, the next start does the rest.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

const MAX_LOG_SIZE: u64 = 10 * 1024 * 1024;

/// A running server and the thread that waits for it: the kernel ends the server when the thread that spawned it ends.
#[derive(Debug)]
pub(crate) struct Server {
    pid: u32,
    pgdata: PathBuf,
    stopping: Arc<AtomicBool>,
    supervisor: Option<JoinHandle<io::Result<ExitStatus>>>,
}

impl Server {
    /// Starts the server and waits until it accepts connections.
    pub(crate) fn start(
        data_dir: &DataDir,
        binaries: &Binaries,
        socket_dir: &Path,
        durable: bool,
    ) -> Result<Self, ClusterError> {
        let log_path = data_dir.log();
        let log = open_log(&log_path).map_err(|error| ClusterError::io("write", &log_path, error))?;
        let log_start = log.metadata().map_or(0, |found| found.len());
        let program = binaries.program("postgres");
        let command = command(&program, data_dir, socket_dir, durable, log);
        let mut server =
            supervise(command, data_dir.pgdata()).map_err(|error| ClusterError::io("run", &program, error))?;
        match server.wait_until_ready() {
            Ok(()) => Ok(server),
            Err(reason) => {
                let _ = server.stop();
                Err(explain(&log_path, log_start, reason))
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Fast shutdown: ends the sessions, flushes everything to disk, and waits until the process has exited.
    pub(crate) fn stop(&mut self) -> Result<(), ClusterError> {
        self.stopping.store(true, Ordering::Release);
        for (signal, timeout) in [(Signal::SIGINT, STOP_TIMEOUT), (Signal::SIGQUIT, Duration::from_secs(10))] {
            if self.has_ended() {
                break;
            }
            os::send(self.pid, signal);
            if !self.exits_within(timeout) {
                warn!(pid = self.pid, "PostgreSQL (process {}) takes long to stop", self.pid);
            }
        }
        if !self.has_ended() {
            return Err(ClusterError::DoesNotStop { dir: self.pgdata.clone(), pid: self.pid });
        }
        let _ = self.supervisor.take().map(JoinHandle::join);
        Ok(())
    }

    fn has_ended(&self) -> bool {
        self.supervisor.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn exits_within(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        while !self.has_ended() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
        self.has_ended()
    }

    /// Polls the server's status file, which needs no connection, so none can be refused.
    fn wait_until_ready(&self) -> Result<(), &'static str> {
        let start = Instant::now();
        let mut reported = false;
        loop {
            if PidFile::read(&self.pgdata).is_some_and(|file| file.pid == self.pid && file.ready) {
                return Ok(());
            }
            if self.has_ended() {
                return Err("it ended at once");
            }
            if start.elapsed() > READY_TIMEOUT {
                return Err("it takes too long");
            }
            if !reported && start.elapsed() > Duration::from_secs(3) {
                reported = true;
                info!("PostgreSQL is still starting (after a crash it repairs its files first)");
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn command(program: &Path, data_dir: &DataDir, socket_dir: &Path, durable: bool, log: File) -> Command {
    let mut command = child::command(program, &data_dir.account, Signal::SIGINT);
    command.arg("-D").arg(data_dir.pgdata());
    // The socket's folder was chosen to be plain ASCII.
    command.arg("-c").arg(format!("unix_socket_directories={}", socket_dir.display()));
    // Only mandatory settings. Memory and connections stay in postgresql.conf (128MB, 100), where an operator can tune
    // them.
    for setting in [
        "listen_addresses=",
        "port=5432",
        "unix_socket_permissions=0700",
        "logging_collector=off",
        "log_destination=stderr",
        "log_min_duration_statement=-1",
        "timezone=UTC",
        "log_timezone=UTC",
    ] {
        command.args(["-c", setting]);
    }
    command.arg("-c").arg(format!("cluster_name={}", data_dir.app));
    if !durable {
        command.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command
}

/// Starts the process on a thread that lives as long as the process.
fn supervise(mut command: Command, pgdata: PathBuf) -> io::Result<Server> {
    let (started, start) = mpsc::channel();
    let stopping = Arc::new(AtomicBool::new(false));
    let is_expected = Arc::clone(&stopping);
    let supervisor = thread::Builder::new().name("postgres-supervisor".to_owned()).spawn(move || {
        let spawned = command.spawn();
        drop(command);
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => {
                let _ = started.send(Err(io::Error::new(error.kind(), error.to_string())));
                return Err(error);
            }
        };
        let _ = started.send(Ok(child.id()));
        let status = child.wait()?;
        if !is_expected.load(Ordering::Acquire) && !status.success() {
            error!("PostgreSQL ended by itself ({status}); see postgres.log");
        }
        Ok(status)
    })?;
    let pid = start.recv().map_err(io::Error::other)??;
    Ok(Server { pid, pgdata, stopping, supervisor: Some(supervisor) })
}

/// Opens the log for appending. It is private, because it quotes failed statements. One older log is kept.
fn open_log(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|found| found.len() > MAX_LOG_SIZE) {
        fs::rename(path, path.with_extension("log.1"))?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// Explains the failure, based on what this start has written to the log.
fn explain(log: &Path, log_start: u64, otherwise: &str) -> ClusterError {
    let text = read_from(log, log_start).unwrap_or_default();
    if let Some(known) = ClusterError::in_output(&text, log) {
        return known;
    }
    // On a full disk the log is empty.
    if os::disk_is_full(log) {
        return ClusterError::DiskFull { path: log.to_owned() };
    }
    let reason = if text.trim().is_empty() { otherwise.to_owned() } else { reason_in(&text) };
    ClusterError::NotReady { reason, log: log.to_owned() }
}

fn read_from(path: &Path, offset: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_log_lines_of_this_start_are_considered() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("postgres.log");
        let before = "FATAL:  could not write: No space left on device\n";
        fs::write(&log, format!("{before}FATAL:  no such library\n")).unwrap();
        let message = explain(&log, before.len() as u64, "it ended").to_string();
        assert!(message.contains("no such library"), "{message}");
        assert!(matches!(explain(&log, 0, "it ended"), ClusterError::DiskFull { .. }));
    }

    #[test]
    fn a_large_log_is_rotated() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("postgres.log");
        File::create(&log).unwrap().set_len(MAX_LOG_SIZE + 1).unwrap();
        assert_eq!(open_log(&log).unwrap().metadata().unwrap().len(), 0);
        assert!(dir.path().join("postgres.log.1").exists());
    }
}
