//! What the crate does, told through a small shop.

mod limits;
mod loads;
mod naive;
mod nulls;
mod scalars;
mod schema;
mod selection;
mod shop;
