use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::{Many, One};

use super::objects::{TaxClass, TaxPreview, TaxRegion};
use super::sources::TAX_REGION;
use crate::domain::tax::PreviewTaxes;
use crate::graphql::connection::{Paged, connection, counted};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Result, refused};
use crate::kernel::country::Country;
use crate::kernel::ids::TaxRegionId;
use crate::kernel::page::{PageArgs, PageRequest};

#[queries(staff = SETTINGS)]
impl TaxQuery {
    /// All tax classes, sorted by name.
    async fn tax_classes(ctx: &Context<'_>) -> Result<Many<TaxClass>> {
        let loaders = ctx.loaders();
        Ok(Many::new(loaders.app.taxes.list_classes(loaders.conn().await?).await?))
    }

    /// Returns a tax region by id, or null if there is none.
    async fn tax_region(
        ctx: &Context<'_>,
        /// The id of the tax region.
        id: TaxRegionId,
    ) -> Result<Option<One<TaxRegion>>> {
        Ok(ctx.loaders().load(&TAX_REGION, id).await?.map(One))
    }

    /// All tax regions, or those of one country, sorted by name.
    async fn tax_regions(
        ctx: &Context<'_>,
        /// Only tax regions in this country.
        country: Option<Country>,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<TaxRegion>> {
        let paging = PageRequest::new(&page, "NAME")?;
        let loaders = ctx.loaders();
        let page =
            loaders.app.taxes.list_tax_regions(loaders.conn().await?, country, &paging).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.taxes.count_tax_regions(conn, country));
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
        let loaders = ctx.loaders();
        let preview = loaders.app.taxes.preview(loaders.conn().await?, &input).await.map_err(refused)?;
        Ok(One::new(preview))
    }
}
