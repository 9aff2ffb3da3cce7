//! What is wrong with a promotion that somebody wrote: all of it, with its place in the input.

use rust_decimal::Decimal;

use super::model::{AllocationMethod, Campaign, Promotion};
use super::terms::{Amount, BuyGet, Discount, Effect, ItemFilter, Target, Tier};
use crate::kernel::error::ErrorCode;
use crate::kernel::money::{Currency, Money};
use crate::kernel::text::Checks;

/// How many effects a promotion has.
const MOST_EFFECTS: usize = 5;
/// How many tiers an effect has.
const MOST_TIERS: usize = 20;
/// How many values each list of a filter or a condition has.
const MOST_VALUES: usize = 500;
/// The most units that a condition or an effect speaks of.
const MOST_UNITS: i32 = 1_000_000;

/// Everything that is wrong with the promotion by itself and within its campaign.
pub(super) fn check(promotion: &Promotion, campaign: Option<&Campaign>) -> Checks {
    let mut checks = Checks::new();
    checks.line("input.title", &promotion.title, 255);
    checks.required("input.title", &promotion.title);
    checks.paragraph("input.description", &promotion.description, 5_000);
    checks.window("input.endsAt", promotion.starts_at, promotion.ends_at);
    for (path, limit) in
        [("input.usageLimit", promotion.usage_limit), ("input.customerUsageLimit", promotion.customer_usage_limit)]
    {
        if limit.is_some_and(|limit| limit < 1) {
            checks.add(path, ErrorCode::InvalidQuantity, "The limit must be at least 1.");
        }
    }
    conditions(&mut checks, promotion);
    if promotion.effects.0.is_empty() {
        checks.add("input.effects", ErrorCode::Required, "A promotion must have at least one effect.");
    }
    checks.count("input.effects", promotion.effects.0.len(), MOST_EFFECTS);
    for (path, effect) in effects(promotion) {
        check_effect(&mut checks, &path, effect);
    }
    for (path, filter) in filters(promotion) {
        check_filter(&mut checks, &path, filter);
    }
    currencies(&mut checks, promotion, campaign);
    checks
}

/// The effects, each with its place in the input.
pub(super) fn effects(promotion: &Promotion) -> impl Iterator<Item = (String, &Effect)> {
    promotion.effects.0.iter().enumerate().map(|(place, effect)| {
        let kind = match effect.discount {
            Discount::Percentage { .. } => "percentage",
            Discount::FixedAmount(_) => "fixedAmount",
            Discount::FixedPrice(_) => "fixedPrice",
            Discount::BuyXGetY(_) => "buyXGetY",
            Discount::FreeShipping => "freeShipping",
            Discount::TieredSpend { .. } => "tieredSpend",
        };
        (format!("input.effects.{place}.{kind}"), effect)
    })
}

/// The filters of the conditions and the effects, each with its place in the input.
pub(super) fn filters(promotion: &Promotion) -> Vec<(String, &ItemFilter)> {
    let mut found = Vec::new();
    if let Some(least) = &promotion.conditions.min_quantity {
        found.push(("input.conditions.minQuantity.items".to_owned(), &least.items));
    }
    for (path, effect) in effects(promotion) {
        match (&effect.discount, &effect.target) {
            (Discount::BuyXGetY(deal), _) => {
                found.push((format!("{path}.buy"), &deal.buy));
                found.push((format!("{path}.get"), &deal.get));
            }
            (_, Target::Items { filter, .. }) => found.push((format!("{}.filter", items_at(&path, effect)), filter)),
            _ => {}
        }
    }
    found
}

/// Where the input says which items an effect is for.
fn items_at(path: &str, effect: &Effect) -> String {
    match effect.discount {
        Discount::FixedPrice(_) => format!("{path}.items"),
        _ => format!("{path}.target.items"),
    }
}

fn check_filter(checks: &mut Checks, path: &str, filter: &ItemFilter) {
    let lists = [
        ("productIds", filter.product_ids.len()),
        ("variantIds", filter.variant_ids.len()),
        ("categoryIds", filter.category_ids.len()),
        ("collectionIds", filter.collection_ids.len()),
        ("tags", filter.tags.len()),
        ("productTypes", filter.product_types.len()),
        ("vendors", filter.vendors.len()),
    ];
    for (name, found) in lists {
        checks.count(&format!("{path}.{name}"), found, MOST_VALUES);
    }
    for (name, texts) in [("tags", &filter.tags), ("productTypes", &filter.product_types), ("vendors", &filter.vendors)]
    {
        for (place, text) in texts.iter().enumerate() {
            checks.line(&format!("{path}.{name}.{place}"), text, 255);
        }
    }
}

fn conditions(checks: &mut Checks, promotion: &Promotion) {
    let conditions = &promotion.conditions;
    if let Some(least) = conditions.min_subtotal {
        amount(checks, "input.conditions.minSubtotal.amount", least);
    }
    if let Some(least) = &conditions.min_quantity {
        quantity(checks, "input.conditions.minQuantity.quantity", least.quantity);
    }
    let lists = [
        ("regionIds", conditions.region_ids.len()),
        ("countries", conditions.countries.len()),
        ("customerGroupIds", conditions.customer_group_ids.len()),
        ("channelIds", conditions.channel_ids.len()),
    ];
    for (name, found) in lists {
        checks.count(&format!("input.conditions.{name}"), found, MOST_VALUES);
    }
}

fn check_effect(checks: &mut Checks, path: &str, effect: &Effect) {
    match &effect.discount {
        Discount::Percentage { percentage } => percent(checks, &format!("{path}.percentage"), *percentage),
        Discount::FixedAmount(off) => {
            amount(checks, &format!("{path}.amount"), *off);
            if off.amount.0.is_zero() {
                checks.add(&format!("{path}.amount"), ErrorCode::InvalidAmount, "The amount must be above 0.");
            }
        }
        Discount::FixedPrice(price) => amount(checks, &format!("{path}.amount"), *price),
        Discount::BuyXGetY(deal) => check_deal(checks, path, deal),
        Discount::FreeShipping => {}
        Discount::TieredSpend { tiers, currency } => check_tiers(checks, &format!("{path}.tiers"), tiers, *currency),
    }
    check_target(checks, path, effect);
}

/// Whether the effect can be had on its target, and is spread in a way that makes sense.
fn check_target(checks: &mut Checks, path: &str, effect: &Effect) {
    let fits = match (&effect.discount, &effect.target) {
        (Discount::FixedPrice(_) | Discount::BuyXGetY(_), target) => matches!(target, Target::Items { .. }),
        (Discount::FreeShipping, target) => matches!(target, Target::Shipping { .. }),
        _ => true,
    };
    if !fits {
        checks.add(
            &format!("{path}.target"),
            ErrorCode::Invalid,
            "This effect cannot have this target: choose another target.",
        );
    }
    if let Target::Shipping { option_ids } = &effect.target {
        checks.count(&options_at(path, effect), option_ids.len(), MOST_VALUES);
    }
    let Target::Items { allocation, max_quantity, .. } = &effect.target else { return };
    let items = items_at(path, effect);
    let spread = match effect.discount {
        Discount::TieredSpend { .. } => *allocation == AllocationMethod::Across,
        Discount::FixedPrice(_) => *allocation != AllocationMethod::Across,
        _ => true,
    };
    if !spread {
        let message = "Use EACH or ONCE to allocate a fixed price, and ACROSS to allocate tiers.";
        checks.add(&format!("{items}.allocation"), ErrorCode::Invalid, message);
    }
    match max_quantity {
        Some(_) if *allocation == AllocationMethod::Across => {
            let message = "Use maxQuantity only with EACH or ONCE.";
            checks.add(&format!("{items}.maxQuantity"), ErrorCode::Invalid, message);
        }
        Some(most) => quantity(checks, &format!("{items}.maxQuantity"), *most),
        None => {}
    }
}

/// Where the input says which shipping options an effect is for.
pub(super) fn options_at(path: &str, effect: &Effect) -> String {
    match effect.discount {
        Discount::FreeShipping => format!("{path}.shippingOptionIds"),
        _ => format!("{path}.target.shipping.optionIds"),
    }
}

fn check_deal(checks: &mut Checks, path: &str, deal: &BuyGet) {
    quantity(checks, &format!("{path}.buyQuantity"), deal.buy_quantity);
    quantity(checks, &format!("{path}.getQuantity"), deal.get_quantity);
    percent(checks, &format!("{path}.percentage"), deal.percentage.0);
    if let Some(most) = deal.max_repeats {
        quantity(checks, &format!("{path}.maxRepeats"), most);
    }
}

fn check_tiers(checks: &mut Checks, path: &str, tiers: &[Tier], currency: Currency) {
    checks.count(path, tiers.len(), MOST_TIERS);
    if tiers.is_empty() {
        checks.add(path, ErrorCode::Required, "Specify at least one tier.");
    }
    for (place, tier) in tiers.iter().enumerate() {
        let at = |field: &str| format!("{path}.{place}.{field}");
        amount(checks, &at("from"), Amount { amount: tier.from, currency });
        if place > 0 && tier.from.0 <= tiers[place - 1].from.0 {
            checks.add(&at("from"), ErrorCode::Invalid, "Each tier must start above the previous one.");
        }
        match (tier.percentage, tier.amount) {
            (Some(percentage), None) => percent(checks, &at("percentage"), percentage.0),
            (None, Some(off)) => amount(checks, &at("amount"), Amount { amount: off, currency }),
            _ => checks.add(
                &format!("{path}.{place}"),
                ErrorCode::Invalid,
                "Specify either a percentage or an amount for each tier.",
            ),
        }
    }
}

/// An amount that somebody typed.
pub(super) fn amount(checks: &mut Checks, path: &str, typed: Amount) {
    if let Err(error) = Money::price(typed.amount.0, typed.currency) {
        checks.add(path, ErrorCode::InvalidAmount, format!("This must be a valid amount: {error}."));
    }
}

fn percent(checks: &mut Checks, path: &str, percentage: Decimal) {
    let in_range = percentage > Decimal::ZERO && percentage <= Decimal::ONE_HUNDRED;
    if !in_range || percentage.normalize().scale() > 4 {
        let message = "The percentage must be above 0 and at most 100, with at most 4 decimals.";
        checks.add(path, ErrorCode::InvalidPercentage, message);
    }
}

fn quantity(checks: &mut Checks, path: &str, quantity: i32) {
    if !(1..=MOST_UNITS).contains(&quantity) {
        checks.add(path, ErrorCode::InvalidQuantity, "The quantity must be from 1 to 1,000,000.");
    }
}

/// The currencies that a promotion speaks of, each with its place in the input.
fn named(promotion: &Promotion) -> Vec<(String, Currency)> {
    let of_effect = |(path, effect): (String, &Effect)| match &effect.discount {
        Discount::FixedAmount(amount) | Discount::FixedPrice(amount) => Some((path, amount.currency)),
        Discount::TieredSpend { currency, .. } => Some((path, *currency)),
        _ => None,
    };
    let least =
        promotion.conditions.min_subtotal.map(|least| ("input.conditions.minSubtotal".to_owned(), least.currency));
    effects(promotion).filter_map(of_effect).chain(least).collect()
}

/// A promotion speaks of one currency, and of its campaign's when that has a budget to spend.
fn currencies(checks: &mut Checks, promotion: &Promotion, campaign: Option<&Campaign>) {
    let named = named(promotion);
    let held_to = campaign.and_then(Campaign::spend_currency).or(named.first().map(|(_, currency)| *currency));
    for (path, currency) in &named {
        if let Some(other) = held_to.filter(|other| other != currency) {
            let message = format!("Use {other}, the currency of the other amounts of this promotion and its campaign.");
            checks.add(&format!("{path}.currencyCode"), ErrorCode::CurrencyMismatch, message);
        }
    }
}

/// Whether everything that the promotion speaks of is in this currency.
pub(super) fn is_in(promotion: &Promotion, currency: Currency) -> bool {
    named(promotion).iter().all(|(_, other)| *other == currency)
}
