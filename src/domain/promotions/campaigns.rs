//! Creates, updates and deletes campaigns.

use async_graphql::{InputObject, OneofObject};
use rust_decimal::Decimal;
use serde_json::json;

use super::check::{amount, is_in};
use super::model::{BudgetKind, Campaign};
use super::rules::Amount;
use super::{PromotionError, Promotions, repo};
use crate::db::Conn;
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::error::{ErrorCode, UserError, all_found, unchanged};
use crate::kernel::ids::CampaignId;
use crate::kernel::patch::{Patch, set};
use crate::kernel::text::Validator;

/// The budget of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, OneofObject)]
#[graphql(name = "CampaignBudgetInput")]
pub enum Budget {
    /// The maximum total discount. The campaign's promotions then apply only in carts of this currency.
    Spend(Amount),
    /// The maximum number of uses, at least 1.
    Uses(i32),
}

impl Budget {
    /// The path of its limit in the input.
    const fn path(&self) -> &'static str {
        match self {
            Self::Spend(_) => "input.budget.spend.amount",
            Self::Uses(_) => "input.budget.uses",
        }
    }
}

/// A campaign to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CampaignCreateInput")]
pub struct CreateCampaign {
    /// Name, for staff, unique: at most 255 characters.
    pub name: String,
    /// Description, for staff.
    #[graphql(default)]
    pub description: String,
    /// Time from which its promotions apply (UTC).
    pub starts_at: Option<Timestamp>,
    /// Time from which its promotions no longer apply (UTC).
    pub ends_at: Option<Timestamp>,
    /// The budget.
    pub budget: Option<Budget>,
}

/// The changes to a campaign. Omitted fields keep their values; null removes an optional value.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "CampaignUpdateInput")]
pub struct UpdateCampaign {
    /// Name, for staff.
    pub name: Option<String>,
    /// Description, for staff.
    pub description: Option<String>,
    /// Time from which its promotions apply (UTC).
    pub starts_at: Patch<Timestamp>,
    /// Time from which its promotions no longer apply (UTC).
    pub ends_at: Patch<Timestamp>,
    /// The budget. It must not be below what is already used.
    pub budget: Patch<Budget>,
}

impl Promotions {
    /// Creates a campaign.
    pub async fn create_campaign(&self, command: CreateCampaign) -> Result<Campaign, PromotionError> {
        let now = self.clock.now();
        let mut campaign = Campaign {
            id: CampaignId::new(),
            name: command.name,
            description: command.description,
            starts_at: command.starts_at.map(clamp_to_storable),
            ends_at: command.ends_at.map(clamp_to_storable),
            budget_kind: None,
            budget_limit: None,
            budget_currency: None,
            budget_used: Decimal::ZERO,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        write_budget(&mut campaign, command.budget);
        check(&campaign, command.budget).map_err(PromotionError::Invalid)?;
        let conn = self.db.conn().await?;
        repo::campaigns::insert(&conn, &campaign).await?;
        Ok(campaign)
    }

    /// Updates a campaign. With `expected`, fails if its version differs.
    pub async fn update_campaign(
        &self,
        id: CampaignId,
        command: UpdateCampaign,
        expected: Option<i32>,
    ) -> Result<Campaign, PromotionError> {
        let tx = self.db.begin().await?;
        let missing = PromotionError::NotFound { what: "campaign", path: "id" };
        let mut campaign = repo::campaigns::lock(&tx, id).await?.ok_or(missing)?;
        unchanged(expected, campaign.version)?;
        set(&mut campaign.name, command.name);
        set(&mut campaign.description, command.description);
        command.starts_at.map(clamp_to_storable).apply(&mut campaign.starts_at);
        command.ends_at.map(clamp_to_storable).apply(&mut campaign.ends_at);
        let mut budget = None;
        if command.budget != Patch::Keep {
            command.budget.apply(&mut budget);
            write_budget(&mut campaign, budget);
        }
        check(&campaign, budget).map_err(PromotionError::Invalid)?;
        if let Some(budget) = budget {
            recount(&tx, &mut campaign, budget).await?;
        }
        campaign.version += 1;
        campaign.updated_at = self.clock.now();
        repo::campaigns::update(&tx, &campaign).await?;
        tx.commit().await?;
        Ok(campaign)
    }

    /// Deletes campaigns that have no promotions, all of them or none.
    pub async fn delete_campaigns(&self, ids: &[CampaignId]) -> Result<Vec<CampaignId>, PromotionError> {
        let tx = self.db.begin().await?;
        let gone = repo::campaigns::delete(&tx, ids).await?;
        all_found("campaign", ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn write_budget(campaign: &mut Campaign, budget: Option<Budget>) {
    let (kind, limit, currency) = match budget {
        Some(Budget::Spend(Amount { amount, currency })) => (Some(BudgetKind::Spend), Some(amount.0), Some(currency)),
        Some(Budget::Uses(uses)) => (Some(BudgetKind::Use), Some(Decimal::from(uses)), None),
        None => (None, None, None),
    };
    (campaign.budget_kind, campaign.budget_limit, campaign.budget_currency) = (kind, limit, currency);
    campaign.budget_used = Decimal::ZERO;
}

/// Recomputes how much of its new budget a locked campaign has used: usage is not counted without a budget.
async fn recount(conn: &Conn, campaign: &mut Campaign, budget: Budget) -> Result<(), PromotionError> {
    let (uses, spent) = repo::usages::campaign_usage(conn, campaign.id, campaign.budget_currency).await?;
    campaign.budget_used = if matches!(budget, Budget::Spend(_)) { spent } else { Decimal::from(uses) };
    if campaign.budget_limit.is_some_and(|limit| limit < campaign.budget_used) {
        let used = campaign.budget_used.normalize().to_string();
        let problem =
            UserError::new(ErrorCode::BudgetSpent, format!("The limit must not be below the {used} already used."));
        return Err(problem.at(budget.path()).with(json!({ "used": used })).into());
    }
    let Some(currency) = campaign.spend_currency() else { return Ok(()) };
    let promotions = repo::promotions::of_campaign(conn, campaign.id).await?;
    match promotions.iter().find(|promotion| !is_in(promotion, currency)) {
        Some(promotion) => {
            let message =
                format!("The budget must be in the currency of the campaign's promotion \"{}\".", promotion.title);
            Err(UserError::new(ErrorCode::CurrencyMismatch, message).at("input.budget.spend.currencyCode").into())
        }
        None => Ok(()),
    }
}

fn check(campaign: &Campaign, budget: Option<Budget>) -> Result<(), Vec<UserError>> {
    let mut validator = Validator::new();
    validator.line("input.name", &campaign.name, 255);
    validator.required("input.name", &campaign.name);
    validator.paragraph("input.description", &campaign.description, 5_000);
    validator.period("input.endsAt", campaign.starts_at, campaign.ends_at);
    match budget {
        Some(Budget::Spend(limit)) => amount(&mut validator, "input.budget.spend.amount", limit),
        Some(Budget::Uses(uses)) if uses < 1 => {
            validator.add("input.budget.uses", ErrorCode::InvalidQuantity, "The budget must be at least 1 use.");
        }
        _ => {}
    }
    validator.finish()
}
