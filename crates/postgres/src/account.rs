//! The user who runs the server: ourselves, unless we are root, whom PostgreSQL refuses.

use crate::{ClusterError, os};
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown, lchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Another user, in whose name root starts the programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Other {
    name: String,
    uid: u32,
    gid: u32,
}

/// Who runs the programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    Ourselves,
    Other(Other),
}

impl Account {
    /// Ourselves, or for root: the owner of the existing cluster, `postgres`, `nobody`, in this order.
    pub(crate) fn choose(pgdata: &Path) -> Result<Self, ClusterError> {
        if os::effective_uid() != 0 {
            return Ok(Self::Ourselves);
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        // A cluster that someone made as themselves stays theirs, so that it still works without sudo.
        owner(pgdata, &passwd)
            .or_else(|| named(&passwd, "postgres"))
            .or_else(|| named(&passwd, "nobody"))
            .map(Self::Other)
            .ok_or(ClusterError::NoServerUser)
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Ourselves => "who runs Cartwright",
            Self::Other(other) => &other.name,
        }
    }

    pub(crate) fn uid(&self) -> u32 {
        match self {
            Self::Ourselves => os::effective_uid(),
            Self::Other(other) => other.uid,
        }
    }

    /// Start the program in this user's name (std drops root's supplementary groups along with it).
    pub(crate) fn run(&self, command: &mut Command) {
        if let Self::Other(other) = self {
            command.uid(other.uid).gid(other.gid);
        }
    }

    /// Make the user the owner of a file or folder.
    pub(crate) fn give(&self, path: &Path) -> Result<(), ClusterError> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other(other) => chown(path, Some(other.uid), Some(other.gid))
                .map_err(|error| ClusterError::io("change the owner of", path, error)),
        }
    }

    /// The same for all that is below: a cluster that root copied belongs to root.
    pub(crate) fn give_tree(&self, path: &Path) -> Result<(), ClusterError> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other(other) => {
                give_tree(path, other).map_err(|error| ClusterError::io("change the owner of", path, error))
            }
        }
    }

    /// Whether the user may enter every folder on the way to this one, itself included.
    pub(crate) fn can_enter(&self, dir: &Path) -> bool {
        match self {
            Self::Ourselves => true,
            Self::Other(other) => dir.ancestors().all(|dir| fs::metadata(dir).is_ok_and(|found| enters(other, &found))),
        }
    }
}

fn enters(other: &Other, found: &fs::Metadata) -> bool {
    let bit = match () {
        () if found.uid() == other.uid => 0o100,
        () if found.gid() == other.gid => 0o010,
        () => 0o001,
    };
    found.mode() & bit != 0
}

fn owner(pgdata: &Path, passwd: &str) -> Option<Other> {
    let found = fs::metadata(pgdata).ok().filter(|found| found.uid() != 0)?;
    let (uid, gid) = (found.uid(), found.gid());
    let name = accounts(passwd).find(|known| known.uid == uid).map(|known| known.name);
    Some(Other { name: name.unwrap_or_else(|| format!("with id {uid}")), uid, gid })
}

fn named(passwd: &str, name: &str) -> Option<Other> {
    accounts(passwd).find(|known| known.name == name)
}

fn accounts(passwd: &str) -> impl Iterator<Item = Other> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Other { name, uid, gid })
    })
}

fn give_tree(path: &Path, other: &Other) -> io::Result<()> {
    lchown(path, Some(other.uid), Some(other.gid))?;
    if fs::symlink_metadata(path)?.is_dir() {
        for below in fs::read_dir(path)? {
            give_tree(&below?.path(), other)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_in_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgresql:x:1:1::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(named(passwd, "postgres"), Some(Other { name: "postgres".into(), uid: 101, gid: 104 }));
        assert_eq!(named(passwd, "nobody"), None);
    }
}
