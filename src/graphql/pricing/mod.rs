//! Prices: as shown to shoppers, price lists, and how a price is determined.

mod mutations;
mod objects;
pub mod sources;

use std::sync::Arc;

use async_graphql::Context;
use cartwright_macros::queries;
use graphql_plan::{Many, One};

pub use mutations::PricingMutation;
pub(super) use objects::tiers_in;
pub use objects::{CurrencyPreference, Price, PriceList, PriceTier, ResolvedPrice, VariantPrice};

use super::connection::{Paged, connection, counted};
use super::context::RequestExt;
use super::errors::{ApiError, Result, refused};
use super::shop::sources::REGION;
use crate::domain::pricing::{BuyingContext, PriceListFilter};
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{PriceListId, VariantId};
use crate::kernel::money::Currency;
use crate::kernel::page::{PageArgs, PageRequest};
use sources::{PRICE_LIST, ShownPrice};

/// The maximum number of variants resolved per call.
const MAX_VARIANTS: usize = 100;

#[queries(staff = PRICING)]
impl PricingQuery {
    /// All current and past prices of a variant, from base prices and price lists, newest first.
    async fn price_history(
        ctx: &Context<'_>,
        /// The id of the variant.
        variant_id: VariantId,
        /// Only prices in this currency; if omitted, in all currencies.
        currency_code: Option<Currency>,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<Price>> {
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let found = loaders.app.pricing.history(loaders.conn().await?, variant_id, currency_code, &paging).await;
        let total = counted!(|scope, conn| scope.app.pricing.count_history(conn, variant_id, currency_code));
        Ok(connection(found.map_err(refused)?, total).into())
    }

    /// Returns a price list by id, or null if there is none.
    async fn price_list(
        ctx: &Context<'_>,
        /// The id of the price list.
        id: PriceListId,
    ) -> Result<Option<One<PriceList>>> {
        Ok(ctx.loaders().load(&PRICE_LIST, id).await?.map(One))
    }

    /// All price lists, newest first.
    async fn price_lists(
        ctx: &Context<'_>,
        /// Returns only entries that match every field of the filter.
        #[default]
        filter: PriceListFilter,
        #[flatten] page: PageArgs,
    ) -> Result<Paged<PriceList>> {
        let paging = PageRequest::new(&page, "NEWEST")?;
        let loaders = ctx.loaders();
        let page = loaders.app.pricing.lists(loaders.conn().await?, filter, &paging).await.map_err(refused)?;
        let total = counted!(|scope, conn| scope.app.pricing.count_lists(conn, filter));
        Ok(connection(page, total).into())
    }

    /// The prices that a buyer pays for variants, and why. Variants that this buyer cannot buy are omitted.
    /// Codes: NOT_FOUND, INVALID_QUANTITY, TOO_LONG.
    async fn price_resolve(
        ctx: &Context<'_>,
        /// The ids of the variants: at most 100.
        variant_ids: Vec<VariantId>,
        /// The buyer. Omitted fields default to the context of this request, except groups and country: without them,
        /// the buyer has none.
        #[default]
        context: BuyingContext,
        /// Time at which the prices apply (UTC). Defaults to now.
        as_of: Option<Timestamp>,
    ) -> Result<Many<ResolvedPrice>> {
        let wanted = wanted(&variant_ids, context.quantity)?;
        let Some(buyer) = buyer(ctx, context).await? else { return Ok(Many(Vec::new())) };
        let loaders = ctx.loaders();
        let at = as_of.map_or_else(|| loaders.app.clock.now(), clamp_to_storable);
        let rows = loaders.app.pricing.resolve_as_of(loaders.conn().await?, &buyer, &wanted, at).await?;
        Ok(Many::new(rows.into_iter().map(|row| ShownPrice::new(row, &buyer))))
    }

    /// The currencies for which it is set whether prices include tax. Prices in other currencies, and prices for a
    /// region, follow the setting of the region.
    async fn currency_preferences(ctx: &Context<'_>) -> Result<Many<CurrencyPreference>> {
        let loaders = ctx.loaders();
        Ok(Many::new(loaders.app.pricing.preferences(loaders.conn().await?).await?))
    }
}

fn wanted(ids: &[VariantId], quantity: i32) -> Result<Vec<(VariantId, i32)>> {
    if ids.len() > MAX_VARIANTS {
        return Err(ApiError::new(ErrorCode::TooLong, "Request at most 100 variants at once."));
    }
    if quantity < 1 {
        return Err(ApiError::new(ErrorCode::InvalidQuantity, "The quantity must be at least 1."));
    }
    Ok(ids.iter().map(|id| (*id, quantity)).collect())
}

async fn buyer(ctx: &Context<'_>, context: BuyingContext) -> Result<Option<Buyer>> {
    let loaders = ctx.loaders();
    let region = match context.region_id {
        Some(id) => {
            let found = loaders.load(&REGION, id).await?;
            Some(found.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "There is no such region."))?)
        }
        None => loaders.market().await?.cloned().map(Arc::new),
    };
    let Some(region) = region else { return Ok(None) };
    let own_channel = loaders.buyer().await?.and_then(|buyer| buyer.channel_id);
    Ok(Some(context.buyer(&region, own_channel)))
}
