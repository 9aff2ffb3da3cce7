//! Signed webhook events: `t=<seconds>,v1=<hex>`, an HMAC-SHA256 over `<t>.<body>`, as Stripe signs them.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign as hmac, verify as is_hmac};
use axum::http::HeaderMap;

use crate::config::Secret;
use crate::domain::payments::provider::WebhookError;
use crate::kernel::clock::Timestamp;

/// The maximum age of a signature, in seconds.
const MAX_AGE: i64 = 300;

/// Verifies that the body was recently signed with one of the secrets, in constant time.
///
/// # Errors
/// `BadSignature` if it was not, `TooOld` if it was signed more than five minutes from now.
pub fn check(
    secrets: &[Secret],
    headers: &HeaderMap,
    header: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), WebhookError> {
    let text = headers.get(header).and_then(|value| value.to_str().ok()).ok_or(WebhookError::BadSignature)?;
    let parts: Vec<_> = text.split(',').filter_map(|part| part.trim().split_once('=')).collect();
    let signed_at = parts.iter().find(|(name, _)| *name == "t").map(|(_, value)| *value);
    let signed_at = signed_at.ok_or(WebhookError::BadSignature)?;
    let seconds: i64 = signed_at.parse().map_err(|_| WebhookError::BadSignature)?;
    let message = message(signed_at, body);
    let tags = parts.iter().filter(|(name, _)| *name == "v1").filter_map(|(_, value)| hex::decode(value).ok());
    let tags: Vec<_> = tags.collect();
    let genuine = secrets.iter().any(|secret| {
        let key = Key::new(HMAC_SHA256, secret.expose().as_bytes());
        tags.iter().any(|tag| is_hmac(&key, &message, tag).is_ok())
    });
    if !genuine {
        return Err(WebhookError::BadSignature);
    }
    if now.timestamp().abs_diff(seconds) > MAX_AGE.unsigned_abs() { Err(WebhookError::TooOld) } else { Ok(()) }
}

/// Returns the header value for a body signed at this time.
pub fn sign(secret: &str, body: &[u8], at: Timestamp) -> String {
    let seconds = at.timestamp().to_string();
    let tag = hmac(&Key::new(HMAC_SHA256, secret.as_bytes()), &message(&seconds, body));
    format!("t={seconds},v1={}", hex::encode(tag))
}

fn message(seconds: &str, body: &[u8]) -> Vec<u8> {
    [seconds.as_bytes(), b".", body].concat()
}

#[cfg(test)]
mod tests {
    use super::{check, sign};
    use crate::config::Secret;
    use crate::domain::payments::provider::WebhookError;
    use crate::kernel::clock::Timestamp;
    use axum::http::HeaderMap;
    use chrono::TimeDelta;

    #[test]
    fn f12_a_signature_holds_for_its_body_its_secrets_and_five_minutes() {
        let now = Timestamp::from_timestamp(1_700_000_000, 0).unwrap();
        let secrets = [Secret::new("old"), Secret::new("new")];
        let judge = |value: &str, body: &[u8], now| {
            let headers = HeaderMap::from_iter([("x-sig".parse().unwrap(), value.parse().unwrap())]);
            check(&secrets, &headers, "x-sig", body, now)
        };
        for secret in ["old", "new"] {
            assert!(judge(&sign(secret, b"{}", now), b"{}", now).is_ok());
        }
        let signed = sign("new", b"{}", now);
        assert!(matches!(judge(&signed, b"{ }", now), Err(WebhookError::BadSignature)));
        assert!(matches!(judge(&sign("other", b"{}", now), b"{}", now), Err(WebhookError::BadSignature)));
        assert!(judge(&signed, b"{}", now + TimeDelta::seconds(300)).is_ok());
        assert!(matches!(judge(&signed, b"{}", now + TimeDelta::seconds(301)), Err(WebhookError::TooOld)));
        for broken in ["", "t=1", "v1=00", "t=x,v1=00", "t=1700000000,v1=zz", &signed.replace("v1", "v0")] {
            assert!(matches!(judge(broken, b"{}", now), Err(WebhookError::BadSignature)), "{broken:?}");
        }
        let two = format!("{},v1={}", signed, "0".repeat(64));
        assert!(judge(&two, b"{}", now).is_ok(), "one of several is enough");
    }
}
