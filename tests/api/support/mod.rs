//! What every test needs: a PostgreSQL, a shop on a database of its own, and clients that call it.

mod client;
mod clock;
mod database;
mod memory;
mod shop;

pub(crate) use client::Client;
pub(crate) use clock::Hands;
pub(crate) use memory::Memory;
pub(crate) use shop::{PASSWORD, Shop, text};
