//! Tests of behaviour through the public GraphQL API, each on a database of its own.

mod support;

mod batching;
mod carts;
mod checkout;
mod house;
mod import;
mod orders;
mod playground;
mod realtime;
mod schema;
