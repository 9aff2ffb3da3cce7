//! The demand of orders and carts, compared with the supply. Pure.
//!
//! All uses of an item count together: two lines of one variant, or a kit and a plain variant (rule D15).

use std::collections::BTreeMap;

use super::InventoryError;
use super::model::{Availability, Components, LineReservation, Supply};
use crate::kernel::ids::{InventoryItemId, VariantId};

/// What remains of an item while lines are allocated.
#[derive(Clone, Copy)]
struct Left {
    free: i64,
    backorder_capacity: i64,
}

/// The units that the lines of an order need of each item, and the reservation of each line, in the same order.
/// Available units go to the first lines; missing units are backordered by the last ones.
pub(super) fn demand(
    supplies: &[Supply],
    wanted: &[(VariantId, i32)],
) -> Result<(BTreeMap<InventoryItemId, i64>, Vec<LineReservation>), InventoryError> {
    let mut left: BTreeMap<_, _> = supplies
        .iter()
        .map(|supply| (supply.item_id, Left { free: supply.free, backorder_capacity: supply.backorder_capacity }))
        .collect();
    let mut needs: BTreeMap<InventoryItemId, i64> = BTreeMap::new();
    let mut promised = Vec::with_capacity(wanted.len());
    for (place, (variant, quantity)) in wanted.iter().enumerate() {
        let own: Vec<_> = supplies.iter().filter(|supply| supply.variant_id == *variant).collect();
        let most = own.iter().filter(|supply| supply.tracked).map(|supply| {
            left.get(&supply.item_id)
                .map_or(0, |left| (left.free + left.backorder_capacity) / i64::from(supply.quantity))
        });
        let most = if own.is_empty() { Some(0) } else { most.min() };
        if let Some(most) = most.filter(|most| *most < i64::from(*quantity)) {
            let before = wanted[..place].iter().filter(|(earlier, _)| earlier == variant);
            let taken: i64 = before.map(|(_, quantity)| i64::from(*quantity)).sum();
            return Err(InventoryError::Insufficient { variant: *variant, available: units(most + taken) });
        }
        let mut backordered = 0;
        for supply in own.iter().filter(|supply| supply.tracked) {
            let (each, need) = (i64::from(supply.quantity), i64::from(supply.quantity) * i64::from(*quantity));
            if let Some(left) = left.get_mut(&supply.item_id) {
                let there = left.free.min(need);
                let owed = need - there;
                left.free -= there;
                left.backorder_capacity -= owed;
                backordered = backordered.max((owed + each - 1) / each);
            }
            *needs.entry(supply.item_id).or_default() += need;
        }
        promised.push(LineReservation {
            variant_id: *variant,
            components: Components(own.iter().map(|supply| supply.component()).collect()),
            backordered: units(backordered),
        });
    }
    Ok((needs, promised))
}

/// The variants whose lines want more than is available, each with the number of available units.
pub(super) fn shortages(supplies: &[Supply], lines: &[(VariantId, i32)], asked: &[VariantId]) -> Vec<(VariantId, i32)> {
    let mut needs: BTreeMap<InventoryItemId, i64> = BTreeMap::new();
    for (variant, quantity) in lines {
        for supply in supplies.iter().filter(|supply| supply.variant_id == *variant) {
            *needs.entry(supply.item_id).or_default() += i64::from(supply.quantity) * i64::from(*quantity);
        }
    }
    let mut short = Vec::new();
    for variant in asked {
        let own: Vec<_> = supplies.iter().filter(|supply| supply.variant_id == *variant).collect();
        let wanted: i64 = lines.iter().filter(|(line, _)| line == variant).map(|(_, units)| i64::from(*units)).sum();
        let left = |supply: &&Supply| {
            let each = i64::from(supply.quantity);
            let others = needs.get(&supply.item_id).copied().unwrap_or_default() - each * wanted;
            (supply.free + supply.backorder_capacity - others).max(0) / each
        };
        let most = own.iter().copied().filter(|supply| supply.tracked).map(|supply| left(&supply)).min();
        let most = if own.is_empty() { Some(0) } else { most };
        if let Some(most) = most.filter(|most| *most < wanted) {
            short.push((*variant, units(most)));
        }
    }
    short
}

/// The availability of each variant: as many units as its scarcest item allows (rule E8).
pub(super) fn availability(supplies: &[Supply]) -> Vec<Availability> {
    let mut found: BTreeMap<VariantId, Vec<&Supply>> = BTreeMap::new();
    for supply in supplies {
        found.entry(supply.variant_id).or_default().push(supply);
    }
    let one = |(variant_id, supplies): (VariantId, Vec<&Supply>)| {
        let tracked = supplies.iter().any(|supply| supply.tracked);
        let counts = || supplies.iter().filter(move |supply| supply.tracked || !tracked);
        let least = |units: fn(&Supply) -> i64| {
            counts().map(|supply| units(supply) / i64::from(supply.quantity)).min().map_or(0, self::units)
        };
        Availability {
            variant_id,
            tracked,
            backorder: counts().all(|supply| supply.backorder_limit > 0),
            available: least(|supply| supply.free),
            sellable: least(|supply| supply.free + supply.backorder_capacity),
        }
    };
    found.into_iter().map(one).collect()
}

/// Converts a number of units, saturating at the maximum.
fn units(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{availability, demand, shortages};
    use crate::domain::inventory::InventoryError;
    use crate::domain::inventory::model::Supply;
    use crate::kernel::ids::{InventoryItemId, VariantId};

    fn variant(number: u128) -> VariantId {
        VariantId(Uuid::from_u128(number))
    }

    /// Variant, item, units of it per variant, available units, backorder capacity.
    fn supply(of: u128, item: u128, quantity: i32, free: i64, backorder_capacity: i64) -> Supply {
        Supply {
            variant_id: variant(of),
            item_id: InventoryItemId(Uuid::from_u128(item)),
            quantity,
            tracked: true,
            backorder_limit: i32::from(backorder_capacity > 0),
            free,
            backorder_capacity,
        }
    }

    #[test]
    fn e8_a_kit_is_as_available_as_its_scarcest_item_allows() {
        let cases = [
            (vec![supply(1, 1, 2, 5, 0)], 2),
            (vec![supply(1, 1, 2, 5, 0), supply(1, 2, 1, 1, 0)], 1),
            (vec![supply(1, 1, 2, 1, 0)], 0),
            (vec![supply(1, 1, 1, 5, 0), Supply { tracked: false, ..supply(1, 2, 1, 0, 0) }], 5),
        ];
        for (supplies, expected) in cases {
            let found = availability(&supplies)[0];
            assert_eq!((found.available, found.sellable, found.tracked), (expected, expected, true), "{supplies:?}");
        }
        let untracked = availability(&[Supply { tracked: false, ..supply(1, 1, 1, 0, 0) }])[0];
        assert!(!untracked.tracked && untracked.allows(9_999));
    }

    #[test]
    fn e13_backorders_go_down_to_the_limit_and_are_flagged() {
        let supplies = [supply(1, 1, 1, 0, 3)];
        assert_eq!(demand(&supplies, &[(variant(1), 3)]).unwrap().1[0].backordered, 3);
        let refused = demand(&supplies, &[(variant(1), 4)]).unwrap_err();
        assert!(matches!(refused, InventoryError::Insufficient { available: 3, .. }), "{refused:?}");
        // Of two lines, the first gets the available units; a kit of two is also backordered if half of it is missing.
        let (_, promised) = demand(&[supply(1, 1, 2, 3, 9)], &[(variant(1), 1), (variant(1), 2)]).unwrap();
        assert_eq!((promised[0].backordered, promised[1].backordered), (0, 2));
    }

    #[test]
    fn d15_everything_that_takes_of_an_item_counts_together() {
        let shared = [supply(1, 7, 1, 3, 0), supply(2, 7, 2, 3, 0)];
        assert!(demand(&shared, &[(variant(1), 1), (variant(2), 1)]).is_ok());
        for (lines, short, available) in [
            ([(variant(1), 2), (variant(2), 1)], 2, 0),
            ([(variant(2), 1), (variant(1), 2)], 1, 1),
            ([(variant(1), 2), (variant(1), 2)], 1, 3),
        ] {
            let refused = demand(&shared, &lines).unwrap_err();
            let InventoryError::Insufficient { variant: found, available: left } = refused else { panic!("{refused}") };
            assert_eq!((found, left), (variant(short), available));
            assert_eq!(shortages(&shared, &lines, &[variant(short)]), [(variant(short), available)]);
        }
        assert!(shortages(&shared, &[(variant(1), 1), (variant(2), 1)], &[variant(1), variant(2)]).is_empty());
    }

    #[test]
    fn what_nothing_is_known_of_cannot_be_had() {
        assert!(matches!(demand(&[], &[(variant(1), 1)]), Err(InventoryError::Insufficient { available: 0, .. })));
        assert_eq!(shortages(&[], &[(variant(1), 1)], &[variant(1)]), [(variant(1), 0)]);
    }
}
