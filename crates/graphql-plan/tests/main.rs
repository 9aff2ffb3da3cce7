//! What the crate does, told through a small shop.

mod arguments;
mod limits;
mod loads;
mod naive;
mod nulls;
mod scalars;
mod schema;
mod selection;
mod shop;
