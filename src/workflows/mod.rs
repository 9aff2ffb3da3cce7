//! What spans several domains. Most of it is one transaction over the facades that it needs; what asks somebody outside
//! and has to survive a crash is a durable workflow: [`checkout::run`] and [`money`].

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
