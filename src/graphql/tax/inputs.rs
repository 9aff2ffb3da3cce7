use async_graphql::{InputObject, MaybeUndefined};

use crate::domain::tax::{
    JurisdictionChanges, NewJurisdiction, NewRate, PreviewLine, PreviewRequest, RateChanges, TaxPlace,
};
use crate::graphql::scalars::{Decimal, change};
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::country::Country;
use crate::kernel::ids::{TaxClassId, TaxJurisdictionId};
use crate::kernel::money::Currency;

/// A tax class to make.
#[derive(InputObject)]
pub struct TaxClassCreateInput {
    /// Name, unique: at most 100 characters.
    pub(super) name: String,
}

/// What to change of a tax class; what is left out stays.
#[derive(InputObject)]
pub struct TaxClassUpdateInput {
    /// Name, unique.
    pub(super) name: Option<String>,
}

/// A tax jurisdiction to make. Another one with the same country, province and postcodes is TAKEN.
#[derive(InputObject)]
pub struct TaxJurisdictionCreateInput {
    /// Name, for people: at most 100 characters.
    name: String,
    /// The country.
    country: Country,
    /// The province, as addresses have it; upper and lower case are the same. Left out, it is the whole country.
    province: Option<String>,
    /// The postcodes: a list of codes, beginnings and ranges such as `27498, 80*, 10000-10999`. Codes are written without
    /// hyphens. Left out, it is all of them.
    postcodes: Option<String>,
    /// Whether its rates stand instead of those of the wider jurisdictions around it, not beside them. Without rates it
    /// then makes its place free of tax.
    #[graphql(default)]
    replaces: bool,
}

impl From<TaxJurisdictionCreateInput> for NewJurisdiction {
    fn from(input: TaxJurisdictionCreateInput) -> Self {
        let TaxJurisdictionCreateInput { name, country, province, postcodes, replaces } = input;
        Self { name, country, province, postcodes, replaces }
    }
}

/// What to change of a tax jurisdiction; what is left out stays.
#[derive(InputObject)]
pub struct TaxJurisdictionUpdateInput {
    /// Name, for people.
    name: Option<String>,
    /// The country.
    country: Option<Country>,
    /// The province; null means the whole country.
    province: MaybeUndefined<String>,
    /// The postcodes; null means all of them.
    postcodes: MaybeUndefined<String>,
    /// Whether its rates stand instead of those of the wider jurisdictions around it.
    replaces: Option<bool>,
}

impl From<TaxJurisdictionUpdateInput> for JurisdictionChanges {
    fn from(input: TaxJurisdictionUpdateInput) -> Self {
        let (province, postcodes) = (change(input.province), change(input.postcodes));
        Self { name: input.name, country: input.country, province, postcodes, replaces: input.replaces }
    }
}

/// A tax rate to make.
#[derive(InputObject)]
pub struct TaxRateCreateInput {
    /// The jurisdiction that levies it.
    jurisdiction_id: TaxJurisdictionId,
    /// The tax class that it is levied on, instead of the jurisdiction's default rates. Left out, it is a default rate.
    tax_class_id: Option<TaxClassId>,
    /// Name, as on an invoice: at most 100 characters.
    name: String,
    /// Code, for bookkeeping: at most 50 characters.
    code: String,
    /// The rate as a fraction from 0 to 1: `"0.19"` is 19 %. At most 6 decimals.
    rate: Decimal,
    /// Whether it is levied on the taxes before it too.
    #[graphql(default)]
    compound: bool,
    /// Its place: low ones are levied first.
    #[graphql(default)]
    position: i32,
    /// Since when it holds, in UTC; left out, it always did.
    starts_at: Option<Timestamp>,
    /// The moment from which on it no longer holds, in UTC; left out, it does for ever.
    ends_at: Option<Timestamp>,
}

impl From<TaxRateCreateInput> for NewRate {
    fn from(input: TaxRateCreateInput) -> Self {
        Self {
            jurisdiction_id: input.jurisdiction_id,
            tax_class_id: input.tax_class_id,
            name: input.name,
            code: input.code,
            rate: input.rate.0,
            compound: input.compound,
            position: input.position,
            starts_at: input.starts_at.map(within_years),
            ends_at: input.ends_at.map(within_years),
        }
    }
}

/// What to change of a tax rate; what is left out stays.
#[derive(InputObject)]
pub struct TaxRateUpdateInput {
    /// The tax class that it is levied on; null makes it a default rate.
    tax_class_id: MaybeUndefined<TaxClassId>,
    /// Name, as on an invoice.
    name: Option<String>,
    /// Code, for bookkeeping.
    code: Option<String>,
    /// The rate as a fraction from 0 to 1. To change it from a moment on, end this rate then and make another.
    rate: Option<Decimal>,
    /// Whether it is levied on the taxes before it too.
    compound: Option<bool>,
    /// Its place: low ones are levied first.
    position: Option<i32>,
    /// Since when it holds, in UTC; null means always.
    starts_at: MaybeUndefined<Timestamp>,
    /// The moment from which on it no longer holds, in UTC; null means never.
    ends_at: MaybeUndefined<Timestamp>,
}

impl From<TaxRateUpdateInput> for RateChanges {
    fn from(input: TaxRateUpdateInput) -> Self {
        Self {
            tax_class_id: change(input.tax_class_id),
            name: input.name,
            code: input.code,
            rate: input.rate.map(|rate| rate.0),
            compound: input.compound,
            position: input.position,
            starts_at: change(input.starts_at).map(|start| start.map(within_years)),
            ends_at: change(input.ends_at).map(|end| end.map(within_years)),
        }
    }
}

/// A sale to try out.
#[derive(InputObject)]
pub struct TaxPreviewInput {
    /// The currency of every amount.
    currency_code: Currency,
    /// Whether amounts include their taxes.
    prices_include_tax: bool,
    /// Where it is sold to.
    address: TaxPreviewAddressInput,
    /// When it is sold, in UTC; left out, it is now.
    at: Option<Timestamp>,
    /// What is sold: at most 500 lines.
    lines: Vec<TaxPreviewLineInput>,
    /// What shipping costs.
    shipping_amount: Option<Decimal>,
}

/// As much of an address as taxes depend on.
#[derive(InputObject)]
pub struct TaxPreviewAddressInput {
    /// Country.
    country: Country,
    /// State or province.
    province: Option<String>,
    /// Postcode.
    postal_code: Option<String>,
}

/// A line of a sale to try out.
#[derive(InputObject)]
pub struct TaxPreviewLineInput {
    /// The price of one unit, in major units.
    amount: Decimal,
    /// How many units.
    #[graphql(default = 1)]
    quantity: i32,
    /// The tax class; left out, it is taxed by default.
    tax_class_id: Option<TaxClassId>,
}

impl From<TaxPreviewInput> for PreviewRequest {
    fn from(input: TaxPreviewInput) -> Self {
        let TaxPreviewAddressInput { country, province, postal_code } = input.address;
        let line = |line: TaxPreviewLineInput| PreviewLine {
            amount: line.amount.0,
            quantity: line.quantity,
            tax_class_id: line.tax_class_id,
        };
        Self {
            currency: input.currency_code,
            prices_include_tax: input.prices_include_tax,
            place: TaxPlace { country, province, postal_code },
            at: input.at.map(within_years),
            lines: input.lines.into_iter().map(line).collect(),
            shipping: input.shipping_amount.map(|amount| amount.0),
        }
    }
}
