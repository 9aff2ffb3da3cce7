//! Payment providers.

mod manual;
pub mod signature;
mod stripe;
mod test;

pub use manual::Manual;
pub use stripe::Stripe;
pub use test::TestBank;
