//! Exact decimal numbers as callers send them.

use serde::{Deserialize, Serialize};

/// `Decimal` of the schema: an exact decimal number, sent as a string or as a number, and never through a float.
/// Where it is kept as JSON it is a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decimal(pub rust_decimal::Decimal);

impl From<rust_decimal::Decimal> for Decimal {
    fn from(number: rust_decimal::Decimal) -> Self {
        Self(number)
    }
}
