//! The SQL queries of the catalog.

pub(super) mod categories;
pub(super) mod collections;
pub(super) mod products;
pub(super) mod variants;

/// The maximum number of rows per INSERT: PostgreSQL's limit of 65,535 parameters, divided by at most 16 columns.
const BATCH: usize = 4_000;
