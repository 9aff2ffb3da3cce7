//! The user who runs the server: the current user, unless that is root, which PostgreSQL refuses.

use crate::{ClusterError, os};
use nix::unistd::User;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown, lchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The user as whom root starts the programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerUser {
    name: String,
    uid: u32,
    gid: u32,
}

/// Who runs the programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    Ourselves,
    Other(ServerUser),
}

impl Account {
    /// Chooses the current user or, for root, the owner of the existing cluster, `postgres` or `nobody`, in this order.
    pub(crate) fn choose(pgdata: &Path) -> Result<Self, ClusterError> {
        if os::effective_uid() != 0 {
            return Ok(Self::Ourselves);
        }
        // A cluster that a user created as themselves stays theirs, so that it still works without sudo.
        owner(pgdata)
            .or_else(|| named("postgres"))
            .or_else(|| named("nobody"))
            .map(Self::Other)
            .ok_or(ClusterError::NoServerUser)
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Ourselves => "who runs this program",
            Self::Other(other) => &other.name,
        }
    }

    pub(crate) fn uid(&self) -> u32 {
        match self {
            Self::Ourselves => os::effective_uid(),
            Self::Other(other) => other.uid,
        }
    }

    /// Runs the program as this user (std also drops root's supplementary groups).
    pub(crate) fn apply_to(&self, command: &mut Command) {
        if let Self::Other(other) = self {
            command.uid(other.uid).gid(other.gid);
        }
    }

    /// Makes the user the owner of a file or folder.
    pub(crate) fn chown(&self, path: &Path) -> Result<(), ClusterError> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other(other) => chown(path, Some(other.uid), Some(other.gid))
                .map_err(|error| ClusterError::io("change the owner of", path, error)),
        }
    }

    /// The same for everything below a folder: a cluster that root copied belongs to root.
    pub(crate) fn chown_tree(&self, path: &Path) -> Result<(), ClusterError> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other(other) => {
                chown_tree(path, other).map_err(|error| ClusterError::io("change the owner of", path, error))
            }
        }
    }

    /// Whether the user may enter every folder on the path, including the last one.
    pub(crate) fn can_enter(&self, dir: &Path) -> bool {
        match self {
            Self::Ourselves => true,
            Self::Other(other) => {
                dir.ancestors().all(|dir| fs::metadata(dir).is_ok_and(|found| may_enter(other, &found)))
            }
        }
    }
}

fn may_enter(user: &ServerUser, found: &fs::Metadata) -> bool {
    let bit = match () {
        () if found.uid() == user.uid => 0o100,
        () if found.gid() == user.gid => 0o010,
        () => 0o001,
    };
    found.mode() & bit != 0
}

fn owner(pgdata: &Path) -> Option<ServerUser> {
    let found = fs::metadata(pgdata).ok().filter(|found| found.uid() != 0)?;
    let (uid, gid) = (found.uid(), found.gid());
    let user = User::from_uid(uid.into()).ok().flatten();
    Some(ServerUser { name: user.map_or_else(|| format!("with id {uid}"), |user| user.name), uid, gid })
}

fn named(name: &str) -> Option<ServerUser> {
    let user = User::from_name(name).ok().flatten()?;
    Some(ServerUser { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() })
}

fn chown_tree(path: &Path, user: &ServerUser) -> io::Result<()> {
    lchown(path, Some(user.uid), Some(user.gid))?;
    if fs::symlink_metadata(path)?.is_dir() {
        for below in fs::read_dir(path)? {
            chown_tree(&below?.path(), user)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn users_are_found_by_name_and_by_owned_files() {
        assert!(named("root").is_some_and(|root| root.uid == 0));
        assert_eq!(named("nobody has this name"), None);
        assert_eq!(owner(Path::new("/")), None, "root is nobody to run a server");
        assert_eq!(owner(Path::new("/there/is/no/such/folder")), None);
    }

    #[test]
    fn access_depends_on_the_users_permission_bit() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o710)).unwrap();
        let found = fs::metadata(dir.path()).unwrap();
        let user = |uid, gid| ServerUser { name: "somebody".into(), uid, gid };
        let (uid, gid) = (found.uid(), found.gid());
        assert!(may_enter(&user(uid, gid + 1), &found), "the owner's");
        assert!(may_enter(&user(uid + 1, gid), &found), "the group's");
        assert!(!may_enter(&user(uid + 1, gid + 1), &found), "that of all others");
    }
}
