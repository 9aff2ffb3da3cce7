use async_graphql::{Context, Description, Object, SimpleObject};

use crate::domain::tax::{self, AppliedRate, Preview, Split};
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::graphql::scalars::{Decimal, Money, TaxedMoney};
use crate::graphql::totals::TaxLine;
use crate::kernel::clock::Timestamp;
use crate::kernel::country::Country;
use crate::kernel::ids::{TaxClassId, TaxJurisdictionId, TaxRateId};

/// A kind of goods or shipping that is taxed in its own way, such as books.
#[derive(Description)]
pub struct TaxClass(pub tax::TaxClass);

#[Object(use_type_description)]
impl TaxClass {
    /// Id.
    async fn id(&self) -> TaxClassId {
        self.0.id
    }

    /// Name, unique.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}

/// Where somebody levies a tax: a country, a province of it, or a list of postcodes. An address is taxed by all that it
/// lies in, wider ones first, unless a narrower one replaces the wider ones.
#[derive(Description)]
pub struct TaxJurisdiction(pub tax::TaxJurisdiction);

#[Object(use_type_description)]
impl TaxJurisdiction {
    /// Id.
    async fn id(&self) -> TaxJurisdictionId {
        self.0.id
    }

    /// Name, for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The country.
    async fn country(&self) -> Country {
        self.0.country
    }

    /// The province, as addresses have it; null means the whole country.
    async fn province(&self) -> Option<&str> {
        self.0.province.as_deref()
    }

    /// The postcodes, as a list of codes, beginnings and ranges such as `27498, 80*, 10000-10999`; null means all.
    async fn postcodes(&self) -> Option<String> {
        self.0.postcodes.as_ref().map(ToString::to_string)
    }

    /// Whether its rates stand instead of those of the wider jurisdictions around it, not beside them.
    async fn replaces(&self) -> bool {
        self.0.replaces
    }

    /// Its rates, past and future ones included, in the order in which they are levied.
    async fn rates(&self, ctx: &Context<'_>) -> Result<Vec<TaxRate>> {
        let found = ctx.reads().loaders.tax_rates.load(self.0.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(TaxRate).collect())
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Timestamp {
        self.0.updated_at
    }
}

/// How many tax jurisdictions there are.
pub struct TaxJurisdictionTotal(pub Option<Country>);

#[Object]
impl TaxJurisdictionTotal {
    /// How many jurisdictions there are, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().taxes.count_jurisdictions(reads.conn().await?, self.0).await?)
    }
}

/// A rate that a jurisdiction levies: on one tax class, or on everything that has no rate of its own class there.
#[derive(Description)]
pub struct TaxRate(pub tax::TaxRate);

#[Object(use_type_description)]
impl TaxRate {
    /// Id.
    async fn id(&self) -> TaxRateId {
        self.0.id
    }

    /// The jurisdiction that levies it.
    async fn jurisdiction(&self, ctx: &Context<'_>) -> Result<Option<TaxJurisdiction>> {
        Ok(ctx.reads().loaders.tax_jurisdiction.load(self.0.jurisdiction_id).await?.map(TaxJurisdiction))
    }

    /// The tax class that it is levied on; null for a default rate.
    async fn tax_class(&self, ctx: &Context<'_>) -> Result<Option<TaxClass>> {
        TaxClass::load(ctx, self.0.tax_class_id).await
    }

    /// Name, as on an invoice.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Code, for bookkeeping.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The rate as a fraction: `"0.19"` is 19 %.
    async fn rate(&self) -> Decimal {
        Decimal(self.0.rate.normalize())
    }

    /// Whether it is levied on the taxes before it too.
    async fn compound(&self) -> bool {
        self.0.compound
    }

    /// Its place: low ones are levied first.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Since when it holds; null means always.
    async fn starts_at(&self) -> Option<Timestamp> {
        self.0.starts_at
    }

    /// The moment from which on it no longer holds; null means never.
    async fn ends_at(&self) -> Option<Timestamp> {
        self.0.ends_at
    }
}

/// What a sale would be taxed with.
#[derive(SimpleObject)]
pub struct TaxPreview {
    /// The lines, in the order of the input's.
    lines: Vec<TaxPreviewLine>,
    /// Shipping; null when the input has none.
    shipping: Option<TaxPreviewLine>,
    /// The tax on everything.
    tax_total: Money,
    /// Everything.
    total: TaxedMoney,
}

/// What a line, or shipping, would be taxed with.
#[derive(SimpleObject)]
pub struct TaxPreviewLine {
    /// What all its units cost.
    total: TaxedMoney,
    /// The taxes in it, in the order in which they are levied. They add up to `total.tax`.
    tax_lines: Vec<TaxLine>,
}

impl From<(Split, Vec<AppliedRate>)> for TaxPreviewLine {
    fn from((split, rates): (Split, Vec<AppliedRate>)) -> Self {
        let taxes = rates.iter().zip(split.taxes).map(|(rate, tax)| TaxLine::new(rate, split.taxed.net, tax));
        Self { total: split.taxed.into(), tax_lines: taxes.collect() }
    }
}

impl From<Preview> for TaxPreview {
    fn from(preview: Preview) -> Self {
        Self {
            lines: preview.lines.into_iter().map(TaxPreviewLine::from).collect(),
            shipping: preview.shipping.map(TaxPreviewLine::from),
            tax_total: preview.total.tax.into(),
            total: preview.total.into(),
        }
    }
}

impl TaxClass {
    /// The class that something has, if it has one.
    pub(in crate::graphql) async fn load(ctx: &Context<'_>, id: Option<TaxClassId>) -> Result<Option<Self>> {
        let Some(id) = id else { return Ok(None) };
        Ok(ctx.reads().loaders.tax_class.load(id).await?.map(Self))
    }
}
