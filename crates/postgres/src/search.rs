//! Finds PostgreSQL's programs.

use crate::account::Account;
use crate::binaries::{Binaries, number};
use crate::{ClusterError, MIN_MAJOR, download};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Where to look, in this order.
#[derive(Debug)]
pub(crate) struct Search {
    /// The operator's choice. It is an error if it does not work.
    pub(crate) chosen: Option<PathBuf>,
    pub(crate) places: Vec<PathBuf>,
    /// The cache of downloaded programs.
    pub(crate) cache: Option<PathBuf>,
}

impl Search {
    /// The places where packages install PostgreSQL.
    pub(crate) fn usual(app: &str, chosen: Option<&Path>) -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut places: Vec<PathBuf> = env::split_paths(&path).filter(|dir| dir.is_absolute()).collect();
        for (parent, prefix, below) in [
            ("/usr/lib/postgresql", "", "bin"),
            ("/usr/lib", "postgresql", "bin"),
            ("/usr/libexec", "postgresql", ""),
            ("/usr", "pgsql-", "bin"),
            ("/opt/homebrew/opt", "postgresql", "bin"),
            ("/usr/local/opt", "postgresql", "bin"),
            ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
        ] {
            places.extend(newest_first(Path::new(parent), prefix).into_iter().map(|dir| dir.join(below)));
        }
        Self { chosen: chosen.map(Path::to_owned), places, cache: download::cache_dir(app) }
    }

    /// Returns the first supported one that, for an existing cluster, has the same major version. Downloads it if
    /// necessary.
    pub(crate) fn find(&self, cluster: Option<(&Path, u32)>, account: &Account) -> Result<Binaries, ClusterError> {
        let chosen = self.chosen.as_deref().map(|dir| chosen(dir, account)).transpose()?;
        let others = self.places.iter().filter_map(|dir| Binaries::at(dir, account));
        let fetched = self.cache.iter().filter_map(|cache| download::fetched(cache, account));
        let major = cluster.map(|(_, major)| major);
        let seen = match first_fit(chosen.into_iter().chain(others).chain(fetched), major) {
            Ok(found) => return Ok(found),
            Err(seen) => seen,
        };
        let wrong_major = |dir: &Path, data, found| {
            let dir = dir.to_owned();
            ClusterError::WrongMajor { dir, data, found }
        };
        match cluster {
            Some((dir, data)) if data != download::MAJOR => Err(wrong_major(dir, data, list(&seen))),
            _ => download::fetch(self.cache.as_deref(), account).map_err(|reason| match cluster {
                Some((dir, data)) => wrong_major(dir, data, format!("{}; {reason}", list(&seen))),
                None => ClusterError::NoPostgres { reason: with_seen(&seen, reason) },
            }),
        }
    }
}

fn chosen(dir: &Path, account: &Account) -> Result<Binaries, ClusterError> {
    let absolute = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    Binaries::at(&absolute, account)
        .filter(|found| found.major >= MIN_MAJOR)
        .ok_or_else(|| ClusterError::BadPgBin { dir: dir.to_owned() })
}

/// Returns the first that fits, or all that were found.
fn first_fit(found: impl Iterator<Item = Binaries>, major: Option<u32>) -> Result<Binaries, Vec<Binaries>> {
    let mut seen = Vec::new();
    for binaries in found {
        if binaries.major >= MIN_MAJOR && major.is_none_or(|major| major == binaries.major) {
            return Ok(binaries);
        }
        seen.push(binaries);
    }
    Err(seen)
}

fn list(seen: &[Binaries]) -> String {
    let mut seen: Vec<&Binaries> = seen.iter().collect();
    seen.dedup_by_key(|binaries| &binaries.version);
    let name = |binaries: &&Binaries| format!("PostgreSQL {} ({})", binaries.version, binaries.dir.display());
    let names: Vec<String> = seen.iter().map(name).collect();
    if names.is_empty() { "no PostgreSQL".to_owned() } else { names.join(", ") }
}

fn with_seen(seen: &[Binaries], reason: String) -> String {
    if seen.is_empty() { reason } else { format!("this machine has {}; {reason}", list(seen)) }
}

/// Returns the folders with this prefix, highest number first.
fn newest_first(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let names =
        fs::read_dir(parent).into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_by_key(|name| std::cmp::Reverse(number(name)));
    names.into_iter().map(|name| parent.join(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_major(major: u32) -> Binaries {
        Binaries { dir: format!("/pg/{major}").into(), major, version: format!("{major}.1") }
    }

    #[test]
    fn a_new_cluster_uses_the_first_supported_version() {
        let found = [of_major(13), of_major(16), of_major(18)];
        assert_eq!(first_fit(found.into_iter(), None), Ok(of_major(16)));
    }

    #[test]
    fn an_existing_cluster_requires_its_major_version() {
        let found = [of_major(16), of_major(15)];
        assert_eq!(first_fit(found.clone().into_iter(), Some(15)), Ok(of_major(15)));
        let seen = first_fit(found.into_iter(), Some(17)).unwrap_err();
        assert_eq!(list(&seen), "PostgreSQL 16.1 (/pg/16), PostgreSQL 15.1 (/pg/15)");
    }

    #[test]
    fn folders_are_sorted_by_version() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["pgsql-9", "pgsql-16", "other-20"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        assert_eq!(newest_first(dir.path(), "pgsql-"), [dir.path().join("pgsql-16"), dir.path().join("pgsql-9")]);
    }
}
