//! Shared by all tests: a PostgreSQL server, a shop with its own database, and clients that call it.

mod client;
mod clock;
mod database;
mod memory;
mod shop;

pub(crate) use client::Client;
pub(crate) use clock::TestClock;
pub(crate) use memory::Memory;
pub(crate) use shop::{PASSWORD, Shop, text};
