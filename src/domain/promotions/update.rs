//! Creates, updates, activates, deactivates and deletes promotions.

use async_graphql::{InputObject, OneofObject};

use super::check::check;
use super::inputs::{PromotionEffectInput, effects};
use super::model::{Promotion, PromotionStatus};
use super::rules::{Conditions, DiscountClass};
use super::{Candidate, PromotionError, Promotions, repo};
use crate::db::Conn;
use crate::kernel::clock::{Timestamp, clamp_to_storable};
use crate::kernel::error::{ErrorCode, UserError, all_found, unchanged};
use crate::kernel::ids::{CampaignId, PromotionId};
use crate::kernel::patch::{Patch, set};

/// A promotion to create.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "PromotionCreateInput")]
pub struct CreatePromotion {
    /// Title, for shoppers: at most 255 characters.
    pub title: String,
    /// Description, for staff.
    #[graphql(default)]
    pub description: String,
    /// Whether to activate it, so that it applies within its dates. Otherwise it is a draft until `promotionActivate`.
    #[graphql(default)]
    pub activate: bool,
    /// Whether it applies without a code.
    #[graphql(default)]
    pub automatic: bool,
    /// Discount codes for it, without usage limits of their own. `promotionCodesCreate` and `promotionCodesGenerate` offer
    /// more options.
    #[graphql(default)]
    pub codes: Vec<String>,
    /// The id of the campaign it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// The priority: promotions with a higher priority are applied first.
    #[graphql(default)]
    pub priority: i32,
    /// Whether it cannot be combined with any other promotion.
    #[graphql(default)]
    pub exclusive: bool,
    /// The discount classes it can be combined with; if omitted, all of them. Two promotions are combined if each
    /// allows the classes of the other.
    #[graphql(default_with = "DiscountClass::ALL.to_vec()")]
    pub combines_with: Vec<DiscountClass>,
    /// The conditions, all of which must be met.
    #[graphql(default)]
    pub conditions: Conditions,
    /// The effects, in order: 1 to 5.
    pub effects: Vec<PromotionEffectInput>,
    /// Time from which it applies (UTC).
    pub starts_at: Option<Timestamp>,
    /// Time from which it no longer applies (UTC).
    pub ends_at: Option<Timestamp>,
    /// The maximum number of orders that can use it.
    pub usage_limit: Option<i32>,
    /// The maximum number of orders of one customer that can use it. Customers are recognized by account or email
    /// address.
    pub customer_usage_limit: Option<i32>,
    /// Whether a canceled order restores its use.
    #[graphql(default = true)]
    pub returned_on_cancel: bool,
}

/// The changes to a promotion. Omitted fields keep their values; null removes an optional value.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "PromotionUpdateInput")]
pub struct UpdatePromotion {
    /// Title, for shoppers.
    pub title: Option<String>,
    /// Description, for staff.
    pub description: Option<String>,
    /// Whether it applies without a code.
    pub automatic: Option<bool>,
    /// The id of the campaign it belongs to.
    pub campaign_id: Patch<CampaignId>,
    /// The priority: promotions with a higher priority are applied first.
    pub priority: Option<i32>,
    /// Whether it cannot be combined with any other promotion.
    pub exclusive: Option<bool>,
    /// The discount classes it can be combined with; the list replaces the current classes.
    pub combines_with: Option<Vec<DiscountClass>>,
    /// The conditions; they replace the current ones.
    pub conditions: Option<Conditions>,
    /// The effects; they replace the current ones.
    pub effects: Option<Vec<PromotionEffectInput>>,
    /// Time from which it applies (UTC).
    pub starts_at: Patch<Timestamp>,
    /// Time from which it no longer applies (UTC).
    pub ends_at: Patch<Timestamp>,
    /// The maximum number of orders that can use it. It must not be below the current number.
    pub usage_limit: Patch<i32>,
    /// The maximum number of orders of one customer that can use it.
    pub customer_usage_limit: Patch<i32>,
    /// Whether a canceled order restores its use.
    pub returned_on_cancel: Option<bool>,
}

/// A promotion to simulate.
#[derive(Clone, Debug, OneofObject)]
pub enum PromotionTrial {
    /// An existing promotion, regardless of its status, dates and limits.
    Id(PromotionId),
    /// A promotion that has not been created.
    Input(Box<CreatePromotion>),
}

impl Promotions {
    /// Creates a promotion with its first codes.
    pub async fn create(&self, command: CreatePromotion) -> Result<Promotion, PromotionError> {
        let tx = self.db.begin().await?;
        let codes = command.codes.clone();
        let promotion = self.checked(&tx, command).await?;
        repo::promotions::insert(&tx, &promotion).await?;
        self.insert_codes_in(&tx, promotion.id, &codes, None, "input.codes").await?;
        tx.commit().await?;
        Ok(promotion)
    }

    /// Returns the promotion as if it were active, for [`engine::simulate`](super::engine::simulate): its status, dates
    /// and limits are ignored. A promotion that does not exist yet is validated as on creation.
    pub async fn candidate(&self, conn: &Conn, trial: PromotionTrial) -> Result<Option<Candidate>, PromotionError> {
        let promotion = match trial {
            PromotionTrial::Id(id) => self.by_ids(conn, &[id]).await?.pop(),
            PromotionTrial::Input(command) => Some(self.checked(conn, *command).await?),
        };
        Ok(promotion.map(|promotion| Candidate::of(promotion, None, None)))
    }

    /// Builds and validates the promotion to create.
    async fn checked(&self, conn: &Conn, command: CreatePromotion) -> Result<Promotion, PromotionError> {
        let now = self.clock.now();
        let promotion = Promotion {
            id: PromotionId::new(),
            campaign_id: command.campaign_id,
            title: command.title,
            description: command.description,
            status: if command.activate { PromotionStatus::Active } else { PromotionStatus::Draft },
            automatic: command.automatic,
            priority: command.priority,
            exclusive: command.exclusive,
            combines_with: dedup_classes(command.combines_with),
            conditions: command.conditions,
            effects: effects(command.effects),
            starts_at: command.starts_at.map(clamp_to_storable),
            ends_at: command.ends_at.map(clamp_to_storable),
            usage_limit: command.usage_limit,
            customer_usage_limit: command.customer_usage_limit,
            returned_on_cancel: command.returned_on_cancel,
            used: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        self.check_in(conn, &promotion).await?;
        Ok(promotion)
    }

    async fn check_in(&self, conn: &Conn, promotion: &Promotion) -> Result<(), PromotionError> {
        let campaign = match promotion.campaign_id {
            Some(id) => repo::campaigns::find_for_share(conn, id).await?,
            None => None,
        };
        let mut validator = check(promotion, campaign.as_ref());
        if promotion.campaign_id.is_some() && campaign.is_none() {
            validator.add("input.campaignId", ErrorCode::NotFound, "There is no such campaign.");
        }
        self.check_known(conn, promotion, &mut validator).await?;
        validator.finish().map_err(PromotionError::Invalid)
    }

    /// Updates a promotion. With `expected`, fails if its version differs. Open carts reflect the change when they are
    /// next changed or completed.
    pub async fn update(
        &self,
        id: PromotionId,
        command: UpdatePromotion,
        expected: Option<i32>,
    ) -> Result<Promotion, PromotionError> {
        let tx = self.db.begin().await?;
        let mut promotion = lock(&tx, id).await?;
        unchanged(expected, promotion.version)?;
        let limit = promotion.usage_limit;
        apply(&mut promotion, command);
        if promotion.usage_limit != limit {
            recount(&tx, &mut promotion, limit).await?;
        }
        self.check_in(&tx, &promotion).await?;
        self.save(&tx, &mut promotion).await?;
        tx.commit().await?;
        Ok(promotion)
    }

    /// Activates a promotion: it applies within its dates.
    pub async fn activate(&self, id: PromotionId) -> Result<Promotion, PromotionError> {
        self.switch(id, PromotionStatus::Active).await
    }

    /// Deactivates a promotion. Orders that use it keep it.
    pub async fn deactivate(&self, id: PromotionId) -> Result<Promotion, PromotionError> {
        self.switch(id, PromotionStatus::Draft).await
    }

    async fn switch(&self, id: PromotionId, status: PromotionStatus) -> Result<Promotion, PromotionError> {
        let tx = self.db.begin().await?;
        let mut promotion = lock(&tx, id).await?;
        if promotion.status != status {
            promotion.status = status;
            self.save(&tx, &mut promotion).await?;
        }
        tx.commit().await?;
        Ok(promotion)
    }

    async fn save(&self, conn: &Conn, promotion: &mut Promotion) -> Result<(), PromotionError> {
        promotion.version += 1;
        promotion.updated_at = self.clock.now();
        Ok(repo::promotions::update(conn, promotion).await?)
    }

    /// Deletes promotions that no order has ever used, and their codes; all of them or none.
    pub async fn delete(&self, ids: &[PromotionId]) -> Result<Vec<PromotionId>, PromotionError> {
        let tx = self.db.begin().await?;
        let gone = repo::promotions::delete(&tx, ids).await?;
        all_found("promotion", ids, &gone)?;
        tx.commit().await?;
        Ok(gone)
    }
}

async fn lock(conn: &Conn, id: PromotionId) -> Result<Promotion, PromotionError> {
    let missing = PromotionError::NotFound { what: "promotion", path: "id" };
    repo::promotions::lock(conn, id).await?.ok_or(missing)
}

/// Updates the use count of a locked promotion whose limit was `before`. A first limit counts the existing uses.
async fn recount(conn: &Conn, promotion: &mut Promotion, before: Option<i32>) -> Result<(), PromotionError> {
    promotion.used = match (before, promotion.usage_limit) {
        (_, None) => 0,
        (Some(_), Some(_)) => promotion.used,
        (None, Some(_)) => i32::try_from(repo::usages::used(conn, promotion.id).await?).unwrap_or(i32::MAX),
    };
    match promotion.usage_limit {
        Some(limit) if limit < promotion.used => {
            let message = format!(
                "{} orders have already used this promotion: the limit must not be below that.",
                promotion.used
            );
            let problem = UserError::new(ErrorCode::BudgetSpent, message).at("input.usageLimit");
            Err(problem.with(serde_json::json!({ "used": promotion.used })).into())
        }
        _ => Ok(()),
    }
}

fn apply(promotion: &mut Promotion, command: UpdatePromotion) {
    set(&mut promotion.title, command.title);
    set(&mut promotion.description, command.description);
    set(&mut promotion.automatic, command.automatic);
    command.campaign_id.apply(&mut promotion.campaign_id);
    set(&mut promotion.priority, command.priority);
    set(&mut promotion.exclusive, command.exclusive);
    set(&mut promotion.combines_with, command.combines_with.map(dedup_classes));
    set(&mut promotion.conditions, command.conditions);
    set(&mut promotion.effects, command.effects.map(effects));
    command.starts_at.map(clamp_to_storable).apply(&mut promotion.starts_at);
    command.ends_at.map(clamp_to_storable).apply(&mut promotion.ends_at);
    command.usage_limit.apply(&mut promotion.usage_limit);
    command.customer_usage_limit.apply(&mut promotion.customer_usage_limit);
    set(&mut promotion.returned_on_cancel, command.returned_on_cancel);
}

fn dedup_classes(classes: Vec<DiscountClass>) -> Vec<DiscountClass> {
    DiscountClass::ALL.iter().copied().filter(|class| classes.contains(class)).collect()
}
