//! Creates a cluster in a temporary folder and then renames it: a crash leaves a complete cluster or none.

use crate::account::Account;
use crate::binaries::Binaries;
use crate::data_dir::{DataDir, private_dir};
use crate::error::reason_in;
use crate::os::Signal;
use crate::{ClusterError, child};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tracing::debug;

/// Returns the major version of the cluster, if there is one.
pub(crate) fn existing_major(pgdata: &Path) -> Result<Option<u32>, ClusterError> {
    let not_a_cluster = || ClusterError::NotACluster { dir: pgdata.to_owned() };
    match fs::read_to_string(pgdata.join("PG_VERSION")) {
        Ok(text) => text.trim().parse().map(Some).map_err(|_| not_a_cluster()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let empty = fs::read_dir(pgdata).map_or(true, |mut found| found.next().is_none());
            if empty { Ok(None) } else { Err(not_a_cluster()) }
        }
        Err(error) => Err(ClusterError::io("read", pgdata, error)),
    }
}

/// Runs `initdb`, creates the app's database, and moves the result into place.
pub(crate) fn create(data_dir: &DataDir, binaries: &Binaries, durable: bool) -> Result<(), ClusterError> {
    let (fresh, pgdata) = (data_dir.home.join("postgres.new"), data_dir.pgdata());
    discard(&fresh)?;
    let created = private_dir(&fresh, &data_dir.account)
        .and_then(|()| run_initdb(&fresh, data_dir, binaries, durable))
        .and_then(|()| create_database(&fresh, data_dir, binaries, durable))
        .and_then(|()| fs::rename(&fresh, &pgdata).map_err(|error| ClusterError::io("create", &pgdata, error)));
    if created.is_err() {
        let _ = discard(&fresh);
        return created;
    }
    let synced = File::open(&data_dir.home).and_then(|home| home.sync_all());
    synced.map_err(|error| ClusterError::io("write", &data_dir.home, error))
}

/// PostgreSQL insists on the owner and mode of its folder, which a copy may have changed.
pub(crate) fn restore_ownership(pgdata: &Path, account: &Account) -> Result<(), ClusterError> {
    let failed = |error| ClusterError::io("change the mode of", pgdata, error);
    let found = fs::metadata(pgdata).map_err(failed)?;
    if found.uid() != account.uid() {
        account.chown_tree(pgdata)?;
    }
    if found.mode() & 0o027 != 0 {
        fs::set_permissions(pgdata, Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

fn run_initdb(fresh: &Path, data_dir: &DataDir, binaries: &Binaries, durable: bool) -> Result<(), ClusterError> {
    let c_utf8: &[&str] = &["--locale=C.UTF-8"];
    let builtin: &[&str] = &["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    let plain: &[&str] = &["--no-locale"];
    let next_best = if binaries.major >= 17 { builtin } else { plain };
    let mut output = initdb(fresh, data_dir, binaries, durable, c_utf8)?;
    if text(&output).contains("invalid locale name") {
        // Some systems (older macOS) do not have C.UTF-8.
        debug!("This system has no locale C.UTF-8, trying {next_best:?}");
        output = initdb(fresh, data_dir, binaries, durable, next_best)?;
    }
    if output.status.success() { Ok(()) } else { Err(failed(data_dir, &text(&output))) }
}

fn initdb(
    fresh: &Path,
    data_dir: &DataDir,
    binaries: &Binaries,
    durable: bool,
    locale: &[&str],
) -> Result<Output, ClusterError> {
    let program = binaries.program("initdb");
    // SIGKILL, because the next start deletes an incomplete cluster.
    let mut command = child::command(&program, &data_dir.account, Signal::SIGKILL);
    command
        .arg("-D")
        .arg(fresh)
        .args(["-U", data_dir.app, "-A", "trust", "-E", "UTF8", "--no-instructions"])
        .args(locale);
    if !durable {
        command.arg("--no-sync");
    }
    command.stdin(Stdio::null()).output().map_err(|error| ClusterError::io("run", &program, error))
}

/// Creates the database in single-user mode, which needs neither a server nor psql.
fn create_database(fresh: &Path, data_dir: &DataDir, binaries: &Binaries, durable: bool) -> Result<(), ClusterError> {
    let program = binaries.program("postgres");
    let mut command = child::command(&program, &data_dir.account, Signal::SIGKILL);
    command.arg("--single").arg("-D").arg(fresh).args(["-c", "exit_on_error=on"]);
    if !durable {
        command.arg("-F");
    }
    command.arg("postgres");
    let output = run_with_input(&mut command, &format!("CREATE DATABASE \"{}\"\n", data_dir.app))
        .map_err(|error| ClusterError::io("run", &program, error))?;
    if output.status.success() && fresh.join("PG_VERSION").exists() && !text(&output).contains("ERROR:") {
        return Ok(());
    }
    Err(failed(data_dir, &text(&output)))
}

fn run_with_input(command: &mut Command, input: &str) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // A program that ended early prints the reason, which an error about the broken pipe would hide.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    child.wait_with_output()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

fn failed(data_dir: &DataDir, text: &str) -> ClusterError {
    let dir = data_dir.pgdata();
    ClusterError::in_output(text, &dir).unwrap_or_else(|| ClusterError::InitFailed { reason: reason_in(text), dir })
}

/// A killed initdb leaves a child that keeps writing briefly, so the folder may fill again while it is emptied.
fn discard(fresh: &Path) -> Result<(), ClusterError> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match fs::remove_dir_all(fresh) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !fresh.exists() => {
                return Ok(());
            }
            Err(error) if !is_being_written(&error) || Instant::now() > deadline => {
                return Err(ClusterError::io("remove", fresh, error));
            }
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn is_being_written(error: &io::Error) -> bool {
    [io::ErrorKind::DirectoryNotEmpty, io::ErrorKind::NotFound].contains(&error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_cluster_or_empty_or_invalid() {
        let dir = tempfile::tempdir().unwrap();
        let pgdata = dir.path();
        assert_eq!(existing_major(&pgdata.join("missing")).unwrap(), None);
        assert_eq!(existing_major(pgdata).unwrap(), None);
        fs::write(pgdata.join("other"), "").unwrap();
        assert!(matches!(existing_major(pgdata), Err(ClusterError::NotACluster { .. })));
        fs::write(pgdata.join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(existing_major(pgdata).unwrap(), Some(15));
    }
}
