//! What the crate does, told through a small shop.

mod limits;
mod loads;
mod nulls;
mod schema;
mod selection;
mod shop;
