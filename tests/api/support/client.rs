//! A client of a shop: requests go through the whole router as they would over the network, but without one.

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
pub(crate) struct Answer {
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
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        // In a task, as in a server: loaders only batch their keys when tasks yield.
        let answering = tokio::spawn(self.router.clone().oneshot(request).with_current_subscriber());
        let response = answering.await.expect("no panic").expect("the router answers");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status, body }
    }

    /// Executes an operation.
    pub(crate) async fn run(&self, query: &str, variables: Value) -> Answer {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// Executes an operation that must succeed, and returns its data.
    pub(crate) async fn ok(&self, query: &str, variables: Value) -> Value {
        let answer = self.run(query, variables.clone()).await;
        assert!(answer.body["errors"].is_null(), "{query}\n{variables}\n{}", answer.body);
        for (field, payload) in answer.body["data"].as_object().expect("data") {
            let refused = payload["userErrors"].as_array().is_some_and(|errors| !errors.is_empty());
            assert!(!refused, "{field} was refused: {}\n{variables}", payload["userErrors"]);
        }
        answer.body["data"].clone()
    }

    /// Executes a mutation that must be refused, and returns the first user error.
    pub(crate) async fn refused(&self, query: &str, variables: Value) -> Value {
        let answer = self.run(query, variables).await;
        let payload = answer.body["data"].as_object().and_then(|data| data.values().next()).cloned();
        let error = payload.map(|payload| payload["userErrors"][0].clone()).unwrap_or_default();
        assert!(error.is_object(), "{query} was not refused with a user error: {}", answer.body);
        error
    }

    /// Executes an operation that must fail at the top level, and returns the code of the first error.
    pub(crate) async fn denied(&self, query: &str, variables: Value) -> String {
        let answer = self.run(query, variables).await;
        answer.code().unwrap_or_else(|| panic!("{query} was not refused at the top level: {}", answer.body))
    }
}

impl Answer {
    /// The code of the first top-level error.
    pub(crate) fn code(&self) -> Option<String> {
        self.body["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    }
}
