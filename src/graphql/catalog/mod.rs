//! The catalog.

mod groups;
mod objects;
mod products;
mod queries;
pub mod sources;
mod variants;

pub use groups::GroupMutation;
pub(super) use objects::absolute;
pub use objects::{Category, Collection, Product, ProductVariant};
pub use products::ProductMutation;
pub use queries::CatalogQuery;
pub use variants::VariantMutation;
