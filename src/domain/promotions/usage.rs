//! Reserves, redeems and restores the promotions of an order.

use rust_decimal::Decimal;

use super::discounts::{AppliedPromotion, Redemption};
use super::model::BudgetKind;
use super::repo::limits::{LockedCampaign, LockedCode, LockedPromotion};
use super::repo::usages::{Buyer, CustomerUsage};
use super::{PromotionError, Promotions, repo};
use crate::db::{self, Conn};
use crate::kernel::ids::OrderId;
use crate::kernel::money::Currency;

/// The locked rows that limit a redemption, until the caller's transaction ends.
struct LockedLimits {
    campaigns: Vec<LockedCampaign>,
    promotions: Vec<LockedPromotion>,
    codes: Vec<LockedCode>,
    counts: Vec<CustomerUsage>,
}

impl Promotions {
    /// Reserves or redeems the promotions applied to a cart, in the caller's transaction: checks every limit under lock
    /// and counts the use. Idempotent per cart (rules B11, B16). At most five statements.
    pub async fn reserve_in(&self, conn: &Conn, redemption: &Redemption<'_>) -> Result<(), PromotionError> {
        if redemption.applied.is_empty() {
            return Ok(());
        }
        let held = lock_limits(conn, redemption).await?;
        let own = |applied: &&AppliedPromotion| {
            held.counts.iter().any(|count| count.own && count.promotion_id == applied.promotion_id)
        };
        let fresh: Vec<_> = redemption.applied.iter().filter(|applied| !own(applied)).collect();
        if let Some(over) = fresh.iter().find(|applied| !held.allows(applied, &fresh, redemption.currency)) {
            return Err(PromotionError::Limit { title: Some(over.title.clone()), code: over.code.clone() });
        }
        if !fresh.is_empty() {
            repo::usages::insert(conn, redemption, &fresh, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Redeems the promotions reserved for an order, in the transaction that places it.
    pub async fn redeem_in(&self, conn: &Conn, order: OrderId) -> db::Result<()> {
        repo::usages::mark_consumed(conn, order, self.clock.now()).await
    }

    /// Restores the uses of an order, in the caller's transaction: reserved ones, and consumed ones if their promotion
    /// allows it (rule B12). Idempotent.
    pub async fn restore_in(&self, conn: &Conn, order: OrderId) -> db::Result<()> {
        let returned = repo::usages::mark_returned(conn, order, self.clock.now()).await?;
        if returned.is_empty() {
            return Ok(());
        }
        let promotions: Vec<_> = returned.iter().map(|usage| usage.promotion_id).collect();
        let codes: Vec<_> = returned.iter().filter_map(|usage| usage.code_id).collect();
        repo::usages::decrement_campaigns(conn, &returned).await?;
        repo::usages::decrement_promotions(conn, &promotions).await?;
        repo::usages::decrement_codes(conn, &codes).await
    }
}

/// Locks the rows that limit the redemption: campaigns, promotions, codes, each in id order.
async fn lock_limits(conn: &Conn, redemption: &Redemption<'_>) -> db::Result<LockedLimits> {
    let campaigns: Vec<_> = redemption.applied.iter().filter_map(|applied| applied.campaign_id).collect();
    let promotions: Vec<_> = redemption.applied.iter().map(|applied| applied.promotion_id).collect();
    let codes: Vec<_> = redemption.applied.iter().filter_map(|applied| applied.code_id).collect();
    let buyer = Buyer::new(redemption.customer_id, Some(redemption.email));
    Ok(LockedLimits {
        campaigns: match campaigns.is_empty() {
            true => Vec::new(),
            false => repo::limits::lock_campaigns(conn, &campaigns).await?,
        },
        promotions: repo::limits::lock_promotions(conn, &promotions).await?,
        codes: match codes.is_empty() {
            true => Vec::new(),
            false => repo::limits::lock_codes(conn, &codes).await?,
        },
        counts: repo::usages::of_buyer(conn, &promotions, &buyer, Some(redemption.cart_id)).await?,
    })
}

impl LockedLimits {
    /// Returns whether every limit allows this promotion together with the others of the redemption.
    fn allows(&self, applied: &AppliedPromotion, fresh: &[&AppliedPromotion], currency: Currency) -> bool {
        let Some(promotion) = self.promotions.iter().find(|held| held.id == applied.promotion_id) else { return false };
        let others = self.counts.iter().find(|count| count.promotion_id == applied.promotion_id);
        let by_customer = others.map_or(0, |count| count.others);
        let code = self.codes.iter().find(|held| Some(held.id) == applied.code_id);
        promotion.campaign_id == applied.campaign_id
            && promotion.usage_limit.is_none_or(|limit| promotion.used < limit)
            && promotion.customer_usage_limit.is_none_or(|limit| by_customer < i64::from(limit))
            && code.is_none_or(|code| code.remaining > 0)
            && self.budget_allows(applied, fresh, currency)
    }

    fn budget_allows(&self, applied: &AppliedPromotion, fresh: &[&AppliedPromotion], currency: Currency) -> bool {
        let Some(id) = applied.campaign_id else { return true };
        let Some(campaign) = self.campaigns.iter().find(|held| held.id == id) else { return false };
        let (Some(kind), Some(limit)) = (campaign.budget_kind, campaign.budget_limit) else { return true };
        let siblings = || fresh.iter().filter(|other| other.campaign_id == Some(id));
        let more = match kind {
            BudgetKind::Use => Decimal::from(siblings().count()),
            BudgetKind::Spend if campaign.budget_currency != Some(currency) => return false,
            BudgetKind::Spend => siblings().map(|other| other.amount).sum(),
        };
        campaign.budget_used + more <= limit
    }
}
