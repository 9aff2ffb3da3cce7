//! Checks the conditions of a promotion against a basket.

use rust_decimal::Decimal;

use crate::domain::promotions::basket::Basket;
use crate::domain::promotions::discounts::Refusal;
use crate::domain::promotions::model::DiscountCodeError;
use crate::domain::promotions::rules::{Conditions, ItemFilter};
use crate::kernel::money::Money;

/// Fails if a condition is not met; `subtotal` is the remaining amount of the lines.
pub(super) fn check(conditions: &Conditions, basket: &Basket, subtotal: Decimal) -> Result<(), Refusal> {
    let buyer = &basket.buyer;
    let in_place = is_empty_or_contains(&conditions.region_ids, [buyer.region_id])
        && is_empty_or_contains(&conditions.countries, buyer.country)
        && is_empty_or_contains(&conditions.channel_ids, buyer.channel_id)
        && is_empty_or_contains(&conditions.customer_group_ids, buyer.groups.iter().copied());
    if !in_place {
        return Err(Refusal::plain(DiscountCodeError::NotEligible));
    }
    if let Some(least) = conditions.min_subtotal {
        if least.currency != buyer.currency {
            return Err(Refusal::plain(DiscountCodeError::WrongCurrency));
        }
        if subtotal < least.amount.0 {
            return Err(Refusal::subtotal(Money::new(least.amount.0 - subtotal, least.currency)));
        }
    }
    match &conditions.min_quantity {
        Some(least) => check_quantity(i64::from(least.quantity), &least.items, basket),
        None => Ok(()),
    }
}

fn check_quantity(least: i64, items: &ItemFilter, basket: &Basket) -> Result<(), Refusal> {
    let matching = basket.lines.iter().filter(|line| items.matches(line));
    match least - matching.map(|line| i64::from(line.quantity)).sum::<i64>() {
        missing if missing > 0 => Err(Refusal::quantity(missing)),
        _ => Ok(()),
    }
}

/// Returns whether `wanted` is empty or contains one of the found values.
fn is_empty_or_contains<T: PartialEq>(wanted: &[T], found: impl IntoIterator<Item = T>) -> bool {
    wanted.is_empty() || found.into_iter().any(|found| wanted.contains(&found))
}
