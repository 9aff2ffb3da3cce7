//! The few system calls that std does not provide.

use nix::errno::Errno;
pub(crate) use nix::sys::signal::Signal;
use nix::sys::signal::kill;
use nix::sys::statvfs::statvfs;
use nix::unistd::{Pid, geteuid};
use std::path::Path;
use std::process::Command;

/// Returns the effective user id.
pub(crate) fn effective_uid() -> u32 {
    geteuid().as_raw()
}

/// Sends a signal. The caller must handle the case that the process no longer exists.
pub(crate) fn send(pid: u32, signal: Signal) {
    if let Some(pid) = process(pid) {
        let _ = kill(pid, signal);
    }
}

/// Whether a process with this id exists (including zombies).
pub(crate) fn exists(pid: u32) -> bool {
    process(pid).is_some_and(|pid| matches!(kill(pid, None), Ok(()) | Err(Errno::EPERM)))
}

/// Rejects 0 and negative ids, which would address whole process groups.
fn process(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().filter(|pid| *pid > 0).map(Pid::from_raw)
}

/// Whether the disk is too full for PostgreSQL to work. It may not even be able to log that.
pub(crate) fn disk_is_full(path: &Path) -> bool {
    // Some file systems do not count inodes and report 0 of 0.
    statvfs(path).is_ok_and(|disk| disk.blocks_available() < 256 || (disk.files() > 0 && disk.files_available() < 16))
}

/// Makes the kernel send `signal` to the child when the *thread* that spawns it ends, even by kill -9.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "pre_exec has no safe form")]
pub(crate) fn die_with_parent(command: &mut Command, signal: Signal) {
    use std::os::unix::process::CommandExt;
    let parent = Pid::this();
    let arm = move || {
        nix::sys::prctl::set_pdeathsig(signal)?;
        // The parent may have died before the call above.
        if Pid::parent() == parent { Ok(()) } else { Err(Errno::ESRCH.into()) }
    };
    // SAFETY: the closure allocates nothing and makes only system calls that are async-signal-safe.
    unsafe { command.pre_exec(arm) };
}

/// Only Linux supports this. Elsewhere, the next start stops an orphaned server.
#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_parent(_command: &mut Command, _signal: Signal) {}
