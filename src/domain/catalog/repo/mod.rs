//! The SQL of the catalogue.

pub(super) mod categories;
pub(super) mod collections;
pub(super) mod products;
pub(super) mod variants;

/// How many rows one INSERT takes: PostgreSQL's limit of 65,535 parameters, over at most 16 columns.
const BATCH: usize = 4_000;
