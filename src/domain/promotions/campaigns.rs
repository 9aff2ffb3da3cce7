//! Making, changing and deleting campaigns.

use rust_decimal::Decimal;
use serde_json::json;

use super::check::{amount, is_in};
use super::model::{BudgetKind, Campaign};
use super::terms::Amount;
use super::{PromotionError, Promotions, repo};
use crate::db::Conn;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{CampaignId, distinct};
use crate::kernel::text::Checks;

/// What a campaign may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// So much is taken off altogether, in carts of this currency.
    Spend(Amount),
    /// Its promotions are used so often.
    Uses(i32),
}

impl Budget {
    /// Where its limit stands in the input.
    const fn path(&self) -> &'static str {
        match self {
            Self::Spend(_) => "input.budget.spend.amount",
            Self::Uses(_) => "input.budget.uses",
        }
    }
}

/// A campaign to make.
#[derive(Clone, Debug)]
pub struct NewCampaign {
    /// Name, for staff.
    pub name: String,
    /// What staff should know.
    pub description: String,
    /// From when on.
    pub starts_at: Option<Timestamp>,
    /// Until before when.
    pub ends_at: Option<Timestamp>,
    /// What it may cost.
    pub budget: Option<Budget>,
}

/// What to change of a campaign; `None` leaves a thing as it is, and `Some(None)` takes it away.
#[derive(Clone, Debug, Default)]
pub struct CampaignChanges {
    /// Name, for staff.
    pub name: Option<String>,
    /// What staff should know.
    pub description: Option<String>,
    /// From when on.
    pub starts_at: Option<Option<Timestamp>>,
    /// Until before when.
    pub ends_at: Option<Option<Timestamp>>,
    /// What it may cost.
    pub budget: Option<Option<Budget>>,
}

impl Promotions {
    /// Makes a campaign.
    pub async fn create_campaign(&self, new: NewCampaign) -> Result<Campaign, PromotionError> {
        let now = self.clock.now();
        let mut campaign = Campaign {
            id: CampaignId::new(),
            name: new.name,
            description: new.description,
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            budget_kind: None,
            budget_limit: None,
            budget_currency: None,
            budget_used: Decimal::ZERO,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        write_budget(&mut campaign, new.budget);
        check(&campaign, new.budget).map_err(PromotionError::Invalid)?;
        let conn = self.db.conn().await?;
        repo::campaigns::insert(&conn, &campaign).await?;
        Ok(campaign)
    }

    /// Changes a campaign. With `expected`, only if that is still its version.
    pub async fn update_campaign(
        &self,
        id: CampaignId,
        changes: CampaignChanges,
        expected: Option<i32>,
    ) -> Result<Campaign, PromotionError> {
        let tx = self.db.begin().await?;
        let missing = PromotionError::NotFound { what: "campaign", path: "id" };
        let mut campaign = repo::campaigns::lock(&tx, id).await?.ok_or(missing)?;
        if let Some(expected) = expected.filter(|expected| *expected != campaign.version) {
            return Err(PromotionError::StaleVersion { expected, actual: campaign.version });
        }
        let CampaignChanges { name, description, starts_at, ends_at, budget } = changes;
        campaign.name = name.unwrap_or(campaign.name);
        campaign.description = description.unwrap_or(campaign.description);
        campaign.starts_at = starts_at.unwrap_or(campaign.starts_at);
        campaign.ends_at = ends_at.unwrap_or(campaign.ends_at);
        if let Some(budget) = budget {
            write_budget(&mut campaign, budget);
        }
        check(&campaign, budget.flatten()).map_err(PromotionError::Invalid)?;
        if let Some(Some(budget)) = budget {
            recount(&tx, &mut campaign, budget).await?;
        }
        campaign.version += 1;
        campaign.updated_at = self.clock.now();
        repo::campaigns::update(&tx, &campaign).await?;
        tx.commit().await?;
        Ok(campaign)
    }

    /// Deletes campaigns that no promotion belongs to, all of them or none.
    pub async fn delete_campaigns(&self, ids: &[CampaignId]) -> Result<Vec<CampaignId>, PromotionError> {
        let tx = self.db.begin().await?;
        let gone = repo::campaigns::delete(&tx, ids).await?;
        if gone.len() < distinct(ids) {
            return Err(PromotionError::NotFound { what: "campaign", path: "ids" });
        }
        tx.commit().await?;
        Ok(gone)
    }
}

fn write_budget(campaign: &mut Campaign, budget: Option<Budget>) {
    let (kind, limit, currency) = match budget {
        Some(Budget::Spend(Amount { amount, currency })) => (Some(BudgetKind::Spend), Some(amount), Some(currency)),
        Some(Budget::Uses(uses)) => (Some(BudgetKind::Use), Some(Decimal::from(uses)), None),
        None => (None, None, None),
    };
    (campaign.budget_kind, campaign.budget_limit, campaign.budget_currency) = (kind, limit, currency);
    campaign.budget_used = Decimal::ZERO;
}

/// Counts what a locked campaign has used of its new budget: without one, nothing was counted.
async fn recount(conn: &Conn, campaign: &mut Campaign, budget: Budget) -> Result<(), PromotionError> {
    let (uses, spent) = repo::usages::used_of_campaign(conn, campaign.id, campaign.budget_currency).await?;
    campaign.budget_used = if matches!(budget, Budget::Spend(_)) { spent } else { Decimal::from(uses) };
    if campaign.budget_limit.is_some_and(|limit| limit < campaign.budget_used) {
        let used = campaign.budget_used.normalize().to_string();
        let problem =
            Problem::new(ErrorCode::BudgetSpent, format!("The limit must not be below the {used} already used."));
        return Err(problem.at(budget.path()).with(json!({ "used": used })).into());
    }
    let Some(currency) = campaign.spend_currency() else { return Ok(()) };
    let promotions = repo::promotions::of_campaign(conn, campaign.id).await?;
    match promotions.iter().find(|promotion| !is_in(promotion, currency)) {
        Some(promotion) => {
            let message =
                format!("The budget must be in the currency of the campaign's promotion \"{}\".", promotion.title);
            Err(Problem::new(ErrorCode::CurrencyMismatch, message).at("input.budget.spend.currencyCode").into())
        }
        None => Ok(()),
    }
}

fn check(campaign: &Campaign, budget: Option<Budget>) -> Result<(), Vec<Problem>> {
    let mut checks = Checks::new();
    checks.line("input.name", &campaign.name, 255);
    checks.required("input.name", &campaign.name);
    checks.paragraph("input.description", &campaign.description, 5_000);
    checks.window("input.endsAt", campaign.starts_at, campaign.ends_at);
    match budget {
        Some(Budget::Spend(limit)) => amount(&mut checks, "input.budget.spend.amount", limit),
        Some(Budget::Uses(uses)) if uses < 1 => {
            checks.add("input.budget.uses", ErrorCode::InvalidQuantity, "The budget must be at least 1 use.");
        }
        _ => {}
    }
    checks.finish()
}
