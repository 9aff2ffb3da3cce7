//! The domains. Each has a facade (`mod.rs`), types (`model.rs`), errors (`error.rs`), SQL (`repo.rs`) and a file for
//! each group of operations. A domain imports only domains of lower rank:
//!
//! 1. [`regions`], [`auth`]
//! 2. [`customers`], [`catalog`], [`tax`], [`inventory`], [`fulfillment`]
//! 3. [`pricing`], [`promotions`]
//! 4. [`cart`], [`payments`]
//! 5. [`orders`]
//! 6. [`search`]
//!
//! Carts and orders are only combined in `workflows/`.

pub mod auth;
pub mod cart;
pub mod catalog;
pub mod customers;
pub mod fulfillment;
pub mod inventory;
pub mod orders;
pub mod payments;
pub mod pricing;
pub mod promotions;
pub mod regions;
pub mod search;
pub mod tax;
