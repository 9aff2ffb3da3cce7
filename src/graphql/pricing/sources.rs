//! Batch sources for prices.

use crate::db::{self, Conn};
use crate::domain::pricing::{Price, PriceList, PriceRange, Resolved, Tier};
use crate::graphql::connection::{connection, counted};
use crate::graphql::context::Scope;
use crate::graphql::sources::{keys, source};
use crate::kernel::buyer::Buyer;
use crate::kernel::ids::{PriceId, PriceListId, ProductId, VariantId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::page::{Page, PageRequest};

source! {
    pub PRICE_LIST: PriceListId => PriceList =
        |scope, conn, ids| scope.app.pricing.lists_by_ids(conn, ids), by |row| row.id
}
source! {
    pub PRICE: PriceId => Price = |scope, conn, ids| scope.app.pricing.prices_by_ids(conn, ids), by |row| row.id
}
source! {
    pub PRICES_OF_VARIANT: VariantId => Price =
        |scope, conn, ids| scope.app.pricing.all_prices(conn, ids), by |row| row.variant_id
}
source! {
    /// The price of one unit of a variant for the request's buyer, with the price before a reduction; none without a
    /// market.
    pub PRICE_OF_VARIANT: VariantId => ShownPrice = |scope, conn, ids| shown(scope, conn, ids)
}
source! {
    /// The lowest price of a variant in the 30 days before its reduction, for the request's buyer.
    pub LOWEST_PRICE_OF_VARIANT: VariantId => Money = |scope, conn, ids| lowest(scope, conn, ids)
}
source! {
    /// The price tiers of a variant by quantity, for the request's buyer.
    pub TIERS_OF_VARIANT: VariantId => (Currency, Vec<Tier>) = |scope, conn, ids| tiers(scope, conn, ids)
}
source! {
    /// The price range of a product for the request's buyer; none without a market.
    pub RANGE_OF_PRODUCT: ProductId => PriceRange =
        |scope, conn, ids| ranges(scope, conn, ids), by |row| row.product_id
}
source! {
    /// A page of a list's prices. All pages of a query level are loaded by one statement.
    pub PRICES_OF_LIST: PricesOfList => graphql_plan::Page<Price> = |scope, conn, pages| prices(scope, conn, pages)
}

/// A price as shown to a buyer.
#[derive(Clone, Debug)]
pub struct ShownPrice {
    /// The price of one unit.
    pub amount: Money,
    /// The price before the reduction, with or without tax as `amount` is; `None` if it is not reduced.
    pub before: Option<Money>,
    /// How the price was determined.
    pub resolved: Resolved,
}

impl ShownPrice {
    pub(super) fn new(resolved: Resolved, buyer: &Buyer) -> Self {
        let money = |amount| Money::new(amount, buyer.currency);
        let (amount, before) = (money(resolved.selected.amount), resolved.selected.was(buyer).map(money));
        Self { amount, before, resolved }
    }
}

/// A page of a list's prices.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PricesOfList {
    pub(super) list: PriceListId,
    pub(super) paging: PageRequest,
}
keys!(PricesOfList);

async fn shown(scope: &Scope, conn: &Conn, ids: &[VariantId]) -> db::Result<Vec<(VariantId, ShownPrice)>> {
    let Some(buyer) = scope.buyer().await? else { return Ok(Vec::new()) };
    let wanted: Vec<_> = ids.iter().map(|id| (*id, 1)).collect();
    let rows = scope.app.pricing.resolve(conn, buyer, &wanted, scope.app.clock.now()).await?;
    Ok(rows.into_iter().map(|row| (row.variant_id, ShownPrice::new(row, buyer))).collect())
}

async fn lowest(scope: &Scope, conn: &Conn, ids: &[VariantId]) -> db::Result<Vec<(VariantId, Money)>> {
    let Some(buyer) = scope.buyer().await? else { return Ok(Vec::new()) };
    let rows = scope.app.pricing.lowest_30_days(conn, buyer, ids, scope.app.clock.now()).await?;
    Ok(rows.into_iter().map(|(id, amount)| (id, Money::new(amount, buyer.currency))).collect())
}

async fn tiers(scope: &Scope, conn: &Conn, ids: &[VariantId]) -> db::Result<Vec<(VariantId, (Currency, Vec<Tier>))>> {
    let Some(buyer) = scope.buyer().await? else { return Ok(Vec::new()) };
    let rows = scope.app.pricing.tiers(conn, buyer, ids, scope.app.clock.now()).await?;
    Ok(rows.into_iter().map(|(id, tiers)| (id, (buyer.currency, tiers))).collect())
}

async fn ranges(scope: &Scope, conn: &Conn, ids: &[ProductId]) -> db::Result<Vec<PriceRange>> {
    let Some(buyer) = scope.buyer().await? else { return Ok(Vec::new()) };
    scope.app.pricing.ranges(conn, buyer, ids, scope.app.clock.now()).await
}

async fn prices(
    scope: &Scope,
    conn: &Conn,
    pages: &[PricesOfList],
) -> db::Result<Vec<(PricesOfList, graphql_plan::Page<Price>)>> {
    let wanted: Vec<_> = pages.iter().map(|page| (page.list, page.paging.clone())).collect();
    let found = scope.app.pricing.list_prices(conn, &wanted).await?;
    let paged = |(page, found): (&PricesOfList, Page<Price>)| {
        let list = page.list;
        let total = counted!(|scope, conn| scope.app.pricing.count_list_prices(conn, list));
        (page.clone(), connection(found, total))
    };
    Ok(pages.iter().zip(found).map(paged).collect())
}
