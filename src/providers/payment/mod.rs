//! Payment providers.

mod manual;

pub use manual::Manual;
