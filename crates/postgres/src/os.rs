//! The few system calls that std does not offer.
#![expect(unsafe_code, reason = "prctl, kill, geteuid and statvfs have no safe form in std")]

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

/// A signal's number.
pub(crate) type Signal = libc::c_int;
pub(crate) use libc::{SIGINT, SIGKILL, SIGQUIT};

/// The user as whom we act.
pub(crate) fn effective_uid() -> u32 {
    // SAFETY: cannot fail and touches no memory.
    unsafe { libc::geteuid() }
}

/// Whether the signal could be sent.
pub(crate) fn send(pid: u32, signal: Signal) -> bool {
    // 0 and negative numbers would address whole groups of processes.
    let Some(pid) = libc::pid_t::try_from(pid).ok().filter(|pid| *pid > 0) else {
        return false;
    };
    // SAFETY: touches no memory.
    unsafe { libc::kill(pid, signal) == 0 }
}

/// Whether a process of this number exists (a zombie does).
pub(crate) fn exists(pid: u32) -> bool {
    send(pid, 0) || std::io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
}

/// Whether the disk has so little room left that PostgreSQL cannot work; it may not even be able to log that.
pub(crate) fn disk_is_full(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else {
        return false;
    };
    // SAFETY: zeroes are a valid statvfs, the path is terminated, and both outlive the call.
    let stat = unsafe {
        let mut stat: libc::statvfs = std::mem::zeroed();
        if libc::statvfs(path.as_ptr(), &mut stat) != 0 {
            return false;
        }
        stat
    };
    // Some file systems count no inodes and report 0 of 0.
    stat.f_bavail < 256 || (stat.f_files > 0 && stat.f_favail < 16)
}

/// Let the kernel send `signal` to the child when the *thread* that spawns it ends, kill -9 included. Only Linux can.
pub(crate) fn die_with_parent(command: &mut Command, signal: Signal) {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::process::CommandExt;
        let parent = std::process::id();
        let arm = move || {
            // SAFETY: both calls are async-signal-safe and touch no memory.
            let (armed, actual) = unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, signal), libc::getppid()) };
            // The parent may have died before the request was made.
            if armed != 0 || u32::try_from(actual) != Ok(parent) {
                return Err(std::io::ErrorKind::Other.into());
            }
            Ok(())
        };
        // SAFETY: the closure allocates nothing and calls only async-signal-safe functions.
        unsafe { command.pre_exec(arm) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (command, signal);
}
