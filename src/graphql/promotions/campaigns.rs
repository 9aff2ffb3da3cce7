use async_graphql::{Context, Description, InputObject, MaybeUndefined, Object, OneofObject, SimpleObject};

use super::inputs::PromotionAmountInput;
use crate::domain::promotions::{self, Budget, BudgetKind, CampaignChanges, NewCampaign};
use crate::graphql::context::Requested;
use crate::graphql::errors::{Result, payloads};
use crate::graphql::guards::{Needs, requires, staff};
use crate::graphql::scalars::{Decimal, Money, change};
use crate::kernel::actor::Permission;
use crate::kernel::clock::{Timestamp, within_years};
use crate::kernel::ids::CampaignId;
use crate::kernel::money;

/// Promotions that share dates and a budget.
#[derive(Description)]
pub struct Campaign(pub promotions::Campaign);

#[Object(use_type_description)]
impl Campaign {
    /// Id.
    async fn id(&self) -> CampaignId {
        self.0.id
    }

    /// Name, for staff.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What staff should know.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// From when on its promotions apply; null when it has always begun.
    async fn starts_at(&self) -> Option<Timestamp> {
        self.0.starts_at
    }

    /// Before when its promotions apply; null when it has no end.
    async fn ends_at(&self) -> Option<Timestamp> {
        self.0.ends_at
    }

    /// What it may cost; null without a budget.
    async fn budget(&self) -> Option<CampaignBudget> {
        let (kind, limit, used) = (self.0.budget_kind?, self.0.budget_limit?, self.0.budget_used);
        let in_currency = |amount| self.0.budget_currency.map(|currency| money::Money::new(amount, currency).into());
        Some(CampaignBudget {
            kind,
            limit: Decimal(limit.normalize()),
            used: Decimal(used.normalize()),
            left: in_currency(limit - used),
        })
    }

    /// Counts the changes: see expectedVersion of campaignUpdate.
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

/// What a campaign may cost, and what it has cost.
#[derive(SimpleObject)]
pub struct CampaignBudget {
    /// What it limits.
    kind: BudgetKind,
    /// How much may be taken off in major units, or how often its promotions may be used.
    limit: Decimal,
    /// How much of that is used.
    used: Decimal,
    /// What can still be taken off; null for a number of uses.
    left: Option<Money>,
}

/// How many campaigns there are.
pub struct CampaignTotal;

#[Object]
impl CampaignTotal {
    /// How many campaigns there are, over all pages. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let reads = ctx.reads();
        Ok(ctx.app().promotions.count_campaigns(reads.conn().await?).await?)
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

payloads! {
    CampaignCreatePayload {
        /// The new campaign.
        campaign: Campaign
    }
    CampaignUpdatePayload {
        /// The campaign after the change.
        campaign: Campaign
    }
    CampaignDeletePayload {
        /// The campaigns that are gone.
        deleted_ids: Vec<CampaignId>
    }
}

#[derive(Default)]
pub struct CampaignMutation;

#[Object]
impl CampaignMutation {
    /// Makes a campaign. Codes: REQUIRED, INVALID_DATES, INVALID_AMOUNT, INVALID_QUANTITY, TAKEN.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn campaign_create(&self, ctx: &Context<'_>, input: CampaignCreateInput) -> Result<CampaignCreatePayload> {
        let CampaignCreateInput { name, description, starts_at, ends_at, budget } = input;
        let (starts_at, ends_at) = (starts_at.map(within_years), ends_at.map(within_years));
        let new = NewCampaign { name, description, starts_at, ends_at, budget: budget.map(Budget::from) };
        let outcome = ctx.for_write().promotions.create_campaign(new).await;
        CampaignCreatePayload::of(outcome, |row| CampaignCreatePayload {
            campaign: Some(Campaign(row)),
            ..Default::default()
        })
    }

    /// Changes a campaign, only if `expectedVersion` is still its version when that is given. Codes: those of
    /// campaignCreate, STALE_VERSION, BUDGET_SPENT for a budget below what was used, CURRENCY_MISMATCH for one in another
    /// currency than its promotions.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn campaign_update(
        &self,
        ctx: &Context<'_>,
        id: CampaignId,
        input: CampaignUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<CampaignUpdatePayload> {
        let changes = CampaignChanges {
            name: input.name,
            description: input.description,
            starts_at: change(input.starts_at).map(|at| at.map(within_years)),
            ends_at: change(input.ends_at).map(|at| at.map(within_years)),
            budget: change(input.budget).map(|budget| budget.map(Budget::from)),
        };
        let outcome = ctx.for_write().promotions.update_campaign(id, changes, expected_version).await;
        CampaignUpdatePayload::of(outcome, |row| CampaignUpdatePayload {
            campaign: Some(Campaign(row)),
            ..Default::default()
        })
    }

    /// Deletes campaigns that no promotion belongs to, all of them or none. Codes: NOT_FOUND, IN_USE.
    #[graphql(guard = "Needs(Permission::Pricing)", visible = "staff", directive = requires::apply("PRICING".into()))]
    async fn campaign_delete(&self, ctx: &Context<'_>, ids: Vec<CampaignId>) -> Result<CampaignDeletePayload> {
        let outcome = ctx.for_write().promotions.delete_campaigns(&ids).await;
        CampaignDeletePayload::of(outcome, |ids| CampaignDeletePayload { deleted_ids: Some(ids), ..Default::default() })
    }
}
