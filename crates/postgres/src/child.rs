//! Starts PostgreSQL programs as the right user, detached from our terminal, with a clean environment.

use crate::account::Account;
use crate::os::{self, Signal};
use std::env;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Creates a command that receives `on_our_death` when the thread that spawns it ends.
pub(crate) fn command(program: &Path, account: &Account, on_our_death: Signal) -> Command {
    let mut command = Command::new(program);
    // PGDATA, PGOPTIONS and the like would change the behavior of the programs.
    for (name, _) in env::vars_os().filter(|(name, _)| name.as_bytes().starts_with(b"PG")) {
        command.env_remove(name);
    }
    // We parse the messages, so they must be in English. The server's user may not be able to enter our current folder.
    command.env("LC_ALL", "C").env_remove("LANGUAGE").current_dir("/");
    // In a separate process group, Ctrl-C in the terminal reaches only us, so that requests end before the database
    // does.
    command.process_group(0);
    account.apply_to(&mut command);
    os::die_with_parent(&mut command, on_our_death);
    command
}
