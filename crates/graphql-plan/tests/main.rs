//! What the crate does, told through a small shop.

mod selection;
mod shop;
