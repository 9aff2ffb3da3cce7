//! What things cost: the price of each variant in each currency, and the totals of a cart or an order.
//!
//! # Decisions
//! - A price belongs to a currency; whether it includes tax is the region's to say.
//! - A product's lowest and highest price are kept beside the prices, because lists filter and sort by them.

mod error;
mod model;
mod prices;
mod repo;
mod totals;

pub use error::PricingError;
pub use model::{Price, PriceRange};
pub use prices::PriceRow;
pub use totals::{Item, Quote, Totals, totals};

use crate::db::{Conn, Db, Result};
use crate::kernel::ids::{ProductId, VariantId};
use crate::kernel::money::Currency;

/// Prices.
#[derive(Clone)]
pub struct Pricing {
    db: Db,
}

impl Pricing {
    /// The facade over this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The prices of these variants in a currency. A variant without one cannot be bought in it (rule C6).
    pub async fn prices(&self, conn: &Conn, ids: &[VariantId], currency: Currency) -> Result<Vec<Price>> {
        repo::in_currency(conn, ids, currency).await
    }

    /// The prices of these variants in every currency.
    pub async fn all_prices(&self, conn: &Conn, ids: &[VariantId]) -> Result<Vec<Price>> {
        repo::all(conn, ids).await
    }

    /// The lowest and highest price over the variants of these products in a currency.
    pub async fn ranges(&self, conn: &Conn, ids: &[ProductId], currency: Currency) -> Result<Vec<PriceRange>> {
        repo::ranges(conn, ids, currency).await
    }
}
