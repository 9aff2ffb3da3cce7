//! Fault injection for testing workflows, including your own, at every point at which they can fail.
//!
//! [`exercise`] generates the tests that every workflow must pass. It is built on [`Faults`].

mod exercise;

pub use super::faults::{Fault, Faults, Moment, SharedFaults, When};
pub use exercise::{Exercised, Fixture, exercise};
