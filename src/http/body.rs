//! Reading request bodies: limited in size and time.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

/// The maximum time a client may take to send a body.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a body was not read. The connection cannot be reused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is larger than the limit.
    TooLarge,
    /// It did not arrive in time.
    Timeout,
    /// The connection broke.
    Broken,
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, BodyError> {
    read_within(BODY_TIMEOUT, headers, body, limit).await
}

async fn read_within(time: Duration, headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(BodyError::TooLarge);
    }
    match timeout(time, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::Timeout),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::{Body, Bytes};
    use axum::http::{HeaderMap, HeaderValue};
    use futures_util::stream;

    use super::{BodyError, read, read_within};

    #[tokio::test]
    async fn a_body_is_limited_in_size_and_time() {
        let headers = HeaderMap::new();
        assert_eq!(read(&headers, Body::from("12345"), 5).await, Ok(Bytes::from("12345")));
        assert_eq!(read(&headers, Body::from("123456"), 5).await, Err(BodyError::TooLarge));
        let silent = || Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let announced = HeaderMap::from_iter([(axum::http::header::CONTENT_LENGTH, HeaderValue::from(6))]);
        assert_eq!(read(&announced, silent(), 5).await, Err(BodyError::TooLarge), "it is not read at all");
        let soon = Duration::from_millis(5);
        assert_eq!(read_within(soon, &headers, silent(), 5).await, Err(BodyError::Timeout));
        let broken = Body::from_stream(stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]));
        assert_eq!(read(&headers, broken, 5).await, Err(BodyError::Broken));
    }
}
