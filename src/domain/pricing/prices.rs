//! Sets base prices and prices of price lists.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_graphql::InputObject;
use uuid::Uuid;

use super::model::PriceRules;
use super::plan::{PriceRow, plan};
use super::{Pricing, PricingError, repo};
use crate::db::Conn;
use crate::kernel::decimal::Decimal;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{PriceId, PriceListId, ProductId, VariantId};
use crate::kernel::money::Currency;
use crate::kernel::text::Validator;

/// The maximum number of rows per call.
const MAX_ROWS: usize = 1_000;

/// A price of a price list.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name = "PriceListPriceInput")]
pub struct ListPrice {
    /// The id of the variant.
    pub variant_id: VariantId,
    /// The currency.
    #[graphql(name = "currencyCode")]
    pub currency: Currency,
    /// The price of one unit, in major units.
    pub amount: Decimal,
    /// The minimum quantity. A row replaces the price of the list with the same variant, currency, buyer rules and
    /// `minQuantity`.
    #[graphql(default = 1)]
    pub min_quantity: i32,
    /// The maximum quantity, inclusive; null means no maximum.
    pub max_quantity: Option<i32>,
    /// For whom.
    #[graphql(flatten)]
    pub rules: PriceRules,
}

impl From<&ListPrice> for PriceRow {
    fn from(price: &ListPrice) -> Self {
        let ListPrice { variant_id, currency, amount, min_quantity, max_quantity, rules } = *price;
        Self { variant_id, currency, amount: Some(amount), compare_at_price: None, min_quantity, max_quantity, rules }
    }
}

impl Pricing {
    /// Sets base prices, all of them or none.
    pub async fn set(&self, rows: &[PriceRow]) -> Result<(), PricingError> {
        check_count(rows.len())?;
        let tx = self.db.begin().await?;
        self.set_in(&tx, rows, "rows").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets base prices in the caller's transaction; errors are reported below `path`.
    pub async fn set_in(&self, conn: &Conn, rows: &[PriceRow], path: &str) -> Result<(), PricingError> {
        self.write_prices(conn, None, rows, path).await
    }

    /// Sets prices of a list, all of them or none. A row replaces the list's price for the same variant, currency,
    /// buyers and minimum quantity.
    pub async fn set_list_prices(&self, list: PriceListId, rows: &[ListPrice]) -> Result<(), PricingError> {
        check_count(rows.len())?;
        let rows: Vec<_> = rows.iter().map(PriceRow::from).collect();
        let tx = self.db.begin().await?;
        repo::index::lock_writing_shared(&tx).await?;
        let found = repo::lists::lock_for_prices(&tx, list).await?;
        found.ok_or(PricingError::NotFound { what: "price list", path: "priceListId".to_owned() })?;
        self.write_prices(&tx, Some(list), &rows, "rows").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes prices of a list, all of them or none.
    pub async fn remove_list_prices(&self, list: PriceListId, ids: &[PriceId]) -> Result<(), PricingError> {
        let mut validator = Validator::new();
        validator.count("priceIds", ids.len(), MAX_ROWS);
        validator.finish().map_err(PricingError::Invalid)?;
        let tx = self.db.begin().await?;
        repo::index::lock_writing_shared(&tx).await?;
        let found = repo::lists::lock_for_prices(&tx, list).await?;
        found.ok_or(PricingError::NotFound { what: "price list", path: "priceListId".to_owned() })?;
        let prices = repo::prices::current_by_ids(&tx, ids, list).await?;
        if let Some(place) = ids.iter().position(|id| prices.iter().all(|price| price.id != *id)) {
            return Err(PricingError::NotFound { what: "price in this list", path: format!("priceIds.{place}") });
        }
        let gone: Vec<_> = prices
            .iter()
            .map(|price| PriceRow {
                min_quantity: price.min_quantity,
                rules: price.rules,
                ..PriceRow::base(price.variant_id, price.currency, None, None)
            })
            .collect();
        self.write_prices(&tx, Some(list), &gone, "priceIds").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns those of these products without a priced variant, in the caller's transaction.
    pub async fn unpriced_in(&self, conn: &Conn, ids: &[ProductId]) -> Result<Vec<ProductId>, PricingError> {
        let priced = repo::prices::priced(conn, ids).await?;
        Ok(ids.iter().filter(|id| !priced.contains(id)).copied().collect())
    }

    /// Updates the index of products in the caller's transaction after variants were deleted. The caller has locked the
    /// products.
    pub async fn refresh_products_in(&self, conn: &Conn, ids: &[ProductId]) -> Result<(), PricingError> {
        repo::index::lock_writing_shared(conn).await?;
        Ok(self.refresh_index(conn, ids, None).await?)
    }

    /// Validates the rows, locks the products, writes the differences and updates the index.
    async fn write_prices(
        &self,
        conn: &Conn,
        list: Option<PriceListId>,
        rows: &[PriceRow],
        path: &str,
    ) -> Result<(), PricingError> {
        check_base(rows, path)?;
        if rows.is_empty() {
            return Ok(());
        }
        repo::index::lock_writing_shared(conn).await?;
        let variants: Vec<_> = rows.iter().map(|row| row.variant_id).collect::<BTreeSet<_>>().into_iter().collect();
        let owners: HashMap<_, _> = repo::prices::products_of(conn, &variants).await?.into_iter().collect();
        self.check_known(conn, rows, &owners, path).await?;
        let products: Vec<_> = owners.into_values().collect::<BTreeSet<_>>().into_iter().collect();
        repo::prices::lock_products(conn, &products).await?;
        let current = repo::prices::current(conn, &variants, list).await?;
        let now = self.clock.now();
        let plan = plan(current, rows, list, now, path).map_err(PricingError::Invalid)?;
        if plan.ended.is_empty() && plan.new.is_empty() {
            return Ok(());
        }
        repo::prices::end(conn, &plan.ended, now).await?;
        repo::prices::insert(conn, &plan.new).await?;
        let values: BTreeSet<_> = plan.new.iter().flat_map(|price| price.rules.values()).collect();
        self.add_rule_values(conn, values).await?;
        let currencies: HashSet<_> = rows.iter().map(|row| row.currency).collect();
        let currencies: Vec<_> = currencies.into_iter().collect();
        self.add_plain_contexts(conn, &currencies).await?;
        Ok(self.refresh_index(conn, &products, Some(&currencies)).await?)
    }

    pub(super) async fn add_rule_values(&self, conn: &Conn, values: BTreeSet<String>) -> Result<(), PricingError> {
        if !values.is_empty() {
            repo::index::add_values(conn, &values.into_iter().collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// Rejects rows that reference unknown variants, regions, groups or channels.
    async fn check_known(
        &self,
        conn: &Conn,
        rows: &[PriceRow],
        owners: &HashMap<VariantId, ProductId>,
        path: &str,
    ) -> Result<(), PricingError> {
        let named = |rules: &PriceRules| {
            [
                ("regionId", rules.region_id.map(|id| id.0)),
                ("customerGroupId", rules.customer_group_id.map(|id| id.0)),
                ("channelId", rules.channel_id.map(|id| id.0)),
            ]
        };
        let ids: Vec<_> = rows.iter().flat_map(|row| named(&row.rules)).filter_map(|(_, id)| id).collect();
        let known = self.known(conn, ids).await?;
        let mut validator = Validator::new();
        for (place, row) in rows.iter().enumerate() {
            if !owners.contains_key(&row.variant_id) {
                let at = format!("{path}.{place}.variantId");
                validator.add(&at, ErrorCode::NotFound, "There is no such variant.");
            }
            for (field, id) in named(&row.rules) {
                if id.is_some_and(|id| !known.contains(&id)) {
                    validator.add(&format!("{path}.{place}.{field}"), ErrorCode::NotFound, "There is no such object.");
                }
            }
        }
        validator.finish().map_err(PricingError::Invalid)
    }

    /// Returns which of these ids exist, so that a rule can reference them.
    pub(super) async fn known(&self, conn: &Conn, ids: Vec<Uuid>) -> Result<HashSet<Uuid>, PricingError> {
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        Ok(repo::prices::known(conn, &ids).await?.into_iter().collect())
    }
}

fn check_count(rows: usize) -> Result<(), PricingError> {
    let mut validator = Validator::new();
    validator.count("rows", rows, MAX_ROWS);
    validator.finish().map_err(PricingError::Invalid)
}

/// Validates base prices, as far as possible without the database.
pub(crate) fn check_base(rows: &[PriceRow], path: &str) -> Result<(), PricingError> {
    let mut validator = Validator::new();
    let mut seen = HashSet::new();
    for (place, row) in rows.iter().enumerate() {
        let at = |field: &str| format!("{path}.{place}.{field}");
        for (field, amount) in [("amount", row.amount), ("compareAtPrice", row.compare_at_price)] {
            if let Some(amount) = amount {
                validator.price(&at(field), amount.0, row.currency);
            }
        }
        if row.compare_at_price.is_some_and(|before| row.amount.is_none_or(|now| before.0 <= now.0)) {
            validator.add(
                &at("compareAtPrice"),
                ErrorCode::InvalidAmount,
                "compareAtPrice must be higher than the price.",
            );
        }
        if row.min_quantity < 1 {
            validator.add(&at("minQuantity"), ErrorCode::InvalidQuantity, "The quantity must be at least 1.");
        }
        if row.max_quantity.is_some_and(|most| most < row.min_quantity) {
            let message = "The maximum quantity must not be below the minimum quantity.";
            validator.add(&at("maxQuantity"), ErrorCode::InvalidQuantity, message);
        }
        if !seen.insert((row.variant_id, row.currency, row.rules, row.min_quantity)) {
            validator.add(
                &at("currencyCode"),
                ErrorCode::Invalid,
                "Specify only one price per currency for a variant.",
            );
        }
    }
    validator.finish().map_err(PricingError::Invalid)
}
