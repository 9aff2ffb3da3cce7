//! The SQL of payments.

pub(super) mod events;
pub(super) mod methods;
pub(super) mod payments;
pub(super) mod sessions;
pub(super) mod webhooks;
