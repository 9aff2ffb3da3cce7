//! The SQL queries of prices: candidates for a selection, prices, price lists, and the index of products by price.

pub(super) mod candidates;
pub(super) mod index;
pub(super) mod lists;
pub(super) mod prices;
