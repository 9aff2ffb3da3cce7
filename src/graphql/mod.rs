//! The GraphQL API. All output types are in one module, because the type graph is cyclic and a Rust resolver names the
//! type it returns. Resolvers are thin: they turn arguments into a command, call a facade and wrap the result.
//!
//! # Decisions
//! - Output objects are tables (`object!` of the crate graphql-plan) that are resolved by plan: a field never runs its
//!   own query. Its table names a source, and each query level is one statement. Rows are plain domain types, without
//!   schema attributes.
//! - Root fields are ordinary async functions, registered in the root's table by `#[queries]` and `#[mutations]`.
//! - Business errors are data (`userErrors`); top-level errors are for problems that a client can only fix by retrying
//!   or logging in.
//! - Staff fields are marked in the SDL (`@requires`) and hidden from everyone else's introspection.

mod account;
mod cart;
mod catalog;
mod connection;
mod context;
mod engine;
mod errors;
mod guards;
mod in_context;
mod inventory;
mod node;
mod orders;
mod payments;
mod pricing;
mod promotions;
mod scalars;
mod schema;
mod shop;
mod sources;
mod subscribe;
mod tax;
mod totals;
mod workflows;

pub use engine::{Caller, Credentials, Engine, Refusal};
pub use schema::sdl;
