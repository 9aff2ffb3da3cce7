//! HTTP: the server's routes, and what all responses have in common.
//!
//! | path | content |
//! |---|---|
//! | `/` | a landing page |
//! | `/graphql` | the API: queries, mutations, subscriptions |
//! | `/graphql/schema.graphql` | the schema, as SDL |
//! | `/playground/` | GraphiQL |
//! | `/demo/images/…` | the images of the demo shop |
//! | `/hooks/payments/{provider}` | webhooks of payment providers |
//! | `/health/live`, `/health/ready` | liveness; readiness for traffic |
//!
//! # Decisions
//! - **Everything is in the binary**: pages, playground and images, so that there is one file to deploy and no folder
//!   to lose.
//! - **CORS on `/graphql` only**, and open by default: tokens are sent in headers and there are no cookies, so another
//!   website gains nothing from its visitors.

mod answer;
mod assets;
mod body;
pub mod graphql;
mod health;
pub mod limits;
mod observe;
pub mod server;
mod webhooks;

use std::time::Duration;

use axum::Router;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, Method};
use axum::middleware;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::app::App;
use crate::config::Origins;
use crate::graphql::Engine;
use answer::{method_not_allowed, not_found};
use graphql::GraphqlState;
use health::Health;
use limits::Limits;

pub use observe::REQUEST_ID;

/// How long browsers may cache a CORS preflight. No browser caches it for longer than a day.
const PREFLIGHT_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The services that the routes need.
pub struct HttpServices {
    /// The application.
    pub app: App,
    /// Executes GraphQL.
    pub engine: Engine,
    /// The limits per request.
    pub limits: Limits,
    /// The origins that may call the API.
    pub origins: Origins,
    /// Canceled to shut down the server.
    pub shutdown: CancellationToken,
}

/// All routes of the server.
pub fn router(parts: HttpServices) -> Router {
    let HttpServices { app, engine, limits, origins, shutdown } = parts;
    let health = Health { db: app.db.clone(), shutdown: shutdown.clone() };
    let assets = assets::routes(&app.public_url);
    let hooks = webhooks::routes(app);
    graphql::routes(GraphqlState { engine, limits, shutdown })
        // Inside CORS, so that other origins can read the error.
        .layer(CatchPanicLayer::custom(observe::internal_error))
        .layer(cors(&origins))
        .merge(assets)
        .merge(health::routes(health))
        .merge(hooks)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(observe::internal_error))
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
