//! Promotions: discounts that apply automatically or with a code, their campaigns and their uses.
//!
//! # Decisions
//! - Discounts are computed by [`engine`], which is pure and independent of the database.
//! - **Only what is limited is counted and locked.** Checkouts lock campaigns with a budget, promotions with a limit
//!   and codes with a limit, in this order and each in id order; unlimited promotions never block. Setting a first
//!   limit counts the existing uses, under a lock that waits for in-flight checkouts.
//! - **A use belongs to a cart** (rule B16): reserving it again for the same cart has no effect.
//! - A promotion that was ever used can be deactivated but not deleted: orders reference it.
//! - A use is reserved when completion of a cart begins, consumed when its order is placed, and returned if that fails
//!   or the order is canceled. If the payment needs no external provider, the use is consumed at once.

pub mod basket;
mod campaigns;
mod check;
mod codes;
pub mod discounts;
pub mod engine;
mod error;
mod inputs;
mod model;
mod quote;
mod references;
mod repo;
pub mod rules;
mod select;
mod update;
mod usage;

pub use basket::{Basket, BasketLine, BasketShipping};
pub use campaigns::{Budget, CreateCampaign, UpdateCampaign};
pub use discounts::{Allocation, Allocations, AppliedPromotion, AppliedPromotions, Outcome, Redemption, Rejected};
pub use engine::Candidate;
pub use error::PromotionError;
pub use inputs::{
    FixedAmountEffectInput, FixedPriceEffectInput, FreeShippingEffectInput, PercentageEffectInput,
    PromotionEffectInput, PromotionItemsInput, PromotionOrderInput, PromotionShippingInput, PromotionTargetInput,
    TieredSpendEffectInput,
};
pub use model::{
    BudgetKind, Campaign, DiscountCodeError, Promotion, PromotionBy, PromotionChildPage, PromotionCode,
    PromotionFilter, PromotionStatus, PromotionUsage, UsageState, code_key,
};
pub use rules::{AllocationMethod, DiscountClass, EffectKind};
pub use update::{CreatePromotion, PromotionTrial, UpdatePromotion};

use crate::db::{self, Conn, Db};
use crate::domain::catalog::Catalog;
use crate::domain::customers::Customers;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::regions::Regions;
use crate::kernel::clock::SharedClock;
use crate::kernel::page::{Page, PageRequest};
use crate::kernel::text::strip_nul;

/// Promotions, campaigns and codes.
#[derive(Clone)]
pub struct Promotions {
    db: Db,
    clock: SharedClock,
    parts: PromotionsParts,
}

/// The domains that promotions use to check references.
#[derive(Clone)]
pub struct PromotionsParts {
    /// Regions and sales channels.
    pub regions: Regions,
    /// Customers and their groups.
    pub customers: Customers,
    /// Products, categories and collections.
    pub catalog: Catalog,
    /// Shipping options.
    pub fulfillment: Fulfillment,
}

impl Promotions {
    /// Creates the facade for this database.
    pub fn new(db: Db, clock: SharedClock, parts: PromotionsParts) -> Self {
        Self { db, clock, parts }
    }

    /// Returns the promotion of this code, case-insensitive.
    pub async fn by_code(&self, conn: &Conn, code: String) -> db::Result<Option<Promotion>> {
        repo::promotions::by_code(conn, &code_key(&strip_nul(code))).await
    }

    /// Returns a page of promotions, newest first.
    pub async fn list(
        &self,
        conn: &Conn,
        filter: &PromotionFilter,
        paging: &PageRequest,
    ) -> Result<Page<Promotion>, PromotionError> {
        let rows = repo::promotions::list(conn, filter, paging, paging.key()?).await?;
        Ok(paging.page(rows, |row| (row.created_at.to_rfc3339(), row.id.0)))
    }

    /// Returns a page of the codes of each promotion, newest first, in one statement.
    pub async fn code_lists(&self, conn: &Conn, lists: &[PromotionChildPage]) -> db::Result<Vec<Page<PromotionCode>>> {
        let found = repo::codes::lists(conn, lists).await?;
        let page = |(list, rows): (&PromotionChildPage, Vec<PromotionCode>)| {
            list.paging.page(rows, |row| (row.created_at.to_rfc3339(), row.id.0))
        };
        Ok(lists.iter().zip(found).map(page).collect())
    }

    /// Returns a page of the uses of each promotion, newest first, in one statement.
    pub async fn usage_lists(
        &self,
        conn: &Conn,
        lists: &[PromotionChildPage],
    ) -> db::Result<Vec<Page<PromotionUsage>>> {
        let found = repo::usages::lists(conn, lists).await?;
        let page = |(list, rows): (&PromotionChildPage, Vec<PromotionUsage>)| {
            list.paging.page(rows, |row| (row.created_at.to_rfc3339(), row.id.0))
        };
        Ok(lists.iter().zip(found).map(page).collect())
    }
}
