//! Which of a variant's prices a buyer sees (rules C1 to C4 and C6 to C12). Pure, and the only place that decides it.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::model::{ListRules, PriceAttribute, PriceListKind, PriceRules};
use crate::kernel::buyer::Buyer;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{PriceId, PriceListId, ProductId, VariantId};
use crate::kernel::money::Currency;

/// A price that may be the buyer's, with what has to hold for that.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub(super) price_id: PriceId,
    pub(super) variant_id: VariantId,
    pub(super) product_id: ProductId,
    pub(super) currency: Currency,
    pub(super) amount: Decimal,
    pub(super) compare_at: Option<Decimal>,
    pub(super) min_quantity: i32,
    pub(super) max_quantity: Option<i32>,
    pub(super) rules: PriceRules,
    /// Whether the currency's prices include tax; `None` when they are as the region has them.
    pub(super) preference: Option<bool>,
    /// Since when it counts; `None` means always. A price of a list counts while both are in force.
    pub(super) from: Option<Timestamp>,
    /// From when on it does not count any more; `None` means never.
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

/// The price that a buyer sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// Which price.
    pub price_id: PriceId,
    /// What one unit costs.
    pub amount: Decimal,
    /// Whether that includes tax (rule C12).
    pub includes_tax: bool,
    /// From how many units on it counts.
    pub min_quantity: i32,
    /// What one unit would cost without sales.
    pub original_amount: Decimal,
    /// Whether that includes tax.
    pub original_includes_tax: bool,
    /// What a base price says that it cost before; `None` for prices of lists.
    pub compare_at: Option<Decimal>,
    /// The list that the price is from, with its name; `None` for a base price.
    pub price_list: Option<(PriceListId, String)>,
    /// What the price and its list ask of the buyer.
    pub matched: Vec<PriceAttribute>,
}

impl Selected {
    /// What it cost before, with or without tax as `amount` is; `None` when it is not reduced.
    pub fn was(&self, buyer: &Buyer) -> Option<Decimal> {
        let original = || {
            let same = convert(self.original_amount, self.original_includes_tax, self.includes_tax, buyer.tax_rate);
            buyer.currency.round(same)
        };
        self.compare_at.or_else(|| Some(original()).filter(|before| *before > self.amount))
    }
}

/// An amount with or without tax, as it is wanted; not rounded.
pub(super) fn convert(amount: Decimal, includes_tax: bool, wanted: bool, rate: Decimal) -> Decimal {
    match (includes_tax, wanted) {
        (false, true) => with_tax(amount, rate),
        (true, false) => amount / (Decimal::ONE + rate),
        _ => amount,
    }
}

/// The largest amount there is stands for one that is beyond counting.
fn with_tax(amount: Decimal, rate: Decimal) -> Decimal {
    amount.checked_mul(Decimal::ONE + rate).unwrap_or(Decimal::MAX)
}

/// The price of one unit when the buyer takes so many, at a moment. The candidates are all of one variant.
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
        compare_at: winner.compare_at.filter(|_| winner.list.is_none()),
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

    /// Whether all that the price and its list ask for holds.
    pub(super) fn is_for(&self, buyer: &Buyer) -> bool {
        self.currency == buyer.currency
            && self.rules.hold_for(buyer)
            && self.list.as_ref().is_none_or(|list| list.rules.hold_for(buyer))
    }

    /// Low ones win: more rules, a narrower range of units, the lower amount with tax, the older price.
    fn rank(&self, buyer: &Buyer) -> (Reverse<usize>, bool, i64, Decimal, PriceId) {
        let from = i64::from(self.min_quantity);
        let range = self.max_quantity.map_or(-from, |most| i64::from(most) - from);
        (Reverse(self.asks().count()), self.max_quantity.is_none(), range, self.gross(buyer), self.price_id)
    }

    /// What the price asks for, and then its list.
    fn asks(&self) -> impl Iterator<Item = PriceAttribute> {
        let own = self.rules.asks();
        let lists = self.list.as_ref().map_or([false; 4], |list| list.rules.asks());
        own.into_iter()
            .zip(ATTRIBUTES)
            .chain(lists.into_iter().zip(ATTRIBUTES))
            .filter_map(|(asks, of)| asks.then_some(of))
    }

    /// Whether the price includes tax: as its region has it, else as its currency, else as the buyer's region.
    fn includes_tax(&self, buyer: &Buyer) -> bool {
        match self.rules.region_id {
            Some(_) => buyer.prices_include_tax,
            None => self.preference.unwrap_or(buyer.prices_include_tax),
        }
    }

    /// With tax, so that prices with and without it can be compared.
    fn gross(&self, buyer: &Buyer) -> Decimal {
        convert(self.amount, self.includes_tax(buyer), true, buyer.tax_rate)
    }
}

/// In the order in which `asks` tells of them.
const ATTRIBUTES: [PriceAttribute; 4] =
    [PriceAttribute::Region, PriceAttribute::Country, PriceAttribute::CustomerGroup, PriceAttribute::Channel];

impl PriceRules {
    fn hold_for(&self, buyer: &Buyer) -> bool {
        self.region_id.is_none_or(|region| region == buyer.region_id)
            && self.country.is_none_or(|country| buyer.country == Some(country))
            && self.customer_group_id.is_none_or(|group| buyer.groups.contains(&group))
            && self.channel_id.is_none_or(|channel| buyer.channel_id == Some(channel))
    }

    /// Which attributes it asks for.
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
