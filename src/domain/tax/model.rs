//! The words of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::postcodes::Postcodes;
use crate::db::schema::{tax_classes, tax_jurisdictions, tax_rates};
use crate::kernel::address::Address;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{TaxClassId, TaxJurisdictionId, TaxRateId};
use crate::kernel::stored_json;

/// A kind of goods or shipping that is taxed in its own way, such as books.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tax_classes)]
pub struct TaxClass {
    /// Id.
    pub id: TaxClassId,
    /// Name, unique.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Where somebody levies a tax: a country, a province of it, or a list of postcodes.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tax_jurisdictions, treat_none_as_null = true)]
pub struct TaxJurisdiction {
    /// Id.
    pub id: TaxJurisdictionId,
    /// Name, for people.
    pub name: String,
    /// The country.
    pub country: Country,
    /// The province, as addresses have it; `None` means the whole country.
    pub province: Option<String>,
    /// The postcodes; `None` means all of them.
    pub postcodes: Option<Postcodes>,
    /// Whether its rates stand instead of those of the wider jurisdictions around it, not beside them.
    pub replaces: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A rate that a jurisdiction levies: on one class, or on everything that has no rate of its own class there.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tax_rates, treat_none_as_null = true)]
pub struct TaxRate {
    /// Id.
    pub id: TaxRateId,
    /// Who levies it.
    pub jurisdiction_id: TaxJurisdictionId,
    /// On which class; `None` is the default.
    pub tax_class_id: Option<TaxClassId>,
    /// Name, as on an invoice: `VAT`.
    pub name: String,
    /// Code, for bookkeeping.
    pub code: String,
    /// The rate as a fraction: 0.19 is 19 %.
    pub rate: Decimal,
    /// Whether it is levied on the taxes before it too.
    pub compound: bool,
    /// Its place among the rates of jurisdictions of the same kind: low ones first.
    pub position: i32,
    /// Since when it holds; `None` means since ever.
    pub starts_at: Option<Timestamp>,
    /// Until when it holds: at this moment it no longer does. `None` means for ever.
    pub ends_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl TaxRate {
    /// Whether it holds at a moment.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= at) && self.ends_at.is_none_or(|end| at < end)
    }
}

impl From<&TaxRate> for AppliedRate {
    fn from(rate: &TaxRate) -> Self {
        Self { compound: rate.compound, ..Self::new(&rate.name, &rate.code, rate.rate.normalize()) }
    }
}

/// The parts of an address that determine taxes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, async_graphql::InputObject)]
#[graphql(name = "TaxPreviewAddressInput")]
pub struct TaxPlace {
    /// The country.
    pub country: Country,
    /// State or province.
    pub province: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
}

impl From<&Address> for TaxPlace {
    fn from(address: &Address) -> Self {
        let (province, postal_code) = (address.province.clone(), address.postal_code.clone());
        Self { country: address.country, province, postal_code }
    }
}

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

stored_json!(AppliedRates);

impl AppliedRate {
    /// A rate of which the tax is still to be computed.
    pub fn new(name: &str, code: &str, rate: Decimal) -> Self {
        Self { name: name.to_owned(), code: code.to_owned(), rate, compound: false, amount: None }
    }

    /// The rate of a region, which holds where no jurisdiction contains the place.
    pub fn of_region(rate: Decimal) -> Self {
        Self::new("Tax", "TAX", rate.normalize())
    }
}
