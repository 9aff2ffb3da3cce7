//! Postal addresses: the same shape in an address book, on a cart and on an order.

use serde::{Deserialize, Serialize};

use super::country::Country;
use super::text::Checks;

/// A postal address. It is stored as one JSON value, because it is always read and written whole.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct Address {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Company, when the address is one's.
    pub company: Option<String>,
    /// Street and number.
    pub address1: String,
    /// Flat, floor, c/o.
    pub address2: Option<String>,
    /// City.
    pub city: String,
    /// State or province, where the country's addresses have one.
    pub province: Option<String>,
    /// Postcode, where the country has them.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Country,
    /// Telephone, for the carrier.
    pub phone: Option<String>,
}

impl Address {
    /// What is wrong with this address, with paths below `path`.
    pub fn check(&self, checks: &mut Checks, path: &str) {
        let at = |field: &str| format!("{path}.{field}");
        checks.line(&at("firstName"), &self.first_name, 100);
        checks.line(&at("lastName"), &self.last_name, 100);
        checks.required(&at("lastName"), &self.last_name);
        checks.line(&at("address1"), &self.address1, 200);
        checks.required(&at("address1"), &self.address1);
        checks.line(&at("city"), &self.city, 100);
        checks.required(&at("city"), &self.city);
        let optional = [
            ("company", &self.company, 100),
            ("address2", &self.address2, 200),
            ("province", &self.province, 100),
            ("postalCode", &self.postal_code, 20),
            ("phone", &self.phone, 40),
        ];
        for (field, value, most) in optional {
            checks.line(&at(field), value.as_deref().unwrap_or_default(), most);
        }
    }
}

super::stored_json!(Address);
