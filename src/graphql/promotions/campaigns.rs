use async_graphql::{Context, InputObject, MaybeUndefined, OneofObject};
use cartwright_macros::mutations;
use graphql_plan::object;

use super::inputs::PromotionAmountInput;
use crate::domain::promotions::{self, Budget, BudgetKind, CampaignChanges, NewCampaign};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::graphql::scalars::{Decimal, Money, change};
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::ids::CampaignId;
use crate::kernel::money::{self, Currency};

object! {
    /// Promotions that share dates and a budget.
    pub Campaign for promotions::Campaign {
        /// Id.
        id;
        /// Name, for staff.
        name;
        /// What staff should know.
        description;
        /// From when on its promotions apply; null when it has always begun.
        starts_at;
        /// Before when its promotions apply; null when it has no end.
        ends_at;
        /// What it may cost; null without a budget.
        budget: embed(CampaignBudget, |campaign| budget(campaign));
        /// Counts the changes: see expectedVersion of campaignUpdate.
        version;
        /// When it was made.
        created_at;
        /// When it was last changed.
        updated_at;
    }
}

/// The budget of a campaign that has one.
#[derive(Clone, Debug)]
pub struct BudgetUse {
    kind: BudgetKind,
    limit: rust_decimal::Decimal,
    used: rust_decimal::Decimal,
    currency: Option<Currency>,
}

fn budget(campaign: &promotions::Campaign) -> Option<BudgetUse> {
    let (kind, limit) = (campaign.budget_kind?, campaign.budget_limit?);
    Some(BudgetUse { kind, limit, used: campaign.budget_used, currency: campaign.budget_currency })
}

object! {
    /// What a campaign may cost, and what it has cost.
    pub CampaignBudget for BudgetUse {
        /// What it limits.
        kind;
        /// How much may be taken off in major units, or how often its promotions may be used.
        limit: value(|budget| Decimal(budget.limit.normalize()));
        /// How much of that is used.
        used: value(|budget| Decimal(budget.used.normalize()));
        /// What can still be taken off; null for a number of uses.
        left: embed(Money, |budget| {
            budget.currency.map(|currency| money::Money::new(budget.limit - budget.used, currency))
        });
    }
}

/// What a campaign may cost.
#[derive(OneofObject)]
pub enum CampaignBudgetInput {
    /// So much is taken off altogether, in carts of this currency only.
    Spend(PromotionAmountInput),
    /// Its promotions are used so often, from 1.
    Uses(i32),
}

impl From<CampaignBudgetInput> for Budget {
    fn from(input: CampaignBudgetInput) -> Self {
        match input {
            CampaignBudgetInput::Spend(amount) => Self::Spend(amount.into()),
            CampaignBudgetInput::Uses(uses) => Self::Uses(uses),
        }
    }
}

/// A campaign to make.
#[derive(InputObject)]
pub struct CampaignCreateInput {
    /// Name, for staff: at most 255 characters, and no other campaign's.
    name: String,
    /// What staff should know.
    #[graphql(default)]
    description: String,
    /// From when on its promotions apply.
    starts_at: Option<Timestamp>,
    /// Before when its promotions apply.
    ends_at: Option<Timestamp>,
    /// What it may cost.
    budget: Option<CampaignBudgetInput>,
}

/// What to change of a campaign; what is left out stays, and null takes away what can be without.
#[derive(InputObject)]
pub struct CampaignUpdateInput {
    /// Name, for staff.
    name: Option<String>,
    /// What staff should know.
    description: Option<String>,
    /// From when on its promotions apply.
    starts_at: MaybeUndefined<Timestamp>,
    /// Before when its promotions apply.
    ends_at: MaybeUndefined<Timestamp>,
    /// What it may cost. Not below what it has cost.
    budget: MaybeUndefined<CampaignBudgetInput>,
}

#[mutations(staff = PRICING)]
impl CampaignMutation {
    /// Makes a campaign. Codes: REQUIRED, INVALID_DATES, INVALID_AMOUNT, INVALID_QUANTITY, TAKEN.
    #[returns(campaign: Campaign, "The new campaign.")]
    async fn campaign_create(ctx: &Context<'_>, input: CampaignCreateInput) -> Done<Campaign> {
        let CampaignCreateInput { name, description, starts_at, ends_at, budget } = input;
        let (starts_at, ends_at) = (starts_at.map(within_years), ends_at.map(within_years));
        let new = NewCampaign { name, description, starts_at, ends_at, budget: budget.map(Budget::from) };
        Ok(ctx.for_write().promotions.create_campaign(new).await?)
    }

    /// Changes a campaign, only if `expectedVersion` is still its version when that is given. Codes: those of
    /// campaignCreate, STALE_VERSION, BUDGET_SPENT for a budget below what was used, CURRENCY_MISMATCH for one in another
    /// currency than its promotions.
    #[returns(campaign: Campaign, "The campaign after the change.")]
    async fn campaign_update(
        ctx: &Context<'_>,
        id: CampaignId,
        input: CampaignUpdateInput,
        expected_version: Option<i32>,
    ) -> Done<Campaign> {
        let changes = CampaignChanges {
            name: input.name,
            description: input.description,
            starts_at: change(input.starts_at).map(|at| at.map(within_years)),
            ends_at: change(input.ends_at).map(|at| at.map(within_years)),
            budget: change(input.budget).map(|budget| budget.map(Budget::from)),
        };
        Ok(ctx.for_write().promotions.update_campaign(id, changes, expected_version).await?)
    }

    /// Deletes campaigns that no promotion belongs to, all of them or none. Codes: NOT_FOUND, IN_USE.
    #[returns(deleted_ids: value Vec<CampaignId>, "The campaigns that are gone.")]
    async fn campaign_delete(ctx: &Context<'_>, ids: Vec<CampaignId>) -> Result<Vec<CampaignId>, Refusal> {
        Ok(ctx.for_write().promotions.delete_campaigns(&ids).await?)
    }
}
