use async_graphql::connection::Connection;
use async_graphql::{Context, Description, Object};

use super::campaigns::Campaign;
use super::terms::{PromotionConditions, PromotionEffect};
use crate::domain::promotions::{self, DiscountClass, ListOf, PromotionFilter, PromotionStatus, UsageState};
use crate::graphql::connection::{connection, page_args};
use crate::graphql::context::Requested;
use crate::graphql::errors::Result;
use crate::graphql::scalars::Money;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{OrderId, PromotionCodeId, PromotionId, PromotionUsageId};
use crate::kernel::money;

type CodeConnection = Connection<String, PromotionCode, CodeTotal>;
type UsageConnection = Connection<String, PromotionUsage, UsageTotal>;

/// A discount: on what, under which conditions, for how long and how often.
#[derive(Description)]
pub struct Promotion(pub promotions::Promotion);

#[Object(use_type_description)]
impl Promotion {
    /// Id.
    async fn id(&self) -> PromotionId {
        self.0.id
    }

    /// Title, for shoppers.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What staff should know.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Whether it can apply: see promotionActivate.
    async fn status(&self) -> PromotionStatus {
        self.0.status
    }

    /// Whether it applies without a code.
    async fn automatic(&self) -> bool {
        self.0.automatic
    }

    /// The campaign that it belongs to; null for one that stands alone.
    async fn campaign(&self, ctx: &Context<'_>) -> Result<Option<Campaign>> {
        let Some(id) = self.0.campaign_id else { return Ok(None) };
        Ok(ctx.reads().loaders.campaign.load(id).await?.map(Campaign))
    }

    /// High ones are applied first; ones of the same priority in the order in which they were made.
    async fn priority(&self) -> i32 {
        self.0.priority
    }

    /// Whether it applies only alone.
    async fn exclusive(&self) -> bool {
        self.0.exclusive
    }

    /// The classes of promotions that it can be combined with. Two are combined when each allows the other's classes.
    async fn combines_with(&self) -> &[DiscountClass] {
        &self.0.combines_with
    }

    /// Its own classes: what its effects lower.
    async fn classes(&self) -> Vec<DiscountClass> {
        self.0.effects.classes()
    }

    /// What has to hold, all of it.
    async fn conditions(&self) -> PromotionConditions {
        (&self.0.conditions).into()
    }

    /// What it does, in this order.
    async fn effects(&self) -> Vec<PromotionEffect> {
        self.0.effects.0.iter().map(PromotionEffect::from).collect()
    }

    /// From when on it applies; null for one that has always begun.
    async fn starts_at(&self) -> Option<Timestamp> {
        self.0.starts_at
    }

    /// Before when it applies; null for one without an end.
    async fn ends_at(&self) -> Option<Timestamp> {
        self.0.ends_at
    }

    /// How many orders can have it; null without a limit.
    async fn usage_limit(&self) -> Option<i32> {
        self.0.usage_limit
    }

    /// How many orders of one customer, by account or e-mail address, can have it; null without a limit.
    async fn customer_usage_limit(&self) -> Option<i32> {
        self.0.customer_usage_limit
    }

    /// Whether an order that is cancelled gives its use back.
    async fn returned_on_cancel(&self) -> bool {
        self.0.returned_on_cancel
    }

    /// How many orders have it, without those that gave it back.
    async fn usage_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(ctx.reads().loaders.usage_count.load(self.0.id).await?.unwrap_or_default().1)
    }

    /// Its codes, newest first.
    async fn codes(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CodeConnection> {
        let list = ListOf::new(self.0.id, &page_args(first, after, last, before))?;
        let page = ctx.reads().loaders.code_list.load(list).await?.unwrap_or_default();
        Ok(connection(page, CodeTotal(self.0.id), PromotionCode))
    }

    /// The orders that have it or gave it back, newest first.
    async fn usages(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<UsageConnection> {
        let list = ListOf::new(self.0.id, &page_args(first, after, last, before))?;
        let page = ctx.reads().loaders.usage_list.load(list).await?.unwrap_or_default();
        Ok(connection(page, UsageTotal(self.0.id), PromotionUsage))
    }

    /// Counts the changes: see expectedVersion of promotionUpdate.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Timestamp {
        self.0.updated_at
    }
}

/// How many promotions there are.
pub struct PromotionTotal(pub PromotionFilter);

#[Object]
impl PromotionTotal {
    /// How many promotions the filter leaves, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().promotions.count(reads.conn().await?, &self.0).await?)
    }
}

/// How many codes a promotion has.
pub struct CodeTotal(PromotionId);

#[Object]
impl CodeTotal {
    /// How many codes there are, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(ctx.reads().loaders.code_count.load(self.0).await?.unwrap_or(0))
    }
}

/// How many uses a promotion has.
pub struct UsageTotal(PromotionId);

#[Object]
impl UsageTotal {
    /// How many uses there are, over all pages, those that were given back included. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(ctx.reads().loaders.usage_count.load(self.0).await?.unwrap_or_default().0)
    }
}

/// What shoppers type to get a promotion. Upper and lower case are the same.
#[derive(Description)]
pub struct PromotionCode(pub promotions::PromotionCode);

#[Object(use_type_description)]
impl PromotionCode {
    /// Id.
    async fn id(&self) -> PromotionCodeId {
        self.0.id
    }

    /// The code.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// How many orders can have it; null without a limit of its own.
    async fn usage_limit(&self) -> Option<i32> {
        self.0.usage_limit
    }

    /// How many orders have it; null for a code without a limit, which is not counted.
    async fn used(&self) -> Option<i32> {
        self.0.usage_limit.map(|_| self.0.used)
    }

    /// When it was taken out of use; null while it is in use.
    async fn revoked_at(&self) -> Option<Timestamp> {
        self.0.revoked_at
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}

/// An order that has a promotion, or gave it back.
#[derive(Description)]
pub struct PromotionUsage(pub promotions::PromotionUsage);

#[Object(use_type_description)]
impl PromotionUsage {
    /// Id.
    async fn id(&self) -> PromotionUsageId {
        self.0.id
    }

    /// Which order.
    async fn order_id(&self) -> OrderId {
        self.0.order_id
    }

    /// With which code; null for a promotion that applied by itself.
    async fn code_id(&self) -> Option<PromotionCodeId> {
        self.0.code_id
    }

    /// What was taken off.
    async fn amount(&self) -> Money {
        money::Money::new(self.0.amount, self.0.currency).into()
    }

    /// What became of it.
    async fn state(&self) -> UsageState {
        self.0.state
    }

    /// When the order was placed.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}
