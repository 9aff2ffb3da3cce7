//! Prices: what shoppers see of them, price lists, and how a price comes about.

mod inputs;
mod mutations;
mod objects;

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

pub use inputs::{BuyingContextInput, PriceListFilterInput};
pub use mutations::PricingMutation;
pub use objects::{
    CurrencyPreference, Price, PriceList, PriceListTotal, PriceTier, PriceTotal, ResolvedPrice, VariantPrice,
};

use super::connection::{connection, page_args};
use super::context::Requested;
use super::errors::{ApiError, Result, refused};
use super::guards::{Needs, requires, staff};
use crate::kernel::actor::Permission;
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{PriceListId, VariantId};
use crate::kernel::money::Currency;
use crate::kernel::page::Window;

pub(super) type PriceConnection = Connection<String, Price, PriceTotal>;
type PriceListConnection = Connection<String, PriceList, PriceListTotal>;

/// How many variants are resolved at once.
const MOST_VARIANTS: usize = 100;

#[derive(Default)]
pub struct PricingQuery;

#[Object]
impl PricingQuery {
    /// Every price that a variant has or had, base prices and those of lists, newest first; in one currency, or in all.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay list")]
    async fn price_history(
        &self,
        ctx: &Context<'_>,
        variant_id: VariantId,
        currency_code: Option<Currency>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<PriceConnection> {
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let reads = ctx.reads();
        let found = ctx.app().pricing.history(reads.conn().await?, variant_id, currency_code, &window).await;
        Ok(connection(found.map_err(refused)?, PriceTotal::History(variant_id, currency_code), Price))
    }

    /// One price list.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_list(&self, ctx: &Context<'_>, id: PriceListId) -> Result<Option<PriceList>> {
        Ok(ctx.reads().loaders.price_list.load(id).await?.map(PriceList))
    }

    /// Every price list, newest first.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_lists(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: PriceListFilterInput,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<PriceListConnection> {
        let window = Window::new(&page_args(first, after, last, before), "NEWEST")?;
        let (reads, filter) = (ctx.reads(), filter.into());
        let page = ctx.app().pricing.lists(reads.conn().await?, filter, &window).await.map_err(refused)?;
        Ok(connection(page, PriceListTotal(filter), PriceList))
    }

    /// What a buyer pays for variants and why, now or at another moment; variants that this buyer cannot buy are left
    /// out. At most 100 at once. What is left out of the context is as in this request, but for groups and country:
    /// without them, the buyer is in none. Codes: NOT_FOUND, INVALID_QUANTITY, TOO_LONG.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn price_resolve(
        &self,
        ctx: &Context<'_>,
        variant_ids: Vec<VariantId>,
        #[graphql(default)] context: BuyingContextInput,
        as_of: Option<Timestamp>,
    ) -> Result<Vec<ResolvedPrice>> {
        let wanted = wanted(&variant_ids, context.quantity)?;
        let Some(buyer) = buyer(ctx, context).await? else { return Ok(Vec::new()) };
        let (reads, at) = (ctx.reads(), as_of.map_or_else(|| ctx.app().clock.now(), within_years));
        let rows = ctx.app().pricing.resolve_as_of(reads.conn().await?, &buyer, &wanted, at).await?;
        Ok(rows
            .into_iter()
            .map(|row| ResolvedPrice { before: row.selected.was(&buyer), buyer: buyer.clone(), row })
            .collect())
    }

    /// Which currencies have prices with tax, and which without. Prices in other currencies, and prices for a region,
    /// are as the region has them.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn currency_preferences(&self, ctx: &Context<'_>) -> Result<Vec<CurrencyPreference>> {
        let reads = ctx.reads();
        let rows = ctx.app().pricing.preferences(reads.conn().await?).await?;
        Ok(rows.into_iter().map(CurrencyPreference::from).collect())
    }
}

fn wanted(ids: &[VariantId], quantity: i32) -> Result<Vec<(VariantId, i32)>> {
    if ids.len() > MOST_VARIANTS {
        return Err(ApiError::new(ErrorCode::TooLong, "At most 100 variants are taken at once."));
    }
    if quantity < 1 {
        return Err(ApiError::new(ErrorCode::InvalidQuantity, "Prices are for 1 unit or more."));
    }
    Ok(ids.iter().map(|id| (*id, quantity)).collect())
}

async fn buyer(ctx: &Context<'_>, input: BuyingContextInput) -> Result<Option<Buyer>> {
    let reads = ctx.reads();
    let region = match input.region_id {
        Some(id) => {
            let found = reads.loaders.region.load(id).await?;
            Some(found.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "There is no such region."))?)
        }
        None => reads.market().await?.cloned(),
    };
    let Some(region) = region else { return Ok(None) };
    let own_channel = reads.scope.buyer().await?.and_then(|buyer| buyer.channel_id);
    let channel_id = input.channel_id.or(own_channel);
    Ok(Some(Buyer { channel_id, groups: input.customer_group_ids, ..region.buyer(input.country) }))
}
