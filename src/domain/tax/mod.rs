//! Tax: how an amount splits into net, tax and gross. Pure.

mod compute;
mod model;

pub use compute::{Taxable, Taxed, split};
pub use model::{AppliedRate, AppliedRates};
