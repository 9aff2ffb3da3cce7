//! Integrations with external services, one vendor per module, each behind the trait of the domain that needs it.

pub mod payment;
