//! Use cases that span several domains. Most are one transaction over the services they need; those that call an
//! external service and must survive a crash are durable workflows: [`checkout::run`] and [`money`].

pub mod back_in_stock;
pub mod checkout;
pub mod demo;
pub mod holds;
pub mod import;
pub mod money;
pub mod orders;
pub mod payments;
pub mod products;
pub mod seed;
pub mod setup;
