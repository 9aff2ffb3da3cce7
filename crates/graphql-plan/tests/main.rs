//! Tests of the crate with a small shop.

mod arguments;
mod limits;
mod loads;
mod naive;
mod nulls;
mod scalars;
mod schema;
mod selection;
mod shop;
