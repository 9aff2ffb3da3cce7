//! Promotions: discounts that apply by themselves or with a code, their campaigns, and who used them.
//!
//! # Decisions
//! - What a promotion takes off is computed by [`engine`], which is pure and knows nothing of tables.
//! - **Only what is limited is counted and locked.** Checkouts take campaigns with a budget, promotions with a limit and
//!   codes with a limit under lock, in this order and each in the order of ids; an unlimited promotion makes nobody wait.
//!   Setting a first limit counts the uses that there are, under a lock that in-flight checkouts hold against it.
//! - **A use belongs to a cart** (rule B16): taking it again for the same cart takes nothing.
//! - A promotion that was ever used is not deleted but switched off: orders name it.
//! - A use is reserved when completing a cart begins, consumed when its order is placed, and returned when that fails or the
//!   order is cancelled. Where nobody outside has to be asked for the payment, it is consumed at once.

pub mod basket;
mod campaigns;
mod check;
mod codes;
mod edit;
pub mod engine;
mod error;
mod inputs;
mod known;
mod model;
pub mod outcome;
mod quote;
mod repo;
mod select;
pub mod terms;
mod usage;

pub use basket::{Basket, BasketLine, BasketShipping};
pub use campaigns::{Budget, CreateCampaign, UpdateCampaign};
pub use edit::{CreatePromotion, PromotionTrial, UpdatePromotion};
pub use engine::Candidate;
pub use error::PromotionError;
pub use inputs::{
    FixedAmountEffectInput, FixedPriceEffectInput, FreeShippingEffectInput, PercentageEffectInput,
    PromotionEffectInput, PromotionItemsInput, PromotionOrderInput, PromotionShippingInput, PromotionTargetInput,
    TieredSpendEffectInput,
};
pub use model::{
    AllocationMethod, BudgetKind, Campaign, CodeProblem, DiscountClass, EffectKind, ListOf, Promotion, PromotionBy,
    PromotionCode, PromotionFilter, PromotionStatus, PromotionUsage, UsageState, code_key,
};
pub use outcome::{Allocation, Allocations, Applied, AppliedPromotions, Outcome, Rejected};
pub use usage::Taking;

use crate::db::{self, Conn, Db};
use crate::domain::catalog::Catalog;
use crate::domain::customers::Customers;
use crate::domain::fulfilment::Fulfilment;
use crate::domain::regions::Regions;
use crate::kernel::clock::SharedClock;
use crate::kernel::page::{Page, Window};
use crate::kernel::text::storable;

/// Promotions, campaigns and codes.
#[derive(Clone)]
pub struct Promotions {
    db: Db,
    clock: SharedClock,
    parts: PromotionsParts,
}

/// Whom promotions ask whether what they name exists.
#[derive(Clone)]
pub struct PromotionsParts {
    /// Regions and sales channels.
    pub regions: Regions,
    /// Customers and their groups.
    pub customers: Customers,
    /// Products, categories and collections.
    pub catalog: Catalog,
    /// Shipping options.
    pub fulfilment: Fulfilment,
}

impl Promotions {
    /// The facade over this database.
    pub fn new(db: Db, clock: SharedClock, parts: PromotionsParts) -> Self {
        Self { db, clock, parts }
    }

    /// The promotion that this code belongs to, however it is spelled.
    pub async fn by_code(&self, conn: &Conn, code: String) -> db::Result<Option<Promotion>> {
        repo::promotions::by_code(conn, &code_key(&storable(code))).await
    }

    /// A page of promotions, newest first.
    pub async fn list(
        &self,
        conn: &Conn,
        filter: &PromotionFilter,
        window: &Window,
    ) -> Result<Page<Promotion>, PromotionError> {
        let rows = repo::promotions::list(conn, filter, window, window.key()?).await?;
        Ok(window.page(rows, |row| (row.created_at.to_rfc3339(), row.id.0)))
    }

    /// A page of campaigns, newest first.
    pub async fn list_campaigns(&self, conn: &Conn, window: &Window) -> Result<Page<Campaign>, PromotionError> {
        let rows = repo::campaigns::list(conn, window, window.key()?).await?;
        Ok(window.page(rows, |row| (row.created_at.to_rfc3339(), row.id.0)))
    }

    /// A page of the codes of each promotion, newest first, in one statement.
    pub async fn code_lists(&self, conn: &Conn, lists: &[ListOf]) -> db::Result<Vec<Page<PromotionCode>>> {
        let found = repo::codes::lists(conn, lists).await?;
        let page = |(list, rows): (&ListOf, Vec<PromotionCode>)| {
            list.window.page(rows, |row| (row.created_at.to_rfc3339(), row.id.0))
        };
        Ok(lists.iter().zip(found).map(page).collect())
    }

    /// A page of the uses of each promotion, newest first, in one statement.
    pub async fn usage_lists(&self, conn: &Conn, lists: &[ListOf]) -> db::Result<Vec<Page<PromotionUsage>>> {
        let found = repo::usages::lists(conn, lists).await?;
        let page = |(list, rows): (&ListOf, Vec<PromotionUsage>)| {
            list.window.page(rows, |row| (row.created_at.to_rfc3339(), row.id.0))
        };
        Ok(lists.iter().zip(found).map(page).collect())
    }
}
