//! From which locations units are taken. Pure.

use super::model::StockLevel;
use crate::kernel::ids::LocationId;

/// Takes `quantity` units from a variant's levels, which come in the order in which they are to be drained: from one
/// location if one can serve all (rule E7), else from each in turn (rules E4, E6). What is then still missing is
/// promised at the first location when backorders are allowed. `Err` says how many units there are.
pub(super) fn allocate(levels: &[StockLevel], quantity: i32, backorder: bool) -> Result<Vec<(LocationId, i32)>, i32> {
    let free = |level: &StockLevel| level.available().max(0);
    let available: i64 = levels.iter().map(|level| i64::from(free(level))).sum();
    if available < i64::from(quantity) && (!backorder || levels.is_empty()) {
        return Err(i32::try_from(available).unwrap_or(i32::MAX));
    }
    if let Some(level) = levels.iter().find(|level| free(level) >= quantity) {
        return Ok(vec![(level.location_id, quantity)]);
    }
    let mut left = quantity;
    let mut parts: Vec<(LocationId, i32)> = Vec::new();
    for level in levels {
        let part = free(level).min(left);
        if part > 0 {
            parts.push((level.location_id, part));
            left -= part;
        }
    }
    if left > 0 {
        match parts.first_mut().filter(|(location, _)| *location == levels[0].location_id) {
            Some((_, part)) => *part += left,
            None => parts.insert(0, (levels[0].location_id, left)),
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::allocate;
    use crate::domain::inventory::model::StockLevel;
    use crate::kernel::ids::{LocationId, VariantId};
    use uuid::Uuid;

    fn location(number: u128) -> LocationId {
        LocationId(Uuid::from_u128(number))
    }

    fn levels(available: &[i32]) -> Vec<StockLevel> {
        let level = |(place, stocked): (usize, &i32)| StockLevel {
            variant_id: VariantId(Uuid::nil()),
            location_id: location(place as u128),
            backorder: false,
            stocked: *stocked,
            reserved: 0,
        };
        available.iter().enumerate().map(level).collect()
    }

    /// (available at each location, wanted, backorder) -> parts or what is left
    #[test]
    fn e4_e6_e7_e13_allocation() {
        type Case = (&'static [i32], i32, bool, Result<&'static [(u128, i32)], i32>);
        let cases: [Case; 9] = [
            (&[3, 4], 5, false, Ok(&[(0, 3), (1, 2)])), // E4: the parts are exactly the quantity
            (&[2, 5], 5, false, Ok(&[(1, 5)])),         // E7: one location that can serve all
            (&[5, 5], 5, false, Ok(&[(0, 5)])),         // E6: the first in order
            (&[2, 2, 9], 3, false, Ok(&[(2, 3)])),
            (&[1, 1], 3, false, Err(2)),
            (&[], 1, false, Err(0)),
            (&[], 1, true, Err(0)),
            (&[0, 0], 3, true, Ok(&[(0, 3)])),
            (&[0, 1], 3, true, Ok(&[(0, 2), (1, 1)])),
        ];
        for (available, quantity, backorder, want) in cases {
            let want = want.map(|parts| parts.iter().map(|(place, part)| (location(*place), *part)).collect());
            assert_eq!(allocate(&levels(available), quantity, backorder), want, "{available:?} {quantity}");
        }
    }
}
