//! A client of a shop. Requests go through the whole router, but not over the network.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use tracing::instrument::WithSubscriber;

/// A caller of the API.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    token: Option<String>,
}

/// A response of the API.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(router: Router, token: Option<String>) -> Self {
        Self { router, token }
    }

    /// The access token, as a WebSocket needs it.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same client with another access token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { router: self.router.clone(), token: Some(token.to_owned()) }
    }

    /// Sends a raw request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Response {
        // In a task, as in a server: loaders only batch their keys when tasks yield.
        let pending = tokio::spawn(self.router.clone().oneshot(request).with_current_subscriber());
        let response = pending.await.expect("no panic").expect("a response");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Response { status, body }
    }

    /// Executes an operation.
    pub(crate) async fn execute(&self, query: &str, variables: Value) -> Response {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// Executes an operation that must succeed, and returns its data.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let response = self.execute(query, variables.clone()).await;
        assert!(response.body["errors"].is_null(), "{query}\n{variables}\n{}", response.body);
        for (field, payload) in response.body["data"].as_object().expect("data") {
            let rejected = payload["userErrors"].as_array().is_some_and(|errors| !errors.is_empty());
            assert!(!rejected, "{field} was rejected: {}\n{variables}", payload["userErrors"]);
        }
        response.body["data"].clone()
    }

    /// Executes a mutation that must be rejected, and returns the first user error.
    pub(crate) async fn user_error(&self, query: &str, variables: Value) -> Value {
        let response = self.execute(query, variables).await;
        let payload = response.body["data"].as_object().and_then(|data| data.values().next()).cloned();
        let error = payload.map(|payload| payload["userErrors"][0].clone()).unwrap_or_default();
        assert!(error.is_object(), "{query} has no user error: {}", response.body);
        error
    }

    /// Executes an operation that must fail at the top level, and returns the code of the first error.
    pub(crate) async fn top_level_error(&self, query: &str, variables: Value) -> String {
        let response = self.execute(query, variables).await;
        response.code().unwrap_or_else(|| panic!("{query} has no top-level error: {}", response.body))
    }
}

impl Response {
    /// The code of the first top-level error.
    pub(crate) fn code(&self) -> Option<String> {
        self.body["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    }
}
