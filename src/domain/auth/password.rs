//! Passwords: Argon2id with a random salt for each.

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use super::{Auth, AuthError};

/// The hash verified if there is no such account, so that the response takes as long as for a wrong password.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$V6MHkNeUkjpNnHd2nfyqCSm1jSnQvYlRw2wPoiEHK9w";

impl Auth {
    /// Hashes a password for storage.
    pub async fn hash_password(&self, password: &str) -> Result<String, AuthError> {
        let password = password.to_owned();
        run_blocking(move || {
            let salt = SaltString::generate(&mut OsRng);
            hasher().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string()).map_err(crypto)
        })
        .await
    }

    /// Returns whether the password matches the hash. Without a hash, does the same work and returns false.
    pub async fn verify_password(&self, password: &str, hash: Option<&str>) -> Result<bool, AuthError> {
        let known = hash.is_some();
        let (password, hash) = (password.to_owned(), hash.unwrap_or(DUMMY_HASH).to_owned());
        run_blocking(move || {
            let parsed = PasswordHash::new(&hash).map_err(crypto)?;
            Ok(hasher().verify_password(password.as_bytes(), &parsed).is_ok() && known)
        })
        .await
    }
}

/// OWASP's second recommendation for Argon2id: 19 MiB, two passes.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// Runs on a blocking thread: hashing takes tens of milliseconds of CPU, which would stall the runtime's threads.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuthError> + Send + 'static,
) -> Result<T, AuthError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AuthError::Crypto(error.to_string()))?
}

fn crypto(error: argon2::password_hash::Error) -> AuthError {
    AuthError::Crypto(error.to_string())
}
