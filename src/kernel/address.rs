//! Postal addresses: the same type in address books, carts and orders.

use async_graphql::InputObject;
use serde::{Deserialize, Serialize};

use super::country::Country;
use super::text::Validator;

// Stored as one JSON value, because it is always read and written as a whole.
/// A postal address. Last name, street, city and country are required.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    InputObject,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[graphql(name = "AddressInput")]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
pub struct Address {
    /// First name: at most 100 characters.
    #[graphql(default)]
    pub first_name: String,
    /// Last name: at most 100 characters.
    pub last_name: String,
    /// Company.
    pub company: Option<String>,
    /// Street and number: at most 200 characters.
    pub address1: String,
    /// Apartment, floor, or c/o.
    pub address2: Option<String>,
    /// City: at most 100 characters.
    pub city: String,
    /// State or province.
    pub province: Option<String>,
    /// Postal code: at most 20 characters.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Country,
    /// Phone number, for the carrier.
    pub phone: Option<String>,
}

impl Address {
    /// Validates this address and reports errors with paths below `path`.
    pub fn check(&self, validator: &mut Validator, path: &str) {
        let at = |field: &str| format!("{path}.{field}");
        validator.line(&at("firstName"), &self.first_name, 100);
        validator.line(&at("lastName"), &self.last_name, 100);
        validator.required(&at("lastName"), &self.last_name);
        validator.line(&at("address1"), &self.address1, 200);
        validator.required(&at("address1"), &self.address1);
        validator.line(&at("city"), &self.city, 100);
        validator.required(&at("city"), &self.city);
        let optional = [
            ("company", &self.company, 100),
            ("address2", &self.address2, 200),
            ("province", &self.province, 100),
            ("postalCode", &self.postal_code, 20),
            ("phone", &self.phone, 40),
        ];
        for (field, value, most) in optional {
            validator.line(&at(field), value.as_deref().unwrap_or_default(), most);
        }
    }
}

super::stored_json!(Address);
