//! Payment providers.

mod manual;
pub mod signature;
mod stripe;
#[cfg(feature = "test-payments")]
mod test;

pub use manual::Manual;
pub use stripe::Stripe;
#[cfg(feature = "test-payments")]
pub use test::TestBank;
