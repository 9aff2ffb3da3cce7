use std::sync::Arc;

use async_graphql::Context;
use cartwright_macros::mutations;

use super::objects::{CurrencyPreference, PriceList};
use super::sources::PRICE_LIST;
use crate::domain::pricing::{CreatePriceList, ListPrice, PriceListStatus, PricingError, UpdatePriceList};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, DoneMany, Refusal, Result};
use crate::kernel::ids::{PriceId, PriceListId};
use crate::kernel::money::Currency;

#[mutations(staff = PRICING)]
impl PricingMutation {
    /// Creates a price list as a draft: add prices, then activate it. Codes: REQUIRED, TAKEN, INVALID_DATES, NOT_FOUND.
    #[returns(price_list: PriceList, "The new price list.")]
    async fn price_list_create(
        ctx: &Context<'_>,
        /// The price list to create.
        input: CreatePriceList,
    ) -> Done<PriceList> {
        Ok(ctx.writer().pricing.create_list(input).await?)
    }

    /// Updates a price list. Past prices are not affected. Codes: NOT_FOUND, TAKEN, INVALID_DATES, STALE_VERSION.
    #[returns(price_list: PriceList, "The updated price list.")]
    async fn price_list_update(
        ctx: &Context<'_>,
        /// The id of the price list.
        id: PriceListId,
        /// The changes.
        input: UpdatePriceList,
        /// The current version of the price list; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<PriceList> {
        Ok(ctx.writer().pricing.update_list(id, input, expected_version).await?)
    }

    /// Deletes price lists with their prices, all of them or none.
    /// Codes: NOT_FOUND, INVALID_STATE for a list that was in effect within the last 30 days, because its prices are
    /// needed to determine the lowest price of that period.
    #[returns(deleted_ids: value Vec<PriceListId>, "The ids of the deleted price lists.")]
    async fn price_list_delete(
        ctx: &Context<'_>,
        /// The ids of the price lists.
        ids: Vec<PriceListId>,
    ) -> Result<Vec<PriceListId>, Refusal> {
        Ok(ctx.writer().pricing.delete_lists(&ids).await?)
    }

    /// Activates a price list: its prices apply from its start to its end. Code: NOT_FOUND.
    #[returns(price_list: PriceList, "The updated price list.")]
    async fn price_list_activate(
        ctx: &Context<'_>,
        /// The id of the price list.
        id: PriceListId,
    ) -> Done<PriceList> {
        Ok(ctx.writer().pricing.set_list_status(id, PriceListStatus::Active).await?)
    }

    /// Makes a price list a draft again: its prices no longer apply. Code: NOT_FOUND.
    #[returns(price_list: PriceList, "The updated price list.")]
    async fn price_list_deactivate(
        ctx: &Context<'_>,
        /// The id of the price list.
        id: PriceListId,
    ) -> Done<PriceList> {
        Ok(ctx.writer().pricing.set_list_status(id, PriceListStatus::Draft).await?)
    }

    /// Sets prices of a price list, all of them or none; at most 1,000 per call. Prices for the same buyers must have
    /// different quantities.
    /// Codes: NOT_FOUND, INVALID_AMOUNT, INVALID_QUANTITY, TIER_OVERLAP.
    #[returns(price_list: PriceList, "The updated price list.")]
    async fn price_list_prices_upsert(
        ctx: &Context<'_>,
        /// The id of the price list.
        price_list_id: PriceListId,
        /// The prices to set.
        rows: Vec<ListPrice>,
    ) -> Done<PriceList> {
        ctx.writer().pricing.set_list_prices(price_list_id, &rows).await?;
        changed(ctx, price_list_id).await
    }

    /// Removes prices from a price list, all of them or none; at most 1,000 per call. Code: NOT_FOUND.
    #[returns(price_list: PriceList, "The updated price list.")]
    async fn price_list_prices_remove(
        ctx: &Context<'_>,
        /// The id of the price list.
        price_list_id: PriceListId,
        /// The ids of the prices.
        price_ids: Vec<PriceId>,
    ) -> Done<PriceList> {
        ctx.writer().pricing.remove_list_prices(price_list_id, &price_ids).await?;
        changed(ctx, price_list_id).await
    }

    /// Sets whether prices in a currency include tax. Prices for a region always follow the setting of the region.
    #[returns(currency_preferences: many CurrencyPreference, "All currencies that have a preference.")]
    async fn currency_preference_set(
        ctx: &Context<'_>,
        /// The currency.
        currency_code: Currency,
        /// Whether prices in the currency include tax; null means that they follow the setting of the region.
        prices_include_tax: Option<bool>,
    ) -> DoneMany<CurrencyPreference> {
        ctx.writer().pricing.set_preference(currency_code, prices_include_tax).await?;
        let loaders = ctx.loaders();
        Ok(loaders.app.pricing.preferences(loaders.conn().await?).await?)
    }
}

/// The list whose prices were changed. It may have been deleted in the meantime.
async fn changed(ctx: &Context<'_>, id: PriceListId) -> Done<PriceList> {
    let gone = || PricingError::NotFound { what: "price list", path: "priceListId".to_owned() };
    Ok(Arc::unwrap_or_clone(ctx.loaders().load(&PRICE_LIST, id).await?.ok_or_else(gone)?))
}
