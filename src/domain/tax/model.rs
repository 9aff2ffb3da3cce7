//! The words of this domain.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::kernel::stored_as;

/// A rate of tax on something that is sold, as its line keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedRate {
    /// Name, for people: `VAT`.
    pub name: String,
    /// Code, for bookkeeping.
    pub code: String,
    /// The rate as a fraction: 0.19 is 19 %.
    pub rate: Decimal,
    /// Whether it is levied on the taxes before it too.
    pub compound: bool,
    /// The tax in major units, where it was computed; `None` where it is to be computed from the rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}

/// The rates of one line, in the order in which they are levied.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct AppliedRates(pub Vec<AppliedRate>);

stored_as!(
    AppliedRates,
    diesel::sql_types::Jsonb,
    serde_json::Value,
    |rates: &AppliedRates| serde_json::to_value(rates).unwrap_or_default(),
    |value: serde_json::Value| Ok(serde_json::from_value(value)?)
);

impl AppliedRate {
    /// A rate of which the tax is still to be computed.
    pub fn new(name: &str, code: &str, rate: Decimal) -> Self {
        Self { name: name.to_owned(), code: code.to_owned(), rate, compound: false, amount: None }
    }
}
