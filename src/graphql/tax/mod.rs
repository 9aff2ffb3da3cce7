//! Taxes: tax classes, tax regions and their rates, for staff.

mod mutations;
mod objects;
mod queries;
pub mod sources;

pub use mutations::TaxMutation;
pub use objects::TaxClass;
pub use queries::TaxQuery;
