//! Taking promotions for an order, and giving them back.

use rust_decimal::Decimal;

use super::model::{BudgetKind, UsageState};
use super::outcome::Applied;
use super::repo::limits::{HeldCampaign, HeldCode, HeldPromotion};
use super::repo::usages::{Buyer, BuyerCount};
use super::{PromotionError, Promotions, repo};
use crate::db::{self, Conn};
use crate::kernel::ids::{CartId, CustomerId, OrderId};
use crate::kernel::money::Currency;

/// The promotions that an order has, to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Taking<'a> {
    /// The cart that becomes the order.
    pub cart_id: CartId,
    /// The order.
    pub order_id: OrderId,
    /// Who buys, when that is known.
    pub customer_id: Option<CustomerId>,
    /// Their e-mail address.
    pub email: &'a str,
    /// The order's currency.
    pub currency: Currency,
    /// What the last quote of the cart applied.
    pub applied: &'a [Applied],
    /// Whether the order is placed in the same transaction, or the uses are only reserved for it.
    pub state: UsageState,
}

/// What limits a taking, held until the caller's transaction ends.
struct Held {
    campaigns: Vec<HeldCampaign>,
    promotions: Vec<HeldPromotion>,
    codes: Vec<HeldCode>,
    counts: Vec<BuyerCount>,
}

impl Promotions {
    /// Takes the promotions that a cart applied, in the caller's transaction: checks every limit under lock and counts
    /// the use. Taken once for a cart, however often this is called (rules B11, B16). Five statements at most.
    pub async fn take_in(&self, conn: &Conn, taking: &Taking<'_>) -> Result<(), PromotionError> {
        if taking.applied.is_empty() {
            return Ok(());
        }
        let held = hold(conn, taking).await?;
        let own = |applied: &&Applied| {
            held.counts.iter().any(|count| count.own && count.promotion_id == applied.promotion_id)
        };
        let fresh: Vec<_> = taking.applied.iter().filter(|applied| !own(applied)).collect();
        if let Some(over) = fresh.iter().find(|applied| !held.allows(applied, &fresh, taking.currency)) {
            return Err(PromotionError::Limit { title: Some(over.title.clone()), code: over.code.clone() });
        }
        if !fresh.is_empty() {
            repo::usages::take(conn, taking, &fresh, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Makes what was reserved for an order its own, in the transaction that places it.
    pub async fn consume_in(&self, conn: &Conn, order: OrderId) -> db::Result<()> {
        repo::usages::consume(conn, order, self.clock.now()).await
    }

    /// Gives back what an order took, in the caller's transaction: what was only reserved, and the rest for the promotions
    /// that say so (rule B12). Calling it again gives nothing back.
    pub async fn give_back_in(&self, conn: &Conn, order: OrderId) -> db::Result<()> {
        let returned = repo::usages::give_back(conn, order, self.clock.now()).await?;
        if returned.is_empty() {
            return Ok(());
        }
        let promotions: Vec<_> = returned.iter().map(|usage| usage.promotion_id).collect();
        let codes: Vec<_> = returned.iter().filter_map(|usage| usage.code_id).collect();
        repo::usages::uncount_campaigns(conn, &returned).await?;
        repo::usages::uncount_promotions(conn, &promotions).await?;
        repo::usages::uncount_codes(conn, &codes).await
    }
}

/// Locks what limits the taking: campaigns, promotions, codes, each in the order of their ids.
async fn hold(conn: &Conn, taking: &Taking<'_>) -> db::Result<Held> {
    let campaigns: Vec<_> = taking.applied.iter().filter_map(|applied| applied.campaign_id).collect();
    let promotions: Vec<_> = taking.applied.iter().map(|applied| applied.promotion_id).collect();
    let codes: Vec<_> = taking.applied.iter().filter_map(|applied| applied.code_id).collect();
    let buyer = Buyer::new(taking.customer_id, Some(taking.email));
    Ok(Held {
        campaigns: match campaigns.is_empty() {
            true => Vec::new(),
            false => repo::limits::hold_campaigns(conn, &campaigns).await?,
        },
        promotions: repo::limits::hold_promotions(conn, &promotions).await?,
        codes: match codes.is_empty() {
            true => Vec::new(),
            false => repo::limits::hold_codes(conn, &codes).await?,
        },
        counts: repo::usages::of_buyer(conn, &promotions, &buyer, Some(taking.cart_id)).await?,
    })
}

impl Held {
    /// Whether every limit leaves room for this one, beside the others that are taken with it.
    fn allows(&self, applied: &Applied, fresh: &[&Applied], currency: Currency) -> bool {
        let Some(promotion) = self.promotions.iter().find(|held| held.id == applied.promotion_id) else { return false };
        let others = self.counts.iter().find(|count| count.promotion_id == applied.promotion_id);
        let by_customer = others.map_or(0, |count| count.others);
        let code = self.codes.iter().find(|held| Some(held.id) == applied.code_id);
        promotion.campaign_id == applied.campaign_id
            && promotion.usage_limit.is_none_or(|limit| promotion.used < limit)
            && promotion.customer_usage_limit.is_none_or(|limit| by_customer < i64::from(limit))
            && code.is_none_or(|code| code.left_over > 0)
            && self.budget_allows(applied, fresh, currency)
    }

    fn budget_allows(&self, applied: &Applied, fresh: &[&Applied], currency: Currency) -> bool {
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
