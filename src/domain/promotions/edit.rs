//! Making, changing, switching and deleting promotions.

use super::check::check;
use super::model::{DiscountClass, Promotion, PromotionStatus};
use super::terms::{Conditions, Effects};
use super::{PromotionError, Promotions, repo};
use crate::db::Conn;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{ErrorCode, Problem};
use crate::kernel::ids::{CampaignId, PromotionId, distinct};

/// A promotion to make.
#[derive(Clone, Debug)]
pub struct NewPromotion {
    /// Title, for shoppers.
    pub title: String,
    /// What staff should know.
    pub description: String,
    /// Whether it applies from now on, within its dates.
    pub activate: bool,
    /// Whether it applies without a code.
    pub automatic: bool,
    /// Codes to get it with; more can be added.
    pub codes: Vec<String>,
    /// The campaign that it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// High ones are applied first.
    pub priority: i32,
    /// Whether it applies only alone.
    pub exclusive: bool,
    /// The classes of promotions that it can be combined with.
    pub combines_with: Vec<DiscountClass>,
    /// What has to hold.
    pub conditions: Conditions,
    /// What it does.
    pub effects: Effects,
    /// From when on.
    pub starts_at: Option<Timestamp>,
    /// Until before when.
    pub ends_at: Option<Timestamp>,
    /// How many orders can have it.
    pub usage_limit: Option<i32>,
    /// How many orders of one customer can have it.
    pub customer_usage_limit: Option<i32>,
    /// Whether a cancelled order gives its use back.
    pub returned_on_cancel: bool,
}

/// What to change of a promotion; `None` leaves a thing as it is, and `Some(None)` takes it away.
#[derive(Clone, Debug, Default)]
pub struct PromotionChanges {
    /// Title, for shoppers.
    pub title: Option<String>,
    /// What staff should know.
    pub description: Option<String>,
    /// Whether it applies without a code.
    pub automatic: Option<bool>,
    /// The campaign that it belongs to.
    pub campaign_id: Option<Option<CampaignId>>,
    /// High ones are applied first.
    pub priority: Option<i32>,
    /// Whether it applies only alone.
    pub exclusive: Option<bool>,
    /// The classes of promotions that it can be combined with, all of them.
    pub combines_with: Option<Vec<DiscountClass>>,
    /// What has to hold, all of it.
    pub conditions: Option<Conditions>,
    /// What it does, all of it.
    pub effects: Option<Effects>,
    /// From when on.
    pub starts_at: Option<Option<Timestamp>>,
    /// Until before when.
    pub ends_at: Option<Option<Timestamp>>,
    /// How many orders can have it.
    pub usage_limit: Option<Option<i32>>,
    /// How many orders of one customer can have it.
    pub customer_usage_limit: Option<Option<i32>>,
    /// Whether a cancelled order gives its use back.
    pub returned_on_cancel: Option<bool>,
}

impl Promotions {
    /// Makes a promotion, with its first codes.
    pub async fn create(&self, new: NewPromotion) -> Result<Promotion, PromotionError> {
        let tx = self.db.begin().await?;
        let promotion = self.checked(&tx, &new).await?;
        repo::promotions::insert(&tx, &promotion).await?;
        self.insert_codes_in(&tx, promotion.id, &new.codes, None, "input.codes").await?;
        tx.commit().await?;
        Ok(promotion)
    }

    /// The promotion that would be made, refused with everything that is wrong with it.
    pub(super) async fn checked(&self, conn: &Conn, new: &NewPromotion) -> Result<Promotion, PromotionError> {
        let now = self.clock.now();
        let new = new.clone();
        let promotion = Promotion {
            id: PromotionId::new(),
            campaign_id: new.campaign_id,
            title: new.title,
            description: new.description,
            status: if new.activate { PromotionStatus::Active } else { PromotionStatus::Draft },
            automatic: new.automatic,
            priority: new.priority,
            exclusive: new.exclusive,
            combines_with: each_once(new.combines_with),
            conditions: new.conditions,
            effects: new.effects,
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            usage_limit: new.usage_limit,
            customer_usage_limit: new.customer_usage_limit,
            returned_on_cancel: new.returned_on_cancel,
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
        let mut checks = check(promotion, campaign.as_ref());
        if promotion.campaign_id.is_some() && campaign.is_none() {
            checks.add("input.campaignId", ErrorCode::NotFound, "There is no such campaign.");
        }
        self.check_known(conn, promotion, &mut checks).await?;
        checks.finish().map_err(PromotionError::Invalid)
    }

    /// Changes a promotion. With `expected`, only if that is still its version. Open carts show the change when they are
    /// next changed or completed.
    pub async fn update(
        &self,
        id: PromotionId,
        changes: PromotionChanges,
        expected: Option<i32>,
    ) -> Result<Promotion, PromotionError> {
        let tx = self.db.begin().await?;
        let mut promotion = lock(&tx, id).await?;
        if let Some(expected) = expected.filter(|expected| *expected != promotion.version) {
            return Err(PromotionError::StaleVersion { expected, actual: promotion.version });
        }
        if let Some(limit) = changes.usage_limit {
            set_limit(&tx, &mut promotion, limit).await?;
        }
        apply(&mut promotion, changes);
        self.check_in(&tx, &promotion).await?;
        self.save(&tx, &mut promotion).await?;
        tx.commit().await?;
        Ok(promotion)
    }

    /// Lets a promotion apply, within its dates.
    pub async fn activate(&self, id: PromotionId) -> Result<Promotion, PromotionError> {
        self.switch(id, PromotionStatus::Active).await
    }

    /// Stops a promotion. Orders that have it keep it.
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

    /// Deletes promotions that no order ever had, and their codes; all of them or none.
    pub async fn delete(&self, ids: &[PromotionId]) -> Result<Vec<PromotionId>, PromotionError> {
        let tx = self.db.begin().await?;
        let gone = repo::promotions::delete(&tx, ids).await?;
        if gone.len() < distinct(ids) {
            return Err(PromotionError::NotFound { what: "promotion", path: "ids" });
        }
        tx.commit().await?;
        Ok(gone)
    }
}

async fn lock(conn: &Conn, id: PromotionId) -> Result<Promotion, PromotionError> {
    let missing = PromotionError::NotFound { what: "promotion", path: "id" };
    repo::promotions::lock(conn, id).await?.ok_or(missing)
}

/// Sets or lifts the limit of a locked promotion. A first limit counts the uses that there are.
async fn set_limit(conn: &Conn, promotion: &mut Promotion, limit: Option<i32>) -> Result<(), PromotionError> {
    promotion.used = match (promotion.usage_limit, limit) {
        (_, None) => 0,
        (Some(_), Some(_)) => promotion.used,
        (None, Some(_)) => i32::try_from(repo::usages::used(conn, promotion.id).await?).unwrap_or(i32::MAX),
    };
    promotion.usage_limit = limit;
    match limit {
        Some(limit) if limit < promotion.used => {
            let message = format!(
                "{} orders have already used this promotion: the limit must not be below that.",
                promotion.used
            );
            let problem = Problem::new(ErrorCode::BudgetSpent, message).at("input.usageLimit");
            Err(problem.with(serde_json::json!({ "used": promotion.used })).into())
        }
        _ => Ok(()),
    }
}

fn apply(promotion: &mut Promotion, changes: PromotionChanges) {
    fn set<T>(field: &mut T, change: Option<T>) {
        if let Some(change) = change {
            *field = change;
        }
    }
    set(&mut promotion.title, changes.title);
    set(&mut promotion.description, changes.description);
    set(&mut promotion.automatic, changes.automatic);
    set(&mut promotion.campaign_id, changes.campaign_id);
    set(&mut promotion.priority, changes.priority);
    set(&mut promotion.exclusive, changes.exclusive);
    set(&mut promotion.combines_with, changes.combines_with.map(each_once));
    set(&mut promotion.conditions, changes.conditions);
    set(&mut promotion.effects, changes.effects);
    set(&mut promotion.starts_at, changes.starts_at);
    set(&mut promotion.ends_at, changes.ends_at);
    set(&mut promotion.customer_usage_limit, changes.customer_usage_limit);
    set(&mut promotion.returned_on_cancel, changes.returned_on_cancel);
}

fn each_once(classes: Vec<DiscountClass>) -> Vec<DiscountClass> {
    DiscountClass::ALL.iter().copied().filter(|class| classes.contains(class)).collect()
}
