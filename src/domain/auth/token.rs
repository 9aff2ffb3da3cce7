//! Tokens: JWTs signed with HMAC-SHA-256, each for one purpose.

use std::fmt;
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rand::CryptoRng;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::AuthError;
use super::model::SubjectKind;
use crate::kernel::ids::{OrderId, SessionId, StockAlertId};

const ISSUER: &str = "cartwright";
const ACCESS: &str = "access";
const ORDER: &str = "order";
const STOCK_ALERT: &str = "stock-alert";

/// The secret that signs tokens. Processes that share a database must share it.
#[derive(Clone)]
pub struct Keys {
    encoding: Arc<EncodingKey>,
    decoding: Arc<DecodingKey>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

/// The claims of an access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AccessClaims {
    iss: String,
    aud: String,
    pub(super) sub: uuid::Uuid,
    pub(super) sid: SessionId,
    pub(super) kind: String,
    pub(super) exp: i64,
    iat: i64,
}

#[derive(Clone, Serialize, Deserialize)]
struct OrderClaims {
    iss: String,
    aud: String,
    sub: OrderId,
    /// A fingerprint of the order's email address: correcting a wrong address revokes the token sent to it.
    email: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct StockAlertClaims {
    iss: String,
    aud: String,
    sub: StockAlertId,
}

/// A short fingerprint of an email address that does not disclose it.
fn fingerprint(email: &str) -> String {
    let digest = Sha256::digest(email.to_lowercase());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Keys {
    /// Creates keys from a secret of at least 32 bytes.
    pub fn new(secret: &[u8]) -> Self {
        Self {
            encoding: Arc::new(EncodingKey::from_secret(secret)),
            decoding: Arc::new(DecodingKey::from_secret(secret)),
        }
    }

    /// Creates an access token; `now` and `expires` in seconds since 1970.
    pub(super) fn access(
        &self,
        kind: SubjectKind,
        subject: uuid::Uuid,
        session: SessionId,
        (now, expires): (i64, i64),
    ) -> Result<String, AuthError> {
        self.sign(&AccessClaims {
            iss: ISSUER.to_owned(),
            aud: ACCESS.to_owned(),
            sub: subject,
            sid: session,
            kind: kind.as_str().to_owned(),
            exp: expires,
            iat: now,
        })
    }

    /// Returns the claims of a valid, unexpired access token; `now` in seconds since 1970.
    pub(super) fn read_access(&self, token: &str, now: i64) -> Result<AccessClaims, AuthError> {
        let claims: AccessClaims = self.verify(token, ACCESS)?;
        if claims.exp <= now { Err(AuthError::InvalidToken) } else { Ok(claims) }
    }

    /// Returns a guest's access token for an order, valid until its email address changes. The same for every call.
    pub fn guest_token(&self, order: OrderId, email: &str) -> Result<String, AuthError> {
        let (iss, aud, email) = (ISSUER.to_owned(), ORDER.to_owned(), fingerprint(email));
        self.sign(&OrderClaims { iss, aud, sub: order, email })
    }

    /// Returns whether the token gives access to this order.
    pub fn grants_order_access(&self, token: &str, order: OrderId, email: &str) -> bool {
        let claims = self.verify::<OrderClaims>(token, ORDER);
        claims.is_ok_and(|claims| claims.sub == order && claims.email == fingerprint(email))
    }

    /// Returns the token that cancels a stock alert. The same for every call.
    pub(super) fn stock_alert_token(&self, alert: StockAlertId) -> Result<String, AuthError> {
        self.sign(&StockAlertClaims { iss: ISSUER.to_owned(), aud: STOCK_ALERT.to_owned(), sub: alert })
    }

    /// Returns the stock alert of a token.
    pub(super) fn stock_alert_of(&self, token: &str) -> Result<StockAlertId, AuthError> {
        Ok(self.verify::<StockAlertClaims>(token, STOCK_ALERT)?.sub)
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, AuthError> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.encoding)
            .map_err(|error| AuthError::Crypto(error.to_string()))
    }

    fn verify<C: DeserializeOwned + Clone>(&self, token: &str, purpose: &str) -> Result<C, AuthError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[purpose]);
        // The expiry is checked against our own clock, in `read_access`.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        let read = jsonwebtoken::decode(token, &self.decoding, &validation);
        read.map(|data| data.claims).map_err(|_| AuthError::InvalidToken)
    }
}

/// Returns 32 random bytes, and their hash for storage.
pub(super) fn random_secret(rng: &mut impl CryptoRng) -> ([u8; 32], Vec<u8>) {
    let mut secret = [0; 32];
    rng.fill_bytes(&mut secret);
    let hash = hash(&secret);
    (secret, hash)
}

/// Hashes a secret for storage.
pub(super) fn hash(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}
