//! Prices by quantity and over time: tiers, the future prices in the index, and the lowest past price. Pure: calls
//! [`select`] wherever something changes.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::model::{Selected, Tier};
use super::select::{Candidate, convert, select};
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;

/// The period of the lowest price that the law requires.
pub(super) const LOWEST_PRICE_PERIOD: TimeDelta = TimeDelta::days(30);

/// The lowest and highest price of a product's variants in a period; `None` is an open end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PricePeriod {
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) min_amount: Decimal,
    pub(super) max_amount: Decimal,
}

/// Returns the price tiers; all candidates belong to one variant.
pub(super) fn tiers(candidates: &[Candidate], buyer: &Buyer, at: Timestamp) -> Vec<Tier> {
    let for_buyer = || candidates.iter().filter(|price| price.is_for(buyer));
    let starts = for_buyer().map(|price| price.min_quantity);
    let behind = for_buyer().filter_map(|price| price.max_quantity?.checked_add(1));
    let breaks: Vec<i32> = BTreeSet::from_iter(starts.chain(behind)).into_iter().collect();
    let mut tiers: Vec<Tier> = Vec::new();
    for (place, from) in breaks.iter().enumerate() {
        let to = breaks.get(place + 1).map(|next| next - 1);
        let Some(found) = select(candidates, buyer, *from, at) else { continue };
        match tiers.last_mut() {
            Some(last) if last.amount == found.amount && last.to == Some(from - 1) => last.to = to,
            _ => tiers.push(Tier { from: *from, to, amount: found.amount }),
        }
    }
    tiers
}

/// Returns the lowest and highest unit price over the variants of a product; candidates are sorted by variant.
pub(super) fn range(candidates: &[Candidate], buyer: &Buyer, at: Timestamp) -> Option<(Decimal, Decimal)> {
    let variants = candidates.chunk_by(|a, b| a.variant_id == b.variant_id);
    let amounts = variants.filter_map(|prices| select(prices, buyer, 1, at)).map(|found| found.amount);
    amounts.fold(None, |range, amount| match range {
        None => Some((amount, amount)),
        Some((min, max)) => Some((amount.min(min), amount.max(max))),
    })
}

/// Returns the price ranges of a product from now on, from change to change. The first has no start, to tolerate clock
/// skew between machines. Candidates are sorted by variant.
pub(super) fn price_periods(candidates: &[Candidate], buyer: &Buyer, now: Timestamp) -> Vec<PricePeriod> {
    let ahead: Vec<_> = changes(candidates).into_iter().filter(|change| *change > now).collect();
    let mut price_periods: Vec<PricePeriod> = Vec::new();
    for place in 0..=ahead.len() {
        let from = place.checked_sub(1).map(|before| ahead[before]);
        let until = ahead.get(place).copied();
        let Some((min_amount, max_amount)) = range(candidates, buyer, from.unwrap_or(now)) else { continue };
        match price_periods.last_mut() {
            Some(last) if (last.min_amount, last.max_amount) == (min_amount, max_amount) && last.until == from => {
                last.until = until;
            }
            _ => price_periods.push(PricePeriod { from, until, min_amount, max_amount }),
        }
    }
    price_periods
}

/// Returns the lowest unit price in the 30 days before the reduction, or in the last 30 days if the price is not
/// reduced; with or without tax as the current price. The candidates are all prices that one variant ever had.
pub(super) fn lowest(candidates: &[Candidate], buyer: &Buyer, now: Timestamp) -> Option<Decimal> {
    let starts: Vec<_> = changes(candidates).into_iter().filter(|change| *change <= now).collect();
    let shown: Vec<_> = starts.iter().map(|start| (*start, select(candidates, buyer, 1, *start))).collect();
    let current = select(candidates, buyer, 1, now)?;
    let reduced = |(_, price): &&(Timestamp, Option<Selected>)| price.as_ref().is_some_and(|p| p.was(buyer).is_some());
    let since = shown.iter().rev().take_while(reduced).last().map(|(start, _)| *start);
    let end = since.unwrap_or(now);
    let within = |place: usize| {
        let over = starts.get(place + 1).is_some_and(|next| *next <= end - LOWEST_PRICE_PERIOD);
        !over && (starts[place] < end || since.is_none())
    };
    let amounts = shown.iter().enumerate().filter(|(place, _)| within(*place)).filter_map(|(_, (_, price))| {
        let price = price.as_ref()?;
        Some(buyer.currency.round(convert(price.amount, price.includes_tax, current.includes_tax, buyer.tax_rate)))
    });
    amounts.min()
}

/// Returns every time at which a price starts or ends.
fn changes(candidates: &[Candidate]) -> BTreeSet<Timestamp> {
    candidates.iter().flat_map(|price| [price.from, price.until]).flatten().collect()
}
