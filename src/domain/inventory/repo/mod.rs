//! The SQL of stock.

mod alerts;
pub(super) mod items;
mod ledger;
mod levels;
pub(super) mod locations;
mod reservations;
mod supply;

pub(super) use alerts::{add_alert, alerts, delete_alert, mark_notified, variants_with_alerts};
pub(super) use items::{insert_components, insert_items, items, list_items, replace_components};
pub(super) use ledger::{LedgerEntry, movements, post};
pub(super) use levels::{held, insert_levels, levels, levels_of_variants, lock_levels};
pub(super) use reservations::{
    count_reservations, delete_expired, delete_hold, delete_holds, expired_holds, held_by, held_until, insert_holds,
    list_reservations, reservation, reservations, reservations_of_item, reserved_items,
};
pub(super) use supply::{Row as SupplyRow, lock_supply, supply};

/// The maximum number of rows per INSERT: PostgreSQL's limit of 65,535 parameters, over at most 9 columns.
const BATCH: usize = 7_000;
