//! File locations: in the data folder, except where PostgreSQL could not use them there.

use crate::ClusterError;
use crate::account::Account;
use sha2::{Digest, Sha256};
use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The maximum length of a Unix socket path.
const MAX_SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The file in the data folder that records the home folder, if it is elsewhere.
const LOCATION: &str = "location";

/// The file name that PostgreSQL gives to the socket of our port.
const SOCKET: &str = ".s.PGSQL.5432";

/// The folders of a cluster, and the user who runs it.
#[derive(Debug)]
pub(crate) struct DataDir {
    pub(crate) app: &'static str,
    pub(crate) path: PathBuf,
    /// The folder with cluster, socket, log and lock: the data folder or, for root, possibly another.
    pub(crate) home: PathBuf,
    pub(crate) account: Account,
}

impl DataDir {
    /// Creates the folder if it does not exist, and finds the location of its files.
    pub(crate) fn find(app: &'static str, path: &Path) -> Result<Self, ClusterError> {
        if !is_name(app) {
            return Err(ClusterError::BadApp { app: app.to_owned() });
        }
        create(path)?;
        let path = fs::canonicalize(path).map_err(|error| ClusterError::io("open", path, error))?;
        let location = read_location(&path)?;
        let account = Account::choose(&location.as_ref().unwrap_or(&path).join("postgres"))?;
        let home = match location {
            Some(home) => {
                create_home(&home)?;
                home
            }
            None if account.can_enter(&path) => path.clone(),
            None => relocate(app, &path, &account)?,
        };
        Ok(Self { app, path, home, account })
    }

    /// Whether there is a cluster, or a record of its location.
    pub(crate) fn exists(data_dir: &Path) -> bool {
        ["postgres", LOCATION].iter().any(|name| data_dir.join(name).exists())
    }

    pub(crate) fn pgdata(&self) -> PathBuf {
        self.home.join("postgres")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// Creates the folder for the socket, private to the server's user and without the socket of an earlier server.
    pub(crate) fn socket_dir(&self) -> Result<PathBuf, ClusterError> {
        let usual = self.home.join("run");
        // The folder is ours alone, so it is created anew: it may belong to a previously used user.
        let _ = fs::remove_dir_all(&usual);
        let dir = if fits(&usual) { usual } else { self.short_dir() };
        private_dir(&dir, &self.account)?;
        // The lock file may contain a process id that has been reused, which would keep the server from starting.
        for stale in [SOCKET.to_owned(), format!("{SOCKET}.lock")] {
            let _ = fs::remove_file(dir.join(stale));
        }
        Ok(dir)
    }

    fn short_dir(&self) -> PathBuf {
        let session = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|_| self.account == Account::Ourselves);
        let usable = |dir: &PathBuf| dir.is_absolute() && owned_by(dir, self.account.uid());
        let name = format!("{}-{}", self.app, hash(&self.home));
        session
            .filter(usable)
            .map(|dir| dir.join(&name))
            .filter(|dir| fits(dir))
            .unwrap_or_else(|| Path::new("/tmp").join(&name))
    }
}

/// Whether the name can be used, without quoting, for a user and a database and in paths and URLs.
fn is_name(app: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    let taken = app.starts_with("pg_") || ["postgres", "template0", "template1"].contains(&app);
    app.len() <= 40 && app.starts_with(|first: char| first.is_ascii_lowercase()) && app.bytes().all(plain) && !taken
}

/// Reads the home folder recorded by an earlier start.
fn read_location(data_dir: &Path) -> Result<Option<PathBuf>, ClusterError> {
    let path = data_dir.join(LOCATION);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(PathBuf::from(text.trim_end())).filter(|home| home.is_absolute())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ClusterError::io("read", &path, error)),
    }
}

/// Creates a home that the server's user can reach, and records it in the data folder.
fn relocate(app: &str, data_dir: &Path, account: &Account) -> Result<PathBuf, ClusterError> {
    let here = data_dir.join("postgres");
    if here.join("PG_VERSION").exists() {
        // A second, empty cluster elsewhere would look as if the data had been lost.
        return Err(ClusterError::OutOfReach { dir: here, user: account.name().to_owned() });
    }
    let mut home = Path::new("/var/lib").join(app).join(hash(data_dir));
    if create_home(&home).is_err() || !account.can_enter(&home) {
        home = Path::new("/var/tmp").join(app).join(hash(data_dir));
        create_home(&home)?;
    }
    let note = data_dir.join(LOCATION);
    fs::write(&note, format!("{}\n", home.display())).map_err(|error| ClusterError::io("write", &note, error))?;
    Ok(home)
}

/// Creates two folders that anyone may enter and only we may write, regardless of our umask.
fn create_home(home: &Path) -> Result<(), ClusterError> {
    for dir in home.parent().into_iter().chain([home]) {
        let is_new = !dir.exists();
        create(dir)?;
        if is_new {
            set_mode(dir, 0o755)?;
        }
        // In /var/tmp anyone could have created it before us.
        if !owned_by(dir, crate::os::effective_uid()) {
            return Err(ClusterError::NotPrivate { dir: dir.to_owned() });
        }
    }
    Ok(())
}

/// Creates a folder that only the server's user can access. If it exists in a public place, it must already be private.
pub(crate) fn private_dir(dir: &Path, account: &Account) -> Result<(), ClusterError> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => {
            set_mode(dir, 0o700)?;
            account.chown(dir)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(dir).map_err(|error| ClusterError::io("open", dir, error))?;
            let ours = found.is_dir() && found.uid() == account.uid() && found.mode() & 0o077 == 0;
            if ours { Ok(()) } else { Err(ClusterError::NotPrivate { dir: dir.to_owned() }) }
        }
        Err(error) => Err(ClusterError::io("create", dir, error)),
    }
}

fn create(dir: &Path) -> Result<(), ClusterError> {
    fs::create_dir_all(dir).map_err(|error| ClusterError::io("create", dir, error))
}

fn set_mode(dir: &Path, mode: u32) -> Result<(), ClusterError> {
    fs::set_permissions(dir, Permissions::from_mode(mode)).map_err(|error| ClusterError::io("open", dir, error))
}

fn owned_by(dir: &Path, uid: u32) -> bool {
    fs::symlink_metadata(dir).is_ok_and(|found| found.is_dir() && found.uid() == uid)
}

fn hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether PostgreSQL and its clients accept this folder for a socket: both parse commas and quotes as a list.
fn fits(dir: &Path) -> bool {
    let bytes = dir.as_os_str().as_bytes();
    let plain = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@~".contains(byte));
    plain && bytes.len() + 1 + SOCKET.len() <= MAX_SOCKET_PATH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_names_are_validated() {
        assert!(is_name("notes") && is_name("my-notes_2"));
        for bad in
            ["", "2notes", "-notes", "Notes", "no tes", "../notes", "no\"tes", "postgres", "template1", "pg_notes"]
        {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(!is_name(&"n".repeat(41)));
    }

    #[test]
    fn long_and_special_paths_are_unsuitable_for_sockets() {
        assert!(fits(Path::new("/home/ada/notes/.data/run")));
        assert!(!fits(Path::new("/home/ada/a, b/run")));
        let of_length = |length: usize| PathBuf::from(format!("/{}", "x".repeat(length - 1)));
        assert!(fits(&of_length(MAX_SOCKET_PATH - 14)));
        assert!(!fits(&of_length(MAX_SOCKET_PATH - 13)));
    }

    #[test]
    fn a_folder_that_is_open_to_others_is_rejected() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        private_dir(&run, &Account::Ourselves).unwrap();
        private_dir(&run, &Account::Ourselves).unwrap();
        set_mode(&run, 0o755).unwrap();
        assert!(matches!(private_dir(&run, &Account::Ourselves), Err(ClusterError::NotPrivate { .. })));
    }

    #[test]
    fn the_location_file_records_the_home() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read_location(dir.path()).unwrap(), None);
        fs::write(dir.path().join("location"), "/var/lib/notes/x\n").unwrap();
        assert_eq!(read_location(dir.path()).unwrap(), Some("/var/lib/notes/x".into()));
    }
}
