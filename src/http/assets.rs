//! Embedded files: the landing page, the playground, the images of the demo shop, and the schema.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, InvalidHeaderValue,
    VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use super::answer::not_found;

/// The playground as built by Vite, each file gzipped.
#[derive(RustEmbed)]
#[folder = "playground/dist"]
struct Playground;

/// The images of the demo shop.
#[derive(RustEmbed)]
#[folder = "src/workflows/demo/images"]
struct DemoImages;

/// Vite puts a content hash into the names of these files.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Revalidated on each request, and answered with 304 if unchanged.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");
/// Images only change with the binary.
const ONE_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// Pages load nothing from other origins. GraphiQL writes styles into the page and starts Monaco's workers from blobs.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self' blob:; \
     connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
/// An image opened on its own runs no scripts.
const IMAGE_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

static SDL: LazyLock<String> = LazyLock::new(crate::graphql::sdl);

pub(super) fn routes(public_url: &str) -> Router {
    let page = landing_page(public_url);
    Router::new()
        .route("/", get(move |headers: HeaderMap| async move { page.answer(&headers) }))
        .route("/favicon.svg", get(favicon))
        .route("/graphql/schema.graphql", get(schema))
        .route("/playground", get(async || Redirect::temporary("/playground/")))
        .route("/playground/", get(async |headers: HeaderMap, uri: Uri| playground("index.html", &headers, uri).await))
        .route(
            "/playground/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap, uri: Uri| playground(&path, &headers, uri).await),
        )
        .route("/demo/images/{name}", get(demo_image))
}

/// The landing page. It shows commands to paste, so it needs the URL at which clients reach this server.
fn landing_page(public_url: &str) -> Asset {
    // A URL cannot contain `<` or `>`, but it can contain `&` and `"`.
    let url = public_url.replace('&', "&amp;").replace('"', "&quot;");
    let page = include_str!("assets/index.html").replace("PUBLIC_URL", &url);
    let hash = Sha256::digest(&page);
    Asset::new("text/html; charset=utf-8", Bytes::from(page), &hash).with(CONTENT_SECURITY_POLICY, PAGE_POLICY)
}

async fn favicon(headers: HeaderMap) -> Response {
    let icon = Asset::fixed("image/svg+xml", include_str!("assets/favicon.svg"));
    icon.with(CONTENT_SECURITY_POLICY, IMAGE_POLICY).answer(&headers)
}

async fn schema(headers: HeaderMap) -> Response {
    Asset::fixed("text/plain; charset=utf-8", &SDL).answer(&headers)
}

async fn playground(path: &str, headers: &HeaderMap, uri: Uri) -> Response {
    let Some(file) = Playground::get(&format!("{path}.gz")) else { return not_found(uri).await };
    let mut asset = Asset::embedded(path, file).with(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    asset = asset.with(VARY, HeaderValue::from_static("accept-encoding"));
    if path.starts_with("assets/") {
        asset = asset.with(CACHE_CONTROL, IMMUTABLE);
    }
    // Also on scripts: a worker follows the policy of its own file.
    asset.with(CONTENT_SECURITY_POLICY, PAGE_POLICY).answer(headers)
}

async fn demo_image(Path(name): Path<String>, headers: HeaderMap, uri: Uri) -> Response {
    let Some(file) = DemoImages::get(&name) else { return not_found(uri).await };
    Asset::embedded(&name, file)
        .with(CACHE_CONTROL, ONE_DAY)
        .with(CONTENT_SECURITY_POLICY, IMAGE_POLICY)
        // Storefronts on other origins show these images.
        .with(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"))
        .answer(&headers)
}

/// A file to send.
#[derive(Clone)]
struct Asset {
    headers: HeaderMap,
    content: Bytes,
}

impl Asset {
    fn fixed(content_type: &'static str, content: &'static str) -> Self {
        Self::new(content_type, Bytes::from_static(content.as_bytes()), &Sha256::digest(content))
    }

    fn embedded(name: &str, file: EmbeddedFile) -> Self {
        let content = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Self::new(&content_type_of(name), content, &file.metadata.sha256_hash())
    }

    fn new(content_type: &str, content: Bytes, hash: &[u8]) -> Self {
        let mut headers = HeaderMap::new();
        headers.extend(HeaderValue::from_str(content_type).map(|content_type| (CONTENT_TYPE, content_type)));
        headers.insert(CACHE_CONTROL, REVALIDATED);
        if let Ok(tag) = tag_of(hash) {
            headers.insert(ETAG, tag);
        }
        Self { headers, content }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The file, or 304 if the client has it.
    fn answer(self, request: &HeaderMap) -> Response {
        let known = request.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let tag = self.headers.get(ETAG).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag) {
            return (StatusCode::NOT_MODIFIED, self.headers).into_response();
        }
        (self.headers, self.content).into_response()
    }
}

fn tag_of(hash: &[u8]) -> Result<HeaderValue, InvalidHeaderValue> {
    HeaderValue::from_str(&format!("\"{}\"", hex::encode(&hash[..16])))
}

fn content_type_of(name: &str) -> String {
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    if mime.type_() == mime_guess::mime::TEXT { format!("{mime}; charset=utf-8") } else { mime.to_string() }
}

#[cfg(test)]
mod tests {
    use super::landing_page;

    #[test]
    fn the_first_page_shows_where_clients_reach_the_server() {
        let page = landing_page("https://shop.example/a&b").content;
        let page = String::from_utf8_lossy(&page);
        assert!(page.contains("curl https://shop.example/a&amp;b/graphql "), "{page}");
        assert!(!page.contains("PUBLIC_URL"), "{page}");
    }
}
