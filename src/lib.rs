//! Cartwright: an open, self-hosted commerce engine behind one GraphQL API.
//!
//! The house, from the street to the cellar. A room may use the rooms below it, never one above:
//!
//! | room | what is in it |
//! |---|---|
//! | [`http`] | routes, GraphQL over HTTP and WebSocket, health, the playground's files |
//! | [`worker`] | loops beside the requests: news, the broom, workflows that are due |
//! | [`graphql`] | the schema: output tables, their sources, queries, mutations, subscriptions |
//! | [`app`] | every facade, built in the order in which they depend on each other |
//! | [`workflows`] | what spans several domains: checkout, orders, imports |
//! | [`providers`] | the outside world behind the traits of the domains that need it |
//! | [`durable`] | the engine of workflows: several steps that survive a crash |
//! | [`domain`] | one subject each, with its rules and its SQL |
//! | [`events`] | what became true, told to whoever listens |
//! | [`db`] | the pool, transactions, migrations |
//! | [`config`] | settings |
//! | [`kernel`] | the words that all share: ids, money, time, pages, errors |
//!
//! Beside the house, in `crates/`, is what knows no shop: `graphql-plan`, which reads output types by plan, and
//! `private-postgres`, which the commands start without a `DATABASE_URL`; the attributes of root fields, `macros`; and
//! `stress`, a program that proves that checkout survives crashes.
//!
//! Follow one request: `http::graphql` makes a caller of a bearer token, `graphql::Engine` executes, a root function hands
//! its input to a facade as a command, the facade's use case locks, reads, decides, writes and publishes in one
//! transaction, and the answer is read level by level, one statement for each relation.

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
