use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::{Connection, Many, One};

use super::objects::{TaxClass, TaxJurisdiction, TaxPreview};
use super::sources::TAX_JURISDICTION;
use crate::domain::tax::PreviewTaxes;
use crate::graphql::connection::{connection, counted};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, refused};
use crate::kernel::country::Country;
use crate::kernel::ids::TaxJurisdictionId;
use crate::kernel::page::{PageArgs, Window};

#[queries(staff = SETTINGS)]
impl TaxQuery {
    /// All tax classes, sorted by name.
    async fn tax_classes(ctx: &Context<'_>) -> Result<Many<TaxClass>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.taxes.list_classes(reads.conn().await?).await?))
    }

    /// Returns a tax region by id, or null if there is none.
    async fn tax_jurisdiction(
        ctx: &Context<'_>,
        /// The id of the tax region.
        id: TaxJurisdictionId,
    ) -> Result<Option<One<TaxJurisdiction>>> {
        Ok(ctx.reads().load(&TAX_JURISDICTION, id).await?.map(One))
    }

    /// All tax regions, or those of one country, sorted by name.
    async fn tax_jurisdictions(
        ctx: &Context<'_>,
        /// Only tax regions in this country.
        country: Option<Country>,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<TaxJurisdiction>>> {
        let window = Window::new(&page, "NAME")?;
        let reads = ctx.reads();
        let page = reads.app.taxes.list_jurisdictions(reads.conn().await?, country, &window).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.taxes.count_jurisdictions(conn, country));
        Ok(connection(page, total).into())
    }

    /// Calculates the taxes of a hypothetical sale: with the tax provider if one is configured, otherwise with the tax
    /// regions that contain the address, otherwise at the default rate of the region that serves the country. The
    /// region's setting to tax shipping at the average rate of the shipped lines is ignored.
    /// Codes: INVALID_AMOUNT, INVALID_QUANTITY, NOT_FOUND, TOO_LONG.
    async fn tax_preview(
        ctx: &Context<'_>,
        /// The sale to tax.
        input: PreviewTaxes,
    ) -> Result<One<TaxPreview>> {
        let reads = ctx.reads();
        let preview = reads.app.taxes.preview(reads.conn().await?, &input).await.map_err(refused)?;
        Ok(One::new(preview))
    }
}
