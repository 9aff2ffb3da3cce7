//! Server settings.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::http::{HeaderValue, Uri};

use super::Settings;
use super::args::{BIND, CORS_ORIGINS, SHUTDOWN_GRACE};
use super::reader::{Reader, given};

/// The maximum shutdown grace period, in seconds.
const MAX_GRACE: u64 = 3_600;

/// Server settings.
pub struct ServerConfig {
    /// The address to listen on.
    pub bind: SocketAddr,
    /// The URL at which clients reach the server, if the operator set it.
    public_url: Option<String>,
    /// The web pages that may call the API.
    pub origins: Origins,
    /// How long requests in flight may take at shutdown.
    pub grace: Duration,
}

/// Web pages that may call the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// All.
    Any,
    /// Those with these origins.
    These(Vec<HeaderValue>),
}

impl ServerConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Option<Self> {
        let bind = given(settings.bind.as_ref()).unwrap_or(BIND);
        let bind = reader.read(
            "bind",
            bind,
            "an address and a port such as 127.0.0.1:8080, localhost:8080 or :8080",
            parse_bind,
        );
        let public_url = given(settings.public_url.as_ref());
        let public_url =
            reader.read_optional("public-url", public_url, "a URL such as https://shop.example", parse_public_url);
        let origins = given(settings.cors_origins.as_ref()).unwrap_or(CORS_ORIGINS);
        let expected = "* or origins such as https://shop.example,https://app.example";
        let origins = reader.read("cors-origins", origins, expected, parse_origins);
        let grace = given(settings.shutdown_grace.as_ref()).unwrap_or(SHUTDOWN_GRACE);
        let grace = reader.read("shutdown-grace", grace, &format!("seconds from 0 to {MAX_GRACE}"), |text| {
            text.parse().ok().filter(|seconds| *seconds <= MAX_GRACE).map(Duration::from_secs)
        });
        Some(Self { bind: bind?, public_url: public_url?, origins: origins?, grace: grace? })
    }

    /// Returns the URL at which clients reach a server that listens on `bound`, without a trailing slash.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| url_of(bound))
    }
}

/// Returns the URL at which a client on this machine reaches a server that listens on `bound`.
fn url_of(bound: SocketAddr) -> String {
    if bound.ip().is_unspecified() { format!("http://localhost:{}", bound.port()) } else { format!("http://{bound}") }
}

/// Parses an IP address and a port. `localhost` is this machine only; a port without an address listens on all
/// networks.
fn parse_bind(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.rsplit_once(':')?;
    match host {
        "" => Some((Ipv4Addr::UNSPECIFIED, port.parse().ok()?).into()),
        "localhost" => Some((Ipv4Addr::LOCALHOST, port.parse().ok()?).into()),
        _ => text.parse().ok(),
    }
}

fn parse_public_url(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    (is_http_url(&uri) && uri.query().is_none()).then(|| text.trim_end_matches('/').to_owned())
}

fn is_http_url(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.authority().is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'))
}

fn parse_origins(text: &str) -> Option<Origins> {
    let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    let origins: Vec<&str> = origins.collect();
    if origins == ["*"] {
        return Some(Origins::Any);
    }
    let these = origins.into_iter().map(parse_origin).collect::<Option<Vec<_>>>()?;
    (!these.is_empty()).then_some(Origins::These(these))
}

/// Browsers send the scheme, host and port in lower case and without a trailing slash.
fn parse_origin(text: &str) -> Option<HeaderValue> {
    let text = text.trim_end_matches('/').to_ascii_lowercase();
    let uri: Uri = text.parse().ok()?;
    (is_http_url(&uri) && uri.path() == "/" && uri.query().is_none()).then(|| HeaderValue::from_str(&text).ok())?
}
