use std::sync::Arc;

use async_graphql::Context;
use cartwright_macros::mutations;

use super::inputs::{PriceListCreateInput, PriceListPriceInput, PriceListUpdateInput};
use super::objects::{CurrencyPreference, PriceList};
use super::sources::PRICE_LIST;
use crate::domain::pricing::{PriceListStatus, PriceRow, PricingError};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, DoneMany, Refusal, Result};
use crate::kernel::ids::{PriceId, PriceListId};
use crate::kernel::money::Currency;

#[mutations(staff = PRICING)]
impl PricingMutation {
    /// Makes a price list, as a draft: give it prices, then activate it. Codes: REQUIRED, TAKEN, INVALID_DATES,
    /// NOT_FOUND.
    #[returns(price_list: PriceList, "The new price list.")]
    async fn price_list_create(ctx: &Context<'_>, input: PriceListCreateInput) -> Done<PriceList> {
        Ok(ctx.for_write().pricing.create_list(input.into()).await?)
    }

    /// Changes a price list. With `expectedVersion`, only if that is still its version (STALE_VERSION). What was in
    /// force before stays so. Codes: NOT_FOUND, TAKEN, INVALID_DATES.
    #[returns(price_list: PriceList, "The price list after the change.")]
    async fn price_list_update(
        ctx: &Context<'_>,
        id: PriceListId,
        input: PriceListUpdateInput,
        expected_version: Option<i32>,
    ) -> Done<PriceList> {
        Ok(ctx.for_write().pricing.update_list(id, input.into(), expected_version).await?)
    }

    /// Deletes price lists with their prices, all of them or none. Codes: NOT_FOUND, INVALID_STATE for one that was in
    /// force within the last 30 days, because the lowest price of that time has to be known.
    #[returns(deleted_ids: value Vec<PriceListId>, "The price lists that are gone.")]
    async fn price_list_delete(ctx: &Context<'_>, ids: Vec<PriceListId>) -> Result<Vec<PriceListId>, Refusal> {
        Ok(ctx.for_write().pricing.delete_lists(&ids).await?)
    }

    /// Has a price list count from its start to its end. Code: NOT_FOUND.
    #[returns(price_list: PriceList, "The price list after the change.")]
    async fn price_list_activate(ctx: &Context<'_>, id: PriceListId) -> Done<PriceList> {
        Ok(ctx.for_write().pricing.set_list_status(id, PriceListStatus::Active).await?)
    }

    /// Makes a price list a draft again: from now on it does not count. Code: NOT_FOUND.
    #[returns(price_list: PriceList, "The price list after the change.")]
    async fn price_list_deactivate(ctx: &Context<'_>, id: PriceListId) -> Done<PriceList> {
        Ok(ctx.for_write().pricing.set_list_status(id, PriceListStatus::Draft).await?)
    }

    /// Sets prices of a list, all of them or none; at most 1,000 at once. Prices for the same buyers are for different
    /// numbers of units. Codes: NOT_FOUND, INVALID_AMOUNT, INVALID_QUANTITY, TIER_OVERLAP.
    #[returns(price_list: PriceList, "The price list.")]
    async fn price_list_prices_upsert(
        ctx: &Context<'_>,
        price_list_id: PriceListId,
        rows: Vec<PriceListPriceInput>,
    ) -> Done<PriceList> {
        let rows: Vec<_> = rows.into_iter().map(PriceRow::from).collect();
        ctx.for_write().pricing.set_list_prices(price_list_id, &rows).await?;
        changed(ctx, price_list_id).await
    }

    /// Takes prices of a list away, all of them or none; at most 1,000 at once. Code: NOT_FOUND.
    #[returns(price_list: PriceList, "The price list.")]
    async fn price_list_prices_remove(
        ctx: &Context<'_>,
        price_list_id: PriceListId,
        price_ids: Vec<PriceId>,
    ) -> Done<PriceList> {
        ctx.for_write().pricing.remove_list_prices(price_list_id, &price_ids).await?;
        changed(ctx, price_list_id).await
    }

    /// Says whether prices in a currency include tax; null: as the region has them. Prices for a region always are as
    /// the region has them.
    #[returns(currency_preferences: many CurrencyPreference, "Every currency that has a preference.")]
    async fn currency_preference_set(
        ctx: &Context<'_>,
        currency_code: Currency,
        prices_include_tax: Option<bool>,
    ) -> DoneMany<CurrencyPreference> {
        ctx.for_write().pricing.set_preference(currency_code, prices_include_tax).await?;
        let reads = ctx.reads();
        Ok(reads.app.pricing.preferences(reads.conn().await?).await?)
    }
}

/// The list whose prices were changed. It may have been deleted since.
async fn changed(ctx: &Context<'_>, id: PriceListId) -> Done<PriceList> {
    let gone = || PricingError::NotFound { what: "price list", path: "priceListId".to_owned() };
    Ok(Arc::unwrap_or_clone(ctx.reads().load(&PRICE_LIST, id).await?.ok_or_else(gone)?))
}
