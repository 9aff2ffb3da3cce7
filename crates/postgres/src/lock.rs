//! Ownership of the data folder.

use crate::ClusterError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// An exclusive lock on the folder, held until this is dropped or the process dies in any way.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

/// The current holder of the lock, as far as the file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) pid: Option<u32>,
    pub(crate) version: Option<String>,
}

impl Lock {
    /// Acquires the lock. Returns the current holder in `Err` if it is taken.
    pub(crate) fn try_acquire(home: &Path) -> Result<Result<Self, Holder>, ClusterError> {
        let path = home.join("instance.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .open(&path)
            .map_err(|error| ClusterError::io("write", &path, error))?;
        match file.try_lock() {
            Ok(()) => {
                let mut lock = Self { file, path };
                lock.write(&format!("{}\n", std::process::id()))?;
                Ok(Ok(lock))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text).map_err(|error| ClusterError::io("read", &path, error))?;
                Ok(Err(Holder::parse(&text)))
            }
            Err(TryLockError::Error(error)) => Err(ClusterError::io("lock", &path, error)),
        }
    }

    /// Records the PostgreSQL version for processes that attach.
    pub(crate) fn record_version(&mut self, version: &str) -> Result<(), ClusterError> {
        self.write(&format!("{}\n{version}\n", std::process::id()))
    }

    fn write(&mut self, text: &str) -> Result<(), ClusterError> {
        use std::io::Seek;
        let written =
            self.file.set_len(0).and_then(|()| self.file.rewind()).and_then(|()| self.file.write_all(text.as_bytes()));
        written.map_err(|error| ClusterError::io("write", &self.path, error))
    }
}

impl Holder {
    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        Self { pid: lines.next().and_then(|line| line.parse().ok()), version: lines.next().map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let mut first = Lock::try_acquire(dir.path()).unwrap().unwrap();
        first.record_version("15.1").unwrap();
        let holder = Lock::try_acquire(dir.path()).unwrap().unwrap_err();
        assert_eq!(holder, Holder { pid: Some(std::process::id()), version: Some("15.1".into()) });
        drop(first);
        assert!(Lock::try_acquire(dir.path()).unwrap().is_ok());
    }

    #[test]
    fn an_empty_lock_file_is_still_a_lock() {
        assert_eq!(Holder::parse(""), Holder::default());
    }
}
