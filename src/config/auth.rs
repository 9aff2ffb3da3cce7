//! The secret that signs tokens.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use rand::RngCore;

use super::reader::{Reader, given};
use super::{Secret, Settings};

/// The minimum length of a secret, in bytes: that of the hash it is used with.
const MIN_LENGTH: usize = 32;
/// The file in the data folder with the generated secret.
const FILE: &str = "jwt.secret";

/// The secret that signs tokens.
pub struct AuthConfig {
    given: Option<Secret>,
}

/// Why the secret in the data folder is not available.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read or written.
    #[error(
        "cannot keep the secret for tokens in {}: {source}; make that place writable, choose another --data-dir, or set \
         CARTWRIGHT_JWT_SECRET", path.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file was truncated or edited.
    #[error(
        "the secret for tokens in {} is shorter than {MIN_LENGTH} bytes: delete the file, and everybody will have to log in \
         again", path.display()
    )]
    Short {
        /// The file.
        path: PathBuf,
    },
}

impl AuthConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Option<Self> {
        let secret = given(settings.jwt_secret.as_ref());
        if secret.is_some_and(|secret| secret.len() < MIN_LENGTH) {
            let problem = format!("expected at least {MIN_LENGTH} bytes, such as `openssl rand -hex 32` makes");
            reader.problem("jwt-secret", &problem);
            return None;
        }
        Some(Self { given: secret.map(Secret::new) })
    }

    /// Whether the operator set the secret.
    pub const fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// Returns the path of the generated secret, used if the operator sets none.
    pub fn file(data_dir: &Path) -> PathBuf {
        data_dir.join(FILE)
    }

    /// Returns the operator's secret, or else the one in the data folder, which is created if it does not exist.
    ///
    /// # Errors
    /// If the file cannot be read or created, or is damaged.
    pub fn secret(&self, data_dir: &Path) -> Result<Secret, SecretError> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let path = Self::file(data_dir);
        let text = read_or_create(&path).map_err(|source| SecretError::Io { path: path.clone(), source })?;
        let text = text.trim();
        if text.len() < MIN_LENGTH { Err(SecretError::Short { path }) } else { Ok(Secret::new(text)) }
    }
}

fn read_or_create(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(path)?,
        other => return other,
    }
    fs::read_to_string(path)
}

/// Writes a temporary file and links it into place atomically: if two processes do this at the same time, one wins, and
/// both read the winner's secret.
fn make(path: &Path) -> io::Result<()> {
    let mut secret = [0; 32];
    rand::rng().fill_bytes(&mut secret);
    let text = hex::encode(secret);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let _ = fs::remove_file(&draft);
    write_private(&draft, &format!("{text}\n"))?;
    let linked = match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Some file systems do not support hard links.
        Err(_) => fs::rename(&draft, path),
        Ok(()) => Ok(()),
    };
    let _ = fs::remove_file(&draft);
    linked
}

/// Writes a new file that only its owner can read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
