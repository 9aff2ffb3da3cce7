//! The subjects of commerce. Each is a door (`mod.rs`, the facade), its words (`model.rs`), its refusals (`error.rs`),
//! its SQL (`repo.rs`) and a file for each cluster of verbs. A domain imports only domains of lower rank:
//!
//! 1. [`regions`], [`auth`]
//! 2. [`customers`], [`catalog`], [`tax`], [`inventory`], [`fulfilment`]
//! 3. [`pricing`], [`promotions`]
//! 4. [`cart`], [`payments`]
//! 5. [`orders`]
//! 6. [`search`]
//!
//! Cart and orders never meet below `workflows/`.

pub mod auth;
pub mod cart;
pub mod catalog;
pub mod customers;
pub mod fulfilment;
pub mod inventory;
pub mod orders;
pub mod payments;
pub mod pricing;
pub mod promotions;
pub mod regions;
pub mod search;
pub mod tax;
