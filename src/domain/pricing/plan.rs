//! The rows of a change of prices, and which prices it ends and starts. Pure.

use std::collections::{BTreeMap, HashMap};

use async_graphql::InputObject;

use super::model::{Price, PriceRules};
use crate::kernel::clock::Timestamp;
use crate::kernel::decimal::Decimal;
use crate::kernel::error::{ErrorCode, UserError};
use crate::kernel::ids::{PriceId, PriceListId, VariantId};
use crate::kernel::money::Currency;

/// A price to set or to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, InputObject)]
#[graphql(name = "PriceRowInput")]
pub struct PriceRow {
    /// The id of the variant.
    pub variant_id: VariantId,
    /// The currency.
    #[graphql(name = "currencyCode")]
    pub currency: Currency,
    /// The price of one unit in major units; null removes it. A variant without any price is not sold in regions with
    /// this currency.
    pub amount: Option<Decimal>,
    /// The price before a reduction, in major units; must be higher than the price.
    pub compare_at_price: Option<Decimal>,
    /// The minimum quantity. A row replaces the price with the same variant, currency, buyer rules and `minQuantity`.
    #[graphql(default = 1)]
    pub min_quantity: i32,
    /// The maximum quantity, inclusive; null means no maximum.
    pub max_quantity: Option<i32>,
    /// For whom.
    #[graphql(flatten)]
    pub rules: PriceRules,
}

impl PriceRow {
    /// Creates a row for the price of a variant for all buyers and any quantity.
    pub fn base(
        variant_id: VariantId,
        currency: Currency,
        amount: Option<rust_decimal::Decimal>,
        compare_at_price: Option<rust_decimal::Decimal>,
    ) -> Self {
        let (amount, compare_at_price) = (amount.map(Decimal), compare_at_price.map(Decimal));
        let rules = PriceRules::default();
        Self { variant_id, currency, amount, compare_at_price, min_quantity: 1, max_quantity: None, rules }
    }

    /// The price that it sets; `None` if it removes one.
    fn price(&self, price_list_id: Option<PriceListId>, now: Timestamp) -> Option<Price> {
        Some(Price {
            id: PriceId::new(),
            variant_id: self.variant_id,
            currency: self.currency,
            amount: self.amount?.0,
            compare_at_price: self.compare_at_price.map(|before| before.0),
            price_list_id,
            min_quantity: self.min_quantity,
            max_quantity: self.max_quantity,
            rules: self.rules,
            valid_from: now,
            valid_until: None,
        })
    }
}

/// The changes to write.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// The prices that end now.
    pub(super) ended: Vec<PriceId>,
    /// The prices that start now.
    pub(super) new: Vec<Price>,
}

/// Identifies the prices for the same buyers, whose quantity ranges must not overlap.
type Set = (VariantId, Currency, PriceRules);

/// Identifies a price of a set: its minimum quantity, and whether it is the price for any quantity besides tiers.
type Key = (i32, bool);

const fn key(min_quantity: i32, max_quantity: Option<i32>) -> Key {
    (min_quantity, min_quantity == 1 && max_quantity.is_none())
}

/// A quantity range, and the row of the change it comes from.
struct Range {
    price: Price,
    row: Option<usize>,
}

/// Returns the changes to the current prices of a list (or the base prices). Overlapping tiers within a set are
/// rejected, with a path below `path`.
pub(super) fn plan(
    current: Vec<Price>,
    rows: &[PriceRow],
    list: Option<PriceListId>,
    now: Timestamp,
    path: &str,
) -> Result<Plan, Vec<UserError>> {
    let mut sets: HashMap<Set, BTreeMap<Key, Range>> = HashMap::new();
    for price in current {
        let set = sets.entry((price.variant_id, price.currency, price.rules)).or_default();
        set.insert(key(price.min_quantity, price.max_quantity), Range { price, row: None });
    }
    let mut plan = Plan::default();
    for (place, row) in rows.iter().enumerate() {
        let set = sets.entry((row.variant_id, row.currency, row.rules)).or_default();
        let wanted = row.price(list, now);
        let key = key(row.min_quantity, row.max_quantity);
        let before = set.get(&key).map(|range| range.price);
        if before.zip(wanted).is_some_and(|(before, wanted)| same(&before, &wanted)) {
            continue;
        }
        plan.ended.extend(before.map(|price| price.id));
        match wanted {
            Some(price) => set.insert(key, Range { price, row: Some(place) }),
            None => set.remove(&key),
        };
        plan.new.extend(wanted);
    }
    let problems: Vec<_> = sets.values().flat_map(|set| overlaps(set, path)).collect();
    if problems.is_empty() { Ok(plan) } else { Err(problems) }
}

fn same(a: &Price, b: &Price) -> bool {
    (a.amount, a.compare_at_price, a.max_quantity) == (b.amount, b.compare_at_price, b.max_quantity)
}

fn overlaps(set: &BTreeMap<Key, Range>, path: &str) -> Vec<UserError> {
    let tiers = || set.iter().filter(|((_, for_any), _)| !for_any).map(|(_, range)| range);
    let neighbours = tiers().zip(tiers().skip(1));
    let overlapping = neighbours
        .filter(|(below, above)| below.price.max_quantity.is_none_or(|most| most >= above.price.min_quantity));
    overlapping
        .filter_map(|(below, above)| {
            let place = below.row.max(above.row)?;
            let message = format!(
                "The prices for {} and for {} overlap for the same buyers: change their quantities.",
                units(&below.price),
                units(&above.price)
            );
            Some(UserError::new(ErrorCode::TierOverlap, message).at(&format!("{path}.{place}.minQuantity")))
        })
        .collect()
}

fn units(price: &Price) -> String {
    match price.max_quantity {
        Some(most) => format!("{} to {most} units", price.min_quantity),
        None => format!("{} or more units", price.min_quantity),
    }
}

#[cfg(test)]
mod tests {
    use super::plan;
    use crate::domain::pricing::{PriceRow, PriceRules};
    use crate::kernel::clock::Timestamp;
    use crate::kernel::error::ErrorCode;
    use crate::kernel::ids::VariantId;

    fn row(variant: VariantId, from: i32, to: Option<i32>, amount: Option<i64>) -> PriceRow {
        let base = PriceRow::base(variant, "EUR".parse().unwrap(), amount.map(Into::into), None);
        PriceRow { min_quantity: from, max_quantity: to, ..base }
    }

    #[test]
    fn c5_tiers_of_one_set_never_overlap() {
        let (variant, now) = (VariantId::new(), Timestamp::UNIX_EPOCH);
        let with = |current: &[PriceRow], rows: &[PriceRow]| {
            let current = current.iter().filter_map(|row| row.price(None, now)).collect();
            let found = plan(current, rows, None, now, "rows");
            found.map(|plan| (plan.ended.len(), plan.new.len())).map_err(|problems| {
                assert!(problems.iter().all(|problem| problem.code == ErrorCode::TierOverlap));
                problems[0].path.join(".")
            })
        };
        let (low, high) = (row(variant, 1, Some(4), Some(10)), row(variant, 5, None, Some(9)));
        let overlapping = row(variant, 4, Some(10), Some(9));
        assert_eq!(with(&[], &[low, high]), Ok((0, 2)));
        assert_eq!(with(&[], &[low, overlapping]), Err("rows.1.minQuantity".to_owned()), "they overlap at 4");
        assert_eq!(with(&[low], &[overlapping]), Err("rows.0.minQuantity".to_owned()), "and with what is there");
        assert_eq!(with(&[low, high], &[low, high]), Ok((0, 0)), "what stays the same is left alone");
        assert_eq!(with(&[low, high], &[row(variant, 1, Some(4), Some(11))]), Ok((1, 1)));
        assert_eq!(with(&[low, high], &[row(variant, 5, None, None)]), Ok((1, 0)), "and one can be taken away");
        assert_eq!(with(&[low], &[row(VariantId::new(), 1, None, Some(3))]), Ok((0, 1)), "others are no concern");
        let any = row(variant, 1, None, Some(12));
        assert_eq!(with(&[any], &[high]), Ok((0, 1)), "a price for any quantity is no tier");
        assert_eq!(with(&[any], &[low]), Ok((0, 1)), "and stays when a tier begins at one unit too");
        assert_eq!(with(&[any, high], &[overlapping]), Err("rows.0.minQuantity".to_owned()));
        let region_id = Some(crate::kernel::ids::RegionId::new());
        let regional = PriceRow { rules: PriceRules { region_id, ..PriceRules::default() }, ..overlapping };
        assert_eq!(with(&[low], &[regional]), Ok((0, 1)), "nor are those for other buyers");
    }
}
