//! The choice of locations to allocate units from. Pure.
//!
//! # Decisions
//! - The smallest set of locations is found by trying sets of one, of two and so on, in priority order. Shops with too
//!   many locations for this fall back to priority order.
//! - Missing units are reserved at the first location, where stock arrives, and at the next ones once the first has
//!   reached its backorder limit.

use super::model::{StockLevel, net};
use crate::domain::regions::StockAllocation;
use crate::kernel::ids::{InventoryItemId, LocationId};

/// The maximum number of location sets to try.
const MAX_ATTEMPTS: usize = 5_000;

/// The wanted units of an item, and its stock levels in allocation order.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub(super) item_id: InventoryItemId,
    pub(super) quantity: i64,
    pub(super) levels: Vec<StockLevel>,
}

impl Demand {
    /// The wanted units that are on the shelves and not owed to other orders.
    fn on_shelves(&self) -> i64 {
        net(&self.levels).clamp(0, self.quantity)
    }

    fn free_at(&self, location: LocationId) -> i64 {
        self.levels.iter().find(|level| level.location_id == location).map_or(0, StockLevel::free)
    }
}

/// Units allocated at a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) item_id: InventoryItemId,
    pub(super) location_id: LocationId,
    pub(super) quantity: i32,
}

/// Allocates all wanted units. The caller has checked that there are enough, or that the missing ones can be
/// backordered.
pub(super) fn allocate(strategy: StockAllocation, wanted: &[Demand]) -> Vec<Part> {
    let all = in_order(wanted);
    let chosen = match strategy {
        StockAllocation::Priority => all,
        StockAllocation::FewestLocations => fewest_locations(&all, wanted).unwrap_or(all),
    };
    wanted.iter().flat_map(|wanted| allocate_from(wanted, &chosen)).collect()
}

/// The locations that have any of the wanted units, in allocation order.
fn in_order(wanted: &[Demand]) -> Vec<LocationId> {
    let mut all: Vec<_> = wanted
        .iter()
        .flat_map(|wanted| &wanted.levels)
        .filter(|level| level.free() > 0)
        .map(|level| (level.position, level.location_id))
        .collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|(_, location)| location).collect()
}

/// The smallest set of locations that together can supply as much as all of them; among several, the first in priority
/// order.
fn fewest_locations(all: &[LocationId], wanted: &[Demand]) -> Option<Vec<LocationId>> {
    let mut tries = MAX_ATTEMPTS;
    (0..=all.len()).find_map(|size| choose(all, size, &mut Vec::new(), wanted, &mut tries))
}

fn choose(
    rest: &[LocationId],
    size: usize,
    chosen: &mut Vec<LocationId>,
    wanted: &[Demand],
    tries: &mut usize,
) -> Option<Vec<LocationId>> {
    if size == 0 {
        *tries = tries.checked_sub(1)?;
        return serves(chosen, wanted).then(|| chosen.clone());
    }
    for (place, location) in rest.iter().enumerate() {
        if rest.len() - place < size || *tries == 0 {
            return None;
        }
        chosen.push(*location);
        if let Some(found) = choose(&rest[place + 1..], size - 1, chosen, wanted, tries) {
            return Some(found);
        }
        chosen.pop();
    }
    None
}

fn serves(chosen: &[LocationId], wanted: &[Demand]) -> bool {
    wanted.iter().all(|wanted| {
        let there: i64 = chosen.iter().map(|location| wanted.free_at(*location)).sum();
        there >= wanted.on_shelves()
    })
}

/// Allocates an item's units from these locations in order (rules E4, E6), and the missing ones at its first location
/// (rule E13).
fn allocate_from(wanted: &Demand, chosen: &[LocationId]) -> Vec<Part> {
    let mut left = wanted.on_shelves();
    let mut missing = wanted.quantity - left;
    let mut parts: Vec<i64> = Vec::with_capacity(wanted.levels.len());
    for level in &wanted.levels {
        let there = if chosen.contains(&level.location_id) { level.free().min(left) } else { 0 };
        left -= there;
        let backorder_capacity = (i64::from(level.available()) + i64::from(level.backorder_limit) - there).max(0);
        let owed = backorder_capacity.min(missing);
        missing -= owed;
        parts.push(there + owed);
    }
    let part = |(level, quantity): (&StockLevel, i64)| Part {
        item_id: wanted.item_id,
        location_id: level.location_id,
        quantity: i32::try_from(quantity).unwrap_or(i32::MAX),
    };
    wanted.levels.iter().zip(parts).filter(|(_, quantity)| *quantity > 0).map(part).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{Demand, Part, allocate};
    use crate::domain::inventory::model::StockLevel;
    use crate::domain::regions::StockAllocation::{self, FewestLocations, Priority};
    use crate::kernel::ids::{InventoryItemId, LocationId};

    fn item(number: usize) -> InventoryItemId {
        InventoryItemId(Uuid::from_u128(number as u128))
    }

    fn location(number: usize) -> LocationId {
        LocationId(Uuid::from_u128(number as u128))
    }

    /// An item with these units at locations 0, 1, 2, ....
    fn wanted(number: usize, free: &[i32], quantity: i64) -> Demand {
        let level = |(place, stocked): (usize, &i32)| StockLevel {
            item_id: item(number),
            location_id: location(place),
            backorder_limit: 10,
            stocked: *stocked,
            reserved: 0,
            held: 0,
            position: i32::try_from(place).unwrap(),
        };
        let levels = free.iter().enumerate().map(level).collect();
        Demand { item_id: item(number), quantity, levels }
    }

    fn shown(parts: &[Part], number: usize) -> Vec<(usize, i32)> {
        let of_item = parts.iter().filter(|part| part.item_id == item(number));
        of_item.map(|part| (usize::try_from(part.location_id.0.as_u128()).unwrap(), part.quantity)).collect()
    }

    /// (strategy, available at each location, wanted) -> parts
    #[test]
    fn e4_e6_e7_e13_one_item() {
        type Case = (StockAllocation, &'static [i32], i64, &'static [(usize, i32)]);
        let cases: [Case; 14] = [
            (FewestLocations, &[3, 4], 5, &[(0, 3), (1, 2)]), // E4: the parts add up to exactly the quantity
            (FewestLocations, &[2, 5], 5, &[(1, 5)]),         // E7: one location that can supply all
            (FewestLocations, &[5, 5], 5, &[(0, 5)]),
            (FewestLocations, &[2, 2, 9], 3, &[(2, 3)]),
            (FewestLocations, &[1, 1, 4, 4], 7, &[(2, 4), (3, 3)]), // two are fewer than three
            (FewestLocations, &[3, 1, 4, 4], 7, &[(0, 3), (2, 4)]), // the first pair in order
            (Priority, &[3, 4], 5, &[(0, 3), (1, 2)]),
            (Priority, &[2, 5], 5, &[(0, 2), (1, 3)]), // E6: the first is drained first
            (Priority, &[2, 2, 9], 3, &[(0, 2), (1, 1)]),
            (Priority, &[0, 5], 2, &[(1, 2)]),
            (FewestLocations, &[0, 0], 3, &[(0, 3)]), // E13: missing units are reserved at the first
            (FewestLocations, &[0, 1], 3, &[(0, 2), (1, 1)]),
            (FewestLocations, &[1, 1], 3, &[(0, 2), (1, 1)]),
            (Priority, &[1, 1], 3, &[(0, 2), (1, 1)]),
        ];
        for (strategy, free, quantity, expected) in cases {
            let parts = allocate(strategy, &[wanted(1, free, quantity)]);
            assert_eq!(shown(&parts, 1), expected, "{quantity} of {free:?} by {strategy:?}");
        }
    }

    #[test]
    fn e6_a_hold_of_others_is_not_there() {
        let mut two = wanted(1, &[3, 4], 3);
        two.levels[0].held = 1;
        assert_eq!(shown(&allocate(Priority, &[two]), 1), [(0, 2), (1, 1)]);
    }

    #[test]
    fn e7_one_location_that_can_serve_the_whole_order_comes_before_better_ones_for_each_item() {
        let (first, second) = (wanted(1, &[5, 0, 5], 2), wanted(2, &[0, 5, 5], 2));
        let parts = allocate(FewestLocations, &[first.clone(), second.clone()]);
        assert_eq!((shown(&parts, 1), shown(&parts, 2)), (vec![(2, 2)], vec![(2, 2)]));
        let parts = allocate(Priority, &[first, second]);
        assert_eq!((shown(&parts, 1), shown(&parts, 2)), (vec![(0, 2)], vec![(1, 2)]));
    }

    #[test]
    fn a_hundred_locations_with_one_unit_each_are_served_without_trying_every_set() {
        let parts = allocate(FewestLocations, &[wanted(1, &[1; 100], 60)]);
        assert_eq!(parts.len(), 60);
    }

    fn locations(parts: &[Part]) -> usize {
        parts.iter().map(|part| part.location_id).collect::<BTreeSet<_>>().len()
    }

    proptest! {
        #[test]
        fn parts_are_exact_never_more_than_free_and_in_no_more_places_than_by_priority(
            shelves in proptest::collection::vec(proptest::collection::vec(0..6i32, 4), 1..4),
            shares in proptest::collection::vec(0..=100i64, 4),
        ) {
            let wanted: Vec<_> = shelves.iter().enumerate().map(|(number, free)| {
                let all: i64 = free.iter().map(|free| i64::from(*free)).sum();
                wanted(number, free, all * shares[number] / 100)
            }).collect();
            let by_priority = allocate(Priority, &wanted);
            let few = allocate(FewestLocations, &wanted);
            prop_assert!(locations(&few) <= locations(&by_priority));
            for parts in [by_priority, few] {
                for want in &wanted {
                    let own: Vec<_> = parts.iter().filter(|part| part.item_id == want.item_id).collect();
                    prop_assert_eq!(own.iter().map(|part| i64::from(part.quantity)).sum::<i64>(), want.quantity);
                    for part in own {
                        prop_assert!(part.quantity > 0 && i64::from(part.quantity) <= want.free_at(part.location_id));
                    }
                }
            }
        }
    }
}
