//! How every PostgreSQL program is started: by the right user, away from our terminal, with a clean environment.

use crate::account::Account;
use crate::os::{self, Signal};
use std::env;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// A program that gets `on_our_death` when the thread that spawns it ends.
pub(crate) fn command(program: &Path, account: &Account, on_our_death: Signal) -> Command {
    let mut command = Command::new(program);
    // PGDATA, PGOPTIONS and the like would change what the programs do.
    for (name, _) in env::vars_os().filter(|(name, _)| name.as_bytes().starts_with(b"PG")) {
        command.env_remove(name);
    }
    // Messages in English, since we read them. Our own folder may be closed to the server's user, who needs any at all.
    command.env("LC_ALL", "C").env_remove("LANGUAGE").current_dir("/");
    // In a process group of its own, Ctrl-C in the terminal reaches only us: requests end before the database does.
    command.process_group(0);
    account.apply_to(&mut command);
    os::die_with_parent(&mut command, on_our_death);
    command
}
