//! Cartwright: an open, self-hosted commerce engine behind one GraphQL API.
//!
//! The layers, from top to bottom. A layer may use the layers below it, never one above:
//!
//! | layer | contents |
//! |---|---|
//! | [`http`] | routes, GraphQL over HTTP and WebSocket, health checks, the playground's files |
//! | [`worker`] | background loops: events, cleanup, workflows that are due |
//! | [`graphql`] | the schema: output types, their sources, queries, mutations, subscriptions |
//! | [`app`] | every facade, built in dependency order |
//! | [`workflows`] | processes that span several domains: checkout, orders, imports |
//! | [`providers`] | integrations with external services, behind traits of the domains |
//! | [`durable`] | the workflow engine: multi-step processes that survive crashes |
//! | [`domain`] | one module per subject, with its rules and its SQL |
//! | [`events`] | notifications about changes, delivered to subscribers |
//! | [`db`] | the pool, transactions, migrations |
//! | [`config`] | settings |
//! | [`kernel`] | the types that all layers share: ids, money, time, pages, errors |
//!
//! The folder `crates/` contains code that does not depend on the shop: `graphql-plan`, which reads output types by
//! plan; `private-postgres`, which the commands start without a `DATABASE_URL`; `macros`, the attributes of root
//! fields; and `stress`, a program that proves that checkout survives crashes.
//!
//! The path of a request: `http::graphql` turns a bearer token into a caller, `graphql::Engine` executes the operation,
//! a root function passes its input to a facade as a command, the facade's use case locks, reads, decides, writes and
//! publishes in one transaction, and the response is read level by level, with one statement per relation.

pub mod app;
pub mod config;
pub mod db;
pub mod domain;
pub mod durable;
pub mod events;
pub mod graphql;
pub mod http;
pub mod kernel;
pub mod providers;
pub mod worker;
pub mod workflows;
