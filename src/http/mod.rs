//! HTTP: the routes of the server, and what every answer carries.
//!
//! | path | what |
//! |---|---|
//! | `/` | a page that says what this is |
//! | `/graphql` | the API: queries, mutations, subscriptions |
//! | `/graphql/schema.graphql` | the schema, as SDL |
//! | `/playground/` | GraphiQL |
//! | `/demo/images/…` | the pictures of the demo shop |
//! | `/hooks/payments/{provider}` | what payment providers tell on their own |
//! | `/health/live`, `/health/ready` | whether the process runs; whether it can take traffic |
//!
//! # Decisions
//! - **Everything is in the binary**: pages, playground and pictures, so that there is one file to copy and no folder to
//!   lose.
//! - **CORS on `/graphql` alone**, and open by default: tokens travel in headers and there are no cookies, so a foreign
//!   page gains nothing from its visitor.

mod answer;
mod assets;
pub mod graphql;
mod health;
mod hooks;
pub mod limits;
mod observe;
pub mod server;
mod websocket;

use std::time::Duration;

use axum::Router;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, Method, StatusCode, Uri};
use axum::middleware;
use axum::response::Response;
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::app::App;
use crate::config::Origins;
use crate::graphql::Engine;
use graphql::GraphqlState;
use health::Health;
use limits::Limits;

pub use observe::REQUEST_ID;

/// How long a browser may remember what a foreign page is allowed. No browser keeps it for longer than a day.
const PREFLIGHT_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// What the routes need.
pub struct Parts {
    /// The application.
    pub app: App,
    /// Executes GraphQL.
    pub engine: Engine,
    /// What one request may ask for.
    pub limits: Limits,
    /// Web pages that may call the API.
    pub origins: Origins,
    /// Cancelled when the server is to stop.
    pub shutdown: CancellationToken,
}

/// Every route of the server.
pub fn router(parts: Parts) -> Router {
    let Parts { app, engine, limits, origins, shutdown } = parts;
    let health = Health { db: app.db.clone(), shutdown: shutdown.clone() };
    let assets = assets::routes(&app.public_url);
    let hooks = hooks::routes(app);
    graphql::routes(GraphqlState { engine, limits, shutdown })
        // Inside of CORS, so that web pages may read of the fault.
        .layer(middleware::from_fn(observe::catch_panics))
        .layer(cors(&origins))
        .merge(assets)
        .merge(health::routes(health))
        .merge(hooks)
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(observe::catch_panics))
        .layer(middleware::from_fn(observe::observe))
}

fn cors(origins: &Origins) -> CorsLayer {
    let origins = match origins {
        Origins::Any => AllowOrigin::any(),
        Origins::These(these) => AllowOrigin::list(these.iter().cloned()),
    };
    let headers = [AUTHORIZATION, CONTENT_TYPE, ACCEPT_LANGUAGE, HeaderName::from_static("x-publishable-key")];
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        .allow_headers(headers)
        .expose_headers([REQUEST_ID])
        .max_age(PREFLIGHT_LIFETIME)
}

async fn nothing_here(uri: Uri) -> Response {
    answer::error(StatusCode::NOT_FOUND, "NOT_FOUND", &format!("There is nothing at {}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let message = format!("{} does not support {method}", uri.path());
    answer::error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", &message)
}
