//! The words of this domain.

use async_graphql::{InputObject, OneofObject};
use diesel::prelude::*;
use rust_decimal::Decimal;

use super::terms::{Conditions, Effects};
use crate::db::schema::{campaigns, promotion_codes, promotion_usages, promotions};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Problem;
use crate::kernel::ids::{CampaignId, CartId, CustomerId, OrderId, PromotionCodeId, PromotionId, PromotionUsageId};
use crate::kernel::money::Currency;
use crate::kernel::page::{PageArgs, Window};
use crate::kernel::words;

words! {
    /// The status of a promotion.
    PromotionStatus {
        /// It is a draft, or was deactivated: it applies to no cart.
        Draft = "DRAFT",
        /// It is active: it applies within its dates.
        Active = "ACTIVE",
    }
}

words! {
    /// What a discount applies to.
    DiscountClass {
        /// Individual lines.
        Item = "ITEM",
        /// The whole order: the discount is allocated to its lines.
        Order = "ORDER",
        /// Shipping.
        Shipping = "SHIPPING",
    }
}

words! {
    /// How a discount is allocated to lines.
    AllocationMethod {
        /// To each line separately: an amount is taken off every unit, up to a maximum number of units of each line.
        Each = "EACH",
        /// Once, in proportion to the prices of the lines.
        Across = "ACROSS",
        /// To a maximum number of units over all lines, the cheapest units first.
        Once = "ONCE",
    }
}

words! {
    /// The kind of an effect of a promotion.
    EffectKind {
        /// Discounts the remaining price by a percentage.
        Percentage = "PERCENTAGE",
        /// Discounts by a fixed amount.
        FixedAmount = "FIXED_AMOUNT",
        /// Sets a fixed unit price, if it is below the current one.
        FixedPrice = "FIXED_PRICE",
        /// Discounts some units if others are bought.
        BuyXGetY = "BUY_X_GET_Y",
        /// Makes shipping free.
        FreeShipping = "FREE_SHIPPING",
        /// Gives a discount that increases with the subtotal.
        TieredSpend = "TIERED_SPEND",
    }
}

words! {
    /// What the budget of a campaign limits.
    BudgetKind {
        /// The total discount, in one currency.
        Spend = "SPEND",
        /// The number of uses of its promotions.
        Use = "USE",
    }
}

words! {
    /// The state of a use of a promotion.
    UsageState {
        /// A cart that is being completed uses it: it counts toward limits.
        Reserved = "RESERVED",
        /// An order uses it: it counts toward limits.
        Consumed = "CONSUMED",
        /// The use was restored, because the cart was not completed or the order was canceled: it does not count.
        Returned = "RETURNED",
    }
}

words! {
    /// Why a discount code does not apply to a cart.
    CodeProblem {
        /// The code does not exist.
        Unknown = "UNKNOWN",
        /// Its promotion or campaign has not started yet.
        NotStarted = "NOT_STARTED",
        /// Its promotion or campaign has ended.
        Expired = "EXPIRED",
        /// The promotion is not active, or the code was revoked.
        Inactive = "INACTIVE",
        /// The code or its promotion has reached its usage limit.
        LimitReached = "LIMIT_REACHED",
        /// The customer has reached the usage limit per customer of the promotion.
        CustomerLimitReached = "CUSTOMER_LIMIT_REACHED",
        /// The remaining budget of the campaign is not sufficient for this cart.
        BudgetSpent = "BUDGET_SPENT",
        /// The subtotal is too low; details.missing and details.currency are the missing amount.
        MinSubtotal = "MIN_SUBTOTAL",
        /// There are too few units; details.missing is the missing number.
        MinQuantity = "MIN_QUANTITY",
        /// No line of the cart matches the promotion.
        NoMatchingItems = "NO_MATCHING_ITEMS",
        /// It is for other regions, countries, sales channels or customer groups.
        NotEligible = "NOT_ELIGIBLE",
        /// It is for another currency.
        WrongCurrency = "WRONG_CURRENCY",
        /// It cannot be combined with another promotion of the cart; details.with is the title of that promotion.
        NotCombinable = "NOT_COMBINABLE",
        /// It would not give a discount.
        NoEffect = "NO_EFFECT",
    }
}

/// A discount: on what, under which conditions, for how long and how often.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = promotions, treat_none_as_null = true)]
pub struct Promotion {
    /// Id.
    pub id: PromotionId,
    /// The campaign that it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// Title, for shoppers.
    pub title: String,
    /// What staff should know.
    pub description: String,
    /// Whether it can apply.
    pub status: PromotionStatus,
    /// Whether it applies without a code.
    pub automatic: bool,
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
    /// From when on; `None` since ever.
    pub starts_at: Option<Timestamp>,
    /// Until before when; `None` for ever.
    pub ends_at: Option<Timestamp>,
    /// How many orders can have it.
    pub usage_limit: Option<i32>,
    /// How many orders of one customer can have it.
    pub customer_usage_limit: Option<i32>,
    /// Whether a cancelled order gives its use back.
    pub returned_on_cancel: bool,
    /// How many orders have it; kept only while there is a limit.
    pub used: i32,
    /// Counts the changes.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Promotions that share dates and a budget.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = campaigns, treat_none_as_null = true)]
pub struct Campaign {
    /// Id.
    pub id: CampaignId,
    /// Name, for staff.
    pub name: String,
    /// What staff should know.
    pub description: String,
    /// From when on; `None` since ever.
    pub starts_at: Option<Timestamp>,
    /// Until before when; `None` for ever.
    pub ends_at: Option<Timestamp>,
    /// What the budget limits; `None` without a budget.
    pub budget_kind: Option<BudgetKind>,
    /// How much, or how often.
    pub budget_limit: Option<Decimal>,
    /// The currency of a SPEND budget.
    pub budget_currency: Option<Currency>,
    /// What was used of it; kept only while there is a budget.
    pub budget_used: Decimal,
    /// Counts the changes.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Campaign {
    /// The currency that its promotions are held to.
    pub fn spend_currency(&self) -> Option<Currency> {
        self.budget_currency.filter(|_| self.budget_kind == Some(BudgetKind::Spend))
    }
}

/// What shoppers type to get a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = promotion_codes)]
pub struct PromotionCode {
    /// Id.
    pub id: PromotionCodeId,
    /// Of which promotion.
    pub promotion_id: PromotionId,
    /// The code, as it was made.
    pub code: String,
    pub(super) code_key: String,
    /// How many orders can have it.
    pub usage_limit: Option<i32>,
    /// How many orders have it; kept only while there is a limit.
    pub used: i32,
    /// When it was taken out of use.
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An order that has a promotion.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = promotion_usages)]
pub struct PromotionUsage {
    /// Id.
    pub id: PromotionUsageId,
    /// Which promotion.
    pub promotion_id: PromotionId,
    /// With which code.
    pub code_id: Option<PromotionCodeId>,
    /// In which campaign.
    pub campaign_id: Option<CampaignId>,
    /// For which cart.
    pub cart_id: CartId,
    /// For which order.
    pub order_id: OrderId,
    /// Of which customer.
    pub customer_id: Option<CustomerId>,
    /// Of which e-mail address.
    pub email: String,
    /// The order's currency.
    pub currency: Currency,
    /// What was taken off.
    pub amount: Decimal,
    /// What became of it.
    pub state: UsageState,
    /// When the order was placed.
    pub created_at: Timestamp,
    /// When the state was last changed.
    pub updated_at: Timestamp,
}

/// Identifies a promotion.
#[derive(Clone, Debug, OneofObject)]
pub enum PromotionBy {
    /// By its id.
    Id(PromotionId),
    /// By one of its discount codes, case-insensitive.
    Code(String),
}

/// A filter for promotions. Omitted fields do not restrict the list.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "PromotionFilterInput")]
pub struct PromotionFilter {
    /// Only promotions with this status.
    pub status: Option<PromotionStatus>,
    /// True: only promotions that apply without a code; false: only promotions that need one.
    pub automatic: Option<bool>,
    /// Only promotions of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// A part of the title, or a complete discount code.
    pub query: Option<String>,
}

/// A page of something that hangs on a promotion, newest first: its codes, or its uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListOf {
    /// Of which promotion.
    pub promotion_id: PromotionId,
    pub(super) window: Window,
}

impl ListOf {
    /// The page that is asked for. Refused are cursors of other lists.
    pub fn new(promotion_id: PromotionId, args: &PageArgs) -> Result<Self, Problem> {
        let window = Window::new(args, "NEWEST")?;
        window.key::<Timestamp>()?;
        Ok(Self { promotion_id, window })
    }
}

/// The form in which codes are compared: without surrounding space, in upper case.
pub fn code_key(code: &str) -> String {
    code.trim().to_uppercase()
}
