//! PostgreSQL's programs in a folder.

use crate::account::Account;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binaries {
    pub(crate) dir: PathBuf,
    pub(crate) major: u32,
    pub(crate) version: String,
}

impl Binaries {
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Returns what the folder contains, if the server's user can run it.
    pub(crate) fn at(dir: &Path, account: &Account) -> Option<Self> {
        let dir = with_both(dir).filter(|dir| account.can_enter(dir))?;
        let output = Command::new(dir.join("postgres")).arg("--version").output().ok()?;
        let (major, version) = parse_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { dir, major, version })
    }
}

/// Returns the folder itself, or the target of its `postgres` link: a folder of links may contain only one of the two.
fn with_both(dir: &Path) -> Option<PathBuf> {
    let has_both = |dir: &Path| dir.join("postgres").is_file() && dir.join("initdb").is_file();
    if has_both(dir) {
        return Some(dir.to_owned());
    }
    let real = fs::canonicalize(dir.join("postgres")).ok()?;
    real.parent().filter(|dir| has_both(dir)).map(Path::to_owned)
}

/// Parses `postgres (PostgreSQL) 15.18 (Debian ..)`, or `17beta1`.
fn parse_version(line: &str) -> Option<(u32, String)> {
    let version = line.split_once("(PostgreSQL)")?.1.split_whitespace().next()?;
    Some((number(version)?, version.to_owned()))
}

/// Returns the first number in a text.
pub(crate) fn number(text: &str) -> Option<u32> {
    let digits = text.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    digits.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_parsed() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0)\n"), Some((15, "15.18".into())));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta1\n"), Some((19, "19beta1".into())));
        assert_eq!(parse_version("bash: not found"), None);
    }
}
