//! Setting prices.

use rust_decimal::Decimal;

use super::model::Price;
use super::{Pricing, PricingError, repo};
use crate::db::Conn;
use crate::kernel::error::ErrorCode;
use crate::kernel::ids::{ProductId, VariantId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::text::Checks;

/// How many rows one call may set.
const MOST_ROWS: usize = 1_000;

/// A price to set, or to take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRow {
    /// Of which variant.
    pub variant_id: VariantId,
    /// In which currency.
    pub currency: Currency,
    /// The price in major units; `None` takes it away, and with it the variant out of the currency's shop.
    pub amount: Option<Decimal>,
    /// What it cost before, higher than the price.
    pub compare_at: Option<Decimal>,
}

impl Pricing {
    /// Sets prices, all of them or none.
    pub async fn set(&self, rows: &[PriceRow]) -> Result<(), PricingError> {
        let mut checks = Checks::new();
        checks.count("rows", rows.len(), MOST_ROWS);
        checks.finish().map_err(PricingError::Invalid)?;
        let tx = self.db.begin().await?;
        self.set_in(&tx, rows, "rows").await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets prices in the caller's transaction; problems are reported below `path`.
    pub async fn set_in(&self, conn: &Conn, rows: &[PriceRow], path: &str) -> Result<(), PricingError> {
        check(rows, path)?;
        let set: Vec<_> = rows.iter().filter_map(price).collect();
        let gone: Vec<_> =
            rows.iter().filter(|row| row.amount.is_none()).map(|row| (row.variant_id, row.currency)).collect();
        repo::save(conn, &set).await?;
        repo::remove(conn, &gone).await?;
        let variants: Vec<_> = rows.iter().map(|row| row.variant_id).collect();
        repo::refresh_ranges_of_variants(conn, &variants).await?;
        Ok(())
    }

    /// Brings the price ranges of products up to date in the caller's transaction, after variants went.
    pub async fn refresh_ranges_in(&self, conn: &Conn, ids: &[ProductId]) -> Result<(), PricingError> {
        Ok(repo::refresh_ranges(conn, ids).await?)
    }
}

fn price(row: &PriceRow) -> Option<Price> {
    let PriceRow { variant_id, currency, amount, compare_at } = *row;
    Some(Price { variant_id, currency, amount: amount?, compare_at })
}

fn check(rows: &[PriceRow], path: &str) -> Result<(), PricingError> {
    let mut checks = Checks::new();
    let mut seen = std::collections::HashSet::new();
    for (place, row) in rows.iter().enumerate() {
        let at = |field: &str| format!("{path}.{place}.{field}");
        for (field, amount) in [("amount", row.amount), ("compareAt", row.compare_at)] {
            if let Some(Err(error)) = amount.map(|amount| Money::price(amount, row.currency)) {
                checks.add(&at(field), ErrorCode::InvalidAmount, format!("This is no price: {error}."));
            }
        }
        if row.compare_at.is_some_and(|before| row.amount.is_none_or(|now| before <= now)) {
            checks.add(&at("compareAt"), ErrorCode::InvalidAmount, "The price before is higher than the price.");
        }
        if !seen.insert((row.variant_id, row.currency)) {
            checks.add(&at("currencyCode"), ErrorCode::Invalid, "This variant has a price in this currency already.");
        }
    }
    checks.finish().map_err(PricingError::Invalid)
}
