//! The types of this domain.

use diesel::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::postcodes::Postcodes;
use crate::db::schema::{tax_classes, tax_rates, tax_regions};
use crate::kernel::address::Address;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{TaxClassId, TaxRateId, TaxRegionId};
use crate::kernel::stored_json;

/// A class of goods or shipping with its own tax rates, such as books.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tax_classes)]
pub struct TaxClass {
    /// The id.
    pub id: TaxClassId,
    /// The name, unique.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An area with its own taxes: a country, a province of it, or a list of postal codes.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tax_regions, treat_none_as_null = true)]
pub struct TaxRegion {
    /// The id.
    pub id: TaxRegionId,
    /// The human-readable name.
    pub name: String,
    /// The country.
    pub country: Country,
    /// The province, as written in addresses; `None` means the whole country.
    pub province: Option<String>,
    /// The postal codes; `None` means all of them.
    pub postcodes: Option<Postcodes>,
    /// Whether its rates override those of the wider tax regions around it instead of being added to them.
    pub overrides_parent: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
}

/// A rate of a tax region: for one class, or for everything whose class has no rate there.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tax_rates, treat_none_as_null = true)]
pub struct TaxRate {
    /// The id.
    pub id: TaxRateId,
    /// The tax region it belongs to.
    pub tax_region_id: TaxRegionId,
    /// The class it applies to; `None` for a default rate.
    pub tax_class_id: Option<TaxClassId>,
    /// The name as shown on invoices: `VAT`.
    pub name: String,
    /// The code for accounting.
    pub code: String,
    /// The rate as a fraction: 0.19 is 19%.
    pub rate: Decimal,
    /// Whether it also applies to the taxes before it.
    pub compound: bool,
    /// The position among the rates of tax regions of the same kind: lower positions are applied first.
    pub position: i32,
    /// When it becomes valid; `None` means that it has always been valid.
    pub starts_at: Option<Timestamp>,
    /// When it ends, exclusive; `None` means never.
    pub ends_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
}

impl TaxRate {
    /// Returns whether it is valid at a time.
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

/// A tax rate applied to a line, as stored with the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedRate {
    /// The human-readable name: `VAT`.
    pub name: String,
    /// The code for accounting.
    pub code: String,
    /// The rate as a fraction: 0.19 is 19%.
    pub rate: Decimal,
    /// Whether it also applies to the taxes before it.
    pub compound: bool,
    /// The tax in major units; `None` if it has not been computed from the rate yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}

/// The rates of one line, in the order of application.
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
    /// Creates a rate whose tax has not been computed yet.
    pub fn new(name: &str, code: &str, rate: Decimal) -> Self {
        Self { name: name.to_owned(), code: code.to_owned(), rate, compound: false, amount: None }
    }

    /// Creates a rate from a region's tax rate, which applies if no tax region contains the place.
    pub fn of_region(rate: Decimal) -> Self {
        Self::new("Tax", "TAX", rate.normalize())
    }
}
