use async_graphql::{Context, Object};

use super::inputs::{PriceListCreateInput, PriceListPriceInput, PriceListUpdateInput};
use super::objects::{CurrencyPreference, PriceList};
use crate::domain::pricing::{PriceListStatus, PriceRow, PricingError};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::ids::{PriceId, PriceListId};
use crate::kernel::money::Currency;

payloads! {
    PriceListCreatePayload {
        /// The new price list.
        price_list: PriceList
    }
    PriceListUpdatePayload {
        /// The price list after the change.
        price_list: PriceList
    }
    PriceListDeletePayload {
        /// The price lists that are gone.
        deleted_ids: Vec<PriceListId>
    }
    PriceListActivatePayload {
        /// The price list after the change.
        price_list: PriceList
    }
    PriceListDeactivatePayload {
        /// The price list after the change.
        price_list: PriceList
    }
    PriceListPricesUpsertPayload {
        /// The price list.
        price_list: PriceList
    }
    PriceListPricesRemovePayload {
        /// The price list.
        price_list: PriceList
    }
    CurrencyPreferenceSetPayload {
        /// Every currency that has a preference.
        currency_preferences: Vec<CurrencyPreference>
    }
}

#[derive(Default)]
pub struct PricingMutation;

#[Object]
impl PricingMutation {
    /// Makes a price list, as a draft: give it prices, then activate it. Codes: REQUIRED, TAKEN, INVALID_DATES,
    /// NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_list_create(
        &self,
        ctx: &Context<'_>,
        input: PriceListCreateInput,
    ) -> Result<PriceListCreatePayload> {
        let outcome = ctx.for_write().pricing.create_list(input.into()).await;
        PriceListCreatePayload::of(outcome, |row| PriceListCreatePayload {
            price_list: Some(PriceList(row)),
            ..Default::default()
        })
    }

    /// Changes a price list. With `expectedVersion`, only if that is still its version (STALE_VERSION). What was in
    /// force before stays so. Codes: NOT_FOUND, TAKEN, INVALID_DATES.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_list_update(
        &self,
        ctx: &Context<'_>,
        id: PriceListId,
        input: PriceListUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<PriceListUpdatePayload> {
        let outcome = ctx.for_write().pricing.update_list(id, input.into(), expected_version).await;
        PriceListUpdatePayload::of(outcome, |row| PriceListUpdatePayload {
            price_list: Some(PriceList(row)),
            ..Default::default()
        })
    }

    /// Deletes price lists with their prices, all of them or none. Codes: NOT_FOUND, INVALID_STATE for one that was in
    /// force within the last 30 days, because the lowest price of that time has to be known.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_list_delete(&self, ctx: &Context<'_>, ids: Vec<PriceListId>) -> Result<PriceListDeletePayload> {
        let outcome = ctx.for_write().pricing.delete_lists(&ids).await;
        PriceListDeletePayload::of(outcome, |ids| PriceListDeletePayload {
            deleted_ids: Some(ids),
            ..Default::default()
        })
    }

    /// Has a price list count from its start to its end. Code: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_list_activate(&self, ctx: &Context<'_>, id: PriceListId) -> Result<PriceListActivatePayload> {
        let outcome = ctx.for_write().pricing.set_list_status(id, PriceListStatus::Active).await;
        PriceListActivatePayload::of(outcome, |row| PriceListActivatePayload {
            price_list: Some(PriceList(row)),
            ..Default::default()
        })
    }

    /// Makes a price list a draft again: from now on it does not count. Code: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_list_deactivate(&self, ctx: &Context<'_>, id: PriceListId) -> Result<PriceListDeactivatePayload> {
        let outcome = ctx.for_write().pricing.set_list_status(id, PriceListStatus::Draft).await;
        PriceListDeactivatePayload::of(outcome, |row| PriceListDeactivatePayload {
            price_list: Some(PriceList(row)),
            ..Default::default()
        })
    }

    /// Sets prices of a list, all of them or none; at most 1,000 at once. Prices for the same buyers are for different
    /// numbers of units. Codes: NOT_FOUND, INVALID_AMOUNT, INVALID_QUANTITY, TIER_OVERLAP.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_list_prices_upsert(
        &self,
        ctx: &Context<'_>,
        price_list_id: PriceListId,
        rows: Vec<PriceListPriceInput>,
    ) -> Result<PriceListPricesUpsertPayload> {
        let rows: Vec<_> = rows.into_iter().map(PriceRow::from).collect();
        let outcome = ctx.for_write().pricing.set_list_prices(price_list_id, &rows).await;
        let price_list = changed(ctx, price_list_id, &outcome).await?;
        PriceListPricesUpsertPayload::of(outcome, |()| PriceListPricesUpsertPayload {
            price_list,
            ..Default::default()
        })
    }

    /// Takes prices of a list away, all of them or none; at most 1,000 at once. Code: NOT_FOUND.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_list_prices_remove(
        &self,
        ctx: &Context<'_>,
        price_list_id: PriceListId,
        price_ids: Vec<PriceId>,
    ) -> Result<PriceListPricesRemovePayload> {
        let outcome = ctx.for_write().pricing.remove_list_prices(price_list_id, &price_ids).await;
        let price_list = changed(ctx, price_list_id, &outcome).await?;
        PriceListPricesRemovePayload::of(outcome, |()| PriceListPricesRemovePayload {
            price_list,
            ..Default::default()
        })
    }

    /// Says whether prices in a currency include tax; null: as the region has them. Prices for a region always are as
    /// the region has them.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn currency_preference_set(
        &self,
        ctx: &Context<'_>,
        currency_code: Currency,
        prices_include_tax: Option<bool>,
    ) -> Result<CurrencyPreferenceSetPayload> {
        let outcome = ctx.for_write().pricing.set_preference(currency_code, prices_include_tax).await;
        let reads = ctx.reads();
        let rows = ctx.app().pricing.preferences(reads.conn().await?).await?;
        CurrencyPreferenceSetPayload::of(outcome, |()| CurrencyPreferenceSetPayload {
            currency_preferences: Some(rows.into_iter().map(CurrencyPreference::from).collect()),
            ..Default::default()
        })
    }
}

/// The list whose prices were changed; none when they were not.
async fn changed(
    ctx: &Context<'_>,
    id: PriceListId,
    outcome: &std::result::Result<(), PricingError>,
) -> Result<Option<PriceList>> {
    if outcome.is_err() {
        return Ok(None);
    }
    Ok(ctx.reads().loaders.price_list.load(id).await?.map(PriceList))
}
