//! Computes the discounts of one effect.

use rust_decimal::Decimal;

use super::amounts::{Amounts, Pick, cheapest, percent, share, share_over};
use super::bundle;
use crate::domain::promotions::basket::Basket;
use crate::domain::promotions::discounts::Refusal;
use crate::domain::promotions::model::DiscountCodeError;
use crate::domain::promotions::rules::{AllocationMethod, Amount, Discount, Effect, ItemFilter, Target, Tier};
use crate::kernel::ids::ShippingOptionId;
use crate::kernel::money::{Currency, Money};

/// Returns the discounts of the effect on the remaining amounts, or why there are none.
pub(super) fn cuts(effect: &Effect, basket: &Basket, left: &Amounts) -> Result<Amounts, Refusal> {
    match &effect.target {
        Target::Items { filter, allocation, max_quantity } => match &effect.discount {
            Discount::BuyXGetY(deal) => bundle::cuts(deal, basket, left),
            discount => on_items(discount, basket, left, filter, (*allocation, *max_quantity)),
        },
        Target::Order { with_shipping } => on_order(&effect.discount, basket, left, *with_shipping),
        Target::Shipping { option_ids } => on_shipping(&effect.discount, basket, left, option_ids),
    }
}

fn on_items(
    discount: &Discount,
    basket: &Basket,
    left: &Amounts,
    filter: &ItemFilter,
    (allocation, most): (AllocationMethod, Option<i32>),
) -> Result<Amounts, Refusal> {
    let lines = matching(basket, filter)?;
    let picks = match allocation {
        AllocationMethod::Each => each(basket, left, &lines, most),
        AllocationMethod::Across => each(basket, left, &lines, None),
        AllocationMethod::Once => cheapest(basket, left, &lines, most.unwrap_or(1), |_, units| units),
    };
    let one_by_one = |cut: &dyn Fn(&Pick) -> Decimal| {
        let mut cuts = Amounts::nothing(basket);
        for pick in &picks {
            cuts.lines[pick.line] = basket.buyer.currency.round(cut(pick).clamp(Decimal::ZERO, pick.left));
        }
        cuts
    };
    match (discount, allocation) {
        (Discount::Percentage { percentage }, AllocationMethod::Each) => {
            Ok(one_by_one(&|pick| percent(pick.left, *percentage)))
        }
        (Discount::FixedAmount(off), AllocationMethod::Each | AllocationMethod::Once) => {
            let off = in_currency(*off, basket)?;
            Ok(one_by_one(&|pick| off * Decimal::from(pick.units)))
        }
        (Discount::FixedPrice(price), _) => {
            let price = in_currency(*price, basket)?;
            Ok(one_by_one(&|pick| pick.left - price * Decimal::from(pick.units)))
        }
        _ => {
            let sum = picks.iter().map(|pick| pick.left).sum();
            let spent = lines.iter().map(|line| left.lines[*line]).sum();
            Ok(share_over(basket, &picks, lump(discount, basket, sum, spent)?))
        }
    }
}

fn on_order(discount: &Discount, basket: &Basket, left: &Amounts, with_shipping: bool) -> Result<Amounts, Refusal> {
    let mut weights = left.lines.clone();
    if with_shipping {
        weights.push(left.shipping);
    }
    let off = lump(discount, basket, weights.iter().sum(), left.subtotal())?;
    let mut lines = share(off, basket.buyer.currency, &weights);
    let shipping = if with_shipping { lines.pop().unwrap_or_default() } else { Decimal::ZERO };
    Ok(Amounts { lines, shipping })
}

fn on_shipping(
    discount: &Discount,
    basket: &Basket,
    left: &Amounts,
    options: &[ShippingOptionId],
) -> Result<Amounts, Refusal> {
    let chosen = basket.shipping.filter(|chosen| options.is_empty() || options.contains(&chosen.option_id));
    chosen.ok_or_else(Refusal::no_shipping)?;
    let off = lump(discount, basket, left.shipping, left.subtotal())?;
    Ok(Amounts { shipping: basket.buyer.currency.round(off), ..Amounts::nothing(basket) })
}

/// Returns the discount on a sum as a whole, unrounded; `spent` selects the tier.
fn lump(discount: &Discount, basket: &Basket, sum: Decimal, spent: Decimal) -> Result<Decimal, Refusal> {
    match discount {
        Discount::Percentage { percentage } => Ok(percent(sum, *percentage)),
        Discount::FixedAmount(off) => Ok(in_currency(*off, basket)?.min(sum)),
        Discount::FreeShipping => Ok(sum),
        Discount::TieredSpend { tiers, currency } => {
            let tier = reached(tiers, *currency, basket, spent)?;
            let part = tier.percentage.map(|percentage| percent(sum, percentage.0));
            Ok(part.or(tier.amount.map(|amount| amount.0)).unwrap_or_default().min(sum))
        }
        Discount::FixedPrice(_) | Discount::BuyXGetY(_) => Err(Refusal::plain(DiscountCodeError::NoEffect)),
    }
}

/// Returns the highest tier that `spent` reaches.
fn reached<'a>(tiers: &'a [Tier], currency: Currency, basket: &Basket, spent: Decimal) -> Result<&'a Tier, Refusal> {
    if currency != basket.buyer.currency {
        return Err(Refusal::plain(DiscountCodeError::WrongCurrency));
    }
    let lowest = tiers.first().map_or(Decimal::ZERO, |tier| tier.from.0);
    let missing = || Refusal::subtotal(Money::new((lowest - spent).max(Decimal::ZERO), currency));
    tiers.iter().rfind(|tier| tier.from.0 <= spent).ok_or_else(missing)
}

fn in_currency(amount: Amount, basket: &Basket) -> Result<Decimal, Refusal> {
    let wrong = || Refusal::plain(DiscountCodeError::WrongCurrency);
    (amount.currency == basket.buyer.currency).then_some(amount.amount.0).ok_or_else(wrong)
}

/// Returns the indexes of the lines that match the filter.
fn matching(basket: &Basket, filter: &ItemFilter) -> Result<Vec<usize>, Refusal> {
    let lines: Vec<_> = (0..basket.lines.len()).filter(|place| filter.matches(&basket.lines[*place])).collect();
    if lines.is_empty() { Err(Refusal::plain(DiscountCodeError::NoMatchingItems)) } else { Ok(lines) }
}

/// Picks up to `most` units of each line.
fn each(basket: &Basket, left: &Amounts, lines: &[usize], most: Option<i32>) -> Vec<Pick> {
    let units = |line: usize| most.map_or(basket.lines[line].quantity, |most| basket.lines[line].quantity.min(most));
    lines.iter().map(|line| Pick::new(basket, left, *line, units(*line))).collect()
}
