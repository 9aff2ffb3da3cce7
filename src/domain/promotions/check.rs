//! Validates a promotion: reports every error with its path in the input.

use rust_decimal::Decimal;

use super::model::{Campaign, Promotion};
use super::rules::{AllocationMethod, Amount, BuyGet, Discount, Effect, ItemFilter, Target, Tier};
use crate::kernel::error::ErrorCode;
use crate::kernel::money::{Currency, Money};
use crate::kernel::text::Validator;

/// The maximum number of effects of a promotion.
const MAX_EFFECTS: usize = 5;
/// The maximum number of tiers of an effect.
const MAX_TIERS: usize = 20;
/// The maximum length of each list of a filter or a condition.
const MAX_VALUES: usize = 500;
/// The maximum number of units in a condition or an effect.
const MAX_UNITS: i32 = 1_000_000;

/// Validates the promotion by itself and within its campaign.
pub(super) fn check(promotion: &Promotion, campaign: Option<&Campaign>) -> Validator {
    let mut validator = Validator::new();
    validator.line("input.title", &promotion.title, 255);
    validator.required("input.title", &promotion.title);
    validator.paragraph("input.description", &promotion.description, 5_000);
    validator.period("input.endsAt", promotion.starts_at, promotion.ends_at);
    for (path, limit) in
        [("input.usageLimit", promotion.usage_limit), ("input.customerUsageLimit", promotion.customer_usage_limit)]
    {
        if limit.is_some_and(|limit| limit < 1) {
            validator.add(path, ErrorCode::InvalidQuantity, "The limit must be at least 1.");
        }
    }
    conditions(&mut validator, promotion);
    if promotion.effects.0.is_empty() {
        validator.add("input.effects", ErrorCode::Required, "A promotion must have at least one effect.");
    }
    validator.count("input.effects", promotion.effects.0.len(), MAX_EFFECTS);
    for (path, effect) in effects(promotion) {
        check_effect(&mut validator, &path, effect);
    }
    for (path, filter) in filters(promotion) {
        check_filter(&mut validator, &path, filter);
    }
    currencies(&mut validator, promotion, campaign);
    validator
}

/// The effects, each with its path in the input.
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

/// The filters of the conditions and the effects, each with its path in the input.
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

/// The path of an effect's items in the input.
fn items_at(path: &str, effect: &Effect) -> String {
    match effect.discount {
        Discount::FixedPrice(_) => format!("{path}.items"),
        _ => format!("{path}.target.items"),
    }
}

fn check_filter(validator: &mut Validator, path: &str, filter: &ItemFilter) {
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
        validator.count(&format!("{path}.{name}"), found, MAX_VALUES);
    }
    for (name, texts) in [("tags", &filter.tags), ("productTypes", &filter.product_types), ("vendors", &filter.vendors)]
    {
        for (place, text) in texts.iter().enumerate() {
            validator.line(&format!("{path}.{name}.{place}"), text, 255);
        }
    }
}

fn conditions(validator: &mut Validator, promotion: &Promotion) {
    let conditions = &promotion.conditions;
    if let Some(least) = conditions.min_subtotal {
        amount(validator, "input.conditions.minSubtotal.amount", least);
    }
    if let Some(least) = &conditions.min_quantity {
        quantity(validator, "input.conditions.minQuantity.quantity", least.quantity);
    }
    let lists = [
        ("regionIds", conditions.region_ids.len()),
        ("countries", conditions.countries.len()),
        ("customerGroupIds", conditions.customer_group_ids.len()),
        ("channelIds", conditions.channel_ids.len()),
    ];
    for (name, found) in lists {
        validator.count(&format!("input.conditions.{name}"), found, MAX_VALUES);
    }
}

fn check_effect(validator: &mut Validator, path: &str, effect: &Effect) {
    match &effect.discount {
        Discount::Percentage { percentage } => percent(validator, &format!("{path}.percentage"), *percentage),
        Discount::FixedAmount(off) => {
            amount(validator, &format!("{path}.amount"), *off);
            if off.amount.0.is_zero() {
                validator.add(&format!("{path}.amount"), ErrorCode::InvalidAmount, "The amount must be above 0.");
            }
        }
        Discount::FixedPrice(price) => amount(validator, &format!("{path}.amount"), *price),
        Discount::BuyXGetY(deal) => check_deal(validator, path, deal),
        Discount::FreeShipping => {}
        Discount::TieredSpend { tiers, currency } => check_tiers(validator, &format!("{path}.tiers"), tiers, *currency),
    }
    check_target(validator, path, effect);
}

/// Checks that the effect supports its target and allocation method.
fn check_target(validator: &mut Validator, path: &str, effect: &Effect) {
    let fits = match (&effect.discount, &effect.target) {
        (Discount::FixedPrice(_) | Discount::BuyXGetY(_), target) => matches!(target, Target::Items { .. }),
        (Discount::FreeShipping, target) => matches!(target, Target::Shipping { .. }),
        _ => true,
    };
    if !fits {
        validator.add(
            &format!("{path}.target"),
            ErrorCode::Invalid,
            "This effect cannot have this target: choose another target.",
        );
    }
    if let Target::Shipping { option_ids } = &effect.target {
        validator.count(&options_at(path, effect), option_ids.len(), MAX_VALUES);
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
        validator.add(&format!("{items}.allocation"), ErrorCode::Invalid, message);
    }
    match max_quantity {
        Some(_) if *allocation == AllocationMethod::Across => {
            let message = "Use maxQuantity only with EACH or ONCE.";
            validator.add(&format!("{items}.maxQuantity"), ErrorCode::Invalid, message);
        }
        Some(most) => quantity(validator, &format!("{items}.maxQuantity"), *most),
        None => {}
    }
}

/// The path of an effect's shipping options in the input.
pub(super) fn options_at(path: &str, effect: &Effect) -> String {
    match effect.discount {
        Discount::FreeShipping => format!("{path}.shippingOptionIds"),
        _ => format!("{path}.target.shipping.optionIds"),
    }
}

fn check_deal(validator: &mut Validator, path: &str, deal: &BuyGet) {
    quantity(validator, &format!("{path}.buyQuantity"), deal.buy_quantity);
    quantity(validator, &format!("{path}.getQuantity"), deal.get_quantity);
    percent(validator, &format!("{path}.percentage"), deal.percentage.0);
    if let Some(most) = deal.max_repeats {
        quantity(validator, &format!("{path}.maxRepeats"), most);
    }
}

fn check_tiers(validator: &mut Validator, path: &str, tiers: &[Tier], currency: Currency) {
    validator.count(path, tiers.len(), MAX_TIERS);
    if tiers.is_empty() {
        validator.add(path, ErrorCode::Required, "Specify at least one tier.");
    }
    for (place, tier) in tiers.iter().enumerate() {
        let at = |field: &str| format!("{path}.{place}.{field}");
        amount(validator, &at("from"), Amount { amount: tier.from, currency });
        if place > 0 && tier.from.0 <= tiers[place - 1].from.0 {
            validator.add(&at("from"), ErrorCode::Invalid, "Each tier must start above the previous one.");
        }
        match (tier.percentage, tier.amount) {
            (Some(percentage), None) => percent(validator, &at("percentage"), percentage.0),
            (None, Some(off)) => amount(validator, &at("amount"), Amount { amount: off, currency }),
            _ => validator.add(
                &format!("{path}.{place}"),
                ErrorCode::Invalid,
                "Specify either a percentage or an amount for each tier.",
            ),
        }
    }
}

/// Validates an amount.
pub(super) fn amount(validator: &mut Validator, path: &str, typed: Amount) {
    if let Err(error) = Money::price(typed.amount.0, typed.currency) {
        validator.add(path, ErrorCode::InvalidAmount, format!("This must be a valid amount: {error}."));
    }
}

fn percent(validator: &mut Validator, path: &str, percentage: Decimal) {
    let in_range = percentage > Decimal::ZERO && percentage <= Decimal::ONE_HUNDRED;
    if !in_range || percentage.normalize().scale() > 4 {
        let message = "The percentage must be above 0 and at most 100, with at most 4 decimals.";
        validator.add(path, ErrorCode::InvalidPercentage, message);
    }
}

fn quantity(validator: &mut Validator, path: &str, quantity: i32) {
    if !(1..=MAX_UNITS).contains(&quantity) {
        validator.add(path, ErrorCode::InvalidQuantity, "The quantity must be from 1 to 1,000,000.");
    }
}

/// The currencies that a promotion uses, each with its path in the input.
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

/// Checks that a promotion uses only one currency: that of its campaign if the campaign has a spend budget.
fn currencies(validator: &mut Validator, promotion: &Promotion, campaign: Option<&Campaign>) {
    let named = named(promotion);
    let held_to = campaign.and_then(Campaign::spend_currency).or(named.first().map(|(_, currency)| *currency));
    for (path, currency) in &named {
        if let Some(other) = held_to.filter(|other| other != currency) {
            let message = format!("Use {other}, the currency of the other amounts of this promotion and its campaign.");
            validator.add(&format!("{path}.currencyCode"), ErrorCode::CurrencyMismatch, message);
        }
    }
}

/// Returns whether all amounts of the promotion are in this currency.
pub(super) fn is_in(promotion: &Promotion, currency: Currency) -> bool {
    named(promotion).iter().all(|(_, other)| *other == currency)
}
