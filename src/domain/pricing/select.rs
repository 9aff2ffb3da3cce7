//! Selects the price of a variant for a buyer (rules C1 to C4 and C6 to C12). Pure, and the only place that decides it.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::model::{ListRules, PriceAttribute, PriceListKind, PriceRules, Selected};
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PriceId, PriceListId, ProductId, VariantId};
use crate::kernel::money::Currency;

/// A price that can apply, with its conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub(super) price_id: PriceId,
    pub(super) variant_id: VariantId,
    pub(super) product_id: ProductId,
    pub(super) currency: Currency,
    pub(super) amount: Decimal,
    pub(super) compare_at_price: Option<Decimal>,
    pub(super) min_quantity: i32,
    pub(super) max_quantity: Option<i32>,
    pub(super) rules: PriceRules,
    /// Whether the currency's prices include tax; `None` follows the region's setting.
    pub(super) preference: Option<bool>,
    /// When it starts to apply; `None` means always. A list price applies while both it and its list are in effect.
    pub(super) from: Option<Timestamp>,
    /// When it no longer applies; `None` means never.
    pub(super) until: Option<Timestamp>,
    pub(super) list: Option<CandidateList>,
}

/// The list of a price.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CandidateList {
    pub(super) id: PriceListId,
    pub(super) name: String,
    pub(super) kind: PriceListKind,
    pub(super) rules: ListRules,
}

impl Selected {
    /// Returns the previous price, with or without tax as `amount`; `None` if it is not reduced.
    pub fn was(&self, buyer: &Buyer) -> Option<Decimal> {
        let original = || {
            let same = convert(self.original_amount, self.original_includes_tax, self.includes_tax, buyer.tax_rate);
            buyer.currency.round(same)
        };
        self.compare_at_price.or_else(|| Some(original()).filter(|before| *before > self.amount))
    }
}

/// Converts an amount to one with or without tax, unrounded.
pub(super) fn convert(amount: Decimal, includes_tax: bool, wanted: bool, rate: Decimal) -> Decimal {
    match (includes_tax, wanted) {
        (false, true) => with_tax(amount, rate),
        (true, false) => amount / (Decimal::ONE + rate),
        _ => amount,
    }
}

/// Saturates at the largest amount.
fn with_tax(amount: Decimal, rate: Decimal) -> Decimal {
    amount.checked_mul(Decimal::ONE + rate).unwrap_or(Decimal::MAX)
}

/// Selects the unit price for a quantity at a time. All candidates belong to one variant.
pub fn select(candidates: &[Candidate], buyer: &Buyer, quantity: i32, at: Timestamp) -> Option<Selected> {
    let fitting = || candidates.iter().filter(|price| price.fits(buyer, quantity, at));
    let best = |kind: Option<PriceListKind>| {
        fitting().filter(|price| price.kind() == kind).min_by_key(|price| price.rank(buyer))
    };
    let full = best(Some(PriceListKind::Override)).or_else(|| best(None));
    let lower = |sale: &&Candidate| full.is_none_or(|full| sale.gross(buyer) < full.gross(buyer));
    let sales = fitting().filter(|price| price.kind() == Some(PriceListKind::Sale)).filter(lower);
    let winner = sales.min_by_key(|price| price.rank(buyer)).or(full)?;
    let original = full.unwrap_or(winner);
    Some(Selected {
        price_id: winner.price_id,
        amount: winner.amount,
        includes_tax: winner.includes_tax(buyer),
        min_quantity: winner.min_quantity,
        original_amount: original.amount,
        original_includes_tax: original.includes_tax(buyer),
        compare_at_price: winner.compare_at_price.filter(|_| winner.list.is_none()),
        price_list: winner.list.as_ref().map(|list| (list.id, list.name.clone())),
        matched: winner.asks().collect(),
    })
}

impl Candidate {
    fn kind(&self) -> Option<PriceListKind> {
        self.list.as_ref().map(|list| list.kind)
    }

    fn fits(&self, buyer: &Buyer, quantity: i32, at: Timestamp) -> bool {
        self.min_quantity <= quantity
            && self.max_quantity.is_none_or(|most| quantity <= most)
            && self.from.is_none_or(|from| from <= at)
            && self.until.is_none_or(|until| at < until)
            && self.is_for(buyer)
    }

    /// Returns whether the buyer meets the rules of the price and its list.
    pub(super) fn is_for(&self, buyer: &Buyer) -> bool {
        self.currency == buyer.currency
            && self.rules.hold_for(buyer)
            && self.list.as_ref().is_none_or(|list| list.rules.hold_for(buyer))
    }

    /// The lowest rank wins: more rules, a narrower quantity range, the lower amount with tax, the older price.
    fn rank(&self, buyer: &Buyer) -> (Reverse<usize>, bool, i64, Decimal, PriceId) {
        let from = i64::from(self.min_quantity);
        let range = self.max_quantity.map_or(-from, |most| i64::from(most) - from);
        (Reverse(self.asks().count()), self.max_quantity.is_none(), range, self.gross(buyer), self.price_id)
    }

    /// The attributes that the price requires, then those of its list.
    fn asks(&self) -> impl Iterator<Item = PriceAttribute> {
        let own = self.rules.asks();
        let lists = self.list.as_ref().map_or([false; 4], |list| list.rules.asks());
        own.into_iter()
            .zip(ATTRIBUTES)
            .chain(lists.into_iter().zip(ATTRIBUTES))
            .filter_map(|(asks, of)| asks.then_some(of))
    }

    /// Whether the price includes tax: as set for its region, else its currency, else the buyer's region.
    fn includes_tax(&self, buyer: &Buyer) -> bool {
        match self.rules.region_id {
            Some(_) => buyer.prices_include_tax,
            None => self.preference.unwrap_or(buyer.prices_include_tax),
        }
    }

    /// The amount with tax, so that prices with and without it can be compared.
    fn gross(&self, buyer: &Buyer) -> Decimal {
        convert(self.amount, self.includes_tax(buyer), true, buyer.tax_rate)
    }
}

/// In the order of `asks`.
const ATTRIBUTES: [PriceAttribute; 4] =
    [PriceAttribute::Region, PriceAttribute::Country, PriceAttribute::CustomerGroup, PriceAttribute::Channel];

impl PriceRules {
    fn hold_for(&self, buyer: &Buyer) -> bool {
        self.region_id.is_none_or(|region| region == buyer.region_id)
            && self.country.is_none_or(|country| buyer.country == Some(country))
            && self.customer_group_id.is_none_or(|group| buyer.groups.contains(&group))
            && self.channel_id.is_none_or(|channel| buyer.channel_id == Some(channel))
    }

    /// Which attributes it requires.
    pub(super) const fn asks(&self) -> [bool; 4] {
        [self.region_id.is_some(), self.country.is_some(), self.customer_group_id.is_some(), self.channel_id.is_some()]
    }
}

impl ListRules {
    fn hold_for(&self, buyer: &Buyer) -> bool {
        let Self { region_ids, countries, customer_group_ids, channel_ids } = self;
        (region_ids.is_empty() || region_ids.contains(&buyer.region_id))
            && (countries.is_empty() || buyer.country.is_some_and(|country| countries.contains(&country)))
            && (customer_group_ids.is_empty() || buyer.groups.iter().any(|group| customer_group_ids.contains(group)))
            && (channel_ids.is_empty() || buyer.channel_id.is_some_and(|channel| channel_ids.contains(&channel)))
    }

    const fn asks(&self) -> [bool; 4] {
        [
            !self.region_ids.is_empty(),
            !self.countries.is_empty(),
            !self.customer_group_ids.is_empty(),
            !self.channel_ids.is_empty(),
        ]
    }
}

#[cfg(test)]
mod tests;
