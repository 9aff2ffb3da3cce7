//! Passwords: Argon2id with a salt of its own for each.

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use super::{Auth, AuthError};

/// What is checked when there is no such account, so that the answer takes as long as for a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$V6MHkNeUkjpNnHd2nfyqCSm1jSnQvYlRw2wPoiEHK9w";

impl Auth {
    /// The hash of a password, to be stored.
    pub async fn hash_password(&self, password: &str) -> Result<String, AuthError> {
        let password = password.to_owned();
        off_the_runtime(move || {
            let salt = SaltString::generate(&mut OsRng);
            hasher().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string()).map_err(crypto)
        })
        .await
    }

    /// Whether the password belongs to the hash. Without a hash the same work is done and the answer is no.
    pub async fn verify_password(&self, password: &str, hash: Option<&str>) -> Result<bool, AuthError> {
        let known = hash.is_some();
        let (password, hash) = (password.to_owned(), hash.unwrap_or(NOBODY).to_owned());
        off_the_runtime(move || {
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

/// Hashing takes tens of milliseconds of a core; the runtime's threads have requests to serve.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuthError> + Send + 'static,
) -> Result<T, AuthError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| AuthError::Crypto(error.to_string()))?
}

fn crypto(error: argon2::password_hash::Error) -> AuthError {
    AuthError::Crypto(error.to_string())
}
