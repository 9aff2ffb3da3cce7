use async_graphql::Context;
use cartwright_macros::mutations;
use graphql_plan::object;

use crate::domain::promotions::{self, BudgetKind, CreateCampaign, UpdateCampaign};
use crate::graphql::context::RequestExt;
use crate::graphql::errors::{Done, Refusal, Result};
use crate::graphql::scalars::{Decimal, Money};
use crate::kernel::ids::CampaignId;
use crate::kernel::money::{self, Currency};

object! {
    /// A campaign: promotions that share dates and a budget.
    pub Campaign for promotions::Campaign {
        /// Id.
        id;
        /// Name, for staff.
        name;
        /// Description, for staff.
        description;
        /// Time from which its promotions apply (UTC); null if it has always started.
        starts_at;
        /// Time from which its promotions no longer apply (UTC); null if it has no end.
        ends_at;
        /// The budget; null without one.
        budget: embed(CampaignBudget, |campaign| budget(campaign));
        /// The version, incremented by each change. Pass it as `expectedVersion` to refuse an update if the campaign
        /// has changed.
        version;
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which it was last updated (UTC).
        updated_at;
    }
}

/// The use of a campaign's budget.
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
    /// The budget of a campaign, and how much of it is used.
    pub CampaignBudget for BudgetUse {
        /// What the budget limits.
        kind;
        /// The limit: the total discount in major units, or the number of uses.
        limit: value(|budget| Decimal(budget.limit.normalize()));
        /// How much of the limit is used.
        used: value(|budget| Decimal(budget.used.normalize()));
        /// The discount that is left; null if the budget limits the number of uses.
        left: embed(Money, |budget| {
            budget.currency.map(|currency| money::Money::new(budget.limit - budget.used, currency))
        });
    }
}

#[mutations(staff = PRICING)]
impl CampaignMutation {
    /// Creates a campaign. Codes: REQUIRED, INVALID_DATES, INVALID_AMOUNT, INVALID_QUANTITY, TAKEN.
    #[returns(campaign: Campaign, "The new campaign.")]
    async fn campaign_create(
        ctx: &Context<'_>,
        /// The campaign to create.
        input: CreateCampaign,
    ) -> Done<Campaign> {
        Ok(ctx.writer().promotions.create_campaign(input).await?)
    }

    /// Updates a campaign.
    /// Codes: those of `campaignCreate`, STALE_VERSION, BUDGET_SPENT for a budget below what is already used,
    /// CURRENCY_MISMATCH for a budget in another currency than its promotions.
    #[returns(campaign: Campaign, "The updated campaign.")]
    async fn campaign_update(
        ctx: &Context<'_>,
        /// The id of the campaign.
        id: CampaignId,
        /// The changes.
        input: UpdateCampaign,
        /// The current version of the campaign; the update is refused with STALE_VERSION if it has changed.
        expected_version: Option<i32>,
    ) -> Done<Campaign> {
        Ok(ctx.writer().promotions.update_campaign(id, input, expected_version).await?)
    }

    /// Deletes campaigns that have no promotions, all of them or none. Codes: NOT_FOUND, IN_USE.
    #[returns(deleted_ids: value Vec<CampaignId>, "The ids of the deleted campaigns.")]
    async fn campaign_delete(
        ctx: &Context<'_>,
        /// The ids of the campaigns.
        ids: Vec<CampaignId>,
    ) -> Result<Vec<CampaignId>, Refusal> {
        Ok(ctx.writer().promotions.delete_campaigns(&ids).await?)
    }
}
