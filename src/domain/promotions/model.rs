//! The types of this domain.

use async_graphql::{InputObject, OneofObject};
use diesel::prelude::*;
use rust_decimal::Decimal;

use super::rules::{Conditions, DiscountClass, Effects};
use crate::db::schema::{campaigns, promotion_codes, promotion_usages, promotions};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::UserError;
use crate::kernel::ids::{CampaignId, CartId, CustomerId, OrderId, PromotionCodeId, PromotionId, PromotionUsageId};
use crate::kernel::money::Currency;
use crate::kernel::page::{PageArgs, PageRequest};
use crate::kernel::string_enum;

string_enum! {
    /// The status of a promotion.
    PromotionStatus {
        /// It is a draft, or was deactivated: it applies to no cart.
        Draft = "DRAFT",
        /// It is active: it applies within its dates.
        Active = "ACTIVE",
    }
}

string_enum! {
    /// What the budget of a campaign limits.
    BudgetKind {
        /// The total discount, in one currency.
        Spend = "SPEND",
        /// The number of uses of its promotions.
        Use = "USE",
    }
}

string_enum! {
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

string_enum! {
    /// Why a discount code does not apply to a cart.
    DiscountCodeError {
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

/// A discount with its effects, conditions, dates and usage limits.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = promotions, treat_none_as_null = true)]
pub struct Promotion {
    /// The id.
    pub id: PromotionId,
    /// The campaign it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// The title, for shoppers.
    pub title: String,
    /// The description, for staff.
    pub description: String,
    /// The status.
    pub status: PromotionStatus,
    /// Whether it applies without a code.
    pub automatic: bool,
    /// The priority. Higher priorities are applied first.
    pub priority: i32,
    /// Whether it cannot be combined with any other promotion.
    pub exclusive: bool,
    /// The discount classes it can be combined with.
    pub combines_with: Vec<DiscountClass>,
    /// The conditions.
    pub conditions: Conditions,
    /// The effects.
    pub effects: Effects,
    /// The start; `None` if it has always been valid.
    pub starts_at: Option<Timestamp>,
    /// The end, exclusive; `None` if it does not end.
    pub ends_at: Option<Timestamp>,
    /// The maximum number of orders that can use it.
    pub usage_limit: Option<i32>,
    /// The maximum number of orders of one customer that can use it.
    pub customer_usage_limit: Option<i32>,
    /// Whether a canceled order restores its use.
    pub returned_on_cancel: bool,
    /// The number of orders that use it; counted only while there is a limit.
    pub used: i32,
    /// The version, incremented by each change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
}

/// Promotions that share dates and a budget.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = campaigns, treat_none_as_null = true)]
pub struct Campaign {
    /// The id.
    pub id: CampaignId,
    /// The name, for staff.
    pub name: String,
    /// The description, for staff.
    pub description: String,
    /// The start; `None` if it has always been valid.
    pub starts_at: Option<Timestamp>,
    /// The end, exclusive; `None` if it does not end.
    pub ends_at: Option<Timestamp>,
    /// What the budget limits; `None` without a budget.
    pub budget_kind: Option<BudgetKind>,
    /// The limit: an amount, or a number of uses.
    pub budget_limit: Option<Decimal>,
    /// The currency of a SPEND budget.
    pub budget_currency: Option<Currency>,
    /// How much of it is used; counted only while there is a budget.
    pub budget_used: Decimal,
    /// The version, incremented by each change.
    pub version: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last updated.
    pub updated_at: Timestamp,
}

impl Campaign {
    /// The currency its promotions must use.
    pub fn spend_currency(&self) -> Option<Currency> {
        self.budget_currency.filter(|_| self.budget_kind == Some(BudgetKind::Spend))
    }
}

/// A code that shoppers enter to get a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = promotion_codes)]
pub struct PromotionCode {
    /// The id.
    pub id: PromotionCodeId,
    /// The promotion.
    pub promotion_id: PromotionId,
    /// The code, as it was created.
    pub code: String,
    pub(super) code_key: String,
    /// The maximum number of orders that can use it.
    pub usage_limit: Option<i32>,
    /// The number of orders that use it; counted only while there is a limit.
    pub used: i32,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// The use of a promotion by an order.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = promotion_usages)]
pub struct PromotionUsage {
    /// The id.
    pub id: PromotionUsageId,
    /// The promotion.
    pub promotion_id: PromotionId,
    /// The code.
    pub code_id: Option<PromotionCodeId>,
    /// The campaign.
    pub campaign_id: Option<CampaignId>,
    /// The cart.
    pub cart_id: CartId,
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub customer_id: Option<CustomerId>,
    /// The customer's email address.
    pub email: String,
    /// The order's currency.
    pub currency: Currency,
    /// The discount.
    pub amount: Decimal,
    /// The state.
    pub state: UsageState,
    /// When the order was placed.
    pub created_at: Timestamp,
    /// When the state last changed.
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

/// A page of the codes or the uses of a promotion, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PromotionChildPage {
    /// The promotion.
    pub promotion_id: PromotionId,
    pub(super) paging: PageRequest,
}

impl PromotionChildPage {
    /// Creates a page request. Cursors of other lists are rejected.
    pub fn new(promotion_id: PromotionId, args: &PageArgs) -> Result<Self, UserError> {
        let paging = PageRequest::new(args, "NEWEST")?;
        paging.key::<Timestamp>()?;
        Ok(Self { promotion_id, paging })
    }
}

/// Returns the key by which codes are compared: trimmed and uppercase.
pub fn code_key(code: &str) -> String {
    code.trim().to_uppercase()
}
