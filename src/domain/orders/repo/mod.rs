//! The SQL of this domain.

pub(super) mod fulfillments;
pub(super) mod orders;
pub(super) mod timeline;
