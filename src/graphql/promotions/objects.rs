use graphql_plan::object;

use super::campaigns::Campaign;
use super::rules::{PromotionConditions, PromotionEffect};
use super::sources::{CAMPAIGN, CODE_LIST, USAGE_LIST, USES_OF_PROMOTION};
use crate::domain::promotions::{self, PromotionChildPage};
use crate::graphql::scalars::Money;
use crate::kernel::money;
use crate::kernel::page::PageArgs;

object! {
    /// A promotion: what it discounts, under which conditions, when and how often.
    pub Promotion for promotions::Promotion {
        /// Id.
        id;
        /// Title, for shoppers.
        title;
        /// Description, for staff.
        description;
        /// Status: see `promotionActivate`.
        status;
        /// Whether it applies without a code.
        automatic;
        /// The campaign it belongs to; null if it belongs to none.
        campaign: option(Campaign, CAMPAIGN, |promotion| promotion.campaign_id);
        /// The priority: promotions with a higher priority are applied first; those with the same priority in the order
        /// in which they were created.
        priority;
        /// Whether it cannot be combined with any other promotion.
        exclusive;
        /// The discount classes it can be combined with. Two promotions are combined if each allows the classes of the
        /// other.
        combines_with;
        /// The discount classes of its own effects.
        classes: value(|promotion| promotion.effects.classes());
        /// The conditions, all of which must be met.
        conditions: embed(PromotionConditions, |promotion| promotion.conditions.clone());
        /// The effects, in order.
        effects: embed(PromotionEffect, |promotion| promotion.effects.0.clone());
        /// Time from which it applies (UTC); null if it has always started.
        starts_at;
        /// Time from which it no longer applies (UTC); null if it has no end.
        ends_at;
        /// The maximum number of orders that can use it; null for no limit.
        usage_limit;
        /// The maximum number of orders of one customer that can use it; null for no limit. Customers are recognized by
        /// account or email address.
        customer_usage_limit;
        /// Whether a canceled order restores its use.
        returned_on_cancel;
        /// The number of orders that use it, without restored uses.
        usage_count: from(USES_OF_PROMOTION, |promotion| promotion.id, |_, found| {
            found.first().map_or(0, |(_, counted)| *counted)
        });
        /// Its discount codes, newest first.
        codes(PageArgs): page(PromotionCode, CODE_LIST, |promotion, args| list_of(promotion, args));
        /// The uses by orders, including restored ones, newest first.
        usages(PageArgs): page(PromotionUsage, USAGE_LIST, |promotion, args| list_of(promotion, args));
        /// The version, incremented by each change. Pass it as `expectedVersion` to refuse an update if the promotion
        /// has changed.
        version;
        /// Time at which it was created (UTC).
        created_at;
        /// Time at which it was last updated (UTC).
        updated_at;
    }
}

fn list_of(promotion: &promotions::Promotion, args: &PageArgs) -> graphql_plan::Result<PromotionChildPage> {
    Ok(PromotionChildPage::new(promotion.id, args)?)
}

object! {
    /// A discount code that shoppers enter to get a promotion. It is case-insensitive.
    pub PromotionCode for promotions::PromotionCode {
        /// Id.
        id;
        /// The code.
        code;
        /// The maximum number of orders that can use it; null if it has no limit of its own.
        usage_limit;
        /// The number of orders that use it; null for a code without a limit, whose uses are not counted.
        used: value(|code| code.usage_limit.map(|_| code.used));
        /// Time at which it was revoked (UTC); null if it was not.
        revoked_at;
        /// Time at which it was created (UTC).
        created_at;
    }
}

object! {
    /// A use of a promotion by an order.
    pub PromotionUsage for promotions::PromotionUsage {
        /// Id.
        id;
        /// The id of the order.
        order_id;
        /// The id of the discount code; null for a promotion that applied automatically.
        code_id;
        /// The total discount.
        amount: embed(Money, |usage| money::Money::new(usage.amount, usage.currency));
        /// The state of the use.
        state;
        /// Time at which the order was placed (UTC).
        created_at;
    }
}
