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
    /// Every tax class, by name.
    async fn tax_classes(ctx: &Context<'_>) -> Result<Many<TaxClass>> {
        let reads = ctx.reads();
        Ok(Many::new(reads.app.taxes.list_classes(reads.conn().await?).await?))
    }

    /// One tax jurisdiction.
    async fn tax_jurisdiction(ctx: &Context<'_>, id: TaxJurisdictionId) -> Result<Option<One<TaxJurisdiction>>> {
        Ok(ctx.reads().load(&TAX_JURISDICTION, id).await?.map(One))
    }

    /// Every tax jurisdiction, or those of one country, by name.
    async fn tax_jurisdictions(
        ctx: &Context<'_>,
        /// Only those in this country.
        country: Option<Country>,
        #[flatten] page: PageArgs,
    ) -> Result<One<Connection<TaxJurisdiction>>> {
        let window = Window::new(&page, "NAME")?;
        let reads = ctx.reads();
        let page = reads.app.taxes.list_jurisdictions(reads.conn().await?, country, &window).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.taxes.count_jurisdictions(conn, country));
        Ok(connection(page, total).into())
    }

    /// What a sale would be taxed with: by the tax provider, where one is configured, else by the jurisdictions that the
    /// address lies in, else at the rate of the region that serves the country. A region's setting to tax shipping at
    /// the average rate of what is sent is left out here. Codes: INVALID_AMOUNT, INVALID_QUANTITY, NOT_FOUND, TOO_LONG.
    async fn tax_preview(ctx: &Context<'_>, input: PreviewTaxes) -> Result<One<TaxPreview>> {
        let reads = ctx.reads();
        let preview = reads.app.taxes.preview(reads.conn().await?, &input).await.map_err(refused)?;
        Ok(One::new(preview))
    }
}
