//! The SQL queries of promotions.

pub(super) mod campaigns;
pub(super) mod codes;
pub(super) mod limits;
pub(super) mod promotions;
pub(super) mod usages;
