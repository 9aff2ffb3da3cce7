//! The index by which product lists filter and sort by price.
//!
//! # Decisions
//! - Buyers who see the same prices share a context: a currency, and those of their region, country, groups and channel
//!   that some price requires. The plain context of a currency, which requires nothing, exists from its first price on;
//!   any other is filled when a buyer first needs it.
//! - The rows of a product have its prices from now on, period by period. A planned sale starts and ends in lists on
//!   time, without any job running then.
//! - A context is added while no prices are being written, and every later writer keeps it up to date. It is then
//!   filled in small transactions, each of which locks its products, so that writers hardly wait.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::timeout;

use super::model::{ListRules, PriceRules};
use super::repo::candidates::{Of, When, load};
use super::repo::index::{self, Context, PriceIndexEntry};
use super::select::Candidate;
use super::timeline::price_periods;
use super::{Pricing, repo};
use crate::db::{self, Conn, OwnedConn};
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PriceContextId, ProductId, RegionId};
use crate::kernel::money::Currency;

/// The number of products computed at once.
const BATCH: usize = 1_000;
/// How long a list waits while another context is filled.
const WAIT_TIMEOUT: Duration = Duration::from_secs(1);

impl Pricing {
    /// Returns the context in which lists find the prices of this buyer; fills it if it has not been needed before.
    pub async fn context(&self, conn: &Conn, buyer: &Buyer) -> db::Result<PriceContextId> {
        if let Some(found) = find(conn, buyer).await? {
            return Ok(found);
        }
        // Runs in its own task, so that it completes even if the caller is canceled.
        let (pricing, buyer) = (self.clone(), buyer.clone());
        let filled = tokio::spawn(async move { pricing.fill(&buyer).await }).await;
        filled.map_err(|error| db::Error::Unavailable(error.to_string()))?
    }

    async fn fill(&self, buyer: &Buyer) -> db::Result<PriceContextId> {
        // Waiting requests occupy connections, so they fail after a timeout and can be retried.
        let Ok(_turn) = timeout(WAIT_TIMEOUT, self.filling.lock()).await else {
            return Err(db::Error::Unavailable("the prices of another context are being computed".to_owned()));
        };
        let mut own = self.db.dedicated().await?;
        index::lock_filling_session(&own).await?;
        let (id, ready) = self.open_context(&mut own, buyer).await?;
        if !ready {
            self.fill_context(&mut own, buyer.currency, id).await?;
        }
        Ok(id)
    }

    /// Computes every product in a context, one batch per transaction, then marks the context as ready.
    async fn fill_context(&self, own: &mut OwnedConn, currency: Currency, id: PriceContextId) -> db::Result<()> {
        let mut contexts = index::contexts(own, Some(&[currency])).await?;
        contexts.retain(|context| context.id == id);
        let mut after = index::FIRST;
        loop {
            own.begin().await?;
            let products = repo::prices::lock_products_after(own, after, BATCH as i64).await?;
            let Some(last) = products.last() else {
                index::set_ready(own, id).await?;
                return own.commit().await;
            };
            refresh(own, &contexts, &products, self.clock.now()).await?;
            own.commit().await?;
            after = *last;
        }
    }

    /// Adds the buyer's context while no prices are being written.
    async fn open_context(&self, own: &mut OwnedConn, buyer: &Buyer) -> db::Result<(PriceContextId, bool)> {
        own.begin().await?;
        index::lock_writing_exclusive(own).await?;
        let rules = index::held(own, &values_of_buyer(buyer)).await?;
        let regional = rules.contains(&region_value(buyer.region_id));
        let context = Context {
            id: PriceContextId::new(),
            currency: buyer.currency,
            rules,
            prices_include_tax: regional && buyer.prices_include_tax,
            tax_rate: if regional { buyer.tax_rate } else { rust_decimal::Decimal::ZERO },
            ready: false,
            created_at: self.clock.now(),
        };
        let opened = index::open(own, &context).await?;
        own.commit().await?;
        Ok(opened)
    }

    /// Updates the index of products in the caller's transaction, which has locked them; in these currencies, or in
    /// all.
    pub(super) async fn refresh_index(
        &self,
        conn: &Conn,
        products: &[ProductId],
        currencies: Option<&[Currency]>,
    ) -> db::Result<()> {
        if products.is_empty() {
            return Ok(());
        }
        let contexts = index::contexts(conn, currencies).await?;
        let now = self.clock.now();
        for batch in products.chunks(BATCH) {
            refresh(conn, &contexts, batch, now).await?;
        }
        Ok(())
    }

    /// Ensures that the plain contexts of these currencies exist before their first price.
    pub(super) async fn add_plain_contexts(&self, conn: &Conn, currencies: &[Currency]) -> db::Result<()> {
        let now = self.clock.now();
        let plain = |currency: &Currency| Context {
            id: PriceContextId::new(),
            currency: *currency,
            rules: Vec::new(),
            prices_include_tax: false,
            tax_rate: rust_decimal::Decimal::ZERO,
            ready: true,
            created_at: now,
        };
        index::add(conn, &currencies.iter().map(plain).collect::<Vec<_>>()).await
    }
}

async fn find(conn: &Conn, buyer: &Buyer) -> db::Result<Option<PriceContextId>> {
    let (values, region) = (values_of_buyer(buyer), region_value(buyer.region_id));
    index::find(conn, buyer.currency, &values, &region, buyer.prices_include_tax, buyer.tax_rate).await
}

/// Computes and writes the rows of these products in these contexts.
async fn refresh(conn: &Conn, contexts: &[Context], products: &[ProductId], now: Timestamp) -> db::Result<()> {
    let currencies: Vec<_> = contexts.iter().fold(Vec::new(), |mut known, context| {
        if !known.contains(&context.currency) {
            known.push(context.currency);
        }
        known
    });
    let mut candidates = load(conn, Of::Products(products), &currencies, When::From(now)).await?;
    let ids: Vec<_> = contexts.iter().map(|context| context.id).collect();
    let entries = entries(contexts, &mut candidates, now);
    index::write(conn, &ids, products, &entries).await
}

fn entries(contexts: &[Context], candidates: &mut [Candidate], now: Timestamp) -> Vec<PriceIndexEntry> {
    // A stable sort: within a currency they stay sorted by product and variant.
    candidates.sort_by_key(|candidate| candidate.currency.code());
    let mut entries = Vec::new();
    for of_product in candidates.chunk_by(|a, b| (a.currency, a.product_id) == (b.currency, b.product_id)) {
        let (currency, product_id) = (of_product[0].currency, of_product[0].product_id);
        for context in contexts.iter().filter(|context| context.currency == currency) {
            let found = price_periods(of_product, &buyer_of(context), now);
            entries.extend(found.into_iter().map(|piece| PriceIndexEntry {
                context_id: context.id,
                product_id,
                piece,
            }));
        }
    }
    entries
}

fn region_value(id: RegionId) -> String {
    format!("region:{id}")
}

/// Returns all values of a buyer that a price can require.
fn values_of_buyer(buyer: &Buyer) -> Vec<String> {
    let country = buyer.country.map(|country| format!("country:{country}"));
    let channel = buyer.channel_id.map(|id| format!("channel:{id}"));
    let groups = buyer.groups.iter().map(|id| format!("group:{id}"));
    [region_value(buyer.region_id)].into_iter().chain(country).chain(channel).chain(groups).collect()
}

/// Returns a buyer who represents this context.
fn buyer_of(context: &Context) -> Buyer {
    let values = |kind: &str| {
        let rest = context.rules.iter().map(|value| value.split_once(':').unwrap_or_default());
        rest.filter(|(found, _)| *found == kind).map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
    };
    let one = |kind: &str| values(kind).pop();
    Buyer {
        region_id: one("region").and_then(|id| id.parse().ok()).unwrap_or(RegionId(uuid::Uuid::nil())),
        currency: context.currency,
        prices_include_tax: context.prices_include_tax,
        tax_rate: context.tax_rate,
        country: one("country").and_then(|code| code.parse().ok()),
        channel_id: one("channel").and_then(|id| id.parse().ok()),
        groups: values("group").iter().filter_map(|id| id.parse().ok()).collect(),
    }
}

impl PriceRules {
    /// Returns the required values.
    pub(super) fn values(&self) -> impl Iterator<Item = String> {
        let region = self.region_id.map(region_value);
        let country = self.country.map(|country| format!("country:{country}"));
        let group = self.customer_group_id.map(|id| format!("group:{id}"));
        let channel = self.channel_id.map(|id| format!("channel:{id}"));
        [region, country, group, channel].into_iter().flatten()
    }
}

impl ListRules {
    /// Returns the required values, sorted.
    pub(super) fn values(&self) -> BTreeSet<String> {
        let regions = self.region_ids.iter().map(|id| region_value(*id));
        let countries = self.countries.iter().map(|country| format!("country:{country}"));
        let groups = self.customer_group_ids.iter().map(|id| format!("group:{id}"));
        let channels = self.channel_ids.iter().map(|id| format!("channel:{id}"));
        regions.chain(countries).chain(groups).chain(channels).collect()
    }
}
