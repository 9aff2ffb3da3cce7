//! Tests of the public GraphQL API, each with its own database.

mod support;

mod account;
mod architecture;
mod authorization;
mod bad_input;
mod batching;
mod carts;
mod catalog;
mod checkout;
mod completing;
mod conformance;
mod discounts;
mod durable;
mod fulfillments;
mod groups;
mod import;
mod inventory;
mod logs;
mod orders;
mod payments;
mod playground;
mod prices;
mod promotions;
mod providers;
mod realtime;
mod schema;
mod staff;
mod stripe;
mod tax;
mod tax_provider;
mod totals;
mod variables;
mod webhooks;
mod workflows;
mod your_shop;
