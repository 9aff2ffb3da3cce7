//! Tax: how an amount splits into net, tax and gross. Pure.

mod compute;

pub use compute::{Taxable, Taxed, split};
