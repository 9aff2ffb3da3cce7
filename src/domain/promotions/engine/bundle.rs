//! Buy X, get Y (rules B7, B8): a unit never counts as both bought and discounted.

use rust_decimal::Decimal;

use super::amounts::{Amounts, cheapest, percent, share_over};
use crate::domain::promotions::basket::Basket;
use crate::domain::promotions::discounts::Refusal;
use crate::domain::promotions::model::DiscountCodeError;
use crate::domain::promotions::rules::BuyGet;

/// The number of units that count only as bought, only as discounted, or as either.
struct Units {
    buy: i64,
    get: i64,
    either: i64,
}

impl Units {
    fn of(deal: &BuyGet, basket: &Basket) -> Self {
        let mut units = Self { buy: 0, get: 0, either: 0 };
        for line in &basket.lines {
            let quantity = i64::from(line.quantity);
            match (deal.buy.matches(line), deal.get.matches(line)) {
                (true, true) => units.either += quantity,
                (true, false) => units.buy += quantity,
                (false, true) => units.get += quantity,
                (false, false) => {}
            }
        }
        units
    }

    /// Returns the number of units missing for `repeats`; 0 or less if there are enough.
    fn missing(&self, deal: &BuyGet, repeats: i64) -> i64 {
        let buy = (repeats * i64::from(deal.buy_quantity) - self.buy).max(0);
        let get = (repeats * i64::from(deal.get_quantity) - self.get).max(0);
        buy + get - self.either
    }

    /// Returns how often the deal applies. More repeats never need fewer units, so this is a binary search.
    fn repeats(&self, deal: &BuyGet) -> i64 {
        let most = deal.max_repeats.map_or(i64::MAX, i64::from);
        let all = self.buy + self.get + self.either;
        let (mut enough, mut too_many) = (0, most.min(all).saturating_add(1));
        while too_many - enough > 1 {
            let middle = enough + (too_many - enough) / 2;
            if self.missing(deal, middle) <= 0 { enough = middle } else { too_many = middle }
        }
        enough
    }
}

pub(super) fn cuts(deal: &BuyGet, basket: &Basket, left: &Amounts) -> Result<Amounts, Refusal> {
    let units = Units::of(deal, basket);
    if units.buy + units.either == 0 || units.get + units.either == 0 {
        return Err(Refusal::plain(DiscountCodeError::NoMatchingItems));
    }
    let repeats = units.repeats(deal);
    if repeats == 0 {
        return Err(Refusal::quantity(units.missing(deal, 1)));
    }
    let wanted = i32::try_from(repeats * i64::from(deal.get_quantity)).unwrap_or(i32::MAX);
    // Units that count as either are first used as bought ones: only the rest can be discounted.
    let mut spare = units.either - (repeats * i64::from(deal.buy_quantity) - units.buy).max(0);
    let allowed = |line: usize, units: i32| {
        if !deal.buy.matches(&basket.lines[line]) {
            return units;
        }
        let units = units.min(i32::try_from(spare).unwrap_or(i32::MAX));
        spare -= i64::from(units);
        units
    };
    let got: Vec<_> = (0..basket.lines.len()).filter(|place| deal.get.matches(&basket.lines[*place])).collect();
    let picks = cheapest(basket, left, &got, wanted, allowed);
    let sum: Decimal = picks.iter().map(|pick| pick.left).sum();
    Ok(share_over(basket, &picks, percent(sum, deal.percentage.0)))
}
