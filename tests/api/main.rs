//! Tests of behaviour through the public GraphQL API, each on a database of its own.

mod support;

mod account;
mod authorization;
mod bad_input;
mod batching;
mod carts;
mod catalog;
mod checkout;
mod discounts;
mod groups;
mod house;
mod import;
mod orders;
mod playground;
mod prices;
mod promotions;
mod realtime;
mod schema;
mod staff;
mod tax;
mod tax_provider;
mod totals;
