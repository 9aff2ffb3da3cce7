//! Exact decimal numbers in the API.

use serde::{Deserialize, Serialize};

/// The `Decimal` scalar of the schema: an exact decimal number, sent as a string or as a number, and never converted to
/// a float. In JSON it is stored as a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decimal(pub rust_decimal::Decimal);

impl From<rust_decimal::Decimal> for Decimal {
    fn from(number: rust_decimal::Decimal) -> Self {
        Self(number)
    }
}
