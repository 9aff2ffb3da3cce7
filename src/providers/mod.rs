//! The outside world, one vendor a file, each behind the trait of the domain that needs it.

pub mod payment;
