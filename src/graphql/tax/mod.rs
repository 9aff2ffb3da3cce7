//! Taxes: classes, jurisdictions and their rates, for staff.

mod inputs;
mod mutations;
mod objects;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

pub use mutations::TaxMutation;
pub use objects::{TaxClass, TaxJurisdiction, TaxJurisdictionTotal};

use self::inputs::TaxPreviewInput;
use self::objects::TaxPreview;
use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::{Result, refused};
use super::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::country::Country;
use crate::kernel::ids::TaxJurisdictionId;
use crate::kernel::page::Window;

type TaxJurisdictionConnection = Connection<String, TaxJurisdiction, TaxJurisdictionTotal>;

#[derive(Default)]
pub struct TaxQuery;

#[Object]
impl TaxQuery {
    /// Every tax class, by name.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_classes(&self, ctx: &Context<'_>) -> Result<Vec<TaxClass>> {
        let reads = ctx.reads();
        let rows = ctx.app().taxes.list_classes(reads.conn().await?).await?;
        Ok(rows.into_iter().map(TaxClass).collect())
    }

    /// One tax jurisdiction.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_jurisdiction(&self, ctx: &Context<'_>, id: TaxJurisdictionId) -> Result<Option<TaxJurisdiction>> {
        Ok(ctx.reads().loaders.tax_jurisdiction.load(id).await?.map(TaxJurisdiction))
    }

    /// Every tax jurisdiction, or those of one country, by name.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_jurisdictions(
        &self,
        ctx: &Context<'_>,
        country: Option<Country>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<TaxJurisdictionConnection> {
        let window = Window::new(&page_args(first, after, last, before), "NAME")?;
        let reads = ctx.reads();
        let page = ctx.app().taxes.list_jurisdictions(reads.conn().await?, country, &window).await.map_err(refused)?;
        Ok(connection(page, TaxJurisdictionTotal(country), TaxJurisdiction))
    }

    /// What a sale would be taxed with: by the tax provider, where one is configured, else by the jurisdictions that the
    /// address lies in, else at the rate of the region that serves the country. A region's setting to tax shipping at
    /// the average rate of what is sent is left out here. Codes: INVALID_AMOUNT, INVALID_QUANTITY, NOT_FOUND, TOO_LONG.
    #[graphql(guard = "Needs(Permission::Settings)", visible = "staff", directive = requires::apply("SETTINGS".into()))]
    async fn tax_preview(&self, ctx: &Context<'_>, input: TaxPreviewInput) -> Result<TaxPreview> {
        let reads = ctx.reads();
        let preview = ctx.app().taxes.preview(reads.conn().await?, &input.into()).await.map_err(refused)?;
        Ok(preview.into())
    }
}
