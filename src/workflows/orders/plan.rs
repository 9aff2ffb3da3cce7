//! Plans the locations that an order ships from.

use std::collections::HashMap;

use super::{OrderWorkflowError, OrderWorkflows};
use crate::db::Conn;
use crate::domain::orders::{LineUnits, OrderLine};
use crate::kernel::ids::{InventoryItemId, LocationId, OrderId};

/// Units that would ship from one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedShipment {
    /// The location; `None` for untracked items, and for units whose components are at several locations.
    pub location_id: Option<LocationId>,
    /// The units of each line.
    pub lines: Vec<LineUnits>,
}

/// The reserved quantities by item and location.
type LineReservation = HashMap<InventoryItemId, Vec<(LocationId, i32)>>;

impl OrderWorkflows {
    /// Plans the remaining units of an order from the locations where they are reserved. Returns `None` if the order
    /// does not exist.
    pub async fn plan(&self, conn: &Conn, id: OrderId) -> Result<Option<Vec<PlannedShipment>>, OrderWorkflowError> {
        if self.orders.by_ids(conn, &[id]).await?.is_empty() {
            return Ok(None);
        }
        let lines = self.orders.lines_of(conn, &[id]).await?;
        Ok(Some(plan(&lines, &self.promised(conn, id).await?)))
    }
}

/// Allocates the reserved quantities to the remaining units, line by line.
pub fn plan(lines: &[OrderLine], promised: &[(InventoryItemId, LocationId, i32)]) -> Vec<PlannedShipment> {
    let mut left = LineReservation::new();
    for (item, location, quantity) in promised {
        left.entry(*item).or_default().push((*location, *quantity));
    }
    let mut planned: Vec<PlannedShipment> = Vec::new();
    for line in lines.iter().filter(|line| line.left() > 0) {
        let tracked: Vec<_> = line.components.of(1).filter(|(item, _)| left.contains_key(item)).collect();
        for (location_id, quantity) in share(&mut left, &tracked, line.left()) {
            let units = LineUnits { line_id: line.id, quantity };
            match planned.iter_mut().find(|part| part.location_id == location_id) {
                Some(part) => part.lines.push(units),
                None => planned.push(PlannedShipment { location_id, lines: vec![units] }),
            }
        }
    }
    planned
}

/// Splits a line's units by location: each location ships as many as it has all components for.
fn share(
    left: &mut LineReservation,
    components: &[(InventoryItemId, i32)],
    units: i32,
) -> Vec<(Option<LocationId>, i32)> {
    let mut locations: Vec<LocationId> = Vec::new();
    for (item, _) in components {
        for (location, _) in left.get(item).into_iter().flatten() {
            if !locations.contains(location) {
                locations.push(*location);
            }
        }
    }
    let (mut wanted, mut parts) = (units, Vec::new());
    for location in locations {
        let here = |item: &InventoryItemId| {
            let places = left.get(item).into_iter().flatten();
            places.filter(|(place, _)| *place == location).map(|(_, quantity)| *quantity).sum::<i32>()
        };
        let whole = components.iter().map(|(item, each)| here(item) / each).min().unwrap_or(0);
        let part = whole.min(wanted);
        if part > 0 {
            take(left, components, location, part);
            parts.push((Some(location), part));
            wanted -= part;
        }
    }
    if wanted > 0 {
        parts.push((None, wanted));
    }
    parts
}

fn take(left: &mut LineReservation, components: &[(InventoryItemId, i32)], location: LocationId, units: i32) {
    for (item, each) in components {
        let places = left.get_mut(item).into_iter().flatten();
        for (_, quantity) in places.filter(|(place, _)| *place == location) {
            *quantity -= each * units;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LineReservation, share};
    use crate::kernel::ids::{InventoryItemId, LocationId};
    use uuid::Uuid;

    fn item(number: u128) -> InventoryItemId {
        InventoryItemId(Uuid::from_u128(number))
    }

    fn place(number: u128) -> LocationId {
        LocationId(Uuid::from_u128(number))
    }

    #[test]
    fn units_are_planned_from_where_all_their_components_are_promised() {
        type Case = (&'static [(u128, u128, i32)], &'static [(u128, i32)], i32, &'static [(Option<u128>, i32)]);
        // (item, location, reserved), (item, needed for one unit), units -> (location, units)
        let cases: [Case; 5] = [
            (&[(1, 1, 5)], &[(1, 1)], 3, &[(Some(1), 3)]),
            (&[(1, 1, 3), (1, 2, 2)], &[(1, 1)], 5, &[(Some(1), 3), (Some(2), 2)]),
            (&[(1, 1, 4), (2, 1, 1), (2, 2, 1)], &[(1, 2), (2, 1)], 2, &[(Some(1), 1), (None, 1)]),
            (&[], &[], 2, &[(None, 2)]),
            (&[(1, 1, 1)], &[(1, 2)], 1, &[(None, 1)]),
        ];
        for (promised, components, units, wanted) in cases {
            let mut left = LineReservation::new();
            for (of, at, quantity) in promised {
                left.entry(item(*of)).or_default().push((place(*at), *quantity));
            }
            let components: Vec<_> = components.iter().map(|(of, each)| (item(*of), *each)).collect();
            let wanted: Vec<_> = wanted.iter().map(|(at, quantity)| (at.map(place), *quantity)).collect();
            assert_eq!(share(&mut left, &components, units), wanted, "{promised:?} {units}");
        }
    }
}
