//! Pricing: selects the price of a variant for a buyer, and computes the totals of carts and orders.
//!
//! # Decisions
//! - **A price is never changed.** A new row replaces it and the old row records when it ended, so that the price at
//!   any time is known: staff see the history, and shoppers the lowest price of the last 30 days.
//! - **One function decides** which price applies ([`select`]); ranges, tiers, carts and the price index all use it.
//! - Product lists that are filtered or sorted by price read an index that is written with the prices, because 100,000
//!   products cannot be priced on each request.
//! - **Price writers first lock the products**, in id order, so that tiers never overlap and the index is never stale.

mod error;
mod explain;
mod index;
mod lists;
mod model;
mod plan;
mod prices;
mod repo;
mod select;
mod timeline;
mod totals;

use std::sync::Arc;

pub use error::PricingError;
pub use explain::{Explanation, Explanations, Origin, Part, explain};
pub use lists::{CreatePriceList, UpdatePriceList};
pub use model::{
    BuyingContext, CurrencyPreference, ListRules, Price, PriceAttribute, PriceList, PriceListFilter, PriceListKind,
    PriceListStatus, PriceRange, PriceRules, Resolved, Selected, Tier,
};
pub use plan::PriceRow;
pub use prices::ListPrice;
pub(crate) use prices::check_base;
pub use select::{Candidate, select};
pub use totals::{Item, LineTotals, Quote, TaxRow, Totals, convert_tax, paid_share, tax_rows, totals};

use repo::candidates::{Of, When, load};
use rust_decimal::Decimal;
use tokio::sync::Mutex;

use crate::db::{Conn, Db, Result};
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::{SharedClock, Timestamp};
use crate::kernel::ids::{PriceListId, ProductId, VariantId};
use crate::kernel::money::Currency;
use crate::kernel::page::{Page, PageRequest};

/// Prices.
#[derive(Clone)]
pub struct Pricing {
    db: Db,
    clock: SharedClock,
    /// Contexts are filled one at a time, so that waiting requests share one connection.
    filling: Arc<Mutex<()>>,
}

impl Pricing {
    /// Creates the facade for this database.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self { db, clock, filling: Arc::default() }
    }

    /// Returns what this buyer pays for each variant and quantity, at the present time `at`. Variants without a price
    /// are omitted: they cannot be bought (rule C6). One statement.
    pub async fn resolve(
        &self,
        conn: &Conn,
        buyer: &Buyer,
        wanted: &[(VariantId, i32)],
        at: Timestamp,
    ) -> Result<Vec<Resolved>> {
        resolve(conn, buyer, wanted, When::Present(at)).await
    }

    /// Returns what this buyer paid or will pay at another time, as far as is known now.
    pub async fn resolve_as_of(
        &self,
        conn: &Conn,
        buyer: &Buyer,
        wanted: &[(VariantId, i32)],
        at: Timestamp,
    ) -> Result<Vec<Resolved>> {
        let when = if at < self.clock.now() { When::At(at) } else { When::Present(at) };
        resolve(conn, buyer, wanted, when).await
    }

    /// Returns the lowest and highest unit price over the variants of each product (rule C13). One statement.
    pub async fn ranges(
        &self,
        conn: &Conn,
        buyer: &Buyer,
        ids: &[ProductId],
        at: Timestamp,
    ) -> Result<Vec<PriceRange>> {
        let candidates = load(conn, Of::Products(ids), &[buyer.currency], When::Present(at)).await?;
        let of_products = candidates.chunk_by(|a, b| a.product_id == b.product_id);
        let range = |prices: &[Candidate]| {
            let (min_amount, max_amount) = timeline::range(prices, buyer, at)?;
            Some(PriceRange { product_id: prices[0].product_id, currency: buyer.currency, min_amount, max_amount })
        };
        Ok(of_products.filter_map(range).collect())
    }

    /// Returns the price tiers of each variant that has a price. One statement.
    pub async fn tiers(
        &self,
        conn: &Conn,
        buyer: &Buyer,
        ids: &[VariantId],
        at: Timestamp,
    ) -> Result<Vec<(VariantId, Vec<Tier>)>> {
        let candidates = load(conn, Of::Variants(ids), &[buyer.currency], When::Present(at)).await?;
        let of_variants = candidates.chunk_by(|a, b| a.variant_id == b.variant_id);
        Ok(of_variants.map(|prices| (prices[0].variant_id, timeline::tiers(prices, buyer, at))).collect())
    }

    /// Returns the lowest unit price in the 30 days before the current reduction, or before now if the price is not
    /// reduced; with or without tax as the current price. Variants without a price in that time are omitted. One
    /// statement.
    pub async fn lowest_30_days(
        &self,
        conn: &Conn,
        buyer: &Buyer,
        ids: &[VariantId],
        now: Timestamp,
    ) -> Result<Vec<(VariantId, Decimal)>> {
        let candidates = load(conn, Of::Variants(ids), &[buyer.currency], When::Always(now)).await?;
        let of_variants = candidates.chunk_by(|a, b| a.variant_id == b.variant_id);
        let lowest = |prices: &[Candidate]| Some((prices[0].variant_id, timeline::lowest(prices, buyer, now)?));
        Ok(of_variants.filter_map(lowest).collect())
    }

    /// Returns a page of the current and past prices of a variant, newest first; in one currency, or in all.
    pub async fn history(
        &self,
        conn: &Conn,
        id: VariantId,
        currency: Option<Currency>,
        paging: &PageRequest,
    ) -> std::result::Result<Page<Price>, PricingError> {
        let rows = repo::prices::history(conn, id, currency, paging, paging.key()?).await?;
        Ok(paging.page(rows, |price| (price.valid_from.to_rfc3339(), price.id.0)))
    }

    /// Returns a page of price lists, newest first.
    pub async fn lists(
        &self,
        conn: &Conn,
        filter: PriceListFilter,
        paging: &PageRequest,
    ) -> std::result::Result<Page<PriceList>, PricingError> {
        let rows = repo::lists::page(conn, filter, paging, paging.key()?).await?;
        Ok(paging.page(rows, |list| (list.created_at.to_rfc3339(), list.id.0)))
    }

    /// Returns a page of the current prices of each list, oldest first, in the order of the lists, in one statement.
    pub async fn list_prices(&self, conn: &Conn, pages: &[(PriceListId, PageRequest)]) -> Result<Vec<Page<Price>>> {
        let found = repo::lists::prices(conn, pages).await?;
        let page = |((_, paging), rows): (&(PriceListId, PageRequest), Vec<Price>)| {
            paging.page(rows, |price| (String::new(), price.id.0))
        };
        Ok(pages.iter().zip(found).map(page).collect())
    }

    /// Sets whether prices in a currency include tax, except prices for a region; `None` follows the region's setting.
    pub async fn set_preference(
        &self,
        currency: Currency,
        prices_include_tax: Option<bool>,
    ) -> std::result::Result<(), PricingError> {
        let tx = self.db.begin().await?;
        repo::index::lock_filling(&tx).await?;
        repo::index::lock_writing_exclusive(&tx).await?;
        repo::prices::set_preference(&tx, currency, prices_include_tax).await?;
        repo::index::unset_ready(&tx, currency).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn resolve(conn: &Conn, buyer: &Buyer, wanted: &[(VariantId, i32)], when: When) -> Result<Vec<Resolved>> {
    let at = match when {
        When::Present(at) | When::At(at) | When::From(at) | When::Always(at) => at,
    };
    let ids: Vec<_> = wanted.iter().map(|(id, _)| *id).collect();
    let candidates = load(conn, Of::Variants(&ids), &[buyer.currency], when).await?;
    let of_variants: std::collections::HashMap<_, _> =
        candidates.chunk_by(|a, b| a.variant_id == b.variant_id).map(|prices| (prices[0].variant_id, prices)).collect();
    let resolved = |(variant_id, quantity): &(VariantId, i32)| {
        let selected = select(of_variants.get(variant_id)?, buyer, *quantity, at)?;
        Some(Resolved { variant_id: *variant_id, quantity: *quantity, selected })
    };
    Ok(wanted.iter().filter_map(resolved).collect())
}
