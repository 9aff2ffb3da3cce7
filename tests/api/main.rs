//! Tests of behaviour through the public GraphQL API, each on a database of its own.

mod support;

mod account;
mod authorization;
mod bad_input;
mod batching;
mod carts;
mod catalog;
mod checkout;
mod house;
mod import;
mod orders;
mod playground;
mod realtime;
mod schema;
mod staff;
