use graphql_plan::object;

use super::campaigns::Campaign;
use super::sources::{CAMPAIGN, CODE_LIST, USAGE_LIST, USES_OF_PROMOTION};
use super::terms::{PromotionConditions, PromotionEffect};
use crate::domain::promotions::{self, ListOf};
use crate::graphql::scalars::Money;
use crate::kernel::money;
use crate::kernel::page::PageArgs;

object! {
    /// A discount: on what, under which conditions, for how long and how often.
    pub Promotion for promotions::Promotion {
        /// Id.
        id;
        /// Title, for shoppers.
        title;
        /// What staff should know.
        description;
        /// Whether it can apply: see promotionActivate.
        status;
        /// Whether it applies without a code.
        automatic;
        /// The campaign that it belongs to; null for one that stands alone.
        campaign: option(Campaign, CAMPAIGN, |promotion| promotion.campaign_id);
        /// High ones are applied first; ones of the same priority in the order in which they were made.
        priority;
        /// Whether it applies only alone.
        exclusive;
        /// The classes of promotions that it can be combined with. Two are combined when each allows the other's classes.
        combines_with;
        /// Its own classes: what its effects lower.
        classes: value(|promotion| promotion.effects.classes());
        /// What has to hold, all of it.
        conditions: embed(PromotionConditions, |promotion| promotion.conditions.clone());
        /// What it does, in this order.
        effects: embed(PromotionEffect, |promotion| promotion.effects.0.clone());
        /// From when on it applies; null for one that has always begun.
        starts_at;
        /// Before when it applies; null for one without an end.
        ends_at;
        /// How many orders can have it; null without a limit.
        usage_limit;
        /// How many orders of one customer, by account or e-mail address, can have it; null without a limit.
        customer_usage_limit;
        /// Whether an order that is cancelled gives its use back.
        returned_on_cancel;
        /// How many orders have it, without those that gave it back.
        usage_count: from(USES_OF_PROMOTION, |promotion| promotion.id, |_, found| {
            found.first().map_or(0, |(_, counted)| *counted)
        });
        /// Its codes, newest first.
        codes(PageArgs): page(PromotionCode, CODE_LIST, |promotion, args| list_of(promotion, args));
        /// The orders that have it or gave it back, newest first.
        usages(PageArgs): page(PromotionUsage, USAGE_LIST, |promotion, args| list_of(promotion, args));
        /// Counts the changes: see expectedVersion of promotionUpdate.
        version;
        /// When it was made.
        created_at;
        /// When it was last changed.
        updated_at;
    }
}

fn list_of(promotion: &promotions::Promotion, args: &PageArgs) -> graphql_plan::Result<ListOf> {
    Ok(ListOf::new(promotion.id, args)?)
}

object! {
    /// What shoppers type to get a promotion. Upper and lower case are the same.
    pub PromotionCode for promotions::PromotionCode {
        /// Id.
        id;
        /// The code.
        code;
        /// How many orders can have it; null without a limit of its own.
        usage_limit;
        /// How many orders have it; null for a code without a limit, which is not counted.
        used: value(|code| code.usage_limit.map(|_| code.used));
        /// When it was taken out of use; null while it is in use.
        revoked_at;
        /// When it was made.
        created_at;
    }
}

object! {
    /// An order that has a promotion, or gave it back.
    pub PromotionUsage for promotions::PromotionUsage {
        /// Id.
        id;
        /// Which order.
        order_id;
        /// With which code; null for a promotion that applied by itself.
        code_id;
        /// What was taken off.
        amount: embed(Money, |usage| money::Money::new(usage.amount, usage.currency));
        /// What became of it.
        state;
        /// When the order was placed.
        created_at;
    }
}
